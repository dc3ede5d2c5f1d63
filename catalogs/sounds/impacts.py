"""Blows of wood, metal, stone and hands: door slam, hammering, dropped pallet, clap.

Each is what hits (a pulse as long as the contact lasts) and what rings (damped modes).
"""

from dataclasses import dataclass

import numpy as np

from catalogs.sounds.modes import BAR_RATIOS, ring
from catalogs.sounds.sound import Sound, Wave, between, peaked, put, silence, times
from catalogs.sounds.spectra import band, burst, low_passed


@dataclass(frozen=True, slots=True)
class Body:
    """Something that can be struck."""

    modes_hz: Wave
    decays_s: Wave
    contact_s: float
    """How long the blow touches it: short for steel on steel, long for soft things."""
    click: float
    """Noise of the contact itself, as a share of the ring."""


def _body(
    rng: np.random.Generator,
    *,
    lowest_hz: tuple[float, float],
    decay_s: tuple[float, float],
    contact_s: tuple[float, float],
    click: tuple[float, float] = (0.1, 0.6),
    modes: int = 10,
    bar: float = 0.0,
) -> Body:
    """Some body within those bounds; `bar` is how likely it has the modes of a free bar."""
    lowest = between(rng, *lowest_hz)
    if rng.random() < bar:
        ratios = BAR_RATIOS * rng.uniform(0.97, 1.03, len(BAR_RATIOS))
    else:
        ratios = np.sort(np.concatenate([[1.0], between(rng, 4, 14) ** rng.random(modes - 1)]))
    longest = between(rng, *decay_s)
    # Higher modes die sooner, as friction takes its share of each swing.
    decays = longest * ratios ** -rng.uniform(0.3, 1.0)
    return Body(lowest * ratios, decays, between(rng, *contact_s), between(rng, *click))


def _struck(rng: np.random.Generator, body: Body, rate_hz: int) -> Wave:
    """One blow, its peak about 1; every blow wakes the modes in other shares."""
    duration_s = float(max(0.08, 6 * body.decays_s.max()))
    # A raised cosine of the contact's length cannot wake what swings faster (H. Fletcher, T. D.
    # Rossing, The Physics of Musical Instruments, 1998, on the contact time of mallets).
    woken = 1 / (1 + (2 * body.modes_hz * body.contact_s) ** 2)
    wave = ring(
        frequencies_hz=body.modes_hz,
        decays_s=body.decays_s,
        gains=woken * rng.uniform(0.15, 1, len(body.modes_hz)),
        duration_s=duration_s,
        rate_hz=rate_hz,
    )
    wave = peaked(wave)
    t = times(0.05, rate_hz)
    noise = low_passed(rng.standard_normal(len(t)), 0.5 / body.contact_s, rate_hz)
    noise *= np.exp(-t / (1.5 * body.contact_s + 0.002))
    put(wave, peaked(noise), at_s=0, rate_hz=rate_hz, gain=body.click)
    return wave


def _blows(
    rng: np.random.Generator, bodies: list[Body], at_s: Wave, gains: Wave, rate_hz: int
) -> Wave:
    """Several blows on bodies drawn at random."""
    waves = [
        _struck(rng, bodies[int(rng.integers(len(bodies)))], rate_hz) for _ in range(len(at_s))
    ]
    end_s = max(at + len(wave) / rate_hz for at, wave in zip(at_s, waves, strict=True))
    room = silence(float(end_s), rate_hz)
    for wave, at, gain in zip(waves, at_s, gains, strict=True):
        put(room, wave, at_s=float(at), rate_hz=rate_hz, gain=float(gain))
    return room


def _bounces(rng: np.random.Generator, first_s: float, count: int) -> tuple[Wave, Wave]:
    """Times and strengths of a body that jumps: each hop and blow smaller by the restitution."""
    restitution = rng.uniform(0.3, 0.75)
    steps = first_s * restitution ** np.arange(count - 1)
    at_s = np.concatenate([[0.0], np.cumsum(steps * rng.uniform(0.7, 1.3, count - 1))])
    return at_s, restitution ** np.arange(count) * rng.uniform(0.6, 1, count)


def _door_slam(rng: np.random.Generator, rate_hz: int) -> Wave:
    """House and car doors: a dull blow of leaf on frame, the latch, sometimes a rattle."""
    leaf = _body(
        rng,
        lowest_hz=(35, 250),
        decay_s=(0.03, 0.25),
        contact_s=(0.0003, 0.006),
        click=(0.1, 1.0),
        modes=14,
    )
    room = silence(0.25 + 6 * float(leaf.decays_s.max()), rate_hz)
    latch = _body(rng, lowest_hz=(900, 3000), decay_s=(0.003, 0.02), contact_s=(1e-4, 5e-4))
    blow_s = between(rng, 0.004, 0.12)
    put(room, _struck(rng, latch, rate_hz), at_s=0, rate_hz=rate_hz, gain=between(rng, 0.03, 0.4))
    put(room, _struck(rng, leaf, rate_hz), at_s=blow_s, rate_hz=rate_hz)
    if rng.random() < 0.5:
        at_s, gains = _bounces(rng, between(rng, 0.02, 0.08), int(rng.integers(2, 7)))
        rattle = _blows(rng, [latch, leaf], at_s, gains, rate_hz)
        put(room, rattle, at_s=blow_s + 0.01, rate_hz=rate_hz, gain=between(rng, 0.05, 0.4))
    return room


def _hammering(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Hammer on nail, steel, wood or stone, two to six blows, 1.5 to 5 a second."""
    kind = rng.choice(["wood", "metal", "stone"])
    bodies = {
        "wood": _body(rng, lowest_hz=(120, 700), decay_s=(0.01, 0.06), contact_s=(3e-4, 2e-3)),
        "metal": _body(
            rng, lowest_hz=(300, 2500), decay_s=(0.04, 0.5), contact_s=(5e-5, 4e-4), bar=0.6
        ),
        "stone": _body(rng, lowest_hz=(500, 2500), decay_s=(0.003, 0.02), contact_s=(1e-4, 5e-4)),
    }
    count = int(rng.integers(1, 7))
    gaps_s = 1 / rng.uniform(1.5, 5) * rng.uniform(0.9, 1.1, count)
    at_s = np.cumsum(gaps_s) - gaps_s[0]
    return _blows(rng, [bodies[str(kind)]], at_s, rng.uniform(0.5, 1, count), rate_hz)


def _dropped_pallet(rng: np.random.Generator, rate_hz: int) -> Wave:
    """A wooden pallet falls flat or on an edge, and its boards clatter."""
    boards = [
        _body(
            rng,
            lowest_hz=(90, 500),
            decay_s=(0.015, 0.09),
            contact_s=(1e-4, 2e-3),
            click=(0.2, 1.0),
            bar=0.6,
        )
        for _ in range(3)
    ]
    falls = int(rng.integers(1, 4))
    parts_s, parts = [], []
    gaps_s = rng.uniform(0.05, 0.5, falls)
    for fall, fall_s in enumerate(np.cumsum(gaps_s) - gaps_s[0]):
        at_s, gains = _bounces(rng, between(rng, 0.03, 0.15), int(rng.integers(2, 7)))
        # All boards land at nearly the same time.
        for _ in range(2):
            parts_s.append(fall_s + at_s + rng.uniform(0, 0.012, len(at_s)))
            parts.append(gains * rng.uniform(0.4, 1) * 0.8**fall)
    return _blows(rng, boards, np.concatenate(parts_s), np.concatenate(parts), rate_hz)


def _clap(rng: np.random.Generator, rate_hz: int) -> Wave:
    """Two hands: a burst of 2 to 15 ms, coloured by the hollow between the palms.

    B. H. Repp, The sound of two hands clapping, JASA 81, 1987: single peaks between 400 Hz (cupped)
    and 2.5 kHz (flat).
    """
    hollow_hz = between(rng, 400, 3000)
    broad = rng.uniform(0.5, 2.0)
    decay_s = between(rng, 0.0015, 0.012)
    count = int(rng.choice([1, 1, 2, 3, 4, 6]))
    gaps_s = between(rng, 0.16, 0.7) * rng.uniform(0.85, 1.15, count)
    at_s = np.cumsum(gaps_s) - gaps_s[0]
    room = silence(float(at_s[-1]) + 0.12, rate_hz)
    t = times(0.1, rate_hz)
    for start_s in at_s:
        edges = (hollow_hz * 2**-broad, hollow_hz * 2**broad)
        noise = burst(rng, len(t), rate_hz, band(*edges, 9.0))
        noise *= np.minimum(t / 4e-4, 1) * np.exp(-t / (decay_s * rng.uniform(0.8, 1.2)))
        gain = rng.uniform(0.5, 1)
        put(room, peaked(noise), at_s=float(start_s), rate_hz=rate_hz, gain=gain)
    return room


# Our estimates: a slammed car door and a dropped pallet about 100 and 115 dB at 1 m, steel on steel
# as loud as the latter; a hard clap peaks at 100 dB and more (Repp 1987 gives levels of its own).
DOOR_SLAM = Sound("door-slam", level_db=105.0, maker=_door_slam)
HAMMERING = Sound("hammering", level_db=115.0, maker=_hammering)
DROPPED_PALLET = Sound("dropped-pallet", level_db=115.0, maker=_dropped_pallet)
CLAP = Sound("clap", level_db=103.0, maker=_clap)
