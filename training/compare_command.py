"""`hlaska compare`: systems of several makers, and ours, on the same truth."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from hlaska.errors import ModelError
from hlaska.settings import Settings
from training.console import Out, Send, bars, check_new, keep, say, show


def compare(
    run: Annotated[Path, typer.Argument(help="The run file (YAML).", dir_okay=False)],
    page: Annotated[
        Path | None,
        typer.Option(
            help="New HTML file for the printable report; default: beside the run file, under its "
            "name, in place of an older one.",
            dir_okay=False,
        ),
    ] = None,
    out: Out = None,
    send: Send = True,
) -> None:
    """Judge exports of any maker, and detectors that are run, on the same truth.

    The run file says where the truth is, what was watched (lines, frames per second), and which
    systems are compared: exports with the mapping of their words to ours, or detectors to run on
    the clip. An oracle and a constant are always among the rows; what failed is a row with the
    reason; what cannot be told apart shares a rank. A whole one is in examples/compare:

    \b
    name: our-junction
    title: Our junction, Tuesday noon
    truth: {tracks: truth.txt, kind: person}      # MOT Challenge, CVML or CSV; or counts: truth.csv
    scene:
      starts_at: 2026-05-01T12:00:00+02:00
      fps: 10
      frames: 795
      size_px: [768, 576]
      lines: [{id: gate, name: Gate, points: [[235, 170], [190, 330]], forward: in, backward: out}]
    systems:
      - ours: {detector: "seed:yolo11n-int8"}     # needs `clip:` in the scene
      - export: {system: A box, format: motchallenge, path: box.txt}
        cost: {per_camera_hour: 0.12, source: offer of May}

    \b
    hlaska compare examples/compare/run.yaml
    hlaska compare our-junction.yaml --page report.html --out report.json
    """  # noqa: D301 - click wants the backspace itself
    # Imported here, as it brings torch: `--help` need not wait for it.
    from training.comparison.judging import compare as judged
    from training.comparison.keeping import keep as kept
    from training.comparison.page import page_of
    from training.comparison.reporting import report_of
    from training.comparison.run import load_run
    from training.reporting import send as sent

    check_new(out)
    if page is not None and page.exists():
        raise typer.BadParameter(f"{page} exists already; name a new file", param_hint="--page")
    wanted = load_run(run)
    settings = Settings.load()
    with bars(Console(stderr=True)) as announce:
        found = judged(wanted, run.parent, settings, announce)
    report = report_of(found)
    console = Console()
    for table in report.tables:
        show(console, table)
    console.print(report.summary, markup=False)
    text = run.read_text(encoding="utf-8")
    html = page_of(report, text)
    where = page or run.with_suffix(".html")
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(html, encoding="utf-8")
    console.print(f"page written to {where}", markup=False)
    if out is not None:
        keep(out, report.tables, report.about, [r for rows in report.points.values() for r in rows])
        console.print(f"written to {out}", markup=False)
    if not send:
        return
    try:
        link = kept(found, report, html, text, settings)
        report = report.model_copy(update={"link": link})
    except ModelError as error:
        say(f"not kept in MLflow: {error}")
    if sent(report, [], settings, say=say):
        say(f"report {report.id}: see Vendor comparison in the dashboards")
