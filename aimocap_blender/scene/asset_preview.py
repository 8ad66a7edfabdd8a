"""The picture of an Action in the Asset Browser: three moments of its motion, drawn as figures."""

import itertools
from typing import Any, cast

import bpy
import numpy as np

from ..motion.bones.humanoid import ARM_SLOTS, LEG_SLOTS, SIDES, TORSO_SLOTS
from ..motion.figures.posture import leftward
from ..motion.rotations import FloatArray
from .armature_motion import in_world
from .asset_motion import asset_poses
from .asset_skeleton import AssetSkeleton

_SIZE = 128
"""Pixels of a side."""
_MIDDLES: FloatArray = np.linspace(0.5, _SIZE - 0.5, _SIZE)
"""Of the pixels of a row or column."""
_MOMENTS = (0.15, 0.5, 0.85)
_CENTRES = (28.0, 64.0, 100.0)
_COLOURS = ((0.33, 0.43, 0.6), (0.5, 0.64, 0.86), (0.78, 0.88, 1.0))
"""Of each moment."""
_CHAINS = (
    TORSO_SLOTS,
    *(("hips", *(f"{side}_{part}" for part in LEG_SLOTS)) for side in SIDES),
    *(tuple(f"{side}_{part}" for part in ARM_SLOTS) for side in SIDES),
)
_TURNED = np.radians(35.0)
"""From the front."""
_TALLEST, _WIDEST = 112.0, 44.0
"""Pixels of a figure that stands, and of half a figure's width."""
_BELOW = 6.0
"""Pixels below the lowest joint."""
_TINY = 1e-6
_THICK, _HEAD = 0.024, 0.062
"""Half a limb's thickness, and a head's radius, as shares of the height."""


def draw_preview(action: bpy.types.Action, kept: AssetSkeleton) -> None:
    """Draw an Action's motion as its preview picture, if the skeleton that it stores is a person's."""
    slots = {slot: kept.skeleton.index(bone) for slot, bone in kept.bone_map.bones().items()}
    if not {"hips", "head"} <= set(slots):
        return
    first, last = (float(frame) for frame in action.frame_range)
    found = in_world(asset_poses(action, kept, first + np.array(_MOMENTS) * (last - first)))
    if found is None:
        return
    preview = cast("Any", action.preview_ensure())
    preview.image_size = (_SIZE, _SIZE)
    preview.image_pixels_float.foreach_set(_picture(found.heads, slots).astype(np.float32).ravel())


def _picture(heads: FloatArray, slots: dict[str, int]) -> FloatArray:
    """Return (128, 128, 4) RGBA from the bottom, for heads (3, B, 3) in world space."""
    left = leftward(heads[1:2], slots)[0]
    direction = np.arctan2(left[1], left[0]) + _TURNED
    across = np.array((np.cos(direction), np.sin(direction)))
    flat = np.stack(((heads[..., :2] - heads[:, slots["hips"], None, :2]) @ across, heads[..., 2]), axis=-1)
    drawn = flat[:, list(slots.values())]
    bottom = float(drawn[..., 1].min())
    height = max(float(np.ptp(drawn[..., 1])), _TINY)
    scale = min(_TALLEST / (height * (1.0 + _HEAD)), _WIDEST / max(float(np.abs(drawn[..., 0]).max()), _TINY))
    picture = np.zeros((_SIZE, _SIZE, 4))
    for pose, centre, colour in zip(flat, _CENTRES, _COLOURS, strict=True):
        joints = (pose - (0.0, bottom)) * scale + (centre, _BELOW)
        top = joints[slots["head"]] + (0.0, _HEAD * height * scale)
        cover = np.zeros((_SIZE, _SIZE))
        _draw_line(cover, top, top, _HEAD * height * scale)
        for chain in _CHAINS:
            bones = [joints[slots[slot]] for slot in chain if slot in slots]
            for start, end in itertools.pairwise(bones):
                _draw_line(cover, start, end, _THICK * height * scale)
        picture += (np.array((*colour, 1.0)) - picture) * cover[..., None]
    return picture


def _draw_line(cover: FloatArray, start: FloatArray, end: FloatArray, radius: float) -> None:
    """Draw a line with round ends, from 0 to 1, into (R, C) pixels; points are (column, row)."""
    first = np.clip(np.minimum(start, end) - radius - 1.0, 0, _SIZE).astype(int)
    last = np.clip(np.maximum(start, end) + radius + 2.0, 0, _SIZE).astype(int)
    along = end - start
    x = _MIDDLES[first[0] : last[0]] - start[0]
    y = _MIDDLES[first[1] : last[1], None] - start[1]
    part = np.clip((x * along[0] + y * along[1]) / max(float(along @ along), _TINY), 0.0, 1.0)
    distance = np.hypot(x - part * along[0], y - part * along[1])
    drawn = cover[first[1] : last[1], first[0] : last[0]]
    np.maximum(drawn, np.clip(radius + 0.5 - distance, 0.0, 1.0), out=drawn)
