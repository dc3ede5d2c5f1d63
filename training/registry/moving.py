"""Moves the champion so that a death at any point leaves the registry right, or repairable.

MLflow changes one alias or tag at a time, so a move is written down first (a tag of the model, as
in a write-ahead log), then the champion moves in a single call, which decides; all that follows can
be repeated. The next command of anybody repairs what was left: forward where the champion had
moved, else the note is dropped and nothing has happened.

Two at once: processes that share a home are kept apart by a lock (`standing.locked`). Others find
out by the note: it is read again before and after the champion moves, and whoever finds another's
has lost. What is left is the moment between the last look and the call: if two notes cross there,
the champion is the later call's, and `previous` may be of the earlier one's making.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Literal

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from pydantic import AwareDatetime, Field, ValidationError

from hlaska.errors import ModelConflictError, ModelError
from hlaska.events import ModelRef
from hlaska.records import Name, Record
from hlaska.results import Report, ReportKind, Value
from training.registry.standing import (
    CHALLENGER,
    CHAMPION,
    GATE,
    PREVIOUS,
    ROLLED_BACK,
    SHADOW,
    VOID,
    standing,
)

MOVING = "moving"
"""Tag of a model: the move that is under way, as JSON."""
_GONE = "RESOURCE_DOES_NOT_EXIST"


class Move(Record):
    """One move of the champion: all that is needed to end it, whoever does."""

    id: Name
    kind: Literal["promotion", "rollback"]
    name: Name
    to: str = Field(description="The version that becomes champion.")
    champion: str | None = Field(description="The one before.")
    previous: str | None = Field(description="What `previous` is to be afterwards.")
    by: str = Field(max_length=100)
    why: str = Field(min_length=1, max_length=500)
    at: AwareDatetime
    forced: bool = Field(default=False, description="The gate had not let it pass.")
    run: str = Field(default="", description="MLflow run of `to`, which keeps the report.")
    link: str = Field(default="", max_length=500)

    def report(self) -> Report:
        """The same for people and dashboards."""
        before = "nobody" if self.champion is None else f"version {self.champion}"
        what = "promoted" if self.kind == "promotion" else "restored"
        about: dict[str, Value] = {
            "kind": self.kind,
            "to": self.to,
            "from": self.champion or "none",
            "previous": self.previous or "none",
            "by": self.by,
            "why": self.why,
            "forced": str(self.forced).lower(),
        }
        return Report(
            id=self.id,
            kind=ReportKind.PROMOTION,
            made_at=self.at,
            title=f"{self.name}: version {self.to} {what}",
            summary=f"Champion was {before}. {self.by}: {self.why}"
            + (" Forced: the gate had not let it pass." if self.forced else ""),
            model=self.name,
            models=tuple(
                ModelRef(name=self.name, version=one) for one in (self.to, self.champion) if one
            ),
            link=self.link,
            about=about,
        )


def apply(client: MlflowClient, move: Move) -> None:
    """Makes the move; call it within `standing.locked`, after `repair`.

    Raises:
        ModelConflictError: somebody else moved the champion meanwhile.
        MlflowException: the server does not answer; the next command repairs what is left.
    """
    client.set_registered_model_tag(move.name, MOVING, move.model_dump_json())
    _check(client, move, champion=move.champion)
    client.set_registered_model_alias(move.name, CHAMPION, move.to)
    _check(client, move, champion=move.to)
    _finish(client, move)


def repair(client: MlflowClient, name: str) -> Move | None:
    """Ends a move that was left in the middle, or drops it where the champion had not moved.

    Returns:
        The move that was ended; None where there was none, or none had happened.

    Raises:
        ModelError: the note is none that this version of Hlaska understands.
        MlflowException: there is no such model, or the server does not answer.
    """
    now = standing(client, name)
    if MOVING not in now.tags:
        return None
    try:
        move = Move.model_validate_json(now.tags[MOVING])
    except ValidationError as error:
        raise ModelError(
            f"{name}: its tag {MOVING!r} is no move that this Hlaska knows ({error}); look at the "
            "aliases in MLflow, put them right, and delete the tag"
        ) from error
    if now.champion != move.to:
        _drop(client, name)
        return None
    _finish(client, move)
    return move


def _check(client: MlflowClient, move: Move, *, champion: str | None) -> None:
    now = standing(client, move.name)
    if now.tags.get(MOVING) == move.model_dump_json() and now.champion == champion:
        return
    raise ModelConflictError(
        f"somebody else moved {move.name} at the same time: its champion is "
        f"{now.champion or 'nobody'}; judge against that one: hlaska gate {move.name}"
    )


def _finish(client: MlflowClient, move: Move) -> None:
    """All that follows from a champion that has moved. Doing it twice does no harm."""
    _restore(client, move)
    now = standing(client, move.name)
    for alias, holder in ((CHALLENGER, now.challenger), (SHADOW, now.shadow)):
        # A champion challenges nobody, and what was taken back is no challenger either.
        if holder is not None and holder in (move.to, _taken_back(move)):
            _free(client, move.name, alias)
    _write(client, move)
    if move.run:
        client.log_text(move.run, move.report().model_dump_json(indent=2), f"moves/{move.id}.json")
    _drop(client, move.name)


def _restore(client: MlflowClient, move: Move) -> None:
    """Points `previous` to where the move wants it, or nowhere: somebody may have deleted it."""
    if move.previous is not None:
        try:
            client.set_registered_model_alias(move.name, PREVIOUS, move.previous)
            return
        except MlflowException as error:
            if error.error_code != _GONE:
                raise
    _free(client, move.name, PREVIOUS)


def _taken_back(move: Move) -> str | None:
    return move.champion if move.kind == "rollback" else None


def _write(client: MlflowClient, move: Move) -> None:
    """Who, when and why, on the versions themselves."""
    verb = "promoted" if move.kind == "promotion" else "restored"
    tags = {
        f"{verb}_by": move.by,
        f"{verb}_at": _text(move.at),
        f"{verb}_why": move.why,
        f"{verb}_from": move.champion or "none",
    }
    if move.kind == "promotion":
        tags["promoted_forced"] = str(move.forced).lower()
    for key, value in tags.items():
        client.set_model_version_tag(move.name, move.to, key, value)
    if move.kind == "promotion":
        _untag(client, move.name, move.to, ROLLED_BACK)
    back = _taken_back(move)
    if back is not None:
        # Before anything else: what was taken back must pass the gate again.
        client.set_model_version_tag(move.name, back, GATE, VOID)
        client.set_model_version_tag(move.name, back, "rolled_back_by", move.by)
        client.set_model_version_tag(move.name, back, "rolled_back_why", move.why)
        client.set_model_version_tag(move.name, back, ROLLED_BACK, _text(move.at))


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _free(client: MlflowClient, name: str, alias: str) -> None:
    _unless_gone(lambda: client.delete_registered_model_alias(name, alias))


def _drop(client: MlflowClient, name: str) -> None:
    _unless_gone(lambda: client.delete_registered_model_tag(name, MOVING))


def _untag(client: MlflowClient, name: str, version: str, key: str) -> None:
    _unless_gone(lambda: client.delete_model_version_tag(name, version, key))


def _unless_gone(act: Callable[[], object]) -> None:
    try:
        act()
    except MlflowException as error:
        if error.error_code != _GONE:
            raise
