"""A character's bone map in the user's hands: detect it, choose a bone of it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.bones.bone_names import read_names
from ...motion.bones.humanoid import SIDES, SLOTS, BoneMap, mirrored
from ...motion.bones.slot_words import in_words
from ...motion.faults import MotionFault
from ...scene.armatures import selected_armature
from ...scene.bone_maps import bone_map_of, detected_bone_map, keep_bone_map, unusable_bone_maps
from ...scene.faults import SceneFault
from ...scene.keys.keyframes import require_editable
from ..text.reporting import inform, refuse
from ..text.translation import AS_IT_IS, translated
from .recognition import recognised

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

_NO_BONE = "NONE"

_NOBODY = SceneFault("No armature is selected.", "Select the character.")


class OnCharacter:
    """What acts on the selected armature, in one undo step."""

    bl_options = {"REGISTER", "UNDO"}
    changes_it = True
    """Whether it keeps anything on the armature."""

    def execute(self, context: bpy.types.Context) -> "set[OperatorReturnItems]":
        """Act, or say why not; a fault leaves all as it was."""
        operator = cast("bpy.types.Operator", self)
        try:
            armature = selected_armature(context)
            if armature is None:
                raise _NOBODY
            if self.changes_it:
                require_editable(armature)
            inform(operator, self.act(armature))
        except (SceneFault, MotionFault) as fault:
            return refuse(operator, fault)
        return {"FINISHED"}

    def act(self, armature: bpy.types.Object) -> str:
        """Do it; one sentence on what was done."""
        raise NotImplementedError


class DetectBones(OnCharacter, bpy.types.Operator):
    """Find the selected armature's humanoid bones anew, and keep the map on it."""

    bl_idname = "aimocap.detect_bones"
    bl_label = "Detect Bones"

    def act(self, armature: bpy.types.Object) -> str:
        """Detect."""
        found = detected_bone_map(armature)
        keep_bone_map(armature, found)
        return " ".join((f"{len(found.matches)} bones of {armature.name} are recognised.", *unusable_bone_maps()))


class _Items:
    """The entries of a search popup, kept here: Blender itself keeps no text of a list that is made anew each time."""

    last: tuple[tuple[str, str, str], ...] = ()


def _bones_to_search(_operator: object, context: bpy.types.Context | None) -> tuple[tuple[str, str, str], ...]:
    """“None”, then the bones of the selected armature, named by their place in it: any name is a bone's."""
    armature = selected_armature(context) if context is not None else None
    bones = cast("bpy.types.Armature", armature.data).bones.keys() if armature is not None else ()
    _Items.last = (
        (_NO_BONE, translated("None"), translated("Nothing fills this slot")),
        *((str(number), bone, "") for number, bone in enumerate(bones)),
    )
    return _Items.last


class ChooseBone(OnCharacter, bpy.types.Operator):
    """Choose the bone that fills a humanoid slot of the selected armature."""

    bl_idname = "aimocap.choose_bone"
    bl_label = "Choose Bone"
    bl_property = "searched"

    if TYPE_CHECKING:
        slot: str
        bone: str
        mirror: bool
        searched: str
    else:
        slot: bpy.props.EnumProperty(
            name="Slot",
            description="What the bone is in a human body",
            items=tuple((slot, in_words(slot).title(), "") for slot in SLOTS),
            options={"SKIP_SAVE"},
        )
        bone: bpy.props.StringProperty(
            name="Bone", description="The bone's name; empty: nothing fills the slot", options={"SKIP_SAVE"}
        )
        mirror: bpy.props.BoolProperty(
            name="Mirror",
            description="Choose the bone of the same name on the other side for the other side's slot too",
            default=True,
            options={"SKIP_SAVE"},
        )
        searched: bpy.props.EnumProperty(
            items=_bones_to_search, translation_context=AS_IT_IS, options={"HIDDEN", "SKIP_SAVE"}
        )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:  # noqa: ANN401 -- Blender's own of the button
        """What fills the slot now, and what told it apart."""
        armature = selected_armature(context)
        match = recognised(armature).bone_map.matches.get(properties.slot) if armature is not None else None
        if match is None:
            return translated(f"Nothing fills “{in_words(properties.slot)}”. Click to choose a bone", "tooltips")
        sure = f"{match.confidence:.0%} sure" if match.confidence < 1.0 else ""
        why = "; ".join(filter(None, (match.why, sure))) or "chosen"
        what = f"{in_words(properties.slot).capitalize()}: {match.bone} ({why}). Click to choose another bone"
        return translated(what, "tooltips")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> "set[OperatorReturnItems]":
        """Search the armature's bones."""
        if selected_armature(context) is None:
            return self.execute(context)
        context.window_manager.invoke_search_popup(self)
        return {"RUNNING_MODAL"}

    def draw(self, context: bpy.types.Context) -> None:
        """The redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        layout.use_property_split = True
        layout.prop(self, "slot")
        armature = selected_armature(context)
        if armature is not None:
            layout.prop_search(self, "bone", armature.data, "bones")
        layout.prop(self, "mirror")

    def act(self, armature: bpy.types.Object) -> str:
        """Choose it."""
        data = cast("bpy.types.Armature", armature.data)
        searched = cast("Any", self).properties.is_property_set("searched")
        if searched and not cast("Any", self).properties.is_property_set("bone"):
            self.bone = "" if self.searched == _NO_BONE else data.bones.keys()[int(self.searched)]
        if self.bone and self.bone not in data.bones:
            raise SceneFault(f"“{armature.name}” has no bone “{self.bone}”.", "Choose one of its bones.")
        found = _with_bone(bone_map_of(armature), self.slot, self.bone)
        other_slot, other = mirrored(self.slot), counterpart(self.bone, data)
        if self.mirror and other_slot != self.slot and (other or not self.bone):
            found = _with_bone(found, other_slot, other)
        keep_bone_map(armature, found)
        return f"{in_words(self.slot).capitalize()}: {self.bone or 'none'}."


def counterpart(bone: str, data: bpy.types.Armature) -> str:
    """The bone of the same name on the other side: as Blender flips it, else as its words are understood; else ''."""
    names = data.bones.keys()
    if bone not in names:
        return ""
    flipped = bpy.utils.flip_name(bone)
    if flipped != bone and flipped in names:
        return flipped
    read = dict(zip(names, read_names(names), strict=True))
    side = read[bone].side
    if side is None:
        return ""
    wanted = replace(read[bone], side=SIDES[1 - SIDES.index(side)])
    alike = [name for name, meant in read.items() if meant == wanted]
    return alike[0] if len(alike) == 1 else ""


def _with_bone(bone_map: BoneMap, slot: str, bone: str) -> BoneMap:
    """The map with a slot's bone chosen; a bone that filled another slot fills that one no longer."""
    for taken in [name for name, match in bone_map.matches.items() if bone and match.bone == bone and name != slot]:
        bone_map = bone_map.with_bone(taken, None)
    return bone_map.with_bone(slot, bone or None)


CLASSES = (DetectBones, ChooseBone)
