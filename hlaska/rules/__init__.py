"""Camera rules: numbers in, findings out. One file a rule.

ARCHITECTURE. A rule is a small object for one zone or line of one camera. Its stream shows it each
`Scene` in order (`Rule.update`); it answers with a `Finding` when an activity *begins*, once per
activity. Rules see tracks in pixels and metres, never a picture, and take time from the scene,
never from a clock.

A new rule for zones is one new file with its `…Args` (options of the site file, with a literal
`rule` name) and one line in `ZoneRule` below.
"""

from typing import Annotated

from pydantic import Field

from hlaska.rules.crowding import CrowdingArgs
from hlaska.rules.intrusion import IntrusionArgs
from hlaska.rules.loitering import LoiteringArgs

ZoneRule = Annotated[IntrusionArgs | LoiteringArgs | CrowdingArgs, Field(discriminator="rule")]

__all__ = ["ZoneRule"]
