"""Seeds: the small models that a fresh install starts with, before anybody has trained one.

A seed is a folder here with a `card.json`. Its weights lie beside the card when they are small and
ours, in the catalog of data sets (`dataset:NAME`), or are built into the runtime. A new seed is one
new folder.
"""

from pathlib import Path

from pydantic import ValidationError

from hlaska.errors import ModelError, unknown
from hlaska.models import ModelCard

_FOLDER = Path(__file__).parent


def names() -> list[str]:
    """All seeds, sorted."""
    return sorted(card.parent.name for card in _FOLDER.glob("*/card.json"))


def card(name: str) -> ModelCard:
    """The card of one seed.

    Raises:
        ModelError: there is no such seed.
    """
    return read_card(folder(name) / "card.json")


def folder(name: str) -> Path:
    """Where a seed's card lies, and its weights if they lie beside it.

    Raises:
        ModelError: there is no such seed.
    """
    if name not in names():
        raise ModelError(unknown("seed", name, names()))
    return _FOLDER / name


def read_card(path: Path) -> ModelCard:
    """Reads a model's card.

    Raises:
        ModelError: the file is missing or is no valid card; says which keys are wrong.
    """
    try:
        return ModelCard.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ModelError(
            f"no model card at {path} ({error.strerror}); a model's folder holds card.json and its "
            "weights"
        ) from error
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors()
        )
        raise ModelError(f"{path}: {wrong}; correct the card") from error
