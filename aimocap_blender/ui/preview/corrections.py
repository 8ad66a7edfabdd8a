"""Corrections of a take: listed below its result, and the solved figure with them and one that is tried."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import bpy
import gpu
import numpy as np

from ...motion.rotations import FloatArray, Similarity, norm
from ...motion.time_mapping import TimeMapping
from ...motion.timeline_heat import LEAST_HEAT, heat_colours
from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.preview.action_trust import corrections_on, mapping_on
from ...scene.scene_values import character_of
from ...scene.windows import room_of
from ...takes.corrected import films_of
from ...takes.reading import MotionKind
from ...takes.take import Kind, Take
from ...vision.corrections import Correction, depth_of
from ...vision.handles import HANDLES, Look, View, looks, said_by_drag, side_view
from ...vision.joints import INDEX, SIDES
from ...vision.kept_solution import KeptSolution
from ...vision.sighting import Sighting
from ...vision.trust import LOW
from ..text.option_properties import set_options
from ..text.overlays import blended, draw_triangles
from ..text.wrapped_text import ui_scale

if TYPE_CHECKING:
    from ...takes.session import Session

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

LIMB_NAMES = {
    "left_elbow": "Left Upper Arm",
    "right_elbow": "Right Upper Arm",
    "left_wrist": "Left Forearm",
    "right_wrist": "Right Forearm",
    "left_knee": "Left Thigh",
    "right_knee": "Right Thigh",
    "left_ankle": "Left Lower Leg",
    "right_ankle": "Right Lower Leg",
}
"""By the joint that ends the limb."""


class CorrectedFigure:
    """A figure that is corrected.

    Args:
        kept: the preview's solution.
        placed: where the motion of each shot is on the character, by frame.
        mapping: its seconds to timeline frames.
        camera: name of the video's camera.
        seen: its motion.
        second: a moment of the shot that is corrected.

    Attributes:
        mapping: as given.
        camera: as given.
        camera_angle: of the motion, another one in the other world that explains the video as well.
        is_on_the_right: the person is in the right half of the video's frame, most of the time.
        looks: the moments to look at.
        known: the corrections that it has; None before the first `show`.
    """

    def __init__(
        self,
        kept: KeptSolution,
        placed: Sequence[Sequence[Similarity]],
        mapping: TimeMapping,
        camera: str,
        seen: Sighting,
        second: float,
    ) -> None:
        self._whole, self._placed, self._seen = kept, placed, seen
        self._shot = kept.shots.index(kept.at(second))
        of_all_shots: list[Look] = []
        for shot in kept.shots:
            of_all_shots += looks(shot, seen.corrections)
        self.looks = sorted(of_all_shots, key=lambda look: look.likely)
        kept = kept.shots[self._shot]
        self.mapping, self.camera, self.camera_angle = mapping, camera, seen.camera_angle
        # the view from the side goes where it doesn't cover the person
        self.is_on_the_right = bool(np.median(kept.seen.in_camera(kept.solution.joints)[..., 0]) > 0.0)
        self.known: tuple[Correction, ...] | None = None
        self._kept, self._joints = kept, kept.solution.joints
        self._own: tuple[Correction, ...] = ()

    def show(self, kept: KeptSolution, corrections: tuple[Correction, ...], seen: Sighting) -> None:
        """Have it with just these corrections, given in order, and the motion that was seen with them."""
        self._whole, self._kept, self.known, self._seen = kept, kept.shots[self._shot], corrections, seen
        self._own = tuple(one for one in corrections if kept.at(one.second) is self._kept)
        self.show_tried(None)

    def show_tried(self, one: Correction | None) -> None:
        """Have it with one more correction, roughly, until the next call; None for none."""
        self._joints = self._corrected()
        if one is not None:
            self._joints = self._kept.steps.tried(one).joints

    def has(self, second: float) -> bool:
        """Return whether it has a moment."""
        times, half = self._kept.times, 0.5 / self._kept.seen.fps
        return bool(times[0] - half <= second <= times[-1] + half)

    def at(self, second: float) -> "CorrectedFigure":
        """Return that of the shot of a moment: itself if it has it, or no shot does."""
        other = self._whole.shots.index(self._whole.at(second))
        if other == self._shot or self.has(second):
            return self
        found = CorrectedFigure(self._whole, self._placed, self.mapping, self.camera, self._seen, second)
        # where no shot has it, this one stays
        return found if found.has(second) else self

    def joints_at(self, second: float) -> FloatArray:
        """Return its joints (N, 3) at a moment."""
        return self._joints[self._row(second)]

    def world_at(self, second: float) -> FloatArray:
        """Return the matrix (4, 4) from the solution's axes to Blender's world at a moment."""
        # origin and axes, put where the character plays, tell the whole transform
        matrix, corners = self._kept.other @ self._kept.world, np.vstack([np.zeros(3), np.eye(3)])
        placed = self._placed[self._shot][self._row(second)]
        origin, *axes = placed.points(corners @ matrix[:3, :3].T + matrix[:3, 3])
        world: FloatArray = np.eye(4)
        world[:3, :3], world[:3, 3] = (np.stack(axes) - origin).T, origin
        return world

    def depth(self, joint: str, second: float) -> float:
        """Return the depth of the limb that a joint ends, as `Kind.DEPTH` has it."""
        return float(depth_of(self._kept.seen, self._joints, joint)[self._row(second)])

    def trust_at(self, second: float) -> dict[str, float]:
        """Return the trust in each limb at a moment."""
        row = int(np.abs(self._seen.clip.times - second).argmin())
        return dict(zip(self._seen.trust.limbs, self._seen.trust.values[row].tolist(), strict=True))

    def side_view(self, second: float, box: tuple[float, float, float, float]) -> View:
        """Return the view of it from its side, at a moment, in a box of pixels."""
        return side_view(self._kept, self._row(second), box)

    def said_by_drag(self, joint: str, second: float, view: View, to: FloatArray) -> Correction:
        """Return the correction that a drag of a joint to a place (2,) of a view says."""
        kind, values = said_by_drag(self._kept, self._corrected(), self._row(second), joint, view, to)
        return Correction(kind, joint, second, values)

    def _corrected(self) -> FloatArray:
        return self._kept.steps.corrected(self._own)[0].joints

    def _row(self, second: float) -> int:
        return int(np.abs(self._kept.times - second).argmin())


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
    colours: dict[str, Colour] = dict.fromkeys(trust, _TRUSTED)
    for limb, value in trust.items():
        doubt = min((LOW - value) / LOW, 1.0)
        if doubt > 0.0:
            colours[limb] = tuple(heat_colours(np.array(LEAST_HEAT + (1.0 - LEAST_HEAT) * doubt)))
    return colours


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
        # last, so that a limb covers no handle
        for joint in HANDLES:
            self._disc(places[joint], HANDLE, _POINTED if joint == pointed else _EDGE)
            self._disc(places[joint], HANDLE - 2.0, (*inner[joint], 1.0))

    def draw(self) -> None:
        """Draw all that was added."""
        with blended():
            draw_triangles(gpu.shader.from_builtin("FLAT_COLOR"), pos=self._corners, color=self._colours)

    def _line(self, start: FloatArray, end: FloatArray, width: float, colour: Colour) -> None:
        along = end - start
        # a limb that points at the viewer has no length to divide by
        half = 0.5 * width * ui_scale() * np.array([-along[1], along[0]]) / max(float(norm(along)), 1.0)
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
    # in a low viewport its height is what is short
    size, gap = min(_SIDE * (right - left), 2.0 * _SIDE * (top - bottom)), 8.0 * ui_scale()
    start = left + gap if is_left else right - gap - size
    bottom += _ABOVE_REDO * ui_scale()
    return start, bottom, start + size, bottom + size


def is_over_gizmos(area: bpy.types.Area, pointer: FloatArray) -> bool:
    """Return whether a pointer (2,) is where Blender draws what turns and moves a viewport, its upper right corner."""
    _, _, right, top = room_of(area)
    width, height = _GIZMOS
    return bool(pointer[0] > right - width * ui_scale() and pointer[1] > top - height * ui_scale())


def id_of(kind: Kind, take_id: str) -> dict[str, str]:
    """Return the option by which operators know a take."""
    return {"capture_id" if kind is Kind.CAPTURE else "preview_id": take_id}


def draw_corrections(layout: bpy.types.UILayout, session: "Session", take: Take | None) -> None:
    """Draw the corrections of a preview or capture that the character plays, and what adds one.

    Of a capture whose video no preview shows there are none.
    """
    action = action_of(character_of(bpy.context))
    if action is None or take is None:
        return
    is_capture, source, known = take.kind is Kind.CAPTURE, source_of(action), corrections_on(action)
    # the rows are those of the motion that the character plays, which may be another take's
    if take.id != (source.capture if is_capture else source.preview):
        return
    if is_capture and not known and not any(films_of(session.previews.kept, take)):
        return
    column = layout.column(align=True)
    read = session.motions.of(take.id, MotionKind.HUMAN if is_capture else MotionKind.SEEN)
    its_id = id_of(take.kind, take.id)
    for number, one in enumerate(known):
        row = column.row(align=True)
        row.label(text=LIMB_NAMES[one.joint], icon="BLANK1")
        # where nothing is read yet, its moment in the timeline isn't known
        if read is not None and read.seen is not None:
            frame = round(float(mapping_on(action, read.seen.clip.times).frames(np.array(one.second))))
            set_options(row.operator("aimocap.go_to_frame", text="", icon="RIGHTARROW"), frame=frame)
        set_options(row.operator("aimocap.remove_correction", text="", icon="X"), number=number, **its_id)
    in_viewport = column.operator(
        "aimocap.correct_preview", text="Correct Capture" if is_capture else "Correct Preview", icon="VIEW_CAMERA"
    )
    row = column.row(align=True)
    corrects = row.operator("aimocap.correct_take", text="Correct Limb…")
    adds = row.operator("aimocap.add_film_camera", text="", icon="CAMERA_DATA")
    for called in (in_viewport, corrects, adds):
        set_options(called, **its_id)
