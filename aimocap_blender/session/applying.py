"""Motion onto a character, or onto a G1 rig: keyed, stamped with where it comes from, and told of."""

from collections.abc import Mapping
from types import MappingProxyType

import bpy

from ..jobs.runner import CaptureView
from ..motion.faults import MotionFault
from ..motion.g1.motion import G1Motion
from ..motion.time_mapping import TimeMapping
from ..scene.action_source import UNKNOWN, ActionSource
from ..scene.faults import SceneFault
from ..scene.g1.keys import apply_g1_motion, joints_left_out
from ..scene.g1.rig import add_g1_rig, is_g1_rig
from ..scene.retargeting import put_clip_on
from ..scene.robot_placement import place_robot, placement_next_to
from .choices import Choice, key_options, retarget_options
from .outcome_words import sentences_of
from .provenance import source_of_capture, stamping
from .reading import Motion

UNCHANGED: Mapping[str, Choice] = MappingProxyType({})
"""Choices of somebody who made none."""


def put_on_both(
    context: bpy.types.Context,
    view: CaptureView,
    motions: list[Motion],
    armature: bpy.types.Object | None,
    robot: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    choices: Mapping[str, Choice],
) -> tuple[str, ...]:
    """The character's motion, then the robot's on its rig or on a new one beside the character.

    Once the character has its motion, what keeps the robot from its own is only told.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing has changed.
    """
    human = not is_g1_rig(armature)
    place = placement_next_to(armature) if armature is not None and human else None
    told: tuple[str, ...] = ()
    for motion in motions:
        source = source_of_capture(view, motion)
        if not isinstance(motion, G1Motion):
            told += put_motion_on(context, motion, armature, mapping, name, choices, source)
            continue
        before = set(bpy.data.objects)
        try:
            told += put_motion_on(context, motion, robot if human else armature, mapping, name, choices, source)
        except (SceneFault, MotionFault) as fault:
            if not told:
                raise
            told += (f"{fault.what} {fault.next_step}",)
        else:
            for rig in filter(is_g1_rig, set(bpy.data.objects) - before):
                if place is not None and armature is not None:
                    place_robot(rig, motion, place)
                    told += (f"It stands {place.distance:.1f} m to the left of {armature.name}.",)
    return told


def put_motion_on(
    context: bpy.types.Context,
    motion: Motion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    choices: Mapping[str, Choice] = UNCHANGED,
    source: ActionSource = UNKNOWN,
) -> tuple[str, ...]:
    """Key a motion on a character, or on a G1 rig, which is made where none is given.

    Returns:
        A sentence on what was done, then those on how well it went.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing has changed.
    """
    if isinstance(motion, G1Motion):
        rig = armature if armature is not None and is_g1_rig(armature) else add_g1_rig(context, motion.variant)
        with stamping(rig, source):
            apply_g1_motion(rig, motion, mapping, name, key_options(choices).previous_action)
        told = f"{len(motion.root_pos)} frames of robot motion are on {rig.name}."
        lost = joints_left_out(rig, motion)
        return (told, f"It lacks {len(lost)} joints that move: {', '.join(lost)}.") if lost else (told,)
    if armature is None:
        raise SceneFault("No character is selected.", "Select the armature that the motion is for, and apply again.")
    with stamping(armature, source):
        outcome = put_clip_on(armature, motion, mapping, retarget_options(choices), name, key_options(choices))
    return sentences_of(armature.name, outcome)
