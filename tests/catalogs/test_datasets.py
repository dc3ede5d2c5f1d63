from pathlib import Path

import intake.readers.entry
import numpy as np
import pandas as pd
import pytest

from catalogs import datasets
from catalogs.entries import MadeSource, WebSource
from catalogs.tsai import Tsai
from hlaska.columns import BOTTOM_PX, FRAME, LEFT_PX, RIGHT_PX, TRACK
from hlaska.errors import UnavailableError, UnknownEntryError
from hlaska.settings import Settings

NAMES = datasets.names()
READS_AS = {
    "path": Path,
    "boxes": pd.DataFrame,
    "calibration": Tsai,
    "recordings": pd.DataFrame,
}
NOT_AMONG_THE_REAL_DATA = {"yolox-s", "esc50-glass", "esc50-fireworks"}
PINNED_AT_FIRST_FETCH = {"esc50-glass", "esc50-fireworks"}
"""Nobody publishes their checksums, and they could not be fetched when they were listed."""
PETS_FRAMES_PER_S = 7  # as recorded; the clip's file says 10


def test_there_are_entries_to_check():
    assert len(NAMES) >= 7


def test_an_unknown_name_is_answered_with_the_nearest_one():
    with pytest.raises(UnknownEntryError, match="did you mean 'yolox-nano'"):
        datasets.entry("yolox_nano")


def test_what_is_not_here_is_not_available_and_nothing_to_check(settings):
    for name in NAMES:
        assert datasets.available(name, settings) is None
        assert datasets.check(name, settings) is None


@pytest.mark.parametrize("name", NAMES)
def test_every_fetched_file_has_a_checksum_and_an_encrypted_address(name):
    entry = datasets.entry(name)
    for source in entry.sources:
        # What is made here differs between machines in its last digits.
        unknown = isinstance(source, MadeSource) or name in PINNED_AT_FIRST_FETCH
        assert unknown or all(entry.expected(source).values())
        assert not isinstance(source, WebSource) or source.folder.scheme == "https"


@pytest.mark.parametrize("name", NAMES)
def test_the_intake_catalog_tells_every_entrys_licence(name, settings):
    catalog = datasets.open_catalog(settings)
    assert name in list(catalog)
    assert catalog[name].metadata["licence"] == datasets.entry(name).licence


def test_reading_through_intake_what_no_source_has_tells_so(tmp_path, settings):
    catalog = datasets.open_catalog(settings)
    with pytest.raises(UnavailableError, match="yolo11n-int8: no source answers"):
        catalog["yolo11n-int8"].read()


def test_the_intake_catalog_survives_a_file_of_its_own(tmp_path, settings):
    datasets.open_catalog(settings).to_yaml_file(str(tmp_path / "catalog.yaml"))
    again = intake.readers.entry.Catalog.from_yaml_file(str(tmp_path / "catalog.yaml"))
    assert sorted(again) == sorted(NAMES)
    with pytest.raises(UnavailableError):
        again["yolo11n-int8"].read()


@pytest.fixture
def real(tmp_path):
    """Settings of a run with the real data."""
    return Settings.load(home=tmp_path / "home")


@pytest.mark.network
@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_read_through_intake(name, real):
    if datasets.available(name, real) is None and name in NOT_AMONG_THE_REAL_DATA:
        # What it must do without the web is to say so.
        try:
            read = datasets.open_catalog(real)[name].read()
        except UnavailableError as error:
            assert next(iter(datasets.entry(name).files)) in str(error)
            return
    else:
        read = datasets.open_catalog(real)[name].read()
    assert isinstance(read, READS_AS[datasets.entry(name).reads_as])
    assert not isinstance(read, Path) or read.exists()


@pytest.mark.network
def test_the_clip_out_of_debians_package_is_the_one_of_the_catalog(real):
    entry = datasets.entry("pets-view1")
    only_debian = entry.model_copy(
        update={"sources": tuple(s for s in entry.sources if s.kind == "debian")}
    )
    path = datasets.obtain(only_debian, Settings.load(home=real.home, data=None))
    assert path.is_relative_to(real.home)
    assert path.stat().st_size == entry.size_bytes


@pytest.mark.network
def test_the_truth_walks_on_the_ground_of_the_calibration_at_the_speed_of_people(real):
    catalog = datasets.open_catalog(real)
    truth, camera = catalog["pets-view1-truth"].read(), catalog["pets-view1-calibration"].read()
    assert (len(truth), truth[TRACK].nunique(), truth[FRAME].max()) == (4650, 19, 794)

    feet_px = np.column_stack([(truth[LEFT_PX] + truth[RIGHT_PX]) / 2, truth[BOTTOM_PX]])
    ground_m = camera.to_ground(feet_px)
    assert camera.to_image(ground_m) == pytest.approx(feet_px, abs=1e-6)
    # The extent of the same walk in world coordinates as TrajNet publishes them: -19.9 to 7.2 m
    # and -16.4 to 3.5 m, which leaves out who is seen only shortly.
    assert ground_m.min(axis=0) == pytest.approx((-19.9, -16.4), abs=0.3)
    assert ground_m[:, 0].max() == pytest.approx(7.2, abs=0.3)

    walk = truth[[TRACK]].assign(x=ground_m[:, 0], y=ground_m[:, 1])
    step_m = walk.groupby(TRACK)[["x", "y"]].diff(PETS_FRAMES_PER_S).dropna()
    speed_mps = np.hypot(step_m["x"], step_m["y"])
    assert 0.8 < speed_mps.median() < 1.5
    assert speed_mps.quantile(0.95) < 2
