"""The operator that renders the video and the character side by side."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.bones.slot_words import in_words
from ...scene.action_worst import worst_on
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...scene.video.review_clip import ReviewClip, reviewed_frames
from ...scene.video.strips import peek, video_of
from ...takes.private_folder import PrivateFolder, remove_leftovers
from ...takes.session import open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ...whole_files import check_writable, replacing_chosen
from ..chosen_files import chosen_file
from ..text.modal_operators import can_be_modal
from ..text.modal_progress import ModalProgress
from ..text.reporting import inform, refuse
from ..text.tooltips import SaysWhyNot
from ..text.translation import translated

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_NO_CHARACTER = Fault("No character is selected.", "Select the armature with the motion.")


class RenderReview(SaysWhyNot, bpy.types.Operator):
    """Render the active strip's video and the character with its motion side by side to an MP4 file, the joint that is furthest off marked"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.render_review"
    bl_label = "Review Clip"
    bl_options = set()

    _progress: ModalProgress

    if TYPE_CHECKING:
        filepath: str
    else:
        filepath: bpy.props.StringProperty(
            name="File",
            description="MP4 file to write; leave empty for one beside the blend file",
            subtype="FILE_PATH",
            options={"SKIP_SAVE"},
        )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        try:
            source, character = peek(context), character_of(context)
            if character is None:
                return _NO_CHARACTER
            if source is not None:
                reviewed_frames(source, character)
        except Fault as fault:
            return fault
        return None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Render while the window goes on drawing; Esc stops it."""
        if not can_be_modal(context):
            return self.execute(context)
        try:
            self._begin(context)
        except Fault as fault:
            return refuse(self, fault)
        self._progress = ModalProgress(context, self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Show the progress; put the file in its place when it is rendered."""
        if event.type == "ESC" and event.value == "PRESS":
            self.cancel(context)
            return {"CANCELLED"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        share = self._clip.frames_done / self._clip.frames
        self._progress.show(context, share, Text("Rendering the review clip, {share:.0%}. Esc stops it.", share=share))
        if not self._clip.poll():
            return {"PASS_THROUGH"}
        self._progress.end(context)
        return self._finish()

    def cancel(self, context: bpy.types.Context) -> None:
        """Stop rendering."""
        self._clip.kill()
        self._progress.end(context)
        self._folder.remove()

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Render it to the end, for scripts."""
        try:
            self._begin(context)
        except Fault as fault:
            return refuse(self, fault)
        return self._finish()

    def _begin(self, context: bpy.types.Context) -> None:
        """Begin to render.

        Raises:
            Fault: video, character or motion is missing, or the file can't be written there.
        """
        source, character = video_of(context), character_of(context)
        if character is None:
            raise _NO_CHARACTER
        self._target = _target(self.filepath, source.name)
        if source.path is not None and self._target.exists() and self._target.samefile(source.path):
            raise Fault(
                Text("{file} is the video itself.", file=self._target.name), "Choose another file for the review clip."
            )
        action = action_of(character)
        worst = worst_on(action)
        caption = (
            Text("Worst part: {part}, {degrees:.1f}° off", part=in_words(worst.slot), degrees=worst.degrees)
            if worst is not None
            else ""
        )
        remove_leftovers()
        try:
            self._folder = PrivateFolder()
        except OSError as error:
            raise Fault(
                Text("The review clip can't be rendered: {error}.", error=error.strerror or error),
                "Free up disk space.",
            ) from error
        scene = cast("bpy.types.Scene", context.scene)
        try:
            log = open_session().previews.kept.folder / "review.log"
            self._clip = ReviewClip.start(source, scene, character, self._folder.path, log, translated(caption))
        except Fault:
            self._folder.remove()
            raise

    def _finish(self) -> "set[OperatorReturnItems]":
        """Wait for the clip and put it in its place."""
        try:
            self._clip.wait()
            rendered = self._clip.result
            with replacing_chosen(self._target, ".part") as new:
                shutil.copyfile(rendered, new)
        except OSError as error:
            return refuse(self, _unwritable(self._target, error.strerror or str(error)))
        except Fault as fault:
            return refuse(self, fault)
        finally:
            self._folder.remove()
        inform(self, Text("The review clip is in {file}.", file=self._target))
        return {"FINISHED"}


def _target(filepath: str, strip: str) -> Path:
    """Return the file to write: the chosen one, or one beside the blend file.

    Raises:
        Fault: neither is known, or it can't be written there.
    """
    if filepath:
        target = chosen_file(filepath, ".mp4")
    elif bpy.data.filepath:
        name = bpy.path.clean_name(Path(strip).stem)
        target = Path(bpy.data.filepath).with_name(f"{name}-review.mp4")
    else:
        raise Fault("The review clip is written beside the blend file, which isn't saved yet.", "Save the blend file.")
    if not target.parent.is_dir():
        raise _unwritable(target, "there is no such folder")
    try:
        check_writable(target)
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error
    return target


def _unwritable(target: Path, reason: str) -> Fault:
    return Fault(
        Text("The review clip can't be written to {file}: {reason}.", file=target, reason=Text.of(reason)),
        "Choose another folder, or free up space there.",
    )


CLASSES = (RenderReview,)
