"""The character of an operator: the one that it names, else the selected armature."""

from typing import TYPE_CHECKING, ClassVar, cast

import bpy

from ...scene.armatures import selected_armature
from ...scene.chosen_character import character_of, kept_character
from ...texts.faults import Fault
from ...texts.text import Text
from ..text.reporting import Returned, SaysWhyNot

NO_ARMATURE = Fault("No armature is selected.", "Select the character.")


def character_named(onto: str, context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the named armature, else the selected one."""
    return _named(onto, context) or selected_armature(context)


def _named(onto: str, context: bpy.types.Context) -> bpy.types.Object | None:
    kept = kept_character(cast("bpy.types.Scene", context.scene))
    if kept is not None and kept.name == onto:
        # a linked one may have the name of another object
        return kept
    return bpy.data.objects.get(onto)


class OntoCharacter:
    """Operator on a character. Buttons pass on the character that the scene keeps; scripts may name one."""

    nobody: ClassVar[Fault] = NO_ARMATURE
    """Raised if there is no character."""

    if TYPE_CHECKING:
        onto: str
    else:
        onto: bpy.props.StringProperty(
            name="Target",
            description="Name of the armature; leave empty to use the selected one",
            options={"HIDDEN", "SKIP_SAVE"},
        )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Run on the character that the scene keeps."""
        self.take_character(context)
        return cast("bpy.types.Operator", self).execute(context)

    def take_character(self, context: bpy.types.Context) -> None:
        """Name the character that the scene keeps, unless another one is named: for `invoke`."""
        kept = kept_character(cast("bpy.types.Scene", context.scene))
        if kept is not None and not self.onto:
            self.onto = kept.name

    def named_character(self, context: bpy.types.Context) -> bpy.types.Object | None:
        """Return the named armature, else None.

        Raises:
            Fault: there is no object of that name.
        """
        found = _named(self.onto, context)
        if found is None and self.onto:
            raise Fault(
                Text("There is no “{onto}” in this file.", onto=self.onto), "Choose another character, then try again."
            )
        return found

    def character(self, context: bpy.types.Context) -> bpy.types.Object | None:
        """Return the named armature, else the selected one.

        Raises:
            Fault: there is no object of that name.
        """
        return self.named_character(context) or selected_armature(context)

    def required_character(self, context: bpy.types.Context) -> bpy.types.Object:
        """Return the character.

        Raises:
            Fault: there is none, or as in `character`.
        """
        character = self.character(context)
        if character is None:
            raise self.nobody
        return character


class NeedsCharacter(SaysWhyNot, OntoCharacter):
    """Operator on a character whose button is grey without one."""

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return cls.nobody if character_of(context) is None else None
