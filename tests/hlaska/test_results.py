import math
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from hlaska.results import Column, Report, ReportKind, ResultTable

TABLE = ResultTable(
    "speed",
    "Speed",
    "Of snails.",
    (Column("mps", "m/s", 2),),
    ({"what": "ours", "mps": math.nan}, {"what": "gone", "reason": "no"}),
)


def report(**changes):
    fields = {
        "id": "evaluation-1",
        "kind": ReportKind.EVALUATION,
        "made_at": datetime(2026, 5, 1, tzinfo=UTC),
        "title": "Snails",
        "tables": (TABLE,),
    }
    return Report(**(fields | changes))


def test_a_report_comes_back_from_json_and_what_is_no_number_is_nothing():
    back = Report.model_validate_json(report().model_dump_json())
    assert back.tables[0].columns == TABLE.columns
    assert back.tables[0].rows == ({"what": "ours", "mps": None}, {"what": "gone", "reason": "no"})


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"title": ""}, id="without a title"),
        pytest.param({"made_at": datetime(2026, 5, 1)}, id="at a time of no zone"),
        pytest.param({"kind": "rumour"}, id="of no known kind"),
        pytest.param({"rows": ()}, id="with a key that it does not know"),
    ],
)
def test_a_report_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        report(**wrong)
