"""What sensors give, a look a minute: figures of their pictures, sounds and scores. No content."""

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from hlaska.errors import DataError, GatewayError
from hlaska.tracks import StreamState, StreamStatus
from serving.client import Gateway

MOST_KEPT = 7 * 24 * 60
"""Looks a sensor: a week."""

Looks = dict[str, dict[str, list[float]]]
"""By sensor and figure; one value a look."""


def picture_figures(jpeg: bytes) -> dict[str, float]:
    """Brightness (0..255), contrast (its standard deviation) and sharpness of a picture.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al., Diatom autofocusing in
    brightfield microscopy, ICPR 2000). Empty for what is no picture.
    """
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        return {}
    return {
        "brightness": float(image.mean()),
        "contrast": float(image.std()),
        "sharpness": float(cv2.Laplacian(image, cv2.CV_64F).var()),
    }


def status_figures(status: StreamStatus) -> dict[str, float]:
    """What a stream's own word says of its input and of its model's scores."""
    figures: dict[str, float] = {}
    if status.sound is not None:
        figures["level_dbfs"] = status.sound.level_dbfs
        figures |= {f"score of {name}": score for name, score in status.sound.scores.items()}
    elif status.network is not None:
        hosts = status.network.hosts
        figures["flows_per_s"] = status.fps_in
        figures["hosts"] = float(len(hosts))
        figures["anomaly"] = max((host.anomaly for host in hosts), default=0.0)
    else:
        figures["tracks"] = float(len(status.tracks))
        if status.tracks:
            figures["box_height_px"] = median(t.box_px[3] - t.box_px[1] for t in status.tracks)
    return figures


def look(gateway: Gateway, site: str) -> dict[str, dict[str, float]]:
    """One look at all healthy sensors of a site.

    Raises:
        GatewayError: the gateway does not answer.
    """
    found = {}
    for status in gateway.streams():
        if status.site != site or status.state is not StreamState.HEALTHY:
            continue
        figures = status_figures(status)
        if status.sound is None and status.network is None:
            try:
                figures |= picture_figures(gateway.snapshot(site, status.source))
            except GatewayError:
                pass  # none has come yet; what its status says stays
        found[status.source] = figures
    return found


def gather(looks: Iterable[dict[str, dict[str, float]]], step: Callable[[int], None]) -> Looks:
    """The looks as one list a sensor and figure."""
    kept: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number, one in enumerate(looks, 1):
        for sensor, figures in one.items():
            for name, value in figures.items():
                if math.isfinite(value):
                    kept[sensor][name].append(value)
        step(number)
    return {sensor: dict(figures) for sensor, figures in kept.items()}


def path_of(home: Path, site: str) -> Path:
    """Where the first sample of a site is kept."""
    return home / "drift" / f"{site}.json"


def keep(path: Path, looks: Looks, at: datetime, *, sensors: Iterable[str] = ()) -> None:
    """Write the sample that later ones are compared with; of some sensors only, the others stay."""
    chosen = set(sensors)
    old = read(path)[0] if path.exists() and chosen else {}
    new = {name: figures for name, figures in looks.items() if not chosen or name in chosen}
    whole = {
        sensor: {name: values[-MOST_KEPT:] for name, values in figures.items()}
        for sensor, figures in (old | new).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".writing")
    scratch.write_text(json.dumps({"at": at.isoformat(), "looks": whole}), encoding="utf-8")
    scratch.replace(path)


def read(path: Path) -> tuple[Looks, datetime]:
    """The kept sample, and when it was taken.

    Raises:
        DataError: there is none, or the file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        looks = {
            str(sensor): {str(n): [float(v) for v in values] for n, values in figures.items()}
            for sensor, figures in content["looks"].items()
        }
        return looks, datetime.fromisoformat(content["at"])
    except FileNotFoundError:
        raise DataError(
            f"no first sample at {path}; take one while all is well: hlaska drift --first"
        ) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} is damaged ({error}); take it away, and take a new one: hlaska drift --first"
        ) from error
