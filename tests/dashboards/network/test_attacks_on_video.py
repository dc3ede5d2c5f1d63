"""An attack on a video is one row, and only whoever may say so says so."""

from dashboards.alarms import (
    heard_by,
    heard_events,
    one_row_each,
    part_events,
    parts_of,
    successors,
)


def ids(events):
    return [stored.event.id for stored in events]


def test_an_attack_on_a_video_stands_in_place_of_its_parts(attack_on_video, event, stored):
    whole, moved, looped = attack_on_video()
    other = event(9)
    events = [stored(one, seq) for one, seq in ((whole, 4), (other, 3), (looped, 2), (moved, 1))]
    assert ids(one_row_each(events)) == ["event-3", "event-9"]
    assert successors(events) == {"event-1": "event-3", "event-2": "event-3"}
    assert part_events(whole, {"event-2": looped}) == (looped,)
    assert heard_by(whole) == () and heard_events(whole, {"event-2": looped}) == ()


def test_only_the_guard_of_pictures_puts_findings_together(attack_on_video, scan, shot, stored):
    _, moved, looped = attack_on_video()
    because = {"because": "event-1 event-2"}
    claims = [scan(3, attributes=because), shot(3, attributes=because)]
    for claim in claims:
        assert parts_of(claim) == ()
        assert len(one_row_each([stored(claim, 3), stored(looped, 2), stored(moved, 1)])) == 3


def test_a_finding_replaces_nothing_of_another_site_or_of_sound(attack_on_video, shot, stored):
    whole, moved, _ = attack_on_video(moved={"site": "elsewhere"})
    events = [stored(whole, 3), stored(shot(2), 2), stored(moved, 1)]
    assert len(one_row_each(events)) == 3
