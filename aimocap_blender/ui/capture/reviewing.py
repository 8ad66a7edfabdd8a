"""The operator that renders the video and the character side by side."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, cast

import bpy

from ...motion.bones.humanoid import in_words
from ...scene.action_source import worst_on
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...scene.video.render_clip import ReviewClip, reviewed_frames
from ...scene.video.strips import peek, video_of
from ...takes.private_folder import PrivateFolder, remove_leftovers
from ...takes.session import open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ...whole_files import check_writable, replacing_chosen
from ..chosen_files import RELATIVE, chosen_file
from ..text.modal_work import ModalWork, Work
from ..text.reporting import SaysWhyNot, inform
from ..text.translation import translated

_NO_CHARACTER = Fault("No character is selected.", "Select the armature with the motion.")


class RenderReview(ModalWork, SaysWhyNot, bpy.types.Operator):
    """Render the active strip's video and the character with its motion side by side to an MP4 file, with the worst joint marked"""  # noqa: E501 -- a tooltip

    bl_idname = "aimocap.render_review"
    bl_label = "Review Clip"
    bl_options = set()

    if TYPE_CHECKING:
        filepath: str
    else:
        filepath: bpy.props.StringProperty(
            name="File",
            description="MP4 file to write; leave empty to write next to the .blend file",
            subtype="FILE_PATH",
            options={"SKIP_SAVE", *RELATIVE},
        )

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        try:
            source, character = peek(context), character_of(context)
            if character is None:
                return _NO_CHARACTER
            # a movie that is still being opened may turn out well
            if source is not None:
                reviewed_frames(source, character)
        except Fault as fault:
            return fault
        return None

    def work(self, context: bpy.types.Context) -> Work:
        """Render it, and put it in its place."""
        source, character = video_of(context), character_of(context)
        if character is None:
            raise _NO_CHARACTER
        target = _target(self.filepath, source.name)
        if source.path is not None and target.exists() and target.samefile(source.path):
            raise Fault(
                Text("{file} is the video itself.", file=target.name), "Choose another file for the review clip."
            )
        worst = worst_on(action_of(character))
        caption = (
            Text("Worst part: {part}, {degrees:.1f}° off", part=in_words(worst.slot), degrees=worst.degrees)
            if worst is not None
            else ""
        )
        remove_leftovers()
        folder = PrivateFolder()
        scene = cast("bpy.types.Scene", context.scene)
        log = open_session().previews.kept.folder / "review.log"
        try:
            clip = ReviewClip(source, scene, character, folder.path, log, translated(caption)).begin()
            try:
                while not clip.poll():
                    share = clip.frames_done / clip.frames
                    yield share, Text("Rendering the review clip, {share:.0%}", share=share)
            finally:
                clip.kill()
            _put(clip.result, target)
        finally:
            folder.remove()
        inform(self, Text("The review clip is in {file}.", file=target))
        return {"FINISHED"}


def _put(rendered: Path, target: Path) -> None:
    """Copy the clip to its place.

    Raises:
        Fault: it can't be written there.
    """
    try:
        with replacing_chosen(target, ".part") as new:
            shutil.copyfile(rendered, new)
    except OSError as error:
        raise _unwritable(target, error.strerror or str(error)) from error


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
