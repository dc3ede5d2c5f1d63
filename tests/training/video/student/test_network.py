import torch

from training.video.student.network import MOST_PEOPLE, STRIDE, Served, StudentNet, boxes_of


class Says(StudentNet):
    """A network that says the maps that it was given."""

    def __init__(self, maps):
        super().__init__()
        self.maps = maps

    def forward(self, pictures):
        return self.maps


def test_it_is_small():
    assert sum(weight.numel() for weight in StudentNet().parameters()) < 500_000


def test_maps_have_a_cell_for_four_by_four_pixels():
    with torch.inference_mode():
        maps = StudentNet().eval()(torch.zeros(2, 3, 96, 64))
    assert maps.shape == (2, 5, 96 // STRIDE, 64 // STRIDE)
    # At first it says that nobody is there.
    assert maps[:, 0].sigmoid().max() < 0.1


def test_distances_are_from_the_middle_of_a_cell():
    maps = torch.zeros(1, 5, 8, 8)
    assert boxes_of(maps)[0, :, 2, 3].tolist() == [10, 6, 18, 14]
    maps[:, 1:] = 1e9
    assert boxes_of(maps).isfinite().all()


def test_a_peak_is_one_person_and_two_peaks_are_two():
    maps = torch.full((1, 5, 16, 16), -6.0)
    maps[0, 0, 4, 4], maps[0, 0, 4, 5], maps[0, 0, 4, 7] = 3.0, 2.0, 1.0
    maps[0, 1:] = 0
    told = Served(Says(maps))(torch.zeros(1, 3, 64, 64))
    assert told.shape == (1, MOST_PEOPLE, 6)
    sure = told[0, told[0, :, 4] > 0.1]
    assert sure[:, 4].tolist() == maps[0, 0, 4, [4, 7]].sigmoid().tolist()
    assert sure[0, :4].tolist() == [14, 14, 22, 22]
    assert (told[..., 5] == 0).all()
