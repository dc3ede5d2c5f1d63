"""What a training run shows of itself: who was taken for whom, and what the network saw."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy.signal
from matplotlib.figure import Figure
from numpy.typing import NDArray

from hlaska.sound.scores import RATE_HZ
from training.audio.corpus import Corpus
from training.audio.labels import CLASSES, FRAME_S

NOTHING = "nothing"
"""What an event is taken for when no class reaches a half."""


def confusion(corpus: Corpus, scores: NDArray[np.float32]) -> pd.DataFrame:
    """For each true sound (rows), as what it was heard (columns), as a share of the row.

    Heard is the class with the highest score within the event, if that is at least 0.5. Events
    during which another sound is going on are left out: either answer would be right.

    Args:
        corpus: The soundscapes.
        scores: Of each of its frames: soundscapes x frames x `CLASSES`.
    """
    columns = (*CLASSES, NOTHING)
    counts = np.zeros((len(CLASSES), len(columns)))
    for index, events in enumerate(corpus.events):
        for event in events:
            first, last = int(event.onset_s / FRAME_S), round(event.offset_s / FRAME_S)
            alone = not any(
                other is not event
                and other.onset_s < event.offset_s + FRAME_S
                and event.onset_s < other.offset_s + FRAME_S
                for other in events
            )
            if event.sound in CLASSES and alone and last > first:
                highest = scores[index, first:last].max(axis=0)
                heard = CLASSES[int(highest.argmax())] if highest.max() >= 0.5 else NOTHING
                counts[CLASSES.index(event.sound), columns.index(heard)] += 1
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return pd.DataFrame(shares, index=list(CLASSES), columns=list(columns))


def confusion_figure(table: pd.DataFrame) -> Figure:
    """The table as a picture: rows are true, columns heard."""
    figure = Figure(figsize=(9, 8), layout="constrained")
    axes = figure.subplots()
    axes.imshow(table.to_numpy(), cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(table.shape[1]), list(table.columns), rotation=90)
    axes.set_yticks(range(table.shape[0]), list(table.index))
    axes.set_xlabel("heard as")
    axes.set_ylabel("true sound")
    for (row, column), share in np.ndenumerate(table.to_numpy()):
        if share >= 0.01:
            axes.text(
                column,
                row,
                f"{100 * share:.0f}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if share > 0.5 else "black",
            )
    return figure


def example_figure(corpus: Corpus, scores: NDArray[np.float32], indices: Sequence[int]) -> Figure:
    """Spectrograms with the labels and, under each, the scores of the classes that matter."""
    figure = Figure(figsize=(12, 2.6 * len(indices)), layout="constrained")
    grid = figure.subplots(len(indices), 2, squeeze=False)
    for (spectrum, curves), index in zip(grid, indices, strict=True):
        hz, at_s, power = scipy.signal.spectrogram(corpus.waveform(index), RATE_HZ, nperseg=512)
        spectrum.pcolormesh(at_s, hz, 10 * np.log10(power + 1e-14), rasterized=True)
        for event, snr_db in zip(corpus.events[index], corpus.snr_db[index], strict=True):
            spectrum.axvspan(event.onset_s, event.offset_s, color="white", alpha=0.25)
            spectrum.text(event.onset_s, 7000, f"{event.sound} {snr_db:.0f} dB", color="white")
        spectrum.set_ylabel("Hz")
        times_s = (np.arange(scores.shape[1]) + 0.5) * FRAME_S
        highest = scores[index].max(axis=0)
        for column in np.argsort(-highest)[:4]:
            curves.plot(times_s, scores[index, :, column], label=CLASSES[column])
        curves.set(ylim=(-0.02, 1.02), xlim=(0, times_s[-1]))
        curves.legend(loc="upper right", fontsize=7)
    grid[-1][0].set_xlabel("s")
    grid[-1][1].set_xlabel("s")
    return figure
