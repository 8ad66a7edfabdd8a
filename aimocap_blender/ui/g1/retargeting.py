"""Any human motion onto a G1: from an armature in the scene, a file, or a finished capture."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.g1.options import RobotOptions
from ...motion.g1.variants import Variant, variant_of_robot
from ...motion.g1_retargeting.options import G1RetargetOptions
from ...motion.skeleton import Clip
from ...motion.time_mapping import TimeMapping
from ...options import choices_in, made_of
from ...scene.action_source import ActionSource, source_of
from ...scene.armature_motion import armature_motion
from ...scene.armatures import action_of, selected_armature
from ...scene.bone_maps import bones_of
from ...scene.g1.rig import is_g1_rig, variant_of
from ...scene.robot_placement import placement_next_to
from ...scene.video.strips import from_current_frame
from ...scene.windows import in_a_window
from ...takes.reading import MotionKind, MotionReading
from ...takes.robots.robot_retargeting import HumanMotion, RobotSolving, put_on_robot
from ...takes.session import current_session, open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ..motion.outcome_words import ShowsOutcome
from ..text.modal_operators import can_be_modal
from ..text.modal_progress import ModalProgress
from ..text.notices import notify_refused
from ..text.option_properties import draw_options, properties
from ..text.reporting import refuse
from .rig_operators import selected_g1_rig
from .robot_choice import draw_robot

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_TITLE = "Retarget to Unitree G1"
_READING = Text("Reading the motion. Esc stops it.")
_NO_SOURCE = Fault(
    "No motion is chosen for the robot.", "Select an animated armature, then Shift-click the robot, or choose a file."
)


class RetargetToG1(ShowsOutcome, properties(RobotOptions), properties(G1RetargetOptions), bpy.types.Operator):
    """Retarget human motion to the selected robot or a new one, within what its joints and motors can do"""

    bl_idname = "aimocap.retarget_to_g1"
    bl_label = "Retarget to Unitree G1"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        source: str
        filepath: str
        capture_id: str
        filter_glob: str
        _chosen: Variant
        _reading: MotionReading | None
        _solving: RobotSolving | None
    else:
        source: bpy.props.StringProperty(
            name="Source",
            description="Name of the armature with the motion; leave empty to use the other selected armature",
            options={"SKIP_SAVE"},
        )
        filepath: bpy.props.StringProperty(
            name="File",
            description="FBX, BVH or glTF file with the motion",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb;*.gltf", options={"HIDDEN"})

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        if not self.filepath and not self.capture_id:
            column.prop_search(self, "source", bpy.data, "objects", icon="ARMATURE_DATA")
        if selected_g1_rig(context) is None:
            draw_robot(column, self, "New Robot")
        draw_options(column, self, G1RetargetOptions)
        self.draw_outcome(layout)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Read a file and solve while the window goes on drawing; Esc stops it. Without a source, ask for a file."""
        if not self.filepath and not self.capture_id and not self._source_name(context):
            self.asked = True
            context.window_manager.fileselect_add(self)
            return {"RUNNING_MODAL"}
        return self._start(context) if can_be_modal(context) else self.execute(context)

    def _start(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        rig = selected_g1_rig(context)
        self._rig_uid, self._chosen = (rig.session_uid if rig is not None else 0), self._variant(rig)
        self._mapping, self._solving = from_current_frame(_scene_of(context)), None
        try:
            self._reading = self._begun_reading()
            if self._reading is None:
                self._solve(context)
        except Fault as fault:
            return refuse(self, fault)
        self._progress = ModalProgress(context, self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Show the progress; solve the motion when it is read, and key it when it is solved."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._tell(context)
        if self._reading is not None and self._reading.poll():
            try:
                self._solve(context)
            except Fault as fault:
                self._progress.end(context)
                return refuse(self, fault)
        if self._solving is None or not self._solving.poll():
            return {"PASS_THROUGH"}
        self._progress.end(context)
        rig = next((obj for obj in bpy.data.objects if obj.session_uid == self._rig_uid), None)
        if self._rig_uid and rig is None:
            return refuse(
                self, Fault("The G1 rig for this motion no longer exists.", "Select another rig, then try again.")
            )
        return self._finish(context, self._motion, self._solving, rig)

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop reading or solving."""
        if self._reading is not None and self.filepath:  # a capture's goes on: its motion is of use elsewhere too
            self._reading.close()
        if self._solving is not None:
            self._solving.stop()
        self._progress.end(context)

    def _tell(self, context: bpy.types.Context) -> None:
        """Show what is done now, and how far it is."""
        share = self._solving.share if self._solving is not None else 0.0
        now = Text("Retargeting, {share:.0%}. Esc stops it.", share=share) if self._solving is not None else _READING
        self._progress.show(context, share, now)

    def _begun_reading(self) -> MotionReading | None:
        """Start to read the motion beside the window; None if it needs no reading."""
        if self.filepath:
            return MotionReading(MotionKind.HUMAN, self._file())
        session = current_session() or open_session()
        take = session.take(self.capture_id) if self.capture_id else None
        if take is None or take.human is None or session.motions.of(take.id, take.human) is not None:
            return None
        return session.motions.read(take, take.human)

    def _solve(self, context: bpy.types.Context) -> None:
        """Start to solve the motion, once it is read.

        Raises:
            Fault: it can't be used.
        """
        reading, self._reading = self._reading, None
        if self.filepath and reading is not None:
            self._motion = self._motion_of_file(reading, self._mapping)
        else:
            self._motion = self._human_motion(context)
        if self.capture_id:
            self._motion = replace(self._motion, mapping=self._mapping)
        self._solving = RobotSolving(self._motion, self._chosen, made_of(G1RetargetOptions, self))

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Retarget the motion, or report why not; a fault leaves the scene unchanged."""
        if getattr(self, "asked", False) and not bpy.app.background:  # the file was chosen: now with progress
            options = {"filepath": self.filepath, **choices_in(self, RobotOptions, G1RetargetOptions)}
            bpy.app.timers.register(lambda: _again(options), first_interval=0.0)
            return {"CANCELLED"}
        rig = selected_g1_rig(context)
        try:
            motion = self._human_motion(context)
        except Fault as fault:
            return refuse(self, fault)
        solving = RobotSolving(motion, self._variant(rig), made_of(G1RetargetOptions, self))
        solving.wait()
        return self._finish(context, motion, solving, rig)

    def _finish(
        self, context: bpy.types.Context, motion: HumanMotion, solving: RobotSolving, rig: bpy.types.Object | None
    ) -> "set[OperatorReturnItems]":
        try:
            note = put_on_robot(context, motion, solving.outcome, rig)
        except Fault as fault:
            return refuse(self, fault)
        self.show_outcome(note)
        return {"FINISHED"}

    def _variant(self, rig: bpy.types.Object | None) -> Variant:
        return (variant_of(rig) if rig is not None else None) or variant_of_robot(self.robot, self.variant)

    def _human_motion(self, context: bpy.types.Context) -> HumanMotion:
        if self.filepath:
            return self._motion_of_file(
                MotionReading(MotionKind.HUMAN, self._file()), from_current_frame(_scene_of(context))
            )
        if self.capture_id:
            return self._motion_of_capture(context)
        return self._motion_of_armature(context)

    def _file(self) -> Path:
        return Path(bpy.path.abspath(self.filepath))

    def _motion_of_file(self, reading: MotionReading, mapping: TimeMapping) -> HumanMotion:
        path = self._file()
        try:
            reading.wait()
            if not isinstance(reading.motion, Clip):
                raise reading.fault or Fault("The file contains no motion.", "Choose another file.")
            clip = reading.motion
        finally:
            reading.close()
        return HumanMotion(clip, bones_of(clip.skeleton), mapping, path.stem, ActionSource(file=path.name))

    def _motion_of_capture(self, context: bpy.types.Context) -> HumanMotion:
        session = current_session() or open_session()
        take = session.required(self.capture_id)
        if take.human is None:
            raise Fault("This capture has no motion of a character.", "Choose a finished capture for a character.")
        (read,) = session.application.read_now(take, (take.human,))
        clip = cast("Clip", read.motion)
        mapping = from_current_frame(_scene_of(context))
        return HumanMotion(clip, bones_of(clip.skeleton), mapping, take.title, take.origin_of(clip))

    def _motion_of_armature(self, context: bpy.types.Context) -> HumanMotion:
        name = self._source_name(context)
        if not name:
            raise _NO_SOURCE
        scene = _scene_of(context)
        source = scene.objects.get(name)
        if source is None:
            raise Fault(Text("There is no “{name}” in this scene.", name=name), "Choose an armature in this scene.")
        if is_g1_rig(source):
            raise Fault(
                Text("“{name}” is a robot, not a human.", name=name), "Choose the armature of a human as source."
            )
        self.source = source.name
        motion = armature_motion(source, scene)
        action = action_of(source)
        origin = source_of(action)
        return HumanMotion(
            motion.clip,
            motion.bone_map,
            motion.mapping,
            action.name if action is not None else source.name,
            ActionSource(file=origin.file, armature=source.name, capture=origin.capture, job=origin.job),
            placement_next_to(source),
        )

    def _source_name(self, context: bpy.types.Context) -> str:
        """Return the source's name: as told, or that of the only selected armature which is not a robot's."""
        if self.source:
            return self.source
        among = list(context.selected_objects) or [armature for armature in (selected_armature(context),) if armature]
        found = [obj for obj in among if obj.type == "ARMATURE" and not is_g1_rig(obj)]
        return found[0].name if len(found) == 1 else ""


def _again(options: Mapping[str, object]) -> None:
    with in_a_window():
        try:
            cast("Any", bpy.ops).aimocap.retarget_to_g1("INVOKE_DEFAULT", True, **options)
        except RuntimeError as error:  # the operator reported it
            notify_refused(_TITLE, error)


def _scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    return cast("bpy.types.Scene", context.scene)


CLASSES = (RetargetToG1,)
