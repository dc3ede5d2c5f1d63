"""The camera network's day as a data set of the catalog: `conn.log`, and the truth beside it."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

from catalogs import sites
from catalogs.traffic.day import BEGINS
from catalogs.traffic.story import Story, story
from catalogs.traffic.zeek import conn_log
from catalogs.web import Progress
from hlaska.errors import UnavailableError

CONN_LOG, TRUTH = "conn.log", "truth.json"
SITE, SEED = "pilsen", 1


def camera_network_day(parts: Mapping[str, Path], name: str, progress: Progress) -> None:
    """Writes the files of the recipe, each to the path given.

    Raises:
        UnavailableError: it makes no such file.
    """
    strangers = sorted(set(parts) - {CONN_LOG, TRUTH})
    if strangers:
        raise UnavailableError(f"{name} makes no {', '.join(strangers)}, only {CONN_LOG}, {TRUTH}")
    progress(f"{name} (made here)", 0, len(parts))
    made = story(sites.named(SITE), SEED)
    writers: Mapping[str, Callable[[Story], str]] = {CONN_LOG: _log, TRUTH: _truth}
    for done, (file, part) in enumerate(parts.items(), start=1):
        part.write_text(writers[file](made), encoding="utf-8")
        progress(f"{name} (made here)", done, len(parts))


def _log(made: Story) -> str:
    return "\n".join(conn_log(made.day.flows)) + "\n"


def _truth(made: Story) -> str:
    facts = {
        "synthetic": True,
        "site": SITE,
        "seed": SEED,
        "begins": BEGINS.isoformat(),
        "hours": made.day.hours,
        "impostor": made.impostor,
        "camera": made.camera,
        "attacks": [
            {
                "family": one.family,
                "variant": one.variant,
                "hosts": list(one.hosts),
                "victims": list(one.victims),
                "start": (BEGINS + timedelta(seconds=one.begin_s)).isoformat(),
                "end": (BEGINS + timedelta(seconds=min(one.end_s, made.day.hours * 3600)))
                .isoformat(),
                "flows": int((made.day.numbers == number).sum()),
            }
            for number, one in enumerate(made.day.activities)
        ],
    }  # fmt: skip
    return json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
