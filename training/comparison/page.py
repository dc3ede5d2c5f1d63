"""The printable page of a comparison: one file of HTML, which needs nothing else and no network.

Everything that comes from a run file or an export is text here, never markup.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from hlaska.results import INTERVALS, Report, ResultTable, Value, written
from training.comparison.figures import METRICS
from training.comparison.pictures import counts_svg, intervals_svg
from training.comparison.points import COUNTS, RANKS
from training.comparison.run import ORACLE

Row = Mapping[str, Value]
_STYLE = Path(__file__).with_name("page.css")
_OWN = ("comparison-scores", "comparison-ranks")
"""Tables that the page shows in a form of its own."""


def page_of(report: Report, run_file: str) -> str:
    """The page.

    Args:
        report: Of a comparison.
        run_file: The text of the run file, which is printed at the end.
    """
    body = [
        f"<h1>{escape(report.title)}</h1>",
        f'<p class="note">{report.made_at:%Y-%m-%d %H:%M %Z} · {escape(report.id)}</p>',
        f'<p class="lead">{escape(report.summary)}</p>',
        _described(report),
        *_scores(report),
        *_pictures(report),
        *_curves(report),
        *(_table(one) for one in report.tables if one.name not in _OWN),
        "<h2>How it was judged</h2>",
        _formulas(),
        "<h2>The run file</h2>",
        f"<pre>{escape(run_file)}</pre>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(report.title)}</title>"
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _described(report: Report) -> str:
    about = {key: value for key, value in report.about.items() if value not in (None, "")}
    words = "".join(
        f"<dt>{escape(key.replace('_', ' '))}</dt><dd>{escape(_plain(value))}</dd>"
        for key, value in about.items()
    )
    return f"<dl>{words}</dl>"


def _plain(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _scores(report: Report) -> Iterator[str]:
    """Systems beside each other, each figure with its interval and rank."""
    table = _named(report, "comparison-scores")
    if table is None:
        return
    intervals = {(row["what"], row["metric"]): row for row in report.points.get(INTERVALS, ())
                 if "than" not in row}  # fmt: skip
    ranks = {(row["what"], row["metric"]): row for row in report.points.get(RANKS, ())}
    had = [row for row in table.rows if "reason" not in row]
    head = "".join(f"<th>{escape(str(row['what']))}</th>" for row in had)
    yield f"<h2>{escape(table.title)}</h2><table><thead><tr><th></th>{head}</tr></thead><tbody>"
    for column in table.columns:
        cells = []
        for row in had:
            where = row["what"], column.heading
            cells.append(_cell(row.get(column.key), column.digits, intervals.get(where),
                               ranks.get(where)))  # fmt: skip
        yield f"<tr><td>{escape(column.heading)}</td>{''.join(cells)}</tr>"
    for row in table.rows:
        if "reason" in row:
            words = f"{row['what']} failed: {row['reason']}"
            yield f'<tr class="failed"><td colspan="{len(had) + 1}">{escape(words)}</td></tr>'
    yield f'</tbody></table><p class="note">{escape(table.note)}</p>'
    ranked = _named(report, "comparison-ranks")
    if ranked is not None:
        yield f'<p class="note"># {escape(ranked.note)}</p>'


def _cell(value: Value, digits: int, interval: Row | None, rank: Row | None) -> str:
    words = escape(written(value, digits))
    more = ""
    if value is not None and interval is not None and interval.get("low") is not None:
        low, high = (escape(written(interval[key], digits)) for key in ("low", "high"))
        more += f'<span class="range">{low}–{high}</span>'
    place = None if rank is None else rank["rank"]
    if place is not None and rank is not None:
        alike = f", as {rank['alike']}" if rank["alike"] else ""
        low_words = ", not above the constant" if rank["above_constant"] == "no" else ""
        told = escape(f"#{place}{alike}{low_words}")
        more += f'<span class="range" style="white-space:normal">{told}</span>'
    first = ' class="first"' if place == 1 else ""
    return f"<td><span{first}>{words}</span>{more}</td>"


def _pictures(report: Report) -> Iterator[str]:
    yield "<h2>With 95 % intervals</h2>"
    digits = {metric.heading: metric.digits for metric in METRICS}
    rows = defaultdict(list)
    for row in report.points.get(INTERVALS, ()):
        if "than" not in row:
            rows[str(row["metric"])].append(row)
    for metric in METRICS:
        if metric.heading in rows:
            picture = intervals_svg(rows[metric.heading], digits[metric.heading])
            yield (
                f"<figure><h3>{escape(metric.heading)}</h3>{picture}"
                f"<figcaption>{metric.better} is better</figcaption></figure>"
            )


def _curves(report: Report) -> Iterator[str]:
    """All counts of each interval together, a picture a system."""
    told: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    true: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in report.points.get(COUNTS, ()):
        what, start = str(row["what"]), str(row["start"])
        told[what][start] += _float(row["count"])
        true[what][start] += _float(row["true"])
    if not told:
        return
    yield "<h2>Counts over time</h2>"
    for what, counts in told.items():
        if what == ORACLE:
            continue
        starts = sorted(counts)
        picture = counts_svg([counts[one] for one in starts], [true[what][one] for one in starts])
        yield f"<figure><h3>{escape(what)}</h3>{picture}</figure>"
    yield '<p class="note">Grey: the truth. Line: what was counted, all lines together.</p>'


def _float(value: Value) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _table(table: ResultTable) -> str:
    """Systems below each other where there are words, else beside each other."""
    had = [row for row in table.rows if "reason" not in row]
    wordy = any(isinstance(row.get(column.key), str) for row in had for column in table.columns)
    if wordy:
        head: Sequence[str] = [column.heading for column in table.columns]
        lines = [
            (str(row["what"]), [(row.get(one.key), one.digits) for one in table.columns])
            for row in had
        ]
    else:
        head = [str(row["what"]) for row in had]
        lines = [
            (column.heading, [(row.get(column.key), column.digits) for row in had])
            for column in table.columns
        ]
    headings = "".join(f"<th>{escape(one)}</th>" for one in head)
    body = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(_value(*cell) for cell in cells)}</tr>"
        for name, cells in lines
    )
    return (
        f"<h2>{escape(table.title)}</h2><table><thead><tr><th></th>{headings}</tr></thead>"
        f'<tbody>{body}</tbody></table><p class="note">{escape(table.note)}</p>'
    )


def _value(value: Value, digits: int) -> str:
    words = ' class="words"' if isinstance(value, str) else ""
    return f"<td{words}>{escape(written(value, digits))}</td>"


def _formulas() -> str:
    lines = "".join(
        f"<dt>{escape(one.heading)}</dt><dd>{escape(one.source)}</dd>" for one in METRICS
    )
    return (
        f"<dl>{lines}<dt>intervals</dt><dd>stretches of time drawn 2000 times with replacement, "
        "the same for all systems; Künsch, Annals of Statistics 17, 1989; Efron and Tibshirani, An "
        "introduction to the bootstrap, 1993</dd><dt>crossings found</dt><dd>its exact interval: "
        "Clopper and Pearson, Biometrika 26, 1934</dd></dl>"
    )


def _named(report: Report, name: str) -> ResultTable | None:
    return next((table for table in report.tables if table.name == name), None)
