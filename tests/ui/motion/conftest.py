"""The mannequin in motion."""

import bpy
import pytest

from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.ui.acts import module


@pytest.fixture
def walking(character: bpy.types.Object) -> bpy.types.Object:
    """The mannequin, walking for two and a half seconds from frame 1 on."""
    bpy.context.scene.render.fps = 30
    theirs = performance_clip(0.0, 2.5, 30.0, Performance(radius=1e4))
    skeletons, mapping = module("motion.skeleton"), module("motion.time_mapping").TimeMapping(1.0, 30.0)
    rest = theirs.skeleton
    ours = skeletons.Skeleton(rest.names, rest.parents, rest.rest, rest.tails, rest.world)
    clip = skeletons.Clip(ours, theirs.times, theirs.fps, theirs.positions, theirs.rotations)
    options = module("motion.retargeting.retarget_options").RetargetOptions()
    module("scene.retargeting").put_clip_on(character, clip, mapping, options, "Walk")
    return character
