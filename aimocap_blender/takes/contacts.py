"""Edits the foot contacts of a character's motion, wherever that comes from."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import bpy

from ..motion.feet.contact_edits import Bar, tidied
from ..scene.action_contacts import Applied, remember, remembered
from ..scene.action_source import source_of
from ..scene.armature_motion import armature_motion
from ..scene.armatures import action_of
from ..scene.bone_maps import bones_of
from ..scene.contact_solving import free_feet, require_contacts, solve_feet_again
from ..scene.keys.keyframes import is_action_as_written, take_as_written
from ..scene.takes import Comparison
from ..texts.faults import Fault
from ..texts.text import Text
from .session import open_session

if TYPE_CHECKING:
    from ..motion.skeleton import Clip


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
        (read,) = session.application.read_now(take, (take.human,))
        clip = cast("Clip", read.motion)
        return Applied(clip, bones_of(clip.skeleton))
    # motion of an armature in the scene has no file: it is read from there once more
    shown = bpy.data.objects.get(source.armature) if source.armature else None
    if shown is None:
        raise gone
    motion = armature_motion(shown, cast("bpy.types.Scene", context.scene))
    return Applied(motion.clip, motion.bone_map, shown.name)
