"""`hlaska replay`: recorded traffic through the same rules and models as the street's."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from catalogs import sites
from hlaska.errors import HlaskaError, SiteError
from hlaska.settings import Settings
from hlaska.sites import Site
from serving import telemetry

replay = typer.Typer(
    no_args_is_help=True,
    help="Look for attacks in recorded traffic: logs, captures, flow tables.",
)

SiteOption = Annotated[str, typer.Option(help="Site name or file: what addresses are.")]
LearnOption = Annotated[
    float,
    typer.Option(
        help="Hours from the first flow in which all that is new is taken for usual.", min=0
    ),
]
ModelsOption = Annotated[
    bool, typer.Option("--models/--no-models", help="Ask the models too, or only the rules.")
]
SendOption = Annotated[
    bool, typer.Option("--send", help="Send what is found to the gateway that runs (`hlaska up`).")
]


@replay.callback()
def _replay() -> None:
    """Look for attacks in recorded traffic: logs, captures, flow tables."""


def _command(scheme: str, what: str, example: str) -> Callable[..., None]:
    def command(
        path: Annotated[Path, typer.Argument(help=what, show_default=False)],
        site: SiteOption = "pilsen",
        learn: LearnOption = 0.0,
        models: ModelsOption = True,
        send: SendOption = False,
    ) -> None:
        telemetry.switch_off()
        _play(f"{scheme}:{path}", site, learn, models=models, send=send)

    command.__doc__ = (
        f"Look for attacks in {what}\n\nEach finding is one line, told once. Addresses of the "
        "site's file are shown by name; its ranges say what is inside.\n\n\b\n"
        f"Example:\n  hlaska replay {example}\n"
    )
    return command


for _scheme, _what, _example in (
    ("zeek", "a folder of Zeek logs, or one conn.log.", "zeek /var/log/zeek/2026-11-23"),
    ("eve", "an eve.json of Suricata.", "eve /var/log/suricata/eve.json"),
    ("pcap", "a capture, pcap or pcapng.", "pcap monday.pcap --site my-city.yaml"),
    ("csv", "a flow table as CSV, with the columns of hlaska.network.flows.", "csv flows.csv"),
    ("binetflow", "a binetflow file of Argus, commas or tabs between.", "binetflow a.binetflow"),
):
    replay.command(name=_scheme)(_command(_scheme, _what, _example))


def _play(uri: str, site_name: str, learn_h: float, *, models: bool, send: bool) -> None:
    # Imported here: pandas and scikit-learn take seconds, and `--help` should not.
    from hlaska.network.inventory import Inventory
    from hlaska.network.network import FlowFeed
    from hlaska.network.watch import WatchArgs
    from serving.client import Gateway
    from serving.cyber.deployment import FlowArgs, inside
    from serving.cyber.events import Reporter
    from serving.cyber.feeds import in_order
    from serving.cyber.judge import Case, Judge
    from serving.cyber.replay import pieces
    from serving.cyber.source import open_feed

    console, errors = Console(), Console(stderr=True)
    settings = Settings.load()
    site = _site(site_name)
    network = site.addresses
    attack_model, anomaly_model = inside(FlowArgs()) if models else (None, None)
    args = WatchArgs(learn_s=learn_h * 3600)
    judge = Judge(network, Inventory(learn_s=args.learn_s), args, attack_model, anomaly_model)
    # Events need a source: the site's feed, or one that is called so.
    feeds = site.network.feeds or (FlowFeed(id="replay", name="Replay", uri=uri),)
    reporter = Reporter(site, feeds[0], network)
    found: Counter[str] = Counter()
    events = []

    def tell(cases: list[Case]) -> None:
        for case in cases:
            found[case.finding.kind] += 1
            by = case.model.name if case.model else "rule"
            line = Text.assemble(
                (f"{case.finding.observed_at:%Y-%m-%d %H:%M:%S}  ", "dim"),
                (f"{case.finding.kind.removeprefix('cyber.'):18}", "bold"),
                f" {case.finding.words}",
                (f"  [{by}]", "dim"),
            )
            console.print(line, soft_wrap=True)
            events.append(reporter.event(case.finding, case.window, case.model))

    flows = unreadable = 0
    began_s = time.perf_counter()
    feed = open_feed(uri, follow=False)
    try:
        with errors.status("reading …") as status:
            for told in in_order(feed.told()):
                flows, unreadable = flows + len(told.flows), unreadable + told.unreadable
                if told.complaint:
                    errors.print(told.complaint, style="yellow", markup=False)
                for part in pieces(told.flows):
                    tell(judge.take(part))
                status.update(f"{flows:,} flows, up to {judge.watch.now or '…'}")
            tell(judge.finish())
    finally:
        feed.close()
    took_s = time.perf_counter() - began_s
    if send:
        with Gateway(settings.gateway_url, settings.token) as gateway:
            for event, evidence in events:
                for piece in event.evidence:
                    gateway.send_evidence(piece.sha256, piece.media_type, evidence[piece.sha256])
                gateway.send_events([event])
    _sum_up(console, found, flows, unreadable, took_s, sent=len(events) if send else None)
    if judge.trouble:
        # What the rules found is told and sent all the same.
        raise HlaskaError(judge.trouble)


def _site(name: str) -> Site:
    try:
        return sites.load(Path(name)) if name.endswith((".yaml", ".yml")) else sites.named(name)
    except SiteError as error:
        raise typer.BadParameter(str(error), param_hint="--site") from error


def _sum_up(
    console: Console,
    found: Counter[str],
    flows: int,
    unreadable: int,
    took_s: float,
    *,
    sent: int | None,
) -> None:
    pace = flows / max(took_s, 1e-9)
    table = Table(title=f"{flows:,} flows in {took_s:.1f} s, {pace:,.0f} a second")
    table.add_column("finding")
    table.add_column("times", justify="right")
    for kind, times in found.most_common():
        table.add_row(kind, str(times))
    if not found:
        table.add_row("nothing", "")
    console.print(table)
    if unreadable:
        console.print(f"{unreadable:,} records could not be read and were skipped")
    if sent is not None:
        console.print(f"{sent} events sent to the gateway")
