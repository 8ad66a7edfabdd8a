"""Videos in Blender: one that is opened to be captured, and those of a capture, in time with its motion."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import bpy

from ...jobs.life import PREVIEW
from ...jobs.runner import CaptureView
from ...jobs.source_file import holds_the_same
from ...motion.movie_timing import MovieTiming
from ...scene.armatures import selected_armature
from ...scene.faults import SceneFault
from ...scene.video.camera_background import show_behind
from ...scene.video.movie_lengths import movie_at
from ...scene.video.strips import from_current_frame, handles_of, scene_fps, sequencer_scene, timing_problem
from ...scene.video.video_strips import add_in_time, open_video
from ...service.video_types import CONTENT_TYPES
from ...session.binding import binding_of
from ...session.session import open_session
from ..chosen_files import chosen_file
from ..motion_choices import TimingChoice
from ..text.reporting import inform, refuse

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    from ..motion_choices import Timing


class OpenVideo(bpy.types.Operator):
    """Put a video with its sound into the Video Sequencer at the current frame, ready to be captured, in real time."""

    bl_idname = "aimocap.open_video"
    bl_label = "Open Video…"
    bl_options = {"REGISTER", "UNDO"}

    if TYPE_CHECKING:
        filepath: str
        set_frame_rate: bool
        filter_movie: bool
        filter_folder: bool
    else:
        filepath: bpy.props.StringProperty(
            name="Video", description="The movie file", subtype="FILE_PATH", options={"SKIP_SAVE"}
        )
        set_frame_rate: bpy.props.BoolProperty(
            name="Set Scene Frame Rate",
            description="Where nothing in the file is animated and the sequencer is empty, the scene takes the video's "
            "frame rate: a frame for each picture. Else the scene keeps its own, and the video plays in real time",
            default=True,
        )
        filter_movie: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
        filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Ask for the file, unless it was dropped."""
        if self.filepath:
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """Beside the files, and in the redo panel."""
        cast("bpy.types.UILayout", self.layout).prop(self, "set_frame_rate")

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Add the strip."""
        scene = sequencer_scene(context)
        try:
            movie = movie_at(chosen_file(self.filepath))
            strip = open_video(scene, movie, set_frame_rate=self.set_frame_rate)
        except SceneFault as fault:
            return refuse(self, fault)
        left, right = handles_of(strip)
        told = f"{strip.name} is in the sequencer of {scene.name}, from frame {left} to {right - 1}"
        inform(self, f"{told}, at {scene_fps(scene):.5g} frames a second.")
        return {"FINISHED"}


class VideoFileHandler(bpy.types.FileHandler):
    """Movies that are dropped onto the 3D viewport."""

    bl_idname = "AIMOCAP_FH_video"
    bl_label = "Video to Capture"
    bl_import_operator = OpenVideo.bl_idname
    bl_file_extensions = ";".join(CONTENT_TYPES)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """In the 3D viewport alone: what is dropped onto the sequencer is Blender's own."""
        return context is not None and context.area is not None and context.area.type == "VIEW_3D"


class ShowVideo(TimingChoice, bpy.types.Operator):
    """Show the video of this capture in time with its motion: at each frame what the pose there was made from."""

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
            description="Which video is shown",
            items=(
                ("SOURCE", "Source", "The file that was captured, its range"),
                ("PREVIEW", "Preview", "What the service delivered to look at"),
            ),
            options={"SKIP_SAVE"},
        )
        place: bpy.props.EnumProperty(
            name="Place",
            description="Where it is shown",
            items=(
                ("STRIP", "Sequencer", "A strip in the Video Sequencer"),
                (
                    "CAMERA",
                    "Behind the Character",
                    "The background of the scene's camera, which is made if there is none",
                ),
            ),
            options={"SKIP_SAVE"},
        )

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Show it, or say why not; a fault leaves the scene as it was."""
        try:
            told = self._show(context, _view_of(self.capture_id))
        except SceneFault as fault:
            return refuse(self, fault)
        inform(self, told)
        return {"FINISHED"}

    def _show(self, context: bpy.types.Context, view: CaptureView) -> str:
        scene = cast("bpy.types.Scene", context.scene)
        binding = binding_of(view)
        if binding is None:  # a recovered capture is applied from the current frame on
            mapping = from_current_frame(scene)
        else:
            if not self.properties.is_property_set("timing"):
                self.timing = cast("Timing", binding.choices["timing"])
            mapping = binding.mapping(self.timing, binding.bound_scene() or scene)
        path = _source_of(view) if self.video == "SOURCE" else _preview_of(view)
        movie = movie_at(path)
        if why := timing_problem(movie):
            instead = "Show the preview instead." if self.video == "SOURCE" else "Play it beside Blender instead."
            raise SceneFault(f"{path.name} can't run with the motion: {why}.", instead)
        whole = 0.0, movie.frames / movie.fps
        range_sec = view.range_sec if self.video == "SOURCE" else whole
        timing = MovieTiming.of_range(mapping, movie.fps, movie.frames, range_sec)
        if self.place == "STRIP":
            scene = sequencer_scene(context)
            name = path.name if self.video == "SOURCE" else f"{view.title} ({path.name})"
            strip = add_in_time(scene, movie, timing, name)
            return f"{strip.name} is in the sequencer of {scene.name}."
        character = selected_armature(context) or (binding.bound_armature() if binding else None)
        camera = show_behind(scene, movie, timing, character)
        if isinstance(context.space_data, bpy.types.SpaceView3D) and context.space_data.region_3d:
            context.space_data.region_3d.view_perspective = "CAMERA"
        return f"{path.name} is in the background of {camera}."


class _OpensPath:
    """What has the system open something of a capture."""

    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        capture_id: str
    else:
        capture_id: bpy.props.StringProperty(options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Open it, where there is somebody to see it."""
        operator = cast("bpy.types.Operator", self)
        try:
            path = self.path_of(_view_of(self.capture_id))
        except SceneFault as fault:
            return refuse(operator, fault)
        if bpy.app.background:
            return refuse(operator, SceneFault("Without a window nothing is opened.", f"It is at {path}."))
        return bpy.ops.wm.path_open(filepath=str(path))

    def path_of(self, view: CaptureView) -> Path:
        """What is opened.

        Raises:
            SceneFault: it isn't there.
        """
        raise NotImplementedError


class OpenCaptureFolder(_OpensPath, bpy.types.Operator):
    """Show the folder of this capture, with its motion and its preview, in the system's file browser."""

    bl_idname = "aimocap.open_capture_folder"
    bl_label = "Open Folder"

    def path_of(self, view: CaptureView) -> Path:
        """The folder."""
        if not view.folder.is_dir():
            raise SceneFault(f"The capture's folder {view.folder} is not there.", "Check the captures folder.")
        return view.folder


class PlayPreview(_OpensPath, bpy.types.Operator):
    """Play the preview that the service delivered with this capture in the system's video player."""

    bl_idname = "aimocap.play_preview"
    bl_label = "Play Preview"

    def path_of(self, view: CaptureView) -> Path:
        """The preview."""
        return _preview_of(view)


def _view_of(capture_id: str) -> CaptureView:
    view = open_session().view(capture_id)
    if view is None:
        raise SceneFault("There is no such capture.", "Pick one from the list in the AIMoCap tab.")
    return view


def _preview_of(view: CaptureView) -> Path:
    preview = view.files.get(PREVIEW)
    if preview is None or not preview.is_file():
        raise SceneFault(
            "This capture has no preview.", "The service delivers one with most motions; it may be on its way."
        )
    return preview


def _source_of(view: CaptureView) -> Path:
    """The file that was captured.

    Raises:
        SceneFault: it is not there, or is another one by now.
    """
    source, path = view.source, Path(view.source.path)
    instead = "show the preview instead" if PREVIEW in view.files else "open the one that you have"
    if not source.path:
        raise SceneFault("This capture was recovered by its job: its video isn't known.", f"{instead.capitalize()}.")
    if source.temporary:
        raise SceneFault(
            "A clip was rendered for this capture, which is deleted once it is sent.",
            f"Show the strip that it was made from, or {instead}.",
        )
    if not path.is_file():
        raise SceneFault(f"The video {path.name} is no longer in {path.parent}.", f"Put it back, or {instead}.")
    if not holds_the_same(source):
        raise SceneFault(f"The video {path.name} changed since it was captured.", f"Put it back, or {instead}.")
    return path


CLASSES = (OpenVideo, VideoFileHandler, ShowVideo, OpenCaptureFolder, PlayPreview)
