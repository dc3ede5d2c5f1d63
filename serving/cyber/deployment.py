"""The flow models on Ray Serve: one stateless deployment for all feeds, in batches."""

import asyncio
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from ray import serve
from ray.serve.handle import DeploymentHandle

from hlaska.errors import ModelError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.records import Record
from hlaska.settings import Settings
from serving.asking import ask, introduced
from serving.champion import Reply, Served
from serving.cyber.judge import FlowModel
from serving.cyber.scorer import FlowScorer
from serving.cyber.shadow import Shadows, flow_shadows

BATCH = 8
"""Requests; each holds the conversations, or the hosts, of a whole minute."""
BATCH_WAIT_S = 0.01

Rows = NDArray[np.float32]


class FlowArgs(Record):
    """The flow models' options."""

    attack_model: str = Field(
        default="seed:flow-attacks",
        description="Knows families of attacks: models:/name@alias, seed:NAME, or a folder.",
    )
    anomaly_model: str = Field(
        default="seed:flow-anomaly",
        description="Knows quiet days: models:/name@alias, seed:NAME, or a folder.",
    )
    replicas: int = Field(default=1, ge=1, le=64, description="Copies of the models.")
    cpus: float = Field(
        default=0.1, gt=0, le=64, description="CPUs that Ray sets aside for a copy."
    )
    most_queued: int = Field(
        default=16, ge=1, le=1000, description="Requests that may wait; one more is refused."
    )

    @property
    def uris(self) -> dict[str, str]:
        """Of both models, by the name of the method that asks them."""
        return {"attacks": self.attack_model, "anomaly": self.anomaly_model}


Service = dict[str, Served[FlowScorer]]
"""Both models in service, by the name of the method that asks them."""


def served(args: FlowArgs) -> Service:
    """The models in service, for as long as the process lives.

    Raises:
        ModelError: they cannot be had.
    """
    settings = Settings.load()
    return {name: Served(uri, settings, FlowScorer.load) for name, uri in args.uris.items()}


def _drift(scorer: FlowScorer, rows: Rows) -> float:
    return scorer.drift(rows) / scorer.drift_limit


@serve.deployment(health_check_period_s=5, health_check_timeout_s=20)
class FlowDeployment:
    """Both flow models, which Ray Serve copies, batches and watches."""

    def __init__(self, args: FlowArgs) -> None:
        self._served, self._uris = served(args), args.uris

    # Ray's stub of `batch` knows functions of one argument only.
    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S)  # type: ignore[arg-type]
    async def attacks(  # type: ignore[misc]
        self, requests: list[Rows], known: list[ModelRef]
    ) -> list[Reply[Rows]]:
        """Scores of conversations; see `FlowScorer.score`."""
        return await self._score("attacks", requests, known)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S)  # type: ignore[arg-type]
    async def anomaly(  # type: ignore[misc]
        self, requests: list[Rows], known: list[ModelRef]
    ) -> list[Reply[Rows]]:
        """Scores of hosts; see `FlowScorer.score`."""
        return await self._score("anomaly", requests, known)

    async def drift(self, rows: Rows) -> float:
        """How far an hour's hosts are from those of training, over what is allowed."""
        return await asyncio.to_thread(_drift, self._served["anomaly"].now.scorer, rows)

    async def models(self) -> dict[str, tuple[ModelCard, ModelRef]]:
        """What it runs now."""
        running = {name: service.now.model for name, service in self._served.items()}
        return {name: (model.card, model.ref) for name, model in running.items()}

    async def uris(self) -> dict[str, str]:
        """What it follows: who watches beside it must know."""
        return self._uris

    async def check_health(self) -> None:
        """Score nothing in particular: a replica that cannot is replaced."""
        for service in self._served.values():
            scorer = service.now.scorer
            await asyncio.to_thread(scorer.score, np.zeros((1, scorer.columns), np.float32))

    async def _score(
        self, name: str, requests: list[Rows], known: list[ModelRef]
    ) -> list[Reply[Rows]]:
        service = self._served[name]
        by = service.now
        scores = await asyncio.to_thread(by.scorer.score, np.concatenate(requests))
        parts = np.split(scores, np.cumsum([len(request) for request in requests])[:-1])
        return [service.reply(by, *pair) for pair in zip(parts, known, strict=True)]


Pair = tuple[FlowModel, FlowModel]
"""Of attacks, and of anomalies."""


def pairs(flows: DeploymentHandle | FlowArgs) -> Callable[[], Pair]:
    """Makes a pair of models for each feed of a host; what watches beside them they share.

    Args:
        flows: The deployment, or what to load in this very process.

    Raises:
        ModelError: the models cannot be had, or do not come up.
    """
    settings = Settings.load()
    if isinstance(flows, FlowArgs):
        return partial(used, served(flows), flow_shadows(flows.uris, settings))
    uris = introduced(flows.uris.remote, who="the flow models")
    return partial(shared, flows, flow_shadows(uris, settings))


def shared(flows: DeploymentHandle, shadows: Shadows | None = None) -> Pair:
    """The deployed models as one feed uses them.

    Raises:
        ModelError: they do not come up.
    """
    known = introduced(flows.models.remote, who="the flow models")

    def scored(method: str, rows: Rows) -> Rows:
        model = models[method]
        reply = ask(
            lambda: getattr(flows, method).remote(rows, model.ref),
            who="the flow models",
            shed="minutes",
        )
        answer = reply.told(model)
        if not isinstance(answer, np.ndarray) or len(answer) != len(rows):
            raise ModelError(f"{len(rows)} rows were sent, the answer is of other length")
        return answer

    def drift(rows: Rows) -> float:
        return float(ask(lambda: flows.drift.remote(rows), who="the flow models", shed="minutes"))

    models = {name: FlowModel(partial(scored, name), *known[name]) for name in known}
    models["anomaly"].drift = drift
    return _paired(models, shadows)


def inside(args: FlowArgs) -> Pair:
    """Flow models in this very process: for a replay, an evaluation. Nobody watches beside them.

    Raises:
        ModelError: they cannot be had.
    """
    return used(served(args))


def used(service: Service, shadows: Shadows | None = None) -> Pair:
    """The models of this very process as one feed uses them."""

    def scored(name: str, rows: Rows) -> Rows:
        by = service[name].now
        return service[name].reply(by, by.scorer.score(rows), models[name].ref).told(models[name])

    def drift(name: str, rows: Rows) -> float:
        return _drift(service[name].now.scorer, rows)

    models = {
        name: FlowModel(
            partial(scored, name), each.now.model.card, each.now.model.ref, partial(drift, name)
        )
        for name, each in service.items()
    }
    return _paired(models, shadows)


def _paired(models: dict[str, FlowModel], shadows: Shadows | None) -> Pair:
    for name, shadow in (shadows or {}).items():
        models[name].shadow = shadow
    return models["attacks"], models["anomaly"]
