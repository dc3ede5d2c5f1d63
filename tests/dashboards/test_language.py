"""Everything that a page says is said in Czech too, and keeps its {values}."""

import ast
import re
from pathlib import Path

import pytest

from catalogs import sites
from dashboards import (
    conversation_graph,
    event_detail,
    event_feed,
    flow_evidence,
    language,
    microphone_health,
    network_health,
    network_wording,
    sensor_layer,
    sound_wording,
    source_health,
    stream_health,
)
from dashboards.language import LANGUAGES, phrases, translate, written
from dashboards.level_look import LEVELS, UNKNOWN
from dashboards.part import BROWSER, phrases_of
from dashboards.theme import SEVERITIES
from dashboards.wording import attribute, sensors_of
from hlaska.kinds import KINDS, Family
from hlaska.sound.scores import SOUND_CLASSES
from hlaska.tracks import OBJECT_CLASSES

SOURCES = sorted(BROWSER.parent.glob("*.py"))
SCRIPTS = sorted(BROWSER.glob("*.js"))
SAYS = {"translate", "_say", "say"}
PUT_TOGETHER = {"{good} of {total} "}
"""What is only a part of a phrase."""
VALUES = re.compile(r"\{\w+\}")


def said_by(path: Path) -> set[str]:
    """The phrases that a module or a script says, as far as they stand where they are said."""
    if path.suffix == ".js":
        return set(phrases_of(path.read_text()))
    tree = ast.parse(path.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    names = [getattr(call.func, "id", getattr(call.func, "attr", "")) for call in calls]
    said = [call.args[0] for call, name in zip(calls, names, strict=True) if name in SAYS]
    return {phrase for node in said for phrase in texts_of(node) if re.search(r"[a-z]", phrase)}


def texts_of(node: ast.AST) -> list[str]:
    """The texts that an argument may be, where it is written down or chosen between."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else []
    if isinstance(node, ast.IfExp):
        return [*texts_of(node.body), *texts_of(node.orelse)]
    return [*texts_of(node.left), *texts_of(node.right)] if isinstance(node, ast.BinOp) else []


@pytest.mark.parametrize("path", SOURCES + SCRIPTS, ids=lambda path: path.name)
def test_what_a_page_says_is_said_in_czech_too(path):
    missing = said_by(path) - phrases("cs").keys() - PUT_TOGETHER
    assert not missing


def test_there_is_something_to_say():
    assert sum(len(said_by(path)) for path in SOURCES) > 50
    assert sum(len(said_by(path)) for path in SCRIPTS) > 50


@pytest.mark.parametrize(
    "word",
    [look.word for look in (*LEVELS, UNKNOWN, *SEVERITIES)] + [k.title for k in KINDS.values()],
)
def test_levels_severities_and_kinds_have_czech_names(word):
    assert word in phrases("cs")


@pytest.mark.parametrize("english", sorted(phrases("cs")))
def test_a_translation_keeps_the_values_of_its_phrase(english):
    assert sorted(VALUES.findall(english)) == sorted(VALUES.findall(phrases("cs")[english]))


NAMED = {
    *(words for _, words in stream_health._STATES.values()),
    *(words for _, words in microphone_health._CONDITIONS.values()),
    microphone_health.NOT_CONNECTED[1],
    network_health.UNUSUAL,
    network_wording.UNKNOWN,
    network_wording.OUTSIDE,
    *network_wording.OUTCOMES.values(),
    *network_wording._SENTENCES.values(),
    *sound_wording._MANY.values(),
    *sound_wording._AXES,
    sensor_layer._LEGEND,
    conversation_graph.CHOOSE,
    conversation_graph.NO_EDGES,
    event_detail.NO_STILL,
    event_detail.NO_SOUND,
    event_feed.NOTHING_YET,
    flow_evidence.NO_TALKS,
    source_health.CROSSINGS,
    source_health.CONVERSATIONS,
    source_health.NO_SOURCES,
    source_health.UNREADABLE,
    source_health.WAITING,
    *source_health.EXTENTS,
    *OBJECT_CLASSES,
    *SOUND_CLASSES,
}


@pytest.mark.parametrize("phrase", sorted(NAMED))
def test_what_is_said_by_name_is_said_in_czech_too(phrase):
    assert phrase in phrases("cs")


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_a_kind_tells_is_named_in_czech_too(kind):
    said_elsewhere = {"direction", "count"} if kind.family is Family.MOBILITY else set()
    for name in set(kind.attributes) - said_elsewhere:
        label, _ = attribute(name, 1.5, "cs")
        assert label != attribute(name, 1.5)[0]


def test_the_notes_of_the_committed_sites_are_said_in_czech_too():
    notes = {sensor.note for name in sites.names() for sensor in sensors_of(sites.named(name))}
    assert notes - {""} <= phrases("cs").keys()


def test_numbers_are_written_as_the_language_does():
    assert written("1,203.5", "en") == "1,203.5"
    assert written("1,203.5", "cs") == "1\u202f203,5"


def test_no_phrase_is_translated_twice():
    folder = Path(language.__file__).parent / "languages" / "cs"
    files = sorted(folder.glob("*.yaml"))
    assert files
    keys = [line for file in files for line in re.findall(r'^(".*?"):', file.read_text(), re.M)]
    assert sorted(keys) == sorted(set(keys))


def test_english_needs_no_file_and_an_unknown_phrase_stands_as_it_is():
    assert phrases("en") == {}
    assert translate("{n} things that nobody translates", "cs", n=3) == (
        "3 things that nobody translates"
    )


def test_the_languages_are_named_in_themselves():
    assert LANGUAGES == {"en": "English", "cs": "čeština"}
