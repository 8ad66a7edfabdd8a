"""Operators that put motion onto the character, worked out beside the window where that takes long."""

import time
from dataclasses import replace
from typing import cast

import bpy

from ...jobs.durations import clock
from ...motion.time_mapping import TimeMapping
from ...scene.armatures import object_with
from ...takes.applying import begin_ahead, put_take_on
from ...takes.binding import choices_of
from ...takes.messages import Note
from ...takes.reading import ReadMotion
from ...takes.take import Take
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.onto import NeedsCharacter, OntoCharacter
from ..motion_choices import MotionChoices
from ..settings import settings_of
from ..text.modal_work import RETARGETING, ModalWork, Steps, Work
from ..text.reporting import Returned
from .outcome_words import ShowsOutcome


class PutsMotion(ModalWork, ShowsOutcome, MotionChoices, OntoCharacter):
    """Operator that puts a take's motion onto the character, and shows the outcome."""

    def take_defaults(self, context: bpy.types.Context) -> None:
        """Take the scene's options and character: for `invoke`."""
        self.take_choices(choices_of(settings_of(context.scene)))
        self.take_character(context)
        self.may_ask = not bpy.app.background

    def refused(self, fault: Fault) -> Returned:
        """Ask about a figure that isn't human, or report."""
        return self.ask_or_refuse(fault)

    def put_on(
        self,
        context: bpy.types.Context,
        armature: bpy.types.Object | None,
        take: Take,
        read: ReadMotion,
        mapping: TimeMapping,
    ) -> Steps[Note]:
        """Put a take's motion onto an armature."""
        choices = choices_of(self)
        if self.is_modal:
            began = time.monotonic()
            uids = [obj.session_uid if obj is not None else 0 for obj in (armature, read.shown_by)]
            origin = take.origin_of(read.motion)
            ahead = begin_ahead(armature, read, mapping, choices, origin, any_figure=self.any_figure)
            if ahead is not None:
                try:
                    while not ahead.poll():
                        yield 0.0, Text("Retargeting since {since}", since=clock(time.monotonic() - began))
                finally:
                    ahead.close()
            yield RETARGETING
            # the window went on meanwhile: an undo replaces all objects by others
            armature, shown_by = map(object_with, uids)
            read = replace(read, shown_by=shown_by)
        return put_take_on(context, take, [read], armature, None, [mapping], choices, any_figure=self.any_figure)


class Retargets(PutsMotion, NeedsCharacter):
    """Operator that retargets a motion in Blender to the character, and shows options and outcome in its redo panel."""

    nobody = Fault("No character is selected.", "Select the armature that should receive the motion.")

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
        target = self.required_character(context)
        self.show_outcome((yield from self.retargeted(context, target)))
        return {"FINISHED"}

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Put the motion onto the character and return the outcome.

        Raises:
            Fault: it can't be. Nothing has changed then.
        """
        raise NotImplementedError
