"""Where everything stands in the graph of conversations. Pure, and the same for the same evidence.

The host that a finding is about stands on the left, all that it talked with in one row each on the
right: those inside the network above those outside. However many they are, the rows are few: what
does not fit becomes one row of its own.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dashboards.flow_evidence import names_in, service_words
from dashboards.language import translate, written
from dashboards.network_wording import (
    OUTCOMES,
    byte_words,
    counted,
    one_line,
    outcome_words,
)
from hlaska.network.evidence import FlowEvidence, Talk
from hlaska.network.flows import FlowState

MOST_PEERS = 8
"""Rows of single peers: more could not be read in the height of the panel."""
HOST_X, PEER_X = 0.06, 0.36
"""Where host and peers stand, in parts of the width; what is written of peers needs the rest."""
ROOMY = 4
"""Up to so many rows, what was said stands below the peer's name; else beside it."""
_LETTERS = 43
"""Of a line: of a peer's name and what was said to it, where that stands beside it."""
_LEAST_NAME = 18
_WIDEST_PX = 8.0
"""Of an edge."""
_ASIDE = 0.3
"""How far apart the edges between one host and its peer are, in rows."""
_RANKS = {str(state): place for place, state in enumerate(OUTCOMES)}
_STEPS = np.linspace(0, 1, 24)


@dataclass(frozen=True)
class Node:
    """A host, or what stands for many."""

    name: str
    told: str
    """What it was asked, and how that went."""
    x: float
    y: float
    inside: bool
    is_host: bool = False
    many: bool = False


@dataclass(frozen=True)
class Edge:
    """All flows between host and peer that one side began and that went one way."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    state: str
    width: float
    who: str
    whom: str
    told: str
    outgoing: bool
    """Whether the host of the finding began them."""


@dataclass(frozen=True)
class Graph:
    """All that is drawn."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rows: int
    """Heights: y goes from 0 down to 1 - rows."""


def graph_of(
    evidence: FlowEvidence, *, most_peers: int = MOST_PEERS, language: str = "en"
) -> Graph:
    """The graph of some evidence; conversations of which its host is no part are not drawn."""
    talks: dict[str, list[Talk]] = defaultdict(list)
    for talk in evidence.talks:
        if talk.src != talk.dst and evidence.host in (talk.src, talk.dst):
            talks[talk.dst if talk.src == evidence.host else talk.src].append(talk)
    names = names_in(evidence)
    inside = {host.ip: host.inside for host in evidence.hosts}
    shown, others = _ranked(talks, most_peers)
    shown.sort(key=lambda peer: not inside.get(peer, False))  # stable: most flows stay above
    rows: list[tuple[str, Sequence[str]]] = [(names[peer], [peer]) for peer in shown]
    if others:
        more = translate("and {number} more hosts", language, number=len(others))
        rows.append((more, others))
    middle = -(len(rows) - 1) / 2 if rows else 0.0
    host = names[evidence.host]
    nodes = [Node(host, "", HOST_X, middle, inside.get(evidence.host, False), is_host=True)]
    edges: list[Edge] = []
    for place, (name, members) in enumerate(rows):
        mine = [talk for one in members for talk in talks[one]]
        here = all(inside.get(one, False) for one in members)
        room = _LETTERS if len(rows) <= ROOMY else _LETTERS - min(len(name), _LEAST_NAME)
        told = peer_words(mine, room, many=len(members) > 1, language=language)
        cut = one_line(name, _LETTERS if len(rows) <= ROOMY else _LETTERS - len(told))
        nodes.append(Node(cut, told, PEER_X, -place, here, many=len(members) > 1))
        edges += _edges(mine, evidence.host, (middle, -place), (host, name), language)
    return Graph(tuple(nodes), tuple(edges), max(1, len(rows)))


def _ranked(talks: Mapping[str, Sequence[Talk]], most: int) -> tuple[list[str], list[str]]:
    """Peers with a row of their own, and the others: who answered counts most, then flows."""

    def weight(peer: str) -> tuple[bool, int, str]:
        silent = all(talk.state != FlowState.ESTABLISHED for talk in talks[peer])
        return silent, -sum(talk.flows for talk in talks[peer]), peer

    ranked = sorted(talks, key=weight)
    # A row for one other host would take as much room as the host itself.
    return (ranked, []) if len(ranked) <= most + 1 else (ranked[:most], ranked[most:])


def peer_words(talks: Sequence[Talk], most: int, *, many: bool, language: str = "en") -> str:
    """What was asked of a peer, and how it went: `rtsp 554 · 1 answered, 412 refused`.

    Args:
        talks: The conversations with it.
        most: Letters that there is room for; how it went counts more than what was asked.
        many: Whether it is many hosts: what was asked of them is not said.
        language: What it is said in.
    """
    ports = {(talk.protocol, talk.dst_port) for talk in talks}
    services = {service_words(talk) for talk in talks}
    asked = services.pop() if len(services) == 1 else counted(len(ports), "port", language)
    went = Counter[str]()
    for talk in talks:
        went[talk.state] += talk.flows
    parts = [
        f"{written(f'{went[state]:,}', language)} {outcome_words(state, language)}"
        for state in sorted(went, key=_rank)
    ]
    ways = [", ".join(parts[:n]) + (" …" if n < len(parts) else "") for n in (3, 2, 1)]
    ways = ways if many else [*(f"{asked} · {way}" for way in ways[:2]), *ways]
    return next((way for way in ways if len(way) <= most), one_line(ways[-1], most))


def _rank(state: str) -> tuple[int, str]:
    """Where a state stands among the others; a state that is none comes last."""
    return _RANKS.get(state, len(_RANKS)), state


def _edges(
    talks: Sequence[Talk],
    host: str,
    heights: tuple[float, float],
    names: tuple[str, str],
    language: str,
) -> list[Edge]:
    """One edge for each way and state; `heights` and `names`: of the host and its peer."""
    ways: dict[tuple[bool, str], list[Talk]] = defaultdict(list)
    for talk in talks:
        ways[talk.src == host, talk.state].append(talk)
    edges = []
    for place, (outgoing, state) in enumerate(sorted(ways, key=lambda w: (not w[0], _rank(w[1])))):
        mine = ways[outgoing, state]
        flows = sum(talk.flows for talk in mine)
        data = sum(talk.src_bytes + talk.dst_bytes for talk in mine)
        # Side by side, so that one answer among a thousand refusals is seen.
        xs, ys = _curve(*heights, aside=_ASIDE * (place - (len(ways) - 1) / 2))
        edges.append(
            Edge(
                xs=xs,
                ys=ys,
                state=state,
                width=min(_WIDEST_PX, 1.5 + 1.6 * math.log10(max(1, flows))),
                who=names[0] if outgoing else names[1],
                whom=names[1] if outgoing else names[0],
                told=", ".join(
                    (
                        counted(flows, "flow", language),
                        outcome_words(state, language),
                        byte_words(data, language),
                    )
                ),
                outgoing=outgoing,
            )
        )
    return edges


def _curve(
    host_y: float, peer_y: float, *, aside: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """An S from host to peer that leaves and comes in level; `aside`: how far off in its middle."""
    slope = _STEPS * _STEPS * (3 - 2 * _STEPS)  # smoothstep: level at both ends
    ys = host_y + (peer_y - host_y) * slope + aside * 4 * _STEPS * (1 - _STEPS)
    xs = HOST_X + (PEER_X - HOST_X) * _STEPS
    return tuple(xs.tolist()), tuple(ys.tolist())
