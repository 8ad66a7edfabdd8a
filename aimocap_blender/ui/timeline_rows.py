"""A strip along the bottom of the Timeline and Dope Sheet: rows of coloured frames, with their names."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import blf
import bpy
import gpu
import numpy as np

from ..motion.rotations import FloatArray
from ..motion.timeline_heat import bands, heat_colours, worst_in_cells
from ..texts.text import Text
from ..while_enabled import discarded
from .text.overlays import blended
from .text.translation import translated
from .text.wrapped_text import ui_scale

_MODES = {"TIMELINE", "DOPESHEET", "ACTION"}
_CELL, _ROW = 2.0, 11.0  # unscaled pixels
_SCRUBBING, _SCROLLBAR, _MARKERS = 24.0, 14.0, 42.0  # heights that Blender draws at the top and at the bottom
_FONT, _LETTERS, _NAMES = 9.0, (0.95, 0.95, 0.95), 96.0  # the last is the width of the names
_GROUND, _BELOW_NAMES = (0.07, 0.07, 0.07, 0.72), (0.07, 0.07, 0.07, 0.6)
_PALE = 0.55  # factor for rows from before the motion changed


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
    bottom, row = bottom_of_rows(context), _ROW * scale
    # one row of the worst of all says more in a low editor than rows that are cut
    is_by_name = len(shown.names) * row <= region.height - _SCRUBBING * scale - bottom
    left, right = (region.view2d.region_to_view(x, 0.0)[0] for x in (0.0, region.width))
    shape = (region.width, max(1, round(region.width / (_CELL * scale))), bottom, row)
    batch = _batch(shown, (left, right), shape, _NAMES * scale if is_by_name else 0.0, pale=pale)
    shader: Any = gpu.shader.from_builtin("FLAT_COLOR")
    with blended():
        batch.draw(shader)
    if is_by_name:
        write_lines([(name, _LETTERS) for name in shown.names], 6.0 * scale, bottom + 0.22 * row, row, _FONT * scale)


def bottom_of_rows(context: bpy.types.Context) -> float:
    """Return the height above Blender's scrollbar and markers in the region, pixels."""
    space = cast("bpy.types.SpaceDopeSheetEditor", context.space_data)
    has_markers = space.show_markers and len(cast("bpy.types.Scene", context.scene).timeline_markers) > 0
    return (_MARKERS if has_markers else _SCROLLBAR) * ui_scale()


def write_lines(
    lines: list[tuple[Text, tuple[float, ...]]], left: float, bottom: float, height: float, size: float
) -> None:
    """Draw coloured (sRGB) lines of text with a shadow, the first on top, at pixels of the region."""
    blf.size(0, size)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 1.0)
    for number, (text, colour) in enumerate(lines):
        blf.color(0, *cast("tuple[float, float, float]", colour), 1.0)
        blf.position(0, left, bottom + height * (len(lines) - 1 - number), 0.0)
        blf.draw(0, translated(text))
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
    tones = np.vstack([_GROUND, np.concatenate([colours, np.ones((len(colours), 1))], axis=1), _BELOW_NAMES])
    # each box is two triangles, which share two of its four corners
    quads = (4 * np.arange(len(tones)))[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
    content: dict[str, Any] = {"pos": positions, "color": np.repeat(tones, 4, axis=0).astype(np.float32)}
    triangles: Any = quads.reshape(-1, 3).astype(np.int32)
    return batch_for_shader(gpu.shader.from_builtin("FLAT_COLOR"), "TRIS", content, indices=triangles)


discarded(_batch.cache_clear)
