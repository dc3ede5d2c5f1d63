"""What is drawn of conversations differs in shape and dash, not in colour alone."""

from datetime import timedelta

import pytest

from dashboards.conversation_graph import (
    CHOOSE,
    NO_EDGES,
    ConversationGraph,
    arrow_rows,
    caption,
    edge_rows,
    heights,
    node_rows,
)
from dashboards.conversation_layout import graph_of
from hlaska.network.flows import FlowState


@pytest.fixture
def graph():
    return ConversationGraph()


@pytest.fixture
def show(graph, noon):
    def show(evidence, kind="cyber.scan"):
        graph.show(evidence, kind=kind, time_zone="Europe/Prague", now=noon)
        return graph._texts.data["text"]

    return show


def test_inside_outside_and_the_host_are_shapes_of_their_own(conversations, talk):
    rows = node_rows(graph_of(conversations([talk(), talk("203.0.113.7")])))
    assert rows["marker"] == ["hex", "circle", "square"]
    assert rows["fill"][2] is None
    assert rows["where"] == ["inside the network", "inside the network", "outside"]


def test_every_state_is_told_from_the_others_without_its_colour(conversations, talk):
    drawn = edge_rows(graph_of(conversations([talk(state=str(one)) for one in FlowState])))
    assert len(set(drawn["dash"])) == len(FlowState) - 1, "partly seen is a line in another colour"
    assert len(set(zip(drawn["dash"], drawn["colour"], strict=True))) == len(FlowState)


def test_a_state_that_is_none_is_drawn_too(conversations, talk):
    drawn = edge_rows(graph_of(conversations([talk(state="SF")])))
    assert (drawn["dash"], drawn["told"]) == (["solid"], ["1 flow, SF, 100 B"])


def test_an_arrow_points_to_who_was_asked(conversations, talk):
    talks = [talk(), talk(dst_port=80), talk("10.0.0.11", src="10.0.0.2")]
    arrows = arrow_rows(graph_of(conversations(talks)))
    assert sorted(arrows["angle"]) == pytest.approx([-1.5708, 1.5708])


def test_who_attacks_is_marked_and_who_may_not_is_only_in_alarm(show, conversations, talk):
    evidence = conversations([talk()])
    assert "attacker" in show(evidence)
    texts = show(evidence, kind="cyber.stream-redirected")
    assert "in alarm" in texts and "attacker" not in texts


def test_the_window_is_told_in_the_time_of_the_site(conversations, talk, noon):
    evidence = conversations([talk()], left_out=212)
    words = caption(evidence, "Europe/Prague", noon)
    assert "14:00:00 – 14:00:40, 212 others not drawn" in words
    assert "01 May" in caption(evidence, "Europe/Prague", noon + timedelta(days=1))
    assert caption(conversations(), "UTC", noon) == ""


def test_without_conversations_words_stand_there(graph, show, conversations, talk):
    assert CHOOSE in graph._texts.data["text"]
    show(conversations([talk()]))
    graph.say("they are gone")
    assert "they are gone" in graph._texts.data["text"]
    assert graph._edges.data["xs"] == [] and graph._nodes.data["x"] == []
    graph.say("")
    assert CHOOSE in graph._texts.data["text"]
    assert NO_EDGES in show(conversations())


def test_what_is_shown_already_is_not_sent_again(graph, show, conversations, talk):
    changes = []
    graph._texts.on_change("data", lambda attr, old, new: changes.append(new))
    for _ in range(2):
        show(conversations([talk()]))
    for _ in range(2):
        graph.say("gone")
    assert len(changes) == 2


@pytest.mark.parametrize("peers", [1, 3, 9, 200])
def test_all_rows_and_the_caption_are_in_the_picture(conversations, talk, peers):
    graph = graph_of(conversations([talk(f"10.0.1.{n}") for n in range(peers)]))
    low, high = heights(graph)
    assert all(low + 1 <= node.y <= high - 0.5 for node in graph.nodes)
