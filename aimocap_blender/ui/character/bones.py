"""The character's bone map: recognised for panels, shown for each body part with confidence, and changed by operators.

They detect it, choose its bones, and save and load it as a profile.
"""

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import bpy

from ...motion.bones.humanoid import (
    ARM_SLOTS,
    CORE_SLOTS,
    FINGER_SLOTS,
    LEG_SLOTS,
    SLOTS,
    TORSO_SLOTS,
    BoneMap,
    in_words,
    listed,
    mirrored,
    part_of,
    slots_of,
)
from ...motion.bones.map_check import doubts, doubts_in_words
from ...scene.armatures import object_with, skeleton_of
from ...scene.bone_maps import (
    bone_map_folder,
    bone_map_of,
    detected_bone_map,
    keep_bone_map,
    kept_text,
    load_bone_map,
    save_bone_map,
    unusable_bone_maps,
    with_switches,
)
from ...scene.cleanup.edits import counterparts
from ...scene.g1.rig import is_g1_rig, model_of
from ...scene.keys.keyframes import require_editable
from ...scene.scene_values import character_of
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import discarded, lasting
from ...whole_files import file_name_of
from ..chosen_files import RELATIVE, chosen_file
from ..settings import settings_of
from ..text.option_properties import SearchItems, set_options
from ..text.reporting import Flags, Returned, inform, refusing
from ..text.translation import AS_IT_IS, translated
from ..text.wrapped_text import is_narrow, say
from .choosing import OntoCharacter, character_named

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems


_NO_BONE = "NONE"

_SURE = 0.7
_POPUP_WIDTH = 360
_NAMES_SHARE = 0.42
"""Share of a row's width for the name of the slot."""

_GROUPS = (
    ("Body", TORSO_SLOTS),
    ("Left Arm", slots_of("left", ARM_SLOTS)),
    ("Right Arm", slots_of("right", ARM_SLOTS)),
    ("Left Leg", slots_of("left", LEG_SLOTS)),
    ("Right Leg", slots_of("right", LEG_SLOTS)),
    ("Left Fingers", slots_of("left", FINGER_SLOTS)),
    ("Right Fingers", slots_of("right", FINGER_SLOTS)),
)


@dataclass(frozen=True, eq=False)
class Recognised:
    """Bone map of a character, slots with why their bone can't be right, or the fault that prevents it."""

    bone_map: BoneMap
    doubts: Mapping[str, Text] = field(default_factory=dict[str, Text])
    fault: Sentence = ""

    @property
    def bones(self) -> int:
        """Number of filled slots."""
        return len(self.bone_map.matches)

    @property
    def slots(self) -> int:
        """Number of slots."""
        return len(SLOTS)


def recognised(armature: bpy.types.Object) -> Recognised:
    """Return the recognition of a character; detected once for each set of bone names and after edits."""
    data = cast("bpy.types.Armature", armature.data)
    # the names stay where a map is chosen by hand or Edit Mode ends, but the answer changes
    kept = f"{kept_text(armature)} {data.is_editmode}"
    try:
        return Recognised(*_found(armature.session_uid, hash(tuple(data.bones.keys())), kept))
    except Fault as fault:
        return Recognised(BoneMap(), fault=fault.text)


def discard_recognition() -> None:
    """Discard all results because the saved bone maps have changed."""
    _found.cache_clear()


@lru_cache(maxsize=16)
def _found(session_uid: int, _names: int, _kept: str) -> tuple[BoneMap, Mapping[str, Text]]:
    """Return the bone map and its doubts. Faults are raised, so not cached: the key doesn't show when they end."""
    armature = cast("bpy.types.Object", object_with(session_uid))
    bone_map = bone_map_of(armature)
    return bone_map, doubts(skeleton_of(armature), bone_map)


discarded(_found.cache_clear)


class OnCharacter(OntoCharacter):
    """Operator on the character, in one undo step."""

    bl_options: Flags = {"REGISTER", "UNDO"}
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
            Text("Recognized bones of {armature}: {bones}.", bones=len(found.matches), armature=armature.name),
            *unusable_bone_maps(),
        )


_search_items = lasting(SearchItems)


def _bones_to_search(operator: "ChooseBone", context: bpy.types.Context | None) -> tuple[tuple[str, str, str], ...]:
    """Return “None” and the bones of the character, identified by index, since names may be anything."""
    # Blender may ask without a context
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
        # which says that there is none, where an empty popup would say nothing
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
    # a bone can't be two body parts, and the one that was chosen last is meant
    for taken in [name for name, match in bone_map.matches.items() if bone and match.bone == bone and name != slot]:
        bone_map = bone_map.with_bone(taken, None)
    return bone_map.with_bone(slot, bone or None)


class _BoneMapFile(OnCharacter):
    """Operator on a bone map file."""

    if TYPE_CHECKING:
        filepath: str
        filter_glob: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
        filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file, starting in the folder whose maps are tried on every character."""
        self.take_character(context)
        armature = character_named(self.onto, context)
        if armature is None:
            return self.execute(context)
        if not self.filepath:
            # without the folder, the file selector opens elsewhere
            with contextlib.suppress(OSError):
                bone_map_folder().mkdir(parents=True, exist_ok=True)
            self.filepath = str(bone_map_folder() / f"{file_name_of(armature.name)}.json")
        context.window_manager.fileselect_add(cast("bpy.types.Operator", self))
        return {"RUNNING_MODAL"}


class SaveBoneMap(_BoneMapFile, bpy.types.Operator):
    """Save the character's bone map as a profile: in the suggested folder, it is tried on every character"""

    bl_idname = "aimocap.save_bone_map"
    bl_label = "Save as Profile"
    bl_options = {"REGISTER"}
    changes_it = False

    if TYPE_CHECKING:
        check_existing: bool
    else:
        check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Save the bone map."""
        path = chosen_file(self.filepath, ".json")
        save_bone_map(armature, path)
        # it is tried on every character from now on
        discard_recognition()
        return (Text("Saved the bone map of {armature} to {path}.", armature=armature.name, path=path),)


class LoadBoneMap(_BoneMapFile, bpy.types.Operator):
    """Load a profile from a file as the character's bone map"""

    bl_idname = "aimocap.load_bone_map"
    bl_label = "Load Profile"

    def act(self, armature: bpy.types.Object) -> tuple[Text, ...]:
        """Load the bone map."""
        left_out = load_bone_map(armature, chosen_file(self.filepath))
        loaded = Text(
            "Recognized bones of {armature}: {bones}.", bones=recognised(armature).bones, armature=armature.name
        )
        doubts = doubts_in_words(skeleton_of(armature), bone_map_of(armature))
        if not left_out:
            return loaded, *doubts
        bones = ", ".join(left_out[:4])
        some, more = Text("Missing bones: {bones}.", bones=bones), Text("Missing bones: {bones} ….", bones=bones)
        return loaded, more if left_out[4:] else some, *doubts


class BonesPanel:
    """Bone map of the character; a click on a bone chooses another one."""

    bl_label = "Bones"
    bl_options = {"DEFAULT_CLOSED"}

    layout: bpy.types.UILayout

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Draw how many bones were recognized, with a tick if these are enough."""
        armature = character_of(context)
        if armature is not None and not is_g1_rig(armature):
            found = recognised(armature)
            is_fine = not found.fault and not found.doubts
            # a narrow header has room for the tick alone
            count = "" if is_narrow() else f"{found.bones}/{found.slots}"
            self.layout.label(text=count, icon="CHECKMARK" if is_fine else "ERROR", translate=False)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw a summary, then each slot."""
        _draw_bones(self.layout, context)


class ReviewBones(bpy.types.Operator):
    """Show the bone map of the character; a click on a bone chooses another one"""

    bl_idname = "aimocap.review_bones"
    bl_label = "Review Bones"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Open a popup."""
        return context.window_manager.invoke_popup(self, width=_POPUP_WIDTH)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the popup."""
        _draw_bones(cast("bpy.types.UILayout", self.layout), context)

    def execute(self, context: bpy.types.Context) -> Returned:
        """Change nothing."""
        return {"FINISHED"}


def _draw_bones(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Draw a summary, then each slot."""
    armature = character_of(context)
    if armature is None:
        say(layout, "Select a character to see its bones.", "ARMATURE_DATA")
        return
    if is_g1_rig(armature):
        robot = model_of(armature).robot.name
        say(
            layout,
            Text("A {robot} has joints instead of bones. See the {robot} panel.", robot=robot),
            "CONSTRAINT_BONE",
        )
        return
    found = recognised(armature)
    if found.fault:
        say(layout, found.fault, "ERROR")
        return
    _draw_summary(layout, found.bone_map)
    mirror = settings_of(context.scene).mirror_bones
    row = layout.row(align=True)
    row.prop(settings_of(context.scene), "mirror_bones", toggle=True, icon="MOD_MIRROR")
    row.operator("aimocap.detect_bones", text="", icon="FILE_REFRESH")
    row.operator("aimocap.load_bone_map", text="", icon="FILE_FOLDER")
    row.operator("aimocap.save_bone_map", text="", icon="FILE_TICK")
    prefix = shared_prefix([match.bone for match in found.bone_map.matches.values()])
    for name, slots in _GROUPS:
        filled = sum(slot in found.bone_map.matches for slot in slots)
        # fingers are many and seldom looked at, so they begin closed
        header, body = layout.panel(f"AIMOCAP_bones_{name}", default_closed=part_of(slots[-1]) in FINGER_SLOTS)
        header.label(text=f"{translated(Text.of(name))}  {filled}/{len(slots)}")
        if body is not None:
            column = body.column(align=True)
            for slot in slots:
                chooser = _draw_slot(column, found, slot, prefix)
                set_options(chooser, slot=slot, mirror=mirror)


def _draw_summary(layout: bpy.types.UILayout, bone_map: BoneMap) -> None:
    if bone_map.profile:
        say(layout, Text("Control rig: {profile}", profile=bone_map.profile), "CONSTRAINT_BONE")
    in_slots = {match.bone for match in bone_map.matches.values()}
    for chain, name in ((bone_map.spine_chain, Text("spine")), (bone_map.neck_chain, Text("neck"))):
        # the slots show only some of them
        if not in_slots.issuperset(chain):
            say(
                layout,
                Text(
                    "{count} bones in the {name}: {first} to {last}",
                    count=len(chain),
                    name=name,
                    first=chain[0],
                    last=chain[-1],
                ),
                "BLANK1",
            )
    missing = bone_map.missing()
    # many characters lack a finger, none of them a leg
    if missing:
        core = any(slot in CORE_SLOTS for slot in missing)
        say(layout, Text("Not found: {missing}", missing=listed(missing)), "ERROR" if core else "INFO")


def _draw_slot(layout: bpy.types.UILayout, found: Recognised, slot: str, prefix: str) -> object:
    match = found.bone_map.matches.get(slot)
    name = in_words(part_of(slot)).capitalize()
    if is_narrow():
        row: bpy.types.UILayout = layout
        layout.label(text=name)
    else:
        row = layout.split(factor=_NAMES_SHARE, align=True)
        label = row.row()
        label.alignment = "RIGHT"
        label.label(text=name)
    bone = match.bone.removeprefix(prefix) if match else "–"
    return row.operator("aimocap.choose_bone", text=bone, icon=_icon(found, slot), translate=False)


def shared_prefix(bones: Sequence[str]) -> str:
    """Return the common start of all names up to a separator, such as `mixamorig:`, which is left out to save room."""
    shared = os.path.commonprefix(bones) if len(bones) > 1 else ""  # noqa: RUF071 -- compared letter by letter on purpose
    return shared[: max(shared.rfind(separator) for separator in ":_.-| ") + 1]


def _icon(found: Recognised, slot: str) -> "IconItems":
    match = found.bone_map.matches.get(slot)
    if slot in found.doubts:
        return "ERROR"
    if match is None:
        return "ERROR" if slot in CORE_SLOTS else "BLANK1"
    return "CHECKMARK" if match.confidence >= _SURE else "QUESTION"


CLASSES = (DetectBones, ChooseBone, SaveBoneMap, LoadBoneMap, ReviewBones)
