"""What the page about models asks the gateway: reports of a time, and where the registry stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboards.period import Period
from hlaska.results import Report, ReportKind
from serving.client import Gateway

MOST = 200
"""Reports of a time that are listed."""
MOST_MOVES = 200
"""Moves and gates from which the registry's state is read, however long ago."""


@dataclass(frozen=True)
class Results:
    """All that the page shows, the newest first in each."""

    reports: Sequence[Report] = ()
    """Of the chosen time."""
    promotions: Sequence[Report] = ()
    """Of all times."""
    gates: Sequence[Report] = ()
    """Of all times."""
    shadows: Sequence[Report] = ()
    """Of all times."""
    cut: bool = False
    """Whether there are more in that time than are listed."""

    def of(self, kind: ReportKind) -> list[Report]:
        """Those of the chosen time that are of a kind."""
        return [report for report in self.reports if report.kind is kind]

    def find(self, name: str) -> Report | None:
        """The report of that id, if it was asked for."""
        for group in (self.reports, self.promotions, self.gates, self.shadows):
            for report in group:
                if report.id == name:
                    return report
        return None


def ask_results(gateway: Gateway, site: str, period: Period) -> Results:
    """Ask for all of it; what is about another site is left out, what is about none is not.

    Raises:
        GatewayError: the gateway does not answer.
    """
    found = gateway.reports(since=period.since, until=period.until, limit=MOST)

    def ever(kind: ReportKind) -> list[Report]:
        return _here(gateway.reports(kind=kind, limit=MOST_MOVES), site)

    return Results(
        reports=_here(found, site),
        promotions=ever(ReportKind.PROMOTION),
        gates=ever(ReportKind.GATE),
        shadows=ever(ReportKind.SHADOW),
        cut=len(found) >= MOST,
    )


def _here(reports: Iterable[Report], site: str) -> list[Report]:
    return [report for report in reports if report.site in (None, site)]
