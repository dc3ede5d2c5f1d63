"""Made sounds of a street: what microphones listen for, and what it must not be taken for.

ARCHITECTURE. Nobody may be shot at for a training set, so every sound is made from the physics of
its source. Four floors, each knowing only those below it:

- `scenes`: minutes of a real street, several microphones, with the truth; `recipes` writes them
  as a data set of the catalog.
- `street` (a canyon of houses: echoes, delay, loss on the way) and `noise` (traffic and wind).
- one small file a sound, or a family of sounds: `SOUNDS` lists them all, dry and at 1 m.
- `blast`, `modes`, `voice`, `spectra`: shock waves, struck bodies, throats, coloured noise.

Every formula and every constant that is not a plain choice of ours names its source. All chance
comes from the generator that is passed in: the same seed makes the same sound on one machine.
"""

from collections.abc import Mapping
from types import MappingProxyType

from catalogs.sounds import (
    backfire,
    dog,
    explosion,
    firework,
    glass_break,
    gunshot,
    impacts,
    people,
    scream,
    siren,
    thunder,
    tram,
)
from catalogs.sounds.sound import Sound

SOUNDS: Mapping[str, Sound] = MappingProxyType(
    {
        sound.name: sound
        for sound in (
            gunshot.SOUND,
            explosion.SOUND,
            scream.SOUND,
            glass_break.SOUND,
            firework.SOUND,
            impacts.DOOR_SLAM,
            impacts.CLAP,
            impacts.HAMMERING,
            backfire.SOUND,
            impacts.DROPPED_PALLET,
            people.CHILDREN,
            siren.SOUND,
            dog.SOUND,
            thunder.SOUND,
            tram.SOUND,
            people.CHEERING,
            people.SPEECH_LIKE,
        )
    }
)
"""All sounds by name: those of `SOUND_CLASSES` first, in their order, then what resembles them."""

__all__ = ["SOUNDS", "Sound"]
