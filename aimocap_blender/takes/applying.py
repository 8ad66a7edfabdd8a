"""Applies motion to a character or a G1 rig: keyed, stamped with its source, and reported."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from itertools import chain
from types import MappingProxyType
from typing import cast

import bpy

from ..motion.g1.motion import G1Motion
from ..motion.retargeting.retarget_options import KeyOptions
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..scene.action_source import UNKNOWN, ActionSource, Worst, keep_added, keep_worst, source_of, stamped
from ..scene.added_data import removed_on_failure
from ..scene.armatures import action_of
from ..scene.bone_maps import bone_map_of
from ..scene.g1.keys import apply_g1_motion, joints_left_out
from ..scene.g1.rig import add_g1_rig, is_g1_rig
from ..scene.preview.action_corrections import keep_corrections
from ..scene.preview.action_trust import keep_mapping, keep_trust
from ..scene.retargeting import RetargetOutcome, put_clip_on
from ..scene.robot_placement import place_robot, placement_next_to
from ..texts.faults import Fault
from ..texts.text import Text
from .choices import key_options, retarget_options
from .configuration import configuration
from .messages import Note
from .outcome_words import note_on, shortfall
from .previews.trust_words import doubts_in_words
from .reading import ReadMotion
from .take import ROBOT, Kind, Take

UNCHANGED: Mapping[str, Choice] = MappingProxyType({})
"""The choices if none were made."""


def put_take_on(
    context: bpy.types.Context,
    take: Take,
    motions: Sequence[ReadMotion],
    armature: bpy.types.Object | None,
    robot: bpy.types.Object | None,
    mappings: Sequence[TimeMapping],
    choices: Mapping[str, Choice],
    *,
    any_figure: bool = False,
) -> Note:
    """Apply a take's motions: the character's, then the robot's to its rig or to a new one next to the character.

    Once the character has its motion, a fault of the robot's is only reported.

    Args:
        context: with the scene.
        take: the take.
        motions: of the take, at least one; a robot's last.
        armature: the one to apply to; None for none.
        robot: the rig for a robot's motion that comes beside a character's, or without any armature.
        mappings: each motion's seconds to timeline frames.
        choices: of how it is applied.
        any_figure: also apply where character or motion is no human figure.

    Returns:
        What was done, its quality, and what is known of the motions.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    both, human = len(take.targets) > 1, not is_g1_rig(armature)
    place = placement_next_to(armature) if both and armature is not None and human else None
    note: Note | None = None
    for read, mapping in zip(motions, mappings, strict=True):
        motion, source = read.motion, take.origin_of(read.motion)
        if not isinstance(motion, G1Motion):
            name = take.name_on(armature.name if armature is not None else "")
            note = put_motion_on(context, read, armature, mapping, name, choices, source, any_figure=any_figure)
            action = cast("bpy.types.Action", action_of(armature))
            playing = source_of(action)
            if take.id and take.id in {playing.preview, playing.capture}:
                keep_mapping(action, motion.times, mapping)
                keep_corrections(action, read.seen.corrections if read.seen is not None else ())
            if read.seen is not None and take.kind is Kind.PREVIEW and playing.preview == source.preview:
                keep_trust(action, read.seen.trust, motion.times, mapping)
                note = replace(note, details=(*doubts_in_words(read.seen), *note.details))
            continue
        before, rig = set(bpy.data.objects), robot if armature is None or (both and human) else armature
        name = take.name_on(rig.name if rig is not None else ROBOT)
        try:
            robots = put_motion_on(context, read, rig, mapping, name, choices, source)
        except Fault as fault:
            if note is None:
                raise
            note = note.with_details(fault.text)
        else:
            note = note.with_details(*robots.sentences) if note is not None else robots
            for added in filter(is_g1_rig, set(bpy.data.objects) - before):
                if place is not None and armature is not None:
                    place_robot(added, motion, place)
                    note = note.with_details(
                        Text(
                            "It stands {distance:.1f} m to the left of {armature}.",
                            distance=place.distance,
                            armature=armature.name,
                        )
                    )
    assert note is not None  # noqa: S101 -- there is a motion
    note = note.with_warning(shortfall(take, [read.motion for read in motions]))
    return note.with_details(*chain.from_iterable(read.notes for read in motions))


def put_motion_on(
    context: bpy.types.Context,
    read: ReadMotion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    name: str,
    choices: Mapping[str, Choice] = UNCHANGED,
    source: ActionSource = UNKNOWN,
    *,
    any_figure: bool = False,
) -> Note:
    """Key a motion on a character, or on a G1 rig, which is created if none is given.

    Returns:
        What was done, and its quality.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    motion = read.motion
    if isinstance(motion, G1Motion):
        rig = armature if armature is not None and is_g1_rig(armature) else None
        # a new rig must not stay without its motion
        with removed_on_failure() if rig is None else nullcontext():
            rig = rig or add_g1_rig(context, motion.variant)
            with stamping(rig, source):
                apply_g1_motion(rig, motion, mapping, name, key_options(choices).previous_action)
        done = Text("{count} frames of robot motion are on {rig}.", count=len(motion.root_pos), rig=rig.name)
        lost = joints_left_out(rig, motion)
        details = (
            (Text("It is missing {count} moving joints: {joints}.", count=len(lost), joints=", ".join(lost)),)
            if lost
            else ()
        )
        return Note(done, details=details)
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion, then apply again.")
    keys, before = keys_for(armature, choices, source), action_of(armature)
    options = retarget_options(choices)
    # a part that is added to a motion leaves the Action what it is
    goes_on = options.is_part and "legs" not in options.parts and bool(before)
    with stamping(armature, None if goes_on else source):
        outcome = put_clip_on(
            armature, motion, mapping, options, name, keys, read.bone_map, read.shown_by, any_figure=any_figure
        )
    _keep_worst(armature, outcome)
    if goes_on:
        keep_added(cast("bpy.types.Action", action_of(armature)), source)
    return note_on(armature.name, outcome)


def keys_for(armature: bpy.types.Object, choices: Mapping[str, Choice], source: ActionSource) -> KeyOptions:
    """Return the choices for the keyframes of a motion from this source."""
    keys = key_options(choices)
    if source.capture and source_of(action_of(armature)).preview and keys.previous_action == "IN_TURN":
        # a capture replaces a preview, it doesn't follow it
        return replace(keys, previous_action="PUSH_DOWN")
    return keys


def _keep_worst(armature: bpy.types.Object, outcome: RetargetOutcome) -> None:
    """Store the joint that deviates most on the new Action, for review clips."""
    slot, degrees = outcome.poses.worst
    bone = bone_map_of(armature).bones().get(slot)
    action = action_of(armature)
    if bone is not None and action is not None:
        keep_worst(action, Worst(slot, bone, degrees))


def stamping(obj: bpy.types.Object, source: ActionSource | None) -> AbstractContextManager[None]:
    """Stamp the action that an armature object gets in this context with its source; mark it as an asset if set so.

    Args:
        obj: the armature object.
        source: of the motion; None if it is the object's own, repaired.
    """
    return stamped(obj, source, as_asset=configuration().mark_assets)
