"""The corrections of a take that the character plays, below its result."""

from typing import TYPE_CHECKING

import bpy
import numpy as np

from ...scene.action_source import source_of
from ...scene.armatures import action_of
from ...scene.preview.action_trust import corrections_on, mapping_on
from ...scene.scene_values import character_of
from ...takes.corrected import films_of
from ...takes.reading import MotionKind
from ...takes.take import Kind, Take
from ..text.option_properties import set_options

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


def id_of(kind: Kind, take_id: str) -> dict[str, str]:
    """Return the option by which operators know a take."""
    return {"capture_id" if kind is Kind.CAPTURE else "preview_id": take_id}


def draw_corrections(layout: bpy.types.UILayout, session: "Session", take: Take | None) -> None:
    """Draw the corrections of a preview or capture that the character plays, and what adds one.

    Of a capture whose video no preview shows there are none.
    """
    action = action_of(character_of(bpy.context))
    if action is None or take is None:
        return
    is_capture, source, known = take.kind is Kind.CAPTURE, source_of(action), corrections_on(action)
    if take.id != (source.capture if is_capture else source.preview):
        return
    if is_capture and not known and not any(films_of(session.previews.kept, take)):
        return
    column = layout.column(align=True)
    read = session.motions.of(take.id, MotionKind.HUMAN if is_capture else MotionKind.SEEN)
    its_id = id_of(take.kind, take.id)
    for number, one in enumerate(known):
        row = column.row(align=True)
        row.label(text=LIMB_NAMES[one.joint], icon="BLANK1")
        if read is not None and read.seen is not None:
            frame = round(float(mapping_on(action, read.seen.clip.times).frames(np.array(one.second))))
            set_options(row.operator("aimocap.go_to_frame", text="", icon="RIGHTARROW"), frame=frame)
        set_options(row.operator("aimocap.remove_correction", text="", icon="X"), number=number, **its_id)
    in_viewport = column.operator(
        "aimocap.correct_preview", text="Correct Capture" if is_capture else "Correct Preview", icon="VIEW_CAMERA"
    )
    row = column.row(align=True)
    corrects = row.operator("aimocap.correct_take", text="Correct Limb…")
    adds = row.operator("aimocap.add_film_camera", text="", icon="CAMERA_DATA")
    for called in (in_viewport, corrects, adds):
        set_options(called, **its_id)
