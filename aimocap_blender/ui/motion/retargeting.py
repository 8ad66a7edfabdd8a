"""Retargeting from one armature in the scene to another."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...scene.retargeting import require_character
from ...takes.messages import Note
from ...takes.take import take_of_armature
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ..character.onto import character_named
from ..text.modal_work import Steps
from ..text.option_properties import SearchItems
from ..text.reporting import Returned
from ..text.translation import AS_IT_IS
from .retargets import Retargets

_search_items = lasting(SearchItems)


def _sources(operator: "RetargetFrom", context: bpy.types.Context | None) -> tuple[tuple[str, str, str], ...]:
    found: list[bpy.types.Object] = []
    if context is not None:
        target = character_named(operator.onto, context)
        found = other_armatures(context.scene.objects, target)
    _search_items.last = tuple((source.name, source.name, "") for source in found)
    return _search_items.last


def other_armatures(among: Iterable[bpy.types.Object], target: bpy.types.Object | None) -> list[bpy.types.Object]:
    """Return the armatures among the objects, except the character."""
    return [found for found in among if found.type == "ARMATURE" and found != target]


def selected_source(context: bpy.types.Context, target: bpy.types.Object | None) -> bpy.types.Object | None:
    """Return the selected armature that is not the character, if there is exactly one."""
    others = other_armatures(context.selected_objects, target)
    return others[0] if len(others) == 1 else None


class FromArmature:
    """Operator on the motion of another armature in the scene."""

    if TYPE_CHECKING:
        source: str
    else:
        source: bpy.props.StringProperty(
            name="Source",
            description="Name of the armature with the motion; leave empty to use the other selected armature",
            options={"SKIP_SAVE"},
        )

    def draw_source(self, layout: bpy.types.UILayout) -> None:
        """Draw the choice of the armature."""
        layout.prop_search(cast("Any", self), "source", bpy.data, "objects", icon="ARMATURE_DATA")


def object_in_scene(context: bpy.types.Context, name: str) -> bpy.types.Object:
    """Return an object of the scene.

    Raises:
        Fault: there is none of that name.
    """
    found = context.scene.objects.get(name)
    if found is None:
        raise Fault(Text("There is no “{name}” in this scene.", name=name), "Choose an armature in this scene.")
    return found


class RetargetFrom(FromArmature, Retargets, bpy.types.Operator):
    """Retarget the motion of another armature in the scene to the character, on the same frames"""

    bl_idname = "aimocap.retarget_from"
    bl_label = "Retarget from Armature"
    bl_options = {"REGISTER", "UNDO", "PRESET"}
    bl_property = "searched"

    if TYPE_CHECKING:
        searched: str
    else:
        searched: bpy.props.EnumProperty(items=_sources, translation_context=AS_IT_IS, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Retarget from the other selected armature, or ask for one."""
        self.take_defaults(context)
        if (
            self.begins_again
            or self.source
            or self._selected_source(context) is not None
            or not _sources(self, context)
        ):
            return super().invoke(context, event)
        context.window_manager.invoke_search_popup(self)
        return self.asking()

    def retargeted(self, context: bpy.types.Context, target: bpy.types.Object) -> Steps[Note]:
        """Retarget the armature's motion; see `Retargets`."""
        source = self._source(context, target)
        if source == target:
            raise Fault(
                Text("“{target}” can't be its own source.", target=target.name),
                "Select the character last, and choose another armature as source.",
            )
        require_character(target)
        take, motion, mapping = take_of_armature(source, context.scene)
        self.source = source.name
        return (yield from self.put_on(context, target, take, motion, mapping))

    def _selected_source(self, context: bpy.types.Context) -> bpy.types.Object | None:
        return selected_source(context, character_named(self.onto, context))

    def _source(self, context: bpy.types.Context, target: bpy.types.Object) -> bpy.types.Object:
        name = self.source
        # Blender executes what a search popup answered in another instance, which has the properties alone
        if not name and cast("Any", self).properties.is_property_set("searched"):
            name = self.searched
        source = object_in_scene(context, name) if name else selected_source(context, target)
        if source is None:
            raise Fault(
                "No source armature is selected.",
                "Select only the animated armature, then Shift-click the character.",
            )
        return source


CLASSES = (RetargetFrom,)
