"""Frigate: events and reviews, as its API lists them or as they were received by MQTT.

RESTS ON its documentation (docs.frigate.video, "MQTT" and "HTTP API"): `frigate/events` and
`frigate/reviews` carry JSON with `type`, `before` and `after`; times are seconds since 1970; `box`
is left, top, right, bottom in pixels of the stream that it detects in. The list of the API has no
`before` and `after`, and its box is one of an untold moment.

ASSUMED: messages were kept one in a line, as `mosquitto_sub -v` writes them, or as a list. An event
is an alert, from its beginning to its end; where the file holds reviews, those are the alerts in
their stead, and only those that Frigate calls `alert`, one for each of their objects. Boxes are of
one camera, and the picture has the size of the stream that it detects in.
"""

from collections.abc import Iterator
from pathlib import Path

from training.vendors.alerts import Alerts
from training.vendors.export import Export
from training.vendors.jsons import Node, messages
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading, listed
from training.vendors.times import Clock
from training.vendors.tracks import Tracks


def read(path: Path, mapping: Mapping) -> Export:
    """Alerts; and, of events received by MQTT, the boxes that they told.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    tracks, clock = Tracks(reading), Clock(reading)
    # The last state of each is the one that counts.
    events: dict[str, Node] = {}
    reviews: dict[str, Node] = {}
    cameras: dict[str, None] = {}
    for message in messages(reading):
        state = message.node("after") if message.has("after") else message
        kept = reviews if state.has("severity") else events
        kept[state.text("id")] = state
        if kept is events and message.has("after"):
            camera = reading.camera(state.text("camera"), state.place)
            if camera is not None and _box(state, tracks, reading, clock):
                cameras[camera] = None
    if len(cameras) > 1:
        raise reading.wrong(
            None,
            f"boxes of the cameras {listed(cameras)}; write `cameras:` in the mapping, with ignore "
            "for all but one",
        )
    alerts = Alerts(reading)
    for told in _reviewed(reviews, reading) if reviews else _happened(events, reading):
        state, word, score, text = told
        ended = state.has("end_time")
        alerts.add(
            state.place,
            word=word,
            at=clock.epoch(state.number("start_time"), state.place),
            ended_at=clock.epoch(state.number("end_time"), state.place) if ended else None,
            camera=state.text("camera"),
            score=score,
            text=text,
        )
    return reading.done(tracks=tracks.table(), alerts=alerts.table())


def _box(state: Node, tracks: Tracks, reading: Reading, clock: Clock) -> bool:
    """Keeps the box of a message, if there is one to keep."""
    kind = reading.kind(state.text("label"), state.place)
    if kind is None or state.value.get("false_positive") is True or not state.has("box"):
        return False
    left, top, right, bottom = state.numbers("box", 4)
    tracks.add(
        state.place,
        track=state.text("id"),
        kind=kind,
        at=clock.epoch(state.number("frame_time"), state.place),
        box=(left, top, right, bottom),
        score=state.number("score", float("nan")),
    )
    return True


def _happened(events: dict[str, Node], reading: Reading) -> Iterator[tuple[Node, str, float, str]]:
    for state in events.values():
        if state.value.get("false_positive") is True:
            reading.leave_out("events that it calls false positives", state.place)
            continue
        data = state.node("data") if state.has("data") else state
        if data is not state and data.has("box"):
            reading.leave_out("boxes in the list of events: of which moment, it does not tell")
        zones = state.value.get("entered_zones") or state.value.get("zones") or []
        text = ", ".join(map(str, zones)) if isinstance(zones, list) else ""
        score = data.number("top_score", state.number("top_score", float("nan")))
        yield state, state.text("label"), score, text


def _reviewed(reviews: dict[str, Node], reading: Reading) -> Iterator[tuple[Node, str, float, str]]:
    for state in reviews.values():
        severity = state.text("severity")
        if severity != "alert":
            reading.leave_out(f"reviews of severity {severity!r}", state.place)
            continue
        objects = state.node("data").value.get("objects")
        for word in dict.fromkeys(objects if isinstance(objects, list) else []):
            yield state, str(word), float("nan"), severity
