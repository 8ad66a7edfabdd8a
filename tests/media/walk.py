"""The performance put onto a character of the scene by the installed add-on."""

import importlib

import bpy

from .performance import Performance
from .performance_clip import performance_clip

_ADDON = "bl_ext.user_default.aimocap_blender"


def put_walk_on(character: bpy.types.Object, seconds: float, performance: Performance | None = None) -> None:
    """As the Action “Walk” from frame 1 on, at 30 frames per second, which the scene has from now on."""
    bpy.context.scene.render.fps = 30
    theirs = performance_clip(0.0, seconds, 30.0, performance)
    skeletons, times, options, retargeting = (
        importlib.import_module(f"{_ADDON}.{name}")
        for name in (
            "motion.skeleton",
            "motion.time_mapping",
            "motion.retargeting.retarget_options",
            "scene.retargeting",
        )
    )
    rest = theirs.skeleton
    ours = skeletons.Skeleton(rest.names, rest.parents, rest.rest, rest.tails, rest.world)
    clip = skeletons.Clip(ours, theirs.times, theirs.fps, theirs.positions, theirs.rotations)
    retargeting.put_clip_on(character, clip, times.TimeMapping(1.0, 30.0), options.RetargetOptions(), "Walk")
