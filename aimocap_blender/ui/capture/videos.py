"""Operators on videos: open one for a capture, show it in sync with a motion or in the viewport, render a review."""

import contextlib
import shutil
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...jobs.life import PREVIEW
from ...jobs.runner import CaptureView
from ...jobs.source_file import holds_the_same
from ...motion.bones.humanoid import in_words
from ...motion.retargeting.retarget_options import TimingOptions
from ...motion.time_mapping import MovieTiming
from ...scene.action_source import worst_on
from ...scene.armatures import action_of, selected_armature
from ...scene.scene_values import character_of, scene_fps
from ...scene.video import viewport_video
from ...scene.video.movie_lengths import movie_at
from ...scene.video.render_clip import ReviewClip, reviewed_frames
from ...scene.video.strips import from_current_frame, handles_of, peek, sequencer_scene, timing_problem, video_of
from ...scene.video.video_strips import add_in_time, open_video
from ...scene.video.viewport_video import show_behind, show_in_viewport
from ...service.contract import CONTENT_TYPES
from ...takes.private_folder import PrivateFolder, remove_leftovers
from ...takes.session import open_session
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import discarded
from ...whole_files import check_writable, file_name_of, replacing_chosen
from ..character.choosing import armatures_in
from ..chosen_files import RELATIVE, TakesDrops, chosen_file
from ..settings import TimingChoice
from ..text.modal_work import ModalWork, Work
from ..text.option_properties import set_options, take_choices
from ..text.reporting import Returned, SaysWhyNot, inform, refusing
from ..text.translation import translated
from .list import OnCapture

FILM = "sample.mp4"
"""Its name, in this folder of a built extension; a source checkout has none."""
_BUTTON_SHARE = 0.2

_NO_CHARACTER = Fault("No character is selected.", "Select the armature with the motion.")


class OpenVideo(bpy.types.Operator):
    """Add a video and its sound to the Video Sequencer at the current frame"""

    bl_idname = "aimocap.open_video"
    bl_label = "Open Video…"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        set_frame_rate: bool
        show_in_viewport: bool
        filter_movie: bool
        filter_folder: bool
    else:
        filepath: bpy.props.StringProperty(
            name="Video", description="Movie file", subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE}
        )
        set_frame_rate: bpy.props.BoolProperty(
            name="Set Scene Frame Rate",
            description="Set the scene to the video's frame rate if nothing is animated and the sequencer is empty; "
            "otherwise the scene keeps its frame rate and the video plays in real time",
            default=True,
        )
        show_in_viewport: bpy.props.BoolProperty(
            name="Show in Viewport", description="Show the video next to the character, in sync with the strip"
        )
        filter_movie: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
        filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file unless it was dropped; people see the video in the viewport too."""
        # scripts get only the strip that they ask for
        if not self.properties.is_property_set("show_in_viewport"):
            self.show_in_viewport = True
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector and in the redo panel."""
        cast("bpy.types.UILayout", self.layout).prop(self, "set_frame_rate")
        cast("bpy.types.UILayout", self.layout).prop(self, "show_in_viewport")

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Add the strip."""
        return _open(self, context, self.filepath, set_frame_rate=self.set_frame_rate, shown=self.show_in_viewport)


class OpenSample(bpy.types.Operator):
    """Add a short film of a walking person to the Video Sequencer, to try a preview with"""

    bl_idname = "aimocap.open_sample"
    bl_label = "Try a Sample"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Open it as any other video."""
        film = sample_film()
        if film is None:
            raise Fault("This build has no sample film.", "Open a video of your own.")
        return _open(self, context, str(film), set_frame_rate=True, shown=True)


def _open(
    operator: bpy.types.Operator, context: bpy.types.Context, path: str, *, set_frame_rate: bool, shown: bool
) -> Returned:
    """Add a video to the sequencer, and show it next to the character if that is wanted.

    If it is shown, the scene's only character is selected, unless one is.

    Raises:
        Fault: it can't be opened.
    """
    scene = sequencer_scene(context)
    strip = open_video(scene, movie_at(chosen_file(path)), set_frame_rate=set_frame_rate)
    if shown:
        # where there is nothing to choose, nobody should have to click
        only = armatures_in(context)
        if character_of(context) is None and len(only) == 1 and context.mode == "OBJECT":
            cast("Any", bpy.ops).aimocap.select_character(armature=only[0].name)
        # it is in the sequencer nevertheless
        with contextlib.suppress(Fault):
            show_in_viewport(context.scene, scene, character_of(context))
    left, right = handles_of(strip)
    added = Text(
        "Added {strip} to the sequencer of {scene}, frames {left} to {right}",
        strip=strip.name,
        scene=scene.name,
        left=left,
        right=right - 1,
    )
    inform(operator, Text("{added}, at {fps:.5g} fps.", added=added, fps=scene_fps(scene)))
    return {"FINISHED"}


class VideoFileHandler(TakesDrops, bpy.types.FileHandler):
    """Handler for movies dropped onto the 3D Viewport."""

    bl_idname = "AIMOCAP_FH_video"
    bl_label = "Video to Capture"
    bl_import_operator = OpenVideo.bl_idname
    bl_file_extensions = ";".join(CONTENT_TYPES)


class ShowVideo(TimingChoice, bpy.types.Operator):
    """Show a video of this capture in sync with its motion"""

    bl_idname = "aimocap.show_video"
    bl_label = "Show Video"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        capture_id: str
        video: Literal["SOURCE", "PREVIEW"]
        place: Literal["STRIP", "CAMERA"]
    else:
        capture_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        video: bpy.props.EnumProperty(
            name="Video",
            description="Video to show",
            items=(
                ("SOURCE", "Source", "The captured range of the original video"),
                ("PREVIEW", "Preview", "The preview video from the service"),
            ),
            options={"SKIP_SAVE"},
        )
        place: bpy.props.EnumProperty(
            name="Show In",
            description="Where the video is shown",
            items=(
                ("STRIP", "Sequencer", "Add a strip to the Video Sequencer"),
                (
                    "CAMERA",
                    "Behind the Character",
                    "Show it in the background of the scene's camera, which is added if there is none",
                ),
            ),
            options={"SKIP_SAVE"},
        )

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Show the video or report why not; a fault leaves the scene unchanged."""
        sentence = self._show(context, _view_of(self.capture_id))
        inform(self, sentence)
        return {"FINISHED"}

    def _show(self, context: bpy.types.Context, view: CaptureView) -> Text:
        scene = context.scene
        binding = open_session().required(view.id).binding
        # a recovered capture starts at the current frame
        if binding is None:
            mapping = from_current_frame(scene)
        else:
            take_choices(self, binding.choices, TimingOptions)
            mapping = binding.mapping(self.timing, binding.bound_scene() or scene)
        # refused before the scene gets a strip or a camera
        path = _source_of(view) if self.video == "SOURCE" else _preview_of(view)
        movie = movie_at(path)
        # a strip is placed by frame numbers, which say nothing of the time in such a file
        if why := timing_problem(movie):
            shown = Text("{file} can't be synced with the motion: {why}.", file=path.name, why=Text.of(why))
            if self.video == "SOURCE":
                raise Fault(shown, "Show the preview instead.")
            raise Fault(shown, "Play it in a video player instead.")
        # the service's preview begins and ends with the range
        whole = 0.0, movie.frames / movie.fps
        range_sec = view.range_sec if self.video == "SOURCE" else whole
        timing = MovieTiming.of_range(mapping, movie.fps, movie.frames, range_sec)
        if self.place == "STRIP":
            scene = sequencer_scene(context)
            name = path.name if self.video == "SOURCE" else f"{view.title} ({path.name})"
            captured = scene.sequence_editor.active_strip if scene.sequence_editor else None
            strip = add_in_time(scene, movie, timing, name)
            # the tab would offer to capture, and to pay for, a video that is only to be compared
            if captured is not None:
                cast("Any", scene.sequence_editor).active_strip = captured
            return Text("Added {strip} to the sequencer of {scene}.", strip=strip.name, scene=scene.name)
        character = selected_armature(context) or (binding.bound_armature() if binding else None)
        camera = show_behind(scene, movie, timing, character)
        # what is behind a camera is seen through it alone
        if isinstance(context.space_data, bpy.types.SpaceView3D) and context.space_data.region_3d:
            context.space_data.region_3d.view_perspective = "CAMERA"
        return Text("Added {file} to the background of {camera}.", file=path.name, camera=camera)


class _OpensPath(OnCapture):
    """Operator that opens a file or folder of a capture in the system."""

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Open the path, unless Blender runs in the background."""
        path = self.path_of(_view_of(self.capture_id))
        if bpy.app.background:
            raise Fault("Files can't be opened without a window.", Text("The path is {path}.", path=path))
        return bpy.ops.wm.path_open(filepath=str(path))

    def path_of(self, view: CaptureView) -> Path:
        """Return the path to open.

        Raises:
            Fault: there is no such file or folder.
        """
        raise NotImplementedError


class OpenCaptureFolder(_OpensPath, bpy.types.Operator):
    """Open the folder with the motion and the preview of this capture in the system's file browser"""

    bl_idname = "aimocap.open_capture_folder"
    bl_label = "Open Folder"

    def path_of(self, view: CaptureView) -> Path:
        """Return the capture's folder."""
        if not view.folder.is_dir():
            raise Fault(
                Text("The capture's folder {folder} is missing.", folder=view.folder), "Check the captures folder."
            )
        return view.folder


class PlayPreview(_OpensPath, bpy.types.Operator):
    """Play the service's preview of this capture in the system's video player"""

    bl_idname = "aimocap.play_preview"
    bl_label = "Play Preview"

    def path_of(self, view: CaptureView) -> Path:
        """Return the preview's file."""
        return _preview_of(view)


def _view_of(capture_id: str) -> CaptureView:
    view = open_session().captures.view(capture_id)
    if view is None:
        raise Fault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")
    return view


def _preview_of(view: CaptureView) -> Path:
    preview = view.files.get(PREVIEW)
    if preview is None or not preview.is_file():
        raise Fault("This capture has no preview.", "The service creates one for most captures; it may arrive later.")
    return preview


def _source_of(view: CaptureView) -> Path:
    """Return the file that was captured.

    Raises:
        Fault: the file is missing, temporary or changed.
    """
    source, path = view.source, Path(view.source.path)
    instead = Text("show the preview instead") if PREVIEW in view.files else Text("open the video yourself")
    if not source.path:
        raise Fault(
            "The video of a recovered capture is unknown.", Text("{instead}.", instead=Text.of(instead.capitalize()))
        )
    if source.temporary:
        raise Fault(
            "The clip that was rendered for this capture is deleted after the upload.",
            Text("Use the original strip, or {instead}.", instead=instead),
        )
    if not path.is_file():
        raise Fault(
            Text("The video {file} is no longer in {folder}.", file=path.name, folder=path.parent),
            Text("Put it back, or {instead}.", instead=instead),
        )
    if not holds_the_same(source):
        raise Fault(
            Text("The video {file} changed since it was captured.", file=path.name),
            Text("Put it back, or {instead}.", instead=instead),
        )
    return path


@lru_cache(maxsize=1)
def sample_film() -> Path | None:
    """Return its file; None where the extension was built without it."""
    file = Path(__file__).with_name(FILM)
    return file if file.is_file() else None


discarded(sample_film.cache_clear)


class VideoInViewport(bpy.types.Operator):
    """Show the video of the active strip next to the character, in sync with the strip, or remove it"""

    bl_idname = "aimocap.video_in_viewport"
    bl_label = "In Viewport"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        show: bool
    else:
        show: bpy.props.BoolProperty(
            name="Show", description="Show the video instead of removing it", default=True, options={"SKIP_SAVE"}
        )

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Show or remove it."""
        scene = context.scene
        if not self.show:
            viewport_video.hide_in_viewport(scene)
            return {"FINISHED"}
        viewport_video.show_in_viewport(scene, sequencer_scene(context), character_of(context))
        return {"FINISHED"}


def draw_video_in_viewport(layout: bpy.types.UILayout, context: bpy.types.Context, strip: str = "") -> None:
    """Draw the button that shows or removes the video of the strip to capture ('' for none), and its opacity."""
    plane = viewport_video.plane_in(context.scene)
    is_shown = plane is not None and viewport_video.strip_shown_on(plane) == strip
    # another strip's video gives way to this one's
    if plane is None or not (is_shown or not strip):
        layout.operator(VideoInViewport.bl_idname, icon="IMAGE_PLANE")
        return
    row = layout.split(factor=_BUTTON_SHARE, align=True)
    button = row.operator(VideoInViewport.bl_idname, text="", icon="IMAGE_PLANE", depress=True)
    set_options(button, show=False)
    row.prop(plane, "color", index=3, text="Opacity", slider=True)


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
        # before the minutes of rendering, not after them
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
        # the copy of the scene in it has the user's characters
        folder = PrivateFolder()
        scene = context.scene
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
        # a copy that a full disk cut short would look like a whole clip
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
        name = file_name_of(Path(strip).stem)
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


register, unregister = viewport_video.register, viewport_video.unregister

CLASSES = (
    OpenVideo,
    OpenSample,
    VideoFileHandler,
    ShowVideo,
    OpenCaptureFolder,
    PlayPreview,
    VideoInViewport,
    RenderReview,
)
