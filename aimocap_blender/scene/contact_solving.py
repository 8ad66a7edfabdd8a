"""Solving a character's feet again with contacts that were edited, in the curves of its Action."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import cast

import bpy

from ..motion.feet.contact_edits import Bars, ContactEdits, edits_between
from ..motion.mirroring import mirrored_motion
from ..motion.pose_motion import PoseMotion
from ..motion.retargeting.hinges import with_hinges
from ..motion.retargeting.retarget_options import RetargetOptions
from ..texts.faults import Fault
from ..texts.text import Text
from .action_contacts import ActionContacts, Applied, contacts_on, remove_contacts, store_contacts
from .armatures import action_of, skeleton_of
from .ground import ground_below
from .keys.curve_keys import add_difference
from .keys.keyframes import replace_keys
from .keys.pose_keys import hinges_of, keyed_channels
from .moved_frames import moved_frames, moved_mapping
from .retargeting import controls_in, reference_sample, require_character
from .rigs.control_rigs import has_influences
from .skins import skin_of


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
        bars: the contacts.
        applied: the motion that the Action was made of.

    Raises:
        Fault: the character can't take the motion any more. Nothing has changed then.
    """
    contacts = require_contacts(obj)
    edits = [_edits(obj, contacts, each) for each in (contacts.feet, bars)]
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
    hinged = [with_hinges(motion, target, bone_map, hinges) for motion in motions]
    before, after = (keyed_channels(obj, motion, mapping, keys, controls) for motion in hinged)
    if since is None:
        replace_keys(obj, before, after)
    else:
        add_difference(obj, before, after, since)
    cast("bpy.types.Action", action_of(obj)).update_tag()
