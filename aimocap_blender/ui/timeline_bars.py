"""Bars along the bottom of the Timeline and Dope Sheet, in rows with names, whose ends can be dragged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import bpy

from ..texts.text import Text
from .text.modal_operators import can_be_modal
from .text.overlays import Box, fill_boxes
from .text.reporting import Returned
from .text.wrapped_text import ui_scale
from .timeline_rows import bottom_of_rows, write_lines

Span = tuple[int, int]
"""The first frame of a bar, and the one after its last."""
Part = Literal["START", "END", "ALL"]
"""Of a bar, that is dragged."""

_ROW, _FONT, _GAP = 16.0, 11.0, 2.0  # unscaled pixels
_NEAR = 7.0
"""Unscaled pixels: nearer to an end of a bar, that end is moved."""
_GROUND, _BELOW_NAMES, _LETTERS = (0.07, 0.07, 0.07, 0.8), (0.07, 0.07, 0.07, 0.6), (0.95, 0.95, 0.95)


@dataclass(frozen=True)
class BarRow:
    """A row of bars.

    Attributes:
        name: of the row.
        colour: RGBA.
        bars: in frames.
    """

    name: Text
    colour: tuple[float, ...]
    bars: Sequence[Span]


def draw_bar_rows(context: bpy.types.Context, rows: Sequence[BarRow], names_end: float) -> None:
    """Draw rows, the first on top; `names_end` is the width of their names in unscaled pixels."""
    region: Any = context.region
    to_region, width = region.view2d.view_to_region, region.width
    bottom, height = _place(context)
    scale = height / _ROW
    gap = _GAP * scale
    boxes: dict[tuple[float, ...], list[Box]] = {_GROUND: [(0.0, bottom, width, bottom + height * len(rows))]}
    for number, row in enumerate(reversed(rows)):
        low = bottom + height * number
        # keys stand in the middle of their frame, so a bar begins half a frame before its first one
        for start, end in row.bars:
            left, _ = to_region(start - 0.5, 0.0, clip=False)
            right, _ = to_region(end - 0.5, 0.0, clip=False)
            boxes.setdefault(row.colour, []).append((left, low + gap, right - 1.0, low + height - gap))
    boxes[_BELOW_NAMES] = [(0.0, bottom, names_end * scale, bottom + height * len(rows))]
    fill_boxes(boxes)
    lines = [(row.name, _LETTERS) for row in rows]
    write_lines(lines, 6.0 * scale, bottom + 0.25 * height, height, _FONT * scale)


def row_under(context: bpy.types.Context, rows: int, y: float) -> int | None:
    """Return the number of the row at a height in the region, pixels, of so many; None beside them."""
    bottom, height = _place(context)
    row = int((y - bottom) // height)
    return rows - 1 - row if 0 <= row < rows else None


def bar_under(bars: Sequence[Span], frame: float) -> Span | None:
    """Return the bar at a frame, with its fraction; None between them."""
    for start, end in bars:
        if start - 0.5 <= frame < end - 0.5:
            return start, end
    return None


def part_under(context: bpy.types.Context, bar: Span, frame: float) -> Part:
    """Return what of a bar is dragged from a frame on, with its fraction: a short bar can be moved too."""
    near = _NEAR * ui_scale() * _frames_per_pixel(context)
    near = min(near, (bar[1] - bar[0]) / 4.0)
    return "START" if frame < bar[0] - 0.5 + near else "END" if frame > bar[1] - 0.5 - near else "ALL"


def moved(bar: Span, part: Part, by: int) -> Span:
    """Return a bar of which a part was dragged by so many frames."""
    return bar[0] + by * (part != "END"), bar[1] + by * (part != "START")


def frame_at(context: bpy.types.Context, event: bpy.types.Event) -> float:
    """Return the frame under the pointer, with its fraction."""
    return float(_view(context).region_to_view(event.mouse_region_x, 0.0)[0])


def _place(context: bpy.types.Context) -> tuple[float, float]:
    """Return the bottom of the rows and the height of one, pixels."""
    return bottom_of_rows(context), _ROW * ui_scale()


def _frames_per_pixel(context: bpy.types.Context) -> float:
    view = _view(context)
    return float(view.region_to_view(1.0, 0.0)[0] - view.region_to_view(0.0, 0.0)[0])


def _view(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- its stub takes and gives objects
    return cast("bpy.types.Region", context.region).view2d


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
