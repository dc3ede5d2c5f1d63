"""Levels: a function of the events and the time, that one more event never lowers.

Everything is held against the definition, written down once more without any shortcut.
"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hlaska.kinds import KINDS, kind_of
from hlaska.threat.exposure import COUNT_HOLDS_S
from hlaska.threat.levels import MOST_LISTED
from hlaska.threat.outlook import HOLDS_S
from hlaska.threat.weighing import AHEAD_S, THRESHOLDS, level_of, piece, total, weigh
from hlaska.threat.whereabouts import Whereabouts

DAY_S = 86_400
PLACES = (None, (25, 25), (150, 25), (370, 25), (5000, 5000))


@st.composite
def _rows(draw, at_s=None, most=14):
    kinds = st.sampled_from(
        "audio.scream audio.gunshot audio.glass-break video.crowding video.running cyber.flood "
        "gas.exceedance health.down mobility.count".split()
    )
    times = st.one_of(st.integers(-400, 90), st.floats(-7000, 90)) if at_s is None else at_s
    row = st.tuples(
        kinds,
        st.integers(0, 3),
        times,
        st.sampled_from((0.02, 0.4, 0.9, 1.0)),
        st.sampled_from(PLACES),
        st.sampled_from((None, "square", "gate")),
        st.integers(0, 30_000),
    )
    return draw(st.lists(row, max_size=most))


rows = _rows()
moments = st.one_of(st.integers(-300, 3000), st.floats(-300, 3000))


@pytest.fixture(scope="module")
def events(place):
    def made(some):
        out = []
        for number, (kind, source, at_s, confidence, where, zone, people) in enumerate(some):
            sources = place.sources[kind_of(kind).modality]
            attributes = {"people": people} if kind == "video.crowding" else {}
            if kind == "gas.exceedance":
                attributes = {"device": ("g1", "g2", "unheard-of", "")[source]}
            out.append(
                place.event(
                    kind,
                    at_s,
                    sources[source % len(sources)],
                    confidence,
                    id=f"r{number}",
                    place=where,
                    zone=zone,
                    attributes=attributes,
                )
            )
        return out

    return made


def levels(threats):
    return [threats.whole.level, *(zone.level for zone in threats.zones)]


class Reference:
    """The definition, word for word: every event, at every moment that can be the greatest."""

    def __init__(self, place, events):
        self.noon_s = place.noon.timestamp()
        whereabouts = Whereabouts(place.site)
        self.planned = place.site.planned_events
        self.places = [*(zone.id for zone in place.site.zones), None]
        self.pieces = [[] for _ in self.places]
        self.counts = [[] for _ in self.places]
        for event in events:
            device = event.attributes.get("device", "")
            sensor = f"gas/{device}" if device in ("g1", "g2", "") else "gas"
            sensor = sensor if event.source == "gas" else event.source
            heard = place.heard(event, sensor)
            at_s = math.ceil(event.observed_at.timestamp())
            heard = type(heard)(**{n: getattr(heard, n) for n in heard.__slots__} | {"at_s": at_s})
            distances = [*(whereabouts.of(event) or (math.inf,) * 3), 0.0]
            for index, distance_m in enumerate(distances):
                if distance_m < math.inf and (one := piece(heard, distance_m)):
                    self.pieces[index].append(one)
                if distance_m == 0 and heard.people:
                    self.counts[index].append((at_s, min(heard.people, 100_000)))

    def people(self, index, at_s):
        # In Prague, noon UTC is 14:00: it is day from -7 h to +8 h.
        hour_s = at_s - self.noon_s
        numbers = [100 if -7 * 3600 <= hour_s < 8 * 3600 else 10]
        for event in self.planned:
            start_s, end_s = event.start.timestamp() - 3600, event.end.timestamp() + 3600
            if self.places[index] in (None, event.zone) and start_s <= at_s < end_s:
                numbers.append(event.expected_people)
        for at, number in self.counts[index]:
            if at - AHEAD_S <= at_s < at + COUNT_HOLDS_S:
                numbers.append(number)
        return max(numbers)

    def score(self, index, at_s):
        evidence = total(weigh((one.value(at_s), one) for one in self.pieces[index]))
        return evidence + 0.5 * math.log10(self.people(index, at_s) / 10) if evidence else 0.0

    def level(self, index, now_s):
        times = {now_s - HOLDS_S, now_s}
        times |= {one.heard.at_s - AHEAD_S for one in self.pieces[index]}
        times |= {at - AHEAD_S for at, _ in self.counts[index]}
        times |= {now_s - HOLDS_S + HOLDS_S * n / 24 for n in range(24)}
        asked = [at for at in times if now_s - HOLDS_S <= at <= now_s]
        return max(level_of(self.score(index, at)) for at in asked)


@settings(max_examples=200)
@given(rows, moments)
def test_levels_and_scores_are_what_the_definition_says(place, events, some, now_s):
    wanted = Reference(place, events(some))
    threats = place.threats(events(some), now_s)
    now = place.at(now_s).timestamp()
    for index, found in enumerate([*threats.zones, threats.whole]):
        assert found.score == pytest.approx(wanted.score(index, now), abs=1e-9)
        assert found.level == wanted.level(index, now)


@given(rows, rows, moments)
def test_one_more_event_lowers_no_level(place, events, some, more, now_s):
    both = events([*some, *more])
    assert all(
        before <= after
        for before, after in zip(
            levels(place.threats(both[: len(some)], now_s)),
            levels(place.threats(both, now_s)),
            strict=True,
        )
    )


@given(rows, moments, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_nor_questions_in_between_change_anything(
    place, events, some, now_s, random
):
    taken = events(some)
    wanted = place.threats(taken, now_s)
    twice = random.sample(taken + taken, 2 * len(taken))
    assessor = place.assessor()
    asked = sorted(random.uniform(now_s - 6000, now_s) for _ in range(4))
    for number, event in enumerate(twice):
        if asked and random.random() < 0.3:
            assessor.assess(place.at(asked.pop(0)), ())
        assessor.take(event)
        if number % 5 == 0:
            assessor.take(event)
    assert assessor.assess(place.at(now_s), ()) == wanted


@given(rows, moments, st.data())
def test_what_was_taken_back_is_as_if_it_never_was(place, events, some, now_s, data):
    taken = events(some)
    gone = data.draw(st.sets(st.sampled_from([one.id for one in taken]))) if taken else set()
    wanted = place.threats([one for one in taken if one.id not in gone], now_s)
    asked = place.at(now_s - data.draw(st.integers(0, 600)))
    early = data.draw(st.integers(0, len(taken)))
    assessor = place.assessor(taken[:early])
    assessor.assess(asked, ())
    assessor.take_back(gone)
    for event in taken:  # again, or after it was refuted
        assessor.take(event)
    assert assessor.assess(place.at(now_s), ()) == wanted


@given(rows, moments)
def test_the_whole_site_is_at_least_at_the_level_of_each_zone(place, events, some, now_s):
    threats = place.threats(events(some), now_s)
    assert threats.whole.level >= max(zone.level for zone in threats.zones)


@given(_rows(most=60), moments)
def test_the_parts_add_up_to_the_score(place, events, some, now_s):
    threats = place.threats(events(some), now_s)
    for found in (threats.whole, *threats.zones):
        adds = [one.adds for one in found.contributions]
        assert math.fsum([*adds, found.others, found.exposure]) == pytest.approx(found.score)
        assert adds == sorted(adds, reverse=True)
        assert all(one.adds <= one.alone for one in found.contributions)
        assert found.others == 0 or len(adds) == MOST_LISTED
        if not found.contributions:
            assert found.score == 0


@settings(max_examples=200)
@given(_rows(st.integers(-900, 0)), st.integers(0, 600))
def test_the_level_falls_when_it_says_and_not_before(place, events, some, now_s):
    assessor = place.assessor(events(some))
    for place_of in (lambda t: t.whole, lambda t: t.zones[0], lambda t: t.zones[1]):
        found = place_of(place.threats(events(some), now_s))
        if found.level == 0:
            assert found.falls_at is None
            continue
        assert found.falls_at > place.at(now_s)
        left_s = (found.falls_at - place.at(now_s)).total_seconds()
        assert place_of(place.threats(events(some), now_s + left_s)).level < found.level
        for part in (0.0, 0.3, 0.6, 0.9, 1.0):
            earlier_s = now_s + max(0.0, left_s - 2) * part
            assert place_of(place.threats(events(some), earlier_s)).level >= found.level
    assert assessor.assess(place.at(DAY_S), ()).whole.falls_at is None


@given(
    rows,
    st.integers(-300, 3000),
    st.sampled_from(sorted(name for name, kind in KINDS.items() if kind.weight)),
)
def test_what_would_raise_the_level_does_and_what_would_not_is_too_weak(
    place, events, some, now_s, name
):
    # A sensor that told nothing yet with that sense.
    source = "flows" if kind_of(name).modality == "gas" else "gas"
    extra = place.event(name, now_s, source, id="x", place=(25, 25), zone="square")
    before = place.threats(events(some), now_s).zones[0]
    after = place.threats([*events(some), extra], now_s).zones[0]
    if name in before.would_raise:
        assert after.level > before.level
    else:
        assert level_of(after.score) <= before.level
    if before.level == 4:
        assert (before.missing, before.would_raise) == (None, ())
    else:
        assert before.missing == pytest.approx(THRESHOLDS[before.level] - before.score)
