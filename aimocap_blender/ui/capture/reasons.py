"""Why buttons of the Capture panel can't be pressed, for their tooltips."""

from typing import cast

import bpy

from ...scene.chosen_character import kept_character
from ...scene.video.strips import must_render, peek
from ...takes.captures.capture_settings import target_id_of
from ...takes.captures.planning import receiver_for
from ...texts.faults import Fault
from ..settings import settings_of

_BEING_OPENED = Fault("The movie is being opened.", "Wait a moment.")


def without_video(context: bpy.types.Context) -> Fault | None:
    """Return why there is no video to capture; None if there is one."""
    try:
        source = peek(context)
        if source is None:
            return _BEING_OPENED
        must_render(source, settings_of(cast("bpy.types.Scene", context.scene)).upload)
    except Fault as fault:
        return fault
    return None


def without_video_or_character(context: bpy.types.Context, target_id: str | None = None) -> Fault | None:
    """Return why nothing can be captured for a target, that of the panel unless another is given; None if it can."""
    scene = cast("bpy.types.Scene", context.scene)
    settings = settings_of(scene)
    try:
        target = target_id or target_id_of(settings.target, settings.avatar_id)
        receiver_for(context, target, kept_character(scene))
    except Fault as fault:
        return without_video(context) or fault
    return without_video(context)
