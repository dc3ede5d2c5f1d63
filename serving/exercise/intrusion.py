"""An attack on the camera network: flows among those of a usual day, judged as in the street."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from catalogs.exercise.cues import AttackCue
from catalogs.traffic.attacks import newcomer
from catalogs.traffic.attacks.bruteforce import guess
from catalogs.traffic.attacks.redirection import between_them
from catalogs.traffic.attacks.scan import of_hosts
from catalogs.traffic.cast import Cast
from catalogs.traffic.chance import Chance
from catalogs.traffic.day import BEGINS, MadeDay, with_attacks
from catalogs.traffic.video import Lens
from hlaska.events import event_id
from hlaska.network.conversations import ended_at
from hlaska.network.inventory import Inventory
from hlaska.network.network import FlowFeed
from hlaska.network.watch import WatchArgs
from hlaska.sites import Site
from serving.cyber.deployment import FlowArgs, inside
from serving.cyber.events import Reporter
from serving.cyber.judge import Case, Judge
from serving.cyber.replay import pieces
from serving.exercise.performed import SCORED, Performed, marked, moment

LEARNT_H = 6.0
"""So much of a usual day comes before the attack; but for the last of it all is taken as usual."""
STILL_S = 300.0
AFTER_S = 120.0
"""Of traffic after the attack."""
LOOKS_S = 5.0
"""So often what has been seen is judged: flows come in such pieces."""
SCAN_S, GUESS_S = 90.0, 210.0
"""When the scan and the guessing begin, after the device has shown itself."""
IMPOSTOR = 166
"""Last number of the device's address."""
NETWORK_S = 0.5


class Guard:
    """Watches over the network of an exercise.

    Args:
        site: Whose network it is.
        begins: When the day begins, UTC.

    Raises:
        ModelError: the flow models cannot be had.
    """

    def __init__(self, site: Site, begins: datetime) -> None:
        self._site, self._begins = site, begins
        self._models = inside(FlowArgs())

    @property
    def models(self) -> str:
        """Which rules and models judge."""
        return " and ".join(["rules", *(model.ref.name for model in self._models)])

    def watch(self, cue: AttackCue, feed: FlowFeed) -> list[Performed]:
        """What is found of an attack, with its evidence."""
        day = self._made(cue)
        network = self._site.addresses
        learn_s = LEARNT_H * 3600 - STILL_S
        inventory = Inventory(learn_s=learn_s)
        judge = Judge(network, inventory, WatchArgs(learn_s=learn_s), *self._models)
        reporter = Reporter(self._site, feed, network)
        # From the made day's clock to that of the exercise.
        shift = moment(self._begins, cue.at_s) - (BEGINS + timedelta(hours=LEARNT_H))
        items = []
        for cases, seen_s in _judged(judge, day.flows):
            at_s = cue.at_s + seen_s - LEARNT_H * 3600 + NETWORK_S
            for case in cases:
                if case.finding.observed_at + shift < moment(self._begins, cue.at_s):
                    continue  # of the hours before the attack
                event, evidence = reporter.event(case.finding, case.window, case.model)
                observed_at = event.observed_at + shift
                again = event_id(
                    site=event.site,
                    source=event.source,
                    kind=event.kind,
                    place=event.id,
                    started_at=observed_at,
                    epoch=self._begins,
                )
                told = marked(event, SCORED, id=again, observed_at=observed_at)
                items.append(Performed(told, at_s, cue.activity, evidence))
        return items

    def _made(self, cue: AttackCue) -> MadeDay:
        chance = Chance(np.random.default_rng(cue.seed))
        cast = Cast.of(self._site)
        camera = next(one.ip for one in self._site.assets if one.carries == cue.camera)
        who, begin_s = f"{cast.prefix}{IMPOSTOR}", LEARNT_H * 3600
        taken_s = begin_s + cue.taken_at_s - cue.at_s
        lens = replace(Lens.drawn(chance), by_datagram=False)
        lasts_s = cue.end_s - cue.taken_at_s
        parts = [
            newcomer.board(chance, cast, begin_s, src=who),
            of_hosts(chance, cast, begin_s + SCAN_S, src=who, hosts=cast.cameras, ports_each=120),
            guess(
                chance, cast, begin_s + GUESS_S, service="rtsp", victim=camera, src=who, most_s=100
            ),
            between_them(chance, cast, taken_s, camera=camera, src=who, lasts_s=lasts_s, lens=lens),
        ]
        return with_attacks(chance, cast, parts, (taken_s + lasts_s + AFTER_S) / 3600)


def _judged(judge: Judge, flows: pd.DataFrame) -> Iterator[tuple[list[Case], float]]:
    """What is found, and by which second of the made day all that it rests on had been seen."""
    ends_s = (ended_at(flows) - BEGINS).dt.total_seconds().to_numpy()
    live = int(np.searchsorted(ends_s, LEARNT_H * 3600 - STILL_S))
    for part in pieces(flows.iloc[:live]):
        yield judge.take(part), LEARNT_H * 3600 - STILL_S
    last_s = float(ends_s[-1])
    edges = np.arange(LEARNT_H * 3600 - STILL_S, last_s + LOOKS_S, LOOKS_S)
    for edge in edges[1:]:
        until = int(np.searchsorted(ends_s, edge, side="right"))
        if until > live:
            yield judge.take(flows.iloc[live:until]), float(edge)
            live = until
    yield judge.finish(), last_s
