"""Operators on the motion that a character has."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

import bpy

from ...options import options_of
from ...scene.chosen_character import character_of
from ...scene.g1.rig import is_g1_rig
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..character.onto import OntoCharacter
from ..text.option_properties import draw_options
from ..text.reporting import inform, refuse
from ..text.tooltips import SaysWhyNot

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

NO_CHARACTER = Fault("No character is selected.", "Select the armature whose motion is to be changed.")


class OnOwnMotion(SaysWhyNot, OntoCharacter):
    """Operator that changes the character's own motion, tells what it did, and has a redo panel."""

    family: ClassVar[type]
    """The options in its redo panel."""
    actions: ClassVar[tuple[str, ...]] = ()
    """Those of them that are names of Actions, above the others."""
    for_robots: ClassVar[Sentence] = ""
    """Next step where a robot's motion is refused; '' where it is taken."""
    warns = False
    """Whether what it tells is a warning."""

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return NO_CHARACTER if character_of(context) is None else None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Change the motion of the character that the scene keeps."""
        del event
        self.take_character(context)
        return self.execute(context)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        del context
        column = cast("bpy.types.UILayout", cast("bpy.types.Operator", self).layout).column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in self.actions:
            column.prop_search(self, name, bpy.data, "actions")
        others = tuple(name for name in options_of(self.family) if name not in self.actions)
        draw_options(column, self, self.family, only=others)

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Change the motion or report why not; a fault leaves the scene unchanged."""
        try:
            told = self.changed(context, self._checked_character(context))
        except Fault as fault:
            return refuse(cast("bpy.types.Operator", self), fault)
        inform(cast("bpy.types.Operator", self), told, "WARNING" if self.warns else "INFO")
        return {"FINISHED"}

    def _checked_character(self, context: bpy.types.Context) -> bpy.types.Object:
        character = self.character(context)
        if character is None:
            raise NO_CHARACTER
        if self.for_robots and is_g1_rig(character):
            raise Fault(
                Text("“{name}” is a robot, whose motion has to stay within its limits.", name=character.name),
                self.for_robots,
            )
        return character

    def fill_in(self, **found: object) -> None:
        """Set properties that neither the redo panel nor a script has set."""
        is_set = cast("Any", self).properties.is_property_set
        for name, value in found.items():
            if not is_set(name):
                setattr(self, name, value)

    def changed(self, context: bpy.types.Context, character: bpy.types.Object) -> Sentence:
        """Change the character's motion and return what to tell.

        Raises:
            Fault: it can't be. Nothing has changed then.
        """
        raise NotImplementedError
