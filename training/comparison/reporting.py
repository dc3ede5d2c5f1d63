"""A comparison as the report that dashboards show."""

from hlaska.results import Report, ReportKind, Value
from training.comparison.judging import Comparison
from training.comparison.points import points_of
from training.comparison.tables import CLAIM, summary_of, tables_of, true_crossings
from training.registry.telling import new_id
from training.reporting import evaluation


def report_of(found: Comparison) -> Report:
    """All that was found: tables, points, and what is needed to read them."""
    run, spans = found.run, found.spans
    about: dict[str, Value] = {
        "data": run.truth.tracks or run.truth.crossings or run.truth.counts or run.truth.alerts,
        "data_sha256": found.sha256,
        "measured_on": run.about,
        "from": spans.begins_at.isoformat(),
        "until": spans.ends_at.isoformat(),
        "frames": len(spans.frames),
        "fps": spans.fps,
        "stretches": len(spans.stretches()),
        "stretch_s": spans.stretch_s,
        "interval_s": spans.interval_s,
        "classes": ", ".join(found.kinds),
        "true_crossings": true_crossings(found),
        "claim": CLAIM,
        "constructed": ", ".join(system.shown for system in run.systems if system.constructed),
        "conditions_left_out": "; ".join(found.undivided),
        "judged_in_s": round(found.took_s, 1),
    }
    return evaluation(
        "comparison",
        run.title,
        tables_of(found),
        points=points_of(found),
        about=about,
        id=new_id("comparison", run.name, "run", found.made_at),
        kind=ReportKind.COMPARISON,
        made_at=found.made_at,
        summary=summary_of(found)[:2000],
        site=run.site,
        source=run.scene.camera if run.site is not None else None,
        models=tuple(one.answer.model for one in found.judged if one.answer.model is not None)[:50],
    )
