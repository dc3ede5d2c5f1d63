"""A comparison in MLflow: one run of all of it, and below it a run of each system."""

from hlaska.results import INTERVALS, Report
from hlaska.settings import Settings
from training.comparison.judging import Answer, Comparison, Failed
from training.runs import Child, log_comparison


def keep(found: Comparison, report: Report, page: str, run_file: str, settings: Settings) -> str:
    """Keeps it, and gives the page of the parent run.

    Raises:
        ModelError: the server does not answer, or refuses.
    """
    return log_comparison(
        report,
        children=[
            *(_child(one.answer, report) for one in found.judged),
            *(_failed(one) for one in found.failed),
        ],
        params=found.run.scene,
        texts={"report.html": page, "run.yaml": run_file},
        data_sha256=found.sha256,
        settings=settings,
    )


def _child(answer: Answer, report: Report) -> Child:
    values = {
        str(row["metric"]): float(row["value"])
        for row in report.points[INTERVALS]
        if row["what"] == answer.name and "than" not in row and isinstance(row["value"], float)
    }
    tags = {"system": answer.name, "what": answer.what}
    if answer.sha256:
        tags["export_sha256"] = answer.sha256
    if answer.model is not None:
        tags["model"] = f"{answer.model.name} {answer.model.version}"
    if answer.notes:
        tags["notes"] = "; ".join(answer.notes)
    return Child(answer.name, metrics=values, tags=tags)


def _failed(one: Failed) -> Child:
    return Child(one.name, metrics={}, tags={"system": one.name, "what": one.what},
                 failure=one.reason)  # fmt: skip
