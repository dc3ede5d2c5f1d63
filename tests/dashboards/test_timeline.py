"""The timeline: bands without a gap, marks that can be tapped."""

from datetime import timedelta

import pytest

from dashboards.counts_chart import wall_ms
from dashboards.period import Period
from dashboards.timeline import Timeline, band_rows, mark_rows
from hlaska.alerts.alert import Judgement, Verdict
from hlaska.threat.levels import LevelChange

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="session")
def level(noon):
    def make(minute, level, zone="square", *, known=True):
        return LevelChange(at=noon + minute * MINUTE, zone=zone, level=level, known=known)

    return make


@pytest.fixture
def hour(noon):
    return Period(since=noon, until=noon + 60 * MINUTE)


def test_bands_are_the_higher_the_worse_and_hatched_where_nobody_watched(level, hour, site):
    changes = [level(-5, 0), level(10, 4), level(20, 0, known=False)]
    rows = band_rows(changes, hour, site, hour.until, "en")
    mine = [at for at, zone in enumerate(rows["zone"]) if zone == "Square"]
    highs = [rows["top"][at] - rows["bottom"][at] for at in mine]
    assert highs[1] > highs[2] > highs[0] > 0
    assert [rows["hatch"][at] for at in mine] == [" ", " ", "/"]
    assert [rows["word"][at] for at in mine][:2] == ["0 – calm", "4 – severe"]
    assert rows["word"][mine[2]].startswith("unknown")
    assert rows["left"][mine[1]] == wall_ms(changes[1].at, site.time_zone)


def test_the_whole_site_has_the_first_row_and_says_when_nothing_is_known(hour, site):
    rows = band_rows([], hour, site, hour.until, "cs")
    assert rows["zone"] == ["celý objekt", "Square"]
    assert rows["hatch"] == ["/", "/"]
    assert rows["bottom"][0] > rows["top"][1]


def test_what_was_noticed_where_nobody_watched_is_told_as_the_least(level, hour, site):
    rows = band_rows([level(0, 3, known=False)], hour, site, hour.until, "en")
    assert rows["word"][1] == "at least high"


def test_a_mark_has_the_shape_of_its_severity_and_a_refuted_one_is_hollow(alert, site, hour):
    false = Judgement(verdict=Verdict.FALSE, by="Eva", at=hour.until)
    some = [alert(1), alert(2, severity=2, zone=None), alert(3, judgement=false)]
    rows = mark_rows(some, hour.since, site, hour.until, "en")
    assert rows["marker"] == ["hex", "triangle", "hex"]
    assert rows["fill"] == [1, 1, 0]
    assert rows["y"][1] > rows["y"][0] == rows["y"][2]
    assert rows["verdict"] == ["not judged", "not judged", "false alarm"]


def test_an_alert_from_before_stands_at_the_edge(alert, site, hour):
    (x,) = mark_rows([alert(-900, id="early")], hour.since, site, hour.until, "en")["x"]
    assert x == wall_ms(hour.since, site.time_zone)


def test_tapping_a_mark_chooses_its_alert_and_choosing_marks_it(alert, site, hour):
    chosen = []
    timeline = Timeline(site, chosen.append)
    timeline.show([], [alert(1), alert(2)], hour, hour.until, "en")
    timeline.marks.selected.indices = [1]
    assert chosen == ["alert-2"]
    timeline.point_out("alert-1", hour)
    assert timeline.marks.selected.indices == [0]
    timeline.point_out("nobody", None)
    assert timeline.marks.selected.indices == []
