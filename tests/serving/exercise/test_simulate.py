from itertools import pairwise

import pytest

from hlaska.settings import Settings
from serving.exercise.perform import perform
from serving.exercise.simulate import SOON_EVERY_S, look_times, simulate
from serving.exercise.systems import CONSTANT, HLASKA, ORACLE, as_json, judged
from serving.exercise.tables import expected, tables
from serving.picture.playbooks import for_site


@pytest.fixture(scope="module")
def leak(pilsen, only):
    """A day on which nothing happens but that ammonia leaks and a sensor fails."""
    return perform(only("ammonia", "outage.1"), pilsen, Settings.load(), media=False)


@pytest.fixture(scope="module")
def seen(leak, pilsen):
    return simulate(leak, pilsen, Settings.load(), for_site("pilsen"))


def test_ammonia_is_one_alert_and_danger_at_the_brewery_and_the_sensor_another(leak, seen, day):
    about = [notice.activities for notice in seen.notices]
    assert sorted(about, key=sorted) == [{"ammonia"}, {"outage.1"}]
    leaks_s = day.activity("ammonia").begin_s
    high = [at_s for at_s, level in seen.steps["brewery"] if level >= 3]
    assert leaks_s < high[0]
    assert all(level < 3 for at_s, level in seen.steps["brewery"] if at_s < leaks_s)


def test_the_same_day_is_seen_the_same_way_again(leak, seen, pilsen):
    again = simulate(leak, pilsen, Settings.load(), for_site("pilsen"))
    assert again.steps == seen.steps
    assert again.notices == seen.notices


def test_all_systems_are_judged_and_the_oracle_is_the_best(leak, seen, pilsen):
    one = judged(leak, seen, pilsen)
    assert set(one.scores) == {HLASKA, ORACLE, CONSTANT}
    assert one.scores[ORACLE].level_errors == 0
    assert one.scores[ORACLE].notices_per_activity == 1
    assert one.scores[CONSTANT].told > one.scores[HLASKA].told
    figures = as_json([one])["days"][0]["systems"][HLASKA]
    assert figures["notices_per_activity"] == one.scores[HLASKA].notices_per_activity
    constant = as_json([one])["days"][0]["systems"][CONSTANT]
    assert [rise["after_s"] for rise in constant["rises"]] == [None]


def test_there_is_a_table_of_media_of_rises_and_of_figures(leak, seen, pilsen):
    shown = list(tables([judged(leak, seen, pilsen)]))
    assert [table.row_count for table in shown] == [len(leak.media), 1, 11]
    # Each system is a column of the last one.
    assert [str(column.header).split("\n")[0] for column in shown[-1].columns] == [
        "",
        HLASKA,
        ORACLE,
        CONSTANT,
    ]


def test_what_a_dispatcher_should_see_is_said_in_a_few_words(day):
    assert expected(day.activity("ammonia")) == ("level 3 to 4 in brewery within 10 s; one alert")
    assert expected(day.activity("false-scream")) == "no level above 1; an alert at most"


def test_the_picture_is_asked_at_once_after_an_event_and_rarely_in_quiet_hours(leak, day):
    looks = look_times(leak.items, day.lasts_s)
    assert looks == sorted(set(looks))
    assert looks[-1] <= day.lasts_s
    for item in leak.items:
        assert any(0 <= at_s - item.at_s <= 0.5 for at_s in looks)
        assert sum(0 <= at_s - item.at_s <= 10.5 for at_s in looks) >= 10
    last_s = max(item.at_s for item in leak.items)
    after = [at_s for at_s in looks if last_s + 30 < at_s < last_s + 300]
    assert max(b - a for a, b in pairwise(after)) <= SOON_EVERY_S
