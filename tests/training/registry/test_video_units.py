import cv2
import numpy as np
import pytest

from hlaska.errors import DataError
from hlaska.settings import Settings
from serving.models import from_folder
from training.registry.measured import GateArgs
from training.registry.video_units import clip_of, measured, stretches

SIZE = 64
ARGS = GateArgs(first_frame=4, stretch=5)
# Where the detector of these tests sees its person, in a picture of this size.
SEEN = (24, 16, 16, 32)


def announce(_what, _total):
    return lambda _done: None


@pytest.fixture
def footage(tmp_path):
    """A clip of a lively grey square, and its truth: the person stands where it is looked for in
    the first half, and elsewhere in the second."""

    def made(frames=30):
        rng = np.random.default_rng(0)
        clip, truth = tmp_path / "clip.avi", tmp_path / "truth.txt"
        writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (SIZE, SIZE))
        lines = []
        for number in range(frames):
            writer.write(rng.integers(0, 255, (SIZE, SIZE, 3), np.uint8))
            left, top, width, height = SEEN if number < frames // 2 else (1, 1, 10, 10)
            lines.append(f"{number + 1},1,{left + 1},{top + 1},{width},{height},1,-1,-1,-1")
        writer.release()
        truth.write_text("\n".join(lines))
        return clip_of(Settings(home=tmp_path), clip=clip, truth=truth)

    return made


def test_stretches_are_whole_and_begin_where_frames_count():
    assert stretches(16, ARGS) == [range(4, 9), range(9, 14)]
    assert stretches(8, ARGS) == []
    assert stretches(100, ARGS.model_copy(update={"frames": 11})) == [range(4, 9), range(9, 14)]


def test_boxes_are_counted_by_stretch_and_beside_the_champions(footage, tmp_path, write_model):
    clip = footage()
    seeing = from_folder(write_model(tmp_path / "seeing"))
    shy = from_folder(write_model(tmp_path / "shy", operating_point={"person": 0.9}))
    found = measured(seeing, shy, clip, ARGS, announce)
    main, guard = found.compared
    # Frames 4 to 13 show the person where it is seen, 14 straddles, from 15 on it is elsewhere.
    np.testing.assert_array_equal(
        main.candidate, [[5, 0, 0], [5, 0, 0], [1, 4, 4], [0, 5, 5], [0, 5, 5]]
    )
    np.testing.assert_array_equal(main.champion, [[0, 0, 5]] * 5)
    np.testing.assert_array_equal(guard.candidate[:, 0], [0, 0, 4, 5, 5])
    np.testing.assert_array_equal(guard.candidate[:, 1], [5] * 5)
    found.work.candidate()
    found.work.champion()
    again = measured(seeing, None, clip, ARGS, announce)
    assert again.data_sha256 == found.data_sha256
    assert again.work.champion is None
    np.testing.assert_array_equal(again.compared[0].champion, [[0, 0, 5]] * 5)
    other = measured(seeing, None, clip, ARGS.model_copy(update={"first_frame": 5}), announce)
    assert other.data_sha256 != found.data_sha256


def test_a_clip_that_is_too_short_is_said(footage, tmp_path, write_model):
    with pytest.raises(DataError, match="8 frames"):
        measured(from_folder(write_model(tmp_path / "a")), None, footage(8), ARGS, announce)


def test_a_clip_without_truth_is_said(tmp_path):
    with pytest.raises(DataError, match="--clip and --truth"):
        clip_of(Settings(home=tmp_path), clip=tmp_path / "clip.avi")
