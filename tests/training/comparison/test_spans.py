from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.comparison.spans import Spans

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def spans(at=NOON, fps=10.0, frames=range(600), interval_s=900, stretch_s=10.0):
    return Spans(at, fps, frames, interval_s, stretch_s)


def test_intervals_are_those_of_the_clock_as_far_as_they_were_watched():
    late = spans(at=NOON.replace(minute=10), fps=1, frames=range(1200))
    found = late.intervals()
    assert [(one.starts_at.minute, one.ends_at.minute) for one in found] == [(10, 15), (15, 30)]
    assert [one.hours for one in found] == pytest.approx([5 / 60, 15 / 60])


def test_a_frame_on_the_edge_belongs_to_the_interval_that_begins():
    late = spans(at=NOON.replace(minute=10), fps=1, frames=range(1200))
    assert late.interval_of(np.array([0, 299, 300, 1199])).tolist() == [0, 0, 1, 1]


def test_a_time_outside_the_scene_is_in_no_interval():
    times = pd.Series(pd.to_datetime(["2026-05-01T11:59Z", "2026-05-01T12:20Z"], utc=True))
    assert spans().interval_at(times).tolist() == [-1, 1]
    assert len(spans().intervals()) == 1


def test_a_period_lies_in_one_interval_or_in_none_whole():
    starts = pd.Series(pd.to_datetime(["2026-05-01T12:00Z", "2026-05-01T12:10Z"], utc=True))
    ends = pd.Series(pd.to_datetime(["2026-05-01T12:15Z", "2026-05-01T12:20Z"], utc=True))
    place, fits = spans().interval_between(starts, ends)
    assert (place.tolist(), fits.tolist()) == ([0, 0], [True, False])


@given(
    fps=st.floats(0.5, 60),
    first=st.integers(0, 50),
    many=st.integers(1, 3000),
    every=st.integers(1, 20),
    stretch_s=st.floats(0.1, 100),
)
def test_every_judged_frame_is_in_one_stretch(fps, first, many, every, stretch_s):
    frames = range(first * every, first * every + many, every)
    parts = spans(fps=fps, frames=frames, stretch_s=stretch_s).stretches()
    assert [frame for part in parts for frame in part] == list(frames)


@given(fps=st.floats(0.5, 60), many=st.integers(1, 100_000), seconds=st.integers(0, 86_400))
def test_frames_and_their_times_are_the_same_moment(fps, many, seconds):
    one = spans(at=NOON.replace(hour=0) + pd.Timedelta(seconds=seconds), fps=fps,
                frames=range(many))  # fmt: skip
    frames = np.unique(np.linspace(0, many - 1, 20).astype(int))
    assert one.frames_at(pd.Series([one.at(int(frame)) for frame in frames])).tolist() == list(
        frames
    )
    place = one.interval_of(frames.astype(np.int64))
    assert place.min() >= 0
    assert place.max() < len(one.intervals())


def test_only_annotated_frames_are_judged():
    rows = pd.DataFrame({"frame": [0, 5, 10, 11, 20, 600]})
    assert spans(frames=range(10, 600, 10)).judged(rows)["frame"].tolist() == [10, 20]
