import av
import cv2
import numpy as np
import pytest

from catalogs import seeds
from hlaska.columns import CONFIDENCE, FRAME
from hlaska.errors import ModelError
from hlaska.results import INTERVALS, OPERATING, THRESHOLDS
from training.evaluation.crossings import crossings_of
from training.evaluation.observations import DETECTION_COLUMNS, Observations
from training.evaluation.pets import Footage
from training.evaluation.video import Truth
from training.evaluation.video_report import SEGMENT, exhibits_of, video_points, worst_frames

FRAMES = 6 * SEGMENT


@pytest.fixture
def clip(tmp_path):
    path = tmp_path / "grey.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 200, 200, "yuv420p"
        for number in range(60):
            image = np.full((200, 200, 3), 40 + number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def people(walk, tracks):
    """Two people who stand."""
    return tracks(*(walk(number, [(60 + 60 * number, 100)] * FRAMES) for number in (0, 1)))


@pytest.fixture
def scene(people, camera, clip):
    truth = Truth(tracks=people, crossings=crossings_of(people, camera))
    return Footage(clip, site=None, camera=camera, truth=truth)


def seen(rows, camera, candidates=None) -> Observations:
    return Observations(
        frames=range(FRAMES),
        tracks=rows,
        detections=rows[DETECTION_COLUMNS],
        crossings=crossings_of(rows, camera),
        candidates=rows[DETECTION_COLUMNS] if candidates is None else candidates,
    )


@pytest.fixture
def outcomes(people, camera):
    """Who sees all; who misses one person in every second segment; who could not be had."""
    card = seeds.card("hog").model_copy(update={"operating_point": {"person": 0.5}})
    odd = (people["track"] == 1) & (people[FRAME] // SEGMENT % 2 == 1)
    return {
        "all": (card, seen(people, camera)),
        "half": (card, seen(people[~odd], camera)),
        "gone": ModelError("no weights"),
    }


def rows(points, name, **wanted):
    return [row for row in points[name] if wanted.items() <= row.items()]


def test_intervals_hold_the_value_and_the_first_differs_from_nobody(outcomes, scene):
    points = video_points(outcomes, scene, range(FRAMES))
    [perfect] = rows(points, INTERVALS, what="all", metric="F1")
    assert (perfect["low"], perfect["value"], perfect["high"]) == (1, 1, 1)
    figure, difference = rows(points, INTERVALS, what="half", metric="F1")
    assert "than" not in figure
    assert figure["low"] < figure["value"] < figure["high"] < 1
    assert difference["than"] == "all"
    assert difference["value"] == pytest.approx(figure["value"] - 1)
    assert difference["low"] < difference["value"] < difference["high"] < 0
    assert {row["what"] for row in points[INTERVALS]} == {"all", "half"}


def test_a_few_frames_make_no_interval(outcomes, scene):
    assert video_points(outcomes, scene, range(2 * SEGMENT))[INTERVALS] == []


def test_curves_follow_the_scores_of_all_boxes(people, camera, scene):
    scores = np.where(people["track"] == 1, 0.3, 0.9)
    boxes = people[DETECTION_COLUMNS].assign(**{CONFIDENCE: scores})
    card = seeds.card("hog").model_copy(update={"operating_point": {"person": 0.5}})
    system = seen(people[people["track"] == 0], camera, candidates=boxes)
    points = video_points({"unsure": (card, system)}, scene, range(FRAMES))
    recall = {row["threshold"]: row["recall"] for row in points[THRESHOLDS]}
    assert (recall[0.05], recall[0.3], recall[0.35], recall[0.9], recall[0.95]) == (
        1,
        1,
        0.5,
        0.5,
        0,
    )
    [point] = points[OPERATING]
    assert (point["class"], point["threshold"], point["recall"]) == ("person", 0.5, 0.5)
    assert point["rate"] == 0


def test_the_worst_frames_are_apart_and_drawn_with_what_was_missed_and_false(
    people, camera, scene, walk, tracks
):
    ghost = tracks(walk(7, [(160, 180)] * 3, first=20))
    found = people[~((people["track"] == 1) & people[FRAME].between(18, 40))]
    both = tracks(*[list(found.itertuples(index=False, name=None)),
                    list(ghost.itertuples(index=False, name=None))])  # fmt: skip
    system = seen(both, camera)
    numbers = worst_frames(system, scene, range(FRAMES))
    assert numbers == [20, 35]
    first, second = exhibits_of("ours", system, scene, numbers)
    assert first.caption == "ours, frame 20: 1 missed, 1 false, 1 found"
    assert second.caption == "ours, frame 35: 1 missed, 0 false, 1 found"
    image = cv2.imdecode(np.frombuffer(first.content, np.uint8), cv2.IMREAD_COLOR)
    plain = cv2.imdecode(np.frombuffer(second.content, np.uint8), cv2.IMREAD_COLOR)
    # The false box is yellow: much green, little blue.
    blue, green, _ = image[160, 150].astype(int)
    assert green - blue > 60
    assert np.ptp(plain[160, 150].astype(int)) < 30


def test_who_sees_all_has_no_worst_frames(outcomes, scene):
    system = outcomes["all"][1]
    assert worst_frames(system, scene, range(FRAMES)) == []
    assert exhibits_of("all", system, scene, []) == []
