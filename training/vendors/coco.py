"""COCO: boxes of images as JSON, a list of results or a whole data set with its images.

RESTS ON https://cocodataset.org/#format-results and #format-data: results are a list of `image_id`,
`category_id`, `bbox` (left, top, width, height in pixels, from 0) and `score`; a data set has
`images`, `categories` and `annotations` of the same form.

ASSUMED: an image is a frame. Its number is `frame_id` of the image, as video data sets have it, or
else the last number in its `file_name`; in a list of results it is `image_id`. All are taken as
numbers from 0: see `frame_offset`. Without `categories`, a class is its number (`"1": person` in
the mapping). `track_id` or `instance_id`, where there is one, follows an object. Crowds are left
out.
"""

import re
from pathlib import Path

from training.vendors.export import Export
from training.vendors.jsons import Node, document
from training.vendors.mapping import Mapping
from training.vendors.reading import Reading
from training.vendors.tracks import Tracks


def read(path: Path, mapping: Mapping) -> Export:
    """Boxes, followed where they have ids.

    Raises:
        DataError: the file is wrong, or holds what the mapping does not explain.
    """
    reading = Reading(path, mapping)
    whole = document(reading)
    tracks = Tracks(reading)
    if isinstance(whole.value, list):
        frames, names, results = None, {}, whole.items()
    else:
        frames = {node.text("id"): _frame(node, reading) for node in whole.items("images")}
        names = (
            {node.text("id"): node.text("name") for node in whole.items("categories")}
            if whole.has("categories")
            else {}
        )
        results = whole.items("annotations")
    for node in results:
        if node.value.get("iscrowd") == 1 if isinstance(node.value, dict) else False:
            reading.leave_out("crowds", node.place)
            continue
        category = node.text("category_id")
        kind = reading.kind(names.get(category, category), node.place)
        if kind is None:
            continue
        left, top, width, height = node.numbers("bbox", 4)
        tracks.add(
            node.place,
            track=node.text("track_id", node.text("instance_id", "")),
            kind=kind,
            frame=_of(node, frames, reading),
            box=(left, top, left + width, top + height),
            score=node.number("score", float("nan")),
        )
    return reading.done(tracks=tracks.table())


def _of(node: Node, frames: dict[str, int] | None, reading: Reading) -> int:
    """The frame that a box is in."""
    if frames is None:
        return node.whole("image_id")
    image = node.text("image_id")
    if image not in frames:
        raise reading.wrong(node.place, f"image {image[:40]!r} is not among `images`; add it there")
    return frames[image]


def _frame(image: Node, reading: Reading) -> int:
    if image.has("frame_id"):
        return image.whole("frame_id")
    name = image.text("file_name", "")
    digits = re.findall(r"\d+", name.rpartition("/")[2].rpartition(".")[0], re.ASCII)
    if not digits or len(digits[-1]) > 12:
        raise reading.wrong(
            image.place, f"no number of a frame in {name[:60]!r}; add `frame_id` to the image"
        )
    return int(digits[-1])
