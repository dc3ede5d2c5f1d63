"""A challenger that listens beside the champion: the same answers, at once, and nothing heard."""

import json
import shutil
import threading
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from catalogs import seeds
from hlaska.events import ModelRef
from hlaska.results import ReportKind
from hlaska.settings import Settings
from hlaska.sound.scores import SOUND_CLASSES
from serving.audio import deployment
from serving.audio.deployment import SoundArgs, inside, served
from serving.audio.shadow import WORDS, peaks, scored, sound_shadow
from serving.beside import Beside
from serving.champion import InService
from serving.client import Gateway
from serving.models import registry
from training.registry.registering import register

FIRST, SECOND = (ModelRef(name="loudness", version=version) for version in "12")
GUNSHOT = SOUND_CLASSES.index("gunshot")


@pytest.fixture
def challenger(loudness):
    """Half as sure as the champion, and held up for as long as a test likes."""
    free, began = threading.Event(), threading.Event()
    free.set()

    def score(windows):
        began.set()
        assert free.wait(20)
        return loudness(windows) / 2

    return SimpleNamespace(score=score, free=free, began=began)


@pytest.fixture
def sent():
    return []


@pytest.fixture
def shadow(challenger, sound_card, sent):
    model = SimpleNamespace(card=sound_card, ref=SECOND)
    service = SimpleNamespace(held=InService(model, challenger), close=lambda: None)
    shadow = Beside(service, peaks, WORDS, sent.append, classes=SOUND_CLASSES, report_s=3600)
    yield shadow
    challenger.free.set()
    shadow.close()


@pytest.fixture
def champion(loudness, sound_card):
    model = SimpleNamespace(card=sound_card, ref=FIRST)
    return InService(model, SimpleNamespace(score=loudness))


@pytest.fixture
def windows(street):
    """Three: a bang, noise, a scream."""
    return street(6.0, bangs=(0.5,), screams=(4.2,)).reshape(3, -1)


def test_the_answer_is_the_same_bits_though_the_shadow_never_comes_back(
    champion, shadow, challenger, windows, loudness
):
    challenger.free.clear()
    for _ in range(3):
        answer = scored(champion, windows, shadow)
        assert answer.tobytes() == loudness(windows).tobytes()
        assert challenger.began.wait(20)
    assert not challenger.free.is_set()
    assert scored(champion, windows, None).tobytes() == answer.tobytes()


def test_what_the_two_said_is_counted_by_sound(champion, shadow, windows, until, sent):
    scored(champion, windows, shadow)
    until(lambda: shadow.report())
    (report,) = sent
    rows = {row["what"]: row for row in report.tables[0].rows}
    assert set(rows) == set(SOUND_CLASSES)
    assert (rows["gunshot"]["only_champion"], rows["scream"]["only_champion"]) == (1, 1)
    assert rows["explosion"]["share"] is None and rows["gunshot"]["windows"] == 3
    told = {row["what"]: row for row in report.tables[2].rows}
    assert told["gunshot"]["champion"] == pytest.approx(0.9)
    assert told["gunshot"]["shadow"] == pytest.approx(0.45)


def test_no_sound_and_no_picture_of_it_is_told(champion, shadow, windows, until, sent):
    scored(champion, windows, shadow)
    until(lambda: shadow.report())
    (report,) = sent
    assert not report.shown and not report.points
    assert "no sound and no spectrogram leaves the process" in report.tables[2].note
    # Numbers of a handful of rows: nothing in it is as long as a frame of sound.
    assert len(report.model_dump_json()) < 10_000


def test_the_answer_may_be_changed_by_whoever_asked(
    champion, shadow, challenger, windows, until, sent
):
    challenger.free.clear()
    answer = scored(champion, windows, shadow)
    answer[:] = 0
    challenger.free.set()
    until(lambda: shadow.report())
    rows = {row["what"]: row for row in sent[0].tables[0].rows}
    assert rows["gunshot"]["only_champion"] == 1


def test_the_silence_with_which_hosts_ask_whether_it_works_is_not_shown(
    champion, shadow, challenger, windows
):
    scored(champion, np.zeros_like(windows[:1]), shadow)
    shadow.close()  # after what is under way
    assert not challenger.began.is_set()


def test_under_load_the_shadow_is_shown_nothing(champion, shadow, challenger, windows):
    scored(champion, windows, shadow, crowded=True)
    scored(champion, windows, shadow)
    shadow.close()  # after what is under way
    assert not challenger.began.is_set()


def test_a_shadow_that_takes_other_windows_is_said_and_the_champion_goes_on(
    champion, shadow, challenger, windows, caplog, until, loudness
):
    def refuse(windows):
        raise ValueError("n x 15600 are needed")

    challenger.score = refuse
    assert scored(champion, windows, shadow).tobytes() == loudness(windows).tobytes()
    until(lambda: caplog.records)
    assert "n x 15600 are needed" in caplog.records[0].getMessage()
    assert shadow.report() == 0


def test_neighbouring_windows_are_told_once():
    assert WORDS.apart >= timedelta(seconds=2)


def test_beside_a_seed_nobody_listens_and_beside_an_alias_somebody_may(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        deployment, "sound_shadow", lambda *of: asked.append(of) or sound_shadow(*of)
    )
    model = inside(SoundArgs())
    assert model.score(np.zeros((1, model.window_samples), np.float32)).shape[0] == 1
    ((uri, settings),) = asked
    assert uri == "seed:street-sounds" and sound_shadow(uri, settings) is None
    shadow = sound_shadow("models:/ears@champion", settings)
    assert shadow._service.held is None
    shadow.close()


def test_inside_a_host_the_shadow_is_offered_what_the_model_scored(
    champion, shadow, challenger, windows, monkeypatch
):
    champion.scorer.window_samples, champion.scorer.frame_s = windows.shape[1], 0.04
    service = SimpleNamespace(now=champion, reply=lambda by, answer, known: SimpleNamespace(
        told=lambda user: answer
    ))  # fmt: skip
    monkeypatch.setattr(deployment, "served", lambda args: service)
    monkeypatch.setattr(deployment, "sound_shadow", lambda uri, settings: shadow)
    answer = inside(SoundArgs()).score(windows)
    assert challenger.began.wait(20) and answer[0, :, GUNSHOT].max() == pytest.approx(0.9)


@pytest.mark.timeout(500)  # the registry, which a busy machine starts slowly
def test_a_registered_shadow_of_the_seed_reports_to_the_gateway_until_it_is_taken_away(
    registry_server, server, tmp_path, monkeypatch, street, until
):
    name = f"ears-{next(registry_server.models)}"
    monkeypatch.setenv("HLASKA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HLASKA_MLFLOW_PORT", str(registry_server.settings.mlflow_port))
    monkeypatch.setenv("HLASKA_GATEWAY_PORT", str(server.port))
    folder = tmp_path / "model"
    shutil.copytree(seeds.folder("street-sounds"), folder)
    settings = Settings.load()
    first = register(folder, name, settings, alias="champion")
    card = json.loads((folder / "card.json").read_text())
    # So low that it is alarmed by everything.
    card["operating_point"] = dict.fromkeys(card["operating_point"], 0.0)
    (folder / "card.json").write_text(json.dumps(card))
    second = register(folder, name, settings, alias="shadow")
    made = []

    def kept(make):
        return lambda *of: made.append(make(*of)) or made[-1]

    monkeypatch.setattr(deployment, "served", kept(served))
    monkeypatch.setattr(deployment, "sound_shadow", kept(sound_shadow))
    model = inside(SoundArgs(model=f"models:/{name}@champion"))
    champion, shadow = made
    until(lambda: shadow._service.held, timeout_s=60)
    samples = street(8.0, bangs=(0.5,))
    windows = samples[: 2 * model.window_samples].reshape(2, -1)
    until(lambda: model.score(windows) is not None and shadow.report(), timeout_s=60)
    with Gateway(server.url) as gateway:
        (report,) = gateway.reports(kind=ReportKind.SHADOW, model=name)
        assert [ref.version for ref in report.models] == [first, second]
        assert all(row["both"] + row["only_shadow"] == 2 for row in report.tables[0].rows)
        assert not gateway.events()
    assert model.ref.version == champion.now.model.ref.version == first
    registry(settings).delete_registered_model_alias(name, "shadow")
    until(lambda: shadow._service.held is None, timeout_s=60)
    assert shadow.report() == 0
    for each in made:
        each.close()
