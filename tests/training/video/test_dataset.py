import csv

import numpy as np
import pytest
import yaml

from hlaska.errors import DataError
from hlaska.settings import Settings
from training.video.dataset import PROVENANCE, Picture, write
from training.video.export import prepare_ultralytics

BOXES = np.array([[8.0, 16.0, 24.0, 48.0], [40.0, 8.0, 60.0, 30.0]])


def picture(number, split="train", boxes=BOXES, classes=("person", "car"), **origin):
    image = np.full((64, 96, 3), number % 200, np.uint8)
    return Picture(f"{split}-{number:04d}", split, image, boxes, classes, origin)


def enough():
    return [picture(n) for n in range(100)] + [picture(n, "val") for n in range(50)]


def test_what_is_written_is_read_back_in_pixels(tmp_path):
    data = write(enough(), tmp_path / "data", about="grey")
    truth = data.truth("val")
    assert data.classes == ("person", "car")
    assert len(data.pictures("val")) == 50
    assert len(truth) == 100
    first = truth[truth["frame"] == 0].sort_values("left_px")
    assert list(first["object_class"]) == ["person", "car"]
    np.testing.assert_allclose(
        first[["left_px", "top_px", "right_px", "bottom_px"]], BOXES, atol=1e-3
    )
    assert next(data.images("train")).shape == (64, 96, 3)


def test_ultralytics_reads_the_folder(tmp_path):
    prepare_ultralytics(Settings(home=tmp_path / "home"))
    from ultralytics.cfg import get_cfg
    from ultralytics.data.dataset import YOLODataset

    empty = picture(999, boxes=np.empty((0, 4)), classes=())
    data = write([*enough(), empty], tmp_path / "data", about="grey")
    described = yaml.safe_load((data.folder / "data.yaml").read_text())
    assert described["names"] == {0: "person", 1: "car"}
    read = YOLODataset(
        img_path=str(data.folder / "images/train"),
        data={"names": described["names"], "channels": 3, "nc": 2},
        imgsz=96,
        augment=False,
        hyp=get_cfg(overrides={"mode": "train"}),
        task="detect",
    )
    assert len(read) == 101
    by_file = {label["im_file"].rsplit("/", 1)[1]: label for label in read.labels}
    assert len(by_file["train-0999.jpg"]["cls"]) == 0
    one = by_file["train-0000.jpg"]
    assert one["cls"].ravel().tolist() == [0, 1]
    np.testing.assert_allclose(one["bboxes"][0], [16 / 96, 32 / 64, 16 / 96, 32 / 64], atol=1e-5)


def test_each_picture_has_a_line_of_provenance(tmp_path):
    pictures = [*enough(), picture(500, source="gate", verdict="false", by="Jana")]
    data = write(pictures, tmp_path / "data", about="grey")
    rows = list(csv.DictReader((data.folder / PROVENANCE).read_text().splitlines()))
    assert len(rows) == 151
    assert rows[-1] | {"boxes": ""} == {
        "picture": "train-0500",
        "split": "train",
        "boxes": "",
        "source": "gate",
        "verdict": "false",
        "by": "Jana",
    }


def test_boxes_are_cut_off_at_the_edges_and_those_outside_are_gone(tmp_path):
    boxes = np.array([[-10.0, 0.0, 10.0, 64.0], [100.0, 0.0, 120.0, 20.0]])
    odd = picture(700, boxes=boxes, classes=("person", "person"))
    data = write([*enough(), odd], tmp_path / "data", about="grey")
    truth = data.truth("train")
    places = {path.stem: number for number, path in enumerate(data.pictures("train"))}
    (one,) = truth[truth["frame"] == places["train-0700"]].to_dict("records")
    assert (one["left_px"], one["right_px"]) == pytest.approx((0, 10), abs=1e-3)


def test_too_little_data_is_refused_and_leaves_nothing(tmp_path):
    few = [picture(n) for n in range(3)] + [picture(n, "val") for n in range(50)]
    with pytest.raises(DataError, match=r"6 boxes on 3 pictures to learn from \(200 are needed\)"):
        write(few, tmp_path / "data", about="grey")
    assert list(tmp_path.iterdir()) == []


def test_a_class_that_only_the_later_part_has_cannot_be_judged(tmp_path):
    bus = picture(900, "val", classes=("person", "bus"))
    with pytest.raises(DataError, match="val-0900 has a bus, of which there is none to learn from"):
        write([*enough(), bus], tmp_path / "data", about="grey")


@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        pytest.param([picture(1), picture(1)], "two pictures are called", id="one name twice"),
        pytest.param(
            [picture(1, classes=("person", "dog"))], "cameras look for person", id="a stranger"
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(pictures, said, tmp_path):
    with pytest.raises(DataError, match=said):
        write(pictures, tmp_path / "data", about="grey")


def test_the_digest_knows_a_moved_box(tmp_path):
    one = write(enough(), tmp_path / "one", about="grey")
    same = write(enough(), tmp_path / "same", about="grey")
    moved = [picture(0, boxes=BOXES + 1), *enough()[1:]]
    other = write(moved, tmp_path / "other", about="grey")
    assert one.sha256 == same.sha256 != other.sha256
