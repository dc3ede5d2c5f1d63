"""One sense's view of the chosen alert's minute: a still, a sound or conversations."""

from typing import Any, ClassVar

import param

from dashboards.part import Part


class EvidencePane(Part):
    """What one sense has of the minute, or why it has nothing. Its parts keep their places."""

    facts = param.Dict(
        default={},
        doc="`title`, `line`, `note`, `other` (not part of the alert), `told` (a sentence), "
        "`instead` (a button's words), `sounds` (has a player), `talks` (see `talk_table`; empty: "
        "has none); of a replay `sense`, the look of a severity, `before` and whether it is `old`.",
    )
    still = param.Bytes(default=None, allow_None=True, doc="A picture, JPEG.")
    still_words = param.String(default="", doc="What stands there instead of a picture.")
    sound = param.Bytes(default=None, allow_None=True, doc="A sound, FLAC.")
    sound_words = param.String(default="", doc="What stands there instead of a player.")

    _esm = "browser/evidence_pane.js"
    _look: ClassVar[str] = "evidence_pane.css"


def nothing(title: str, words: str, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - more facts
    """The facts of a pane that has only words to show."""
    return {"title": title, "line": "", "note": "", "other": "", "words": words, **rest}
