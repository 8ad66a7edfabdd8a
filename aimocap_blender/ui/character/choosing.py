"""Selection of the character in the sidebar."""

from typing import TYPE_CHECKING, cast

import bpy

from ...texts.faults import Fault
from ...texts.text import Text
from ..text.reporting import refuse

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems


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

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Make the armature active and the only selected object."""
        layer = cast("bpy.types.ViewLayer", context.view_layer)
        armature = layer.objects.get(self.armature)
        if armature is None or armature.type != "ARMATURE":
            return refuse(
                self,
                Fault(
                    Text("There is no armature “{armature}” in this view layer.", armature=self.armature),
                    "Choose one from the menu.",
                ),
            )
        if not armature.visible_get():
            return refuse(
                self, Fault(Text("“{armature}” is hidden.", armature=armature.name), "Show it, then choose it again.")
            )
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for other in list(layer.objects.selected):
            other.select_set(state=False)
        armature.select_set(state=True)
        layer.objects.active = armature
        return {"FINISHED"}


class CharacterMenu(bpy.types.Menu):
    """Choose an armature of this scene"""

    bl_idname = "AIMOCAP_MT_character"
    bl_label = "Select Character"

    def draw(self, context: bpy.types.Context | None) -> None:
        """Draw an entry for each armature."""
        layout = cast("bpy.types.UILayout", self.layout)
        for armature in armatures_in(cast("bpy.types.Context", context)):
            called = layout.operator("aimocap.select_character", text=armature.name, translate=False)
            setattr(called, "armature", armature.name)  # noqa: B010 -- unknown to the stubs


def armatures_in(context: bpy.types.Context) -> list[bpy.types.Object]:
    """Return the armatures that can be selected."""
    objects = context.view_layer.objects if context.view_layer else ()
    return [found for found in objects if found.type == "ARMATURE" and found.visible_get()]


CLASSES = (SelectCharacter, CharacterMenu)
