"""The tracks that the product's own eyes get from the pictures of rendered truth."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np

from aimocap_blender.vision.network_graph import PoseNetworks
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.watching import Watching

from .rendered_truth.truth import Truth


def truth_track(truth: Truth, networks: PoseNetworks) -> PersonTrack:
    """The person in a rendered clip, from its first frame on, also where they are not found from there on."""
    clip = ClipFrames(len(truth.pictures), float(truth.recipe.fps), picture_of(truth))
    watched = Watching(clip, networks).watch()
    assert watched.shots, truth.recipe.name
    return _from_the_first(watched.shots[0].track, watched.shots[0].first)


def picture_of(truth: Truth) -> Callable[[int], np.ndarray]:
    """The reader of a rendered clip's frames."""
    return lambda index: pixels_of(truth.pictures[index])


def _from_the_first(track: PersonTrack, first: int) -> PersonTrack:
    """The track with so many frames before it in which nobody is seen."""

    def after(values: np.ndarray, before: float) -> np.ndarray:
        return np.concatenate([np.full((first, *values.shape[1:]), before), values])

    return PersonTrack(
        np.arange(first + len(track.times)) / track.fps,
        track.fps,
        track.size,
        after(track.pixels, np.nan),
        after(track.visibility, 0.0),
        after(track.body, np.nan),
        after(track.confidence, 0.0),
        np.concatenate([np.tile(np.eye(3), (first, 1, 1)), track.camera]),
    )


def pixels_of(file: Path) -> np.ndarray:
    """(H, W, 3) 8-bit values of a picture from the top down."""
    image = bpy.data.images.load(str(file))
    width, height = (int(side) for side in cast("Any", image.size))
    values = np.empty(width * height * image.channels, np.float32)
    cast("Any", image.pixels).foreach_get(values)
    channels = image.channels
    bpy.data.images.remove(image)
    return np.rint(values.reshape(height, width, channels)[::-1, :, :3] * 255.0).astype(np.uint8)
