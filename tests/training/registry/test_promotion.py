import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from mlflow import MlflowClient

from hlaska.errors import ModelConflictError, ModelError
from hlaska.settings import Settings
from training.registry import promotion
from training.registry.moving import MOVING
from training.registry.promotion import promote, refuse_alias, rollback, shadow
from training.registry.standing import CHAMPION, ROLLED_BACK, locked, standing

# The first test waits for the server, which a busy machine starts slowly.
pytestmark = pytest.mark.timeout(500)

WRITES = (
    "set_registered_model_tag",
    "delete_registered_model_tag",
    "set_registered_model_alias",
    "delete_registered_model_alias",
    "set_model_version_tag",
    "delete_model_version_tag",
    "log_text",
)


def pass_gate(client, name, version, *, against="1"):
    """What the gate writes when it lets a version pass."""
    client.set_model_version_tag(name, version, "gate_champion", against)
    client.set_model_version_tag(name, version, "gate", "passed")
    client.set_registered_model_alias(name, "challenger", version)


def places(client, name):
    now = standing(client, name)
    return now.champion, now.previous, now.challenger


def move(act, name, settings, **more):
    said = []
    more.setdefault("why", "finds more")
    return act(name, settings, by="ann", say=said.append, **more), said


def test_a_challenger_becomes_champion_and_the_champion_previous(versions, settings):
    client = versions("walkers", 2)
    pass_gate(client, "walkers", "2")
    made, said = move(promote, "walkers", settings, why="  finds more\npeople ")
    assert places(client, "walkers") == ("2", "1", None)
    tags = client.get_model_version("walkers", "2").tags
    assert (tags["promoted_by"], tags["promoted_why"]) == ("ann", "finds more people")
    assert (tags["promoted_from"], tags["promoted_forced"]) == ("1", "false")
    assert tags["promoted_at"] == made.at.isoformat(timespec="seconds")
    # No gateway runs here: the report is said to be unknown there, and is kept.
    assert any("dashboards" in line for line in said)
    (kept,) = (settings.home / "registry" / "reports").iterdir()
    assert made.id in kept.name
    run = client.get_model_version("walkers", "2").run_id
    assert [one.path for one in client.list_artifacts(run, "moves")] == [f"moves/{made.id}.json"]


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        pytest.param(None, "never tried", id="never judged"),
        pytest.param("failed", "failed", id="failed"),
        pytest.param("refused", "refused", id="too little data"),
        pytest.param("void", "void", id="taken back since"),
    ],
)
def test_what_did_not_pass_is_promoted_by_force_only_and_that_is_recorded(
    gate, why, versions, settings
):
    name = f"gate-{gate}".lower()
    client = versions(name, 2)
    if gate:
        client.set_model_version_tag(name, "2", "gate", gate)
        client.set_model_version_tag(name, "2", "gate_champion", "1")
    with pytest.raises(ModelError, match=why):
        move(promote, name, settings, version="2")
    assert places(client, name) == ("1", None, None)
    move(promote, name, settings, version="2", force=True)
    assert places(client, name) == ("2", "1", None)
    assert client.get_model_version(name, "2").tags["promoted_forced"] == "true"


def test_a_gate_against_another_champion_does_not_count(versions, settings):
    client = versions("raced", 3)
    pass_gate(client, "raced", "2")
    pass_gate(client, "raced", "3")
    move(promote, "raced", settings, version="2")
    with pytest.raises(ModelConflictError, match="passed against 1, now it is 2"):
        move(promote, "raced", settings, version="3")
    assert places(client, "raced") == ("2", "1", "3")


@pytest.mark.parametrize("why", ["", "  \n", "x" * 501])
def test_a_move_needs_a_reason(why, settings):
    with pytest.raises(ModelError, match="say why"):
        move(promote, "anything", settings, why=why)
    with pytest.raises(ModelError, match="say why"):
        move(rollback, "anything", settings, why=why)


def test_what_is_not_there_is_a_clear_error(versions, settings):
    versions("lonely", 1)
    with pytest.raises(ModelError, match="nothing passed the gate"):
        move(promote, "lonely", settings)
    with pytest.raises(ModelError, match="champion already"):
        move(promote, "lonely", settings, version="1", force=True)
    with pytest.raises(ModelError, match="no version to go back to"):
        move(rollback, "lonely", settings)
    with pytest.raises(ModelError, match="not found"):
        move(promote, "nobody", settings)
    with pytest.raises(ModelError, match="lower case"):
        move(promote, "../outside", settings)


def test_an_absent_server_is_said_at_once(tmp_path):
    nowhere = Settings(home=tmp_path, mlflow_port=9)
    with pytest.raises(ModelError, match="hlaska up"):
        move(promote, "walkers", nowhere)


def test_rollbacks_go_back_one_by_one_and_never_to_what_was_taken_back(versions, settings):
    client = versions("steps", 4)
    for version, against in (("2", "1"), ("3", "2")):
        pass_gate(client, "steps", version, against=against)
        move(promote, "steps", settings)
    assert places(client, "steps") == ("3", "2", None)

    move(rollback, "steps", settings, why="sees ghosts")
    assert places(client, "steps") == ("2", "1", None)
    back = client.get_model_version("steps", "3").tags
    assert (back["rolled_back_by"], back["rolled_back_why"]) == ("ann", "sees ghosts")
    # It passed once, against the very version that is champion again: that counts no more.
    with pytest.raises(ModelError, match="void"):
        move(promote, "steps", settings, version="3")

    # A new champion on top of a restored one: back to the restored one, not to what was taken back.
    pass_gate(client, "steps", "4", against="2")
    move(promote, "steps", settings)
    assert places(client, "steps") == ("4", "2", None)
    move(rollback, "steps", settings)
    assert places(client, "steps") == ("2", "1", None)
    move(rollback, "steps", settings)
    assert places(client, "steps") == ("1", None, None)
    with pytest.raises(ModelError, match="no version to go back to"):
        move(rollback, "steps", settings)

    # What was taken back, passed anew and promoted again, is a champion like any other.
    pass_gate(client, "steps", "3", against="1")
    move(promote, "steps", settings)
    assert ROLLED_BACK not in client.get_model_version("steps", "3").tags


def test_a_deleted_predecessor_is_no_place_to_go_back_to(versions, settings):
    client = versions("holes", 3)
    for version, against in (("2", "1"), ("3", "2")):
        pass_gate(client, "holes", version, against=against)
        move(promote, "holes", settings)
    client.delete_model_version("holes", "1")
    move(rollback, "holes", settings)
    assert places(client, "holes") == ("2", None, None)


def test_a_shadow_is_set_kept_off_the_champion_and_removed(versions, settings):
    client = versions("shy", 3)
    pass_gate(client, "shy", "2")
    said = []
    assert shadow("shy", settings, say=said.append) == "2"
    assert standing(client, "shy").shadow == "2"
    assert shadow("shy", settings, version="3", say=said.append) == "3"
    with pytest.raises(ModelError, match="cannot shadow itself"):
        shadow("shy", settings, version="1", say=said.append)
    assert shadow("shy", settings, off=True, say=said.append) is None
    assert standing(client, "shy").shadow is None
    assert shadow("shy", settings, off=True, say=said.append) is None
    # Who becomes champion stops being its own shadow.
    shadow("shy", settings, version="2", say=said.append)
    move(promote, "shy", settings)
    assert standing(client, "shy").shadow is None


@pytest.mark.parametrize(
    ("task", "words"),
    [
        pytest.param("detect", "pictures", id="cameras"),
        pytest.param("sound-events", "no sound and no spectrogram", id="sounds"),
        pytest.param("flow-attacks", "who asked whom", id="attacks"),
        pytest.param("flow-anomaly", "hosts", id="anomalies"),
        pytest.param("", "where the two differ", id="registered by somebody else"),
    ],
)
def test_of_each_family_it_is_said_what_its_shadow_shows_and_where(task, words, versions, settings):
    name = f"seen-{task or 'else'}"
    client, said = versions(name, 2), []
    if task:
        client.set_model_version_tag(name, "2", "task", task)
    assert shadow(name, settings, version="2", say=said.append) == "2"
    assert words in said[-1] and "/reports?kind=shadow" in said[-1]
    assert f"models:/{name}@champion" in said[-1]


@pytest.mark.parametrize("alias", ["champion", "challenger", "previous"])
def test_registration_takes_no_place_past_the_gate(alias, versions, settings):
    name = f"door-{alias}"
    if alias == "champion":
        refuse_alias(name, alias, settings)  # the first champion has nobody to be compared with
    versions(name, 1)
    with pytest.raises(ModelError, match="not given at registration"):
        refuse_alias(name, alias, settings)
    refuse_alias(name, "nightly", settings)


def test_of_two_promotions_at_once_exactly_one_wins(versions, settings):
    client = versions("rush", 3)
    pass_gate(client, "rush", "2")
    pass_gate(client, "rush", "3")

    def attempt(version):
        try:
            move(promote, "rush", settings, version=version)
        except ModelConflictError as error:
            return str(error)
        return version

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(attempt, ["2", "3"]))
    (won,) = [one for one in outcomes if one in ("2", "3")]
    assert places(client, "rush")[:2] == (won, "1")
    assert MOVING not in standing(client, "rush").tags


def test_who_holds_the_lock_keeps_others_out_and_they_are_told(versions, settings):
    client = versions("held", 2)
    pass_gate(client, "held", "2")
    with locked("held", settings):
        with pytest.raises(ModelConflictError, match="this very moment"):
            move(promote, "held", settings)
        assert places(client, "held")[0] == "1"


class Interfered(MlflowClient):
    """A client on whose machine another one, which shares no lock with it, moves meanwhile."""

    def set_registered_model_alias(self, name, alias, version):
        super().set_registered_model_alias(name, alias, version)
        if alias == CHAMPION:
            super().set_registered_model_tag(name, MOVING, '{"somebody": "else"}')
            super().set_registered_model_alias(name, CHAMPION, "3")


def test_who_is_overtaken_from_another_machine_is_told(versions, settings, monkeypatch):
    client = versions("overtaken", 3)
    pass_gate(client, "overtaken", "2")
    monkeypatch.setattr(promotion, "registry", lambda one: Interfered(one.mlflow_url))
    with pytest.raises(ModelConflictError, match="its champion is 3"):
        move(promote, "overtaken", settings)
    assert places(client, "overtaken")[0] == "3"


def test_a_note_that_nobody_understands_stops_every_move(versions, settings):
    client = versions("riddle", 2)
    client.set_registered_model_tag("riddle", MOVING, '{"somebody": "else"}')
    with pytest.raises(ModelError, match="delete the tag"):
        move(promote, "riddle", settings, version="2", force=True)


class Killed(BaseException):
    """What a process does not survive."""


class Mortal(MlflowClient):
    """Writes so many times, and dies before the next."""

    lives = 0

    def __getattribute__(self, name):
        if name in WRITES:
            if Mortal.lives == 0:
                raise Killed
            Mortal.lives -= 1
        return super().__getattribute__(name)


# A promotion writes twelve times; with that many it succeeds.
@pytest.mark.parametrize("lives", range(13))
def test_a_promotion_killed_anywhere_leaves_one_champion_and_is_repaired(
    lives, versions, settings, monkeypatch
):
    name = f"mortal-{lives}"
    client = versions(name, 3)
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "previous", "1")
    pass_gate(client, name, "3", against="2")

    with monkeypatch.context() as patched:
        patched.setattr(promotion, "registry", lambda one: Mortal(one.mlflow_url))
        Mortal.lives = lives
        died = False
        try:
            move(promote, name, settings)
        except Killed:
            died = True
    assert died == (lives < 12)
    champion = places(client, name)[0]
    assert champion == ("2" if lives < 2 else "3")

    # The next command of any kind repairs; this one sets nothing itself.
    said = []
    shadow(name, settings, off=True, say=said.append)
    expected = ("2", "1", "3") if champion == "2" else ("3", "2", None)
    assert places(client, name) == expected
    assert MOVING not in standing(client, name).tags
    tags = client.get_model_version(name, "3").tags
    assert ("promoted_by" in tags) == (champion == "3")
    assert any("left in the middle" in line for line in said) == (2 <= lives < 12)


@pytest.mark.parametrize("lives", [1, 2, 3, 6, 9])
def test_a_rollback_killed_anywhere_is_repaired_too(lives, versions, settings, monkeypatch):
    name = f"back-{lives}"
    client = versions(name, 2)
    client.set_registered_model_alias(name, "champion", "2")
    client.set_registered_model_alias(name, "previous", "1")
    with monkeypatch.context() as patched:
        patched.setattr(promotion, "registry", lambda one: Mortal(one.mlflow_url))
        Mortal.lives = lives
        with pytest.raises(Killed):
            move(rollback, name, settings)
    champion = places(client, name)[0]
    assert champion == ("2" if lives < 2 else "1")
    shadow(name, settings, off=True, say=lambda _: None)
    assert places(client, name) == ((champion, "1", None) if champion == "2" else ("1", None, None))


DIES = """
import os, signal, sys
from pathlib import Path
from hlaska.settings import Settings
from training.registry import promotion
from mlflow import MlflowClient

class Dies(MlflowClient):
    def set_registered_model_alias(self, name, alias, version):
        super().set_registered_model_alias(name, alias, version)
        if alias == "champion":
            os.kill(os.getpid(), signal.SIGKILL)

promotion.registry = lambda one: Dies(one.mlflow_url)
settings = Settings(home=Path(sys.argv[1]), mlflow_port=int(sys.argv[2]))
promotion.promote(sys.argv[3], settings, why="x", by="ben", say=print)
"""


def test_a_process_killed_right_after_the_champion_moved_holds_no_lock_and_is_repaired(
    versions, settings
):
    client = versions("sigkill", 2)
    pass_gate(client, "sigkill", "2")
    words = [str(settings.home), str(settings.mlflow_port), "sigkill"]
    done = subprocess.run([sys.executable, "-c", DIES, *words], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert places(client, "sigkill") == ("2", None, "2")

    # The next command repairs first, and then does what it was asked for.
    _, said = move(rollback, "sigkill", settings, why="not by night")
    assert said[0] == "ended the promotion to version 2 by ben, left in the middle"
    assert places(client, "sigkill") == ("1", None, None)
    assert client.get_model_version("sigkill", "2").tags["promoted_by"] == "ben"
