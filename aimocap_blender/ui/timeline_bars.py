"""Strips along the bottom of the Timeline and Dope Sheet: rows of coloured frames, and bars with ends to drag."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

import blf
import bpy
import gpu
import numpy as np

from ..motion.rotations import FloatArray
from ..motion.timeline_heat import bands, heat_colours, worst_in_cells
from ..texts.text import Text
from ..while_enabled import discarded
from .text.modal_work import can_be_modal
from .text.overlays import Box, blended, fill_boxes
from .text.reporting import Returned
from .text.translation import translated
from .text.wrapped_text import ui_scale

Span = tuple[int, int]
"""The first frame of a bar, and the one after its last."""
Part = Literal["START", "END", "ALL"]
"""Of a bar, that is dragged."""

_ROW, _FONT, _GAP = 16.0, 11.0, 2.0  # unscaled pixels
_NEAR = 7.0
"""Unscaled pixels: nearer to an end of a bar, that end is moved."""
_GROUND, _BELOW_NAMES, _LETTERS = (0.07, 0.07, 0.07, 0.8), (0.07, 0.07, 0.07, 0.6), (0.95, 0.95, 0.95)

_MODES = {"TIMELINE", "DOPESHEET", "ACTION"}
_CELL, _THIN_ROW = 2.0, 11.0  # unscaled pixels
_SCRUBBING, _SCROLLBAR, _MARKERS = 24.0, 14.0, 42.0  # heights that Blender draws at the top and at the bottom
_SMALL_FONT, _NAMES = 9.0, 96.0  # the last is the width of the names
_ROWS_GROUND = (0.07, 0.07, 0.07, 0.72)
_PALE = 0.55  # factor for rows from before the motion changed


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
    # over the bars, which may be below the names as well
    boxes[_BELOW_NAMES] = [(0.0, bottom, names_end * scale, bottom + height * len(rows))]
    fill_boxes(boxes)
    lines: list[tuple[Text, tuple[float, ...]]] = [(row.name, _LETTERS) for row in rows]
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
    # at most a quarter at each end, so that a half is left to move it by
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
    return _bottom_of_rows(context), _ROW * ui_scale()


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
        # as Blender's own drags end
        if event.type in {"ESC", "RIGHTMOUSE"}:
            self.cancel(context)
            return {"CANCELLED"}
        if event.type == "MOUSEMOVE":
            self.show(context, frame_at(context, event))
        if event.type != "LEFTMOUSE" or event.value != "RELEASE":
            return {"RUNNING_MODAL"}
        # what is stored by now is shown, also where the drag changes nothing
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


@dataclass(frozen=True, eq=False)
class TimelineRows:
    """Rows of a strip. What shows the same is the same object, since what is drawn of it is kept.

    Attributes:
        names: of the rows, the first on top.
        heats: (K, F) 0 to 1; 0 is not drawn.
        frames: (F,) timeline frames, evenly apart.
    """

    names: tuple[Text, ...]
    heats: FloatArray
    frames: FloatArray


def shows_timeline(context: bpy.types.Context) -> bool:
    """Return whether the editor that is drawn has frames along its width."""
    return cast("bpy.types.SpaceDopeSheetEditor", context.space_data).mode in _MODES


def draw_rows(context: bpy.types.Context, shown: TimelineRows, *, pale: bool = False) -> None:
    """Draw the rows, or a single one of the worst if there is too little room; in grey if they are `pale`."""
    region = cast("Any", context).region
    scale = ui_scale()
    bottom, row = _bottom_of_rows(context), _THIN_ROW * scale
    # one row of the worst of all says more in a low editor than rows that are cut
    is_by_name = len(shown.names) * row <= region.height - _SCRUBBING * scale - bottom
    left, right = (region.view2d.region_to_view(x, 0.0)[0] for x in (0.0, region.width))
    shape = (region.width, max(1, round(region.width / (_CELL * scale))), bottom, row)
    batch = _batch(shown, (left, right), shape, _NAMES * scale if is_by_name else 0.0, pale=pale)
    shader: Any = gpu.shader.from_builtin("FLAT_COLOR")
    with blended():
        batch.draw(shader)
    if is_by_name:
        write_lines(
            [(name, _LETTERS) for name in shown.names], 6.0 * scale, bottom + 0.22 * row, row, _SMALL_FONT * scale
        )


def _bottom_of_rows(context: bpy.types.Context) -> float:
    """Return the height above Blender's scrollbar and markers in the region, pixels."""
    space = cast("bpy.types.SpaceDopeSheetEditor", context.space_data)
    # Blender makes room for markers only where there are any
    has_markers = space.show_markers and len(context.scene.timeline_markers) > 0
    return (_MARKERS if has_markers else _SCROLLBAR) * ui_scale()


def write_lines(
    lines: list[tuple[Text, tuple[float, ...]]], left: float, bottom: float, height: float, size: float
) -> None:
    """Draw coloured (sRGB) lines of text with a shadow, the first on top, at pixels of the region."""
    # what is below the letters may be of any colour
    blf.size(0, size)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 1.0)
    for number, (text, colour) in enumerate(lines):
        blf.color(0, *cast("tuple[float, float, float]", colour), 1.0)
        blf.position(0, left, bottom + height * (len(lines) - 1 - number), 0.0)
        blf.draw(0, translated(text))
    # the font is Blender's own, which draws with it next
    blf.disable(0, blf.SHADOW)


def forget() -> None:
    """Release the GPU data."""
    _batch.cache_clear()


@lru_cache(maxsize=8)
def _batch(
    shown: TimelineRows,
    ends: tuple[float, float],
    shape: tuple[int, int, float, float],
    names_end: float,
    *,
    pale: bool,
) -> Any:  # noqa: ANN401 -- a type that the stubs lack
    """Return the batch of one view's strip; cached, since views change less often than windows redraw.

    Its ends are the timeline frames at the left and right end of the region, its shape the width in pixels and cells,
    the bottom and the height of a row in pixels; names end at pixels, or at 0 for a single row without a name.
    """
    from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw

    width, cells, bottom, height = shape
    # a strip without names is that one row
    heat = shown.heats if names_end > 0.0 else shown.heats.max(axis=0, keepdims=True)
    rows, starts, stops, worst = bands(worst_in_cells(heat, shown.frames, *ends, cells))
    colours = heat_colours(worst)
    if pale:
        # from yellow to red only green changes, so that greys made of it keep what is worse darker
        colours = np.broadcast_to(_PALE * colours[:, 1:2] + 0.25, colours.shape)
    pixels = width / cells
    top = bottom + height * len(heat)
    # what is drawn later lies above: the ground first, what is below the names last
    lefts, rights = np.hstack([0.0, starts * pixels, 0.0]), np.hstack([width, stops * pixels, names_end])
    tops = np.hstack([top, top - height * rows, top])
    # a line between the rows
    bottoms = np.hstack([bottom, tops[1:-1] - height + 1.0, bottom])
    corners = np.stack([lefts, bottoms, rights, bottoms, rights, tops, lefts, tops], axis=1).reshape(-1, 2)
    positions = np.concatenate([corners, np.zeros((len(corners), 1))], axis=1).astype(np.float32)
    tones = np.vstack([_ROWS_GROUND, np.concatenate([colours, np.ones((len(colours), 1))], axis=1), _BELOW_NAMES])
    # each box is two triangles, which share two of its four corners
    quads = (4 * np.arange(len(tones)))[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
    content: dict[str, Any] = {"pos": positions, "color": np.repeat(tones, 4, axis=0).astype(np.float32)}
    triangles: Any = quads.reshape(-1, 3).astype(np.int32)
    return batch_for_shader(gpu.shader.from_builtin("FLAT_COLOR"), "TRIS", content, indices=triangles)


discarded(_batch.cache_clear)
