"""Who may become champion, and how it is taken back."""

from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from hlaska.errors import ModelConflictError, ModelError
from hlaska.settings import Settings
from serving.models import registry
from training.registry.moving import Move, apply, repair
from training.registry.standing import (
    CHALLENGER,
    CHAMPION,
    GATE,
    GATE_CHAMPION,
    GATE_QUICK,
    NOBODY,
    PREVIOUS,
    ROLLED_BACK,
    SHADOW,
    Standing,
    asking,
    locked,
    standing,
    who,
)
from training.registry.telling import keep, new_id
from training.reporting import Say, send

_MOST_LETTERS = 500

SEEN = {
    "detect": "the boxes of both and of one only, camera by camera, with the pictures on which "
    "they differ most; only with placement: shared",
    "sound-events": "the windows that are an alarm for both and for one only, class by class, with "
    "the scores that differ most; no sound and no spectrogram, as people may speak in it",
    "flow-attacks": "the conversations that are an attack for both and for one only, family by "
    "family, with who asked whom where the scores differ most",
    "flow-anomaly": "the hosts that are unlike themselves for both and for one only, with the "
    "hosts of which the scores differ most",
}
"""What a shadow's report shows, by the task of its model."""


def promote(
    name: str,
    settings: Settings,
    *,
    why: str,
    version: str | None = None,
    by: str | None = None,
    force: bool = False,
    say: Say,
) -> Move:
    """Makes a challenger champion; the champion becomes `previous`.

    Args:
        name: Of the model.
        settings: Where the registry is.
        why: In the person's words; it is kept.
        version: Default: the challenger.
        by: Who; default: the account.
        force: Although the gate has not let it pass; that is kept too.
        say: Told what else happens, for people.

    Raises:
        ModelConflictError: somebody else promotes at the same time, or has since the gate.
        ModelError: there is no challenger, its gate did not pass, no reason is given, or the
            server does not answer.
    """
    reason = _reason(why)
    client = registry(settings)
    with asking(settings, f"promoting {name}"), locked(name, settings):
        _repaired(client, name, settings, say)
        now = standing(client, name)
        chosen = _chosen(client, now, version)
        number = str(chosen.version)
        if number == now.champion:
            raise ModelError(f"{name}: version {number} is the champion already")
        passed = _refusal(chosen, now)
        if passed is not None and not force:
            raise passed
        if chosen.tags.get(GATE_QUICK) == "true":
            say(f"its gate was a quick one, which proves little: hlaska gate {name}")
        at = datetime.now(UTC)
        move = Move(
            id=new_id("promotion", name, number, at),
            kind="promotion",
            name=name,
            to=number,
            champion=now.champion,
            previous=now.champion,
            by=who(by),
            why=reason,
            at=at,
            forced=passed is not None,
            run=chosen.run_id or "",
            link=_link(settings, name, number),
        )
        apply(client, move)
    _told(move, settings, say)
    return move


def rollback(name: str, settings: Settings, *, why: str, by: str | None = None, say: Say) -> Move:
    """Makes the version champion that was it before.

    The version that is taken back is marked, must pass the gate anew, and is never restored as
    `previous`: that is then the champion before the restored one, so that a second rollback goes
    one further back, and one past the first champion is refused.

    Args:
        name: Of the model.
        settings: Where the registry is.
        why: In the person's words; it is kept.
        by: Who; default: the account.
        say: Told what else happens, for people.

    Raises:
        ModelConflictError: somebody else moves the champion at the same time.
        ModelError: there is nothing to go back to, no reason is given, or the server does not
            answer.
    """
    reason = _reason(why)
    client = registry(settings)
    with asking(settings, f"rolling back {name}"), locked(name, settings):
        _repaired(client, name, settings, say)
        now = standing(client, name)
        if now.champion is None or now.previous is None:
            raise ModelError(
                f"{name} has no version to go back to (champion: {now.champion or 'none'}, "
                "previous: none); promote one: hlaska promote"
            )
        target = client.get_model_version(name, now.previous)
        at = datetime.now(UTC)
        move = Move(
            id=new_id("rollback", name, now.previous, at),
            kind="rollback",
            name=name,
            to=now.previous,
            champion=now.champion,
            previous=_before(client, target, now.champion),
            by=who(by),
            why=reason,
            at=at,
            run=target.run_id or "",
            link=_link(settings, name, now.previous),
        )
        apply(client, move)
    _told(move, settings, say)
    return move


def shadow(
    name: str, settings: Settings, *, version: str | None = None, off: bool = False, say: Say
) -> str | None:
    """Sets or removes the version that watches live without raising alerts.

    Args:
        name: Of the model.
        settings: Where the registry is.
        version: Default: the challenger.
        off: Nobody watches any more.
        say: Told what else happens and what will be seen where, for people.

    Returns:
        The version; None when nobody watches.

    Raises:
        ModelConflictError: somebody else moves aliases at the same time.
        ModelError: there is no such version, it is the champion, or the server does not answer.
    """
    client = registry(settings)
    with asking(settings, f"the shadow of {name}"), locked(name, settings):
        _repaired(client, name, settings, say)
        now = standing(client, name)
        if off:
            if now.shadow is not None:
                client.delete_registered_model_alias(name, SHADOW)
            return None
        chosen = _chosen(client, now, version)
        number = str(chosen.version)
        if number == now.champion:
            raise ModelError(f"{name}: version {number} is the champion; it cannot shadow itself")
        client.set_registered_model_alias(name, SHADOW, number)
    seen = SEEN.get(chosen.tags.get("task", ""), "where the two differ")
    say(
        f"each minute, at /reports?kind=shadow and in the dashboard Pilot evaluation: {seen}. Only "
        f"where a system runs models:/{name}@{CHAMPION}"
    )
    return number


def refuse_alias(name: str, alias: str, settings: Settings) -> None:
    """Stops a registration that would take a place past the gate.

    The first champion of a model has nobody to be compared with, and may be registered as such.

    Raises:
        ModelError: the alias belongs to the gate, to promotion or to rollback, or the server does
            not answer.
    """
    if alias not in (CHAMPION, CHALLENGER, PREVIOUS):
        return
    client = registry(settings)
    try:
        held = standing(client, name).champion
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise ModelError(f"MLflow at {settings.mlflow_url}: {error}") from error
        held = None
    if held is None and alias == CHAMPION:
        return
    raise ModelError(
        f"{alias} of {name} is not given at registration (its champion is {held or 'nobody'}): "
        f"register without --alias, then hlaska gate {name} and hlaska promote {name}"
    )


def _reason(why: str) -> str:
    reason = " ".join(why.split())
    if not reason or len(reason) > _MOST_LETTERS:
        raise ModelError(f"say why in 1 to {_MOST_LETTERS} letters: --why 'fewer false alarms'")
    return reason


def _repaired(client: MlflowClient, name: str, settings: Settings, say: Say) -> None:
    ended = repair(client, name)
    if ended is not None:
        say(f"ended the {ended.kind} to version {ended.to} by {ended.by}, left in the middle")
        _told(ended, settings, say)


def _told(move: Move, settings: Settings, say: Say) -> None:
    # The registry holds what was decided: a gateway that is down does not undo it.
    keep(move.report(), settings)
    send(move.report(), (), settings, say=say)


def _chosen(client: MlflowClient, now: Standing, version: str | None) -> ModelVersion:
    wanted = version or now.challenger
    if wanted is None:
        raise ModelError(
            f"{now.name} has no {CHALLENGER}: nothing passed the gate; hlaska gate {now.name}"
        )
    return client.get_model_version(now.name, wanted)


def _refusal(chosen: ModelVersion, now: Standing) -> ModelError | None:
    """Why the gate does not let this version become champion now; None when it does."""
    name, number = now.name, chosen.version
    said = chosen.tags.get(GATE)
    if said != "passed":
        return ModelError(
            f"{name}: version {number} has not passed the gate ({said or 'never tried'}); "
            f"hlaska gate {name} --candidate {number}"
        )
    against = chosen.tags.get(GATE_CHAMPION, NOBODY)
    if against != (now.champion or NOBODY):
        return ModelConflictError(
            f"{name}: the champion has changed since the gate: version {number} passed against "
            f"{against}, now it is {now.champion or NOBODY}; hlaska gate {name} --candidate "
            f"{number}"
        )
    return None


def _before(client: MlflowClient, target: ModelVersion, back: str) -> str | None:
    """Who was champion before the version that is restored, unless it was taken back itself."""
    number = target.tags.get("promoted_from", NOBODY)
    if number in (NOBODY, back):
        return None
    # A version that somebody deleted holds no alias, and can be none's predecessor either.
    known = {str(one.version): one for one in client.search_model_versions(f"name='{target.name}'")}
    found = known.get(number)
    return None if found is None or ROLLED_BACK in found.tags else number


def _link(settings: Settings, name: str, version: str) -> str:
    return f"{settings.mlflow_url}/#/models/{name}/versions/{version}"
