import numpy as np
from shapely import box

from catalogs import sites
from hlaska.sound.prior import AT_EDGE, EDGE_M, ELSEWHERE, Whereabouts


def test_inside_is_likelier_than_at_the_edge_and_that_than_elsewhere():
    prior = Whereabouts.around([box(0, 0, 100, 20), box(90, 0, 120, 50)])
    places = np.array([[50, 10], [110, 40], [95, 10], [50, 20 + EDGE_M / 2], [50, 40], [1e6, 0]])
    assert prior(places).tolist() == [1, 1, 1, AT_EDGE, ELSEWHERE, ELSEWHERE]
    assert 0 < ELSEWHERE < AT_EDGE < 1


def test_without_areas_all_places_are_alike():
    places = np.array([[0.0, 0.0], [100.0, 5.0]])
    assert np.ptp(Whereabouts.around([])(places)) == 0


def test_of_a_site_its_zones_and_streets_count():
    site = sites.named("pilsen")
    prior = Whereabouts.of_site(site)
    square, cukrovarska, doudlevecka, roofs = site.plane.to_metres(
        [[13.3775, 49.7474], [13.3814, 49.7371], [13.37955, 49.7396], [13.3745, 49.7405]]
    )
    assert prior(np.array([square, cukrovarska, doudlevecka])).tolist() == [1, 1, 1]
    assert prior(np.array([roofs])).tolist() == [ELSEWHERE]
