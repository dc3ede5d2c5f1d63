"""The map and the chart show what they are given, and no more."""

from datetime import timedelta

import pytest

from dashboards.counts import Counts
from dashboards.counts_chart import CountsChart, bands_of, bars, label, wall_ms
from dashboards.geometry import mercator
from dashboards.ground_plan import short
from dashboards.site_map import SiteMap, track_rows
from dashboards.trails import TAIL, Trails
from hlaska.tracks import SILENT_S, LiveTrack


@pytest.fixture
def counts(crossing, stored):
    counts = Counts(bin_s=60)
    ways = ["in", "in", "out"]
    for seq, way in enumerate(ways, start=1):
        counts = counts.plus(stored(crossing(seq, direction=way), seq))
    return counts


def test_every_track_stands_where_it_is(site, status, noon):
    rows = track_rows(site, {"gate": status()}, noon)
    assert (rows["x"][0], rows["y"][0]) == pytest.approx(tuple(mercator((13.3751, 49.7452))))
    assert (rows["track"], rows["marker"], rows["alpha"]) == ([7], ["circle"], [1.0])
    assert rows["source"] == ["Příkopy, brána"]


def test_a_track_without_a_place_on_the_ground_is_not_on_the_map(site, status, noon):
    floating = LiveTrack(id=1, object_class="car", box_px=(0, 0, 1, 1))
    assert track_rows(site, {"gate": status(tracks=(floating,))}, noon)["x"] == []


def test_tracks_of_a_silent_camera_are_faint(site, status, noon):
    later = noon + timedelta(seconds=SILENT_S + 1)
    assert track_rows(site, {"gate": status()}, later)["alpha"] == [0.25]


def test_a_tail_grows_with_each_report_and_ends_with_its_track(status, noon):
    trails = Trails()
    for second in range(TAIL + 5):
        tails = trails.after({"gate": status(at=noon + timedelta(seconds=second))})
        again = trails.after({"gate": status(at=noon + timedelta(seconds=second))})
        assert again == tails, "a report that is shown again adds nothing"
    assert len(tails["xs"][0]) == TAIL
    assert trails.after({"gate": status(at=noon, tracks=())}) == {"xs": [], "ys": []}


def test_the_map_asks_no_server_for_tiles_unless_told_to(site):
    without = SiteMap(site).figure.references()
    assert not [model for model in without if "Tile" in type(model).__name__]
    with_tiles = SiteMap(site, tiles="https://tile.example/{Z}/{X}/{Y}.png").figure.references()
    assert [model for model in with_tiles if type(model).__name__ == "WMTSTileSource"]


def test_a_site_without_anything_but_a_centre_has_a_map(site, noon):
    bare = site.model_copy(
        update=dict.fromkeys(
            ("streets", "waters", "buildings", "zones", "cameras", "microphones", "detectors"), ()
        )
    )
    SiteMap(bare).show({}, noon, {})
    CountsChart(bare, minutes=30).show(Counts(bin_s=60), noon)


def test_names_on_the_map_are_short():
    assert short("Doosan Arena, Štruncovy sady (capacity 11,700)") == "Doosan Arena"
    assert len(short("x" * 100)) == 28


def test_bars_go_up_for_forward_and_down_for_backward(site, counts, noon):
    rows = bars(bands_of(site), counts, site.time_zone, noon - timedelta(minutes=5))
    found = dict(zip(rows["direction"], rows["tip"], strict=True))
    assert found["in"] == pytest.approx(0.36) and found["out"] == pytest.approx(-0.18)
    assert sorted(rows["count"]) == [1, 2]


def test_what_is_older_than_the_chart_is_not_in_it(site, counts, noon):
    rows = bars(bands_of(site), counts, site.time_zone, noon + timedelta(minutes=1))
    assert rows["count"] == []


def test_a_band_says_its_line_and_its_totals(site, counts, noon):
    assert label(bands_of(site)[0], counts, noon) == "Middle:  ▲ in 2   ▼ out 1"


def test_the_chart_tells_the_time_of_the_site(noon):
    hours = (wall_ms(noon, "Europe/Prague") - wall_ms(noon, "UTC")) / 3_600_000
    assert hours == 2


def test_the_chart_ends_with_the_present_interval(site, counts, noon):
    chart = CountsChart(site, minutes=30)
    chart.show(counts, noon + timedelta(seconds=61))
    assert chart._range.end - chart._range.start == 30 * 60_000
    assert chart._range.end == wall_ms(noon + timedelta(minutes=2), "Europe/Prague")
    assert len(chart._bars.data["x"]) == 2


def test_the_map_shows_the_camera_the_streets_around_it_or_all(site):
    site_map = SiteMap(site)
    site_map.look_at(site.camera("gate"))
    _, args = site_map.zoom_script()
    widths = [args[part].data["right"][0] - args[part].data["left"][0] for part in ("seen", "near")]
    assert widths[0] < widths[1]
    assert args["extent"].data == args["seen"].data
    site_map.look_at(site.camera("gate"))
    assert args["whole"].data["left"][0] < args["seen"].data["left"][0]


def test_the_map_shows_a_sound_with_its_microphones_or_all_microphones(site, shot, located):
    site_map = SiteMap(site)
    _, args = site_map.zoom_script()

    def width():
        return args["alarm"].data["right"][0] - args["alarm"].data["left"][0]

    all_of_them = width()
    heard = [shot(1), shot(2, source="drum")]
    site_map.choose(located(3, heard), heard)
    assert width() < all_of_them
    site_map.look_at_alarm()
    assert args["extent"].data == args["alarm"].data
    site_map.choose(None)
    assert width() == all_of_them
