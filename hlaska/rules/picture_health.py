"""Picture health: a camera is covered, black, blurred or turned; its picture is frozen or looped.

The pixels are measured elsewhere (`serving.video.picture_health`); this file decides what the
numbers mean. Most of them compare with what is usual for the camera, so that a night, a fog or a
dull wall is no alarm. One cause is one finding: a covered lens is not blurred and turned as well.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from hlaska.events import Scalar
from hlaska.records import Record
from hlaska.rules.finding import Finding
from hlaska.rules.spell import Activity

STILL_S = 2.0
"""A frozen picture has come back when it no longer stands still for as long as this; not sooner,
since a stream may show each picture of a slow camera several times."""
RELIEF = 1.3
"""How many times better than at its beginning a number must be for an activity to end."""

# Expert priors of how often such a finding is true, until there are enough verdicts to measure it.
SURE = 0.9
FAIRLY_SURE = 0.7


@dataclass(frozen=True, slots=True)
class PictureNumbers:
    """What one picture of a camera measures."""

    captured_at: datetime
    brightness: float
    """Mean grey level, 0..255."""
    contrast: float
    """Standard deviation of the grey levels around their blurred picture: what can be told apart.
    Shading alone, as on a cloth over the lens, has none."""
    usual_contrast: float
    """The same over the last minutes."""
    sharpness: float
    """Fine detail compared with the last minutes; 1 is as usual, 0 is none."""
    likeness: float
    """Correlation of the picture, shifted as below, with the usual view, -1..1."""
    shift: float
    """How far the view has moved, as a share of the picture's width."""
    steadiness: float
    """Correlation of the picture with that of the last seconds, -1..1: low while a crowd or a lorry
    fills it, high where a camera has come to rest."""
    change: float
    """Mean absolute difference to the picture before, in grey levels."""
    loop_period_s: float | None = None
    """After how long the picture seems to repeat itself; None when it does not."""
    loop_likeness: float = 0.0
    """How exactly, 0..1."""


class PictureHealthArgs(Record):
    """Limits. The defaults were chosen on generated scenes and the PETS 2009 S2.L1 clip."""

    confirm_s: float = Field(
        default=5.0,
        ge=0,
        le=600,
        description="How long covered, black, blurred or moved must last.",
    )
    quiet_s: float = Field(
        default=5.0, gt=0, le=600, description="How long a picture must be well to be well."
    )
    accept_s: float = Field(
        default=600.0, gt=0, le=86_400, description="A new view is the usual one after so long."
    )
    black_brightness: float = Field(
        default=20.0, ge=0, le=255, description="A blank picture is black up to this grey level."
    )
    blank_contrast: float = Field(
        default=1.0, ge=0, le=50, description="Contrast up to which a picture is blank anywhere."
    )
    blank_share: float = Field(
        default=0.2, ge=0, le=1, description="Share of the usual contrast up to which it is blank."
    )
    blurred_share: float = Field(
        default=0.35, ge=0, le=1, description="Share of the usual sharpness that is out of focus."
    )
    moved_share: float = Field(
        default=0.04, gt=0, le=1, description="Shift, as a share of the width, that is a turn."
    )
    known_likeness: float = Field(
        default=0.3, ge=0, le=1, description="Likeness from which a shifted view is recognised."
    )
    strange_likeness: float = Field(
        default=0.25, ge=-1, le=1, description="Likeness up to which the view is another one."
    )
    steady_likeness: float = Field(
        default=0.5, ge=-1, le=1, description="Likeness to the last seconds of a view that rests."
    )
    strange_s: float = Field(
        default=20.0, ge=0, le=600, description="How long another view is a lorry before the lens."
    )
    frozen_s: float = Field(
        default=10.0, ge=2, le=3600, description="How long a picture must stand still."
    )
    frozen_change: float = Field(
        default=0.02,
        ge=0,
        le=5,
        description="Grey levels by which a frozen picture may change in all that time together.",
    )
    loop_likeness: float = Field(
        default=0.7, gt=0, le=1, description="How exactly a picture must repeat itself."
    )
    loop_confirm_s: float = Field(
        default=3.0, ge=0, le=600, description="How long it must go on repeating itself."
    )


class PictureHealth:
    """The rule of one camera: shown each picture's numbers in order, it finds what begins."""

    def __init__(self, args: PictureHealthArgs) -> None:
        def activity(confirm_s: float) -> Activity:
            return Activity(confirm_s=confirm_s, quiet_s=args.quiet_s)

        self._args = args
        self._blank = activity(args.confirm_s)
        self._blurred = activity(args.confirm_s)
        self._turned = activity(args.confirm_s)
        self._strange = activity(args.strange_s)
        self._frozen = activity(0)
        self._looped = activity(args.loop_confirm_s)
        self._still_since: datetime | None = None
        self._changed = 0.0
        self._suspected_since: datetime | None = None
        self._learns = True

    @property
    def learns(self) -> bool:
        """Whether the last picture may count as usual.

        It may not while a view is suspect, lest the alarm wear off; it may once that has lasted for
        `accept_s`, since a camera that was turned on purpose must be guarded as well.
        """
        return self._learns

    def update(self, numbers: PictureNumbers) -> list[Finding]:
        """The activities that begin with this picture."""
        return [*self._tampered(numbers), *self._frozen_now(numbers), *self._looped_now(numbers)]

    def _tampered(self, numbers: PictureNumbers) -> list[Finding]:
        args, now = self._args, numbers.captured_at
        blank = self._is_blank(numbers)
        blurred = not blank and numbers.sharpness <= args.blurred_share
        known = numbers.likeness >= args.known_likeness
        turned = not (blank or blurred) and known and numbers.shift >= args.moved_share
        strange = (
            not (blank or blurred)
            and numbers.likeness <= args.strange_likeness
            and numbers.steadiness >= args.steady_likeness
        )
        elsewhere = turned or strange or self._is_elsewhere(numbers)
        black = numbers.brightness <= args.black_brightness
        begun = (
            (
                self._blank.update(now, strong=blank, weak=self._is_blank(numbers, RELIEF)),
                "black" if black else "covered",
                SURE,
            ),
            (
                self._blurred.update(
                    now, strong=blurred, weak=numbers.sharpness <= args.blurred_share * RELIEF
                ),
                "defocused",
                FAIRLY_SURE,
            ),
            (
                self._turned.update(now, strong=turned and not self._strange.on, weak=elsewhere),
                "moved",
                SURE,
            ),
            (
                self._strange.update(now, strong=strange and not self._turned.on, weak=elsewhere),
                "moved",
                FAIRLY_SURE,
            ),
        )
        self._suspect(now, blank or blurred or turned or strange)
        return [
            _finding("video.tampering", started_at, now, confidence, {"what": what})
            for started_at, what, confidence in begun
            if started_at is not None
        ]

    def _is_blank(self, numbers: PictureNumbers, relief: float = 1.0) -> bool:
        """Nothing to be seen, at all or of what is usual; a view in dimmer light is still seen."""
        args, contrast = self._args, numbers.contrast / relief
        faded = contrast <= args.blank_share * numbers.usual_contrast
        return contrast <= args.blank_contrast or (faded and numbers.likeness < args.known_likeness)

    def _is_elsewhere(self, numbers: PictureNumbers) -> bool:
        """What keeps a turned camera turned."""
        args = self._args
        return (
            numbers.shift >= args.moved_share / RELIEF
            or numbers.likeness <= args.strange_likeness * RELIEF
        )

    def _suspect(self, now: datetime, doubtful: bool) -> None:
        doubtful |= any(
            each.on for each in (self._blank, self._blurred, self._turned, self._strange)
        )
        self._suspected_since = (self._suspected_since or now) if doubtful else None
        self._learns = (
            self._suspected_since is None
            or (now - self._suspected_since).total_seconds() > self._args.accept_s
        )

    def _frozen_now(self, numbers: PictureNumbers) -> list[Finding]:
        args, now = self._args, numbers.captured_at
        # The sum of all changes bounds the change since the first picture, so that a slow fade of a
        # picture without noise is no standstill.
        self._changed += numbers.change
        if self._still_since is None or self._changed > args.frozen_change:
            self._still_since, self._changed = now, 0.0
        still_s = (now - self._still_since).total_seconds()
        strong = still_s >= args.frozen_s and not self._blank.on
        if self._frozen.update(now, strong=strong, weak=still_s >= STILL_S) is None:
            return []
        attributes: dict[str, Scalar] = {"still_s": round(still_s, 1)}
        return [_finding("video.frozen", self._still_since, now, SURE, attributes)]

    def _looped_now(self, numbers: PictureNumbers) -> list[Finding]:
        now, period_s, likeness = numbers.captured_at, numbers.loop_period_s, numbers.loop_likeness
        if period_s is None:
            likeness = 0.0
        started_at = self._looped.update(
            now,
            strong=likeness >= self._args.loop_likeness,
            weak=likeness >= self._args.loop_likeness / RELIEF,
        )
        if started_at is None or period_s is None:
            return []
        attributes: dict[str, Scalar] = {"period_s": round(period_s, 1)}
        return [_finding("video.looped", started_at, now, min(likeness, 1.0), attributes)]


def _finding(
    kind: str,
    started_at: datetime,
    observed_at: datetime,
    confidence: float,
    attributes: dict[str, Scalar],
) -> Finding:
    return Finding(
        kind=kind,
        started_at=started_at,
        observed_at=observed_at,
        confidence=confidence,
        attributes=attributes,
    )
