import pytest

from hlaska.errors import DataError
from hlaska.settings import Settings
from training.comparison.run import Run, load_run, located


def test_a_run_is_read(run_file):
    run = load_run(run_file())
    assert [system.shown for system in run.systems] == ["A box"]
    assert run.scene.interval_s == 10


BOX = {"system": "A box", "format": "motchallenge", "path": "box.txt", "kind": "person"}


def test_what_was_constructed_says_so_wherever_it_is_named(run_file):
    run = load_run(run_file(exports=[{"export": BOX | {"constructed": True}}]))
    assert run.systems[0].shown == "A box (constructed)"


def test_the_same_detector_by_another_tracker_is_another_system(run_file):
    ours = {"detector": "seed:yolo11n-int8"}
    run = load_run(run_file(exports=[{"ours": ours}, {"ours": ours | {"tracker": "ultralytics"}}]))
    assert [one.shown for one in run.systems] == [
        "seed:yolo11n-int8",
        "track() seed:yolo11n-int8",
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"truht": {}}, "truth", id="a key that nobody knows"),
        pytest.param({"truth": {}}, "tracks, crossings, counts or alerts", id="no truth"),
        pytest.param({"exports": [{"name": "nothing"}]}, "either `export:` or `ours:`", id="none"),
        pytest.param({"exports": [{"export": BOX}, {"export": BOX}]}, "two systems", id="twice"),
        pytest.param(
            {"exports": [{"name": "oracle", "export": BOX}]}, "always compared", id="the oracle"
        ),
        pytest.param(
            {"conditions": [{"by": "light", "name": "dusk", "frames": [0, 9]}] * 2},
            "two conditions by light",
            id="a condition twice",
        ),
        pytest.param({"exports": [{"export": BOX | {"colour": 1}}]}, "colour", id="of a mapping"),
    ],
)
def test_a_wrong_run_is_told_with_file_and_line(run_file, changes, words):
    path = run_file(**changes)
    with pytest.raises(DataError) as told:
        load_run(path)
    assert words in str(told.value)
    assert f"{path}, line " in str(told.value)


def test_a_run_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.yaml.*give the path of a run file"):
        load_run(tmp_path / "none.yaml")


def test_paths_are_relative_to_the_run_file_or_name_an_entry(tmp_path):
    assert located("a/b.txt", tmp_path, Settings.load()) == tmp_path / "a/b.txt"
    with pytest.raises(DataError, match="no data set"):
        located("dataset:nothing-like-it", tmp_path, Settings.load())


def test_every_key_of_a_run_is_described():
    schema = Run.model_json_schema()
    undescribed = [
        f"{name}.{key}"
        for name in ("Truth", "Scene", "Condition")
        for key, value in schema["$defs"][name]["properties"].items()
        if "description" not in value and key not in ("lines",)
    ]
    assert not undescribed
