"""Parts of the body: the slots of each, and the bones of a character that belong to it."""

from collections.abc import Collection, Mapping
from typing import Literal

from ...options import Item
from ..skeleton import Skeleton
from .humanoid import ARM_SLOTS, FINGER_SLOTS, LEG_SLOTS, BoneMap, slots_of

Part = Literal["legs", "spine", "head", "left_arm", "right_arm", "left_hand", "right_hand"]

PART_LABELS: Mapping[Part, Item] = {
    "legs": ("Hips and Legs", "Hips, legs, and where the character travels; they stay together, so feet do too"),
    "spine": ("Spine", "Between hips and neck"),
    "head": ("Head", "Neck and head"),
    "left_arm": ("Left Arm", "From the shoulder to the wrist"),
    "right_arm": ("Right Arm", "From the shoulder to the wrist"),
    "left_hand": ("Left Hand", "Hand and fingers"),
    "right_hand": ("Right Hand", "Hand and fingers"),
}

_HAND_SLOTS = (ARM_SLOTS[-1], *FINGER_SLOTS)
PARTS: Mapping[Part, tuple[str, ...]] = {
    "legs": ("hips", *slots_of("left", LEG_SLOTS), *slots_of("right", LEG_SLOTS)),
    "spine": ("spine", "chest", "upper_chest"),
    "head": ("neck", "head"),
    "left_arm": slots_of("left", ARM_SLOTS[:-1]),
    "right_arm": slots_of("right", ARM_SLOTS[:-1]),
    "left_hand": slots_of("left", _HAND_SLOTS),
    "right_hand": slots_of("right", _HAND_SLOTS),
}
"""The slots of each part."""


def mapped_slots(bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each mapped bone; bones of the chains that fill none count as spine or neck."""
    mapped = {bone: slot for slot, bone in bone_map.bones().items()}
    in_chains = dict.fromkeys(bone_map.neck_chain, "neck") | dict.fromkeys(bone_map.spine_chain, "spine")
    return in_chains | mapped


def nearest_slots(skeleton: Skeleton, bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each bone, or that of the nearest bone above it that fills one; "" if none does."""
    mapped = {skeleton.indices.get(name, -1): slot for name, slot in mapped_slots(bone_map).items()}
    # above all bones is none, whatever a map says of bones that the skeleton lacks
    mapped[-1] = ""
    return {name: mapped[skeleton.nearest(index, mapped)] for index, name in enumerate(skeleton.names)}


def bones_of_parts(skeleton: Skeleton, bone_map: BoneMap, parts: Collection[Part]) -> frozenset[str]:
    """Return all bones that belong to parts of the body; those above the body, which carry it, go with the legs."""
    slots = {""} if "legs" in parts else set[str]()
    slots.update(*(PARTS[part] for part in parts))
    return frozenset(bone for bone, slot in nearest_slots(skeleton, bone_map).items() if slot in slots)
