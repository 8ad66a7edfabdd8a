"""Operators that put other motion in Blender onto the character."""

from typing import cast

import bpy

from ...motion.time_mapping import TimeMapping
from ...scene.chosen_character import character_of
from ...takes.applying import put_take_on
from ...takes.choices import choices_of
from ...takes.messages import Note
from ...takes.reading import ReadMotion
from ...takes.take import Take
from ...texts.faults import Fault
from ..character.onto import OntoCharacter
from ..motion_choices import MotionChoices
from ..settings import settings_of
from ..text.modal_work import RETARGETING, ModalWork, Steps, Work
from ..text.reporting import Returned, SaysWhyNot
from .ahead import worked_out
from .outcome_words import ShowsOutcome

_NO_CHARACTER = Fault("No character is selected.", "Select the armature that should receive the motion.")


class Retargets(ModalWork, SaysWhyNot, ShowsOutcome, MotionChoices, OntoCharacter):
    """Operator that retargets a motion to the character, and shows options and outcome in its redo panel."""

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return _NO_CHARACTER if character_of(context) is None else None

    def take_defaults(self, context: bpy.types.Context) -> None:
        """Take the scene's options and character: for `invoke`."""
        self.take_choices(choices_of(settings_of(context.scene)))
        self.take_character(context)
        self.may_ask = not bpy.app.background

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        del context
        layout = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout)
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.draw_source(layout)
        self.draw_choices(layout)
        self.draw_outcome(layout)

    def draw_source(self, layout: bpy.types.UILayout) -> None:
        """Draw what chooses the motion, if anything does."""

    def work(self, context: bpy.types.Context) -> Work:
        """Retarget the motion; a fault leaves the file unchanged."""
        yield 0.0, RETARGETING[1]
        target = self.character(context)
        if target is None:
            raise _NO_CHARACTER
        self.show_outcome((yield from self.retargeted(context, target)))
        return {"FINISHED"}

    def refused(self, fault: Fault) -> Returned:
        """Ask about a figure that isn't human, or report."""
        return self.ask_or_refuse(fault)

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Put the motion onto the character and return the outcome.

        Raises:
            Fault: it can't be. Nothing has changed then.
        """
        raise NotImplementedError

    def put_on(
        self, context: bpy.types.Context, target: bpy.types.Object, take: Take, read: ReadMotion, mapping: TimeMapping
    ) -> Steps[Note]:
        """Put a take's motion onto the character."""
        armature: bpy.types.Object | None = target
        choices = choices_of(self)
        if self.is_modal:
            armature, read = yield from worked_out(target, take, read, mapping, choices, any_figure=self.any_figure)
        return put_take_on(context, take, [read], armature, None, [mapping], choices, any_figure=self.any_figure)
