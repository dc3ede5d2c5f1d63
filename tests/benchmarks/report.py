"""Tables of figures: on the screen, as JSON, and in the pages beside this, between markers."""

import json
import math
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import rich.box
import rich.console
import rich.table

from hlaska.results import Column, ResultTable, Value, written

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).parent
BASELINE = Path(__file__).with_name("baseline.json")
MOST_BESIDE = 12
"""Systems that fit beside each other on a page; of more, each is a line."""
BUILD = ROOT / "build" / "bench"

Baseline = dict[str, dict[str, dict[str, float]]]
"""Figures by table, row and column."""


@dataclass(frozen=True)
class Circumstances:
    """When, where and of what the figures are."""

    date: str
    cpu: str
    cores: int
    memory_gb: int
    load: float
    """Processes that wanted to run in the minute before (1 min load average)."""
    commit: str
    quick: bool

    def __str__(self) -> str:
        """One line for people."""
        return (
            f"{self.date}, {self.cpu}, {self.cores} cores, {self.memory_gb} GB, load before "
            f"{self.load:.1f}, Python {platform.python_version()}, commit {self.commit}"
        )


def circumstances(*, quick: bool) -> Circumstances:
    """Those of now."""
    return Circumstances(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_gb=round(psutil.virtual_memory().total / 1e9),
        load=round(psutil.getloadavg()[0], 2),
        commit=_commit(),
        quick=quick,
    )


def _cpu() -> str:
    try:
        words = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    match = re.search(r"^model name\s*:\s*(.+)$", words, re.MULTILINE)
    return match[1] if match else platform.machine()


def _commit() -> str:
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def figures(tables: list[ResultTable]) -> Baseline:
    """The numbers of some tables."""
    return {
        table.name: {
            str(row["what"]): {
                column.key: float(value)
                for column in table.columns
                if isinstance(value := row.get(column.key), float | int) and math.isfinite(value)
            }
            for row in table.rows
        }
        for table in tables
    }


def screen(table: ResultTable, baseline: Baseline) -> rich.console.Group:
    """For the terminal; in brackets how many times the baseline's figure it is."""
    measured, reasons = _split(table)
    if not measured:
        return rich.console.Group(f"[bold]{table.title}[/bold]", *reasons)
    shown = rich.table.Table(title=table.title, box=rich.box.SIMPLE_HEAD)
    shown.add_column(no_wrap=True)
    for row in measured:
        shown.add_column(str(row["what"]), justify="right", overflow="fold")
    before = baseline.get(table.name, {})
    for column in table.columns:
        cells = [
            _compared(row.get(column.key), column, before.get(str(row["what"]), {}))
            for row in measured
        ]
        shown.add_row(column.heading, *cells)
    return rich.console.Group(shown, *reasons)


def _split(table: ResultTable) -> tuple[list[Mapping[str, Value]], list[str]]:
    """The rows that hold figures, and a sentence for each of the others."""
    measured = [row for row in table.rows if "reason" not in row]
    reasons = [
        f"{row['what']}: {str(row['reason']).removeprefix(str(row['what']) + ': ')}"
        for row in table.rows
        if "reason" in row
    ]
    return measured, reasons


def _compared(value: Value, column: Column, before: dict[str, float]) -> str:
    text = written(value, column.digits)
    base = before.get(column.key)
    if base and isinstance(value, float | int) and math.isfinite(value):
        text += f" (×{value / base:.2f})"
    return text


def markdown(table: ResultTable, when: Circumstances) -> str:
    """For the pages."""
    measured, reasons = _split(table)
    lines = [f"**{table.title}.** {table.note}", ""]
    lines += (
        _side_by_side(table, measured) if len(measured) <= MOST_BESIDE else _below(table, measured)
    )
    # Only what is wrong: what to do about it names folders of one machine.
    lines += [f"\n- {reason.splitlines()[0]}" for reason in reasons]
    return "\n".join([*lines, "", f"*{when}*"])


def _side_by_side(table: ResultTable, measured: list[Mapping[str, Value]]) -> list[str]:
    if not measured:
        return []
    names = [str(row["what"]) for row in measured]
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for column in table.columns:
        cells = [written(row.get(column.key), column.digits) for row in measured]
        lines.append(f"| {column.heading} | " + " | ".join(cells) + " |")
    return lines


def _below(table: ResultTable, measured: list[Mapping[str, Value]]) -> list[str]:
    headings = [column.heading for column in table.columns]
    lines = ["| | " + " | ".join(headings) + " |", "|---" * (len(headings) + 1) + "|"]
    for row in measured:
        cells = [written(row.get(column.key), column.digits) for column in table.columns]
        lines.append(f"| {row['what']} | " + " | ".join(cells) + " |")
    return lines


def placed(page: str, name: str, text: str) -> str:
    """The page with the text between the markers `<!-- NAME -->` and `<!-- end of NAME -->`.

    Raises:
        ValueError: the page does not hold both, in this order, once.
    """
    pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"one <!-- {name} --> followed by one <!-- end of {name} --> is needed")
    return pattern.sub(lambda match: f"{match[1]}{text}\n{match[2]}", page)


def keep(tables: list[ResultTable], when: Circumstances) -> None:
    """Write JSON for machines; and the pages, unless the run was quick and proves nothing.

    Raises:
        ValueError: no page has a place for one of the tables, or two have.
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    for table in tables:
        content: dict[str, Any] = {"circumstances": asdict(when), **asdict(table)}
        (BUILD / f"{table.name}.json").write_text(
            json.dumps(_without_nan(content), indent=2, ensure_ascii=False) + "\n"
        )
    if not when.quick:
        for table in tables:
            pages = {path: path.read_text() for path in sorted(PAGES.glob("*.md"))}
            holding = [path for path, page in pages.items() if f"<!-- {table.name} -->" in page]
            if len(holding) != 1:
                raise ValueError(f"{len(holding)} pages have a place for {table.name}; one must")
            (path,) = holding
            path.write_text(placed(pages[path], table.name, markdown(table, when)))


def read_baseline() -> Baseline:
    """The figures to compare with; none before the first were kept."""
    return json.loads(BASELINE.read_text())["figures"] if BASELINE.exists() else {}


def keep_baseline(tables: list[ResultTable], when: Circumstances) -> None:
    """Make these figures the ones to compare with; those of other tables stay."""
    known = read_baseline() | figures(tables)
    content = {"circumstances": str(when), "figures": known}
    BASELINE.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
