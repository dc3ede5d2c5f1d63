"""Memory of one way through the clip, in a process of its own: `memory.py KIND SEED`."""

import json
import sys
from itertools import islice

import psutil

from hlaska.errors import HlaskaError
from hlaska.settings import Settings
from serving.models import resolve
from serving.video.motion import Motion
from serving.video.scorer import DetectorScorer
from tests.benchmarks.passes import THREADS, bare, pipeline, tracked
from training.evaluation.pets import footage
from training.evaluation.video import frames_of

FRAMES = 60
LOOK_EVERY = 10


def main(kind: str, seed: str) -> None:
    """Print the most resident bytes of this process and its children."""
    settings = Settings.load()
    scene, model = footage(settings), resolve(f"seed:{seed}", settings)
    if kind == "track()":
        # Imported here: it brings torch, which the others do without.
        from training.evaluation.ultralytics_track import UltralyticsTrack

        frames = tracked(scene, UltralyticsTrack(model, settings))
    elif kind == "pipeline":
        scorer = DetectorScorer.load(model, threads=THREADS)
        frames = pipeline(scene, scorer, model.ref, looks=[])
    else:
        scorer = DetectorScorer.load(model, threads=THREADS)
        images = [frame.image for frame in frames_of(scene.clip, scene.camera, limit=1)]
        frames = bare(images * FRAMES, [Motion().regions(images[0]).boxes_px] * FRAMES, scorer)
    most = 0
    for number, _ in enumerate(islice(frames, FRAMES)):
        if number % LOOK_EVERY == LOOK_EVERY - 1:
            most = max(most, _resident())
    sys.stdout.write(json.dumps({"rss_bytes": most}) + "\n")


def _resident() -> int:
    me = psutil.Process()
    return sum(each.memory_info().rss for each in [me, *me.children(recursive=True)])


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except HlaskaError as error:
        sys.exit(str(error))
