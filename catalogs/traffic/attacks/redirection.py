"""A camera's stream goes to a stranger, or the recorder gets one from a stranger."""

from collections.abc import Mapping

import pandas as pd

from catalogs.traffic.attacks.activity import Activity, Variant
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.timeline import Silence
from catalogs.traffic.video import Lens, stream

FAMILY = "stream-redirected"


def taken(
    chance: Chance, cast: Cast, at_s: float, *, camera: str | None = None, src: str | None = None,
    lasts_s: float | None = None,
) -> Activity:  # fmt: skip
    """A stranger takes a camera's stream, beside those who always do."""
    camera, src = camera or chance.any_of(cast.cameras), src or cast.stranger(chance)
    lasts_s = lasts_s or chance.between((300, 1200), (1200, 2400))
    made = stream(chance, at_s, at_s + lasts_s, client=src, camera=camera,
                  lens=Lens.drawn(chance), small=chance.happens(0.4))  # fmt: skip
    return Activity(FAMILY, "taken", (src,), (camera,), made)


def impostor(
    chance: Chance, cast: Cast, at_s: float, *, camera: str | None = None, src: str | None = None,
    lasts_s: float | None = None, lens: Lens | None = None,
) -> Activity:  # fmt: skip
    """A stranger plays the camera: the recorder gets its pictures, and none of the camera's."""
    camera, src = camera or chance.any_of(cast.cameras), src or cast.stranger(chance)
    lasts_s = lasts_s or chance.between((300, 1200), (1200, 2400))
    made = stream(chance, at_s, at_s + lasts_s, client=cast.recorder, camera=src,
                  lens=lens or Lens.drawn(chance))  # fmt: skip
    silence = Silence(camera, cast.recorder, at_s, at_s + lasts_s)
    return Activity(FAMILY, "impostor", (src,), (camera, cast.recorder), made, (silence,))


def between_them(
    chance: Chance, cast: Cast, at_s: float, *, camera: str | None = None, src: str | None = None,
    lasts_s: float | None = None, lens: Lens | None = None,
) -> Activity:  # fmt: skip
    """A stranger takes the camera's stream and gives the recorder what it likes."""
    first = taken(chance, cast, at_s, camera=camera, src=src, lasts_s=lasts_s)
    lasts_s = lasts_s or first.end_s - first.begin_s
    second = impostor(
        chance, cast, at_s, camera=first.victims[0], src=first.hosts[0], lasts_s=lasts_s, lens=lens
    )
    both = pd.concat([first.rows, second.rows], ignore_index=True)
    return Activity(FAMILY, "between", first.hosts, second.victims, both, second.silences)


VARIANTS: Mapping[str, Variant] = {"taken": taken, "impostor": impostor, "between": between_them}
