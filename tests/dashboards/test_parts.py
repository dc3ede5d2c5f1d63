"""What runs in the browser: no markup out of data, nothing from elsewhere, every parameter said."""

import re
from pathlib import Path

import param
import pytest

from dashboards.alert_actions import AlertActions
from dashboards.alert_card import AlertCard
from dashboards.alert_queue import AlertQueue
from dashboards.camera_tile import CameraTile
from dashboards.case_cards import CaseCards
from dashboards.event_detail import EventDetail
from dashboards.event_feed import EventFeed
from dashboards.evidence_pane import EvidencePane
from dashboards.explanation import Explanation
from dashboards.live_threat import LiveThreat
from dashboards.masthead import Masthead
from dashboards.metric_table import MetricTable
from dashboards.part import BROWSER, Part
from dashboards.pilot_evaluation import PilotEvaluation
from dashboards.playbook_steps import PlaybookSteps
from dashboards.report_list import ReportList
from dashboards.result_cards import ResultCards
from dashboards.source_health import SourceHealth
from dashboards.stream_health import StreamHealth
from dashboards.threshold_explorer import ThresholdExplorer

SCRIPTS = sorted(BROWSER.glob("*.js"))
SHEETS = sorted(BROWSER.glob("*.css"))
PARTS = [
    AlertActions,
    AlertCard,
    AlertQueue,
    CameraTile,
    EventDetail,
    EventFeed,
    EvidencePane,
    Explanation,
    Masthead,
    PlaybookSteps,
    StreamHealth,
    CaseCards,
    MetricTable,
    ReportList,
    ResultCards,
    ThresholdExplorer,
]
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|srcdoc")
SVG_NAMESPACE = "http://www.w3.org/2000/svg"

each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)


def test_there_are_scripts_to_check():
    assert len(SCRIPTS) > len(PARTS)
    assert {Path(part._esm).name for part in PARTS} <= {script.name for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_never_makes_markup_of_text(script):
    assert not MARKUP.search(script.read_text())


@pytest.mark.parametrize("path", SCRIPTS + SHEETS, ids=lambda path: path.name)
def test_nothing_is_fetched_from_elsewhere(path):
    source = path.read_text().replace(SVG_NAMESPACE, "")
    assert not re.search(r"https?://|@import|\bimport\b|//cdn", source)


@each_part
def test_a_part_is_drawn_by_its_script_and_the_shared_one(part):
    script = part._render_esm()
    assert "function make(" in script and "export function render(" in script


@each_part
def test_the_script_reads_every_parameter_of_its_part(part):
    script = (BROWSER / Path(part._esm).name).read_text()
    own = set(part.param.objects("existing")) - set(Part.param.objects("existing"))
    unread = {name for name in own if f"model.{name}" not in script}
    assert unread <= {"wanted"}, "an event of Python's side needs no script"


@pytest.mark.parametrize(
    "view", [*PARTS, LiveThreat, PilotEvaluation, SourceHealth], ids=lambda view: view.__name__
)
def test_every_parameter_says_what_it_is_for(view):
    inherited = {name for base in view.__mro__[1:] for name in getattr(base, "param", ())}
    own = [one for name, one in view.param.objects("existing").items() if name not in inherited]
    assert own
    assert all(isinstance(one, param.Parameter) and one.doc for one in own)
