import pytest
from pydantic import ValidationError

from hlaska.models import ModelCard

CARD = {
    "name": "yolox-nano",
    "version": "1",
    "summary": "Finds people and vehicles.",
    "task": "detect",
    "classes": ["person", "car"],
    "input": {"shape": [1, 3, 416, 416], "colour_order": "bgr", "letterbox": "top-left"},
    "output": "yolox",
    "runtime": "onnxruntime",
    "weights": "dataset:yolox-nano",
    "sha256": None,
    "operating_point": {"person": 0.5},
    "licence": "Apache-2.0",
    "training_data": "COCO train2017",
    "made_by": "its authors",
}


def test_a_card_is_read_and_written_back():
    card = ModelCard.model_validate(CARD)
    assert ModelCard.model_validate_json(card.model_dump_json()) == card


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"operating_point": {"bus": 0.5}}, r"\['bus'\], which are not its classes"),
        ({"operating_point": {"person": 1.5}}, "less than or equal to 1"),
        ({"operating_point": {"person": float("nan")}}, "finite"),
        ({"operating_point": {}}, "at least 1 item"),
        ({"classes": []}, "at least 1 item"),
        ({"runtime": "pickle"}, "'openvino'"),
        ({"sha256": "abc"}, "pattern"),
        ({"measured": [{"metric": "F1", "value": -1, "data": "x"}]}, "greater than or equal to 0"),
        ({"author": "me"}, "Extra inputs"),
    ],
)
def test_a_card_refuses(change, complaint):
    with pytest.raises(ValidationError, match=complaint):
        ModelCard.model_validate(CARD | change)
