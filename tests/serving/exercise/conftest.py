from dataclasses import replace

import pytest

from catalogs import sites
from catalogs.exercise.script import script


@pytest.fixture(scope="session")
def pilsen():
    return sites.named("pilsen")


@pytest.fixture(scope="session")
def day(pilsen):
    return script(pilsen, 1)


@pytest.fixture(scope="session")
def only(day):
    """`only("ammonia", …)`: the first day with those activities and no other."""

    def make(*names):
        return replace(
            day,
            cues=tuple(cue for cue in day.cues if cue.activity in names),
            activities=tuple(one for one in day.activities if one.id in names),
            incidents=tuple(name for name in day.incidents if name in names),
        )

    return make
