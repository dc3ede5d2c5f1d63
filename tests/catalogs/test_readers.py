import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogs.readers import BOX_COLUMNS, load_boxes, load_calibration, load_recordings
from hlaska.columns import BOTTOM_PX, FRAME, LEFT_PX, RIGHT_PX, TOP_PX, TRACK
from hlaska.errors import DataError

CVML = """<?xml version="1.0" encoding="utf-8"?>
<dataset>
  <frame number="0">
    <objectlist>
      <object id="9">
        <box h="20" w="10" xc="105" yc="60"/>
      </object>
    </objectlist>
  </frame>
</dataset>
"""
CALIBRATION = """<Camera name="made">
  <Geometry width="768" height="576" dpx="0.005" dpy="0.005"/>
  <Intrinsic focal="5.5" kappa1="0.005" cx="384" cy="288" sx="1.1"/>
  <Extrinsic tx="1" ty="2" tz="3" rx="0.1" ry="0.2" rz="0.3"/>
</Camera>
"""


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, suffix: str):
        path = tmp_path / f"made{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        pytest.param("1,9,100,50,10,20,1,-1,-1,-1\n", ".txt", id="MOT"),
        pytest.param("\ufeff1.0,9.0,100.0,50,10,20,1\r\n\r\n", ".txt", id="MOT from elsewhere"),
        pytest.param(CVML, ".xml", id="CVML"),
    ],
)
def test_a_box_is_the_same_in_every_format(content, suffix, file):
    table = load_boxes(file(content, suffix))
    assert tuple(table.columns) == BOX_COLUMNS
    assert table.to_numpy().tolist() == [[0, 9, 100, 50, 110, 70, 1]]


def test_boxes_come_in_the_order_of_frame_and_track(file):
    table = load_boxes(file("2,1,0,0,1,1,1\n1,5,0,0,1,1,1\n1,4,0,0,1,1,1\n", ".txt"))
    assert table[[FRAME, TRACK]].to_numpy().tolist() == [[0, 4], [0, 5], [1, 1]]


def test_a_file_without_boxes_gives_an_empty_table_with_the_same_types(file):
    empty = load_boxes(file("", ".txt"))
    full = load_boxes(file("1,9,100,50,10,20,1\n", ".txt"))
    assert empty.empty
    assert empty.dtypes.equals(full.dtypes)


@pytest.mark.parametrize(
    ("content", "suffix", "told"),
    [
        pytest.param("1,9,100,50,10,20,1\nframe,id\n", ".txt", "line 2: 'frame,id'", id="words"),
        pytest.param("1,9,100,50\n", ".txt", "line 1", id="too few fields"),
        pytest.param("0,9,1,1,1,1,1\n", ".txt", "line 1: no box: frame -1", id="frame zero"),
        pytest.param("1,9,1,1,0,1,1\n", ".txt", "line 1: no box", id="no width"),
        pytest.param("1,9,nan,1,1,1,1\n", ".txt", "line 1: no box", id="not a number"),
        pytest.param("inf,9,1,1,1,1,1\n", ".txt", "line 1", id="endless frame"),
        pytest.param(b"\xff\xfe\x00", ".txt", "cannot be read as text", id="no text"),
        pytest.param(CVML[:150], ".xml", "line 6: not XML", id="cut off"),
        pytest.param("", ".xml", "line 1: not XML", id="empty"),
        pytest.param("<other/>", ".xml", "line 1: <other>; expected <dataset>", id="other XML"),
        pytest.param(CVML.replace('w="10"', ""), ".xml", "line 6: <box> has w=None", id="no w"),
        pytest.param(
            CVML.replace('<box h="20" w="10" xc="105" yc="60"/>', ""),
            ".xml",
            "line 5: <object> lacks",
            id="no box",
        ),
        pytest.param(CVML.replace("9", "nine"), ".xml", "line 5: .*id='nine'", id="id in words"),
        pytest.param(CVML.replace('id="9"', 'id="inf"'), ".xml", "line 5", id="endless id"),
    ],
)
def test_what_is_no_box_names_file_and_line(content, suffix, told, file):
    path = file(content, suffix)
    with pytest.raises(DataError, match=told) as refusal:
        load_boxes(path)
    assert str(path) in str(refusal.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"none\.txt: cannot be read"):
        load_boxes(tmp_path / "none.txt")


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(st.sampled_from('0123456789,.-+ein\n<>/"=a '), max_size=80))
def test_any_text_is_read_or_refused_with_its_line(content, file):
    for suffix in (".txt", ".xml"):
        try:
            table = load_boxes(file(content, suffix))
        except DataError as error:
            assert "line " in str(error)
        else:
            assert (table[LEFT_PX] < table[RIGHT_PX]).all() or (table[LEFT_PX].abs() > 1e15).any()
            assert (table[TOP_PX] <= table[BOTTOM_PX]).all()


def test_a_calibration_is_read(file):
    camera = load_calibration(file(CALIBRATION, ".xml"))
    assert (camera.width_px, camera.focal_mm, camera.scale_x) == (768, 5.5, 1.1)
    assert camera.translation_mm == (1, 2, 3)
    assert camera.rotation_rad == (0.1, 0.2, 0.3)


@pytest.mark.parametrize(
    ("wrong", "right", "told"),
    [
        ('focal="5.5"', "", "line 3: <Intrinsic> has focal=None"),
        ('focal="5.5"', 'focal="-1"', "focal_mm is -1.0"),
        ('focal="5.5"', 'focal="wide"', "focal='wide'; a number is needed"),
        ('focal="5.5"', 'focal="nan"', "focal='nan'; a number is needed"),
        ('width="768"', 'width="nan"', "line 2: .*width='nan'"),
        ("Extrinsic", "Outrinsic", "line 1: <Camera> lacks a part with tx"),
    ],
)
def test_a_wrong_calibration_names_file_line_and_key(wrong, right, told, file):
    path = file(CALIBRATION.replace(wrong, right), ".xml")
    with pytest.raises(DataError, match=told) as refusal:
        load_calibration(path)
    assert str(path) in str(refusal.value)


def test_recordings_are_listed_with_length_rate_and_channels(tmp_path):
    soundfile.write(tmp_path / "b.flac", np.zeros(8000), 16_000)
    soundfile.write(tmp_path / "a.wav", np.zeros((22_050, 2)), 44_100)
    (tmp_path / "labels.csv").write_text("file,onset_s\n")
    table = load_recordings(tmp_path)
    assert table["name"].tolist() == ["a.wav", "b.flac"]
    assert table["duration_s"].tolist() == [0.5, 0.5]
    assert table["rate_hz"].tolist() == [44_100, 16_000]
    assert table["channels"].tolist() == [2, 1]


def test_a_file_that_is_no_recording_is_named(tmp_path):
    (tmp_path / "a.wav").write_text("no sound at all")
    with pytest.raises(DataError, match=r"a\.wav: no recording"):
        load_recordings(tmp_path)


def test_a_folder_without_recordings_is_an_error(tmp_path):
    with pytest.raises(DataError, match="holds no recordings"):
        load_recordings(tmp_path)
