"""A gunshot: the muzzle blast, often the bullet's own shock before it, and the ground's echo."""

from dataclasses import dataclass

import numpy as np

from catalogs.sounds import blast
from catalogs.sounds.modes import ring
from catalogs.sounds.sound import (
    Samples,
    Sound,
    Wave,
    between,
    normalised,
    peaked,
    put,
    silence,
    times,
)
from catalogs.sounds.spectra import band, burst, low_passed
from hlaska.sound.scores import RATE_HZ

BLAST_S = 0.06
"""After so long nothing is left of the longest muzzle blast."""
AUTOMATIC_PER_MIN = (600, 900)
"""Rate of fire of assault rifles and submachine guns: AK 600, vz. 61 some 850 (their manuals)."""


@dataclass(frozen=True, slots=True)
class Weapon:
    """What stays the same from shot to shot; and from where it is heard."""

    positive_s: float
    """Positive phase of the blast."""
    gas: float
    """Noise of the gas that streams out after the blast, as a share of its peak."""
    gas_s: float
    gas_hz: float
    """Where the noise of the gas is strongest."""
    n_wave_s: float
    """How long the bullet's shock lasts; 0: slower than sound, or it flies elsewhere."""
    n_wave: float
    """Its peak as a share of the blast's."""
    lag_s: float
    """By how much the shock comes before the blast."""
    height_m: float
    apart_m: float
    ground: float
    """Share of the amplitude that the ground gives back."""
    action_hz: float
    """Lowest mode of the moving parts."""
    action: float
    """Their loudness as a share of the blast's; 0: not heard."""
    dullest_hz: float
    """Corner above which walls and air on the way have taken the sound."""


def weapon(rng: np.random.Generator, *, supersonic: bool | None = None) -> Weapon:
    """Some weapon, from a small pistol to a shotgun or rifle.

    Muzzle blasts last up to some 3 ms (Maher 2007); positive phases of 0.15 to 2 ms are our choice,
    to hold small and large ones and their growth over the distance. The bullet's numbers are those
    of 5.6 to 12 mm rounds, with muzzle speeds up to some 900 m/s.

    Args:
        rng: Chance.
        supersonic: Whether the bullet's shock is heard; None: in a third of the cases, as many
            pistols and all shotgun loads heard from behind have none.
    """
    if supersonic is None:
        supersonic = bool(rng.random() < 1 / 3)
    shock_s = blast.whitham_length_s(
        calibre_m=rng.uniform(0.0056, 0.012),
        bullet_m=rng.uniform(0.012, 0.033),
        miss_m=between(rng, 1, 60),
        mach=rng.uniform(1.05, 2.6),
    )
    return Weapon(
        positive_s=between(rng, 0.00015, 0.002),
        gas=between(rng, 0.03, 0.8),
        gas_s=between(rng, 0.004, 0.05),
        gas_hz=between(rng, 500, 4000),
        n_wave_s=shock_s if supersonic else 0.0,
        n_wave=between(rng, 0.15, 1.2),
        lag_s=between(rng, 0.004, 0.25),
        height_m=rng.uniform(0.8, 1.8),
        apart_m=between(rng, 1.5, 60),
        ground=rng.uniform(0.4, 0.95),
        action_hz=between(rng, 1200, 4000),
        action=between(rng, 0.003, 0.04) if rng.random() < 0.3 else 0.0,
        dullest_hz=between(rng, 2000, 16_000),
    )


def shot(rng: np.random.Generator, arm: Weapon, rate_hz: int) -> tuple[Wave, float]:
    """One shot, and when in it the muzzle blast begins, in seconds."""
    # Powder and barrel are never quite the same twice.
    positive_s = arm.positive_s * between(rng, 0.9, 1.1)
    muzzle = blast.friedlander(positive_s=positive_s, duration_s=BLAST_S, rate_hz=rate_hz)
    t = times(max(6 * arm.gas_s, BLAST_S), rate_hz)
    noise = burst(rng, len(t), rate_hz, band(arm.gas_hz / 3, arm.gas_hz * 2, 6.0))
    gas = noise * t / (t + positive_s) * np.exp(-t / arm.gas_s)
    both = silence(len(t) / rate_hz, rate_hz)
    put(both, muzzle, at_s=0, rate_hz=rate_hz)
    both += arm.gas * gas
    heard = blast.with_ground(
        both,
        source_m=arm.height_m,
        microphone_m=4.0,
        apart_m=arm.apart_m,
        share=arm.ground,
        rate_hz=rate_hz,
    )
    before_s = arm.lag_s if arm.n_wave_s else 0.0
    action_s = rng.uniform(0.02, 0.09)
    room = silence(before_s + max(len(heard) / rate_hz, action_s + 0.08), rate_hz)
    put(room, heard, at_s=before_s, rate_hz=rate_hz)
    if arm.n_wave_s:
        crack = blast.with_ground(
            blast.n_wave(duration_s=arm.n_wave_s, rate_hz=rate_hz),
            source_m=arm.height_m,
            microphone_m=4.0,
            apart_m=arm.apart_m,
            share=arm.ground,
            rate_hz=rate_hz,
        )
        put(room, crack, at_s=0, rate_hz=rate_hz, gain=arm.n_wave)
    if arm.action:
        put(room, _action(rng, arm, rate_hz), at_s=before_s + action_s, rate_hz=rate_hz)
    return low_passed(room, arm.dullest_hz, rate_hz), before_s


def _action(rng: np.random.Generator, arm: Weapon, rate_hz: int) -> Wave:
    """Slide or bolt: a short ring of small steel parts."""
    ratios = np.sort(rng.uniform(1, 3.5, 6))
    click = ring(
        frequencies_hz=arm.action_hz * ratios,
        decays_s=rng.uniform(0.002, 0.012, 6),
        gains=rng.uniform(0.3, 1, 6),
        duration_s=0.06,
        rate_hz=rate_hz,
    )
    return np.asarray(arm.action * peaked(click))


def volley(
    rng: np.random.Generator,
    shots: int,
    rate_hz: int = RATE_HZ,
    *,
    automatic: bool | None = None,
    arm: Weapon | None = None,
) -> tuple[Samples, tuple[float, ...]]:
    """Several shots of one weapon, as one event; and when each muzzle blast begins, in seconds.

    Args:
        rng: Chance.
        shots: How many, at least 1.
        rate_hz: Samples a second.
        automatic: Evenly at 600 to 900 a minute, or 0.25 to 1.2 s apart by the finger; None: by
            chance.
        arm: The weapon; None: any.

    Raises:
        ValueError: fewer than one shot.
    """
    if shots < 1:
        raise ValueError(f"{shots} shots came; a volley has at least 1")
    arm = arm or weapon(rng)
    if automatic is None:
        automatic = bool(rng.random() < 0.4)
    if automatic:
        step_s = 60 / rng.uniform(*AUTOMATIC_PER_MIN)
        gaps_s = step_s * rng.uniform(0.98, 1.02, shots - 1)
    else:
        gaps_s = rng.uniform(0.25, 1.2) * rng.uniform(0.75, 1.25, shots - 1)
    starts_s = np.concatenate([[0.0], np.cumsum(gaps_s)])
    room = silence(starts_s[-1] + arm.lag_s + 0.6, rate_hz)
    onsets_s, end = [], 0
    for start_s in starts_s:
        wave, blast_s = shot(rng, arm, rate_hz)
        put(room, wave, at_s=start_s, rate_hz=rate_hz, gain=rng.uniform(0.85, 1.0))
        onsets_s.append(float(start_s + blast_s))
        end = max(end, round(start_s * rate_hz) + len(wave))
    return normalised(room[:end]), tuple(onsets_s)


def _one(rng: np.random.Generator, rate_hz: int) -> Wave:
    return shot(rng, weapon(rng), rate_hz)[0]


# 150 to 165 dB at about a metre beside pistols and rifles: G. A. Flamme et al., Estimates of
# auditory risk from outdoor impulse noise II: civilian firearms, Noise & Health 11, 2009.
SOUND = Sound("gunshot", level_db=156.0, maker=_one)
