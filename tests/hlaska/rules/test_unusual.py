from datetime import UTC, datetime, timedelta

import pytest

from hlaska.events import Event
from hlaska.normality.movement import Movements
from hlaska.normality.usual import SECTORS, Cell, Mixture, Usual
from hlaska.rules.unusual import Unusual
from hlaska.tracks import PERSON, Scene, Track

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FPS = 5


@pytest.fixture(scope="module")
def usual() -> Usual:
    """People walk east at 1.4 m/s along a street of 20 by 2 m; never more than five at noon."""
    cell = Cell(seconds=100, fastest_mps=1.8, sectors=(100.0,) + (0.0,) * (SECTORS - 1))
    return Usual(
        site="testville",
        camera="gate",
        version="0123456789abcdef",
        made_at=NOON,
        learnt_from="a made street",
        hours=1.0,
        mixture=Mixture(
            centre=(10.0, 0.0, 1.4, 0.0),
            scale=(6.0, 0.5, 0.2, 0.2),
            weights=(1.0,),
            means=((0.0, 0.0, 0.0, 0.0),),
            precisions_cholesky=(tuple(tuple(float(i == j) for j in range(4)) for i in range(4)),),
        ),
        limit=9.0,
        west_m=0.0,
        south_m=-1.0,
        cell_m=1.0,
        cells={f"{column},{row}": cell for column in range(20) for row in range(2)},
        most_people={12: 5.0},
    )


def walk(*people, seconds=8.0, start=NOON):
    """Scenes of people, each given as (number, east, north, east m/s, north m/s)."""
    for step in range(round(seconds * FPS)):
        at = start + timedelta(seconds=step / FPS)
        tracks = tuple(
            Track(
                id=number,
                object_class=PERSON,
                box_px=(0, 0, 10, 30),
                score=0.9,
                started_at=start,
                ground_m=(east + v * step / FPS, north + w * step / FPS),
            )
            for number, east, north, v, w in people
        )
        yield Scene(at, tracks)


def told(usual, scenes):
    rule = Unusual(usual)
    return [finding for scene in scenes for finding in rule.update(scene)]


def test_who_walks_as_all_do_is_not_told(usual):
    assert told(usual, walk((1, 1.0, 0.0, 1.4, 0.0))) == []


@pytest.mark.parametrize(
    ("person", "what"),
    [
        pytest.param((1, 1.0, 15.0, 1.4, 0.0), "place", id="where nobody is"),
        pytest.param((1, 0.0, 0.0, 2.4, 0.0), "speed", id="faster than all"),
        pytest.param((1, 15.0, 0.0, -1.4, 0.0), "direction", id="against the stream"),
        pytest.param((1, 10.0, 0.0, 0.0, 0.0), "movement", id="standing where all walk"),
    ],
)
def test_who_moves_as_nobody_does_is_told_once_and_why(usual, person, what):
    (finding,) = told(usual, walk(person))
    assert finding.kind == "video.unusual"
    assert finding.attributes["what"] == what
    assert finding.track_ids == (1,)


def test_a_moment_is_not_told(usual):
    assert told(usual, walk((1, 1.0, 15.0, 1.4, 0.0), seconds=3.0)) == []


def test_two_at_once_are_two_activities(usual):
    found = told(usual, walk((1, 1.0, 15.0, 1.4, 0.0), (2, 3.0, 15.0, 1.4, 0.0)))
    assert [finding.track_ids for finding in found] == [(1,), (2,)]
    assert len({finding.started_at for finding in found}) == 2


def test_more_people_than_the_hour_usually_sees_are_one_activity(usual):
    people = [(number, number / 2, 0.0, 0.2, 0.0) for number in range(6)]
    found = told(usual, walk(*people, seconds=20))
    assert [f.attributes["measured"] for f in found if f.attributes["what"] == "many"] == [6.0]


def test_an_hour_that_nobody_watched_has_no_most(usual):
    people = [(number, number / 2, 0.0, 0.2, 0.0) for number in range(30)]
    night = told(usual, walk(*people, seconds=20, start=NOON.replace(hour=3)))
    assert [f for f in night if f.attributes["what"] == "many"] == []


def test_what_is_found_is_an_event(usual):
    (finding,) = told(usual, walk((1, 1.0, 15.0, 1.4, 0.0)))
    event = Event(
        id="1", site="testville", source="gate", kind=finding.kind, confidence=finding.confidence,
        observed_at=finding.observed_at, attributes=finding.attributes,
    )  # fmt: skip
    assert event.attributes["object_class"] == PERSON


def test_a_track_without_a_place_has_no_movement():
    looks = Movements()
    nowhere = [
        Scene(NOON + timedelta(seconds=n), (Track(1, PERSON, (0, 0, 1, 1), 0.9, NOON),))
        for n in range(10)
    ]
    assert [look for scene in nowhere for look in looks.update(scene)] == []


def test_a_velocity_is_metres_a_second_and_comes_once_a_second():
    looks = Movements()
    found = [look for scene in walk((1, 0.0, 0.0, 1.5, -0.5)) for look in looks.update(scene)]
    assert len(found) == 7
    assert [look.east_mps for look in found] == pytest.approx([1.5] * 7)
    assert [look.north_mps for look in found] == pytest.approx([-0.5] * 7)
