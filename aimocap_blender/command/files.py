"""The command line's files: the character's .blend, and the captures on disk."""

import argparse
import math
import time
from pathlib import Path

import bpy

from ..jobs.capture import Capture
from ..jobs.ledger import Ledger
from ..jobs.runner import GONE
from ..jobs.view import CaptureView, Driving, view_of
from ..motion.g1.files import SUFFIXES as ROBOT_SUFFIXES
from ..motion.retargeting.retarget_options import MOTION_OPTIONS
from ..motion.time_mapping import TimeMapping
from ..options import Choice
from ..plain_files import require_plain
from ..scene.g1.rig import is_g1_rig
from ..scene.retargeting import require_character
from ..scene.scene_values import scene_fps
from ..service.contract import CONTENT_TYPES, DEFAULT_TARGET, ROBOT_TARGET
from ..takes.applying import put_take_on
from ..takes.binding import Binding, choices_of
from ..takes.captures.capture_takes import take_of
from ..takes.configuration import configuration
from ..takes.corrected import off_in_words
from ..takes.previews.kept import KeptPreviews
from ..takes.reading import MotionReading
from ..takes.robots.robot_retargeting import HUMAN_SUFFIXES
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from .flags import given
from .output import wrong

BLEND = ".blend"


def open_character(file: Path, name: str, target_id: str | None = None) -> bpy.types.Object | None:
    """Open a .blend and return the armature for a motion.

    Args:
        file: the .blend.
        name: of the armature; '' for the only one.
        target_id: of the motion; None for any armature.

    Returns:
        The armature; None if there is no G1 rig for a robot's motion, so that one has to be created.

    Raises:
        Fault: the file can't be opened, or the armature is missing or ambiguous.
    """
    if file.exists() and file.suffix.lower() != BLEND:
        raise Fault(
            Text("{file} is no .blend file.", file=file),
            "Import the character in Blender and save it, or give another.",
        )
    require_file(file, "Check the path given with --character.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(file), load_ui=False)
    except RuntimeError:
        raise Fault(
            Text("Blender can't open {file}.", file=file), "Give a .blend file that this version can read."
        ) from None
    armatures: list[bpy.types.Object] = []
    for found in bpy.context.scene.objects:
        # a robot is an armature, too, but takes no human's motion, nor a human a robot's
        fits = target_id is None or is_g1_rig(found) == (target_id == ROBOT_TARGET)
        if found.type == "ARMATURE" and fits:
            armatures.append(found)
    armature = _chosen(file, armatures, name, may_lack=target_id == ROBOT_TARGET)
    if armature is not None and target_id == DEFAULT_TARGET:
        require_character(armature)
    return armature


def _chosen(file: Path, armatures: list[bpy.types.Object], name: str, *, may_lack: bool) -> bpy.types.Object | None:
    names = ", ".join(sorted(found.name for found in armatures))
    if name:
        for found in armatures:
            if found.name == name:
                return found
        raise Fault(
            Text("{file} has no armature “{name}” for this motion.", file=file.name, name=name),
            Text("Give one of: {names}.", names=names) if names else "Give another file with --character.",
        )
    # a guess would put a paid motion onto the wrong one, and nobody looks at a farm's files
    if len(armatures) > 1:
        raise Fault(
            Text("{file} has several armatures.", file=file.name),
            Text("Choose one with --armature: {names}.", names=names),
        )
    if not armatures and not may_lack:
        raise Fault(
            Text("{file} has no armature for this motion.", file=file.name), "Give another file with --character."
        )
    return armatures[0] if armatures else None


def open_human(options: argparse.Namespace) -> bpy.types.Object:
    """Open the character's .blend and return its armature for human motion.

    Raises:
        Fault: see `open_character`.
    """
    armature = open_character(options.character, options.armature, DEFAULT_TARGET)
    assert armature is not None  # noqa: S101 -- only a robot's may be missing
    return armature


def require_range(options: argparse.Namespace) -> None:
    """Exit unless the range of a video ends after it starts."""
    if options.end is not None and options.end <= (options.start or 0.0):
        wrong("The range is empty.", "Give an --end later than --start.")


def is_video(file: Path) -> bool:
    """Return whether a file is a video, by its name."""
    return file.suffix.lower() in CONTENT_TYPES


def require_folder(place: Path) -> None:
    """Exit unless an output is a folder, or can become one."""
    if not place.is_dir() and (place.is_file() or place.suffix.lower() in {BLEND, *HUMAN_SUFFIXES, *ROBOT_SUFFIXES}):
        wrong(f"{place.name} is a file, or the name of one.", "Give a folder with --output.")


def require_video(file: Path) -> None:
    """Raise, with what to use instead, if a path is a folder or a motion file.

    Raises:
        Fault: it is one.
    """
    if file.is_dir():
        raise Fault(
            Text("{file} is a folder, not a video.", file=file),
            Text("Name the videos in it, such as {videos}.", videos=file / "*.mp4"),
        )
    if file.is_file() and file.suffix.lower() in HUMAN_SUFFIXES:
        raise Fault(
            Text("{file} is a motion file, not a video.", file=file),
            "Put it onto a character with retarget, or onto a robot with g1.",
        )
    if file.is_file() and file.suffix.lower() in ROBOT_SUFFIXES:
        raise Fault(Text("{file} is a file of robot motion, not a video.", file=file), "Repair and check it with g1.")


def require_file(file: Path, next_step: Sentence) -> None:
    """Raise, with what to do next, unless a path is a plain file.

    Raises:
        Fault: it isn't; it is missing, or is a folder, a pipe or a device.
    """
    if not file.exists():
        raise Fault(Text("The file {file} is missing.", file=file), next_step)
    try:
        require_plain(file.stat().st_mode, file)
    except OSError as error:
        reason = Text.of(error.strerror or str(error))
        raise Fault(Text("“{file}” can't be read: {reason}.", file=file.name, reason=reason), next_step) from None


def require_human_motion(file: Path) -> None:
    """Raise, with what to use instead, unless a path is a file of human motion.

    Raises:
        Fault: it isn't.
    """
    require_file(file, "Check its path.")
    suffix = file.suffix.lower()
    if is_video(file):
        raise Fault(
            Text("{file} is a video, not a motion file.", file=file),
            "Put it onto the character with preview or capture.",
        )
    if suffix not in HUMAN_SUFFIXES:
        # JSON and the like may be a human's too, which its name doesn't tell
        if suffix in ROBOT_SUFFIXES:
            next_step = "Export the motion as one of these, or if it is a robot's, repair and check it with g1."
        else:
            next_step = "Export the motion as one of these."
        raise Fault(Text("{file} is no FBX, BVH or glTF file.", file=file), next_step)


def new_file() -> None:
    """Open an empty file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)


def put_on(view: CaptureView, armature: bpy.types.Object | None, options: argparse.Namespace) -> tuple[str, ...]:
    """Apply a finished capture's motion to an armature of the open file, or to a new G1 rig, from the scene's start.

    Returns:
        Sentences on what was done.

    Raises:
        Fault: it can't be done.
    """
    take = take_of(view, Binding.stored(view.binding))
    # the file is opened for this, so that nothing in it is what the capture was begun for
    kinds = take.kinds_for(armature, bound=False)
    if not kinds:
        raise Fault("This capture has no motion for that armature.", "Choose another one with --armature.")
    scene = bpy.context.scene
    file = take.files[kinds[0]]
    # with the corrections that were made in the window, which lie over what was delivered
    motions, mappings = [MotionReading(kinds[0], file.path, layer=file.layer).to_the_end()], [from_scene_start(scene)]
    choices = choices_for(scene, options)
    done = put_take_on(bpy.context, take, motions, armature, None, mappings, choices)
    off = off_in_words(KeptPreviews(configuration().captures_folder), take, motions[0].motion)
    return (*done.sentences, *off)


def choices_for(scene: bpy.types.Scene, options: argparse.Namespace) -> dict[str, Choice]:
    """Return how motion is applied: the scene's settings, and what the command line says instead."""
    chosen = choices_of(getattr(scene, "aimocap"))  # noqa: B009 -- unknown to the stubs
    return {**chosen, **given(options, *MOTION_OPTIONS)}


def from_scene_start(scene: bpy.types.Scene) -> TimeMapping:
    """Return a motion's seconds to timeline frames, in real time from the scene's start."""
    return TimeMapping(float(scene.frame_start), scene_fps(scene))


def end_scene_with_motion() -> None:
    """End the playback range of a new file with its last action."""
    # a new file plays 250 frames, whatever the motion's length
    ends = [action.frame_range[1] for action in bpy.data.actions]
    bpy.context.scene.frame_end = max([bpy.context.scene.frame_start, *map(math.ceil, ends)])


def ledger() -> Ledger:
    """Return the captures on disk."""
    return Ledger(configuration().captures_folder)


def require_captures_folder() -> None:
    """Look whether the captures folder is there, if anything was ever captured to it.

    Raises:
        Fault: it is gone.
    """
    if Ledger(configuration().captures_folder, configuration().witness).is_gone():
        raise GONE


def view_on_disk(kept: Ledger, capture: Capture) -> CaptureView:
    """Return the view of a capture on disk, which isn't driven here."""
    return view_of(capture, Driving(followed=False), kept.folder_of(capture.id), time.time())
