"""The corrections of a preview that the character plays, below its result."""

from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.chosen_character import character_of
from ...scene.preview.action_corrections import corrections_on
from ...scene.preview.action_trust import mapping_on
from ...takes.reading import MotionKind

if TYPE_CHECKING:
    from ...takes.session import Session

LIMB_NAMES = {
    "left_elbow": "Left Upper Arm",
    "right_elbow": "Right Upper Arm",
    "left_wrist": "Left Forearm",
    "right_wrist": "Right Forearm",
    "left_knee": "Left Thigh",
    "right_knee": "Right Thigh",
    "left_ankle": "Left Lower Leg",
    "right_ankle": "Right Lower Leg",
}
"""By the joint that ends the limb."""


def draw_corrections(layout: bpy.types.UILayout, session: "Session", preview_id: str) -> None:
    """Draw the corrections of a preview that the character plays, and what adds one."""
    action = action_of(character_of(bpy.context))
    if action is None or source_of(action).preview != preview_id:
        return
    column = layout.column(align=True)
    known = corrections_on(action)
    read = session.motions.of(preview_id, MotionKind.SEEN)
    for number, one in enumerate(known):
        row = column.row(align=True)
        row.label(text=LIMB_NAMES[one.joint], icon="BLANK1")
        if read is not None and read.seen is not None:
            frame = round(float(mapping_on(action, read.seen.clip.times).frames(np.array(one.second))))
            setattr(row.operator("aimocap.go_to_frame", text="", icon="RIGHTARROW"), "frame", frame)  # noqa: B010 -- unknown to the stubs
        removed = row.operator("aimocap.remove_correction", text="", icon="X")
        for name, value in (("preview_id", preview_id), ("number", number)):
            setattr(removed, name, value)
    in_viewport = column.operator("aimocap.correct_preview", icon="VIEW_CAMERA")
    row = column.row(align=True)
    corrects = row.operator("aimocap.correct_take", text="Correct Limb…")
    adds = row.operator("aimocap.add_film_camera", text="", icon="CAMERA_DATA")
    for called in (in_viewport, corrects, adds):
        setattr(called, "preview_id", preview_id)  # noqa: B010 -- unknown to the stubs
