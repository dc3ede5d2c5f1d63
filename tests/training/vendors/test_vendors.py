import re
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hlaska.errors import DataError
from training.vendors import (
    FORMATS,
    briefcam,
    certicon,
    datafromsky,
    goodvision,
    gridsmart,
    read_export,
)
from training.vendors.export import ALERT_TYPES, COUNT_TYPES, TRACK_TYPES
from training.vendors.mapping import Format, Mapping

ADAPTERS = Path(briefcam.__file__).parent
ABOUT = {
    "briefcam": "Time;Camera;Rule\n2026-05-01 12:00:00Z;gate;Line\n",
    "certicon": "Od;Do;Čára;Směr;Třída;Počet\n2026-05-01 12:00Z;2026-05-01 12:15Z;a;in;car;3\n",
    "coco": '[{"image_id": 0, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]',
    "datafromsky": "Track ID;Type;Trajectory(x [m];y [m];Time [s];)\n1;Car;1;2;0.5\n",
    "frigate": '[{"id": "1", "label": "car", "camera": "a", "start_time": 1607123955.4}]',
    "goodvision": "Start;End;Movement;Car\n2026-05-01 12:00Z;2026-05-01 12:15Z;a;3\n",
    "gridsmart": "Local Timestamp,UTC Offset,Turn\n2026-05-01 12:00:00,60,S\n",
    "motchallenge": "1,1,10,20,30,40,0.9,-1,-1,-1\n",
    "opendatacam": '[{"timestamp": "2026-05-01T12:00:00.000Z", "objects": []}]',
    "otvision": '{"metadata": {"video": {}}, "data": {"detections": []}}',
}


def test_every_format_has_an_adapter_and_an_example_here():
    assert set(FORMATS) == set(get_args(Format)) == set(ABOUT)
    assert list(FORMATS) == sorted(FORMATS)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_adapter_says_on_what_it_rests_and_what_it_assumes(form):
    text = (ADAPTERS / f"{form}.py").read_text(encoding="utf-8")
    assert "RESTS ON" in text and "ASSUMED:" in text


@pytest.mark.parametrize("module", [briefcam, certicon, goodvision], ids=lambda m: m.__name__)
def test_what_was_written_from_documentation_is_called_so(module):
    assert "`constructed: true`" in module.__doc__
    assert "seen nowhere" in module.__doc__ or "was found in public" in module.__doc__


WORDS = {"classes": {"1": "person", "vehicle": "car", "Line": "person"}}


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format_gives_the_same_three_tables(form, export, noon):
    classes = WORDS["classes"] if form in ("coco", "gridsmart", "briefcam") else {}
    read = export(form, ABOUT[form], classes=classes, starts_at=noon, fps=10)
    assert (read.system, read.format) == ("A box", form)
    for table, types in [
        (read.tracks, TRACK_TYPES),
        (read.counts, COUNT_TYPES),
        (read.alerts, ALERT_TYPES),
    ]:
        assert {name: str(kind) for name, kind in table.dtypes.items()} == types
    rows = len(read.tracks) + len(read.counts) + len(read.alerts)
    assert rows == (0 if form in ("opendatacam", "otvision") else 1)


EMPTY = [b"", b" \r\n\n", b"\xef\xbb\xbf", b"\xff\xfe"]


@pytest.mark.parametrize("content", EMPTY, ids=["nothing", "line ends", "a mark", "a wide mark"])
@pytest.mark.parametrize("form", sorted(FORMATS))
def test_an_empty_file_is_an_error_in_every_format(form, content, export):
    with pytest.raises(DataError, match=r"export\.csv: the file is empty; export it again"):
        export(form, content)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_a_file_that_is_not_there_is_an_error_in_every_format(form, tmp_path):
    said = Mapping(system="A box", format=form, path="gone.csv")
    with pytest.raises(DataError, match=r"gone\.csv: No such file.*correct `path:`"):
        read_export(tmp_path / "gone.csv", said)


@pytest.mark.parametrize("form", sorted(FORMATS))
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_a_file_holds_an_adapter_reads_it_or_says_what_is_wrong(form, data, export, noon):
    good = ABOUT[form].encode()
    place = data.draw(st.integers(0, len(good)))
    gone = data.draw(st.integers(0, 12))
    put = data.draw(
        st.one_of(
            st.binary(max_size=8),
            st.sampled_from(
                [b";", b",", b'"', b"\n", b"1e999", b"-1", b"NaN", b"9" * 400, b"\0", b"[[", b"}"]
            ),
        )
    )
    try:
        export(form, good[:place] + put + good[place + gone :], starts_at=noon, fps=10)
    except DataError as error:
        assert re.match(r".*export\.csv[,:/]", str(error)), error


def test_gridsmart_knows_the_columns_of_the_versions_that_it_reads_without_a_head():
    assert {version: len(head) for version, head in gridsmart._HEADS.items()} == {"8": 14, "9": 15}


def test_datafromsky_does_not_fix_the_width_of_a_block():
    assert "how wide a block is" in datafromsky.__doc__
