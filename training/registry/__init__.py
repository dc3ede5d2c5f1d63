"""The life of a model in the MLflow registry: registered, judged, promoted, rolled back.

ARCHITECTURE. A version is judged before it runs; who let it run, when and why is written on it.

- `registering` puts a folder into the registry, signed with its digest.
- `gating` judges a candidate beside the champion. What is measured is one file a task
  (`video_units`, `sound_units`, `flow_units`), what must hold in any case is `behaviours_*`, speed
  and size are `cost`; `verdict` is the rule alone: from numbers to passed, failed or refused.
- `moving` changes aliases so that a death at any point leaves a champion and can be repaired;
  `promotion` says when that is allowed.
- `standing` reads who holds which alias; `telling` keeps reports on this machine.

Only this package, `training.runs` and `serving.models` know MLflow.
"""

from training.registry.registering import register

__all__ = ["register"]
