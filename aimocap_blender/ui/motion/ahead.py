"""Retargeting onto a rig that takes long: worked out beside the window, with a bar and what stops it."""

import time
from collections.abc import Mapping
from dataclasses import replace

import bpy

from ...jobs.durations import clock
from ...motion.time_mapping import TimeMapping
from ...options import Choice
from ...scene.armatures import object_with
from ...takes.ahead import begin_ahead
from ...takes.reading import ReadMotion
from ...takes.take import Take
from ...texts.text import Text
from ..text.modal_work import RETARGETING, Steps


def worked_out(
    armature: bpy.types.Object | None,
    take: Take,
    read: ReadMotion,
    mapping: TimeMapping,
    choices: Mapping[str, Choice],
    *,
    any_figure: bool,
) -> Steps[tuple[bpy.types.Object | None, ReadMotion]]:
    """Work out what takes long of putting a take's motion onto an armature; return both as they are then."""
    began, uids = time.monotonic(), [obj.session_uid if obj is not None else 0 for obj in (armature, read.shown_by)]
    ahead = begin_ahead(armature, read, mapping, choices, take.origin_of(read.motion), any_figure=any_figure)
    if ahead is not None:
        try:
            while not ahead.poll():
                yield 0.0, Text("Retargeting since {since}", since=clock(time.monotonic() - began))
        finally:
            ahead.close()
    yield RETARGETING
    # the window went on meanwhile: an undo replaces all objects by others
    armature, shown_by = map(object_with, uids)
    return armature, replace(read, shown_by=shown_by)
