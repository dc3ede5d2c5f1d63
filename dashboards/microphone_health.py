"""How every microphone does, and what it hears: what a dispatcher must know to believe it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dashboards.alarms import HEARS, highest
from dashboards.language import translate, written
from dashboards.stream_health import age_s, state_fact, with_reason
from dashboards.wording import percent, sensors_of, source_name
from hlaska.microphones import Microphone
from hlaska.sites import Site
from hlaska.sound.status import SoundStatus
from hlaska.tracks import SILENT_S, StreamState, StreamStatus

NOT_CONNECTED = ("off", "not connected")
"""Of a microphone whose address the site file does not give: nobody expects it to be heard."""
LOWEST_DBFS = -80.0
"""Where the bar of the level begins: below it, a street is never."""

_CONDITIONS = {
    "dead": ("bad", "dead"),
    "deaf": ("warning", "hears little"),
    "clipping": ("warning", "too loud"),
    "windy": ("warning", "wind in it"),
    "drifting": ("warning", "clock drifts"),
}


def microphone_fact(
    status: StreamStatus | None, *, connected: bool = True, language: str = "en"
) -> tuple[str, str]:
    """Kind (good, warning, bad, off) and words for how a microphone does.

    Args:
        status: Its last report; None when there was none.
        connected: Whether the site file says where its sound comes from.
        language: What it is said in.
    """
    if status is None and not connected:
        kind, words = NOT_CONNECTED
        return kind, translate(words, language)
    fact = state_fact(status, language)
    if status is None or fact[0] != "good" or status.sound is None or not status.sound.condition:
        return fact
    named = [one.strip() for one in status.sound.condition.split(",")]
    facts = [_CONDITIONS.get(one, ("warning", one)) for one in named]
    kind = "bad" if any(kind == "bad" for kind, _ in facts) else "warning"
    return kind, ", ".join(translate(words, language) for _, words in facts)


def expected(microphone: Microphone, statuses: Mapping[str, StreamStatus]) -> bool:
    """Whether it should be heard."""
    return bool(microphone.uri) or microphone.id in statuses


def healthy(status: StreamStatus | None, now: datetime) -> bool:
    """Whether what a source reports can be trusted now; camera or microphone."""
    return (
        status is not None
        and status.state is StreamState.HEALTHY
        and microphone_fact(status)[0] == "good"
        and (now - status.at).total_seconds() <= SILENT_S
    )


def microphone_table(
    site: Site, statuses: Mapping[str, StreamStatus], now: datetime, language: str = "en"
) -> dict[str, Any]:
    """`rows`, one a microphone; `needs` and `note` where they are the same for all.

    A source that the site does not list but that reports sound has a row too.
    """
    listed = {microphone.id: microphone for microphone in site.microphones}
    known = {sensor.id for sensor in sensors_of(site)}
    others = sorted(s for s, status in statuses.items() if status.sound and s not in known)
    rows = [
        _row(source, listed.get(source), site, statuses.get(source), now, language)
        for source in (*listed, *others)
    ]
    return {"rows": rows, "needs": _shared(rows, "needs"), "note": _shared(rows, "note")}


def _row(
    source: str,
    microphone: Microphone | None,
    site: Site,
    status: StreamStatus | None,
    now: datetime,
    language: str,
) -> dict[str, Any]:
    connected = microphone is None or bool(microphone.uri)
    kind, words = microphone_fact(status, connected=connected, language=language)
    row = {
        "source": source,
        "name": source_name(source, site),
        "note": translate(microphone.note, language) if microphone else "",
        "kind": kind,
        "words": with_reason(words, status, language),
        "frame_age_s": age_s(status.last_frame_at, now) if status else None,
        "said_age_s": age_s(status.at, now) if status else None,
        "windows": written(f"{status.fps_processed:.1f}", language) if status else "–",
    }
    return row | _heard(status, language)


def _heard(status: StreamStatus | None, language: str) -> dict[str, Any]:
    """What it hears: `level` in words, `bar` 0..1, `hears`, `loud`, `needs`, `kept`, `why`."""
    if status is None or status.sound is None:
        nothing = dict.fromkeys(("level", "hears", "kept"), "–")
        return nothing | {"bar": 0.0, "loud": False, "needs": "", "why": ""}
    sound = status.sound
    name, score = highest(status)
    hears = f"{percent(score)} {translate(name, language)}" if name else ""
    return {
        "level": f"{sound.level_dbfs:.0f}",
        "bar": min(1.0, max(0.0, 1 - sound.level_dbfs / LOWEST_DBFS)),
        "hears": translate("quiet", language) if sound.quiet else hears or "–",
        "loud": not sound.quiet and score > HEARS,
        "needs": _of(sound.needs, sound.of, language),
        "kept": _of(sound.kept, sound.candidates, language) if sound.candidates else "–",
        "why": _why(sound, language),
    }


def _of(some: int, all_: int, language: str) -> str:
    return translate("{some} of {all}", language, some=some, all=all_)


def _why(sound: SoundStatus, language: str) -> str:
    """The effect of the confirmation, as a sentence."""
    needs, of = sound.needs, sound.of
    if not sound.candidates:
        said = "An alarm needs {needs} of {of} windows that agree; there was no candidate yet"
        return translate(said, language, needs=needs, of=of)
    said = "An alarm needs {needs} of {of} windows that agree; kept {kept} of the last {all}"
    kept, all_ = sound.kept, sound.candidates
    return translate(said, language, needs=needs, of=of, kept=kept, all=all_)


def _shared(rows: list[dict[str, Any]], key: str) -> str:
    """What all rows that have it say under a key, if that is one thing; for `note`, all rows."""
    said = {row[key] for row in rows if row[key] or key == "note"}
    return str(said.pop()) if len(said) == 1 else ""
