"""What the sender sends is what the gateway takes, so that the benchmark measures the gateway."""

import random
from datetime import UTC, datetime, timedelta

from hlaska.events import Event
from serving.messages import items_in
from tests.benchmarks.picture_load import MADE, SITE, body, texts


def test_every_event_of_a_load_is_one_of_its_own_that_happens_now():
    made = texts(random.Random(1))
    before = datetime.now(UTC)
    requests = [body(made, first, 500, "cafe0123") for first in range(0, MADE + 500, 500)]
    events = [Event.from_cloudevent(one) for request in requests for one in items_in(request)]
    assert len({event.id for event in events}) == len(events) == MADE + 500
    assert {event.site for event in events} == {SITE}
    assert all(abs(event.observed_at - before) < timedelta(minutes=1) for event in events)


def test_two_loads_send_no_event_of_each_other():
    made = texts(random.Random(1))
    [one], [two] = (items_in(body(made, 0, 1, run)) for run in ("cafe0123", "cafe0124"))
    assert one["id"] != two["id"]
