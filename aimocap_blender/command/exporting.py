"""The verb `export` of the command line: finished captures on a character, each written as FBX, BVH or glTF."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import bpy

from ..jobs.runner import CaptureView
from ..motion.files.export_options import ExportOptions
from ..scene.armatures import action_of
from ..scene.motion_files.exporting import SUFFIX_OF, require_exporter
from ..service.contract import FBX, ROBOT_MOTION
from ..texts.faults import Fault
from ..texts.text import Text
from .batch import DONE, FAILED
from .delivery import as_on_disk, require_place, whole
from .files import ledger, open_human, put_on, require_folder
from .flags import chosen
from .listing import SHORT_ID
from .motion_files import write_exported
from .output import Output, facts_of


def export(options: argparse.Namespace, output: Output, views: Sequence[CaptureView]) -> int:
    """Write a file of each capture; return the exit status. What can't be written is reported, the others go on.

    Raises:
        Fault: Blender's exporter is missing.
    """
    # found out before the first character is opened
    require_folder(options.output)
    choices = chosen(options, ExportOptions)
    require_exporter(choices.format)
    if not views:
        output.step("nothing", "There are no finished captures for characters.")
    status = DONE
    for view, name in zip(views, _names(views), strict=True):
        place = options.output / f"{name}{SUFFIX_OF[choices.format]}"
        try:
            sentences = _write(view, place, options, choices)
        except Fault as fault:
            output.fault(name, fault.what, fault.next_step)
            status = FAILED
        else:
            output.done(name, (place,), sentences, **facts_of(view))
    return status


def _names(views: Sequence[CaptureView]) -> list[str]:
    """Return a file name for each capture: its title, with its ID where two have the same."""
    names = [bpy.path.clean_name(view.title) or view.id[:SHORT_ID] for view in views]
    counts = Counter(map(as_on_disk, names))
    for row, view in enumerate(views):
        if counts[as_on_disk(names[row])] > 1:
            names[row] += f"_{view.id[:SHORT_ID]}"
    return names


def _write(view: CaptureView, place: Path, options: argparse.Namespace, choices: ExportOptions) -> tuple[str, ...]:
    if ROBOT_MOTION in view.files and FBX not in view.files:
        raise Fault(
            "This capture is for a robot, not for a character.",
            Text("Use its motion file {file}, or put it on a robot with apply.", file=view.files[ROBOT_MOTION]),
        )
    if not view.files:
        raise Fault("This capture has no motion yet.", "Follow it to its end first.")
    require_place(place, overwrite=options.overwrite)
    view, refetched = whole(view)
    armature = open_human(options)
    # not their names, which the motion may have taken from one of them
    earlier = {action.session_uid for action in bpy.data.actions}
    sentences = put_on(view, armature, options)
    applied = action_of(armature)
    # what the character played before must not be exported for the capture
    if applied is None or applied.session_uid in earlier:
        raise Fault(
            Text("The motion was not applied to {character}, so nothing is exported.", character=armature.name),
            "Apply it in Blender, then choose File > Export > Character Motion.",
        )
    folder = ledger().folder_of(view.id)
    written = write_exported(place, armature, folder, choices, overwrite=options.overwrite)
    return (*refetched, *sentences, str(written))
