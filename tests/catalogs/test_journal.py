import itertools
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalogs.journal import Journal
from hlaska.columns import COUNT, DIRECTION, LINE, OBJECT_CLASS, SOURCE, START
from hlaska.errors import JournalError
from hlaska.events import Event

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def intrusion(name: str, **more) -> Event:
    facts = {
        "id": name,
        "site": "pilsen",
        "source": "square-east",
        "kind": "video.intrusion",
        "observed_at": NOW,
        "confidence": 0.75,
        "zone": "lawn",
        "attributes": {"object_class": "person"},
    }
    return Event(**{**facts, **more})


def crossing(
    name: str, at: datetime, *, line="north", source="square-east", direction="in", **more
):
    counted = {"object_class": "person", "direction": direction, "count": 1, **more}
    return intrusion(
        name,
        kind="mobility.count",
        source=source,
        zone=None,
        line=line,
        observed_at=at,
        attributes=counted,
    )


def ids(stored) -> list[str]:
    return [one.event.id for one in stored]


def test_a_stored_event_comes_back_as_it_was_sent_with_the_time_of_receipt(journal):
    sent = intrusion(
        "a", attributes={"object_class": "person", "share": 1.0, "x": "é\u0000", "n": 1}
    )
    [stored] = journal.append([sent], NOW)
    assert stored.event == sent.model_copy(update={"received_at": NOW})
    assert journal.events() == [stored]
    assert isinstance(journal.events()[0].event.attributes["share"], float)


def test_an_event_sent_twice_is_stored_once(journal):
    first = journal.append([intrusion("a"), intrusion("b"), intrusion("a")], NOW)
    again = journal.append([intrusion("b"), intrusion("c")], NOW)
    assert ids(first) == ["a", "b"]
    assert ids(again) == ["c"]
    assert ids(journal.events()) == ["a", "b", "c"]


def test_the_first_copy_of_an_event_stays(journal):
    journal.append([intrusion("a", confidence=0.25)], NOW)
    journal.append([intrusion("a", confidence=0.5)], NOW + timedelta(days=1))
    [kept] = journal.events()
    assert (kept.event.confidence, kept.event.received_at) == (0.25, NOW)


def test_an_empty_journal_ends_at_zero_and_a_used_one_at_its_newest_event(journal):
    assert journal.last_seq() == 0
    stored = journal.append([intrusion("a"), intrusion("b")], NOW)
    assert journal.last_seq() == stored[-1].seq


def test_bodies_are_the_events_as_they_lie_there(journal):
    stored = journal.append([intrusion("a"), crossing("b", NOW), intrusion("c")], NOW)
    [_, *rest] = journal.bodies(after_seq=0, limit=10)
    assert [(seq, kind) for seq, kind, _ in rest] == [
        (one.seq, one.event.kind) for one in stored[1:]
    ]
    assert [Event.model_validate_json(body) for _, _, body in rest] == [
        one.event for one in stored[1:]
    ]
    assert journal.bodies(after_seq=stored[0].seq, limit=1) == rest[:1]


def test_nothing_to_store_is_no_error(journal):
    assert journal.append([], NOW) == []


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=6))
def test_any_order_of_sending_stores_each_id_once_and_keeps_the_order(batches, journal):
    # One journal serves all examples: each speaks of ids of its own.
    mark = f"{journal.last_seq()}-"
    stored = [one for batch in batches for one in _sent(journal, batch, mark)]
    first_seen = list(dict.fromkeys(f"{mark}{number}" for batch in batches for number in batch))
    assert ids(stored) == first_seen
    places = [one.seq for one in stored]
    assert all(a < b for a, b in itertools.pairwise(places))
    assert journal.events(after_seq=int(mark[:-1]), limit=1000) == stored


def _sent(journal, batch, mark):
    return journal.append([intrusion(f"{mark}{number}") for number in batch], NOW)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        pytest.param({}, ["a", "b", "c", "d"], id="everything"),
        pytest.param({"site": "bilbao"}, ["d"], id="a site"),
        pytest.param({"source": "gate"}, ["b"], id="a source"),
        pytest.param({"kind": "video.loitering"}, ["b"], id="a kind"),
        pytest.param({"kind": "video."}, ["a", "b", "d"], id="a family"),
        pytest.param({"kind": "vide"}, [], id="half a word is no family"),
        pytest.param({"kind": "video_"}, [], id="an underscore is no wildcard"),
        pytest.param({"since": NOW + timedelta(seconds=1)}, ["b", "c", "d"], id="since, inclusive"),
        pytest.param({"until": NOW + timedelta(seconds=1)}, ["a"], id="until, exclusive"),
        pytest.param(
            {"until": (NOW + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=2)))},
            ["a"],
            id="until, in another time zone",
        ),
        pytest.param({"newest_first": True, "limit": 2}, ["d", "c"], id="the newest two"),
        pytest.param({"ids": ["d", "b", "x"]}, ["b", "d"], id="ids, of which one is not there"),
        pytest.param({"ids": []}, [], id="no ids"),
        pytest.param({"limit": 0}, [], id="none"),
    ],
)
def test_events_are_chosen_by(question, answer, journal):
    journal.append(
        [
            intrusion("a"),
            intrusion(
                "b",
                kind="video.loitering",
                source="gate",
                observed_at=NOW + timedelta(seconds=1),
                attributes={"object_class": "person", "dwell_s": 60.0},
            ),
            crossing("c", NOW + timedelta(seconds=2)),
            intrusion("d", site="bilbao", observed_at=NOW + timedelta(seconds=3)),
        ],
        NOW,
    )
    assert ids(journal.events(**question)) == answer


def test_reading_goes_on_after_a_place(journal):
    stored = journal.append([intrusion(name) for name in "abc"], NOW)
    assert ids(journal.events(after_seq=stored[0].seq)) == ["b", "c"]


def test_counts_add_up_crossings_per_line_class_direction_and_bin(journal):
    at = NOW + timedelta(seconds=5)
    journal.append(
        [
            crossing("1", at),
            crossing("2", at, count=2),
            crossing("3", at, direction="out"),
            crossing("4", at, line="south"),
            crossing("5", at, object_class="bicycle"),
            crossing("6", at, source="gate"),
            crossing("7", NOW + timedelta(seconds=65)),
            crossing("8", NOW - timedelta(seconds=1)),
            intrusion("x"),
        ],
        NOW,
    )
    table = journal.counts(site="pilsen", since=NOW, until=NOW + timedelta(hours=1), bin_s=60)
    keys = [SOURCE, LINE, OBJECT_CLASS, DIRECTION, START, COUNT]
    assert list(table.columns) == keys
    rows = list(table.itertuples(index=False, name=None))
    later = NOW + timedelta(seconds=60)
    assert rows == [
        ("gate", "north", "person", "in", NOW, 1),
        ("square-east", "north", "bicycle", "in", NOW, 1),
        ("square-east", "north", "person", "in", NOW, 3),
        ("square-east", "north", "person", "in", later, 1),
        ("square-east", "north", "person", "out", NOW, 1),
        ("square-east", "south", "person", "in", NOW, 1),
    ]
    only = journal.counts(
        site="pilsen",
        source="square-east",
        line="south",
        since=NOW,
        until=NOW + timedelta(hours=1),
        bin_s=60,
    )
    assert only[COUNT].tolist() == [1]


def test_counts_of_nothing_have_the_same_columns_and_types(journal):
    question = {"site": "pilsen", "since": NOW, "until": NOW + timedelta(hours=1), "bin_s": 60}
    empty = journal.counts(**question)
    journal.append([crossing("1", NOW)], NOW)
    full = journal.counts(**question)
    assert empty.empty
    assert empty.dtypes[START].tz is full.dtypes[START].tz is UTC or empty.dtypes[START].tz == UTC
    assert list(empty.columns) == list(full.columns)
    assert empty.dtypes[COUNT] == full.dtypes[COUNT]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda j: j.append([], datetime(2026, 5, 1)), id="receipt without zone"),
        pytest.param(lambda j: j.events(since=datetime(2026, 5, 1)), id="since without zone"),
        pytest.param(lambda j: j.events(limit=-1), id="a negative limit"),
        pytest.param(
            lambda j: j.counts(site="pilsen", since=NOW, until=NOW, bin_s=0), id="an empty bin"
        ),
    ],
)
def test_a_senseless_question_is_refused(ask, journal):
    with pytest.raises(JournalError):
        ask(journal)


def test_a_batch_that_fails_midway_stores_nothing(journal):
    class Torn(list):
        def __iter__(self):
            yield from super().__iter__()
            raise JournalError("the sender died")

    with pytest.raises(JournalError, match="the sender died"):
        journal.append(Torn([intrusion("a"), intrusion("b")]), NOW)
    assert journal.events() == []
    assert ids(journal.append([intrusion("a")], NOW)) == ["a"]


def test_threads_append_at_once_and_nothing_is_lost_or_doubled(journal):
    names = [f"{number}" for number in range(40)]
    stored = []

    def send():
        for name in names:
            stored.extend(journal.append([intrusion(name)], NOW))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ids(stored)) == sorted(names)
    assert sorted(ids(journal.events())) == sorted(names)


WRITER = """
import sys
from datetime import UTC, datetime
from catalogs.journal import Journal
from hlaska.events import Event
from hlaska.settings import Settings

url, mine = sys.argv[1:]
now = datetime(2026, 5, 1, tzinfo=UTC)
with Journal.open(url, Settings.load()) as journal:
    for number in range(30):
        for name in (f"both-{number}", f"{mine}-{number}"):
            journal.append([Event(id=name, site="s", source="c", kind="video.running",
                                  observed_at=now, confidence=1)], now)
"""


def test_two_processes_open_a_new_journal_and_append_and_a_reader_misses_nothing(
    journal_url, settings
):
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, journal_url, name], stderr=subprocess.PIPE, text=True
        )
        for name in ("left", "right")
    ]
    with Journal.open(journal_url, settings) as journal:
        seen = []
        while any(writer.poll() is None for writer in writers):
            seen += journal.events(after_seq=seen[-1].seq if seen else 0)
            time.sleep(0.01)
        seen += journal.events(after_seq=seen[-1].seq if seen else 0, limit=1000)
        complaints = [writer.communicate()[1] for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0], complaints
        assert seen == journal.events(limit=1000)
    wanted = {f"{who}-{n}" for who in ("both", "left", "right") for n in range(30)}
    assert sorted(ids(seen)) == sorted(wanted)


def test_a_journal_keeps_its_events_when_opened_again(journal_url, settings):
    with Journal.open(journal_url, settings) as journal:
        stored = journal.append([intrusion("a")], NOW)
    with Journal.open(journal_url, settings) as journal:
        assert journal.events() == stored


def test_checking_a_journal_writes_nothing(journal):
    stored = journal.append([intrusion("a")], NOW)
    journal.check()
    assert journal.events() == stored


def damage(journal, seq: int) -> None:
    with journal.writing() as connection:
        connection.exec_driver_sql(f"UPDATE events SET body = '{{}}' WHERE seq = {seq}")


def test_who_follows_a_site_reads_page_by_page_past_others_and_past_what_is_damaged(journal):
    names = [("a", "pilsen"), ("b", "brno"), ("c", "pilsen"), ("d", "pilsen"), ("e", "brno")]
    journal.append([intrusion(name, site=site) for name, site in names], NOW)
    damage(journal, 3)
    complaints: dict[int, str] = {}
    seen, seq, more = [], 0, True
    while more:
        page, seq, more = journal.following(
            seq, site="pilsen", limit=2, damaged=complaints.__setitem__
        )
        seen.append((ids(page), seq, more))
    assert seen == [(["a"], 2, True), (["d"], 4, True), ([], 5, False)]
    assert list(complaints) == [3] and "event 3 in the journal is not valid" in complaints[3]
    assert journal.following(5, site="pilsen", limit=2, damaged=print) == ([], 5, False)


def test_a_damaged_event_raises_unless_somebody_is_to_be_told(journal):
    journal.append([intrusion("a"), intrusion("b")], NOW)
    damage(journal, 1)
    with pytest.raises(JournalError, match="event 1 in the journal is not valid"):
        journal.events()
    told: dict[int, str] = {}
    assert ids(journal.events(damaged=told.__setitem__)) == ["b"]
    assert list(told) == [1]
