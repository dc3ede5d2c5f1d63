"""How an alert changes: the next version of it, with a line in its history."""

from datetime import datetime

from pydantic import ValidationError

from hlaska.alerts.alert import MOST_ENTRIES, MOST_TEXT, Alert, Entry
from hlaska.errors import AlertError


def entry(*, at: datetime, by: str, did: str, words: str = "") -> Entry:
    """One line of a history; what does not fit of the words is cut off.

    Raises:
        AlertError: `at` has no time zone, or `by` is nobody's name.
    """
    try:
        return Entry(at=at, by=by, did=did, words=words[:MOST_TEXT])
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][0]}={e['input']!r}: {e['msg']}" for e in error.errors())
        raise AlertError(
            f"{did}: {wrong}; give a time with a time zone, and a name of 1 to 80 letters in one "
            "line"
        ) from None


def with_entry(history: tuple[Entry, ...], line: Entry) -> tuple[Entry, ...]:
    """A history with one more line: when it is full, the oldest line but the first one goes.

    Lines stand in the order in which things were done, whatever their clocks say.
    """
    if len(history) < MOST_ENTRIES:
        return (*history, line)
    return (history[0], *history[len(history) - MOST_ENTRIES + 2 :], line)


def changed(alert: Alert, line: Entry | None = None, **values: object) -> Alert:
    """The next version of an alert, with other values and one more line in its history."""
    history = alert.history if line is None else with_entry(alert.history, line)
    return alert.model_copy(update={"history": history, **values, "version": alert.version + 1})
