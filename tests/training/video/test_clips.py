from pathlib import Path

import pytest

from hlaska.errors import DataError
from hlaska.settings import Settings
from training.video.clips import annotated, clip_pictures, part_of
from training.video.scene import scene_pictures


def test_the_first_part_teaches_the_last_judges_and_between_them_is_a_gap():
    parts = [part_of(frame, 795) for frame in range(795)]
    learnt = [frame for frame, part in enumerate(parts) if part == "train"]
    judged = [frame for frame, part in enumerate(parts) if part == "val"]
    assert learnt == list(range(501))
    assert judged == list(range(533, 795))


def test_only_clips_with_a_truth_are_taken(tmp_path):
    assert "pets-view1" in annotated()
    with pytest.raises(DataError, match="did you mean 'pets-view1'"):
        list(clip_pictures("pets-view", Settings(home=tmp_path)))


def test_the_made_street_is_the_same_for_the_same_seed_and_its_boxes_lie_on_what_is_drawn():
    one, same = (list(scene_pictures(frames=30, seed=4)) for _ in range(2))
    other = list(scene_pictures(frames=30, seed=5))
    assert (one[9].image == same[9].image).all()
    assert (one[9].image != other[9].image).any()
    # What is inside a box differs from the empty ground, which is grey.
    car = next(p for p in one if "car" in p.classes)
    left, top, right, bottom = car.boxes_px[car.classes.index("car")].round().astype(int).clip(0)
    inside = car.image[top:bottom, left:right].astype(int)
    assert inside.std() > 2 * car.image[:10, :10].astype(int).std()


@pytest.mark.network
def test_frames_of_pets_come_with_the_boxes_of_their_people(monkeypatch, tmp_path):
    settings = Settings.load(home=tmp_path / "home")
    pictures = list(clip_pictures("pets-view1", settings, every=50))
    assert {one.split for one in pictures} == {"train", "val"}
    assert Path(pictures[0].name).name == "pets-view1-000000"
    assert pictures[0].image.shape == (576, 768, 3)
    assert all(len(one.boxes_px) == len(one.classes) > 0 for one in pictures)
