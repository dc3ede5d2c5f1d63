"""Streets as data sets of the catalog: one FLAC a microphone, and the truth beside them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import soundfile

from catalogs import sites
from catalogs.sounds.scenes import DURATION_S, FULL_SCALE_DB, Scene, microphones_of, scene
from catalogs.web import Progress
from hlaska.errors import UnavailableError
from hlaska.sound.scores import RATE_HZ

TRUTH = "truth.json"
SAMPLE_BYTES = 2


def _street_sounds(
    parts: Mapping[str, Path], name: str, progress: Progress, *, site: str, street: str, seed: int
) -> None:
    """A scene as one FLAC a microphone (mono, 16 bit) and its truth as JSON."""
    guarded = sites.named(site)
    known = {
        f"{microphone.id}.flac": microphone.id for microphone in microphones_of(guarded, street)
    }
    strangers = sorted(set(parts) - {*known, TRUTH})
    if strangers:
        raise UnavailableError(f"{name} makes no {', '.join(strangers)}, only {', '.join(known)}")
    total = round(DURATION_S * RATE_HZ) * SAMPLE_BYTES * (len(parts) - (TRUTH in parts))
    progress(f"{name} (made here)", 0, total)
    made = scene(guarded, street, seed)
    done = 0
    for file, part in parts.items():
        if file == TRUTH:
            part.write_text(_truth(made, site, seed), encoding="utf-8")
            continue
        # Named by its kind, as the path ends in `.part`.
        samples = made.samples[known[file]]
        soundfile.write(part, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
        done += len(samples) * SAMPLE_BYTES
        progress(f"{name} (made here)", done, total)


def _truth(made: Scene, site: str, seed: int) -> str:
    facts = {
        "synthetic": True,
        "site": site,
        "street": made.street,
        "seed": seed,
        "rate_hz": RATE_HZ,
        "duration_s": DURATION_S,
        "full_scale_db": FULL_SCALE_DB,
        "events": [asdict(event) for event in made.events],
    }
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"


STREET_SOUNDS: Mapping[str, Callable[[Mapping[str, Path], str, Progress], None]] = {
    f"street-sounds-{street}": partial(_street_sounds, site="pilsen", street=street, seed=seed)
    for street, seed in (("americka", 1), ("cukrovarska", 1))
}
