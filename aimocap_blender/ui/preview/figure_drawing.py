"""A solved figure drawn over a viewport: its limbs coloured by trust, a handle on each joint that can be corrected."""

from itertools import pairwise

import bpy
import gpu
import numpy as np

from ...motion.rotations import FloatArray
from ...motion.timeline_heat import LEAST_HEAT, heat_colours
from ...scene.windows import room_of
from ...vision.handles import HANDLES, View
from ...vision.joints import INDEX, SIDES
from ...vision.trust import LOW
from ..text.overlays import blended, draw_triangles
from ..text.wrapped_text import ui_scale

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
_LIMBS: list[tuple[str, list[str]]] = []
_REST = [("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")]
for _side in SIDES:
    _LIMBS.append((f"{_side}_arm", [f"{_side}_shoulder", f"{_side}_elbow", f"{_side}_wrist"]))
    _LIMBS.append((f"{_side}_leg", [f"{_side}_hip", f"{_side}_knee", f"{_side}_ankle"]))
    _REST.extend(((f"{_side}_shoulder", f"{_side}_hip"), (f"{_side}_shoulder", f"{_side}_ear")))
    _REST.extend(((f"{_side}_ankle", f"{_side}_heel"), (f"{_side}_ankle", f"{_side}_foot_index")))
    _REST.extend(((f"{_side}_heel", f"{_side}_foot_index"), (f"{_side}_wrist", f"{_side}_index")))
    _REST.append((f"{_side}_ear", "nose"))
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

    def __init__(self) -> None:
        self._corners: list[tuple[float, float, float]] = []
        self._colours: list[Colour] = []

    def ground(self, view: View) -> None:
        """Add what is below a view with an edge of its own."""
        left, bottom, right, top = view.box
        self._add(np.array([(left, bottom), (right, bottom), (right, top), (left, top)]), _GROUND)

    def figure(self, view: View, joints: FloatArray, colours: dict[str, Colour], pointed: int | None) -> None:
        """Add a figure of joints (N, 3) and colours of its limbs to a view; the joint under the pointer stands out."""
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
        with blended():
            draw_triangles(gpu.shader.from_builtin("FLAT_COLOR"), pos=self._corners, color=self._colours)

    def _line(self, start: FloatArray, end: FloatArray, width: float, colour: Colour) -> None:
        along = end - start
        half = 0.5 * width * ui_scale() * np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1.0)
        self._add(np.stack([start + half, end + half, end - half, start - half]), colour)

    def _disc(self, middle: FloatArray, radius: float, colour: Colour) -> None:
        angles = np.linspace(0.0, 2.0 * np.pi, _CORNERS, endpoint=False)
        self._add(middle + radius * ui_scale() * np.stack([np.cos(angles), np.sin(angles)], axis=1), colour)

    def _add(self, corners: FloatArray, colour: Colour) -> None:
        """Add a convex shape; nothing of one that is behind the viewer."""
        if np.isnan(corners).any():
            return
        points = [(float(x), float(y), 0.0) for x, y in corners]
        for second, third in pairwise(points[1:]):
            self._corners += [points[0], second, third]
            self._colours += [colour] * 3


def box_of_side_view(area: bpy.types.Area, *, is_left: bool) -> tuple[float, float, float, float]:
    """Return the box of the side view, in a lower corner of a viewport."""
    left, bottom, right, top = room_of(area)
    size, gap = min(_SIDE * (right - left), 2.0 * _SIDE * (top - bottom)), 8.0 * ui_scale()
    start = left + gap if is_left else right - gap - size
    bottom += _ABOVE_REDO * ui_scale()
    return start, bottom, start + size, bottom + size


def is_over_gizmos(area: bpy.types.Area, pointer: FloatArray) -> bool:
    """Return whether a pointer (2,) is where Blender draws what turns and moves a viewport, its upper right corner."""
    _, _, right, top = room_of(area)
    width, height = _GIZMOS
    return bool(pointer[0] > right - width * ui_scale() and pointer[1] > top - height * ui_scale())
