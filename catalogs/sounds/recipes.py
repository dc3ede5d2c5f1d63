"""Recipes by name: what `{kind: made, recipe: …}` in the catalog of data sets makes, and how.

A recipe writes the files it is asked for, each to the path it is given; who asks gives them their
names when all are there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import soundfile

from catalogs import sites
from catalogs.sounds.scenes import DURATION_S, FULL_SCALE_DB, Scene, microphones_of, scene
from catalogs.web import Progress, silent
from hlaska.errors import UnavailableError, unknown
from hlaska.sound.scores import RATE_HZ

TRUTH = "truth.json"
SAMPLE_BYTES = 2
Recipe = Callable[[Mapping[str, Path], str, Progress], None]


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


RECIPES: Mapping[str, Recipe] = {
    f"street-sounds-{street}": partial(_street_sounds, site="pilsen", street=street, seed=seed)
    for street, seed in (("americka", 1), ("cukrovarska", 1))
}


def make(name: str, parts: Mapping[str, Path], *, progress: Progress = silent) -> None:
    """Make the files of a recipe.

    Args:
        name: The recipe.
        parts: Where each file is to be written, by the file's name.
        progress: Called with words, bytes of sound written and bytes in all.

    Raises:
        UnavailableError: no such recipe, or it makes no such file.
    """
    if name not in RECIPES:
        raise UnavailableError(unknown("recipe", name, RECIPES))
    RECIPES[name](parts, name, progress)
