"""Parts of the body: the slots of each, and the bones of a character that belong to it."""

from collections.abc import Collection, Mapping
from typing import Literal

from ...options import Item
from ..skeleton import Skeleton
from .humanoid import ARM_SLOTS, FINGER_SLOTS, LEG_SLOTS, SIDES, BoneMap

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
    "legs": ("hips", *(f"{side}_{slot}" for side in SIDES for slot in LEG_SLOTS)),
    "spine": ("spine", "chest", "upper_chest"),
    "head": ("neck", "head"),
    "left_arm": tuple(f"left_{slot}" for slot in ARM_SLOTS[:-1]),
    "right_arm": tuple(f"right_{slot}" for slot in ARM_SLOTS[:-1]),
    "left_hand": tuple(f"left_{slot}" for slot in _HAND_SLOTS),
    "right_hand": tuple(f"right_{slot}" for slot in _HAND_SLOTS),
}
"""The slots of each part."""


def mapped_slots(bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each mapped bone; bones of the chains that fill none count as spine or neck."""
    mapped = {bone: slot for slot, bone in bone_map.bones().items()}
    mapped |= {bone: mapped.get(bone, "spine") for bone in bone_map.spine_chain}
    return mapped | {bone: mapped.get(bone, "neck") for bone in bone_map.neck_chain}


def nearest_slots(skeleton: Skeleton, bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each bone, or that of the nearest bone above it that fills one; "" if none does."""
    mapped = mapped_slots(bone_map)
    found: dict[str, str] = {}
    for index, name in enumerate(skeleton.names):
        lineage = [skeleton.names[bone] for bone in (index, *skeleton.ancestors(index))]
        found[name] = next((mapped[each] for each in lineage if each in mapped), "")
    return found


def bones_of_parts(skeleton: Skeleton, bone_map: BoneMap, parts: Collection[Part]) -> frozenset[str]:
    """Return all bones that belong to parts of the body; those above the body, which carry it, go with the legs."""
    slots = {slot for part in parts for slot in PARTS[part]}
    if "legs" in parts:
        slots.add("")
    return frozenset(bone for bone, slot in nearest_slots(skeleton, bone_map).items() if slot in slots)
