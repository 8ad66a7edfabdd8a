"""Dragging of bars in the Timeline and Dope Sheet: an operator's part of it."""

from typing import cast

import bpy

from .text.modal_operators import can_be_modal
from .text.reporting import Returned
from .timeline_bars import frame_at


class DragsBars:
    """Operator that a press on a bar begins; from a script it runs at once."""

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Begin a drag on the bars; what is pressed beside them is for others."""
        operator = cast("bpy.types.Operator", self)
        # a search or a shortcut elsewhere calls it where there are no bars
        if not isinstance(context.space_data, bpy.types.SpaceDopeSheetEditor) or context.region is None:
            return operator.execute(context)
        # a press beside the bars selects keys or moves the playhead, as without the add-on
        if not self.begins(context, event) or not can_be_modal(context):
            return {"PASS_THROUGH"}
        self.show(context, frame_at(context, event))
        context.window_manager.modal_handler_add(operator)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Show the bars as they are dragged; run when the button is let go."""
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            self.show(context, frame_at(context, event))
        if event.type != "LEFTMOUSE" or event.value != "RELEASE":
            return {"RUNNING_MODAL"}
        self.cancel(context)
        if not self.takes(frame_at(context, event)):
            return {"CANCELLED"}
        return cast("bpy.types.Operator", self).execute(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Show the bars that are stored."""
        self.show(context, None)

    def begins(self, context: bpy.types.Context, event: bpy.types.Event) -> bool:
        """Note the drag that begins where the mouse is; return whether one does."""
        raise NotImplementedError

    def show(self, context: bpy.types.Context, frame: float | None) -> None:
        """Show the bars for a drag up to a frame, with its fraction; None for those that are stored."""
        raise NotImplementedError

    def takes(self, frame: float) -> bool:
        """Set the operator's properties to a drag up to a frame; return whether that changes anything."""
        raise NotImplementedError
