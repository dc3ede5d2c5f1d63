"""Looking for alerts: what fits, and what is offered."""

from dashboards.search_box import Sought, fields_of, fitting, found_rows
from hlaska.alerts.alert import Judgement, Verdict

HOSTILE = "<img src=x onerror=alert(1)>"


def test_alerts_are_sorted_out_by_what_is_asked(alert, noon):
    true = Judgement(verdict=Verdict.TRUE, by="Eva", at=noon)
    some = [alert(1), alert(2, zone=None, judgement=true), alert(3, family="gas", state="resolved")]

    def found(**asked):
        return [one.id for one in fitting(some, Sought(**asked))]

    assert found() == ["alert-1", "alert-2", "alert-3"]
    assert found(family="gas") == found(state="resolved") == ["alert-3"]
    assert found(verdict="true") == found(zone="none") == ["alert-2"]
    assert found(verdict="none", zone="square") == ["alert-1", "alert-3"]
    assert found(zone="nowhere") == []


def test_the_fields_offer_what_there_is_at_the_site(site):
    fields = {field["name"]: field["options"] for field in fields_of(site, "cs")}
    assert fields["zone"] == [["", "jakákoli zóna"], ["square", "Square"], ["none", "mimo zóny"]]
    assert ["attack", "útok"] in fields["family"]
    assert {name for field in fields.values() for name, _ in field[1:]} >= {"true", "resolved"}


def test_a_row_tells_what_where_when_and_how_it_stands(alert, site, noon):
    (row,) = found_rows([alert(1, state="assigned", assignee=HOSTILE)], site, noon, "en")
    assert (row["title"], row["place"], row["time"]) == ("Gunshot", "Square", "14:00:01")
    assert row["state"] == f"assigned: {HOSTILE}"
