from hlaska.settings import Settings
from hlaska.sites import PICTURE_GUARD
from serving.exercise.perform import perform


def test_without_scorers_all_is_scripted_and_says_so(pilsen, day):
    whole = perform(day, pilsen, Settings.load(), media=False)
    assert not any(medium.scored for medium in whole.media)
    marks = {
        item.event.attributes["exercise"]
        for item in whole.items
        if item.event.source != PICTURE_GUARD
    }
    assert marks == {"scripted"}
    assert {item.activity for item in whole.items} >= set(day.incidents)


def test_events_come_in_order_once_each_and_after_they_happened(pilsen, day):
    whole = perform(day, pilsen, Settings.load(), media=False)
    times = [item.at_s for item in whole.items]
    assert times == sorted(times)
    ids = [item.event.id for item in whole.items]
    assert len(set(ids)) == len(ids) > 400
    for item in whole.items:
        assert (item.event.observed_at - day.begins).total_seconds() <= item.at_s


def test_the_same_day_is_performed_the_same_way(pilsen, day):
    settings = Settings.load()
    assert perform(day, pilsen, settings, media=False) == perform(
        day, pilsen, settings, media=False
    )


def test_film_that_is_missing_is_scripted_with_the_reason_while_sounds_are_scored(pilsen, only):
    told = []
    played = perform(
        only("lawn", "false-scream"),
        pilsen,
        Settings.load(),
        progress=lambda what, done, of: told.append((done, of)),
    )
    media = {medium.name: medium for medium in played.media}
    assert not media["film"].scored
    assert "hlaska data get pets-view1" in media["film"].by
    assert media["sounds"].scored
    assert media["sounds"].by.startswith("street-sounds")
    [lawn] = [item.event for item in played.items if item.activity == "lawn"]
    assert (lawn.kind, lawn.attributes["exercise"]) == ("video.intrusion", "scripted")
    assert told == [(1, 2), (2, 2)]


def test_trouble_of_picture_and_network_at_one_camera_is_tied_together(pilsen, only):
    played = perform(only("camera-attack"), pilsen, Settings.load(), media=False)
    [tied] = [item.event for item in played.items if item.event.source == PICTURE_GUARD]
    known = {item.event.id for item in played.items}
    because = tied.attributes["because"].split()
    assert len(because) == 2
    assert set(because) <= known
