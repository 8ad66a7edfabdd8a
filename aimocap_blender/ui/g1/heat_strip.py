"""Heat map in the Timeline and Dope Sheet: a strip with each frame of a checked G1 coloured by its faults."""

from functools import lru_cache
from typing import Any, cast

import bpy
import gpu
import numpy as np

from ...motion.g1.heat import bands, checks_with_faults, heat_colours, worst_in_cells
from ...motion.rotations import FloatArray
from ...texts.text import Text
from .heat_bodies import write_lines
from .reports import FAULT_NAMES, Checked, checked_rigs, is_stale
from .rig_operators import selected_g1_rig

_MODES = {"TIMELINE", "DOPESHEET", "ACTION"}
_CELL, _ROW = 2.0, 11.0  # unscaled pixels
_SCRUBBING, _SCROLLBAR, _MARKERS = 24.0, 14.0, 42.0  # heights that Blender draws at the top and at the bottom
_FONT, _LETTERS, _NAMES = 9.0, (0.95, 0.95, 0.95), 96.0  # the last is the width of the names
_GROUND, _BELOW_NAMES = (0.07, 0.07, 0.07, 0.72), (0.07, 0.07, 0.07, 0.6)
_PALE = 0.55  # factor for results from before the motion changed


def draw_strip(context: bpy.types.Context) -> None:
    """Draw a row for each kind of fault found, or a single row if there is too little room."""
    space, region = cast("bpy.types.SpaceDopeSheetEditor", context.space_data), cast("Any", context).region
    shown = _shown(context) if space.mode in _MODES else None
    if shown is None:
        return
    rig, found = shown
    scale = cast("Any", context).preferences.system.ui_scale
    has_markers = space.show_markers and len(cast("bpy.types.Scene", context.scene).timeline_markers) > 0
    bottom, row = (_MARKERS if has_markers else _SCROLLBAR) * scale, _ROW * scale
    names = [Text(FAULT_NAMES[check.kind]) for check in checks_with_faults(found.report)]
    by_kind = len(names) * row <= region.height - _SCRUBBING * scale - bottom
    left, right = (region.view2d.region_to_view(x, 0.0)[0] for x in (0.0, region.width))
    shape = (region.width, max(1, round(region.width / (_CELL * scale))), bottom, row)
    names_end = _NAMES * scale if by_kind else 0.0
    batch = _batch(found, (left, right), shape, names_end, pale=is_stale(rig, found))
    shader: Any = gpu.shader.from_builtin("FLAT_COLOR")
    gpu.state.blend_set("ALPHA")
    try:
        batch.draw(shader)
    finally:
        gpu.state.blend_set("NONE")
    if by_kind:
        write_lines([(name, _LETTERS) for name in names], 6.0 * scale, bottom + 0.22 * row, row, _FONT * scale)


def forget() -> None:
    """Release the GPU data."""
    _batch.cache_clear()
    _heat_of.cache_clear()


def _shown(context: bpy.types.Context) -> tuple[bpy.types.Object, Checked] | None:
    """Return the selected G1, or else the last in the view layer, if its check found faults; with the report."""
    found = [(rig, last) for rig, last in checked_rigs(context.view_layer) if not last.report.clean]
    selected = selected_g1_rig(context) if found else None
    return next((pair for pair in found if pair[0] == selected), found[-1] if found and selected is None else None)


@lru_cache(maxsize=8)
def _batch(
    found: Checked,
    ends: tuple[float, float],
    shape: tuple[int, int, float, float],
    names_end: float,
    *,
    pale: bool,
) -> Any:  # noqa: ANN401 -- a type that the stubs lack
    """Return the batch of one view's strip; cached, since views change less often than windows redraw.

    Args:
        found: report to show.
        ends: timeline frames at the left and right end of the region.
        shape: width in pixels, width in cells, bottom of the strip and height of a row in pixels.
        names_end: right end of the rows' names in pixels; 0 for a single row without a name.
        pale: whether to draw in grey.
    """
    from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw faults

    width, cells, bottom, height = shape
    heat = _heat_of(found, by_kind=names_end > 0.0)
    rows, starts, stops, worst = bands(worst_in_cells(heat, found.frames, *ends, cells))
    colours = heat_colours(worst)
    if pale:
        colours = np.broadcast_to(_PALE * colours[:, 1:2] + 0.25, colours.shape)
    pixels = width / cells
    top = bottom + height * len(heat)
    lefts, rights = np.hstack([0.0, starts * pixels, 0.0]), np.hstack([width, stops * pixels, names_end])
    tops = np.hstack([top, top - height * rows, top])
    bottoms = np.hstack([bottom, tops[1:-1] - height + 1.0, bottom])  # a line between the rows
    corners = np.stack([lefts, bottoms, rights, bottoms, rights, tops, lefts, tops], axis=1).reshape(-1, 2)
    positions = np.concatenate([corners, np.zeros((len(corners), 1))], axis=1).astype(np.float32)
    tones = np.vstack([_GROUND, np.concatenate([colours, np.ones((len(colours), 1))], axis=1), _BELOW_NAMES])
    quads = (4 * np.arange(len(tones)))[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
    content: dict[str, Any] = {"pos": positions, "color": np.repeat(tones, 4, axis=0).astype(np.float32)}
    triangles: Any = quads.reshape(-1, 3).astype(np.int32)
    return batch_for_shader(gpu.shader.from_builtin("FLAT_COLOR"), "TRIS", content, indices=triangles)


@lru_cache(maxsize=4)
def _heat_of(found: Checked, *, by_kind: bool) -> FloatArray:
    """Return severities (K, F) of each kind of fault found, or (1, F) of the worst of them."""
    heat = np.stack([check.severity for check in checks_with_faults(found.report)])
    return heat if by_kind else heat.max(axis=0, keepdims=True)
