"""Soundscapes made once and kept, so that an epoch of training only has to read them."""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import catalogs.sounds
from catalogs.web import Progress
from hlaska.errors import DataError
from hlaska.settings import Settings
from hlaska.sound.scores import RATE_HZ, SoundEvent
from training.audio import labels, material, microphones, synthesis
from training.audio.labels import CLASSES, FRAME_S, targets
from training.audio.material import RESPONSES, Material, gather
from training.audio.recordings import SPLITS, Recording, Split, recordings
from training.audio.synthesis import Soundscape, soundscape

DURATION_S = 6.0
"""Of each soundscape: three windows."""
FRAMES = round(DURATION_S / FRAME_S)
_SAMPLES = round(DURATION_S * RATE_HZ)
_FULL_SCALE = 32767
_OTHER_BUSINESS = ("recipes", "scenes")  # of catalogs.sounds: they make no sound that is used here


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Soundscapes of one split, in memory only as far as they are read."""

    samples: NDArray[np.int16]
    """Soundscapes x samples."""
    targets: NDArray[np.int8]
    """Soundscapes x frames x `CLASSES`: 1 heard, 0 not, -1 unknown."""
    events: tuple[tuple[SoundEvent, ...], ...]
    snr_db: tuple[tuple[float, ...], ...]
    """Of each event, in the same order."""
    real: tuple[bool, ...]
    """Whether a sound in it was recorded."""
    digest: str
    """Of all that it was made from: seed, size, split, recordings and the code that made it."""
    recordings: tuple[str, ...]
    """Names of the real recordings that were at hand."""

    def __len__(self) -> int:
        return len(self.samples)

    def waveform(self, index: int, start: int = 0, stop: int | None = None) -> NDArray[np.float32]:
        """Samples of one soundscape, or of a part of it, -1..1."""
        return self.samples[index, start:stop].astype(np.float32) / np.float32(_FULL_SCALE)


def corpus(
    split: Split,
    *,
    size: int,
    seed: int,
    settings: Settings,
    recorded: Sequence[Recording] | None = None,
    responses: int = RESPONSES,
    progress: Progress | None = None,
) -> Corpus:
    """The `size` soundscapes of a split: read from the cache, or made and put there.

    Args:
        split: Which.
        size: How many.
        seed: The same one makes the same sounds.
        settings: Where the cache is.
        recorded: Real recordings to use; those of the catalog when not given.
        responses: Ways from a source to a microphone.
        progress: Told how far it is.

    Raises:
        DataError: the cache cannot be written, or what lies there is damaged.
    """
    if recorded is None:
        recorded = recordings(settings, split)
    digest = _digest(split, size, seed, responses, recorded)
    folder = settings.cache / "soundscapes" / f"{split}-{digest[:16]}"
    if not folder.is_dir():
        # Splits never share a stream of chance, whatever their seeds.
        streams = np.random.SeedSequence([seed, SPLITS.index(split)]).spawn(size + 1)
        stock = gather(
            np.random.default_rng(streams[0]),
            split=split,
            recordings=recorded,
            responses=responses,
            progress=progress,
        )
        _make(folder, stock, streams[1:], progress)
    return _read(folder, digest)


def _digest(
    split: Split, size: int, seed: int, responses: int, recorded: Sequence[Recording]
) -> str:
    made_from = {
        "split": split,
        "size": size,
        "seed": seed,
        "responses": responses,
        "duration_s": DURATION_S,
        "classes": CLASSES,
        "recordings": sorted(
            (one.name, one.sound, hashlib.sha256(one.samples.tobytes()).hexdigest())
            for one in recorded
        ),
    }
    digest = hashlib.sha256(json.dumps(made_from).encode())
    # Another code makes other sounds of the same seed.
    sources = [Path(str(one.__file__)) for one in (labels, material, microphones, synthesis)]
    makers = Path(catalogs.sounds.__path__[0]).glob("*.py")
    sources += sorted(one for one in makers if one.stem not in _OTHER_BUSINESS)
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _make(
    folder: Path,
    stock: Material,
    streams: Sequence[np.random.SeedSequence],
    progress: Progress | None,
) -> None:
    """Writes a corpus, a soundscape a stream of chance: whole or not at all."""
    size = len(streams)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    except OSError as error:
        raise DataError(f"{folder.parent} cannot be written: {error.strerror}") from error
    try:
        samples = np.lib.format.open_memmap(
            scratch / "samples.npy", "w+", np.int16, (size, _SAMPLES)
        )
        marks = np.lib.format.open_memmap(
            scratch / "targets.npy", "w+", np.int8, (size, FRAMES, len(CLASSES))
        )
        described = []
        for index, stream in enumerate(streams):
            made = soundscape(np.random.default_rng(stream), stock=stock, duration_s=DURATION_S)
            samples[index] = np.round(made.samples * _FULL_SCALE)
            marks[index] = targets(made.events, frames=FRAMES)
            described.append(_description(made))
            if progress is not None:
                progress(f"soundscapes for {stock.split}", index + 1, size)
        samples.flush()
        marks.flush()
        names = sorted(one.name for kind in stock.recordings.values() for one in kind)
        about = {"recordings": names, "soundscapes": described}
        (scratch / "about.json").write_text(json.dumps(about))
        scratch.rename(folder)
    except OSError as error:
        if not folder.is_dir():  # Another process was quicker; that is fine.
            raise DataError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _description(made: Soundscape) -> dict[str, object]:
    return {
        "events": [asdict(event) for event in made.events],
        "snr_db": made.snr_db,
        "real": made.origin == "real",
    }


def _read(folder: Path, digest: str) -> Corpus:
    try:
        about = json.loads((folder / "about.json").read_bytes())
        described = about["soundscapes"]
        return Corpus(
            samples=np.load(folder / "samples.npy", mmap_mode="r"),
            targets=np.load(folder / "targets.npy", mmap_mode="r"),
            events=tuple(tuple(SoundEvent(**e) for e in one["events"]) for one in described),
            snr_db=tuple(tuple(one["snr_db"]) for one in described),
            real=tuple(one["real"] for one in described),
            digest=digest,
            recordings=tuple(about["recordings"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is damaged ({error}); remove it, it is made again") from error
