"""Correct Preview: the solved figure over the video, with handles on its joints and a view from its side.

Drags are corrections, which `aimocap.correct_take` makes: each is a step to undo.
"""

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import bpy
import numpy as np
from bpy.app.handlers import persistent

from ...motion.rotations import FloatArray
from ...scene.operator_calls import overridden
from ...scene.preview.action_trust import corrections_on
from ...scene.windows import AppHandlers, redraw_editors, room_of, window_region
from ...takes.take import Kind as Made
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...vision.corrections import Correction, Kind
from ...vision.handles import View
from ...vision.joints import INDEX
from ...vision.kept_solution import limb_of
from ...while_enabled import lasting
from ..preview.corrections import (
    HANDLE,
    LIMB_NAMES,
    CorrectedFigure,
    FigureShapes,
    box_of_side_view,
    id_of,
    is_over_gizmos,
    limb_colours,
)
from ..text.modal_work import StatusText, Ticks, can_be_modal
from ..text.overlays import Overlay
from ..text.reporting import Returned, refuse, reported
from ..text.wrapped_text import ui_scale
from ..timeline_bars import write_lines
from .correcting import OnTake, PlayedTake, played_take, what_changed
from .correction_bars import show_bars

_REACH = 1.6
"""Of a handle's radius, from its middle: so near the pointer takes it."""
_WHEEL = {"WHEELUPMOUSE": 0.02, "WHEELDOWNMOUSE": -0.02}
"""Metres of depth for a step of the wheel, away from the camera or towards it."""
_WHEEL_SEC = 0.6
"""After its last step the correction is made."""
_LOOK: tuple[tuple[str, str, object], ...] = (
    ("shading", "type", "SOLID"),
    ("shading", "show_xray", True),
    ("shading", "xray_alpha", 0.1),
    ("shading", "show_object_outline", False),
    ("overlay", "show_outline_selected", False),
    ("overlay", "show_bones", False),
    ("overlay", "show_floor", False),
)
"""Of the viewport: the character is hardly seen, as it stands before the person in the video."""
_LONGEST_SEC, _GAP_SEC = 20.0, 0.3
"""Longest run of the operator, if the pointer leaves the viewport, and the time in which Blender can auto-save."""
_KEYS = Text(
    "Drag a joint: over the video to its position, in another view to its depth. Wheel: depth. X: other way. P: foot stands. Period and Comma: next and previous doubt. Esc: done."  # noqa: E501 -- one line of the status bar
)
_LETTERS, _LINE, _FONT = (0.95, 0.95, 0.95), 16.0, 12.0


@dataclass(frozen=True, eq=False)
class _Drag:
    """A limb that is dragged, or turned by the wheel.

    Attributes:
        joint: that ends the limb.
        second: the moment, from the start of the range.
        view: in which; None by the wheel.
        grabbed: (2,) from the pointer to the handle, pixels.
        said: what the drag says so far; None before it moves.
    """

    joint: str
    second: float
    view: View | None
    grabbed: FloatArray
    said: Correction | None = None


@dataclass(frozen=True)
class _Before:
    """How the viewport was: its view, its camera, and the values of `_LOOK`."""

    perspective: str
    rotation: tuple[float, ...]
    location: tuple[float, ...]
    distance: float
    camera: str
    is_local: bool
    look: tuple[object, ...]


@dataclass
class _Mode:
    """State of the mode.

    Attributes:
        take_id: ID of the preview or capture that is corrected; '' while the mode is off.
        kind: of that take.
        space: address of the viewport's content, which stays the same when the viewport is maximized.
        before: how that viewport was.
        figure: the preview's figure.
        pointed: the joint under the pointer.
        drag: the limb that is dragged.
        waits: no operator takes events for a moment.
        looked_at: number of the last moment that was looked at, -1 before the first.
        said: the sentence below the keys.
        status: the keys, in the status bar.
    """

    take_id: str = ""
    kind: Made = Made.PREVIEW
    space: int = 0
    before: _Before | None = None
    figure: CorrectedFigure | None = None
    pointed: str | None = None
    drag: _Drag | None = None
    waits: bool = False
    looked_at: int = -1
    said: Sentence = ""
    status: StatusText = field(default_factory=StatusText)


_mode = lasting(_Mode)


def is_correcting(take_id: str) -> bool:
    """Return whether a take is being corrected in a viewport."""
    return bool(take_id) and _mode.take_id == take_id and _area() is not None


class CorrectPreview(OnTake, bpy.types.Operator):
    """Correct this motion in the viewport: its figure is drawn over the video, and limbs are dragged to where they are"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.correct_preview"
    bl_label = "Correct Preview"
    bl_options = {"INTERNAL"}

    _ticks: Ticks | None = None
    _wheeled = 0
    _began = 0.0

    if TYPE_CHECKING:
        goes_on: bool
    else:
        # the mode is on already
        goes_on: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Returned:
        """Refuse: without a window nothing can be dragged."""
        del context
        return refuse(self, Fault("This needs a window.", "Use the operator aimocap.correct_take in scripts."))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Begin, go on, or end the mode that is on."""
        is_on = is_correcting(self.take_id)
        if self.goes_on:
            return self._begin(context) if is_on and can_be_modal(context) else {"CANCELLED"}
        _end()
        if is_on or not can_be_modal(context):
            return {"FINISHED"}
        try:
            _begin(context, played_take(context, self.take_id), _viewport(context))
        except Fault as fault:
            return refuse(self, fault)
        return self._begin(context)

    def _begin(self, context: bpy.types.Context) -> Returned:
        # each run is a new operator, so that Blender can save between two of them
        self._began, _mode.waits = time.monotonic(), False
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Drag, or pass on what isn't for the figure."""
        area = _area()
        # another take is corrected now, the viewport is closed, or the character plays something else
        if _mode.take_id != self.take_id or area is None or not _follow(context):
            self.cancel(context)
            return {"FINISHED"}
        if event.type == "TIMER" and self._ticks is not None and _mode.drag is not None and _mode.drag.view is None:
            # each step of the wheel is a small one: what they make together is solved once
            self._wheeled -= 1
            if self._wheeled <= 0:
                self._make(context)
            return {"PASS_THROUGH"}
        pointer = _pointer_in(area, event)
        if _mode.drag is not None and _mode.drag.view is not None:
            return self._dragging(context, area, pointer, event)
        if not _is_over_view(area, event):
            return self._away(context)
        return self._at_rest(context, area, pointer, event)

    def cancel(self, context: bpy.types.Context) -> None:
        """Leave the viewport as it was."""
        self._stop_ticks()
        if _mode.take_id == self.take_id:
            _end()

    def _dragging(
        self, context: bpy.types.Context, area: bpy.types.Area, pointer: FloatArray, event: bpy.types.Event
    ) -> Returned:
        drag = cast("_Drag", _mode.drag)
        # as Blender's own transforms are cancelled
        if event.type in {"ESC", "RIGHTMOUSE"}:
            _drop()
        elif event.type == "MOUSEMOVE" and drag.view is not None:
            said = _figure().said_by_drag(drag.joint, drag.second, drag.view, pointer + drag.grabbed)
            _try(drag, said)
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            self._make(context)
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _away(self, context: bpy.types.Context) -> Returned:
        """While the pointer is elsewhere, let Blender auto-save now and then: it doesn't while an operator is modal."""
        if time.monotonic() - self._began < _LONGEST_SEC:
            return {"PASS_THROUGH"}
        self._make(context)
        _mode.waits = True
        bpy.app.timers.register(_go_on, first_interval=_GAP_SEC)
        return cast("Returned", {"FINISHED", "PASS_THROUGH"})

    def _at_rest(
        self, context: bpy.types.Context, area: bpy.types.Area, pointer: FloatArray, event: bpy.types.Event
    ) -> Returned:
        view, joint = _handle_at(context, area, pointer)
        # drawn anew only where another joint stands out: the mouse moves all the time
        if event.type == "MOUSEMOVE" and joint != _mode.pointed:
            _mode.pointed = joint
            area.tag_redraw()
        # with these keys a press is one of Blender's own shortcuts
        if event.value != "PRESS" or event.ctrl or event.alt or event.oskey:
            return {"PASS_THROUGH"}
        if event.type == "ESC":
            self._make(context)
            self.cancel(context)
            return {"FINISHED"}
        if event.type in {"PERIOD", "COMMA"}:
            _go_to_doubt(context, 1 if event.type == "PERIOD" else -1)
        elif event.type in _WHEEL and joint is not None:
            self._wheel(context, joint, _WHEEL[event.type])
        elif event.type in {"LEFTMOUSE", "X", "P"} and view is not None and joint is not None:
            self._make(context)
            self._press(context, event.type, joint, view, pointer)
        elif event.type in {"X", "P"} or (event.type == "LEFTMOUSE" and not is_over_gizmos(area, pointer)):
            # elsewhere these would select or delete something
            _mode.said = "Point at a joint of the figure."
        else:
            return {"PASS_THROUGH"}
        area.tag_redraw()
        return {"RUNNING_MODAL"}

    def _press(self, context: bpy.types.Context, key: str, joint: str, view: View, pointer: FloatArray) -> None:
        """Begin a drag of a joint, or correct it by a key."""
        second = _second(context)
        # a handle that is grabbed at its edge doesn't jump to the pointer
        if key == "LEFTMOUSE":
            (handle,) = view.places(_figure().joints_at(second)[INDEX[joint]][None])
            _mode.drag = _Drag(joint, second, view, handle - pointer)
        elif key == "X":
            _correct(context, Correction(Kind.OTHER_WAY, joint, second))
        elif limb_of(joint).endswith("leg"):
            # a foot stands at the end of the leg, whichever joint was pointed at
            _correct(context, Correction(Kind.STANDS, joint.replace("knee", "ankle"), second))
        else:
            _mode.said = "Point at a knee or an ankle of the figure."

    def _wheel(self, context: bpy.types.Context, joint: str, metres: float) -> None:
        drag, second = _mode.drag, _second(context)
        # over another joint, or in another frame, the wheel begins another correction
        if drag is None or (drag.joint, drag.second) != (joint, second):
            self._make(context)
            drag = _Drag(joint, second, None, np.zeros(2))
        depth = drag.said.values[0] if drag.said is not None else _figure().depth(joint, second)
        _try(drag, Correction(Kind.DEPTH, joint, second, (depth + metres,)))
        self._wheeled = round(_WHEEL_SEC / 0.1)
        if self._ticks is None:
            self._ticks = Ticks(context.window, 0.1)

    def _make(self, context: bpy.types.Context) -> None:
        """Make the correction that is being dragged."""
        self._stop_ticks()
        drag, _mode.drag = _mode.drag, None
        if drag is not None and drag.said is not None:
            _correct(context, drag.said)

    def _stop_ticks(self) -> None:
        ticks, self._ticks = self._ticks, None
        if ticks is not None:
            ticks.end()


def _go_on() -> float | None:
    """Have the mode take events again."""
    window, _ = _place()
    if not _mode.waits or window is None:
        return None
    with overridden(window=window):
        cast("Any", bpy.ops).aimocap.correct_preview("INVOKE_DEFAULT", goes_on=True, **id_of(_mode.kind, _mode.take_id))
    return _GAP_SEC


def _begin(context: bpy.types.Context, played: PlayedTake, area: bpy.types.Area) -> None:
    """Show the figure over the video in a viewport.

    Raises:
        Fault: the preview can't be corrected.
    """
    kept, placed = played.kept, played.placed(context)
    camera, *_ = played.film_cameras(context)
    # the video's camera may just have been added: undoing a correction must not remove it
    bpy.ops.ed.undo_push(message="Correct Preview")
    space: Any = area.spaces.active
    view = space.region_3d
    # by the camera's name, as an undo replaces objects by others
    _mode.before = _Before(
        view.view_perspective,
        tuple(view.view_rotation),
        tuple(view.view_location),
        view.view_distance,
        space.camera.name if space.camera is not None else "",
        space.use_local_camera,
        tuple(getattr(getattr(space, part), name) for part, name, _ in _LOOK),
    )
    _mode.take_id, _mode.kind = played.take.id, played.take.kind
    _mode.space = space.as_pointer()
    second = played.mapping.second(context.scene.frame_current)
    _mode.figure = CorrectedFigure(kept, placed, played.mapping, camera.name, played.seen, second)
    _mode.said, _mode.pointed, _mode.drag, _mode.looked_at = "", None, None, -1
    _show_film()
    show_bars(played.mapping)
    _follow(context)
    _mode.status.show(context, _KEYS)
    _overlay.show()


def _end() -> None:
    """Show the viewport as it was."""
    _show_what_was()
    show_bars(None)
    _overlay.hide()
    _mode.status.clear()
    _mode.take_id, _mode.space = "", 0
    _mode.before, _mode.figure, _mode.drag = None, None, None


@persistent
def _show_film(*_: object) -> None:
    """Show the video through its camera, and the character so that it hardly covers the person."""
    area = _area()
    if area is None or _mode.figure is None:
        return
    space: Any = area.spaces.active
    space.use_local_camera, space.camera = True, bpy.data.objects.get(_mode.figure.camera)
    space.region_3d.view_perspective = "CAMERA"
    for part, name, value in _LOOK:
        setattr(getattr(space, part), name, value)


@persistent
def _show_what_was(*_: object) -> None:
    """Show the viewport as it was, also in a file that is saved."""
    area, before = _area(), _mode.before
    if area is None or before is None:
        return
    space: Any = area.spaces.active
    view = space.region_3d
    space.camera = bpy.data.objects.get(before.camera)
    space.use_local_camera, view.view_perspective = before.is_local, before.perspective
    view.view_rotation, view.view_location, view.view_distance = before.rotation, before.location, before.distance
    for (part, name, _now), value in zip(_LOOK, before.look, strict=True):
        setattr(getattr(space, part), name, value)
    area.tag_redraw()


def _follow(context: bpy.types.Context) -> bool:
    """Draw what the character plays, also after an undo; return whether it still plays the preview."""
    try:
        played = played_take(context, _mode.take_id)
    except Fault:
        return False
    figure = _mode.figure = _figure().at(_second(context))
    corrections = corrections_on(played.action)
    # each move of the mouse comes here, and solving it again takes longer than that
    if corrections != figure.known:
        _mode.drag, _mode.said = None, ""
        figure.show(played.kept, corrections, played.seen)
        redraw_editors("VIEW_3D")
    # the camera may have been deleted, and Other Up turns the motion away from it
    return figure.camera in bpy.data.objects and figure.camera_angle == played.seen.camera_angle


def _correct(context: bpy.types.Context, one: Correction) -> None:
    """Make a correction, which is a step to undo, and say what changed."""
    frame = float(_figure().mapping.frames(np.array(one.second)))
    values: dict[str, object] = {"value": one.values[0]} if one.kind is Kind.DEPTH else {}
    if one.kind is Kind.PLACE:
        values = {"pixel": one.values}
    how = {**id_of(_mode.kind, _mode.take_id), "kind": one.kind.value, "joint": one.joint, "frame": frame, **values}
    try:
        cast("Any", bpy.ops).aimocap.correct_take("EXEC_DEFAULT", True, **how)
        said = what_changed()
    except RuntimeError as error:  # the operator reported it
        said = reported(error)
        _drop()
    _follow(context)
    _mode.said = said
    redraw_editors("VIEW_3D", "DOPESHEET_EDITOR")


def _try(drag: _Drag, said: Correction) -> None:
    """Draw the figure with a correction that isn't made yet."""
    _mode.drag = replace(drag, said=said)
    _figure().show_tried(said)


def _drop() -> None:
    """Draw the figure without what is being dragged."""
    _mode.drag = None
    _figure().show_tried(None)


def _go_to_doubt(context: bpy.types.Context, step: int) -> None:
    """Go to the next or previous moment to look at, the first one being the likeliest to be wrong."""
    found = _figure().looks
    if not found:
        _mode.said = "No limb is in doubt."
        return
    # backwards from the start is the last one
    following = _mode.looked_at + step if _mode.looked_at >= 0 else (0 if step > 0 else -1)
    _mode.looked_at = following % len(found)
    look = found[_mode.looked_at]
    frame = float(_figure().mapping.frames(np.array(look.second)))
    context.scene.frame_set(round(frame))
    _mode.pointed = look.joint
    _mode.said = Text(
        "To look at, {number} of {count}: {limb} is {likely:.0%} likely to be right.",
        number=_mode.looked_at + 1,
        count=len(found),
        limb=Text.of(LIMB_NAMES[look.joint]),
        likely=look.likely,
    )


def _figure() -> CorrectedFigure:
    # there is one while the mode is on
    return cast("CorrectedFigure", _mode.figure)


def _second(context: bpy.types.Context) -> float:
    return _figure().mapping.second(context.scene.frame_current_final)


def _views(area: bpy.types.Area, second: float) -> tuple[View, View]:
    """Return the side view and the viewport's own."""
    figure = _figure()
    side = figure.side_view(second, box_of_side_view(area, is_left=figure.is_on_the_right))
    space: Any = area.spaces.active
    view, region = space.region_3d, window_region(area)
    is_film = view.view_perspective == "CAMERA" and space.camera is not None and space.camera.name == figure.camera
    matrix = np.array(view.perspective_matrix) @ figure.world_at(second)
    return side, View(matrix, (0.0, 0.0, float(region.width), float(region.height)), is_film)


def _handle_at(context: bpy.types.Context, area: bpy.types.Area, pointer: FloatArray) -> tuple[View | None, str | None]:
    """Return the view and the joint whose handle is under the pointer; the side view lies above the other."""
    second = _second(context)
    if not _figure().has(second):
        return None, None
    side, whole = _views(area, second)
    left, bottom, right, top = side.box
    is_in_side = left <= pointer[0] <= right and bottom <= pointer[1] <= top
    view = side if is_in_side else whole
    joint = view.handle_at(_figure().joints_at(second), pointer, _REACH * HANDLE * ui_scale())
    return (view, joint) if joint is not None else (None, None)


def _viewport(context: bpy.types.Context) -> bpy.types.Area:
    """Return the viewport that is pressed in, or the largest one of the window.

    Raises:
        Fault: there is none.
    """
    if context.area is not None and context.area.type == "VIEW_3D":
        return context.area
    areas = [area for area in context.window.screen.areas if area.type == "VIEW_3D"] if context.window else []
    if not areas:
        raise Fault("No 3D Viewport is open.", "Open one, then try again.")
    return max(areas, key=lambda area: area.width * area.height)


def _area() -> bpy.types.Area | None:
    """Return the viewport; None if it is closed or shows another editor."""
    return _place()[1]


def _place() -> tuple[bpy.types.Window | None, bpy.types.Area | None]:
    """Return the viewport with its window."""
    for window in cast("Any", bpy.context).window_manager.windows:
        for area in window.screen.areas:
            # a viewport that is maximized is another area, with the same space
            if area.type == "VIEW_3D" and area.spaces.active.as_pointer() == _mode.space:
                return window, area
    return None, None


def _pointer_in(area: bpy.types.Area, event: bpy.types.Event) -> FloatArray:
    region = window_region(area)
    return np.array([event.mouse_x - region.x, event.mouse_y - region.y], dtype=np.float64)


def _is_over_view(area: bpy.types.Area, event: bpy.types.Event) -> bool:
    """Return whether the pointer is over the viewport, and over none of the regions that lie above it."""
    over: set[str] = set()
    for region in area.regions:
        is_across = region.x <= event.mouse_x < region.x + region.width
        is_up = region.y <= event.mouse_y < region.y + region.height
        # a hidden region is a pixel wide
        if is_across and is_up and region.width > 1:
            over.add(region.type)
    return over == {"WINDOW"}


def _draw(context: bpy.types.Context) -> None:
    area, space = context.area, context.space_data
    if area is None or space is None or space.as_pointer() != _mode.space:
        return
    figure, second, scale = _mode.figure, _second(context), ui_scale()
    if figure is None or figure.known is None or not figure.has(second):
        return
    colours = limb_colours(figure.trust_at(second))
    pointed = _mode.drag.joint if _mode.drag is not None else _mode.pointed
    shapes = FigureShapes()
    side, whole = _views(area, second)
    # the side view has a background, which covers what the figure has there
    for view in (whole, side):
        if view is side:
            shapes.ground(view)
        shapes.figure(view, figure.joints_at(second), colours, INDEX[pointed] if pointed is not None else None)
    shapes.draw()
    lines = [Text.of(LIMB_NAMES[pointed])] if pointed is not None else []
    lines += [Text.of(_mode.said)] if _mode.said else []
    if lines:
        left, _, _, top = room_of(area)
        height = _LINE * scale
        bottom = top - (3.5 + len(lines)) * height
        write_lines([(line, _LETTERS) for line in lines], left + height, bottom, height, _FONT * scale)


_overlay = Overlay(_draw, "VIEW_3D")

CLASSES = (CorrectPreview,)
_HANDLERS = AppHandlers((_show_what_was, ("save_pre",)), (_show_film, ("save_post", "save_post_fail")))


def register() -> None:
    """Save files with the viewport as it was."""
    _HANDLERS.add()


def unregister() -> None:
    """Leave the viewport as it was."""
    _end()
    if bpy.app.timers.is_registered(_go_on):
        bpy.app.timers.unregister(_go_on)
    _HANDLERS.remove()
