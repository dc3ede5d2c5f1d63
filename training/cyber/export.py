"""From fitted models to folders that serving loads: one skops file, no pickle, and its card."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import skops.io
from numpy.typing import NDArray

from hlaska.errors import ModelError
from hlaska.models import Measured, ModelCard, ModelInput
from hlaska.network.features import WINDOW_S
from serving.cyber.drift import Reference
from serving.cyber.scorer import COLUMNS, EDGES, ESTIMATOR, SHARES, FlowScorer
from serving.models import from_folder, weights_sha256

TOLERANCE = 1e-6
"""Greatest difference between a score of the file and one of the model in memory."""


def export(
    held: Mapping[str, Any],
    out: Path,
    *,
    card: Mapping[str, Any],
    examples: NDArray[np.float32],
    reference: Reference,
    measured: Sequence[Measured] = (),
) -> ModelCard:
    """Writes the new folder `out`: the model in one skops file, and its card.

    Args:
        held: What the file holds beside the reference; see `serving.cyber.scorer`.
        out: Must not exist yet; it appears whole or not at all.
        card: Name, version, task, classes and the like; what follows from the weights is added.
        examples: Rows on which the file must say what the model in memory says.
        reference: What today's rows are compared with.
        measured: For the card.

    Raises:
        ModelError: `out` exists, the card is wrong, or the file says something else.
    """
    if out.exists():
        raise ModelError(f"{out} exists already; name a new folder, or take that one away")
    content = {**held, EDGES: reference.edges, SHARES: reference.shares}
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".exporting-") as scratch:
        folder = Path(scratch) / "model"
        folder.mkdir()
        weights = folder / f"{card['name']}.skops"
        skops.io.dump(content, weights, compression=8, compresslevel=9)
        features = COLUMNS[card["task"]]
        whole = ModelCard(
            **card,
            input=ModelInput(shape=(-1, len(features)), features=features, window_s=WINDOW_S),
            output="scores",
            runtime="skops",
            weights=weights.name,
            sha256=weights_sha256(weights),
            measured=tuple(measured),
        )
        (folder / "card.json").write_text(whole.model_dump_json(indent=2) + "\n")
        read = FlowScorer.load(from_folder(folder)).score(examples)
        worst = float(np.abs(read - FlowScorer(whole, content).score(examples)).max(initial=0))
        if not worst <= TOLERANCE:
            raise ModelError(
                f"{ESTIMATOR} of {weights.name} differs by {worst:.2g} when it is read again, "
                f"{TOLERANCE} is allowed; report it: this should not be"
            )
        folder.rename(out)
    return whole
