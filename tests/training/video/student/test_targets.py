import numpy as np
import torch

from training.video.student.network import STRIDE
from training.video.student.targets import loss, target

NONE = np.empty((0, 4), np.float32)
BOX = np.array([[20, 12, 36, 52]], np.float32)


def batch(one):
    return [
        torch.from_numpy(getattr(one, n)[None]) for n in ("hills", "boxes", "weights", "counts")
    ]


def maps_of(box, logit=8.0):
    """Raw maps that say just that box."""
    rows = columns = 16
    maps = torch.full((1, 5, rows, columns), -8.0)
    x, y = int((box[0] + box[2]) / 2 / STRIDE), int((box[1] + box[3]) / 2 / STRIDE)
    maps[0, 0, y, x] = logit
    cells_x = (torch.arange(columns) + 0.5).view(1, -1)
    cells_y = (torch.arange(rows) + 0.5).view(-1, 1)
    left, top, right, bottom = (side / STRIDE for side in box.tolist())
    for channel, away in enumerate(
        (cells_x - left, cells_y - top, right - cells_x, bottom - cells_y), start=1
    ):
        maps[0, channel] = away.clamp(min=0.05).log().expand(rows, columns)
    return maps


def test_a_hill_stands_on_the_middle_and_is_as_upright_as_a_person():
    one = target(BOX, NONE, (64, 64))
    assert np.argwhere(one.hills == 1).tolist() == [[8, 7]]
    assert one.hills[6, 7] > one.hills[8, 5]
    assert one.weights.sum().round(5) == 1
    assert (one.boxes[:, one.weights > 0] == BOX.T).all()


def test_where_somebody_may_be_nothing_counts_but_for_who_is_sure():
    one = target(BOX, np.array([[40, 12, 56, 52]], np.float32), (64, 64))
    assert one.counts[8, 12] == 0
    both = target(BOX, BOX, (64, 64))
    assert both.counts[8, 7] == 1
    assert target(BOX, NONE, (64, 64)).counts.all()


def test_of_two_who_cover_each_other_the_nearer_is_told():
    nearer = BOX + np.array([[2, 2, 2, 2]], np.float32)
    one = target(np.concatenate([nearer, BOX]), NONE, (64, 64))
    assert one.boxes[:, 8, 7].tolist() == nearer[0].tolist()


def test_who_stands_at_the_edge_is_told_by_the_nearest_cell():
    one = target(np.array([[-14, 10, 4, 50]], np.float32), NONE, (64, 64))
    assert one.hills[7, 0] == 1


def test_right_maps_cost_next_to_nothing_and_wrong_ones_much():
    wanted = batch(target(BOX, NONE, (64, 64)))
    right = sum(loss(maps_of(BOX[0]), *wanted)).item()
    elsewhere = sum(loss(maps_of(BOX[0] + 16), *wanted)).item()
    blind = sum(loss(maps_of(BOX[0], logit=-8.0), *wanted)).item()
    assert right < 0.1
    assert elsewhere > 1
    assert blind > 1


def test_a_doubtful_place_costs_nothing():
    wanted = batch(target(NONE, BOX, (64, 64)))
    assert sum(loss(maps_of(BOX[0]), *wanted)).item() < 0.01
