"""Ended at any moment and begun again, a picture shows what it would have shown anyway."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hlaska.alerts.actions import Acknowledge, Assign, Dismiss, Judge, Reopen, Resolve
from hlaska.alerts.alert import Verdict
from hlaska.alerts.queue import queue
from hlaska.errors import AlertError
from tests.serving.picture.town import at, event

KINDS = {
    "audio.gunshot": "mic",
    "audio.scream": "mic",
    "audio.glass-break": "mic",
    "video.running": "gate",
    "video.intrusion": "yard-cam",
    "cyber.beaconing": "taps",
}
ACTIONS = [
    Acknowledge(),
    Assign(to="Petr"),
    Resolve(verdict=Verdict.TRUE),
    Resolve(verdict=Verdict.FALSE),
    Dismiss(reason="a drill"),
    Judge(verdict=Verdict.FALSE),
    Judge(verdict=Verdict.TRUE),
    Reopen(),
]

happenings = st.one_of(
    st.tuples(
        st.just("event"),
        st.sampled_from(sorted(KINDS)),
        st.integers(-400, 30),
        st.sampled_from(["square", "plant"]),
    ),
    st.tuples(st.just("order"), st.integers(0, 5), st.sampled_from(ACTIONS)),
    st.tuples(st.just("silence"), st.sampled_from(["audio.glass-break", "video.running"])),
    st.tuples(st.just("step")),
    st.tuples(st.just("restart")),
)


def live_through(watch, story, *, restarts: bool):
    """All that was shown on the way, and what is stored in the end."""
    shown = []
    for number, (what, *how) in enumerate(story):
        second = number * 17
        if what == "event":
            kind, ago_s, zone = how
            facts = {"host": "10.0.0.9", "words": "calls out"} if kind.startswith("cyber") else {}
            if kind == "video.intrusion":
                facts = {"object_class": "person"}
            changes = {"source": KINDS[kind], "zone": zone, "attributes": facts}
            watch.say(event(f"e{number}", kind, second + ago_s, **changes), second=second)
        elif what == "order":
            alerts = watch.alerts()
            if alerts:
                try:
                    watch.order(second, how[1], alerts[how[0] % len(alerts)])
                except AlertError:
                    continue  # not possible in that state
        elif what == "silence":
            watch.silence(second, until=second + 60, kind=how[0])
        else:
            if what == "restart" and restarts:
                watch.restart()
            shown.append(watch.step(second))
            shown.append(queue(watch.alerts(), at(second)))
    shown.append(watch.step(len(story) * 17))
    return shown, watch.alerts(), watch.store.levels("testville", at(-1), at(10_000))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(happenings, max_size=25))
def test_a_picture_that_is_begun_anew_shows_the_same_levels_and_the_same_queue(new_watch, story):
    assert live_through(new_watch(), story, restarts=True) == live_through(
        new_watch(), story, restarts=False
    )
