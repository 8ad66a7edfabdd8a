"""Comparing two takes of a character: one plays on it, the other is a ghost; a key flips them, and one is kept.

The ghost is drawn over the viewport, and the character only plays another Action meanwhile. It is no modal operator, so
that Blender goes on saving by itself, and everything else can be done.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, cast

import bpy
import gpu
import numpy as np
from bpy.app.handlers import persistent

from ...motion.rotations import FloatArray, norm
from ...scene.armatures import cannot_be_keyed
from ...scene.scene_values import character_of
from ...scene.takes import Comparison, GhostPoses, Left, only_one_take, takes_of
from ...scene.windows import AppHandlers, redraw_editors
from ...takes.contacts import compare_feet, require_contacts
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..character.choosing import NeedsCharacter
from ..shortcuts import Shortcuts
from ..text.modal_work import StatusText
from ..text.overlays import Overlay, blended_surfaces, draw_triangles
from ..text.reporting import Flags, Returned, inform, refusing
from ..text.wrapped_text import say

_TICK_SEC, _AT_ONCE_SEC = 0.1, 0.06
"""Between samplings of the ghost, and how long each takes at most."""
_COLOUR = (0.15, 0.75, 1.0)
_IN_FRONT, _BEHIND = 0.85, 0.3  # opacity where the ghost is in front of the scene's surfaces, and behind them
_WIDTH, _WAIST = 0.1, 0.1  # of an octahedron's half width and its place, as a fraction of the bone's length
_DARKEST = 0.45  # brightness of faces that look away from the light
_LIGHT = np.array([0.4, -0.5, 0.77])  # to the light, in the world

_RING = np.array([[1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]) * _WIDTH + [0.0, _WAIST, 0.0]
_NEXT = np.roll(_RING, -1, axis=0)
_HEADS, _TAILS = np.zeros((4, 3)), np.tile([0.0, 1.0, 0.0], (4, 1))
_FACES = np.stack([_HEADS, _RING, _NEXT, _TAILS, _NEXT, _RING], axis=1).reshape(8, 3, 3)
"""(8, 3, 3) faces of a bone of length 1 along Y, their corners counterclockwise as seen from outside."""


@dataclass
class _Comparing:
    """State of the comparison.

    Attributes:
        comparison: the comparison; None if there is none.
        poses: of the take that is the ghost's now; None if there is none.
        others: of takes that were the ghost's before.
        hint: keys, in the status bar.
        saving: the file is being saved, with what the character played before.
    """

    comparison: Comparison | None = None
    poses: GhostPoses | None = None
    others: list[GhostPoses] = field(default_factory=list[GhostPoses])
    hint: StatusText = field(default_factory=StatusText)
    saving: bool = False


_state = lasting(_Comparing)


def current_comparison() -> Comparison | None:
    """Return the comparison that is going on."""
    comparison = _state.comparison
    return comparison if comparison is not None and comparison.stands else None


class _Compares(NeedsCharacter):
    """Operator that begins a comparison."""

    bl_options: Flags = {"UNDO"}
    nobody = Fault("No character is selected.", "Select the armature whose takes to compare.")

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        character = character_of(context)
        return cls.nobody if character is None else cls.why_not_with(character)

    @classmethod
    def why_not_with(cls, character: bpy.types.Object) -> Fault | None:
        """Return why there is nothing to compare with what the character plays; None if there is."""
        raise NotImplementedError

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Begin the comparison, or report why not."""
        character = self.required_character(context)
        # two comparisons would each put back what the other one shows
        _end()
        _state.comparison = self.comparison(context, character)
        _overlay.show()
        if not bpy.app.background:
            # the ghost's frames are evaluated little by little, so that nobody waits for them
            bpy.app.timers.register(_sample)
        _show(context)
        return {"FINISHED"}

    def comparison(self, context: bpy.types.Context, character: bpy.types.Object) -> Comparison:
        """Return the comparison that begins.

        Raises:
            Fault: there is nothing to compare, or it can't be compared now.
        """
        raise NotImplementedError


class CompareTakes(_Compares, bpy.types.Operator):
    """Show another take of the character as a ghost, flip between the two, and keep one"""

    bl_idname = "aimocap.compare_takes"
    bl_label = "Compare Takes"

    @classmethod
    def why_not_with(cls, character: bpy.types.Object) -> Fault | None:
        """Return why there is nothing to compare; see `_Compares`."""
        return only_one_take(character) if len(takes_of(character)) < 2 else None  # noqa: PLR2004

    def comparison(self, context: bpy.types.Context, character: bpy.types.Object) -> Comparison:
        """Compare two of its takes; see `_Compares`."""
        del context
        return Comparison(character)


class CompareFeet(_Compares, bpy.types.Operator):
    """Show the character's motion without locked feet as a ghost, flip between the two, and keep one"""

    bl_idname = "aimocap.compare_feet"
    bl_label = "Compare Feet"

    @classmethod
    def why_not_with(cls, character: bpy.types.Object) -> Fault | None:
        """Return why there is nothing to compare; see `_Compares`."""
        try:
            require_contacts(character)
        except Fault as fault:
            return fault
        return None

    def comparison(self, context: bpy.types.Context, character: bpy.types.Object) -> Comparison:
        """Compare its motion with free feet; see `_Compares`."""
        return compare_feet(context, character)


class _WhileComparing:
    """Operator that only works while takes are compared."""

    @classmethod
    def poll(cls, context: bpy.types.Context | None) -> bool:
        """Return whether takes are compared, and the character can be animated now."""
        del context
        comparison = current_comparison()
        return comparison is not None and not cannot_be_keyed(comparison.character)


class FlipTakes(_WhileComparing, bpy.types.Operator):
    """Swap the character's take with the ghost"""

    bl_idname = "aimocap.flip_takes"
    bl_label = "Flip Takes"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> Returned:
        """Flip them."""
        cast("Comparison", current_comparison()).flip()
        _show(context)
        return {"FINISHED"}


class NextTake(_WhileComparing, bpy.types.Operator):
    """Show the next take as the ghost"""

    bl_idname = "aimocap.next_take"
    bl_label = "Next Take"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> Returned:
        """Show it."""
        cast("Comparison", current_comparison()).take_next_ghost()
        _show(context)
        return {"FINISHED"}


class KeepTake(_WhileComparing, bpy.types.Operator):
    """Keep the take that the character plays, and remove the ghost's if nobody edited it"""

    bl_idname = "aimocap.keep_take"
    bl_label = "Keep Take"
    bl_options = {"UNDO", "INTERNAL"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Keep it and end the comparison; on a fault it goes on."""
        del context
        comparison = cast("Comparison", current_comparison())
        # asked before, since one of the two may be gone afterwards
        kept, other = comparison.shown.action.name, comparison.ghost.action.name
        left = comparison.keep()
        _forget()
        inform(self, _told(kept, other, left), "WARNING" if left else "INFO")
        return {"FINISHED"}


class CancelTakes(_WhileComparing, bpy.types.Operator):
    """Stop comparing and restore the original Action"""

    bl_idname = "aimocap.cancel_takes"
    bl_label = "Cancel Comparison"
    bl_options = {"INTERNAL"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Leave Esc to the playback that it stops."""
        screen = context.screen
        if event.type == "ESC" and screen is not None and screen.is_animation_playing:
            return {"PASS_THROUGH"}
        return self.execute(context)

    def execute(self, context: bpy.types.Context) -> Returned:
        """End the comparison."""
        del context
        _end()
        return {"FINISHED"}


_KEYS: tuple[tuple[type[bpy.types.Operator], str, bool], ...] = (
    (FlipTakes, "F", False),
    (NextTake, "F", True),
    (KeepTake, "RET", False),
    (CancelTakes, "ESC", False),
)
"""Operator, key, and whether with Shift."""
_shortcuts = Shortcuts()


def draw_comparison(layout: bpy.types.UILayout, comparison: Comparison) -> None:
    """Draw what is compared, and the buttons."""
    box = layout.box()
    say(box, Text("On the character: “{action}”", action=comparison.shown.action.name), "ARMATURE_DATA")
    say(box, Text("Ghost: “{action}”", action=comparison.ghost.action.name), "GHOST_ENABLED")
    row = box.row(align=True)
    row.operator(FlipTakes.bl_idname, text="Flip", icon="ARROW_LEFTRIGHT")
    if len(comparison.takes) > 2:  # noqa: PLR2004
        row.operator(NextTake.bl_idname, text="", icon="FRAME_NEXT")
    row.operator(KeepTake.bl_idname, text="Keep", icon="CHECKMARK")
    row.operator(CancelTakes.bl_idname, text="", icon="X")


def _told(kept: str, other: str, left: Left) -> Sentence:
    if left == "EDITED":
        return Text("“{kept}” plays. “{other}” is kept, as it was edited.", kept=kept, other=other)
    if left == "USED":
        return Text("“{kept}” plays. “{other}” is kept, as it is used elsewhere too.", kept=kept, other=other)
    return Text("“{kept}” plays. “{other}” was removed.", kept=kept, other=other)


def _show(context: bpy.types.Context) -> None:
    """Show the ghost of its take, and in the status bar what the keys do."""
    comparison = current_comparison()
    if comparison is None:
        return
    if _state.poses is not None:
        _state.others.append(_state.poses)
    # sampled poses serve again as long as no key of their take changed
    before = [poses for poses in _state.others if poses.are_of(comparison.ghost)]
    _state.poses = before[0] if before else GhostPoses(comparison)
    _state.others = [poses for poses in _state.others if poses.take is not comparison.ghost]
    _sample_some(comparison, _state.poses, _now(context))
    redraw_editors("VIEW_3D", "SEQUENCE_EDITOR")
    names = {"kept": comparison.shown.action.name, "ghost": comparison.ghost.action.name}
    hint = Text("F: Flip · Enter: Keep “{kept}”, Remove “{ghost}” · Esc: Cancel", **names)
    if len(comparison.takes) > 2:  # noqa: PLR2004
        hint = Text("F: Flip · Shift F: Next Take · Enter: Keep “{kept}”, Remove “{ghost}” · Esc: Cancel", **names)
    _state.hint.show(context, hint)


def _end() -> None:
    """Put back what the character played, if nobody changed that, and end the comparison."""
    if (comparison := current_comparison()) is not None:
        comparison.cancel()
    _forget()


def _forget() -> None:
    """End the comparison; what the character plays stays."""
    _overlay.hide()
    if bpy.app.timers.is_registered(_sample):
        bpy.app.timers.unregister(_sample)
    _state.hint.clear()
    _state.comparison, _state.poses = None, None
    _state.others.clear()
    redraw_editors("VIEW_3D", "SEQUENCE_EDITOR")


def _sample() -> float | None:
    """Sample more frames of the ghost, from time to time."""
    comparison, poses = current_comparison(), _state.poses
    # the character was deleted, or plays something else by now
    if comparison is None or poses is None:
        _forget()
        return None
    now = _now(bpy.context)
    unseen = poses.at(now) is None
    _sample_some(comparison, poses, now)
    # of frames ahead there is nothing to see yet
    if unseen:
        redraw_editors("VIEW_3D", "SEQUENCE_EDITOR")
    return _TICK_SEC


def _sample_some(comparison: Comparison, poses: GhostPoses, now: float) -> None:
    """Sample the current frame and as many others as there is time for, unless the character can't be animated now."""
    frames = poses.missing(now)
    if frames and not cannot_be_keyed(comparison.character):
        poses.sample(comparison, frames, _AT_ONCE_SEC)


def _draw(context: bpy.types.Context) -> None:
    comparison, poses = current_comparison(), _state.poses
    if comparison is None or poses is None or not _shows_overlays(context, comparison.character):
        return
    matrices = poses.at(_now(context))
    if matrices is not None:
        _draw_ghost(matrices, poses.lengths)


_overlay = Overlay(_draw, "VIEW_3D", "POST_VIEW")


def _now(context: bpy.types.Context) -> float:
    return context.scene.frame_current_final


@persistent
def _before_data_is_replaced(*_: object) -> None:
    """End the comparison: a file that is opened lacks the Actions, and undo leaves what is alike in both steps."""
    if _state.comparison is not None:
        _end()


@persistent
def _before_saving(*_: object) -> None:
    """Have the character saved with what it played before."""
    if (comparison := current_comparison()) is not None:
        comparison.put_back()
        _state.saving = True


@persistent
def _after_saving(*_: object) -> None:
    """Go on comparing."""
    if _state.saving and _state.comparison is not None:
        _state.comparison.resume()
    _state.saving = False


CLASSES = (CompareTakes, CompareFeet, FlipTakes, NextTake, KeepTake, CancelTakes)
_HANDLERS = AppHandlers(
    (_before_data_is_replaced, ("undo_pre", "redo_pre", "load_pre")),
    (_before_saving, ("save_pre",)),
    (_after_saving, ("save_post", "save_post_fail")),
)


def register() -> None:
    """Add the keys, and the handlers for undo, opening and saving."""
    _HANDLERS.add()
    for operator, key, shift in _KEYS:
        # in the viewport its own keys would come first, elsewhere the window's are enough
        _shortcuts.add("3D View", "VIEW_3D", operator.bl_idname, key, shift=shift)
        _shortcuts.add("Window", "EMPTY", operator.bl_idname, key, shift=shift)


def unregister() -> None:
    """End a comparison, and remove the keys and handlers."""
    _end()
    _shortcuts.remove()
    _HANDLERS.remove()


def _draw_ghost(poses: FloatArray, lengths: FloatArray) -> None:
    """Draw bones over the viewport.

    Args:
        poses: (N, 4, 4) bone-to-world matrices.
        lengths: (N,) of the bones.
    """
    corners = np.einsum("nij,n,fcj->nfci", poses[:, :3, :3], lengths, _FACES) + poses[:, None, None, :3, 3]
    normals = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    sizes = norm(normals)
    # the faces of a bone without length look nowhere
    lit = np.maximum((normals @ _LIGHT) / np.maximum(sizes, np.finfo(float).tiny), 0.0)
    tones = (_DARKEST + (1.0 - _DARKEST) * lit)[..., None] * _COLOUR
    shader: Any = gpu.shader.from_builtin("SMOOTH_COLOR")
    # what is behind the character is seen through it, but fainter
    passes: tuple[tuple[Literal["LESS_EQUAL", "GREATER"], float], ...] = (
        ("GREATER", _BEHIND),
        ("LESS_EQUAL", _IN_FRONT),
    )
    with blended_surfaces():
        for test, opacity in passes:
            gpu.state.depth_test_set(test)
            colours = np.concatenate([tones, np.full((*tones.shape[:2], 1), opacity)], axis=2)
            draw_triangles(
                shader,
                pos=corners.reshape(-1, 3).astype(np.float32),
                color=np.repeat(colours.reshape(-1, 4), 3, axis=0).astype(np.float32),
            )


def _shows_overlays(context: bpy.types.Context, character: bpy.types.Object) -> bool:
    """Return whether the viewport that is drawn shows overlays, and the character's scene."""
    view = cast("bpy.types.SpaceView3D", context.space_data)
    return view.overlay.show_overlays and character in tuple(context.view_layer.objects)
