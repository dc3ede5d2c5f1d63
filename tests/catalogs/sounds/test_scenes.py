import numpy as np
import pytest

from catalogs.sounds.scenes import DURATION_S, PROGRAMMES, scene
from hlaska.sound.position import sound_speed_mps
from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES

WANTED = {
    "americka": ["gunshot", "tram", "firework", "siren"],
    "cukrovarska": ["glass-break", "scream", "dog", "hammering", "cheering"],
}


def test_every_microphone_hears_two_minutes(made):
    assert sorted(made.samples) == [f"{made.street}-mic-{number}" for number in (1, 2, 3, 4)]
    for samples in made.samples.values():
        assert samples.dtype == np.float32
        assert len(samples) == DURATION_S * RATE_HZ
        assert np.isfinite(samples).all()
        assert np.abs(samples).max() <= 1


def test_the_events_are_those_of_the_programme_well_apart(made):
    assert [event.sound for event in made.events] == WANTED[made.street]
    assert made.events[0].when_s == pytest.approx(15, abs=0.6)
    for before, after in zip(made.events, made.events[1:], strict=False):
        assert after.when_s - (before.when_s + before.duration_s) > 8
    assert made.events[-1].when_s + made.events[-1].duration_s < DURATION_S - 5


def test_only_gunshots_are_counted_and_each_shot_has_its_time(made):
    for event in made.events:
        assert event.shots == (3 if event.sound == "gunshot" else 0)
        assert len(event.onsets_s) == max(1, event.shots)
        assert event.onsets_s[0] == event.when_s


def test_a_sound_reaches_each_microphone_after_its_way_on_the_map(made, pilsen):
    speed_mps = sound_speed_mps(pilsen.air_temperature_c)
    for event in made.events:
        source_m = pilsen.plane.to_metres((event.lon, event.lat))
        for name, arrival_s in event.arrivals_s.items():
            microphone = pilsen.microphone(name)
            there_m = pilsen.plane.to_metres((microphone.position.lon, microphone.position.lat))
            way_m = np.hypot(
                np.linalg.norm(there_m - source_m), microphone.height_m - event.height_m
            )
            assert arrival_s == pytest.approx(event.when_s + way_m / speed_mps, abs=1e-4)


def test_the_first_event_breaks_in_when_the_truth_says(made):
    first = made.events[0]
    nearest = min(first.arrivals_s, key=first.arrivals_s.__getitem__)
    samples = made.samples[nearest]
    at = round(first.arrivals_s[nearest] * RATE_HZ)
    quiet = np.abs(samples[at - RATE_HZ : at - 64]).max()
    assert np.abs(samples[at - 4 : at + 160]).max() > 5 * quiet


def test_a_dangerous_sound_stands_out_at_the_nearest_microphone(made):
    for event in made.events:
        if event.sound not in SOUND_CLASSES:
            continue
        nearest = min(event.arrivals_s, key=event.arrivals_s.__getitem__)
        samples = made.samples[nearest]
        at = round(event.arrivals_s[nearest] * RATE_HZ)
        noise = np.sqrt(np.mean(samples[at - 3 * RATE_HZ : at - RATE_HZ] ** 2))
        assert np.abs(samples[at : at + RATE_HZ]).max() > 10 * noise


def test_a_scene_begins_where_it_ends(made):
    for samples in made.samples.values():
        joint = np.concatenate([samples[-RATE_HZ:], samples[:RATE_HZ]])
        step = abs(float(joint[RATE_HZ] - joint[RATE_HZ - 1]))
        steps = np.abs(np.diff(joint))
        assert step <= steps[np.arange(len(steps)) != RATE_HZ - 1].max()
        levels_db = 10 * np.log10((joint.reshape(20, -1) ** 2).mean(axis=1))
        assert abs(levels_db[9] - levels_db[10]) < 6
        # Only the street is heard there.
        assert np.abs(joint).max() < 12 * np.sqrt(np.mean(joint**2))


def test_microphones_share_some_of_their_noise_but_not_all(made):
    first, second = list(made.samples.values())[:2]
    quiet = slice(2 * RATE_HZ, 13 * RATE_HZ)
    spectra = np.fft.rfft(first[quiet]), np.fft.rfft(second[quiet])
    cross = np.fft.irfft(spectra[0] * np.conj(spectra[1]))
    likeness = np.abs(cross).max() / np.sqrt(
        np.sum(first[quiet].astype(float) ** 2) * np.sum(second[quiet].astype(float) ** 2)
    )
    assert 0.1 < likeness < 0.7


def test_a_gunshot_100_m_away_does_not_clip(made):
    for event in made.events:
        for name, at_s in event.arrivals_s.items():
            if at_s - event.when_s > 100 / 340:
                after = made.samples[name][round(at_s * RATE_HZ) :][: 5 * RATE_HZ]
                assert np.abs(after).max() < 1


def test_another_street_has_no_scene(pilsen):
    with pytest.raises(ValueError, match="no scene 'prazska'; there are americka, cukrovarska"):
        scene(pilsen, "prazska", 1)


def test_a_site_without_the_microphones_is_told(pilsen):
    deaf = pilsen.model_copy(update={"microphones": ()})
    with pytest.raises(ValueError, match="0 microphones named americka-"):
        scene(deaf, "americka", 1)


def test_every_street_with_a_programme_has_its_microphones(pilsen):
    assert PROGRAMMES
    for street in PROGRAMMES:
        assert sum(m.id.startswith(f"{street}-") for m in pilsen.microphones) == 4
