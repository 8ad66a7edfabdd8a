"""Rendering a strip's video beside the character that moves to it, as one clip, in a background Blender.

On the left is what the sequencer shows of the strip, on the right the character from its front, with the G1 rigs that
have motion of the same capture. The joint that is furthest off the motion is marked. The open file doesn't change.
"""

from pathlib import Path

import bpy

from ...texts.faults import Fault
from ...texts.text import Text
from ..action_source import source_of, worst_on
from ..armatures import action_of, skeleton_of
from ..robot_placement import left_and_facing
from .movie_files import movie_facts
from .render_clip import FrameRendering
from .strips import StripSource

LONGEST_SIDE = 960
"""Pixels of either half: enough to judge a pose, and soon rendered."""

_LEAST_SIDE = 16
_CHILD = Path(__file__).with_name("review_clip_child.py")
_TIME_LIMIT_SEC = 6 * 3600.0


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
            "facing": [float(value) for value in facing],
            "worst": worst.bone if worst is not None and worst.bone in skeleton.names else "",
            "caption": caption,
            "clip": str(folder / "clip.mp4"),
            "longest_side": LONGEST_SIDE,
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
    others = [obj for obj in scene.objects if obj.type == "ARMATURE" and obj != character] if capture else []
    return [obj for obj in others if source_of(action_of(obj)).capture == capture]
