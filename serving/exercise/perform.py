"""A whole script: each cue through its scorer, or as it is scripted where that is missing."""

from collections import Counter
from collections.abc import Callable, Sequence

from catalogs.exercise.cues import AttackCue, Cue, FilmCue, SoundCue, Telling
from catalogs.exercise.script import Script
from hlaska.errors import HlaskaError
from hlaska.settings import Settings
from hlaska.sites import Site
from serving.exercise.filming import Projector
from serving.exercise.intrusion import Guard
from serving.exercise.listening import Ears
from serving.exercise.performed import Medium, Performance, Performed
from serving.exercise.telling import told
from serving.exercise.tying import tied

Progress = Callable[[str, int, int | None], object]
"""Words, how many are done, of how many."""


def silent(what: str, done: int, total: int | None) -> None:
    """Tells nobody."""


def perform(
    script: Script,
    site: Site,
    settings: Settings,
    *,
    media: bool = True,
    progress: Progress = silent,
) -> Performance:
    """What the sensors of a site tell on a scripted day.

    Args:
        script: The day.
        site: The site it was written for.
        settings: Where models and recordings are; nothing is fetched.
        media: Whether real scorers play their part; else all is scripted.
        progress: Told about each cue.

    Raises:
        EventError: a foreign detector of the site has no word for something.
    """
    stage = _Stage(script, site, settings, media=media)
    items: list[Performed] = []
    for done, cue in enumerate(script.cues, start=1):
        items += stage.play(cue)
        progress(f"playing day {script.seed} to the scorers", done, len(script.cues))
    # A sensor's event is one, however often it is made.
    unique = {item.event.id: item for item in sorted(items, key=lambda item: -item.at_s)}
    ordered = sorted(unique.values(), key=_arrival)
    ordered = sorted([*ordered, *tied(ordered, script, site)], key=_arrival)
    return Performance(script, tuple(ordered), tuple(stage.media()))


def _arrival(item: Performed) -> tuple[float, str]:
    return item.at_s, item.event.id


class _Stage:
    """Scorers, each opened when it is first needed."""

    def __init__(self, script: Script, site: Site, settings: Settings, *, media: bool) -> None:
        self._script, self._site, self._settings = script, site, settings
        self._ears: Ears | None = None
        self._guard: Guard | None = None
        self._projector: Projector | None = None
        self._cues: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._by: dict[str, str] = {}
        self._missing: dict[str, str] = {}
        if not media:
            reason = "real scorers were not asked for"
            self._missing = dict.fromkeys(("sounds", "network", "film"), reason)

    def play(self, cue: Cue) -> list[Performed]:
        """What comes of a cue."""
        match cue:
            case Telling():
                return self._count("no recording", [told(cue, self._site, self._script.begins)])
            case SoundCue():
                return self._scored("sounds", self._hear, cue)
            case AttackCue():
                return self._scored("network", self._watch, cue)
            case FilmCue():
                return self._scored("film", self._show, cue)

    def media(self) -> list[Medium]:
        """How each sort of cue was played."""
        return [
            Medium(
                name,
                cues,
                self._events[name],
                self._missing.get(name, self._by.get(name, "the script itself")),
                scored=name in self._by and name not in self._missing,
            )
            for name, cues in self._cues.items()
        ]

    def _scored(
        self,
        name: str,
        play: Callable[[SoundCue | AttackCue | FilmCue], list[Performed]],
        cue: SoundCue | AttackCue | FilmCue,
    ) -> list[Performed]:
        if name not in self._missing:
            try:
                return self._count(name, play(cue))
            except HlaskaError as error:
                # A medium that this machine lacks is scripted, and the table says why.
                self._missing[name] = str(error)
        begins = self._script.begins
        return self._count(name, [told(one, self._site, begins) for one in cue.otherwise])

    def _hear(self, cue: SoundCue | AttackCue | FilmCue) -> list[Performed]:
        assert isinstance(cue, SoundCue)
        if self._ears is None:
            self._ears = Ears(self._site, self._script.begins, self._settings)
            self._by["sounds"] = f"{self._ears.model.name} {self._ears.model.version}"
        return self._ears.hear(cue)

    def _watch(self, cue: SoundCue | AttackCue | FilmCue) -> list[Performed]:
        assert isinstance(cue, AttackCue)
        if self._guard is None:
            self._guard = Guard(self._site, self._script.begins)
            self._by["network"] = self._guard.models
        return self._guard.watch(cue, self._site.network.feeds[0])

    def _show(self, cue: SoundCue | AttackCue | FilmCue) -> list[Performed]:
        assert isinstance(cue, FilmCue)
        if self._projector is None:
            self._projector = Projector(self._site, self._script.begins, self._settings)
            self._by["film"] = f"{self._projector.model} and the camera's rules"
        return self._projector.show(cue)

    def _count(self, name: str, items: Sequence[Performed]) -> list[Performed]:
        self._cues[name] += 1
        self._events[name] += len(items)
        return list(items)
