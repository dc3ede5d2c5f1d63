"""Voices: harmonics of a gliding pitch under moving formants, and breath through the same throat.

The source-filter model of G. Fant, Acoustic Theory of Speech Production, 1960. Harmonics are added
one by one, so that a shriek of 2 kHz does not alias.
"""

from dataclasses import dataclass

import numpy as np

from catalogs.sounds.sound import Wave, between, peaked
from catalogs.sounds.spectra import burst

VOWELS_HZ = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "ae": (660, 1720, 2410),
}
"""First three formants of men: G. E. Peterson, H. L. Barney, Control methods used in a study of the
vowels, JASA 24, 1952, table II."""
HIGHER_HZ = (3500, 4500, 5500, 6500, 7500)
"""Fourth and higher formants of a tract of 17.5 cm: (2k - 1) c / 4L (Fant 1960). Without those near
half the rate, a cascade falls off far too fast there (Klatt 1980)."""
TRACTS = {"man": 1.0, "woman": 1.17, "child": 1.35}
"""By how much shorter throats raise the formants (Peterson, Barney 1952: means of the groups)."""
GRID_S = 0.008
"""Formants and tilt are worked out so often, and drawn straight between."""


@dataclass(frozen=True, slots=True)
class Throat:
    """Somebody's formants over time."""

    centres_hz: Wave
    """Formants x points of time."""
    widths_hz: Wave

    def gain(self, frequency_hz: Wave) -> Wave:
        """Amplitude of each frequency (…, points) through all formants, in cascade.

        |H| = product of 1 / |1 - (f/F)² + i f B/F²|; D. H. Klatt, Software for a cascade/parallel
        formant synthesizer, JASA 67, 1980.
        """
        total = np.ones_like(frequency_hz)
        for centre, width in zip(self.centres_hz, self.widths_hz, strict=True):
            share = frequency_hz / centre
            total /= np.hypot(1 - share**2, share * width / centre)
        return total

    def steady_gain(self, frequency_hz: Wave) -> Wave:
        """Amplitude of each frequency through the throat as it is in the middle of its way."""
        middle = self.centres_hz.shape[1] // 2
        still = Throat(self.centres_hz[:, middle], self.widths_hz[:, middle])
        return still.gain(frequency_hz)


def throat(
    vowels: list[str], *, tract: float, points: int, width: float = 1.0, open_jaw: float = 1.0
) -> Throat:
    """A throat that moves evenly through some vowels.

    Args:
        vowels: Of `VOWELS_HZ`, in order.
        tract: By how much its formants lie above those of a man.
        points: Of time.
        width: Factor on the bandwidths.
        open_jaw: Factor on the first formant: a wide open mouth raises it.
    """
    corners = np.array([[*VOWELS_HZ[vowel], *HIGHER_HZ] for vowel in vowels], float).T * tract
    corners[0] *= open_jaw
    at = np.linspace(0, 1, points)
    stops = np.linspace(0, 1, corners.shape[1])
    centres = np.array([np.interp(at, stops, row) for row in corners])
    # 50 Hz and more, rising with the formant (H. K. Dunn, JASA 33, 1961).
    return Throat(centres_hz=centres, widths_hz=width * (50 + 0.045 * centres))


def sung(
    pitch_hz: Wave,
    formants: Throat,
    *,
    tilt_db_per_octave: float,
    rate_hz: int,
    phases: Wave | None = None,
) -> Wave:
    """Harmonics of a gliding pitch under moving formants; of peak 1.

    Args:
        pitch_hz: One value a sample.
        formants: The throat.
        tilt_db_per_octave: How fast the harmonics of the glottis fall: -12 in quiet speech, -6 or
            less in a shout (Fant 1960; J. Sundberg, The Science of the Singing Voice, 1987).
        rate_hz: Samples a second.
        phases: Of the harmonics, radians; None: all 0.
    """
    n = len(pitch_hz)
    points = formants.centres_hz.shape[1]
    at = np.linspace(0, n - 1, points).astype(np.intp)
    highest = max(1, int(0.46 * rate_hz / pitch_hz.min()))
    orders = np.arange(1, highest + 1)
    partials_hz = orders[:, None] * pitch_hz[at][None, :]
    gains = formants.gain(partials_hz) * orders[:, None] ** (tilt_db_per_octave / 6.02)
    # Softly away towards half the rate, so that no harmonic switches off with a click.
    gains *= np.clip((0.47 * rate_hz - partials_hz) / (0.05 * rate_hz), 0, 1)
    turn = np.exp(2j * np.pi * np.cumsum(pitch_hz) / rate_hz).astype(np.complex64)
    wave = np.zeros(n, np.float32)
    partial = np.ones(n, np.complex64)
    loudest = gains.max()
    samples = np.arange(n)
    for order, gain in enumerate(gains):
        partial *= turn
        if gain.max() < 1e-3 * loudest:
            continue
        phase = 0.0 if phases is None else float(phases[order % len(phases)])
        tone = partial.imag if not phase else (partial * np.complex64(np.exp(1j * phase))).imag
        wave += np.interp(samples, at, gain).astype(np.float32) * tone
    return peaked(wave.astype(np.float64))


def breath(rng: np.random.Generator, n: int, formants: Throat, rate_hz: int) -> Wave:
    """Air through the same throat in its middle position; of peak 1."""
    return burst(rng, n, rate_hz, formants.steady_gain)


def jitter(rng: np.random.Generator, n: int, share: float, rate_hz: int) -> Wave:
    """Factor on a pitch that wavers by that share from one 10 ms to the next."""
    points = max(2, n * 100 // rate_hz)
    steps = np.exp(share * rng.standard_normal(points))
    return np.interp(np.linspace(0, points - 1, n), np.arange(points), steps)


def someone(rng: np.random.Generator, *, child: float = 0.2) -> tuple[str, float]:
    """Man, woman or child, and how far that one's formants lie above those of the men's mean."""
    who = str(rng.choice(["man", "woman", "child"], p=[(1 - child) / 2, (1 - child) / 2, child]))
    return who, TRACTS[who] * between(rng, 0.92, 1.1)
