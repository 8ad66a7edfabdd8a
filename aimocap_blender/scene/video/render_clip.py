"""Rendering the visible range of a strip to an H.264 clip in a background Blender.

The open file doesn't change. A strip that shows one range of a movie at one speed is rebuilt in the child from plain
values, frame by frame at the movie's own rate and size. Any other strip is rendered alone as the timeline shows it,
from a copy of its current scene including unsaved changes.

A review has on the left what the sequencer shows of the strip, on the right the character from its front, with the G1
rigs that have motion of the same capture. The joint that is furthest off the motion is marked. The open file doesn't
change.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import bpy

from ...motion.time_mapping import TimeMapping
from ...texts.faults import Fault
from ...texts.text import Text
from ..action_source import source_of, worst_on
from ..armatures import action_of, skeleton_of
from ..background_blender import BackgroundBlender
from ..g1.rig import left_and_facing
from .movie_files import movie_facts
from .movie_lengths import movie_at
from .strips import StripSource, all_strips, require_files

LONGEST_SIDE = 1920
"""Pixels; larger frames are scaled down, because body capture gains nothing from more."""

RENDERER = Path(__file__).with_name("render_clip_child.py")
"""The script of the background Blender."""

_LEAST_SIDE = 16

_REVIEWED_SIDE = 960
"""Pixels of either half: enough to judge a pose, and soon rendered."""

_CHILD = Path(__file__).with_name("review_clip_child.py")
_TIME_LIMIT_SEC = 6 * 3600.0


@dataclass(frozen=True)
class RenderedClip:
    """A clip to be uploaded as a whole.

    Attributes:
        path: an MP4 file with H.264 video and no sound.
        frames: number of frames.
        fps: frames per second.
        duration_sec: seconds.
        mapping: seconds of the clip to timeline frames.
    """

    path: Path
    frames: int
    fps: float
    duration_sec: float
    mapping: TimeMapping


class FrameRendering(BackgroundBlender):
    """A background Blender that renders frames."""

    @property
    def frames_done(self) -> int:
        """Number of frames rendered so far."""
        done = self.progress
        return done if isinstance(done, int) else 0


class ClipRendering(FrameRendering):
    """A clip of what a strip shows now, which is planned, rendering or done. Only `wait` blocks.

    Planning it needs the disk only for a strip without a formula.

    Args:
        source: from `strips.video_of`, of a scene in the open file.
        folder: for the clip and its input files; the caller removes it.

    Raises:
        Fault: the folder can't be written, or a file that the strip shows is missing or damaged.
    """

    def __init__(self, source: StripSource, folder: Path) -> None:
        try:
            shown = what_to_render(source, folder, LONGEST_SIDE)
        except (OSError, RuntimeError) as error:  # RuntimeError from Blender when writing the copy
            raise _unwritable(error, folder) from error
        self._source = source
        self._clip = folder / "clip.mp4"
        task = Text("the video clip of {source}", source=source.name)
        super().__init__(
            RENDERER,
            {"clip": str(self._clip), **shown},
            folder,
            task=task,
            time_limit_sec=6 * 3600.0,
            private_folder=folder,
        )

    def begin(self) -> Self:
        """Begin rendering, in any thread; the open file is no longer needed.

        Raises:
            Fault: the folder can't be written, or Blender can't be started.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._clip.unlink(missing_ok=True)
        except OSError as error:
            raise _unwritable(error, self.folder) from error
        return super().begin()

    @property
    def frames(self) -> int:
        """Number of frames of the clip."""
        return self._source.last_frame - self._source.first_frame + 1

    @property
    def result(self) -> RenderedClip:
        """The finished clip.

        Raises:
            Fault: rendering failed.
            RuntimeError: it is still running, or has not begun.
        """
        self.check()
        facts = movie_facts(self._clip) if self._clip.exists() else None
        if facts is None or facts.frames != self.frames or not facts.fps or not facts.duration_sec:
            raise Fault(
                Text("The video clip of {source} is incomplete.", source=self._source.name),
                Text("Check the free disk space; the log is in {folder}.", folder=self.folder),
            )
        return RenderedClip(self._clip, self.frames, facts.fps, facts.duration_sec, self._source.mapping)


def _unwritable(error: OSError | RuntimeError, folder: Path) -> Fault:
    reason = getattr(error, "strerror", None) or str(error).strip()
    return Fault(
        Text("The video clip can't be written: {error}.", error=reason),
        Text("Free up space in {folder}, or choose another folder in the preferences.", folder=folder),
    )


def what_to_render(source: StripSource, folder: Path, longest_side: int) -> dict[str, object]:
    """Return the part of a request that says what the strip shows now; a copy of its scene may go into the folder.

    Args:
        source: from `strips.video_of`, of a scene in the open file.
        folder: existing.
        longest_side: of the frames, pixels.

    Raises:
        OSError, RuntimeError: the copy can't be written.
        Fault: a file that the strip shows is missing or damaged.
    """
    request = _movie_request(source) if source.by_formula else _timeline_request(source, folder)
    return {"longest_side": longest_side, "least_side": _LEAST_SIDE, **request}


def _movie_request(source: StripSource) -> dict[str, object]:
    if source.path is None:
        raise ValueError(f"{source.name} has a formula and no file")
    movie = movie_at(source.path)
    return {
        "movie": str(movie.path),
        "first": source.first_frame,
        "last": source.last_frame,
        "fps": movie.fps,
        "width": movie.width,
        "height": movie.height,
        "rotation_deg": movie.missing_rotation_deg,
    }


def _timeline_request(source: StripSource, folder: Path) -> dict[str, object]:
    copy, scene = folder / "scene.blend", bpy.data.scenes[source.scene]
    for strip in all_strips(scene):
        if strip.name == source.name:
            require_files(scene, strip, range(source.timeline_start, source.timeline_end))
    folder.mkdir(parents=True, exist_ok=True)
    # Not `wm.save_as_mainfile(copy=True)`: that runs other add-ons' save handlers and affects undo.
    bpy.data.libraries.write(str(copy), {scene}, path_remap="ABSOLUTE")
    return {
        "blend": str(copy),
        "scene": source.scene,
        "strip": source.name,
        "start": source.timeline_start,
        "end": source.timeline_end - 1,
    }


class ReviewClip(FrameRendering):
    """A clip of what the open file shows now, which is planned, rendering or done. Only `wait` blocks.

    Args:
        source: the strip, from `strips.video_of`.
        scene: with the character; timeline frames are the same as the strip's.
        character: an armature object with an Action.
        folder: for the clip and its input; the caller removes it.
        log: file for the output of the process.
        caption: below the character; '' for none.

    Raises:
        Fault: the character has no motion there, or the folder can't be written.
    """

    def __init__(
        self,
        source: StripSource,
        scene: bpy.types.Scene,
        character: bpy.types.Object,
        folder: Path,
        log: Path,
        caption: str,
    ) -> None:
        first, last = reviewed_frames(source, character)
        worst = worst_on(action_of(character))
        skeleton = skeleton_of(character)
        _, facing = left_and_facing(character, skeleton)
        copy = folder / "review.blend"
        request: dict[str, object] = {
            "blend": str(copy),
            "scene": source.scene,
            "shown": scene.name,
            "strip": source.name,
            "start": first,
            "end": last,
            "armatures": [character.name, *(rig.name for rig in same_capture(scene, character))],
            "facing": facing.tolist(),
            "worst": worst.bone if worst is not None and worst.bone in skeleton.names else "",
            "caption": caption,
            "clip": str(folder / "clip.mp4"),
            "longest_side": _REVIEWED_SIDE,
            "least_side": _LEAST_SIDE,
        }
        try:
            bpy.data.libraries.write(str(copy), {bpy.data.scenes[source.scene], scene}, path_remap="ABSOLUTE")
        except (OSError, RuntimeError) as error:  # RuntimeError from Blender
            raise Fault(
                Text("The review clip can't be rendered: {error}.", error=str(error).strip()),
                Text("Free up space in {folder}, then try again.", folder=folder),
            ) from error
        self.frames = last - first + 1
        task = "the review clip"
        super().__init__(
            _CHILD,
            request,
            folder,
            task=task,
            time_limit_sec=_TIME_LIMIT_SEC,
            private_folder=folder,
            log=log,
        )

    @property
    def result(self) -> Path:
        """The finished clip, an MP4 file with H.264 video and no sound.

        Raises:
            Fault: rendering failed.
            RuntimeError: it is still running.
        """
        self.check()
        clip = self.folder / "clip.mp4"
        facts = movie_facts(clip) if clip.exists() else None
        if facts is None or facts.frames != self.frames:
            raise Fault(
                "The review clip is incomplete.",
                Text("Free up space in {folder}, then try again.", folder=self.folder.parent),
            )
        return clip


def reviewed_frames(source: StripSource, character: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last timeline frame at which both the strip and the character's motion are there.

    Raises:
        Fault: there is none.
    """
    action = action_of(character)
    if action is None:
        raise Fault(
            Text("“{name}” has no motion to review.", name=character.name),
            "Apply a capture or a preview to it first.",
        )
    start, end = action.frame_range
    first, last = max(source.timeline_start, round(start)), min(source.timeline_end - 1, round(end))
    if last <= first:
        raise Fault(
            Text("The motion of “{name}” isn't where strip {strip} plays.", name=character.name, strip=source.name),
            "Select the strip that the motion was captured from.",
        )
    return first, last


def same_capture(scene: bpy.types.Scene, character: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the scene's other armatures with motion of the same capture: the robot's."""
    capture = source_of(action_of(character)).capture
    others: list[bpy.types.Object] = []
    for obj in scene.objects if capture else ():
        is_other = obj.type == "ARMATURE" and obj != character
        if is_other and source_of(action_of(obj)).capture == capture:
            others.append(obj)
    return others
