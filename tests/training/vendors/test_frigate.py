import json

import pytest

from hlaska.errors import DataError

START = 1777636800.0


def state(id_="1-a", **changes):
    return {
        "id": id_,
        "camera": "gate",
        "label": "person",
        "frame_time": START + 1,
        "start_time": START,
        "end_time": None,
        "score": 0.8,
        "top_score": 0.9,
        "box": [10, 20, 30, 60],
        "entered_zones": ["yard"],
        "false_positive": False,
    } | changes


def message(**changes):
    return json.dumps({"type": "update", "before": state(), "after": state(**changes)})


def review(severity="alert", **changes):
    after = {
        "id": "r",
        "camera": "gate",
        "start_time": START,
        "end_time": START + 9,
        "severity": severity,
        "data": {"objects": ["person", "car", "person"], "zones": []},
    } | changes
    return "frigate/reviews " + json.dumps({"type": "end", "before": after, "after": after})


def test_messages_are_boxes_and_an_alert_from_beginning_to_end(export, rows):
    log = "\n".join(
        ["frigate/events " + message(), message(frame_time=START + 2, end_time=START + 3)]
    )
    read = export("frigate", log, alerts={"person": "video.intrusion"})
    assert rows(read.tracks, "at", "track", "kind", "x0", "y0", "x1", "y1", "score") == [
        ("12:00:01", "1-a", "person", 10, 20, 30, 60, 0.8),
        ("12:00:02", "1-a", "person", 10, 20, 30, 60, 0.8),
    ]
    assert rows(read.alerts, "at", "ended_at", "camera", "kind", "score", "text") == [
        ("12:00:00", "12:00:03", "gate", "video.intrusion", 0.9, "yard")
    ]


def test_the_list_of_the_api_is_alerts_and_its_boxes_are_of_an_untold_moment(export, rows):
    event = {
        "id": "1",
        "label": "car",
        "camera": "gate",
        "start_time": START,
        "end_time": START + 3,
        "zones": ["road"],
        "top_score": None,
        "data": {"box": [0.1, 0.2, 0.3, 0.4], "score": 0.7, "top_score": 0.75, "type": "object"},
    }
    read = export("frigate", json.dumps([event]), cameras={"gate": "square-east"})
    assert rows(read.alerts, "at", "camera", "kind", "score", "text") == [
        ("12:00:00", "square-east", "car", 0.75, "road")
    ]
    assert read.tracks.empty
    assert read.left_out == ("boxes in the list of events: of which moment, it does not tell",)


def test_where_there_are_reviews_they_are_the_alerts(export, rows):
    read = export("frigate", "\n".join([message(), review(), review("detection", id="s")]))
    assert rows(read.alerts, "at", "kind", "text") == [
        ("12:00:00", "person", "alert"),
        ("12:00:00", "car", "alert"),
    ]
    assert len(read.tracks) == 1
    assert read.left_out == ("line 3.after: reviews of severity 'detection'",)


def test_false_positives_are_left_out(export):
    read = export("frigate", message(false_positive=True))
    assert read.tracks.empty and read.alerts.empty
    assert "false positives" in read.left_out[0]


def test_boxes_of_two_cameras_are_an_error_until_one_is_ignored(export):
    log = message() + "\n" + message(id_="2-b", camera="yard")
    with pytest.raises(DataError, match=r"boxes of the cameras 'gate', 'yard'; write `cameras:`"):
        export("frigate", log)
    read = export("frigate", log, cameras={"yard": "ignore"})
    assert read.tracks["track"].tolist() == ["1-a"]
    assert read.alerts["camera"].tolist() == ["gate"]


@pytest.mark.parametrize(
    ("content", "message_"),
    [
        ("frigate/available online\n", r"line 1: no message"),
        ('{"id": "1"', r"line 1: column 11: ends in the middle"),
        (message(label="tram"), r"line 1\.after: .*'tram'; add to it"),
        (message(box=[1, 2, 3]), r"line 1\.after\.box: .*a list of 4 numbers"),
        (message(start_time=START * 1000), r"line 1\.after: .*no time between 1980 and 2100"),
        (message(start_time=None), r"line 1\.after\.start_time: nothing"),
        (message(end_time=START - 9), r"line 1\.after: ended at .*, before it began"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_place(content, message_, export):
    with pytest.raises(DataError, match=message_):
        export("frigate", content)
