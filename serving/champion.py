"""The model in service: the one that a URI means now, and the next one when its alias moves.

`Served` holds a model that is ready to run. Where the URI is `models:/NAME@ALIAS` it asks the
registry every `POLL_S` which version that is, makes a new one ready *beside* the old one, and then
puts it in its place: whoever takes `now` has a whole model, before, while and after. Replicas and
stream hosts follow the alias each for itself, so they switch within one poll of each other, plus
what the slowest takes to load; `Reply` carries the version that made it.

A version that cannot be had, loaded or tried, or that is made for other classes, is refused: the
old one goes on and `note` says why. So it does while the registry is away. What was in service
last is remembered under `HLASKA_HOME`, so that a start needs no registry either.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Generic, Protocol, TypeVar

from hlaska.errors import HlaskaError, ModelError, RegistryError
from hlaska.events import ModelRef
from hlaska.models import ModelCard
from hlaska.settings import Settings
from serving.aliases import alias_of, version_of
from serving.models import (
    FOLDER_SHA256,
    LoadedModel,
    folder_sha256,
    from_folder,
    resolve,
)

_LOG = logging.getLogger(__name__)

POLL_S = 2.0
"""How often the registry is asked what an alias means."""
RETRY_S = 60.0
"""A version that was refused is tried again after so long: its files may have been mended."""
PATIENCE_S = 180.0
"""How long a first start waits for a registry: cold, and on a busy machine, it starts slowly."""

S = TypeVar("S")
A = TypeVar("A")


class User(Protocol):
    """Who asks a model, and knows whose answer was the last."""

    card: ModelCard
    ref: ModelRef
    note: str
    """What people should know of the model in service; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """An answer, and which model made it."""

    answer: A
    model: tuple[ModelCard, ModelRef] | None
    """None: the one that the asker knows already."""
    note: str = ""

    def told(self, user: User) -> A:
        """The answer; `user` knows from now on whose it is."""
        if self.model is not None:
            user.card, user.ref = self.model
        user.note = self.note
        return self.answer


@dataclass(frozen=True, slots=True)
class InService(Generic[S]):
    """A model that is ready to run."""

    model: LoadedModel
    scorer: S


class Served(Generic[S]):
    """The model that a URI means, whole at every moment.

    Args:
        uri: See `serving.models.resolve`.
        settings: Where the registry and the caches are.
        load: Makes a model ready and tries it; raises ModelError when it is of no use.
        fits: Whether a new scorer can take the place of the old one; default: classes suffice.
        required: Whether to begin with a model; else the alias may not exist yet, or any more.
        poll_s: How often the registry is asked.
        patience_s: How long to wait for the registry when nothing is remembered.

    Raises:
        ModelError: it is required and cannot be had.
    """

    def __init__(
        self,
        uri: str,
        settings: Settings,
        load: Callable[[LoadedModel], S],
        *,
        fits: Callable[[S, S], bool] | None = None,
        required: bool = True,
        poll_s: float = POLL_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._uri, self._settings, self._load = uri, settings, load
        self._fits, self._required, self._poll_s = fits, required, poll_s
        self._alias = alias_of(uri)
        self._away = self._refusal = self._refused = ""
        self._retry_s = 0.0
        self._closed = threading.Event()
        self._now: InService[S] | None = self._first(patience_s) if required else None
        if self._alias is not None:
            name = f"follows {uri}"
            threading.Thread(target=self._follow, daemon=True, name=name).start()

    @property
    def now(self) -> InService[S]:
        """The model in service. Take it once for all that belongs together.

        Raises:
            ModelError: none is, which only happens where none is required.
        """
        held = self._now
        if held is None:
            raise ModelError(f"{self._uri}: no model is in service")
        return held

    @property
    def held(self) -> InService[S] | None:
        """The model in service; None while there is none."""
        return self._now

    @property
    def note(self) -> str:
        """Why the newest version is not in service, and whether the registry is away; or empty."""
        return "; ".join(filter(None, (self._refusal, self._away)))

    def reply(self, by: InService[S], answer: A, known: ModelRef) -> Reply[A]:
        """An answer for somebody who knows the model `known`."""
        model = None if by.model.ref == known else (by.model.card, by.model.ref)
        return Reply(answer, model, self.note)

    def close(self) -> None:
        """Follow the alias no longer."""
        self._closed.set()

    def _first(self, patience_s: float) -> InService[S]:
        until_s = time.monotonic() + patience_s
        while True:
            try:
                return self._remembering(self._ready(resolve(self._uri, self._settings)))
            # Whatever a file makes a runtime raise: what was in service before may still do.
            except Exception as error:
                remembered = self._remembered()
                if remembered is not None:
                    _LOG.warning("%s in service again: %s", remembered.model.ref, error)
                    return remembered
                if not isinstance(error, RegistryError) or time.monotonic() > until_s:
                    raise
            self._closed.wait(1.0)

    def _follow(self) -> None:
        assert self._alias is not None
        asked = partial(version_of, *self._alias, self._settings)
        while not self._closed.is_set():
            try:
                version = asked()
                if self._away:
                    _LOG.info("the registry answers again")
                self._away = ""
                self._take(version)
            except RegistryError as error:
                if not self._away:
                    _LOG.warning("%s stays as it is: %s", self._uri, error)
                self._away = "the registry does not answer: the model stays as it is"
            self._closed.wait(self._poll_s)

    def _take(self, version: str | None) -> None:
        """Bring the version that the alias means into service, unless it is there or refused.

        Raises:
            RegistryError: the registry went away meanwhile.
        """
        held = self._now
        if version is None:
            if self._required:
                self._refuse("", f"{self._uri} is nowhere in the registry any more")
            else:
                self._now, self._refusal = None, ""
            return
        if held is not None and version == held.model.ref.version:
            self._refusal = self._refused = ""
            return
        if version == self._refused and time.monotonic() < self._retry_s:
            return
        name = self._uri.removeprefix("models:/").partition("@")[0]
        try:
            fresh = self._ready(resolve(f"models:/{name}/{version}", self._settings))
            if held is not None:
                self._refuse_stranger(held, fresh)
        except RegistryError:
            raise
        # Whatever a file makes a runtime raise: the model in service must go on.
        except Exception as error:
            if not self._required:
                self._now = None
            self._refuse(version, f"version {version} is refused: {error}")
            return
        self._now = self._remembering(fresh)
        self._refusal = self._refused = ""
        _LOG.warning("%s: version %s is in service", name, version)

    def _ready(self, model: LoadedModel) -> InService[S]:
        return InService(model, self._load(model))

    def _refuse(self, version: str, why: str) -> None:
        if why != self._refusal:
            _LOG.error("%s: %s", self._uri, why)
        self._refusal, self._refused = why, version
        self._retry_s = time.monotonic() + RETRY_S

    def _refuse_stranger(self, held: InService[S], fresh: InService[S]) -> None:
        old, new = held.model.card, fresh.model.card
        if old.task != new.task or set(old.operating_point) != set(new.operating_point):
            raise ModelError(
                f"it is made for {new.task} of {', '.join(sorted(new.operating_point))}; in "
                f"service is {old.task} of {', '.join(sorted(old.operating_point))}. Register it "
                "under a name of its own and start with that"
            )
        if self._fits is not None and not self._fits(held.scorer, fresh.scorer):
            raise ModelError("it takes input of another shape; start anew with it")

    @property
    def _note_path(self) -> Path:
        assert self._alias is not None
        return self._settings.home / "in-service" / "@".join(self._alias)

    def _remembering(self, taken: InService[S]) -> InService[S]:
        """Keep in mind what was taken into service, for a start without the registry."""
        folder, ref = taken.model.folder, taken.model.ref
        if self._alias is None or not self._required or folder is None:
            return taken
        path = self._note_path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
                known = {"folder": str(folder), "version": ref.version}
                json.dump(known | {FOLDER_SHA256: folder_sha256(folder)}, file)
            Path(file.name).replace(path)
        except (OSError, ModelError) as error:
            _LOG.error("%s is not remembered: %s", ref, error)
        return taken

    def _remembered(self) -> InService[S] | None:
        """What was in service last, where it still lies in the cache."""
        if self._alias is None:
            return None
        try:
            kept = json.loads(self._note_path.read_text())
            model = from_folder(Path(kept["folder"]))
            if folder_sha256(Path(kept["folder"])) != kept[FOLDER_SHA256]:
                return None
            ref = ModelRef(name=self._alias[0], version=kept["version"])
            return self._ready(replace(model, ref=ref))
        except (OSError, ValueError, LookupError, TypeError, HlaskaError):
            return None
