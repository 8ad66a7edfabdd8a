"""Reports of the last check of each G1 rig, and their heat map: coloured bodies, and a strip along the timeline.

Reports are kept until another file is opened. The heat map is drawn over the editors, so that the file doesn't change,
and only while there is a report.
"""

import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, LiteralString, cast

import bpy
import gpu
import numpy as np
from bpy.app.handlers import persistent
from mathutils import Matrix

from ...motion.g1.checks import G1Report
from ...motion.g1.checks_findings import G1Check, G1Estimate, G1Fault, G1Finding, Kind, findings_at
from ...motion.g1.feasibility import Feasibility
from ...motion.rotations import FloatArray
from ...motion.timeline_heat import heat_colours, row_at
from ...scene.g1.rig import ROOT_BONE, limits_shown
from ...scene.keys.keyframes import curves_of, keyed_values
from ...scene.windows import AppHandlers, room_of
from ...texts.text import Text
from ...while_enabled import discarded, lasting
from ..motion.contacts import shown_contacts
from ..text.overlays import Overlay, blended_surfaces
from ..text.wrapped_text import ui_scale
from ..timeline_bars import TimelineRows, draw_rows, shows_timeline, write_lines
from ..timeline_bars import forget as forget_rows
from .rig_operators import selected_g1_rig

HEAT_SWITCH = "aimocap_g1_heat"
"""Property of the window manager."""
_LIFT = 0.001  # metres above the surface, so that the colour is visible
_ON_IT, _BEHIND = 0.55, 0.12  # opacity where the body is visible and where it is hidden
_MOST_LINES = 4
_FONT, _LINE, _LEFT, _BOTTOM = 12.0, 18.0, 14.0, 44.0  # unscaled pixels; above the redo panel's title
_PALE = (0.85, 0.85, 0.85)

FAULT_NAMES: dict[Kind, LiteralString] = {
    G1Fault.JOINT_LIMIT: "Joint limits",
    G1Fault.STRICT_LIMIT: "Stricter limits",
    G1Fault.VELOCITY: "Speeds",
    G1Fault.SPIKE: "Spikes",
    G1Fault.SLIDE: "Sliding feet",
    G1Fault.FLOATING: "Floating",
    G1Fault.SINKING: "Sinking",
    G1Fault.COLLISION: "Self-collision",
    G1Fault.ROOT_JUMP: "Jumps of the pelvis",
    G1Fault.ROOT_ACCELERATION: "Acceleration over the ground",
    G1Estimate.TORQUE: "Estimated torques",
    G1Estimate.BALANCE: "Estimated balance",
    G1Estimate.SUPPORT: "Estimated support",
    G1Estimate.JERK: "Estimated jerk",
}
"""Of faults, then of estimates, as reports list them."""


@dataclass(frozen=True, eq=False)
class Checked:
    """Report of a check.

    Attributes:
        report: faults of the motion as shown.
        feasibility: estimates of its motors' torques and its balance.
        frames: (F,) timeline frames of the motion's frames.
        when: `time.monotonic()` of the check.
        keys: checksum of the rig's keyframes at the time (`keys_of`).
    """

    report: G1Report
    feasibility: Feasibility
    frames: FloatArray
    when: float
    keys: int

    @property
    def found(self) -> tuple[G1Check, ...]:
        """The checks and estimates that found something."""
        return tuple(check for check in (*self.report.checks, *self.feasibility.checks) if check.findings)

    @property
    def worst(self) -> tuple[G1Finding, ...]:
        """The worst of each kind that was found."""
        return tuple(check.findings[0] for check in self.found)

    @cached_property
    def body_heat(self) -> FloatArray:
        """(F, B) of each body at each frame, by faults and estimates, 0 to 1."""
        return np.maximum(self.report.body_heat, self.feasibility.body_heat)


_checked: dict[int, list[Checked]] = {}  # checks by the rig's session_uid, the last one last
_KEPT = 8
"""Checks of a rig, so that an undo finds the one of what it brings back."""
_sums: dict[tuple[int, int], int] = {}  # of keyframes, by the Action's session_uid and the slot's handle
discarded(_checked.clear)
discarded(_sums.clear)


def keep(rig: bpy.types.Object, report: G1Report, feasibility: Feasibility, frames: FloatArray) -> Checked:
    """Keep and return a report of a rig's current motion."""
    found = Checked(report, feasibility, frames, time.monotonic(), keys_of(rig))
    # of the same motion, only the last check counts
    others = [each for each in _checked.get(rig.session_uid, ()) if each.keys != found.keys]
    _checked[rig.session_uid] = [*others, found][-_KEPT:]
    return found


def checked(rig: bpy.types.Object) -> Checked | None:
    """Return the check of a rig's current motion in this file, or else its last one; None if there is none."""
    found = _checked.get(rig.session_uid)
    if not found:
        return None
    keys = keys_of(rig)
    return next((each for each in found if each.keys == keys), found[-1])


def checked_rigs(layer: bpy.types.ViewLayer | None) -> list[tuple[bpy.types.Object, Checked]]:
    """Return the checked rigs of a view layer with their last checks."""
    if layer is None or not _checked:
        return []
    found = ((rig, checked(rig)) for rig in layer.objects if rig.type == "ARMATURE")
    return [(rig, last) for rig, last in found if last is not None]


def is_stale(rig: bpy.types.Object, found: Checked) -> bool:
    """Return whether the rig's keyframes, Action or limits changed since the check.

    Fast enough for each redraw: keyframes are read again only after Blender reports a change of their Action.
    """
    return keys_of(rig) != found.keys


def keys_of(rig: bpy.types.Object) -> int:
    """Return a checksum of a rig's Action, its keyframes, and whether its limits are on."""
    data = rig.animation_data
    if data is None or data.action is None:
        return zlib.crc32(f"{limits_shown(rig)}".encode())
    # before 4.4 Actions have no slots
    home = data.action.session_uid, int(getattr(data, "action_slot_handle", 0))
    if home not in _sums:
        total = 0
        for curve in curves_of(rig).values():
            for part in keyed_values(curve):
                total = zlib.crc32(part.tobytes(), total)
        _sums[home] = total
    return zlib.crc32(f"{home} {limits_shown(rig)}".encode(), _sums[home])


@persistent
def _something_changed(_scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph) -> None:
    """Discard checksums of changed Actions; called for edits, undo and redo, not for playback."""
    if not _sums or not depsgraph.id_type_updated("ACTION"):
        return
    # Blender reports evaluated copies, whose ids are others
    updated = [cast("bpy.types.ID", cast("bpy.types.ID", update.id).original) for update in depsgraph.updates]
    changed = {data.session_uid for data in updated if data.id_type == "ACTION"}
    for home in [home for home in _sums if home[0] in changed]:
        del _sums[home]


@persistent
def _another_file(*_: object) -> None:
    _checked.clear()
    _sums.clear()
    # another file has other robots
    _hide()


_EDITS = AppHandlers((_something_changed, ("depsgraph_update_post",)), (_another_file, ("load_post",)))


def _draw_strip(context: bpy.types.Context) -> None:
    """Draw a row for each kind of fault and estimate found."""
    # the bars of contacts are drawn in the same place
    shown = _shown(context) if shows_timeline(context) and shown_contacts(context) is None else None
    if shown is not None:
        rig, found = shown
        draw_rows(context, _rows_of(found), pale=is_stale(rig, found))


def _shown(context: bpy.types.Context) -> tuple[bpy.types.Object, Checked] | None:
    """Return the selected G1, or else the last in the view layer, if its check found anything; with the report."""
    found = [pair for pair in checked_rigs(context.view_layer) if pair[1].found]
    if not found:
        return None
    selected = selected_g1_rig(context)
    if selected is None:
        return found[-1]
    return next((pair for pair in found if pair[0] == selected), None)


@lru_cache(maxsize=4)
def _rows_of(found: Checked) -> TimelineRows:
    heats = np.stack([check.severity for check in found.found])
    return TimelineRows(tuple(Text(FAULT_NAMES[check.kind]) for check in found.found), heats, found.frames)


discarded(_rows_of.cache_clear)


@dataclass(frozen=True, eq=False)
class _Surface:
    """Mesh on a bone as a GPU batch; `frame` is its transform relative to the bone's head."""

    column: int  # of `Checked.body_heat`
    bone: str
    frame: Matrix
    batch: Any


def _draw_bodies(context: bpy.types.Context) -> None:
    """Colour the bodies with faults at this frame, on top of the viewport."""
    graph = context.evaluated_depsgraph_get()
    shader: Any = gpu.shader.from_builtin("UNIFORM_COLOR")
    # a body behind others is hinted at, so that its fault can be found
    passes: tuple[tuple[Literal["LESS_EQUAL", "GREATER"], float], ...] = (("LESS_EQUAL", _ON_IT), ("GREATER", _BEHIND))
    with blended_surfaces():
        for rig, found in _seen(context):
            row = row_at(found.frames, _now(context))
            # old colours on a new motion may point at what is no fault
            if row is None or is_stale(rig, found):
                continue
            posed = rig.evaluated_get(graph)
            bones = cast("bpy.types.Pose", posed.pose).bones
            heat = found.body_heat[row]
            for surface in _surfaces_of(rig, found):
                if heat[surface.column] <= 0.0 or surface.bone not in bones:
                    continue
                transform = posed.matrix_world @ bones[surface.bone].matrix @ surface.frame
                colour = heat_colours(heat[surface.column])
                with cast("Any", gpu.matrix).push_pop():
                    gpu.matrix.multiply_matrix(transform)
                    for test, opacity in passes:
                        gpu.state.depth_test_set(test)
                        shader.uniform_float("color", (*colour, opacity))
                        surface.batch.draw(shader)


def _draw_words(context: bpy.types.Context) -> None:
    """Write the worst faults at this frame in the lower left corner."""
    lines: list[tuple[Text, tuple[float, ...]]] = []
    seen = _seen(context)
    for rig, found in seen:
        # of a single robot it goes without saying
        name = f"{rig.name}: " if len(seen) > 1 else ""
        row = row_at(found.frames, _now(context))
        if is_stale(rig, found):
            stale = Text("The motion changed since it was checked.")
            lines.append((Text("{name}{said}", name=name, said=stale), _PALE))
        elif row is not None:
            for heat, finding in findings_at(found.found, row)[:_MOST_LINES]:
                said = Text(
                    "{name}{fault}: {sentence}",
                    name=name,
                    fault=Text(FAULT_NAMES[finding.kind]),
                    sentence=finding.sentence(f"{found.frames[finding.worst]:.0f}"),
                )
                lines.append((said, tuple(heat_colours(np.array(heat)))))
    scale = ui_scale()
    # beside the toolbar, which covers what is drawn below it
    left, *_ = room_of(cast("bpy.types.Area", context.area))
    write_lines(lines, left + _LEFT * scale, _BOTTOM * scale, _LINE * scale, _FONT * scale)


def _seen(context: bpy.types.Context) -> list[tuple[bpy.types.Object, Checked]]:
    """Return the checked rigs visible in the viewport, with their reports."""
    view = cast("bpy.types.SpaceView3D", context.space_data)
    if not view.overlay.show_overlays:
        return []
    return [(rig, found) for rig, found in checked_rigs(context.view_layer) if rig.visible_in_viewport_get(view)]


def _now(context: bpy.types.Context) -> float:
    return context.scene.frame_current_final


_surfaces: dict[int, tuple[Checked, tuple[_Surface, ...]]] = {}  # by the rig's session_uid, for its last check
discarded(_surfaces.clear)


def _surfaces_of(rig: bpy.types.Object, found: Checked) -> tuple[_Surface, ...]:
    """Return the surfaces on a rig's bones, as they were when the check's colours were first drawn."""
    kept = _surfaces.get(rig.session_uid)
    if kept is None or kept[0] is not found:
        kept = _surfaces[rig.session_uid] = found, tuple(_made_surfaces(rig, found))
    return kept[1]


def _made_surfaces(rig: bpy.types.Object, found: Checked) -> Iterator[_Surface]:
    bodies = {ROOT_BONE: 0} | {joint.name: column for column, joint in enumerate(found.report.model.joints, 1)}
    bones = cast("bpy.types.Armature", rig.data).bones
    for child in rig.children:
        bone = child.parent_bone
        if child.type != "MESH" or child.hide_render or bone not in bodies or bone not in bones:
            # objects hidden in renders are no bodies but the arcs of the limits
            continue
        # Blender measures children of a bone from its tail
        tail = Matrix.Translation((0.0, bones[bone].length, 0.0))
        frame = tail @ child.matrix_parent_inverse @ child.matrix_basis
        yield _Surface(bodies[bone], bone, frame, _batch(cast("bpy.types.Mesh", child.data)))


def _batch(mesh: bpy.types.Mesh) -> object:
    from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw faults

    # the GPU draws nothing but triangles
    mesh.calc_loop_triangles()
    positions, normals = np.empty((2, len(mesh.vertices), 3), np.float32)
    triangles = np.empty((len(mesh.loop_triangles), 3), np.int32)
    for collection, name, array in (
        (mesh.vertices, "co", positions),
        (mesh.vertices, "normal", normals),
        (mesh.loop_triangles, "vertices", triangles),
    ):
        cast("Any", collection).foreach_get(name, array.ravel())
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    content: dict[str, Any] = {"pos": positions + np.float32(_LIFT) * normals}
    return batch_for_shader(shader, "TRIS", content, indices=cast("Any", triangles))


_OVERLAYS = (
    Overlay(_draw_bodies, "VIEW_3D", "POST_VIEW"),
    Overlay(_draw_words, "VIEW_3D"),
    Overlay(_draw_strip, "DOPESHEET_EDITOR"),
)


@dataclass
class _Switch:
    """Whether the user wants to see it."""

    is_on: bool = True


_switch = lasting(_Switch)


def show_heat() -> None:
    """Draw the reports from now on, if there are windows and the user wants to see them."""
    for overlay in _OVERLAYS if _switch.is_on else ():
        overlay.show()


def _hide() -> None:
    for overlay in _OVERLAYS:
        overlay.hide()
    # what is kept for the GPU goes, too
    _surfaces.clear()
    forget_rows()
    _rows_of.cache_clear()


def _is_on(_: object) -> bool:
    return _switch.is_on


def _set(_: object, value: bool) -> None:
    _switch.is_on = value
    _hide()
    show_heat()


def register() -> None:
    """Add the switch to the window manager, whose value is kept here, not in the file, and discard old reports."""
    switch = cast("Any", bpy.props).BoolProperty(
        name="Show Heat",
        description="Color the robot's bodies and the frames along the timeline by the faults that the last check "
        "found, from yellow to red",
        get=_is_on,
        set=_set,
    )
    setattr(bpy.types.WindowManager, HEAT_SWITCH, switch)
    _EDITS.add()


def unregister() -> None:
    """Remove the switch, the drawing and the reports."""
    _EDITS.remove()
    _another_file()
    delattr(bpy.types.WindowManager, HEAT_SWITCH)
