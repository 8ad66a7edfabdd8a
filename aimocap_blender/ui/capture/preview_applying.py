"""Application of a preview's motion to a character; repeatable."""

from typing import TYPE_CHECKING, cast

import bpy

from ...scene.armatures import selected_armature
from ...session.messages import Note
from ...session.preview.applying import put_preview_on
from ...session.session import current_session, open_session
from ...texts.faults import Fault
from ..motion.outcome_words import ShowsOutcome
from ..motion_choices import CaptureChoices
from ..text.reporting import refuse
from .previewing import OnPreview

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class ApplyPreview(ShowsOutcome, CaptureChoices, OnPreview, bpy.types.Operator):
    """Apply this preview's motion to the selected character"""

    bl_idname = "aimocap.apply_preview"
    bl_label = "Apply Preview"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        bound: bool
    else:
        bound: bpy.props.BoolProperty(
            name="On Its Own Character",
            description="Apply to the character that was selected when the preview was started",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Apply the motion or report why not; a fault leaves the scene unchanged."""
        previews = (current_session() or open_session()).previews
        try:
            binding = previews.binding_of(self.preview_id)
            self.take_choices(binding.choices)
            armature = None if self.bound else selected_armature(context)
            armature = armature or binding.bound_armature()
            note = put_preview_on(context, previews, self.preview_id, armature, self)
        except Fault as fault:
            previews.notes[self.preview_id] = Note(fault.text, failed=True)
            return refuse(self, fault)
        previews.notes[self.preview_id] = note
        self.show_outcome(note)
        return {"FINISHED"}


CLASSES = (ApplyPreview,)
