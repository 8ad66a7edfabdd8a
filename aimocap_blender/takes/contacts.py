"""Edits the foot contacts of a character's motion, wherever that comes from, and solves its feet again.

The curves of its Action get the new values.
"""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import bpy

from ..motion.feet.contact_edits import Bar, Bars, ContactEdits, edits_between, tidied
from ..motion.limb_hinges import with_hinges
from ..motion.mirroring import mirrored_motion
from ..motion.pose_motion import PoseMotion
from ..motion.retargeting.retarget_options import RetargetOptions
from ..scene.action_contacts import (
    ActionContacts,
    Applied,
    contacts_on,
    moved_frames,
    moved_mapping,
    remember,
    remembered,
    remove_contacts,
    store_contacts,
)
from ..scene.action_source import source_of
from ..scene.armature_motion import armature_motion
from ..scene.armatures import action_of, skeleton_of
from ..scene.bone_maps import bones_of
from ..scene.keys.keyframes import is_action_as_written, replace_keys, take_as_written
from ..scene.keys.pose_keys import add_difference, hinges_of, keyed_channels
from ..scene.retargeting import controls_in, reference_sample, require_character
from ..scene.rigs.control_rigs import has_influences
from ..scene.skins import ground_below, skin_of
from ..scene.takes import Comparison
from ..texts.faults import Fault
from ..texts.text import Text
from .session import open_session

if TYPE_CHECKING:
    from ..motion.skeleton import Clip


def require_contacts(obj: bpy.types.Object) -> ActionContacts:
    """Return the contacts of the motion that a character has.

    Raises:
        Fault: it has none whose contacts can be edited.
    """
    contacts = contacts_on(action_of(obj))
    if contacts is None:
        raise Fault(
            Text("The Action of “{name}” has no foot contacts.", name=obj.name),
            "Apply a motion with Contacts to a character without control rig.",
        )
    return contacts


def solve_feet_again(obj: bpy.types.Object, bars: Bars, applied: Applied) -> None:
    """Solve the feet of a character's motion again, with other contacts.

    Only what differs from the last solution is written: keys that were changed by hand keep that on top.

    Args:
        obj: the character's armature object, whose Action has contacts.
        applied: the motion that the Action was made of.

    Raises:
        Fault: the character can't take the motion any more. Nothing has changed then.
    """
    contacts = require_contacts(obj)
    edits = _edits(obj, contacts, contacts.feet), _edits(obj, contacts, bars)
    _change_keys(obj, contacts, applied, [(contacts.options, edits)])
    store_contacts(cast("bpy.types.Action", action_of(obj)), replace(contacts, feet=bars))


def free_feet(obj: bpy.types.Object, applied: Applied) -> None:
    """Undo the locking of feet in a character's motion, see `solve_feet_again`; its Action has no contacts any more."""
    contacts = require_contacts(obj)
    free = replace(contacts.options, contacts="OFF")
    edits = _edits(obj, contacts, contacts.feet)
    _change_keys(obj, contacts, applied, [(contacts.options, [edits]), (free, [ContactEdits()])])
    remove_contacts(cast("bpy.types.Action", action_of(obj)))


def _edits(obj: bpy.types.Object, contacts: ActionContacts, bars: Bars) -> ContactEdits:
    """Return what bars add to the contacts that were found, and cut, in seconds of the motion."""
    mapping = moved_mapping(cast("bpy.types.Action", action_of(obj)), contacts.mapping)
    return edits_between(contacts.found, bars, mapping, contacts.within)


def _change_keys(
    obj: bpy.types.Object,
    contacts: ActionContacts,
    applied: Applied,
    ways: Sequence[tuple[RetargetOptions, Sequence[ContactEdits]]],
) -> None:
    """Change keys by what differs between two ways of solving the motion."""
    from ..motion.retargeting.retarget import retarget_edited  # noqa: PLC0415 -- large, and not needed to enable the add-on

    bone_map, target = require_character(obj), skeleton_of(obj)
    clip, source_map = applied.clip, applied.bone_map
    if contacts.options.mirror:
        clip, source_map = mirrored_motion(clip, source_map)
    # a rig's keys are solved in Blender's evaluation, which takes too long for each drag of a bar
    if has_influences(obj, bone_map.all_bones()):
        raise Fault(
            Text("Constraints or drivers move “{name}” now.", name=obj.name), "Remove them, or apply the motion again."
        )
    mapping, ground = contacts.mapping, contacts.options.ground
    source = bpy.data.objects.get(applied.source) if applied.source else None
    skin = skin_of(obj, target) if contacts.options.contacts == "BODY" else None
    with ground_below((obj, source), mapping) if ground == "SCENE" else nullcontext() as cast_ray:
        # both ways are solved, as only what differs between them may change the keys
        motions = list[PoseMotion]()
        for options, edits in ways:
            reference = reference_sample(clip, mapping, options)
            motions += retarget_edited(clip, source_map, target, bone_map, options, reference, cast_ray, edits, skin)
    controls = controls_in(target, bone_map)
    hinges = hinges_of(obj, controls)
    since = moved_frames(action_of(obj))
    # once keys were trimmed or retimed, those that reduction left out aren't known: all samples are compared
    keys = contacts.keys if since is None else replace(contacts.keys, tolerance_degrees=0.0)
    was, now = motions
    before = keyed_channels(obj, with_hinges(was, target, bone_map, hinges), mapping, keys, controls)
    after = keyed_channels(obj, with_hinges(now, target, bone_map, hinges), mapping, keys, controls)
    if since is None:
        replace_keys(obj, before, after)
    else:
        add_difference(obj, before, after, since)
    cast("bpy.types.Action", action_of(obj)).update_tag()


def set_contacts(context: bpy.types.Context, obj: bpy.types.Object, side: str, bars: Iterable[Bar]) -> None:
    """Give a foot other contacts, and solve the feet again.

    Args:
        context: with the scene.
        obj: the character.
        side: left or right.
        bars: the foot's contacts; they are joined where they overlap, and clamped to the motion.

    Raises:
        Fault: the motion has no contacts, none where one of these is, is gone, or can't be put on the character any
            more. Nothing has changed then.
    """
    contacts = require_contacts(obj)
    if side not in contacts.feet:
        raise Fault(
            Text("The motion of “{name}” has no contacts for that foot.", name=obj.name),
            "Edit those of the other foot.",
        )
    bars, (begins, ends) = tuple(bars), contacts.within
    for first, end in bars:
        # clamped to nothing it would be lost without a word
        if end <= begins or first >= ends:
            raise Fault(
                Text(
                    "The motion has no frame {first}: it goes from {begins} to {last}.",
                    first=first,
                    begins=begins,
                    last=ends - 1,
                ),
                "Choose frames within these.",
            )
    feet = {**contacts.feet, side: tidied(bars, contacts.within)}
    if feet == contacts.feet:
        return
    solve_feet_again(obj, feet, _applied(context, cast("bpy.types.Action", action_of(obj))))


def compare_feet(context: bpy.types.Context, obj: bpy.types.Object) -> Comparison:
    """Compare a character's motion with a copy of it whose feet are free, which is the ghost.

    Raises:
        Fault: as of `set_contacts` and `Comparison`. Nothing has changed then.
    """
    require_contacts(obj)
    action = cast("bpy.types.Action", action_of(obj))
    applied = _applied(context, action)
    free = cast("bpy.types.Action", action.copy())
    free.name = f"{action.name} Free Feet"
    # the copy goes when the comparison ends, and is no asset beside the one that it is a copy of
    free.use_fake_user = False
    free.asset_clear()
    try:
        comparison = Comparison(obj, free)
        slot = comparison.ghost.action_slot
        as_written = is_action_as_written(action, comparison.shown.action_slot)
        with comparison.ghost_played():
            free_feet(obj, applied)
    except Fault:
        bpy.data.actions.remove(free)
        raise
    # solving its feet changed its keys: the copy would count as edited by hand, and stay when the comparison ends
    if as_written:
        take_as_written(free, slot)
    return comparison


def _applied(context: bpy.types.Context, action: bpy.types.Action) -> Applied:
    """Return the motion that an Action was made of, and keep it in memory.

    Raises:
        Fault: it isn't there any more.
    """
    applied = remembered(action)
    if applied is None:
        applied = _read_again(context, action)
        remember(action, applied)
    return applied


def _read_again(context: bpy.types.Context, action: bpy.types.Action) -> Applied:
    """Return the motion that an Action was made of, from where it comes.

    Raises:
        Fault: it isn't there any more.
    """
    source, session = source_of(action), open_session()
    gone = Fault(
        Text("The motion of the Action “{name}” is no longer available.", name=action.name),
        "Apply it again, then edit its contacts.",
    )
    if source.capture or source.preview:
        take = session.take(source.capture or source.preview)
        if take is None or take.human is None:
            raise gone
        # blocks for a second or two, as it may have to be read from disk: an edit is what the user waits for
        (read,) = session.application.read_now(take, (take.human,))
        clip = cast("Clip", read.motion)
        return Applied(clip, bones_of(clip.skeleton))
    # motion of an armature in the scene has no file: it is read from there once more
    shown = bpy.data.objects.get(source.armature) if source.armature else None
    if shown is None:
        raise gone
    motion = armature_motion(shown, context.scene)
    return Applied(motion.clip, motion.bone_map, shown.name)
