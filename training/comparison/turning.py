"""How well turning movements are counted: from which line to which, class by class."""

import pandas as pd

from hlaska.columns import DIRECTION, LINE, OBJECT_CLASS
from training.comparison.counting import Counted, compared, count_figures
from training.comparison.facts import Absent, Facts
from training.comparison.figures import Figures
from training.comparison.spans import Spans


def movements_of(truth: Facts, seen: Facts, spans: Spans) -> Counted | Absent:
    """True movements and a system's; a movement that never happened is one of its cells too."""
    for part in (truth.movements, seen.movements):
        if isinstance(part, Absent):
            return part
    real, told = truth.movements, seen.movements
    assert isinstance(real, pd.DataFrame) and isinstance(told, pd.DataFrame)
    columns = [LINE, DIRECTION, OBJECT_CLASS]
    classes = set(real[OBJECT_CLASS])
    judged = pd.concat([real, told[told[OBJECT_CLASS].isin(classes)]])[columns].drop_duplicates()
    cells = sorted(judged.itertuples(index=False, name=None))
    if real.empty:
        return Absent("nobody turns in the judged time")
    return compared(real, told, spans, cells)


def turn_figures(both: Counted | Absent) -> Figures:
    """Sum of |counted - true| per true movement; the units are intervals."""
    return {"turn_error": count_figures(both)["count_error"]}
