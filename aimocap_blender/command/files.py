"""The files that the command line works with: the character's .blend, and the captures on disk."""

import math
from pathlib import Path

import bpy

from ..jobs.ledger import Ledger
from ..jobs.runner import CaptureView
from ..motion.time_mapping import TimeMapping
from ..scene.faults import SceneFault
from ..scene.g1.rig import is_g1_rig
from ..scene.retargeting import require_character
from ..scene.video.strips import scene_fps
from ..service.contract import ROBOT_TARGET
from ..session.applying import put_motion_on
from ..session.choices import choices_of
from ..session.configuration import configuration
from ..session.outcome_words import shortfall
from ..session.provenance import source_of_capture
from ..session.reading import Motion, MotionReading
from ..session.session import kinds_for

BLEND = ".blend"


def open_character(file: Path, name: str, target_id: str | None = None) -> bpy.types.Object | None:
    """Open a .blend and find the armature that a motion is for.

    Args:
        file: the .blend.
        name: of the armature; '': the only one.
        target_id: of the motion; None where any figure may take it.

    Returns:
        The armature; None where a robot's motion finds no G1 rig, so that one is to be made.

    Raises:
        SceneFault: the file can't be opened, or it isn't clear which armature is meant.
    """
    if not file.is_file():
        raise SceneFault(f"The file {file} is missing.", "Check the path that --character names.")
    try:
        bpy.ops.wm.open_mainfile(filepath=str(file), load_ui=False)
    except RuntimeError:
        raise SceneFault(f"Blender can't open {file}.", "Name a .blend that this version can read.") from None
    armatures = [found for found in bpy.context.scene.objects if found.type == "ARMATURE"]
    if target_id is not None:
        armatures = [found for found in armatures if is_g1_rig(found) == (target_id == ROBOT_TARGET)]
    armature = _chosen(file, armatures, name, may_lack=target_id == ROBOT_TARGET)
    if armature is not None and target_id == "default":
        require_character(armature)
    return armature


def _chosen(file: Path, armatures: list[bpy.types.Object], name: str, *, may_lack: bool) -> bpy.types.Object | None:
    names = ", ".join(sorted(found.name for found in armatures))
    if name:
        named = next((found for found in armatures if found.name == name), None)
        if named is None:
            raise SceneFault(
                f"{file.name} has no armature “{name}” for this motion.",
                f"Name one of: {names}." if names else "Name another file with --character.",
            )
        return named
    if len(armatures) > 1:
        raise SceneFault(f"{file.name} has several armatures.", f"Choose one with --armature: {names}.")
    if not armatures and not may_lack:
        raise SceneFault(f"{file.name} has no armature for this motion.", "Name another file with --character.")
    return armatures[0] if armatures else None


def new_file() -> None:
    """Open an empty file."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=False)


def put_on(view: CaptureView, armature: bpy.types.Object | None) -> tuple[str, ...]:
    """Put a finished capture's motion on an armature of the open file, or on a new G1 rig, from the scene's start on.

    Returns:
        What was done, in sentences.

    Raises:
        SceneFault, MotionFault: it can't be done.
    """
    kinds = kinds_for(view, armature, bound=False)
    if not kinds:
        raise SceneFault("This capture has no motion for that figure.", "Choose another one with --armature.")
    context = bpy.context
    scene = context.scene
    motion, notes = _motion(kinds[0], view.files[kinds[0]])
    choices = choices_of(scene.aimocap)  # pyright: ignore[reportAttributeAccessIssue] -- the stubs don't know it
    source = source_of_capture(view, motion)
    told = put_motion_on(context, motion, armature, from_scene_start(scene), view.title, choices, source)
    short = shortfall(view, [motion])
    return (*told, *([short] if short else []), *notes)


def from_scene_start(scene: bpy.types.Scene) -> TimeMapping:
    """Seconds of a motion to timeline frames, in real time from the scene's start on."""
    return TimeMapping(float(scene.frame_start), scene_fps(scene))


def _motion(kind: str, file: Path) -> tuple[Motion, tuple[str, ...]]:
    reading = MotionReading(kind, file)
    try:
        reading.wait()
        if reading.fault is not None:
            raise reading.fault
        assert reading.motion is not None  # noqa: S101 -- there is one, or a fault
        return reading.motion, reading.notes
    finally:
        reading.close()


def end_scene_with_motion() -> None:
    """Let the scene's range, of a file that was made for the motion, end where the last action does."""
    ends = [action.frame_range[1] for action in bpy.data.actions]
    bpy.context.scene.frame_end = max([bpy.context.scene.frame_start, *map(math.ceil, ends)])


def ledger() -> Ledger:
    """The captures on disk."""
    return Ledger(configuration().captures_folder)
