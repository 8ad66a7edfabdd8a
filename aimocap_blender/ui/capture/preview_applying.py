"""Application of a preview's motion to a character; repeatable."""

from typing import TYPE_CHECKING, cast

import bpy

from ...takes.messages import Note
from ...takes.previews.applying import put_preview_on
from ...takes.session import session_of
from ...texts.faults import Fault
from ..character.onto import OntoCharacter
from ..motion.outcome_words import ShowsOutcome
from ..motion_choices import CaptureChoices
from ..text.reporting import refuse
from .previewing import OnPreview

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


class ApplyPreview(ShowsOutcome, CaptureChoices, OntoCharacter, OnPreview, bpy.types.Operator):
    """Apply this preview's motion to the character"""

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

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Apply to the character of the panel."""
        if not self.bound:
            self.take_character(context)
        return self.execute(context)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Apply the motion or report why not; a fault leaves the scene unchanged."""
        previews = session_of(self.preview_id).previews
        try:
            binding = previews.binding_of(self.preview_id)
            self.take_choices(binding.choices)
            armature = self.named_character(context) if self.bound else self.character(context)
            armature = armature or binding.bound_armature()
            note = put_preview_on(context, previews, self.preview_id, armature, self)
        except Fault as fault:
            previews.notes[self.preview_id] = Note(fault.text, failed=True)
            return refuse(self, fault)
        previews.notes[self.preview_id] = note
        self.show_outcome(note)
        return {"FINISHED"}


CLASSES = (ApplyPreview,)
