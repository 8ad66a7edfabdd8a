"""The video in the viewport: its button and its opacity in the Capture panel."""

from typing import TYPE_CHECKING, cast

import bpy

from ...scene.chosen_character import character_of
from ...scene.video import viewport_video
from ...scene.video.strips import sequencer_scene
from ..text.option_properties import set_options
from ..text.reporting import Returned, refusing

_BUTTON_SHARE = 0.2


class VideoInViewport(bpy.types.Operator):
    """Show the video of the active strip next to the character, in sync with the strip, or remove it"""

    bl_idname = "aimocap.video_in_viewport"
    bl_label = "In Viewport"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        show: bool
    else:
        show: bpy.props.BoolProperty(
            name="Show", description="Show the video instead of removing it", default=True, options={"SKIP_SAVE"}
        )

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Show or remove it."""
        scene = cast("bpy.types.Scene", context.scene)
        if not self.show:
            viewport_video.hide_in_viewport(scene)
            return {"FINISHED"}
        viewport_video.show_in_viewport(scene, sequencer_scene(context), character_of(context))
        return {"FINISHED"}


def draw_video_in_viewport(layout: bpy.types.UILayout, context: bpy.types.Context, strip: str = "") -> None:
    """Draw the button that shows or removes the video of the strip to capture ('' for none), and its opacity."""
    plane = viewport_video.plane_in(cast("bpy.types.Scene", context.scene))
    is_shown = plane is not None and viewport_video.strip_shown_on(plane) == strip
    # another strip's video gives way to this one's
    if plane is None or not (is_shown or not strip):
        layout.operator(VideoInViewport.bl_idname, icon="IMAGE_PLANE")
        return
    row = layout.split(factor=_BUTTON_SHARE, align=True)
    button = row.operator(VideoInViewport.bl_idname, text="", icon="IMAGE_PLANE", depress=True)
    set_options(button, show=False)
    row.prop(plane, "color", index=3, text="Opacity", slider=True)


CLASSES = (VideoInViewport,)
register, unregister = viewport_video.register, viewport_video.unregister
