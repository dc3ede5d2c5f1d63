"""What to do about the chosen alert: the steps of its playbook, who does them, and by when."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import param

from dashboards.alert_wording import clock_time
from dashboards.language import translate
from dashboards.part import Part
from hlaska.alerts.alert import Alert
from hlaska.playbooks import Playbook, Playbooks, Step, Translated
from hlaska.sites import Site


def said(words: Translated, language: str) -> str:
    """The words in a language that they are written in; else in English."""
    return words.cs if language == "cs" else words.en


def steps_of(alert: Alert, playbooks: Playbooks) -> Playbook | None:
    """The playbook of an alert; None when there is none."""
    return playbooks.get(alert.playbook) if alert.playbook else None


def next_step(alert: Alert, playbook: Playbook) -> Step | None:
    """The first step that is not done while all that come before it are; None: all are done."""
    done = {one.step for one in alert.confirmed}
    open_ones = [step for step in playbook.steps if step.id not in done]
    ready = [step for step in open_ones if done.issuperset(step.after)]
    return next(iter(ready or open_ones), None)


def playbook_facts(
    alert: Alert | None, playbooks: Playbooks, site: Site, now: datetime, language: str
) -> dict[str, Any]:
    """All that is written about the steps, as the script wants it.

    Returns:
        `title`, `source`, `alert` (id), `version`, `open`, `empty` (what stands there instead), and
        `steps`: `id`, `do`, `who`, `by`, `key`, `due_s` (seconds until it should be done; negative:
        late), `done` (words; empty: not done), `waits` (numbers of the steps that come before),
        `next`.
    """
    if alert is None:
        return {"steps": [], "empty": translate("Choose an alert to see what to do", language)}
    playbook = steps_of(alert, playbooks)
    if playbook is None:
        return {"steps": [], "empty": translate("No recommended actions for this", language)}
    coming = next_step(alert, playbook)
    numbers = {step.id: number for number, step in enumerate(playbook.steps, 1)}
    confirmed = {one.step: one for one in alert.confirmed}
    steps = []
    for step in playbook.steps:
        deadline = alert.opened_at + timedelta(seconds=step.within_s)
        one = confirmed.get(step.id)
        done = ""
        if one is not None:
            when = clock_time(one.at, site, now, language)
            done = translate("done at {time}, {person}", language, time=when, person=one.by)
        waits = [numbers[name] for name in step.after if name not in confirmed and name in numbers]
        steps.append(
            {
                "id": step.id,
                "do": said(step.do, language),
                "who": said(step.who, language),
                "by": said(step.confirmed_by, language),
                "key": step.key,
                "due_s": (deadline - now).total_seconds(),
                "done": done,
                "waits": waits if one is None else [],
                "next": coming is not None and step.id == coming.id,
            }
        )
    return {
        "title": said(playbook.title, language),
        "source": playbook.source,
        "alert": alert.id,
        "version": alert.version,
        "open": alert.is_open,
        "steps": steps,
        "empty": "",
    }


class PlaybookSteps(Part):
    """The steps, each with who does it, who confirms it and the time that is left; C confirms."""

    facts = param.Dict(default={"steps": [], "empty": ""}, doc="See `playbook_facts`.")
    barred = param.String(default="", doc="Why nothing can be ordered now; empty: it can.")

    _esm = "browser/playbook_steps.js"
    _look: ClassVar[str] = "playbook_steps.css"
