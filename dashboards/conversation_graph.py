"""The conversations of a finding as a graph: who talked to whom, and how that went."""

from datetime import datetime, timedelta
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure

from dashboards import theme
from dashboards.conversation_layout import PEER_X, ROOMY, Graph, graph_of
from dashboards.language import translate, written
from dashboards.wording import local_time
from hlaska.network.evidence import FlowEvidence
from hlaska.network.flows import FlowState

CHOOSE = "Choose an alarm of the network to see who talked to whom"
NO_EDGES = "Its host talked to nobody in this window"
_COLOURS: dict[str, str] = {
    FlowState.ESTABLISHED: theme.FOCUS,
    FlowState.REJECTED: theme.WARNING,
    FlowState.UNANSWERED: theme.DIM,
    FlowState.RESET: theme.BAD,
    FlowState.OTHER: theme.TEXT,
}
_DASHES: dict[str, str] = {
    FlowState.ESTABLISHED: "solid",
    FlowState.REJECTED: "dashed",
    FlowState.UNANSWERED: "dotted",
    FlowState.RESET: "dotdash",
    FlowState.OTHER: "solid",
}
_ATTACKS = frozenset({"cyber.scan", "cyber.flood", "cyber.bruteforce"})
"""Of these the host is who attacks; of others it may be a victim."""
_LEAST_ROWS = 5
"""A single conversation is not drawn larger than this allows."""
_CAPTION = 1.3
"""Room for the caption, in rows."""


def edge_rows(graph: Graph | None) -> dict[str, Any]:
    """Columns `xs`, `ys`, `colour`, `dash`, `width` (pixels), `who`, `whom`, `told`."""
    edges = graph.edges if graph else ()
    return {
        "xs": [list(edge.xs) for edge in edges],
        "ys": [list(edge.ys) for edge in edges],
        "colour": [_COLOURS.get(edge.state, theme.TEXT) for edge in edges],
        "dash": [_DASHES.get(edge.state, "solid") for edge in edges],
        "width": [edge.width for edge in edges],
        "who": [edge.who for edge in edges],
        "whom": [edge.whom for edge in edges],
        "told": [edge.told for edge in edges],
    }


def arrow_rows(graph: Graph | None) -> dict[str, Any]:
    """Columns `x`, `y`, `angle`, `colour`: beside each peer, which side began."""
    ends = {
        (edge.outgoing, edge.ys[-1]): _COLOURS.get(edge.state, theme.TEXT)
        for edge in (graph.edges if graph else ())
    }
    quarter = 1.5708  # a triangle points up
    return {
        "x": [PEER_X - (0.024 if outgoing else 0.05) for outgoing, _ in ends],
        "y": [y for _, y in ends],
        "angle": [-quarter if outgoing else quarter for outgoing, _ in ends],
        "colour": list(ends.values()),
    }


def node_rows(graph: Graph | None, language: str = "en") -> dict[str, Any]:
    """Columns `x`, `y`, `name`, `told`, `marker`, `size`, `colour`, `fill`, `where`.

    A disc is inside the network, an empty square outside, a hexagon what the finding is about.
    """
    nodes = graph.nodes if graph else ()
    return {
        "x": [node.x for node in nodes],
        "y": [node.y for node in nodes],
        "name": [node.name for node in nodes],
        "told": [node.told for node in nodes],
        "marker": ["hex" if n.is_host else "circle" if n.inside else "square" for n in nodes],
        "size": [20 if node.is_host else 9 for node in nodes],
        "colour": [theme.BAD if node.is_host else theme.TEXT for node in nodes],
        "fill": [(theme.BAD if n.is_host else theme.TEXT) if n.inside else None for n in nodes],
        "where": [
            translate("inside the network" if node.inside else "outside", language)
            for node in nodes
        ],
    }


def text_rows(graph: Graph | None, *, role: str, below: str, middle: str) -> dict[str, Any]:
    """All that is written.

    Args:
        graph: What is drawn.
        role: Of the host that the finding is about.
        below: What stands below it all.
        middle: What stands there when nothing is drawn.

    Returns:
        Columns `x`, `y`, `text`, `colour`, `align`, `dx`, `dy` (pixels), `style`.
    """
    rows: list[tuple[object, ...]] = [(0.5, 0.0, middle, theme.DIM, "center", 0, 0, "normal")]
    roomy = graph is not None and graph.rows <= ROOMY
    for node in graph.nodes if graph else ():
        if node.is_host:
            rows.append((0.01, node.y, node.name, theme.TEXT, "left", 0, -20, "bold"))
            rows.append((0.01, node.y, role, theme.BAD, "left", 0, 20, "bold"))
        else:
            name = (PEER_X, node.y, node.name, theme.TEXT, "left", 9, -8 if roomy else 0, "normal")
            beside = (0.99, node.y, node.told, theme.DIM, "right", 0, 0, "normal")
            under = (PEER_X, node.y, node.told, theme.DIM, "left", 9, 8, "normal")
            rows += [name, under if roomy else beside]
    rows.append((0.01, heights(graph)[0], below, theme.DIM, "left", 0, -9, "normal"))
    names = ("x", "y", "text", "colour", "align", "dx", "dy", "style")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def heights(graph: Graph | None) -> tuple[float, float]:
    """The lowest and highest y that is shown."""
    rows = graph.rows if graph else 1
    spare = max(0, _LEAST_ROWS - rows) / 2
    return 1 - rows - spare - _CAPTION, spare + 0.7


def caption(evidence: FlowEvidence, time_zone: str, now: datetime, language: str = "en") -> str:
    """When the conversations took place, and how many are not in the evidence."""
    if not evidence.talks:
        return ""
    first = min(talk.first_at for talk in evidence.talks)
    last = max(talk.last_at for talk in evidence.talks)
    # The day is told once.
    ends = [
        local_time(one, time_zone, now=at, language=language)
        for one, at in ((first, now), (last, first if last - first < timedelta(days=1) else now))
    ]
    words = f"{translate('● inside  □ outside', language)}   {ends[0]} – {ends[1]}"
    if evidence.left_out:
        left_out = written(f"{evidence.left_out:,}", language)
        words += translate(", {number} others not drawn", language, number=left_out)
    return words


class ConversationGraph:
    """The graph of the chosen finding."""

    def __init__(self) -> None:
        self._edges = ColumnDataSource(edge_rows(None))
        self._arrows = ColumnDataSource(arrow_rows(None))
        self._nodes = ColumnDataSource(node_rows(None))
        self._texts = ColumnDataSource(text_rows(None, role="", below="", middle=""))
        self._tips = HoverTool(), HoverTool()
        self._heights = Range1d(start=-1, end=1)
        self.figure = self._draw()
        self.speak("en")
        self.say("")

    def speak(self, language: str) -> None:
        """Speak a language from now on; then show or say again."""
        self._language = language
        edges, nodes = self._tips

        def say(text: str) -> str:
            return translate(text, language)

        edges.tooltips = [(say("Who"), "@who"), (say("to whom"), "@whom"), ("", "@told")]
        nodes.tooltips = [(say("host"), "@name"), (say("where"), "@where"), ("", "@told")]

    def say(self, words: str) -> None:
        """Show these words instead of a graph."""
        middle = words or translate(CHOOSE, self._language)
        self._put(None, text_rows(None, role="", below="", middle=middle))

    def show(self, evidence: FlowEvidence, *, kind: str, time_zone: str, now: datetime) -> None:
        """Show some evidence.

        Args:
            evidence: What is shown.
            kind: Of the event: whether its host is one that attacks.
            time_zone: IANA name of the site's.
            now: The time: a window of today is told without its date.
        """
        language = self._language
        graph = graph_of(evidence, language=language)
        role = translate("attacker" if kind in _ATTACKS else "in alarm", language)
        below = caption(evidence, time_zone, now, language)
        middle = "" if graph.edges else translate(NO_EDGES, language)
        self._put(graph, text_rows(graph, role=role, below=below, middle=middle))

    def _put(self, graph: Graph | None, texts: dict[str, Any]) -> None:
        if texts == self._texts.data and edge_rows(graph) == self._edges.data:
            return
        start, end = heights(graph)
        self._heights.update(start=start, end=end)
        self._edges.data = edge_rows(graph)
        self._arrows.data = arrow_rows(graph)
        self._nodes.data = node_rows(graph, self._language)
        self._texts.data = texts

    def _draw(self) -> figure:
        plot = figure(
            x_range=Range1d(start=0, end=1),
            y_range=self._heights,
            sizing_mode="stretch_both",
            min_border=0,
            tools=[],
        )
        theme.darken(plot)
        plot.axis.visible = False
        plot.grid.visible = False
        edges = plot.multi_line(
            xs="xs",
            ys="ys",
            line_color="colour",
            line_dash="dash",
            line_width="width",
            line_alpha=0.8,
            source=self._edges,
        )
        plot.scatter(
            x="x",
            y="y",
            marker="triangle",
            angle="angle",
            size=9,
            fill_color="colour",
            line_color=theme.PANEL,
            source=self._arrows,
        )
        nodes = plot.scatter(
            x="x",
            y="y",
            marker="marker",
            size="size",
            fill_color="fill",
            line_color="colour",
            line_width=2,
            source=self._nodes,
        )
        plot.text(
            x="x",
            y="y",
            text="text",
            x_offset="dx",
            y_offset="dy",
            source=self._texts,
            text_align="align",
            text_baseline="middle",
            text_color="colour",
            text_font={"value": theme.FONT},
            text_font_size="11px",
            text_font_style="style",
            **theme.HALO,
        )
        of_edges, of_nodes = self._tips
        of_edges.renderers, of_nodes.renderers = [edges], [nodes]
        plot.add_tools(of_edges, of_nodes)
        return plot
