import json

import pytest

from hlaska.errors import DataError, ModelError
from hlaska.settings import Settings
from serving.models import from_folder
from serving.video.scorer import DetectorScorer
from tests.training.video.student.conftest import walked
from training.registry import register
from training.runs import registry
from training.video.student.args import QUICK, StudentArgs, command
from training.video.student.train import input_hw, train

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)

SMALL = {"camera": "gate", "width_px": 192, "threads": 1}


@pytest.fixture
def nowhere(tmp_path):
    """Settings of a machine whose MLflow nobody may ask."""
    return Settings(home=tmp_path / "home", mlflow_port=9)


def test_a_student_of_a_made_street_sees_who_walks_there(settings, site, teacher, tmp_path):
    pictures, _ = walked(80)
    said = []
    out = tmp_path / "new" / "student"
    args = StudentArgs(
        site=site(pictures), teacher=str(teacher), frames=80, epochs=4, samples=160, **SMALL
    )
    card = train(args, out, settings, say=said.append)
    model = from_folder(out)
    assert model.card == card
    assert card.name == "gate-student"
    assert "for it only" in card.summary
    assert "sees-red" in card.training_data
    assert card.input.shape == (1, 3, 128, 192)
    assert {path.name for path in out.iterdir()} == {"card.json", "student.onnx"}
    scorer = DetectorScorer.load(model, threads=1)
    (found,) = scorer.score([pictures[70]])
    sure = found.scores >= card.operating_point["person"]
    assert sure.sum() == 2
    assert card.measured[0].value > 0.8
    assert register(out, "gate-student", settings)

    client = registry(settings)
    experiment = client.get_experiment_by_name("hlaska").experiment_id
    (run,) = [
        one for one in client.search_runs([experiment]) if one.info.run_name == "train gate-student"
    ]
    assert run.info.status == "FINISHED"
    assert {"loss/middles", "loss/boxes", "agreement with the teacher"} <= set(run.data.metrics)
    assert run.data.tags["teacher"] == "sees-red 1"
    kept = list((settings.cache / "labels").iterdir())
    assert [path.suffix for path in kept] == [".json"]


def test_a_teacher_that_sees_nobody_is_refused(site, teacher, nowhere, tmp_path):
    empty, _ = walked(60, figures=0)
    args = StudentArgs(site=site(empty), teacher=str(teacher), **SMALL)
    with pytest.raises(DataError, match="sees nobody in this footage"):
        train(args, tmp_path / "out", nowhere, say=lambda _: None)
    assert not (tmp_path / "out").exists()


def test_too_few_pictures_are_refused(site, teacher, nowhere, tmp_path):
    args = StudentArgs(site=site(walked(10)[0]), teacher=str(teacher), **SMALL)
    with pytest.raises(DataError, match="only 10 pictures came"):
        train(args, tmp_path / "out", nowhere, say=lambda _: None)


def test_too_few_people_are_refused(site, teacher, nowhere, tmp_path):
    pictures, _ = walked(60, figures=0)
    pictures[:5], _ = walked(5)
    args = StudentArgs(site=site(pictures), teacher=str(teacher), **SMALL)
    with pytest.raises(DataError, match=r"sees people only \d+ times in the part to learn from"):
        train(args, tmp_path / "out", nowhere, say=lambda _: None)


def test_a_teacher_that_knows_no_people_is_refused(site, teacher, nowhere, tmp_path):
    folder = tmp_path / "other"
    folder.mkdir()
    card = json.loads((teacher / "card.json").read_text())
    card |= {"classes": ["car"], "operating_point": {"car": 0.5}}
    (folder / "card.json").write_text(json.dumps(card))
    (folder / "network.onnx").write_bytes((teacher / "network.onnx").read_bytes())
    args = StudentArgs(site=site(walked(1)[0]), teacher=str(folder), **SMALL)
    with pytest.raises(ModelError, match="looks for no people"):
        train(args, tmp_path / "out", nowhere, say=lambda _: None)


def test_a_folder_that_is_there_is_refused_before_anybody_is_watched(nowhere, tmp_path):
    with pytest.raises(ModelError, match="exists already"):
        train(StudentArgs(), tmp_path, nowhere, say=pytest.fail)
    assert not nowhere.home.exists()


@pytest.mark.parametrize(
    ("width_px", "frame", "expected"),
    [
        pytest.param(384, (576, 768, 3), (288, 384), id="4 to 3"),
        pytest.param(384, (1080, 1920, 3), (224, 384), id="16 to 9"),
        pytest.param(64, (40, 768, 3), (32, 64), id="a slit"),
    ],
)
def test_the_input_has_the_aspect_of_the_picture(width_px, frame, expected):
    assert input_hw(width_px, frame) == expected


def test_the_command_makes_the_same_again():
    assert command(StudentArgs()) == "hlaska train video --student square-east --epochs 20 --seed 1"
    quick = StudentArgs(camera="gate", site="town.yaml", minutes=5, **QUICK)
    assert command(quick).endswith("--epochs 2 --seed 1 --site town.yaml --minutes 5.0 --quick")
    assert ", teacher seed:hog" in command(StudentArgs(teacher="seed:hog"))
