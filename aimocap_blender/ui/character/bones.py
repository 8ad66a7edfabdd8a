"""Operators that detect a character's bone map and choose its bones."""

from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.bones.humanoid import SLOTS, BoneMap, mirrored
from ...motion.bones.slot_words import in_words
from ...scene.armatures import skeleton_of
from ...scene.bone_maps import (
    bone_map_of,
    detected_bone_map,
    doubts_in_words,
    keep_bone_map,
    unusable_bone_maps,
    with_switches,
)
from ...scene.chosen_character import character_of
from ...scene.counterparts import counterparts
from ...scene.keys.keyframes import require_editable
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import lasting
from ..text.option_properties import SearchItems
from ..text.reporting import Returned, inform, refusing
from ..text.translation import AS_IT_IS, translated
from .onto import OntoCharacter, character_named
from .recognition import recognised

_NO_BONE = "NONE"


class OnCharacter(OntoCharacter):
    """Operator on the character, in one undo step."""

    bl_options = {"REGISTER", "UNDO"}
    changes_it = True
    """Whether the operator changes the armature."""

    @refusing
    def execute(self, context: bpy.types.Context) -> Returned:
        """Act or report why not; a fault leaves everything unchanged."""
        armature = self.required_character(context)
        if self.changes_it:
            require_editable(armature)
        told = self.act(armature)
        inform(cast("bpy.types.Operator", self), Text.joined(told), "WARNING" if len(told) > 1 else "INFO")
        return {"FINISHED"}

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Act on the armature; return a sentence on the result, and warnings."""
        raise NotImplementedError


class DetectBones(OnCharacter, bpy.types.Operator):
    """Detect the humanoid bones of the character again, and save the bone map on it"""

    bl_idname = "aimocap.detect_bones"
    bl_label = "Detect Bones"

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Detect the bones."""
        found = detected_bone_map(armature)
        keep_bone_map(armature, found)
        return (
            Text("Recognized {bones} bones of {armature}.", bones=len(found.matches), armature=armature.name),
            *unusable_bone_maps(),
        )


_search_items = lasting(SearchItems)


def _bones_to_search(operator: "ChooseBone", context: bpy.types.Context | None) -> tuple[tuple[str, str, str], ...]:
    """Return “None” and the bones of the character, identified by index, since names may be anything."""
    armature = character_named(operator.onto, context) if context is not None else None
    bones = cast("bpy.types.Armature", armature.data).bones.keys() if armature is not None else ()
    _search_items.last = (
        (_NO_BONE, translated("None"), translated("Leave this slot empty")),
        *((str(number), bone, "") for number, bone in enumerate(bones)),
    )
    return _search_items.last


class ChooseBone(OnCharacter, bpy.types.Operator):
    """Choose the bone for a body part of the character"""

    bl_idname = "aimocap.choose_bone"
    bl_label = "Choose Bone"
    bl_options = {"REGISTER", "UNDO", "INTERNAL"}
    bl_property = "searched"

    if TYPE_CHECKING:
        slot: str
        bone: str
        mirror: bool
        searched: str
    else:
        slot: bpy.props.EnumProperty(
            name="Slot",
            description="Body part that the bone stands for",
            items=tuple((slot, in_words(slot).title(), "") for slot in SLOTS),
            options={"SKIP_SAVE"},
        )
        bone: bpy.props.StringProperty(
            name="Bone", description="Name of the bone; leave empty to clear the slot", options={"SKIP_SAVE"}
        )
        mirror: bpy.props.BoolProperty(
            name="Mirror",
            description="Also choose the matching bone for the other side",
            default=True,
            options={"SKIP_SAVE"},
        )
        searched: bpy.props.EnumProperty(
            items=_bones_to_search, translation_context=AS_IT_IS, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:  # noqa: ANN401 -- properties of the button
        """Return the tooltip: the bone in the slot and how it was recognized."""
        armature = character_of(context)
        found = recognised(armature) if armature is not None else None
        match = found.bone_map.matches.get(properties.slot) if found is not None else None
        if found is None or match is None:
            return translated(
                Text("“{slot}” has no bone. Click to choose one", slot=in_words(properties.slot)), "tooltips"
            )
        doubt = found.doubts.get(properties.slot, Text(""))
        sure = Text("{share:.0%} sure", share=match.confidence) if match.confidence < 1.0 else ""
        why = Text.joined((match.why, sure, doubt), "; ") or Text("chosen")
        what = Text(
            "{slot}: {bone} ({why}). Click to choose another bone",
            slot=Text.of(in_words(properties.slot).capitalize()),
            bone=match.bone,
            why=why,
        )
        return translated(what, "tooltips")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Open a search for the armature's bones."""
        self.take_character(context)
        if character_named(self.onto, context) is None:
            return self.execute(context)
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        layout.use_property_split = True
        layout.prop(self, "slot")
        armature = character_named(self.onto, context)
        if armature is not None:
            layout.prop_search(self, "bone", armature.data, "bones")
        layout.prop(self, "mirror")

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Choose the bone."""
        data = cast("bpy.types.Armature", armature.data)
        searched = cast("Any", self).properties.is_property_set("searched")
        # a script names the bone; the search tells its index, as names may be anything
        if searched and not cast("Any", self).properties.is_property_set("bone"):
            self.bone = "" if self.searched == _NO_BONE else data.bones.keys()[int(self.searched)]
        if self.bone and self.bone not in data.bones:
            raise Fault(
                Text("“{armature}” has no bone “{bone}”.", armature=armature.name, bone=self.bone),
                "Choose one of its bones.",
            )
        found = _with_bone(bone_map_of(armature), self.slot, self.bone)
        other_slot, other = mirrored(self.slot), counterpart(self.bone, data)
        # a bone without a counterpart leaves the other side as it is
        if self.mirror and other_slot != self.slot and (other or not self.bone):
            found = _with_bone(found, other_slot, other)
        # what switches the chosen bones between FK and IK is found once, and kept with them
        keep_bone_map(armature, with_switches(armature, found))
        slot = Text.of(in_words(self.slot).capitalize())
        return Text("{slot}: {bone}.", slot=slot, bone=self.bone or Text("none")), *doubts_in_words(
            skeleton_of(armature), found
        )


def counterpart(bone: str, data: bpy.types.Armature) -> str:
    """Return the matching bone on the other side; '' if there is none."""
    return counterparts(data.bones.keys()).get(bone, "")


def _with_bone(bone_map: BoneMap, slot: str, bone: str) -> BoneMap:
    """Return the map with a bone chosen for a slot and removed from any other slot."""
    for taken in [name for name, match in bone_map.matches.items() if bone and match.bone == bone and name != slot]:
        bone_map = bone_map.with_bone(taken, None)
    return bone_map.with_bone(slot, bone or None)


CLASSES = (DetectBones, ChooseBone)
