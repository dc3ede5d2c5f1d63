"""What a dispatcher can do, one key each; and the sound of a new alert."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import param

from dashboards.alert_wording import sensor_name
from dashboards.alert_words import VERDICTS, alert_title, zone_name
from dashboards.language import translate
from dashboards.part import Part
from dashboards.wording import kind_title
from hlaska.alerts.actions import possible
from hlaska.alerts.alert import Alert
from hlaska.sites import Site

REASONS = ("nothing is there", "known works or a test", "the sensor errs", "told twice")
"""Why an alert is dismissed, mostly; anything else can be written."""


def targets_of(alerts: Sequence[Alert], site: Site, language: str) -> list[dict[str, Any]]:
    """The alerts that an action is for, as the script wants them.

    Returns:
        `id`, `version` (as it is shown: nobody orders blindly), `title`, `can` (names of the
        actions that are possible), and for a silence: whether it is `open`; the `kind`, `zone` and
        `source` that it could be about (`id`, `name`; empty for none).
    """
    return [_target(alert, site, language) for alert in alerts]


def _target(alert: Alert, site: Site, language: str) -> dict[str, Any]:
    return {
        "id": alert.id,
        "version": alert.version,
        "title": alert_title(alert, language),
        "can": possible(alert.state),
        "open": alert.is_open,
        # A silence of a kind or a source hides only alerts that have no other.
        "kind": _named(alert.kinds, lambda kind: kind_title(kind, language)),
        "zone": _named([alert.zone or ""], lambda zone: zone_name(zone, site, language)),
        "source": _named(alert.sources, lambda source: sensor_name(source, site, language)),
    }


def _named(ids: Sequence[str], name: Callable[[str], str]) -> dict[str, str]:
    return {"id": ids[0], "name": name(ids[0])} if len(set(ids)) == 1 and ids[0] else {}


def verdict_choices(language: str) -> list[list[str]]:
    """Each verdict and what it is called."""
    return [[str(one), translate(word, language)] for one, word in VERDICTS.items() if one]


def reason_choices(language: str) -> list[str]:
    """Each reason in the language."""
    return [translate(reason, language) for reason in REASONS]


def barred_words(person: str, *, connected: bool, language: str) -> str:
    """Why nothing can be ordered now; empty: it can."""
    if not connected:
        return translate("No connection: nothing can be ordered now", language)
    return "" if person else translate("Write your name on top: every order bears it", language)


class AlertActions(Part):
    """The actions on the chosen alert or on all that are marked, and how the last one went.

    The script sends each order with a number of its own; `answer` bears the same number. What
    somebody wrote stays until its order is done.
    """

    targets = param.List(default=[], item_type=dict, doc="See `targets_of`.")
    person = param.String(default="", doc="Who orders.")
    barred = param.String(default="", doc="Why nothing can be ordered now; empty: it can.")
    verdicts = param.List(default=verdict_choices("en"), doc="See `verdict_choices`.")
    reasons = param.List(default=reason_choices("en"), doc="See `reason_choices`.")
    answer = param.Dict(default={}, doc="How an order went: `number`, `done`, `words`.")
    ring = param.Dict(default={}, doc="A sound to be made: `number` (counts up), `severity`.")

    _esm = "browser/alert_actions.js"
    _look: ClassVar[str] = "alert_actions.css"
