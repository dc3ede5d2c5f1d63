"""A street between houses: what its walls, its ground and the air do to a sound on its way."""

from dataclasses import dataclass

import numpy as np
import pyroomacoustics as pra
import scipy.signal
from numpy.typing import ArrayLike

from catalogs.sounds.sound import Samples, Wave
from catalogs.sounds.spectra import low_passed
from hlaska.sound.position import sound_speed_mps
from hlaska.sound.scores import RATE_HZ

BANDS_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
ASPHALT = (0.02, 0.03, 0.03, 0.04, 0.05, 0.07, 0.08)
"""Energy that hard ground takes, in those bands: M. Vorländer, Auralization, 2008, annex A."""
WINDOWS_AND_PLASTER = (0.9, 0.9, 1.0, 1.0, 1.1, 1.2, 1.3)
"""How a façade's absorption runs over those bands, as shares of its mean: more at the top, where
what balconies and mouldings scatter is lost to the mirror image."""
ORDER = 4
"""So many times a sound is mirrored; with facades that take a quarter of the energy, what comes
after is some 20 dB weaker for its longer ways, and is the business of `reverberation`."""
MARGIN_M = 1.0


@dataclass(frozen=True, slots=True)
class Street:
    """A straight canyon: x along it, y across from one façade (0) to the other, z above ground.

    The image sources of J. B. Allen, D. A. Berkley, Image method for efficiently simulating
    small-room acoustics, JASA 65, 1979, in pyroomacoustics' form, with air absorption. Sky and
    both ends of the street give nothing back.
    """

    width_m: float = 20.0
    height_m: float = 16.0
    absorption: float = 0.25
    """Mean share of the energy that the facades keep, let in or scatter. Plaster keeps some 0.05;
    with windows, doors and what is scattered, our choice is more (J. Kang, Urban Sound Environment,
    2006, on boundaries that scatter)."""
    temperature_c: float = 10.0
    humidity_percent: float = 60.0

    @property
    def speed_mps(self) -> float:
        """Of sound in this street's air."""
        return sound_speed_mps(self.temperature_c)

    def impulse_response(
        self, source_m: ArrayLike, microphone_m: ArrayLike, rate_hz: int = RATE_HZ
    ) -> Samples:
        """What a click of peak 1 at 1 m becomes on its way, from the moment when it is sent.

        The direct sound stands at sample distance / speed x rate, at 1 / distance of its peak less
        what the air takes: a response is as long as that delay and the echoes after it.

        Args:
            source_m: Where the sound is made: x, y, z.
            microphone_m: Where it is heard: x, y, z.
            rate_hz: Samples a second.

        Raises:
            ValueError: a place lies in a house, above the roofs or under the ground.
        """
        source, microphone = self._inside(source_m), self._inside(microphone_m)
        # The ends are open: where they are does not matter, and near ones make for short sums.
        shift = np.array([min(source[0], microphone[0]) - MARGIN_M, 0.0, 0.0])
        length_m = abs(source[0] - microphone[0]) + 2 * MARGIN_M
        room = pra.ShoeBox(
            [length_m, self.width_m, self.height_m],
            fs=rate_hz,
            max_order=ORDER,
            materials=self._materials(),
            air_absorption=True,
            temperature=self.temperature_c,
            humidity=self.humidity_percent,
        )
        # The same speed of sound as the solver's, to the last digit.
        room.set_sound_speed(self.speed_mps)
        room.add_source(source - shift)
        room.add_microphone(microphone - shift)
        room.image_source_model()
        # Images behind the sky and the open ends are silent, but would be summed over long ways.
        room.visibility[0][:, room.sources[0].damping.max(axis=0) <= 0] = 0
        room.compute_rir()
        # pyroomacoustics puts every arrival half a fractional-delay filter late.
        late = pra.constants.get("frac_delay_length") // 2
        return np.asarray(room.rir[0][0][late:], np.float32)

    def _inside(self, place_m: ArrayLike) -> Wave:
        place = np.asarray(place_m, np.float64)
        if place.shape != (3,) or not np.isfinite(place).all():
            raise ValueError(f"{place.tolist()} came; a place is x, y, z in metres")
        if not (0 < place[1] < self.width_m and 0 < place[2] < self.height_m):
            raise ValueError(
                f"y, z of {place.tolist()} lie outside the street; give 0 to {self.width_m} m "
                f"across and 0 to {self.height_m} m above the ground"
            )
        return place

    def _materials(self) -> dict[str, pra.Material]:
        nothing_back = pra.Material(1.0)
        shares = np.minimum(self.absorption * np.array(WINDOWS_AND_PLASTER), 1.0)
        facade = pra.Material({"coeffs": shares.tolist(), "center_freqs": list(BANDS_HZ)})
        ground = pra.Material({"coeffs": list(ASPHALT), "center_freqs": list(BANDS_HZ)})
        return {
            "west": nothing_back,
            "east": nothing_back,
            "south": facade,
            "north": facade,
            "floor": ground,
            "ceiling": nothing_back,
        }


def with_reverberation(
    rng: np.random.Generator,
    response: Samples,
    *,
    decay_s: float,
    level_db: float,
    rate_hz: int = RATE_HZ,
) -> Samples:
    """A response and what rough facades, trees and cars scatter after its direct sound.

    Noise that dies away exponentially (J.-D. Polack, La transmission de l'énergie sonore dans les
    salles, 1988), its high tones sooner, as the air takes them.

    Args:
        rng: Chance.
        response: From `Street.impulse_response`.
        decay_s: After so long it is 60 dB down; 0.5 to 2 s in streets (Kang 2006).
        level_db: Its energy over that of the response.
        rate_hz: Samples a second.
    """
    start = int(np.argmax(np.abs(response) > 0.3 * np.abs(response).max()))
    n = round(decay_s * rate_hz)
    t = np.arange(n) / rate_hz
    # 60 dB are 6.9 times the time constant of the amplitude.
    bright = rng.standard_normal(n) * np.exp(-6.9 * t / (0.6 * decay_s))
    dull = low_passed(rng.standard_normal(n), 2000, rate_hz) * np.exp(-6.9 * t / decay_s)
    # It takes some 10 ms until sound has come back from anything.
    tail = (bright + dull) * (1 - np.exp(-t / 0.01))
    energy = float(np.sum(response.astype(np.float64) ** 2))
    tail *= np.sqrt(energy * 10 ** (level_db / 10) / np.sum(tail**2))
    heard = np.zeros(max(len(response), start + n))
    heard[: len(response)] = response
    heard[start : start + n] += tail
    return heard.astype(np.float32)


def heard(sound: Samples, response: Samples) -> Wave:
    """A dry sound after its way through the street."""
    return np.asarray(scipy.signal.oaconvolve(sound.astype(np.float64), response))
