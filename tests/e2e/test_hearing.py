"""The system that hears: from a shot in the street to one event each, a place, and no speech."""

import io
import shutil
import signal
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import soundfile

from hlaska.sound.scores import RATE_HZ
from hlaska.tracks import StreamState
from serving.audio.events import AUDIO, PICTURE
from serving.client import Gateway

pytestmark = [pytest.mark.ray, pytest.mark.timeout(420)]

MICROPHONES = ("west", "middle", "east")
LAP_S, SHOT_AT_S, SHOT_M = 24.0, 13.0, 55.0
"""As in conftest.py: a lap of the street, which is in step with the clock."""
TOGETHER_S = 1.0
"""The street is 90 m long: its microphones hear a shot within 0.3 s."""


@pytest.fixture(scope="module")
def gateway(running_system):
    with Gateway(running_system.gateway_url, timeout_s=5) as gateway:
        yield gateway


def shots(gateway, since: datetime, until: datetime):
    found = gateway.events(kind="audio.gunshot", since=since, until=until, limit=1000)
    return [stored.event for stored in found]


def next_shot() -> datetime:
    """When the next shot falls that is so far away that its evidence can begin before it."""
    now = datetime.now(UTC).timestamp() + 5
    laps = -(-(now - SHOT_AT_S) // LAP_S)
    return datetime.fromtimestamp(laps * LAP_S + SHOT_AT_S, UTC)


def around(moment: datetime) -> tuple[datetime, datetime]:
    return moment - timedelta(seconds=TOGETHER_S), moment + timedelta(seconds=TOGETHER_S)


@pytest.fixture(scope="module")
def heard_shot(gateway, eventually):
    """`heard_shot(moment=None)`: what microphones report of the shot then, when all have."""

    def wait(moment: datetime | None = None):
        span = around(moment or next_shot())

        def reports():
            return [each for each in shots(gateway, *span) if each.source in MICROPHONES]

        eventually(lambda: len(reports()) >= len(MICROPHONES), 150)
        return reports()

    return wait


@pytest.fixture(scope="module")
def shot_time() -> datetime:
    """When the shot fell that several tests look at."""
    return next_shot()


@pytest.fixture(scope="module")
def reports(heard_shot, shot_time):
    """What the microphones reported of it."""
    return heard_shot(shot_time)


def statuses(gateway):
    return {status.source: status for status in gateway.streams()}


def test_a_shot_is_one_event_of_each_microphone_shortly_after_they_heard_it(reports):
    assert sorted(event.source for event in reports) == sorted(MICROPHONES)
    for event in reports:
        assert event.attributes["count"] == 1
        assert event.attributes["windows_agreed"] >= 3
        assert event.attributes["windows_asked"] == 5
        assert event.model is not None


def test_its_evidence_is_a_picture_and_a_sound_that_begins_three_seconds_before(gateway, reports):
    for event in reports:
        media = {piece.media_type: gateway.evidence(piece.sha256) for piece in event.evidence}
        assert set(media) == {PICTURE, AUDIO}
        assert media[PICTURE].startswith(b"\xff\xd8")
        samples, rate_hz = soundfile.read(io.BytesIO(media[AUDIO]))
        assert (rate_hz, samples.ndim) == (RATE_HZ, 1)
        # Quiet before, and the shot three seconds after the beginning.
        loud = np.flatnonzero(np.abs(samples) > 0.1)
        assert loud[0] / RATE_HZ == pytest.approx(3, abs=0.05)


def test_nothing_that_was_said_before_the_shot_is_in_what_was_stored(
    gateway, reports, running_system, site_file
):
    if shutil.which("espeak-ng") is None:
        pytest.skip("nobody speaks without espeak-ng: apt-get install espeak-ng")
    for event in reports:
        (sound,) = [piece for piece in event.evidence if piece.media_type == AUDIO]
        stored, _ = soundfile.read(io.BytesIO(gateway.evidence(sound.sha256)))
        said, _ = soundfile.read(site_file.parent / f"{event.source}.flac")
        begin = round(SHOT_AT_S * RATE_HZ) - 3 * RATE_HZ
        end = round(SHOT_AT_S * RATE_HZ) - RATE_HZ // 2
        spoken = said[begin:end]
        assert np.abs(spoken).max() > 0.05, "somebody speaks in the last three seconds"
        assert event.attributes["redacted_s"] > 0.5
        # What is left of it is no more than the street's own noise.
        kept = stored[: end - begin]
        assert np.sqrt(np.mean(kept**2)) < 0.25 * np.sqrt(np.mean(spoken**2))
    assert len(list((running_system.home / "evidence").rglob("*.flac"))) >= len(reports)


def test_the_shot_is_located_once_where_it_fell(
    gateway, reports, shot_time, heard_shot, eventually
):
    def placed():
        found = shots(gateway, *around(shot_time))
        return [event for event in found if event.source not in MICROPHONES]

    (event,) = eventually(placed, 60)
    (site,) = gateway.sites()
    east_m, north_m = site.plane.to_metres((event.location.lon, event.location.lat))
    assert east_m == pytest.approx(SHOT_M, abs=10)
    # The microphones hang in one line, so on which side of it is left to the streets.
    assert abs(north_m) < 25
    assert event.attributes["microphones"] == 3
    assert event.location.ellipse is not None
    heard_shot()
    assert len(placed()) == 1


def test_the_statuses_tell_how_loud_it_is_and_how_many_windows_must_agree(gateway, eventually):
    heard = eventually(lambda: (s := statuses(gateway)).keys() >= set(MICROPHONES) and s)
    for name in MICROPHONES:
        eventually(lambda name=name: statuses(gateway)[name].state is StreamState.HEALTHY)
        sound = heard[name].sound
        assert (sound.needs, sound.of) == (3, 5)
        assert -70 < sound.level_dbfs < 0
    eventually(lambda: statuses(gateway)["middle"].sound.kept >= 1, 60)
    assert heard["gate"].sound is None


def test_a_killed_decoder_is_replaced_and_the_next_shots_are_heard_once_each(
    gateway, running_system, heard_shot, eventually
):
    # Just after a shot was reported, so that none falls while nobody listens.
    heard_shot()
    epochs = {name: statuses(gateway)[name].epoch for name in MICROPHONES}
    killed = datetime.now(UTC)
    (decoder,) = running_system.processes("serving.audio.decode")
    decoder.send_signal(signal.SIGKILL)
    for _ in range(2):
        events = heard_shot()
        assert sorted(event.source for event in events) == sorted(MICROPHONES)
    for name in MICROPHONES:
        status = statuses(gateway)[name]
        assert (status.state, status.epoch) == (StreamState.HEALTHY, epochs[name])
        told = gateway.events(source=name, kind="health.", since=killed, newest_first=False)
        kinds = [stored.event.kind for stored in told]
        assert kinds[:2] == ["health.degraded", "health.restored"]
        assert "signal 9" in told[0].event.attributes["reason"]


def test_a_killed_sound_model_is_replaced_and_shots_are_heard_again(
    gateway, running_system, heard_shot
):
    heard_shot()
    (replica,) = running_system.processes("ServeReplica:hlaska:Sound")
    replica.kill()
    heard_shot(next_shot() + timedelta(seconds=LAP_S))
    (successor,) = running_system.processes("ServeReplica:hlaska:Sound")
    assert successor.pid != replica.pid


def test_one_alert_that_is_repeated_a_thousand_times_is_stored_once(gateway, reports, shot_time):
    event = reports[0]
    for _ in range(10):
        receipt = gateway.send_events([event] * 100)
        assert receipt.stored == 0
    again = [each for each in shots(gateway, *around(shot_time)) if each.id == event.id]
    assert len(again) == 1
