"""The picker of the character in the sidebar: it follows the selection until a character is kept."""

from typing import TYPE_CHECKING, ClassVar, cast

import bpy
from bpy.app.handlers import persistent

from ...scene.armatures import selected_armature
from ...scene.scene_values import character_of, kept_character
from ...scene.windows import AppHandlers
from ...texts.faults import Fault
from ...texts.text import Text
from ..settings import settings_of
from ..text.reporting import Returned, SaysWhyNot, refuse, refusing
from ..text.translation import translated

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_ARMATURE = Fault("No armature is selected.", "Select the character.")


class SelectCharacter(bpy.types.Operator):
    """Select this armature as the character for the motion"""

    bl_idname = "aimocap.select_character"
    bl_label = "Select Character"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}

    if TYPE_CHECKING:
        armature: str
    else:
        armature: bpy.props.StringProperty(
            name="Armature", description="Name of the armature object", options={"SKIP_SAVE"}
        )

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Make the armature active and the only selected object."""
        layer = context.view_layer
        armature = layer.objects.get(self.armature)
        if armature is None or armature.type != "ARMATURE":
            raise Fault(
                Text("There is no armature “{armature}” in this view layer.", armature=self.armature),
                "Choose another armature.",
            )
        # Blender selects nothing that is hidden, and says nothing about it
        if not armature.visible_get():
            raise Fault(Text("“{armature}” is hidden.", armature=armature.name), "Show it, then choose it again.")
        # a mode is the active object's, which would stay in it
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for other in list(layer.objects.selected):
            other.select_set(state=False)
        armature.select_set(state=True)
        layer.objects.active = armature
        return {"FINISHED"}


class KeepCharacter(SaysWhyNot, bpy.types.Operator):
    """Keep this character when something else is selected; press again to follow the selection"""

    bl_idname = "aimocap.keep_character"
    bl_label = "Keep Character"
    bl_options = {"UNDO", "INTERNAL"}

    @classmethod
    def why_not(cls, context: bpy.types.Context) -> Fault | None:
        """Return why it can't be pressed."""
        return _NO_ARMATURE if character_of(context) is None else None

    def execute(self, context: bpy.types.Context) -> Returned:
        """Keep the selected armature, or follow the selection again."""
        scene = context.scene
        settings = settings_of(scene)
        if kept_character(scene) is not None:
            settings.character = None
            return {"FINISHED"}
        armature = selected_armature(context)
        if armature is None:
            return refuse(self, _NO_ARMATURE)
        settings.character = armature
        return {"FINISHED"}


def draw_character_picker(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw the picker: the name of a kept character, or in grey that of the selected one."""
    scene = context.scene
    kept, selected = kept_character(scene), selected_armature(context)
    row = layout.row(align=True)
    shown = selected.name if selected is not None else translated("Character")
    row.prop(settings_of(scene), "character", text="", icon="ARMATURE_DATA", placeholder=shown)
    pin = row.row(align=True)
    pin.enabled = kept is not None or selected is not None
    pin.operator("aimocap.keep_character", text="", icon="PINNED" if kept is not None else "UNPINNED")


def armatures_in(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures that can be selected."""
    # until the layer is updated, it lists None for an object that a script removed
    objects: Iterable[bpy.types.Object | None] = context.view_layer.objects if context.view_layer else ()
    return [found for found in objects if found is not None and found.type == "ARMATURE" and found.visible_get()]


@persistent
def _let_removed_ones_go(*_: object) -> None:
    """Empty pickers whose character was deleted, which would keep it in the file."""
    for scene in bpy.data.scenes:
        if scene.library is None and kept_character(scene) is None and settings_of(scene).character is not None:
            settings_of(scene).character = None


def character_named(onto: str, context: bpy.types.Context) -> bpy.types.Object | None:
    """Return the named armature, else the selected one."""
    return _named(onto, context) or selected_armature(context)


def _named(onto: str, context: bpy.types.Context) -> bpy.types.Object | None:
    kept = kept_character(context.scene)
    if kept is not None and kept.name == onto:
        # a linked one may have the name of another object
        return kept
    return bpy.data.objects.get(onto)


class OntoCharacter:
    """Operator on a character. Buttons pass on the character that the scene keeps; scripts may name one."""

    nobody: ClassVar[Fault] = _NO_ARMATURE
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
        kept = kept_character(context.scene)
        # named in the operator, so that its redo panel acts on the same one
        if kept is not None and not self.onto:
            self.onto = kept.name

    def named_character(self, context: bpy.types.Context) -> bpy.types.Object | None:
        """Return the named armature, else None.

        Raises:
            Fault: there is no object of that name.
        """
        found = _named(self.onto, context)
        # the selected one is no substitute for one that was named
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


CLASSES = (SelectCharacter, KeepCharacter)
_HANDLERS = AppHandlers((_let_removed_ones_go, ("save_pre",)))
register, unregister = _HANDLERS.add, _HANDLERS.remove
