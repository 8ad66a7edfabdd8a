"""A solved figure drawn over a viewport: its limbs coloured by trust, a handle on each joint that can be corrected."""

from itertools import pairwise
from typing import Any

import bpy
import gpu
import numpy as np

from ...motion.rotations import FloatArray
from ...motion.timeline_heat import LEAST_HEAT, heat_colours
from ...vision.handles import HANDLES, View
from ...vision.joints import INDEX, SIDES
from ...vision.trust import LOW

HANDLE = 7.0
"""Unscaled pixels, the radius of a handle."""
_LIMB, _THIN = 5.0, 2.0
_CORNERS = 16
_SIDE = 0.32
"""Of the viewport's width, for the side view."""
_GIZMOS = 90.0, 260.0
"""Unscaled pixels, the width and height of what Blender draws in the upper right corner."""
_ABOVE_REDO = 44.0
"""Unscaled pixels of a closed redo panel, in the lower left corner."""
_TRUSTED, _THE_REST = (0.35, 0.9, 0.55), (0.85, 0.85, 0.85)
_EDGE, _POINTED, _GROUND = (0.05, 0.05, 0.05, 0.9), (1.0, 1.0, 1.0, 1.0), (0.1, 0.1, 0.1, 0.8)
_LIMBS = [
    (limb, [f"{side}_{part}" for part in parts])
    for side in SIDES
    for limb, parts in ((f"{side}_arm", ("shoulder", "elbow", "wrist")), (f"{side}_leg", ("hip", "knee", "ankle")))
]
_REST = (
    *(("left_shoulder", "right_shoulder"), ("left_hip", "right_hip"), ("left_ear", "nose"), ("right_ear", "nose")),
    *((f"{side}_shoulder", f"{side}_{part}") for side in SIDES for part in ("hip", "ear")),
    *((f"{side}_ankle", f"{side}_{part}") for side in SIDES for part in ("heel", "foot_index")),
    *((f"{side}_heel", f"{side}_foot_index") for side in SIDES),
    *((f"{side}_wrist", f"{side}_index") for side in SIDES),
)
Colour = tuple[float, ...]


def limb_colours(trust: dict[str, float]) -> dict[str, Colour]:
    """Return the colour of each limb, by its trust: green, or yellow to red where it is in doubt."""
    doubts = {limb: min(max((LOW - value) / LOW, 0.0), 1.0) for limb, value in trust.items()}
    return {
        limb: tuple(heat_colours(np.array(LEAST_HEAT + (1.0 - LEAST_HEAT) * doubt))) if doubt else _TRUSTED
        for limb, doubt in doubts.items()
    }


class FigureShapes:
    """Triangles of figures in pixels of the region, collected to be drawn at once."""

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._corners: list[tuple[float, float, float]] = []
        self._colours: list[Colour] = []

    def ground(self, view: View) -> None:
        """Add what is below a view with an edge of its own."""
        left, bottom, right, top = view.box
        self._add(np.array([(left, bottom), (right, bottom), (right, top), (left, top)]), _GROUND)

    def figure(self, view: View, joints: FloatArray, colours: dict[str, Colour], pointed: int | None) -> None:
        """Add a figure.

        Args:
            view: in which.
            joints: (N, 3) its joints.
            colours: of its limbs.
            pointed: index of the joint under the pointer.
        """
        places = view.places(joints)
        for start, end in _REST:
            self._line(places[INDEX[start]], places[INDEX[end]], _THIN, (*_THE_REST, 0.8))
        for limb, parts in _LIMBS:
            for start, end in pairwise(parts):
                self._line(places[INDEX[start]], places[INDEX[end]], _LIMB, (*colours[limb], 0.95))
        inner = {INDEX[parts[-1]]: colours[limb] for limb, parts in _LIMBS}
        inner |= {INDEX[parts[1]]: colours[limb] for limb, parts in _LIMBS}
        for joint in HANDLES:
            self._disc(places[joint], HANDLE, _POINTED if joint == pointed else _EDGE)
            self._disc(places[joint], HANDLE - 2.0, (*inner[joint], 1.0))

    def draw(self) -> None:
        """Draw all that was added."""
        from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw

        shader: Any = gpu.shader.from_builtin("FLAT_COLOR")
        content: dict[str, Any] = {"pos": self._corners, "color": self._colours}
        gpu.state.blend_set("ALPHA")
        try:
            batch_for_shader(shader, "TRIS", content).draw(shader)
        finally:
            gpu.state.blend_set("NONE")

    def _line(self, start: FloatArray, end: FloatArray, width: float, colour: Colour) -> None:
        along = end - start
        half = 0.5 * width * self._scale * np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1.0)
        self._add(np.stack([start + half, end + half, end - half, start - half]), colour)

    def _disc(self, middle: FloatArray, radius: float, colour: Colour) -> None:
        angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
        self._add(middle + radius * self._scale * np.stack([np.cos(angles), np.sin(angles)], axis=1), colour)

    def _add(self, corners: FloatArray, colour: Colour) -> None:
        """Add a convex shape; nothing of one that is behind the viewer."""
        if np.isnan(corners).any():
            return
        points = [(float(x), float(y), 0.0) for x, y in corners]
        for second, third in pairwise(points[1:]):
            self._corners += [points[0], second, third]
            self._colours += [colour] * 3


def room_of(area: bpy.types.Area) -> tuple[float, float, float, float]:
    """Return left, bottom, right and top of what other regions leave free of a viewport, pixels of its region."""
    view = next(region for region in area.regions if region.type == "WINDOW")
    left, right, top = 0.0, float(view.width), float(view.height)
    for region in area.regions:
        if region.type == "TOOLS" and region.width > 1:
            left = max(left, float(region.x + region.width - view.x))
        elif region.type == "UI" and region.width > 1:
            right = min(right, float(region.x - view.x))
        elif region.type in {"HEADER", "TOOL_HEADER"} and region.y > view.y + view.height / 2:
            top = min(top, float(region.y - view.y))
    return left, 0.0, right, top


def box_of_side_view(area: bpy.types.Area, scale: float, *, is_left: bool) -> tuple[float, float, float, float]:
    """Return the box of the side view, in a lower corner of a viewport."""
    left, bottom, right, top = room_of(area)
    size, gap = min(_SIDE * (right - left), 2.0 * _SIDE * (top - bottom)), 8.0 * scale
    start = left + gap if is_left else right - gap - size
    bottom += _ABOVE_REDO * scale
    return start, bottom, start + size, bottom + size


def is_over_gizmos(area: bpy.types.Area, pointer: FloatArray, scale: float) -> bool:
    """Return whether a pointer (2,) is where Blender draws what turns and moves a viewport, its upper right corner."""
    _, _, right, top = room_of(area)
    width, height = _GIZMOS
    return bool(pointer[0] > right - width * scale and pointer[1] > top - height * scale)
