"""Sound health: a microphone is dead, clips, is blown on, runs off the clock, or has gone deaf.

The samples are measured elsewhere (`serving.audio.meter`), once a second; this file decides what
the numbers mean. Level alone is no fault: a quiet street of -66 dBFS is as well as a loud one, and
one bang that clips is a bang. All limits are stated priors, chosen on generated streets.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field

from hlaska.records import Record
from hlaska.rules.spell import GAP_S, Activity

SECOND = timedelta(seconds=1)
"""What one record of numbers is about."""
RELIEF_DB = 6.0
"""So much louder than at its beginning is a deaf microphone that hears again, and so much softer
the wind that has dropped."""
RELIEF_SHARE = 0.1
"""So much less of its energy is low when the wind has dropped."""
RELIEF = 1.3
"""How many times smaller than at its beginning a drift must be to be over."""


@dataclass(frozen=True, slots=True)
class SoundNumbers:
    """What one second of a microphone's sound measures."""

    level_dbfs: float
    """RMS around the mean, against full scale."""
    peak: float
    """Largest absolute sample; 1 is full scale."""
    clipped_share: float
    """Share of samples at full scale or in flat tops, 0..1."""
    varied: bool
    """Whether the samples were not all the same."""
    low_share: float
    """Share of the energy below 150 Hz, 0..1."""
    gustiness_db: float
    """Standard deviation of the level below 150 Hz over the last seconds."""
    background_dbfs: float
    """What the level seldom falls below, in the last minute."""
    usual_dbfs: float
    """The same over hours; equal to it until that is known."""
    drift_ppm: float = 0.0
    """How much too fast the sampling clock runs, over a minute; 0 until that is known."""


@dataclass(frozen=True, slots=True)
class SoundChange:
    """A condition begins or ends."""

    condition: str
    """`dead`, `clipping`, `windy`, `drifting` or `deaf`."""
    began: bool
    """Whether it began; else it ended."""
    words: str
    """For a dispatcher: what it is and what to do, or that it is over."""


class SoundHealthArgs(Record):
    """Limits."""

    dead_s: float = Field(
        default=10.0, ge=1, le=3600, description="How long no sample must differ from another."
    )
    clipped_share: float = Field(
        default=0.005, gt=0, le=1, description="Share of clipped samples that counts, in a second."
    )
    clipped_seconds: int = Field(
        default=6, ge=1, le=60, description="So many seconds that clip are too many …"
    )
    clipped_of: int = Field(default=10, ge=1, le=60, description="… out of the last so many.")
    windy_s: float = Field(
        default=10.0, ge=1, le=3600, description="How long the wind must blow on the microphone."
    )
    windy_low_share: float = Field(
        default=0.85, gt=0, le=1, description="Share of energy below 150 Hz that traffic has not."
    )
    windy_level_dbfs: float = Field(
        default=-45.0, ge=-120, le=0, description="Level from which wind drowns anything."
    )
    windy_gustiness_db: float = Field(
        default=2.0, ge=0, le=40, description="How gusty it must be; an engine is steady."
    )
    drifting_s: float = Field(
        default=120.0, ge=1, le=86_400, description="How long the clock must be seen to drift."
    )
    drifting_ppm: float = Field(
        default=200.0, gt=0, le=100_000, description="Drift beyond that of a sound crystal."
    )
    deaf_s: float = Field(
        default=300.0, ge=1, le=86_400, description="How long it must be quieter than usual."
    )
    deaf_db: float = Field(
        default=20.0, gt=RELIEF_DB, le=100, description="How much quieter than usual is deaf."
    )
    accept_s: float = Field(
        default=86_400.0, gt=0, le=864_000, description="A new level is usual after so long."
    )
    quiet_s: float = Field(
        default=30.0, gt=0, le=3600, description="How long a fault must be gone to be over."
    )


class SoundHealth:
    """The rule of one microphone: shown each second's numbers in order, it finds what changes."""

    def __init__(self, args: SoundHealthArgs) -> None:
        def activity(lasts_s: float = 0.0, quiet_s: float = args.quiet_s) -> Activity:
            # A spell is measured from the end of its first second.
            confirm_s = max(0.0, lasts_s - SECOND.total_seconds())
            return Activity(confirm_s=confirm_s, quiet_s=quiet_s)

        self._args = args
        self._activities = {
            "dead": activity(quiet_s=min(5.0, args.quiet_s)),
            "clipping": activity(),
            "windy": activity(args.windy_s),
            "drifting": activity(args.drifting_s),
            "deaf": activity(args.deaf_s),
        }
        self._now: datetime | None = None
        self._set_back = timedelta(0)
        self._silent_since: datetime | None = None
        self._clipped: deque[float] = deque(maxlen=args.clipped_of)
        self._quieter_since: datetime | None = None
        self._learns = True

    @property
    def conditions(self) -> tuple[str, ...]:
        """What is wrong now."""
        return tuple(name for name, activity in self._activities.items() if activity.on)

    @property
    def learns(self) -> bool:
        """Whether the sound may count as usual.

        It may not while it is far quieter than usual, lest the alarm wear off; it may once that has
        lasted for `accept_s`, since a microphone that was moved must be guarded as well.
        """
        return self._learns

    def update(self, numbers: SoundNumbers, at: datetime) -> list[SoundChange]:
        """The conditions that begin or end with this second.

        Args:
            numbers: What it measures.
            at: When it ended. After a gap, what was going on is forgotten; a clock that was set
                back is borne.
        """
        now = self._steady(at)
        conditions = (
            self._dead(numbers, now),
            self._clipping(numbers),
            self._windy(numbers),
            self._drifting(numbers),
            self._deaf(numbers, now),
        )
        changes: list[SoundChange] = []
        for (name, activity), (strong, weak, cause) in zip(
            self._activities.items(), conditions, strict=True
        ):
            was_on = activity.on
            began = activity.update(now, strong=strong, weak=weak) is not None
            if was_on and (began or not activity.on):
                changes.append(SoundChange(name, began=False, words=f"{name}: it is over"))
            if began:
                changes.append(SoundChange(name, began=True, words=f"{name}: {cause}"))
        return changes

    def _steady(self, at: datetime) -> datetime:
        """The same moment on a clock that nobody sets back."""
        before, now = self._now, at + self._set_back
        if before is not None and now < before:
            self._set_back += before + SECOND - now
            now = before + SECOND
        if before is None or (now - before).total_seconds() > GAP_S:
            self._silent_since = None
            self._clipped.clear()
        self._now = now
        return now

    def _dead(self, numbers: SoundNumbers, now: datetime) -> tuple[bool, bool, str]:
        if numbers.varied:
            # A single sample that differs is life: many cameras send nothing where it is quiet.
            self._silent_since = None
            return False, False, ""
        self._silent_since = self._silent_since or now - SECOND
        silent_s = (now - self._silent_since).total_seconds()
        cause = (
            f"digital silence for {silent_s:.0f} s; check the cable or the power of the microphone"
        )
        return silent_s >= self._args.dead_s, True, cause

    def _clipping(self, numbers: SoundNumbers) -> tuple[bool, bool, str]:
        limit, last = self._args.clipped_share, self._clipped
        last.append(numbers.clipped_share)
        many = sum(share >= limit for share in last) >= self._args.clipped_seconds
        cause = (
            f"{100 * sum(last) / len(last):.1f} % of the samples of the last {len(last)} s are cut "
            "off; turn the gain of the microphone down"
        )
        clips_now = numbers.clipped_share >= limit
        return many and clips_now, clips_now, cause

    def _windy(self, numbers: SoundNumbers) -> tuple[bool, bool, str]:
        args = self._args
        strong = (
            numbers.low_share >= args.windy_low_share
            and numbers.level_dbfs >= args.windy_level_dbfs
            and numbers.gustiness_db >= args.windy_gustiness_db
        )
        weak = (
            numbers.low_share >= args.windy_low_share - RELIEF_SHARE
            and numbers.level_dbfs >= args.windy_level_dbfs - RELIEF_DB
        )
        cause = (
            f"gusts blow on the microphone for {args.windy_s:.0f} s; it may miss soft sounds until "
            "the wind drops: check its windscreen"
        )
        return strong, weak, cause

    def _drifting(self, numbers: SoundNumbers) -> tuple[bool, bool, str]:
        limit, drift = self._args.drifting_ppm, abs(numbers.drift_ppm)
        cause = (
            f"its clock is {drift:.0f} ppm too {'fast' if numbers.drift_ppm > 0 else 'slow'} for "
            f"{self._args.drifting_s:.0f} s; positions with it are unsure: check its network for "
            "lost packets, or the device"
        )
        return drift > limit, drift > limit / RELIEF, cause

    def _deaf(self, numbers: SoundNumbers, now: datetime) -> tuple[bool, bool, str]:
        args, activity = self._args, self._activities["deaf"]
        if not numbers.varied:
            # Dead is another finding, and no proof that it hears again.
            return False, activity.on, ""
        lacks_db = numbers.usual_dbfs - numbers.background_dbfs
        strong, weak = lacks_db >= args.deaf_db, lacks_db >= args.deaf_db - RELIEF_DB
        quieter = weak if activity.on else strong
        self._quieter_since = (self._quieter_since or now) if quieter else None
        self._learns = (
            self._quieter_since is None
            or (now - self._quieter_since).total_seconds() > args.accept_s
        )
        cause = (
            f"{lacks_db:.0f} dB quieter than usual for {args.deaf_s / 60:.0f} min; look whether it "
            "is covered, wet or broken"
        )
        return strong, weak, cause
