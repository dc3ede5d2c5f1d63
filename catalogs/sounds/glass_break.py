"""Breaking glass: the crack of the pane, its shards ringing, and their fall on the ground."""

import numpy as np

from catalogs.sounds.modes import loss_decays_s, plate_modes_hz, ring
from catalogs.sounds.sound import Sound, Wave, between, peaked, put, silence, times
from catalogs.sounds.spectra import band, burst

GLASS = {"young_pa": 7.0e10, "density_kgpm3": 2500.0, "poisson": 0.22}
"""Soda-lime glass (EN 572-1:2012, table 2)."""
GRAVITY_MPS2 = 9.81
SHARDS_KINDS = 14
"""So many different shards ring in one break; each falls many times, never equally loud."""


def _glass_break(rng: np.random.Generator, rate_hz: int) -> Wave:
    thickness_m = rng.uniform(0.002, 0.008)
    crack = _crack(rng, thickness_m, rate_hz)
    fall_s = float(np.sqrt(2 * between(rng, 0.15, 3.0) / GRAVITY_MPS2))
    spread_s = between(rng, 0.08, 0.6)
    duration_s = fall_s + 3.5 * spread_s + 0.3
    room = silence(duration_s, rate_hz)
    put(room, crack, at_s=0, rate_hz=rate_hz)
    shards = [_shard(rng, thickness_m, rate_hz) for _ in range(SHARDS_KINDS)]
    # Some ring when the pane bursts; the rest are heard when they land.
    for _ in range(int(rng.integers(3, 14))):
        put(
            room,
            shards[int(rng.integers(SHARDS_KINDS))],
            at_s=rng.exponential(0.025),
            rate_hz=rate_hz,
            gain=between(rng, 0.05, 0.5),
        )
    loudness = between(rng, 0.08, 0.8)
    for _ in range(int(between(rng, 12, 160))):
        _land(
            rng,
            room,
            shards[int(rng.integers(SHARDS_KINDS))],
            at_s=fall_s + rng.gamma(1.5, spread_s / 1.5),
            gain=loudness * between(rng, 0.03, 1.0),
            rate_hz=rate_hz,
        )
    return room


def _crack(rng: np.random.Generator, thickness_m: float, rate_hz: int) -> Wave:
    """The blow: a burst of broad noise as cracks run at 1500 m/s, and the pane's own modes."""
    t = times(0.25, rate_hz)
    hiss = burst(rng, len(t), rate_hz, band(between(rng, 900, 3500), 9000, 6.0))
    hiss *= np.exp(-t / between(rng, 0.002, 0.02))
    modes_hz = plate_modes_hz(
        length_m=between(rng, 0.25, 1.6),
        width_m=between(rng, 0.2, 1.2),
        thickness_m=thickness_m,
        count=40,
        **GLASS,
    )
    pane = ring(
        frequencies_hz=modes_hz * rng.uniform(0.97, 1.03, len(modes_hz)),
        # Putty, frame and the break itself damp a pane far more than glass alone.
        decays_s=np.minimum(loss_decays_s(modes_hz, between(rng, 0.01, 0.08)), 0.06),
        gains=rng.uniform(0.2, 1, len(modes_hz)) * np.minimum(modes_hz / 1500, 1),
        duration_s=0.25,
        rate_hz=rate_hz,
    )
    thud = between(rng, 0.02, 0.5)
    return np.asarray(hiss + thud * peaked(pane))


def _shard(rng: np.random.Generator, thickness_m: float, rate_hz: int) -> Wave:
    """One shard of 3 to 25 cm, struck; of peak 1."""
    size_m = between(rng, 0.03, 0.25)
    modes_hz = plate_modes_hz(
        length_m=size_m,
        width_m=size_m * rng.uniform(0.4, 1.0),
        thickness_m=thickness_m * rng.uniform(0.9, 1.1),
        count=16,
        **GLASS,
    )
    # A shard is no rectangle: its modes lie where its shape puts them.
    modes_hz = modes_hz * rng.uniform(0.75, 1.25, len(modes_hz))
    wave = ring(
        frequencies_hz=modes_hz,
        decays_s=np.minimum(loss_decays_s(modes_hz, between(rng, 0.0015, 0.02)), 0.12),
        gains=rng.uniform(0.15, 1, len(modes_hz)),
        duration_s=0.22,
        rate_hz=rate_hz,
    )
    # The click of the blow; the only thing left when all modes lie above what is heard.
    click = rng.standard_normal(max(2, rate_hz // 2000)) * rng.uniform(0.05, 0.5)
    wave = peaked(wave)
    put(wave, click, at_s=0, rate_hz=rate_hz)
    return wave


def _land(
    rng: np.random.Generator, room: Wave, shard: Wave, *, at_s: float, gain: float, rate_hz: int
) -> None:
    """A shard lands, and jumps once or twice, lower each time."""
    hop_s = between(rng, 0.02, 0.12)
    for _ in range(int(rng.integers(1, 4))):
        put(room, shard, at_s=at_s, rate_hz=rate_hz, gain=gain)
        at_s += hop_s
        bounce = rng.uniform(0.3, 0.7)
        hop_s *= bounce
        gain *= bounce


# Our estimate: a window struck in, heard near by.
SOUND = Sound("glass-break", level_db=110.0, maker=_glass_break)
