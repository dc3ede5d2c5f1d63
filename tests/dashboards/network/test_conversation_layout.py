"""The graph is the same for the same evidence, and few rows for however many conversations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.conversation_layout import (
    HOST_X,
    MOST_PEERS,
    PEER_X,
    ROOMY,
    graph_of,
    peer_words,
)
from hlaska.network.evidence import MOST_ROWS
from hlaska.network.flows import FlowState

ADDRESSES = st.sampled_from(["10.0.0.11", "10.0.0.2", *(f"10.0.1.{n}" for n in range(40))])


def peers(graph):
    return [node for node in graph.nodes if not node.is_host]


def test_the_host_stands_on_the_left_in_the_middle_of_its_peers(conversations, talk):
    graph = graph_of(conversations([talk(), talk("10.0.0.12"), talk("203.0.113.7")]))
    host, *others = graph.nodes
    assert (host.name, host.x, host.y, host.is_host) == ("cam-gate", HOST_X, -1, True)
    assert [(node.x, node.y) for node in others] == [(PEER_X, 0), (PEER_X, -1), (PEER_X, -2)]
    assert graph.rows == 3


def test_what_is_inside_stands_above_what_is_outside(conversations, talk):
    evidence = conversations([talk("203.0.113.7", flows=9), talk(flows=3), talk("10.0.0.12")])
    assert [(node.name, node.inside) for node in peers(graph_of(evidence))] == [
        ("recorder", True), ("cam-yard", True), ("203.0.113.7", False),
    ]  # fmt: skip


def test_many_peers_become_one_row(conversations, talk):
    talks = [talk(f"10.0.1.{n}", flows=200 - n) for n in range(200)]
    graph = graph_of(conversations(talks))
    assert graph.rows == MOST_PEERS + 1
    *_, last = graph.nodes
    assert (last.name, last.many) == (f"and {200 - MOST_PEERS} more hosts", True)
    assert last.told == f"{sum(range(1, 193)):,} refused"


def test_one_more_than_fits_keeps_its_own_row(conversations, talk):
    graph = graph_of(conversations([talk(f"10.0.1.{n}") for n in range(MOST_PEERS + 1)]))
    assert not any(node.many for node in graph.nodes)


def test_the_one_that_answered_is_never_lost_among_those_that_did_not(conversations, talk):
    talks = [talk(f"10.0.1.{n}", flows=1000) for n in range(100)]
    talks.append(talk("10.0.0.2", state="established"))
    names = [node.name for node in peers(graph_of(conversations(talks)))]
    assert "recorder" in names


def test_edges_tell_which_side_began_and_how_it_went(conversations, talk):
    talks = [
        talk(flows=1203),
        talk(state="established"),
        talk("10.0.0.11", src="10.0.0.2", service="http", dst_port=80),
    ]
    edges = graph_of(conversations(talks)).edges
    assert [(edge.state, edge.who, edge.whom, edge.outgoing) for edge in edges] == [
        ("established", "cam-gate", "recorder", True),
        ("rejected", "cam-gate", "recorder", True),
        ("rejected", "recorder", "cam-gate", False),
    ]
    assert edges[1].width > edges[0].width
    assert len({edge.ys[12] for edge in edges}) == 3, "side by side"
    assert {(edge.ys[0], edge.ys[-1]) for edge in edges} == {(0, 0)}
    assert edges[1].told == "1,203 flows, refused, 100 B"


def test_flows_on_several_ports_are_one_edge(conversations, talk):
    talks = [talk(dst_port=port, flows=2) for port in range(1000, 1100)]
    (edge,) = graph_of(conversations(talks)).edges
    assert edge.told.startswith("200 flows")
    assert graph_of(conversations(talks)).nodes[1].told == "100 ports · 200 refused"


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (60, "rtsp 554 · 1 answered, 1,203 refused, 2 no answer"),
        (40, "rtsp 554 · 1 answered, 1,203 refused …"),
        (35, "1 answered, 1,203 refused …"),
        (15, "1 answered …"),
        (6, "1 …d …"),
    ],
)
def test_what_is_said_of_a_peer_fits_and_says_first_what_counts(talk, most, said):
    talks = [talk(flows=1203), talk(state="unanswered", flows=2), talk(state="established")]
    words = peer_words(talks, most, many=False)
    assert len(words) <= most
    assert words == said or most < 10


def test_a_host_that_talks_to_nobody_stands_alone(conversations, talk):
    alone = graph_of(conversations([talk("10.0.0.11"), talk("10.0.0.2", src="10.0.0.12")]))
    assert (len(alone.nodes), alone.edges, alone.rows) == (1, (), 1)


@given(
    talks=st.lists(
        st.tuples(ADDRESSES, ADDRESSES, st.sampled_from([*FlowState, "S0"]), st.integers(1, 9)),
        max_size=MOST_ROWS,
    )
)
def test_whatever_came_the_graph_can_be_read_and_is_always_the_same(talks, conversations, talk):
    made = [
        talk(dst, src=src, state=str(state), flows=flows, dst_port=1000 + place)
        for place, (src, dst, state, flows) in enumerate(talks)
    ]
    graph = graph_of(conversations(made))
    assert graph == graph_of(conversations(made)) == graph_of(conversations(made[::-1]))
    assert graph.rows <= MOST_PEERS + 1
    rows = {node.y for node in peers(graph)}
    assert len(rows) == len(peers(graph)) and rows <= {0.0 - n for n in range(graph.rows)}
    assert all(0 <= edge.width <= 8 for edge in graph.edges)
    if graph.rows > ROOMY:
        assert all(len(node.name) + len(node.told) <= 43 for node in peers(graph))
    mine = [t for t in made if t.src != t.dst and "10.0.0.11" in (t.src, t.dst)]
    told = sum(int(edge.told.split(" ")[0].replace(",", "")) for edge in graph.edges)
    assert told == sum(t.flows for t in mine), "no flow is drawn twice, and none left out"
