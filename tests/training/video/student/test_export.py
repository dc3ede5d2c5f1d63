import numpy as np
import onnx
import pytest
import torch

from hlaska.errors import ModelError
from serving.models import from_folder
from serving.video.scorer import DetectorScorer
from training.video.student.export import WEIGHTS, check_equal, student_card, write
from training.video.student.network import Served, StudentNet

SIZE_HW = (64, 96)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(2)
    one = StudentNet()
    for part in one.modules():
        # As after some learning: normalisations that do something, scores of all heights.
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(part.running_var, 0.3, 1.5)
    last = one.tell[1]
    torch.nn.init.normal_(last.weight, std=0.3)
    torch.nn.init.zeros_(last.bias)
    return one.eval()


@pytest.fixture
def pictures():
    return np.random.default_rng(3).uniform(0, 1, (3, 3, *SIZE_HW)).astype(np.float32)


def test_the_file_is_half_as_large_says_what_torch_says_and_is_served(network, pictures, tmp_path):
    digest = write(network, tmp_path, made_by="a test", pictures=pictures)
    weights = sum(one.numel() for one in network.parameters())
    assert (tmp_path / WEIGHTS).stat().st_size < 2.3 * weights
    assert "a test" in onnx.load(tmp_path / WEIGHTS).doc_string
    card = student_card(
        name="gate-student",
        size_hw=SIZE_HW,
        version="1",
        summary="A test.",
        operating_point={"person": 0.5},
        training_data="none",
        made_by="a test",
        sha256=digest,
    )
    (tmp_path / "card.json").write_text(card.model_dump_json())
    scorer = DetectorScorer.load(from_folder(tmp_path), threads=1, exact=True)
    picture = (pictures[0].transpose(1, 2, 0) * 255).astype(np.uint8)
    (found,) = scorer.score([picture])
    with torch.inference_mode():
        told = Served(network)(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)
    assert len(found.scores) > 3
    assert found.scores[0] == pytest.approx(float(told[0, 0, 4]), abs=0.01)


def test_the_network_that_was_given_is_left_as_it_was(network, pictures, tmp_path):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    write(network, tmp_path, made_by="a test", pictures=pictures)
    assert before.keys() == network.state_dict().keys()
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_a_file_of_another_network_is_refused(network, pictures, tmp_path):
    write(network, tmp_path, made_by="a test", pictures=pictures)
    with pytest.raises(ModelError, match="something else than torch"):
        check_equal(Served(StudentNet().eval()), tmp_path / WEIGHTS, pictures)
