"""Reports are chosen by model, version and kind."""

from datetime import UTC, datetime

import pytest

from dashboards.report_list import Wanted, fields_of, report_rows
from hlaska.events import ModelRef
from hlaska.results import Report


def report(name="r1", **changes) -> Report:
    fields = {
        "id": name,
        "kind": "evaluation",
        "made_at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "title": "Sound events",
    }
    return Report.model_validate(fields | changes)


EARS = report(
    models=(ModelRef(name="ears", version="1"), ModelRef(name="oracle", version="1")), model="ears"
)
GATE = report(
    "r2", kind="gate", model="eyes", models=(ModelRef(name="eyes", version="4"),), passed=False
)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        pytest.param({}, [EARS, GATE], id="any"),
        pytest.param({"model": "oracle"}, [EARS], id="one of its models"),
        pytest.param({"model": "eyes"}, [GATE], id="its model"),
        pytest.param({"version": "ears 1"}, [EARS], id="a version"),
        pytest.param({"version": "ears 2"}, [], id="another version"),
        pytest.param({"kind": "gate"}, [GATE], id="a kind"),
        pytest.param({"kind": "gate", "model": "ears"}, [], id="all must fit"),
    ],
)
def test_reports_are_chosen_by(wanted, fits):
    assert [one for one in (EARS, GATE) if Wanted(**wanted).fits(one)] == fits


def test_the_fields_offer_what_there_is_and_versions_of_the_chosen_model():
    model, version, kind = fields_of([EARS, GATE], Wanted(model="eyes"), "en")
    assert model["options"] == [["", "any model"], *([n, n] for n in ("ears", "eyes", "oracle"))]
    assert version["options"] == [["", "any version"], ["eyes 4", "eyes 4"]]
    assert kind["options"] == [["", "any kind"], ["evaluation", "evaluation"], ["gate", "gate"]]


def test_a_row_says_what_when_and_whether_it_passed(site):
    first, second = report_rows([EARS, GATE], site, "en")
    assert (first["models"], first["time"], first["chip"]) == (
        "ears 1, oracle 1",
        "1. 5. 2026 14:00",
        {},
    )
    assert second["chip"] == {"kind": "bad", "words": "not passed"}
    undecided = report_rows([GATE.model_copy(update={"passed": None})], site, "en")[0]["chip"]
    assert undecided == {"kind": "off", "words": "undecided"}


def test_a_models_name_is_nobodys_to_translate(site):
    named = report(title="person: version 2 promoted", models=())
    [row] = report_rows([named], site, "cs")
    assert row["title"] == "person: version 2 promoted"
