"""Any human motion onto a G1: from an armature in the scene, a file, or a finished capture."""

from collections.abc import Generator
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.g1.options import RobotOptions
from ...motion.g1.variants import Variant, variant_of_robot
from ...motion.g1_retargeting.options import G1RetargetOptions
from ...options import made_of
from ...scene.action_source import ActionSource, source_of
from ...scene.armature_motion import armature_motion
from ...scene.armatures import action_of, object_with, selected_armature
from ...scene.bone_maps import bones_of
from ...scene.g1.rig import is_g1_rig, placement_next_to, variant_of
from ...scene.video.strips import from_current_frame
from ...takes.reading import MotionKind, MotionReading
from ...takes.robots.robot_retargeting import HumanMotion, RobotSolving, put_on_robot
from ...takes.session import current_session, open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ..chosen_files import RELATIVE, chosen_file
from ..motion.outcome_words import ShowsOutcome
from ..motion.retargeting import FromArmature, object_in_scene
from ..text.modal_work import READING, ModalWork, Progress, Work
from ..text.option_properties import draw_options, properties, split_column
from ..text.reporting import Returned
from .rig_operators import draw_robot, selected_g1_rig

if TYPE_CHECKING:
    from ...motion.skeleton import Clip

_NO_SOURCE = Fault(
    "No motion is chosen for the robot.", "Select an animated armature, then Shift-click the robot, or choose a file."
)


class RetargetToG1(
    FromArmature, ModalWork, ShowsOutcome, properties(RobotOptions), properties(G1RetargetOptions), bpy.types.Operator
):
    """Retarget human motion to the selected robot or a new one, within what its joints and motors can do"""

    bl_idname = "aimocap.retarget_to_g1"
    bl_label = "Retarget to Robot"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        capture_id: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(
            name="File",
            description="FBX, BVH or glTF file with the motion",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb;*.gltf;*.vrm", options={"HIDDEN"})

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        column = split_column(layout)
        # a file or a capture is the source already
        if not self.filepath and not self.capture_id:
            self.draw_source(column)
        if selected_g1_rig(context) is None:
            draw_robot(column, self, "New Robot")
        draw_options(column, self, G1RetargetOptions)
        self.draw_outcome(layout)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Read a file and solve while the window goes on drawing; Esc stops it. Without a source, ask for a file."""
        if not self.filepath and not self.capture_id and not self._source_name(context):
            context.window_manager.fileselect_add(self)
            return self.asking()
        return super().invoke(context, event)

    def work(self, context: bpy.types.Context) -> Work:
        """Read the motion, solve it, and key it; a fault leaves the scene unchanged."""
        rig = selected_g1_rig(context)
        rig_uid, variant = (rig.session_uid if rig is not None else 0), self._variant(rig)
        motion = yield from self._human_motion(context)
        solving = RobotSolving(motion, variant, made_of(G1RetargetOptions, self))
        try:
            while not solving.poll():
                yield solving.share, Text("Retargeting, {share:.0%}", share=solving.share)
        finally:
            solving.stop()
        # the window went on meanwhile, and the rig may have been removed
        rig = object_with(rig_uid)
        if rig_uid and rig is None:
            raise Fault("The G1 rig for this motion no longer exists.", "Select another rig, then try again.")
        self.show_outcome(put_on_robot(context, motion, solving.outcome, rig))
        return {"FINISHED"}

    def _variant(self, rig: bpy.types.Object | None) -> Variant:
        return (variant_of(rig) if rig is not None else None) or variant_of_robot(self.robot, self.variant)

    def _human_motion(self, context: bpy.types.Context) -> Generator[Progress, None, HumanMotion]:
        if self.filepath:
            return (yield from self._motion_of_file(context))
        if self.capture_id:
            return (yield from self._motion_of_capture(context))
        return self._motion_of_armature(context)

    def _motion_of_file(self, context: bpy.types.Context) -> Generator[Progress, None, HumanMotion]:
        path, mapping = chosen_file(self.filepath), from_current_frame(_scene_of(context))
        reading = MotionReading(MotionKind.HUMAN, path)
        try:
            while not reading.poll():
                yield READING
            clip = cast("Clip", reading.result.motion)
        finally:
            reading.close()
        return HumanMotion(clip, bones_of(clip.skeleton), mapping, path.stem, ActionSource(file=path.name))

    def _motion_of_capture(self, context: bpy.types.Context) -> Generator[Progress, None, HumanMotion]:
        session, mapping = current_session() or open_session(), from_current_frame(_scene_of(context))
        take = session.required(self.capture_id)
        if take.human is None:
            raise Fault("This capture has no motion of a character.", "Choose a finished capture for a character.")
        # it is read once, for whatever uses it
        if session.motions.of(take.id, take.human) is None:
            reading = session.motions.read(take, take.human)
            while not reading.poll():
                yield READING
        (read,) = session.application.read_now(take, (take.human,))
        clip = cast("Clip", read.motion)
        return HumanMotion(clip, bones_of(clip.skeleton), mapping, take.title, take.origin_of(clip))

    def _motion_of_armature(self, context: bpy.types.Context) -> HumanMotion:
        name = self._source_name(context)
        if not name:
            raise _NO_SOURCE
        scene = _scene_of(context)
        source = object_in_scene(context, name)
        # a robot's joints are no skeleton of a human
        if is_g1_rig(source):
            raise Fault(
                Text("“{name}” is a robot, not a human.", name=name), "Choose the armature of a human as source."
            )
        self.source = source.name
        motion = armature_motion(source, scene)
        action = action_of(source)
        # what the armature plays may be a capture's, which the robot's Action then names
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
        # where nothing is selected, the active one counts
        among = list(context.selected_objects) or [armature for armature in (selected_armature(context),) if armature]
        found = [obj for obj in among if obj.type == "ARMATURE" and not is_g1_rig(obj)]
        return found[0].name if len(found) == 1 else ""


def _scene_of(context: bpy.types.Context) -> bpy.types.Scene:
    return context.scene


CLASSES = (RetargetToG1,)
