"""The picture that goes with an alarm: what was heard, and how sure the listener was of it.

Above, the spectrogram: time to the right, pitch upwards, the brighter the louder. Below, a strip
for each sound with its scores and the line that they have to reach. Few words: it is shown small.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ, SOUND_CLASSES
from serving.audio.finding import SoundFinding

Colour = tuple[int, int, int]
Image = NDArray[np.uint8]

# The colours of the dashboards, as BGR; the last is that of the sound that was found.
GROUND: Colour = (25, 20, 15)
PANEL: Colour = (37, 29, 23)
TEXT: Colour = (242, 237, 232)
DIM: Colour = (189, 176, 163)
OWN: Colour = (41, 180, 240)

SIZE_PX, QUALITY = (960, 540), 85  # about 90 kB as JPEG, and thin writing stays readable
LEFT, RIGHT, TOP, BOTTOM = 172, 944, 84, 322
"""Between which columns and rows the spectrogram lies."""
STRIPS, STRIP, GAP = 366, 36, 7
"""First row of the strips, height of one, and between them."""
WINDOW, LEAST_HOP = 512, 160
"""Samples of a column, 32 ms, and from one to the next at least: shots of a volley stay apart."""
RANGES_DB = (40.0, 70.0)
"""From black to the loudest. Black is what is softer than the street, within these bounds."""
SILENCE_DB = -140.0
LABEL_STEPS_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def picture(
    samples: NDArray[np.float32],
    *,
    start_s: float,
    finding: SoundFinding,
    removed: Sequence[tuple[float, float]],
    points: Mapping[str, float],
) -> bytes:
    """A JPEG of the sound around a finding.

    Args:
        samples: Mono, -1..1, `RATE_HZ` a second; speech is silenced already.
        start_s: When the first sample was taken, seconds after the finding's `observed_at`.
        finding: What was heard.
        removed: What was silenced, from and to, in seconds from the first sample.
        points: Lowest score that counts, of each sound; one without has no line.

    Raises:
        ValueError: OpenCV cannot encode it.
    """
    image = np.full((SIZE_PX[1], SIZE_PX[0], 3), GROUND, np.uint8)
    axis = _Axis(start_s, start_s + max(1.0, len(samples) / RATE_HZ))
    _write_words(image, finding)
    cv2.rectangle(image, (LEFT, TOP), (RIGHT - 1, BOTTOM - 1), PANEL, -1)
    _draw_spectrogram(image, axis, samples)
    for begin_s, end_s in removed:
        _hatch(image, axis.column(start_s + begin_s), axis.column(start_s + end_s))
    _draw_axes(image, axis)
    for onset_s in finding.onsets_s:
        x = axis.column(onset_s)
        tip = np.array([(x - 9, TOP - 20), (x + 9, TOP - 20), (x, TOP - 3)], np.int32)
        cv2.fillPoly(image, [tip], OWN, cv2.LINE_AA)
    for number, sound in enumerate(SOUND_CLASSES):
        _draw_strip(image, axis, finding, number, points.get(sound))
    done, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be encoded")
    return jpeg.tobytes()


class _Axis(NamedTuple):
    """The time axis; times count from the first onset."""

    start_s: float
    end_s: float

    def column(self, at_s: float) -> int:
        """Where a time lies; at the edge, if it lies outside."""
        return round(float(np.interp(at_s, self, (LEFT, RIGHT))))


def _draw_spectrogram(image: Image, axis: _Axis, samples: NDArray[np.float32]) -> None:
    width = axis.column(axis.start_s + len(samples) / RATE_HZ) - LEFT
    if width <= 0:
        return
    levels = _levels_db(np.nan_to_num(samples, posinf=0.0, neginf=0.0))
    # What was silenced says nothing about how loud the street is.
    heard = levels[:, levels.max(axis=0) > SILENCE_DB + 1]
    high, street = (heard.max(), np.median(heard)) if heard.size else (0.0, 0.0)
    range_db = np.clip(high - street, *RANGES_DB)
    grey = np.clip((levels - high) * (255 / range_db) + 255, 0, 255).astype(np.uint8)
    grey = cv2.resize(grey, (width, BOTTOM - TOP), interpolation=cv2.INTER_AREA).astype(np.uint8)
    # Inferno's lightness grows evenly, for the colour-blind too.
    image[TOP:BOTTOM, LEFT : LEFT + width] = cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)


def _levels_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Level by frequency (8 kHz first) and time; a sine of full scale has 0 dB."""
    # No more columns than can be seen, and nothing between two of them left out.
    hop = min(max(len(samples) // (RIGHT - LEFT), LEAST_HOP), WINDOW)
    # The middle of a window lies in the middle of its hop.
    padded = np.pad(samples, ((WINDOW - hop) // 2, WINDOW))
    frames = sliding_window_view(padded, WINDOW)[::hop][: -(-len(samples) // hop)]
    taper = np.hanning(WINDOW).astype(np.float32)
    amplitudes = np.abs(np.fft.rfft(frames * taper)) * np.float32(2 / taper.sum())
    return 20 * np.log10(np.maximum(amplitudes, np.float32(10 ** (SILENCE_DB / 20)))).T[::-1]


def _hatch(image: Image, left: int, right: int) -> None:
    if right <= left:
        return
    part = image[TOP:BOTTOM, left:right]
    part[:] = PANEL
    height, width = part.shape[:2]
    for x in range(-height, width, 18):
        cv2.line(part, (x, height), (x + height, 0), DIM, 1, cv2.LINE_AA)
    label = np.full((42, 216, 3), PANEL, np.uint8)
    _write(label, "speech removed", (108, 29), 0.75, TEXT, 0.5)
    label = label if label.shape[1] <= width else np.rot90(label)
    tall, wide = label.shape[:2]
    if wide <= width:
        y, x = (height - tall) // 2, (width - wide) // 2
        part[y : y + tall, x : x + wide] = label


def _draw_axes(image: Image, axis: _Axis) -> None:
    for khz in (0, 4, 8):
        y = round(BOTTOM - (BOTTOM - TOP) * khz / 8)
        cv2.line(image, (LEFT - 8, y), (LEFT - 1, y), DIM, 2)
        _write(image, f"{khz} kHz", (LEFT - 14, min(y + 9, BOTTOM)), 0.75, DIM, 1.0)
    span_s = axis.end_s - axis.start_s
    step_s = next((step for step in LABEL_STEPS_S if span_s / step <= 8), span_s)
    for tick in range(math.ceil(axis.start_s / step_s), math.floor(axis.end_s / step_s) + 1):
        x = axis.column(tick * step_s)
        cv2.line(image, (x, BOTTOM), (x, BOTTOM + 7), DIM, 2)
        words, colour = (f"{tick * step_s:+g} s", DIM) if tick else ("0", TEXT)
        _write(image, words, (min(x, RIGHT - 28), BOTTOM + 31), 0.75, colour, 0.5)
    _write(image, "how sure", (16, BOTTOM + 31), 0.65, DIM)


def _draw_strip(
    image: Image, axis: _Axis, finding: SoundFinding, number: int, point: float | None
) -> None:
    own = SOUND_CLASSES[number] == finding.sound
    top = STRIPS + number * (STRIP + GAP)
    _write(image, SOUND_CLASSES[number], (LEFT - 14, top + 26), 0.75, OWN if own else DIM, 1.0)
    part = image[top : top + STRIP, LEFT:RIGHT]
    part[:] = PANEL
    if own:
        cv2.rectangle(image, (LEFT - 3, top - 3), (RIGHT + 2, top + STRIP + 2), OWN, 2)
    # Nobody scored what lies outside: nothing is drawn there.
    scores = np.pad(np.clip(np.nan_to_num(finding.scores[:, number]), 0, 1), 1)
    middles_s = finding.scores_start_s + (np.arange(len(scores)) - 0.5) * finding.scores_step_s
    heights = STRIP * np.interp(np.linspace(*axis, RIGHT - LEFT), middles_s, scores)
    curve = np.column_stack([np.arange(RIGHT - LEFT), STRIP - heights])
    # Sixteenths of a pixel keep its slopes smooth.
    ring = np.vstack([curve, [(RIGHT - LEFT, STRIP), (0, STRIP)]]) * 16
    cv2.fillPoly(part, [ring.astype(np.int32)], OWN if own else DIM, cv2.LINE_AA, shift=4)
    if point is not None:
        y = round((STRIP - 1) * (1 - min(max(point, 0.0), 1.0)))
        cv2.line(part, (0, y), (RIGHT - LEFT, y), GROUND, 5)
        cv2.line(part, (0, y), (RIGHT - LEFT, y), TEXT if own else DIM, 2 if own else 1)
        if own:
            _write(part, "needed", (8, y - 6 if y > STRIP / 2 - 3 else y + 16), 0.5, TEXT)


def _write_words(image: Image, finding: SoundFinding) -> None:
    count = len(finding.onsets_s)
    what = finding.sound.capitalize()
    if finding.sound == "gunshot" or count > 1:
        what += f", {count} {'shot' if finding.sound == 'gunshot' else 'time'}{'s'[: count - 1]}"
    end = _write(image, what, (16, 42), 1.1, OWN)
    words = ""
    if finding.windows_asked:  # in an evaluation, of what was missed, nobody was asked
        words = f"  |  {finding.windows_agreed} of {finding.windows_asked} windows agree"
    words += f"  |  peak {finding.peak_dbfs:z.0f} dBFS"
    fits = (RIGHT - end) / cv2.getTextSize(words, _FONT, 1.0, 2)[0][0]
    _write(image, words, (end, 42), min(0.8, fits), TEXT)


def _write(
    image: Image, text: str, at: tuple[int, int], size: float, colour: Colour, align: float = 0.0
) -> int:
    """Write a text whose `align` (0 its left, 1 its right) lies there; gives where it ends."""
    thick = 2 if size > 0.5 else 1
    (width, _), _ = cv2.getTextSize(text, _FONT, size, thick)
    x = round(at[0] - align * width)
    cv2.putText(image, text, (x, at[1]), _FONT, size, colour, thick, cv2.LINE_AA)
    return x + width
