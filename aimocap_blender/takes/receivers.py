"""The character or robot that receives a take's motion, and what binds the take to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import bpy

from ..options import Choice
from ..scene.armatures import selected_armature
from ..scene.chosen_character import robot_of
from ..scene.g1.rig import is_g1_rig, takes_captures
from ..scene.keys.keyframes import require_editable
from ..scene.playback_range import scene_fps
from ..scene.retargeting import require_character
from ..scene.video.strips import StripSource
from ..texts.faults import Fault
from ..texts.text import Text
from .binding import Binding, bind


def character_for(
    context: bpy.types.Context, kept: bpy.types.Object | None = None, *, by_bone_map: bool = True
) -> bpy.types.Object:
    """Return the kept or selected armature.

    Args:
        context: with the selection.
        kept: the character; None for the selected armature.
        by_bone_map: the motion is a human's, not one of its own skeleton.

    Raises:
        Fault: there is none, or it can't take the motion.
    """
    armature = kept or selected_armature(context)
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion.")
    if is_g1_rig(armature):
        raise Fault(
            Text("“{armature}” is a robot, but the motion is for a character.", armature=armature.name),
            "Select a character, or capture with the target Unitree G1.",
        )
    if by_bone_map:
        require_character(armature)
    elif not cast("bpy.types.Armature", armature.data).bones:
        raise Fault(Text("“{name}” has no bones.", name=armature.name), "Select the armature for the motion.")
    return _editable(armature)


def robot_for(context: bpy.types.Context, kept: bpy.types.Object | None = None) -> bpy.types.Object | None:
    """Return the kept or selected robot; None if its rig is to be created later.

    Raises:
        Fault: it can't take the motion.
    """
    rig = robot_of(context, kept)
    return _editable(rig) if rig is not None else None


def robot_beside(character: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the selected robot that receives the robot's motion of a take for both; None if there is none.

    Raises:
        Fault: it can't take the motion.
    """
    selected = bpy.context.view_layer.objects.selected if bpy.context.view_layer else ()
    for thing in selected:
        if thing != character and takes_captures(thing):
            return _editable(thing)
    return None


def bind_to_source(
    scene: bpy.types.Scene,
    armature: bpy.types.Object | None,
    source: StripSource,
    choices: Mapping[str, Choice],
    robot: bpy.types.Object | None = None,
) -> Binding:
    """Bind a take to its receivers, and to where a strip or movie is on the timeline.

    Args:
        scene: the receivers'. Real time is in its frames: from 5.0 on, the sequencer's scene may be another one.
        armature: the character, or the only robot.
        source: the strip or movie.
        choices: of how the motion is applied.
        robot: for the robot's motion of a take for both.
    """
    real_time = replace(source.real_time, frames_per_second=scene_fps(scene))
    return bind(armature, source.name, source.mapping, real_time, choices, scene, robot)


def _editable(armature: bpy.types.Object) -> bpy.types.Object:
    require_editable(armature)
    return armature
