"""The flow models on Ray Serve: one stateless deployment for all feeds, in batches."""

import asyncio
from dataclasses import replace
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
from serving.cyber.judge import FlowModel
from serving.cyber.scorer import FlowScorer
from serving.models import resolve

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


def _loaded(args: FlowArgs) -> dict[str, tuple[FlowScorer, ModelRef]]:
    settings = Settings.load()
    models = {"attacks": args.attack_model, "anomaly": args.anomaly_model}
    found = {name: resolve(uri, settings) for name, uri in models.items()}
    return {name: (FlowScorer.load(model), model.ref) for name, model in found.items()}


def _drift(scorer: FlowScorer, rows: Rows) -> float:
    return scorer.drift(rows) / scorer.drift_limit


@serve.deployment(health_check_period_s=5, health_check_timeout_s=20)
class FlowDeployment:
    """Both flow models, which Ray Serve copies, batches and watches."""

    def __init__(self, args: FlowArgs) -> None:
        self._models = _loaded(args)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S)
    async def attacks(self, requests: list[Rows]) -> list[Rows]:
        """Scores of conversations; see `FlowScorer.score`."""
        return await self._score("attacks", requests)

    @serve.batch(max_batch_size=BATCH, batch_wait_timeout_s=BATCH_WAIT_S)
    async def anomaly(self, requests: list[Rows]) -> list[Rows]:
        """Scores of hosts; see `FlowScorer.score`."""
        return await self._score("anomaly", requests)

    async def drift(self, rows: Rows) -> float:
        """How far an hour's hosts are from those of training, over what is allowed."""
        return await asyncio.to_thread(_drift, self._models["anomaly"][0], rows)

    async def models(self) -> dict[str, tuple[ModelCard, ModelRef]]:
        """What it runs: the versions that aliases meant when they were loaded."""
        return {name: (scorer.card, ref) for name, (scorer, ref) in self._models.items()}

    async def check_health(self) -> None:
        """Score nothing in particular: a replica that cannot is replaced."""
        for scorer, _ in self._models.values():
            await asyncio.to_thread(scorer.score, np.zeros((1, scorer.columns), np.float32))

    async def _score(self, name: str, requests: list[Rows]) -> list[Rows]:
        scorer, _ = self._models[name]
        scores = await asyncio.to_thread(scorer.score, np.concatenate(requests))
        return np.split(scores, np.cumsum([len(request) for request in requests])[:-1])


def shared(flows: DeploymentHandle) -> tuple[FlowModel, FlowModel]:
    """The deployed models as feeds use them: of attacks, and of anomalies.

    Raises:
        ModelError: they do not come up.
    """
    known = introduced(flows.models.remote, who="the flow models")

    def scored(method: str, rows: Rows) -> Rows:
        answer = ask(
            lambda: getattr(flows, method).remote(rows), who="the flow models", shed="minutes"
        )
        if not isinstance(answer, np.ndarray) or len(answer) != len(rows):
            raise ModelError(f"{len(rows)} rows were sent, the answer is of other length")
        return answer

    def drift(rows: Rows) -> float:
        return float(ask(lambda: flows.drift.remote(rows), who="the flow models", shed="minutes"))

    attacks, anomaly = (
        FlowModel(partial(scored, name), *known[name]) for name in ("attacks", "anomaly")
    )
    return attacks, replace(anomaly, drift=drift)


def inside(args: FlowArgs) -> tuple[FlowModel, FlowModel]:
    """Flow models in this very process: for a small box, a replay, an evaluation.

    Raises:
        ModelError: they cannot be had.
    """
    models = _loaded(args)
    attacks, anomaly = (
        FlowModel(scorer.score, scorer.card, ref, partial(_drift, scorer))
        for scorer, ref in models.values()
    )
    return attacks, anomaly
