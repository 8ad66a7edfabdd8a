"""Applies a preview's motion to a character, with what is known of how far to trust it."""

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.action_source import ActionSource
from ...scene.preview.action_trust import keep_trust
from ...scene.windows import in_scene
from ...texts.faults import Fault
from ..applying import put_motion_on
from ..choices import choices_of
from ..messages import Note
from .previews import Previews
from .trust_words import doubts_in_words

if TYPE_CHECKING:
    from ...motion.retargeting.retarget_options import Timing


def put_preview_on(
    context: bpy.types.Context,
    previews: Previews,
    preview_id: str,
    armature: bpy.types.Object | None,
    chosen: object,
) -> Note:
    """Key a preview's motion on a character; return what was done, how far to trust it, and more on the outcome.

    Args:
        context: with the scene.
        previews: of the session.
        preview_id: of a finished one.
        armature: the character.
        chosen: what has the choices of how the motion is applied, as properties.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    binding, record = previews.binding_of(preview_id), previews.kept.record(preview_id)
    assert record is not None  # noqa: S101 -- it has a binding
    if armature is None:
        raise Fault("No character is selected.", "Select the armature for the motion, then apply again.")
    seen = previews.motion(preview_id)
    scene = binding.bound_scene() or cast("bpy.types.Scene", context.scene)
    choices = choices_of(chosen)
    mapping = binding.mapping(cast("Timing", choices["timing"]), scene)
    source = ActionSource(file=record.video, preview=record.id, range_sec=record.range_sec)
    with in_scene(scene):
        note = put_motion_on(context, seen.clip, armature, mapping, binding.strip or record.title, choices, source)
    action = cast("bpy.types.AnimData", armature.animation_data).action
    keep_trust(cast("bpy.types.Action", action), seen.trust, seen.clip.times, mapping)
    return replace(note, details=(*doubts_in_words(seen), *note.details))
