"""What a model must do in any case, however good its figures: a list for each task.

After Ribeiro et al., Beyond accuracy: behavioral testing of NLP models with CheckList (ACL 2020):
minimum function, invariance, direction. Data are made, with seeds of their own, or the clip of the
catalog where it can be had; what needs something that is not here is *not tried*, which is said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hlaska.errors import DataError, ModelError, SourceError
from training.registry.verdict import Check, Outcome


class Kind(StrEnum):
    """What is asked."""

    MINIMUM = "minimum function"
    INVARIANCE = "invariance"
    DIRECTION = "direction"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that a model must do."""

    kind: Kind
    what: str
    """In words: «a blank picture shows nobody»."""
    ask: Callable[[], tuple[bool, str]]
    """Whether it holds, and what was seen. Raises DataError where its data cannot be had."""


def tried(behaviours: Sequence[Behaviour]) -> list[Check]:
    """Asks them all; a model that breaks down over one has not done it."""
    checks = []
    for one in behaviours:
        try:
            holds, why = one.ask()
            outcome = Outcome.PASSED if holds else Outcome.FAILED
        except (ModelError, SourceError) as error:
            outcome, why = Outcome.FAILED, str(error)
        except DataError as error:
            outcome, why = Outcome.NOT_TRIED, f"its data cannot be had: {error}"
        checks.append(Check(what=f"{one.kind}: {one.what}", outcome=outcome, why=why))
    return checks
