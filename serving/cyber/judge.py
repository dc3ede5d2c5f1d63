"""A feed's flows to findings: the watch with its rules, and the models, minute by minute.

No thread, no clock: evaluation and replay run recordings through the same class as the street does.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hlaska.errors import ModelError, SourceError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.network.conversations import stacked
from hlaska.network.features import conversation_features, host_features
from hlaska.network.finding import NetworkFinding
from hlaska.network.inventory import Inventory
from hlaska.network.judging import Anomalies, HostScores, attacks
from hlaska.network.network import Network
from hlaska.network.watch import Look, Watch, WatchArgs
from hlaska.network.window import Window
from serving.class_agreement import Where
from serving.cyber.shadow import FlowShadow, asked, of_conversations, of_hosts

Numbers = NDArray[np.int64]
Score = Callable[[NDArray[np.float32]], NDArray[np.float32]]
HOUR_MINUTES = 60
"""So long a stretch is compared with what a model was trained on."""


@dataclass
class FlowModel:
    """A model of flows as one feed uses it: each has its own, since the version may change."""

    score: Score
    """n x features to n x classes."""
    card: ModelCard
    """Of the model that gave the last answer, as is `ref`."""
    ref: ModelRef
    drift: Callable[[NDArray[np.float32]], float] | None = None
    """How far an hour's rows are from those it was trained on, over what is allowed."""
    note: str = ""
    """See `serving.champion.User`."""
    shadow: FlowShadow | None = None
    """A challenger that is shown the same afterwards; nobody waits for it or listens to it."""

    def answer(self, rows: NDArray[np.float32], where: Where) -> NDArray[np.float32]:
        """The scores of rows, which the shadow is offered as well.

        Args:
            rows: n x features.
            where: What each row is about, and when; for the shadow's report.

        Raises:
            ModelError: the model does not answer, or is wrong.
            SourceError: the rows are wrong.
        """
        began_s = time.monotonic()
        scores = self.score(rows)
        took_s = time.monotonic() - began_s
        if self.shadow is not None and len(rows):
            make = partial(asked, self.card, self.ref, rows, scores, took_s, where)
            self.shadow.offer(make, took_s)
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A finding and the conversations that it was found in."""

    finding: NetworkFinding
    window: pd.DataFrame
    model: ModelRef | None = None
    """Whose scores it rests on; None: a rule found it."""


@dataclass(slots=True)
class Judge:
    """What is made of one feed's flows.

    Args:
        network: What addresses are.
        inventory: What is known already.
        args: How to watch.
        attack_model: Knows families of attacks; None: only rules look.
        anomaly_model: Knows quiet days; None as well.
    """

    network: Network
    inventory: Inventory
    args: WatchArgs
    attack_model: FlowModel | None = None
    anomaly_model: FlowModel | None = None
    watch: Watch = field(init=False)
    anomalies: dict[str, float] = field(init=False, default_factory=dict)
    """The newest score of each host over its threshold."""
    minute: Window | None = field(init=False, default=None)
    """The last complete minute."""
    drift: float = field(init=False, default=0.0)
    """How far the last hour's hosts are from those that the anomaly model was trained on, over what
    is allowed: above 1 it is not to be trusted."""
    trouble: str = field(init=False, default="")
    """Why a model did not answer the last time; the rules go on without it. Empty: all is well."""
    _hour: list[NDArray[np.float32]] = field(init=False, default_factory=list)
    _unlike: Anomalies = field(init=False, default_factory=Anomalies)

    def __post_init__(self) -> None:
        self.watch = Watch(self.network, self.inventory, self.args)

    def take(self, flows: pd.DataFrame) -> list[Case]:
        """Take flows in; what begins with them. A model that does not answer is `trouble`."""
        return self._cases(self.watch.take(flows))

    def tick(self, now: datetime) -> list[Case]:
        """No flow has come for a while."""
        return self._cases(self.watch.tick(now))

    def finish(self) -> list[Case]:
        """No more will come."""
        return self._cases(self.watch.finish())

    def _cases(self, looks: list[Look]) -> list[Case]:
        cases = [Case(finding, look.window.table) for look in looks for finding in look.began]
        minutes = [look.minute for look in looks if look.minute is not None and len(look.minute)]
        if not minutes:
            return cases
        self.minute = minutes[-1]
        # Asked once for all minutes: an answer takes longer than to work it out.
        numbers = np.repeat(np.arange(len(minutes)), [len(minute) for minute in minutes])
        talks = stacked([minute.table for minute in minutes])
        self.trouble = ""
        try:
            if self.attack_model is not None:
                cases += self._attacks(minutes, talks, numbers, self.attack_model)
            if self.anomaly_model is not None:
                cases += self._anomalies(minutes, talks, numbers, self.anomaly_model)
        except (ModelError, SourceError) as error:
            self.trouble = str(error)
            self.spare_shadows()
        return cases

    def spare_shadows(self) -> None:
        """There is too much to do, or something is wrong: challengers look at nothing for now."""
        for model in (self.attack_model, self.anomaly_model):
            if model is not None and model.shadow is not None:
                model.shadow.rest()

    @property
    def trusts_models(self) -> bool:
        """Whether the traffic of the last hour is such as the models were trained on."""
        return self.drift <= 1

    def _attacks(
        self, minutes: list[Window], talks: pd.DataFrame, numbers: Numbers, model: FlowModel
    ) -> list[Case]:
        rows = conversation_features(talks, self.network, windows=numbers)
        scores = model.answer(rows, of_conversations(talks))
        card, known = model.card, self.watch.activities
        cases = []
        for number, minute in enumerate(minutes):
            mine = scores[numbers == number]
            found = attacks(minute, mine, card.classes, card.operating_point, self.inventory)
            # What a rule has told is told, whoever of the two it is about.
            fresh = [
                one
                for one in found
                if known.goes_on(one)
                or not any(one.kind in known.of(host) for host in (one.host, *one.peers))
            ]
            begun = known.begun(fresh if self.trusts_models else (), minute.ends)
            cases += [Case(finding, minute.table, model.ref) for finding in begun]
        return cases

    def _anomalies(
        self, minutes: list[Window], talks: pd.DataFrame, numbers: Numbers, model: FlowModel
    ) -> list[Case]:
        rows = host_features(talks, self.network, windows=numbers)
        if not len(rows.hosts):
            return []
        ends = [minute.ends for minute in minutes]
        found = model.answer(rows.values, of_hosts(rows.hosts, rows.windows, ends))
        # Read after the answer: it may be the first of a new version.
        counted, limit = next(iter(model.card.operating_point.items()))
        scores = found[:, model.card.classes.index(counted)]
        cases = []
        for number, minute in enumerate(minutes):
            mine = rows.windows == number
            judged = HostScores(rows.hosts[mine], scores[mine], limit)
            self.anomalies = {
                str(host): float(score) / limit
                for host, score in zip(judged.hosts, judged.scores, strict=True)
            }
            self._look_for_drift(rows.values[mine], model)
            unlike = self._unlike.update(minute, judged, self.inventory)
            begun = self.watch.activities.begun(unlike if self.trusts_models else (), minute.ends)
            cases += [Case(finding, minute.table, model.ref) for finding in begun]
        return cases

    def _look_for_drift(self, rows: NDArray[np.float32], model: FlowModel) -> None:
        if model.drift is None:
            return
        self._hour.append(rows)
        if len(self._hour) < HOUR_MINUTES:
            return
        hour, self._hour = np.concatenate(self._hour), []
        try:
            drift = model.drift(hour)
        except (ModelError, SourceError) as error:
            # The next hour is asked again.
            self.trouble = str(error)
            return
        # Of few rows nothing can be said.
        self.drift = 0.0 if math.isnan(drift) else drift
