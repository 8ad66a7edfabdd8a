"""The mannequin in motion, and the options of motion."""

from typing import Any

import bpy
import pytest

from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.ui.acts import module

CHOICES = (
    "root_motion", "scale", "root_carrier", "start", "source_reference", "source_frame", "target_reference",
    "target_frame", "contacts", "lock_strength", "ground", "ground_height", "hand_strength", "smoothing", "mirror",
    "parts", "limbs", "sampling", "key_tolerance", "previous_action",
)  # fmt: skip
"""Options of the scene and of each operator that puts a motion on."""


def our_clip(start: float, end: float, fps: float, performance: Performance) -> Any:
    """A stretch of a performance as the installed package's own clip."""
    theirs = performance_clip(start, end, fps, performance)
    skeletons, rest = module("motion.skeleton"), theirs.skeleton
    ours = skeletons.Skeleton(rest.names, rest.parents, rest.rest, rest.tails, rest.world)
    return skeletons.Clip(ours, theirs.times, theirs.fps, theirs.positions, theirs.rotations)


@pytest.fixture
def walking(character: bpy.types.Object) -> bpy.types.Object:
    """The mannequin, walking for two and a half seconds from frame 1 on."""
    bpy.context.scene.render.fps = 30
    clip, mapping = (
        our_clip(0.0, 2.5, 30.0, Performance(radius=1e4)),
        module("motion.time_mapping").TimeMapping(1.0, 30.0),
    )
    options = module("motion.retargeting.retarget_options").RetargetOptions()
    module("scene.retargeting").put_clip_on(character, clip, mapping, options, "Walk")
    return character
