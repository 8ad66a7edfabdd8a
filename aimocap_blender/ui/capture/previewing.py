"""Operators that start and stop free previews."""

from dataclasses import replace
from typing import TYPE_CHECKING

import bpy

from ...scene.scene_values import kept_character
from ...scene.video.strips import video_of
from ...service.contract import DEFAULT_TARGET
from ...takes.binding import choices_of
from ...takes.messages import Note
from ...takes.previews.planning import NO_NETWORKS, for_everyone, other_characters, plan_preview
from ...takes.session import check_to_the_end, open_session, preview_to_the_end
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.network_graph import networks_available
from ..chosen_files import RELATIVE
from ..settings import settings_of
from ..text.reporting import Flags, Returned, SaysWhyNot, inform, refuse, refusing
from . import watching
from .details import without_video, without_video_or_character


class PreviewMotion(SaysWhyNot, bpy.types.Operator):
    """Make a preview of the motion in the active video strip on this computer, free of charge, and apply it to the character"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.preview_motion"
    bl_label = "Free Preview"
    bl_options = set()

    if TYPE_CHECKING:
        filepath: str
        person: int
        together: bool
        in_sync: bool
        everyone: bool
        per_shot: bool
    else:
        person: bpy.props.IntProperty(
            name="Person",
            description="Number of the person to follow; 1 is the most prominent person",
            default=1,
            min=1,
            options={"SKIP_SAVE"},
        )
        filepath: bpy.props.StringProperty(
            name="Video",
            description="Movie file to preview instead of the active strip",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )
        together: bpy.props.BoolProperty(
            name="Together",
            description="The selected strips show the same moment from two to four cameras: make one motion of them",
            options={"SKIP_SAVE"},
        )
        in_sync: bpy.props.BoolProperty(
            name="In Sync",
            description="The selected strips play in sync; otherwise their offsets are found and the strips are moved",
            options={"SKIP_SAVE"},
        )
        everyone: bpy.props.BoolProperty(
            name="Everyone",
            description="Preview everyone in the video, in one world: for the character, and the other selected armatures by name",  # noqa: E501 -- a tooltip
            options={"SKIP_SAVE"},
        )

        per_shot: bpy.props.BoolProperty(
            name="Take per Shot",
            description="Make a take of each shot that the person is in, instead of one with gaps",
            options={"SKIP_SAVE"},
        )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return without_video_or_character(context, DEFAULT_TARGET)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Start a preview that continues in the background."""
        try:
            self._begin(context, kept_character(context.scene))
        except Fault as fault:
            return refuse(self, fault)
        watching.watch()
        return {"FINISHED"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Run until the motion is on the character, for scripts."""
        note = preview_to_the_end(open_session(), self._begin(context))
        _say_end(self, note)
        return {"CANCELLED"} if note.failed else {"FINISHED"}

    def _begin(self, context: bpy.types.Context, kept: bpy.types.Object | None = None) -> str:
        settings = settings_of(context.scene)
        plan = plan_preview(
            context,
            choices_of(settings),
            settings.title,
            self.filepath,
            kept=kept,
            together=self.together,
            in_sync=self.in_sync,
        )
        # everyone is followed through cuts: what is a shot's take to one of them would be half a take to another
        plan = replace(plan, person=self.person - 1, per_shot=self.per_shot and not self.everyone)
        if self.everyone:
            plan = for_everyone(plan, other_characters(context, plan.binding.armature))
        return open_session().previews.begin(plan)


def _say_end(operator: bpy.types.Operator, note: Note) -> None:
    """Report how a preview ended. Whatever put its motion on the character has reported how well."""
    if note.failed:
        inform(operator, note.message.sentence, note.message.level)
    else:
        inform(operator, "The preview is ready.")


class CheckVideo(SaysWhyNot, bpy.types.Operator):
    """Check a few frames for problems before capturing. Nothing is uploaded"""

    bl_idname = "aimocap.check_video"
    bl_label = "Check Video"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        stop: bool
    else:
        stop: bpy.props.BoolProperty(
            name="Stop", description="Stop the check that is in progress", options={"SKIP_SAVE"}
        )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return without_video(context)

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Check the active strip in the background; without a window until the result is there."""
        session = open_session()
        if not networks_available():
            raise NO_NETWORKS
        source = video_of(context)
        # refused here in words, where a decoder would only find no frame
        source.require_decodable()
        # by the range, as a check has no row in the list
        if self.stop:
            session.video_checks.stop(source)
            return {"FINISHED"}
        session.video_checks.begin(source)
        watching.watch()
        if bpy.app.background:
            inform(self, Text.joined(check_to_the_end(session, source)))
        return {"FINISHED"}


class OnPreview:
    """Operator on one preview of the list."""

    bl_options: Flags = {"INTERNAL"}

    if TYPE_CHECKING:
        preview_id: str
    else:
        preview_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})


class StopPreview(OnPreview, bpy.types.Operator):
    """Stop this preview and delete its frames"""

    bl_idname = "aimocap.stop_preview"
    bl_label = "Stop"

    def execute(self, context: bpy.types.Context) -> Returned:
        """Stop it."""
        open_session().previews.stop(self.preview_id)
        watching.watch()
        return {"FINISHED"}


class ResumePreview(OnPreview, bpy.types.Operator):
    """Continue this unfinished preview from where it was"""

    bl_idname = "aimocap.resume_preview"
    bl_label = "Resume"

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Continue it in the background; without a window until the motion is on the character."""
        session = open_session()
        preview_id = session.previews.resume(self.preview_id)
        # without windows nothing would go on with it
        note = preview_to_the_end(session, preview_id) if bpy.app.background else None
        if note is not None:
            _say_end(self, note)
        watching.watch()
        return {"FINISHED"}


class TurnPreview(OnPreview, bpy.types.Operator):
    """Take the other direction of up that explains the video about as well, and apply the motion; press it again to go back"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.turn_preview"
    bl_label = "Other Up"
    bl_options = {"INTERNAL", "UNDO"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Turn its motion, and apply it."""
        open_session().previews.turn(self.preview_id)
        bpy.ops.aimocap.apply_preview(preview_id=self.preview_id, again=True)  # pyrefly: ignore[missing-attribute] -- unknown to the stubs
        return {"FINISHED"}


class TakeOtherOffset(OnPreview, bpy.types.Operator):
    """Take the other offset at which the videos fit each other about as well, apply the motion, and move the strips; press it again to go back"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.take_other_offset"
    bl_label = "Other Offset"
    bl_options = {"INTERNAL", "UNDO"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Take its other motion, and apply it as it was at first, which puts the strips in sync."""
        open_session().previews.take_other_offset(self.preview_id)
        bpy.ops.aimocap.apply_preview(preview_id=self.preview_id, bound=True)  # pyrefly: ignore[missing-attribute] -- unknown to the stubs
        return {"FINISHED"}


CLASSES = (PreviewMotion, CheckVideo, StopPreview, ResumePreview, TurnPreview, TakeOtherOffset)
