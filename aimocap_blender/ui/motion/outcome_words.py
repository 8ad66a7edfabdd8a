"""Outcome of applying a motion: in the redo panel, and as a card below the list."""

import json
from typing import TYPE_CHECKING, cast

import bpy

from ...scene.chosen_character import character_of
from ...scene.g1.rig import is_g1_rig
from ...takes.messages import Note
from ...texts.text import Text
from ..settings import settings_of
from ..text.reporting import Returned, inform
from ..text.waits import draw_bar, work_bar
from ..text.wrapped_text import is_narrow, say
from .comparing import CompareTakes
from .contacts import draw_contacts_switch

_REDO_WIDTH = 360
"""Width of the redo panel in unscaled pixels."""


class ShowsOutcome:
    """Operator whose redo panel shows the outcome."""

    if TYPE_CHECKING:
        told: str
        doubtful_bones: bool
        warns: bool
    else:
        told: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})
        doubtful_bones: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
        warns: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})

    def show_outcome(self, note: Note) -> None:
        """Report the outcome, and keep its sentences for the redo panel."""
        self.told = json.dumps([sentence.to_json() for sentence in note.sentences])
        self.doubtful_bones, self.warns = note.doubtful_bones, bool(note.warning)
        message = note.message
        inform(cast("bpy.types.Operator", self), message.sentence, message.level)

    def draw_outcome(self, layout: bpy.types.UILayout) -> None:
        """Draw what was done, and a warning; the numbers are in the details of the take."""
        column = layout.column()
        for sentence in json.loads(self.told or "[]")[: 1 + self.warns]:
            say(column, Text.from_json(sentence) or "", width=_REDO_WIDTH)
        if self.doubtful_bones:
            layout.operator("aimocap.review_bones")


def draw_note(box: bpy.types.UILayout, take_id: str, note: Note | None) -> None:
    """Draw the outcome of applying a take's motion, if there is one: what was done, how good it is, what comes next."""
    if note is None:
        return
    if note.failed or not note.applied:
        say(box, note.sentence, "ERROR" if note.failed else "INFO")
        return
    say(box, note.sentence, "ARMATURE_DATA")
    row = box.row()
    row.alert = note.doubtful_bones
    icon = "ERROR" if note.doubtful_bones else "INFO" if note.warning else "CHECKMARK"
    say(row, verdict_of(note), icon, buttons_beside=1)
    if note.doubtful_bones:
        row.operator("aimocap.review_bones", text="", icon="RIGHTARROW")
    elif note.frame is not None:
        setattr(row.operator("aimocap.go_to_frame", text="", icon="RIGHTARROW"), "frame", round(note.frame))  # noqa: B010 -- unknown to the stubs
    _draw_next(box, take_id)


def verdict_of(note: Note) -> Text:
    """Return how good a motion is on its character, and why it is not."""
    if not note.warning:
        return Text("Good")
    if note.doubtful_bones:
        return Text("Doubtful: {why}", why=note.warning)
    return Text("Look at it: {why}", why=note.warning)


def _draw_next(box: bpy.types.UILayout, take_id: str) -> None:
    """Draw what is done next with the motion."""
    character = character_of(bpy.context)
    if (bar := work_bar("aimocap.export_motion")) is not None:
        draw_bar(box, bar)
        return
    row = box.column(align=True) if is_narrow() else box.row(align=True)
    if is_g1_rig(character):
        row.operator("aimocap.check_g1_motion", text="Check")
        row.operator("aimocap.export_g1_motion", text="Export…")
    else:
        compare = row.row(align=True)
        compare.enabled = CompareTakes.why_not(bpy.context) is None
        compare.operator("aimocap.compare_takes", text="Compare")
        draw_contacts_switch(row, settings_of(bpy.context.scene), character, brief=True)
        row.operator("aimocap.export_motion", text="Export…")
    setattr(row.operator("aimocap.show_details", text="", icon="TEXT"), "take_id", take_id)  # noqa: B010 -- as above


class GoToFrame(bpy.types.Operator):
    """Go to the frame in which it is worst"""

    bl_idname = "aimocap.go_to_frame"
    bl_label = "Go to Frame"
    bl_options = {"INTERNAL", "UNDO"}

    if TYPE_CHECKING:
        frame: int
    else:
        frame: bpy.props.IntProperty(name="Frame", description="Frame of the timeline", options={"SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Returned:
        """Go there."""
        cast("bpy.types.Scene", context.scene).frame_set(self.frame)
        return {"FINISHED"}


CLASSES = (GoToFrame,)
