"""The energy gate: a window in which nothing happens need not be scored.

It shuts only when a place is both quiet and even. Whatever is loud is scored always: a scream
inside cheering raises no level, and the model must have its chance.
"""

import numpy as np
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ

QUIET_DBFS = -50.0
"""Louder than this for 5 ms, sound is always worth a look. A microphone that is overdriven by
120 dB of sound pressure gives that at 70 dB, a busy street; a scream at 100 m is as loud."""
RISE_DB = 6.0
EDGES_HZ = (50, 125, 400, 700, 1200, 2000, 3200, 5000, 8000)
"""Of eight bands, each wide enough that chance alone hardly ever raises it by 6 dB."""
FRAME_S = 0.040
LOUD_PARTS = 8
"""Of a frame; so short a bang is."""
FALLING, RISING = 0.12, 0.04
"""How much of a new step's level goes into the background: what grows louder is background only
after ten seconds, what grows quieter after three. (Sooner, and chance would draw it down.)"""
SETTLING = 5
"""Steps before the background is known; they are always scored."""


class EnergyGate:
    """Remembers how loud each of eight bands is when nothing happens."""

    def __init__(self) -> None:
        self._background: NDArray[np.float64] | None = None
        self._steps = 0
        frame = round(FRAME_S * RATE_HZ)
        self._frame = frame
        self._edges = [round(edge * frame / RATE_HZ) for edge in EDGES_HZ]

    def begin_anew(self) -> None:
        """Forget the background: the sound has been interrupted."""
        self._background = None
        self._steps = 0

    def opens(self, samples: NDArray[np.float32]) -> bool:
        """Whether the next step of the sound (0.4 s or so) is worth a look."""
        count = len(samples) // self._frame
        whole = samples[: count * self._frame]
        parts = whole.reshape(-1, self._frame // LOUD_PARTS)
        loudest = float(np.einsum("ij,ij->i", parts, parts).max()) / parts.shape[1]
        # Untapered, so that no click falls between two frames; what the low tones of traffic would
        # then spill into the other bands, the difference takes out of them.
        sharpened = np.diff(whole, prepend=whole[:1]).reshape(count, self._frame)
        spectra = np.fft.rfft(sharpened, axis=1)
        power = spectra.real**2 + spectra.imag**2
        bands = np.add.reduceat(power, self._edges[:-1], axis=1) + 1e-9
        # But for the lowest, of which 40 ms tell too little.
        bands[:, 0] = bands[:, 0].mean()
        usual = np.median(bands, axis=0)
        self._steps += 1
        if self._background is None:
            self._background = usual
        rises = bool((bands > self._background * 10 ** (RISE_DB / 10)).any())
        share = np.where(usual < self._background, FALLING, RISING)
        # In decibels: one bang among quiet frames must not move it far.
        self._background = self._background * (usual / self._background) ** share
        return self._steps <= SETTLING or rises or loudest > 10 ** (QUIET_DBFS / 10)
