"""Retargeting from one armature in the scene to another."""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...jobs.durations import clock
from ...motion.time_mapping import TimeMapping
from ...scene.armatures import object_with
from ...scene.retargeting import require_character
from ...takes.applying import begin_ahead, put_take_on
from ...takes.binding import choices_of
from ...takes.messages import Note
from ...takes.reading import ReadMotion
from ...takes.take import Take, take_of_armature
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ..character.choosing import NeedsCharacter, OntoCharacter, character_named
from ..settings import MotionChoices, settings_of
from ..text.modal_work import RETARGETING, ModalWork, Steps, Work
from ..text.option_properties import SearchItems
from ..text.reporting import Returned
from ..text.translation import AS_IT_IS
from .outcome_words import ShowsOutcome

_search_items = lasting(SearchItems)


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
