"""Putting a finished capture's motion onto a character, as often as one likes, at no cost."""

from typing import TYPE_CHECKING

import bpy

from ..jobs.runner import CaptureRefused
from ..motion.faults import MotionFault
from ..motion.g1_motion import G1Motion
from ..motion.retarget_options import RetargetOptions
from ..motion.time_mapping import TimeMapping
from ..scene.faults import SceneFault
from ..scene.g1_keys import apply_g1_motion
from ..scene.g1_rig import add_g1_rig, is_g1_rig
from ..scene.retargeting import put_clip_on
from . import watching
from .binding import Binding
from .binding import RootMotion as RootMotionName
from .binding import Timing as TimingName
from .character import selected_armature
from .following import Following, Note, following
from .reading import Motion
from .settings import ROOT_MOTIONS, TIMINGS

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class ApplyCapture(bpy.types.Operator):
    """Put this capture's motion on the selected character. Sends nothing and costs nothing."""

    bl_idname = "aimocap.apply_capture"
    bl_label = "Apply Capture"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        capture_id: str
        bound: bool
        onto: str
        root_motion: RootMotionName
        timing: TimingName
        lock_feet: bool
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        bound: bpy.props.BoolProperty(
            name="On Its Own Character",
            description="On the character that was selected when the capture was started",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        onto: bpy.props.StringProperty(
            name="Onto",
            description="Name of the armature; empty: the selected one",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        root_motion: bpy.props.EnumProperty(name="Root Motion", items=ROOT_MOTIONS, options={"SKIP_SAVE"})
        timing: bpy.props.EnumProperty(name="Timing", items=TIMINGS, options={"SKIP_SAVE"})
        lock_feet: bpy.props.BoolProperty(
            name="Lock Feet", description="Keep planted feet where they stand", default=True, options={"SKIP_SAVE"}
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """In a window: read the motion first, if need be, while Blender goes on."""
        session = following()
        view = session.view(self.capture_id)
        if view is None or view.state != "done" or session.motion(self.capture_id) is not None:
            return self.execute(context)
        armature = selected_armature(context)
        session.apply_when_read(view, armature.name if armature is not None else "")
        watching.watch()
        return {"CANCELLED"}

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Apply the motion, or say why not; a fault leaves the scene as it was."""
        session = following()
        try:
            sentence = self._apply(context, session)
        except (SceneFault, MotionFault) as fault:
            session.notes[self.capture_id] = Note(f"{fault.what} {fault.next_step}", failed=True)
            self.report({"ERROR"}, f"{fault.what} {fault.next_step}")
            return {"CANCELLED"}
        try:
            session.runner.mark_applied(self.capture_id)
        except CaptureRefused as refused:  # it is on the character all the same
            sentence = f"{sentence} {refused.what} {refused.next_step}"
        session.notes[self.capture_id] = Note(sentence)
        self.report({"INFO"}, sentence)
        return {"FINISHED"}

    def _apply(self, context: bpy.types.Context, session: Following) -> str:
        view = session.view(self.capture_id)
        if view is None:
            raise SceneFault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")
        motion = session.read_now(view)
        try:
            binding = Binding.from_json(view.binding)
        except ValueError:
            raise SceneFault(
                "This capture was made by another version of the add-on.",
                f"Import its motion file instead: {', '.join(str(file) for file in view.files.values())}.",
            ) from None
        self._take_choices(binding)
        name = binding.strip or view.title
        mapping = binding.mapping(self.timing)
        armature = bpy.data.objects.get(self.onto) if self.onto else None
        if armature is None and not self.bound:
            armature = selected_armature(context)
        if armature is None:
            armature = binding.bound_armature()
        options = RetargetOptions(root_motion=self.root_motion, lock_feet=self.lock_feet)
        return put_motion_on(context, motion, armature, mapping, options, name)

    def _take_choices(self, binding: Binding) -> None:
        """What the redo panel has not changed is as it was when the button was pressed."""
        for choice in ("root_motion", "timing", "lock_feet"):
            if not self.properties.is_property_set(choice):
                setattr(self, choice, getattr(binding, choice))


def put_motion_on(
    context: bpy.types.Context,
    motion: Motion,
    armature: bpy.types.Object | None,
    mapping: TimeMapping,
    options: RetargetOptions,
    name: str,
) -> str:
    """Key a motion on a character, or on a G1 rig, which is made where none is given.

    Returns:
        One sentence on what was done.

    Raises:
        SceneFault, MotionFault: it can't be done; nothing has changed.
    """
    if isinstance(motion, G1Motion):
        rig = armature if armature is not None and is_g1_rig(armature) else add_g1_rig(context)
        apply_g1_motion(rig, motion, mapping, name)
        return f"{len(motion.root_pos)} frames of robot motion are on {rig.name}."
    if armature is None:
        raise SceneFault("No character is selected.", "Select the armature that the motion is for, and apply again.")
    outcome = put_clip_on(armature, motion, mapping, options, name)
    return " ".join((f"{armature.name}: {outcome.summary}.", *outcome.warnings))


def register() -> None:
    """Make the operator known to Blender."""
    bpy.utils.register_class(ApplyCapture)


def unregister() -> None:
    """Take it away again."""
    bpy.utils.unregister_class(ApplyCapture)
