"""People who are well: children at play, a cheering crowd, and talk without words."""

import numpy as np

from catalogs.sounds.sound import Sound, Wave, between, fade, put, silence, wander
from catalogs.sounds.spectra import band, burst, coloured
from catalogs.sounds.voice import (
    GRID_S,
    TRACTS,
    VOWELS_HZ,
    breath,
    jitter,
    someone,
    sung,
    throat,
)


def _call(
    rng: np.random.Generator,
    *,
    pitch_hz: Wave,
    tract: float,
    tilt_db: float,
    air: float,
    rate_hz: int,
    vowels: int = 2,
) -> Wave:
    """One smooth voiced call on that pitch."""
    n = len(pitch_hz)
    names = [str(v) for v in rng.choice(list(VOWELS_HZ), vowels)]
    points = max(4, round(n / rate_hz / GRID_S))
    formants = throat(names, tract=tract, points=points, width=rng.uniform(1, 2))
    wave = sung(pitch_hz, formants, tilt_db_per_octave=tilt_db, rate_hz=rate_hz)
    return wave + air * breath(rng, n, formants, rate_hz)


def _arch(rng: np.random.Generator, n: int, top_hz: float, rate_hz: int) -> Wave:
    """A pitch that rises and falls, held with little jitter."""
    shape = np.interp(
        np.linspace(0, 1, n),
        [0, rng.uniform(0.1, 0.6), 1],
        [rng.uniform(0.6, 1), 1, rng.uniform(0.5, 1)],
    )
    return top_hz * shape * jitter(rng, n, 0.004, rate_hz)


def _children(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Shrieks of joy, laughter and calls: as high as a scream, but smooth, short and by several.

    Arnal et al. 2015 found no roughness in voices other than screams. Laughs come 4 to 6 a second
    (R. R. Provine, Laughter, American Scientist 84, 1996).
    """
    room = silence(between(rng, 1.0, 3.0), rate_hz)
    total_s = len(room) / rate_hz
    for number in range(int(rng.integers(2, 7))):
        tract = TRACTS["child"] * between(rng, 0.92, 1.15)
        kind = rng.choice(["shriek", "laugh", "call"], p=[0.4, 0.25, 0.35])
        at_s = rng.uniform(0, 0.75 * total_s) if number else 0.0
        loud = between(rng, 0.2, 1)
        if kind == "laugh":
            beats, step_s = int(rng.integers(3, 7)), 1 / rng.uniform(4, 6)
            lengths_s, top_hz = [0.55 * step_s] * beats, between(rng, 300, 800)
        else:
            beats, step_s = (1, 0.0) if kind == "shriek" else (int(rng.integers(1, 4)), 0.3)
            lengths_s = [between(rng, 0.15, 0.8 if kind == "shriek" else 0.3)] * beats
            top_hz = between(rng, 800, 2000) if kind == "shriek" else between(rng, 280, 600)
        for beat, length_s in enumerate(lengths_s):
            n = round(length_s * rate_hz)
            pitch_hz = _arch(rng, n, top_hz * rng.uniform(0.93, 1.07), rate_hz)
            wave = _call(
                rng,
                pitch_hz=pitch_hz,
                tract=tract,
                tilt_db=rng.uniform(-12, -5),
                air=rng.uniform(0, 0.12),
                rate_hz=rate_hz,
            )
            wave = fade(wave, in_s=0.03, out_s=0.4 * length_s, rate_hz=rate_hz)
            put(room, wave, at_s=at_s + beat * step_s, rate_hz=rate_hz, gain=loud)
    return fade(room, in_s=0.005, out_s=0.05, rate_hz=rate_hz)


def _cheering(rng: np.random.Generator, rate_hz: int) -> Wave:
    """A crowd: a roar of so many voices that it is noise, single voices in it, claps, whistles."""
    n = round(rng.uniform(1.5, 4.0) * rate_hz)
    names = [str(v) for v in rng.choice(["a", "e", "o", "ae"], 3)]
    mouths = [throat([name], tract=between(rng, 0.95, 1.3), points=1, width=3.0) for name in names]
    pitch = band(200, 900, 5.0)

    def many(frequency_hz: Wave) -> Wave:
        heard = np.sum([mouth.steady_gain(frequency_hz) for mouth in mouths], axis=0)
        return np.asarray(pitch(frequency_hz) * heard)

    roar = burst(rng, n, rate_hz, many)
    swell = np.exp(0.4 * wander(rng, n, step_s=0.5, rate_hz=rate_hz))
    room = roar * swell
    voices = [_voice_of_the_crowd(rng, rate_hz) for _ in range(3)]
    singles = between(rng, 0.1, 1.0)
    for _ in range(int(rng.integers(8, 28))):
        # A voice played faster or slower is that of another throat.
        voice = voices[int(rng.integers(3))]
        speed = between(rng, 0.75, 1.35)
        other = np.interp(np.arange(0, len(voice) - 1, speed), np.arange(len(voice)), voice)
        at_s = rng.uniform(-0.3, n / rate_hz)
        put(room, other, at_s=at_s, rate_hz=rate_hz, gain=singles * between(rng, 0.1, 1))
    if rng.random() < 0.5:
        _add_applause(rng, room, between(rng, 0.03, 0.4), rate_hz)
    if rng.random() < 0.4:
        _add_whistles(rng, room, between(rng, 0.05, 0.5), rate_hz)
    return fade(room, in_s=between(rng, 0.05, 0.8), out_s=between(rng, 0.2, 0.8), rate_hz=rate_hz)


def _voice_of_the_crowd(rng: np.random.Generator, rate_hz: int) -> Wave:
    who, tract = someone(rng)
    top_hz = {"man": 320.0, "woman": 480.0, "child": 550.0}[who] * between(rng, 0.8, 1.25)
    n = round(between(rng, 0.4, 1.2) * rate_hz)
    wave = _call(
        rng,
        pitch_hz=_arch(rng, n, top_hz, rate_hz),
        tract=tract,
        tilt_db=rng.uniform(-9, -5),
        air=0.1,
        rate_hz=rate_hz,
    )
    return fade(wave, in_s=0.06, out_s=0.2, rate_hz=rate_hz)


def _add_applause(rng: np.random.Generator, room: Wave, gain: float, rate_hz: int) -> None:
    """Claps of many at random times: a Poisson process (Repp 1987 for the single one)."""
    n = round(0.02 * rate_hz)
    decay = np.exp(-np.arange(n) / (0.004 * rate_hz))
    claps = [coloured(rng, n, rate_hz, band(f, 2 * f, 9.0)) * decay for f in (600, 1000, 1600)]
    total_s = len(room) / rate_hz
    for _ in range(rng.poisson(total_s * between(rng, 15, 120))):
        put(
            room,
            claps[int(rng.integers(3))],
            at_s=rng.uniform(0, total_s),
            rate_hz=rate_hz,
            gain=gain * between(rng, 0.05, 0.5),
        )


def _add_whistles(rng: np.random.Generator, room: Wave, gain: float, rate_hz: int) -> None:
    """Whistling on fingers: one tone of 1 to 4 kHz that slides."""
    for _ in range(int(rng.integers(1, 4))):
        n = round(between(rng, 0.2, 0.8) * rate_hz)
        pitch_hz = _arch(rng, n, between(rng, 1200, 3500), rate_hz)
        tone = np.sin(2 * np.pi * np.cumsum(pitch_hz) / rate_hz)
        tone = fade(tone, in_s=0.03, out_s=0.08, rate_hz=rate_hz)
        at_s = rng.uniform(0, len(room) / rate_hz)
        put(room, tone, at_s=at_s, rate_hz=rate_hz, gain=gain)


def _speech_like(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Talk without words: 3 to 6 syllables a second, a vowel each, hisses and pauses between.

    Rate of syllables: F. Pellegrino, C. Coupé, E. Marsico, Across-language perspective on speech
    information rate, Language 87, 2011. Pitch: 85 to 300 Hz (Peterson, Barney 1952).
    """
    who, tract = someone(rng)
    low, high = {"man": (85, 160), "woman": (160, 260), "child": (220, 320)}[who]
    usual_hz = between(rng, low, high)
    syllable_s = 1 / rng.uniform(3, 6)
    room = silence(rng.uniform(1.2, 3.5), rate_hz)
    at_s, total_s = 0.02, len(room) / rate_hz
    while at_s < total_s - 0.1:
        length_s = syllable_s * rng.uniform(0.5, 1.0)
        n = round(length_s * rate_hz)
        pitch_hz = _arch(rng, n, usual_hz * between(rng, 0.85, 1.35), rate_hz)
        vowel = _call(
            rng,
            pitch_hz=pitch_hz,
            tract=tract,
            tilt_db=rng.uniform(-13, -9),
            air=rng.uniform(0, 0.08),
            rate_hz=rate_hz,
        )
        vowel = fade(vowel, in_s=0.02, out_s=0.05, rate_hz=rate_hz)
        put(room, vowel, at_s=at_s, rate_hz=rate_hz, gain=between(rng, 0.4, 1))
        at_s += length_s * 0.9
        if rng.random() < 0.5:
            m = round(between(rng, 0.03, 0.12) * rate_hz)
            hiss = coloured(rng, m, rate_hz, band(between(rng, 1500, 4500), 8000, 12.0))
            hiss = fade(hiss, in_s=0.01, out_s=0.02, rate_hz=rate_hz)
            put(room, hiss, at_s=at_s, rate_hz=rate_hz, gain=between(rng, 0.02, 0.12))
            at_s += m / rate_hz
        at_s += between(rng, 0.15, 0.5) if rng.random() < 0.12 else 0.0
    return fade(room, in_s=0.01, out_s=0.05, rate_hz=rate_hz)


# Children shout at 95 dB and more at 1 m, raised voices at 75 (ISO 9921:2003, table A.1, very loud
# and loud), peaks 12 dB higher; a crowd of hundreds as if it stood 1 m away is our estimate.
CHILDREN = Sound("children", level_db=103.0, maker=_children)
CHEERING = Sound("cheering", level_db=115.0, maker=_cheering)
SPEECH_LIKE = Sound("speech-like", level_db=80.0, maker=_speech_like)
