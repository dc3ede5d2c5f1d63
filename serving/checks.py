"""What `hlaska doctor` asks of serving: the best detector that is here without fetching."""

from catalogs import datasets, seeds
from hlaska.checks import Check
from hlaska.settings import Settings
from serving.models import BEST_DETECTORS


def checks() -> list[Check]:
    """The detector that `best` means on this machine, as things lie."""
    settings = Settings.load()
    for name in BEST_DETECTORS:
        weights = seeds.card(name).weights
        if weights is None:
            return [
                Check(
                    name="detector",
                    status="warn",
                    found=f"{name}, the baseline that needs no weights",
                    remedy="hlaska data get yolox-nano; or HLASKA_DATA=FOLDER",
                )
            ]
        if datasets.available(weights.removeprefix("dataset:"), settings) is not None:
            return [Check(name="detector", status="ok", found=name)]
    raise AssertionError("the last of the best detectors needs no weights")
