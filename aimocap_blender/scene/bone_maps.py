"""The humanoid bone map of a character, kept on its armature object as a custom property.

It is kept on the object and not on its data, since the data of a library override is the linked file's own.
"""

import json

import bpy

from ..motion.bone_detection import detect_bones
from ..motion.humanoid import BoneMap
from .armatures import skeleton_of

PROPERTY = "aimocap_bone_map"


def kept_bone_map(obj: bpy.types.Object) -> BoneMap | None:
    """The map that is kept on the armature, without bones that it no longer has; None where none is kept."""
    text = obj.get(PROPERTY)
    if not isinstance(text, str) or not isinstance(obj.data, bpy.types.Armature):
        return None
    try:
        kept = BoneMap.from_json(json.loads(text))
    except ValueError:  # written by hand, or by a version that is yet to come
        return None
    bones = obj.data.bones
    return BoneMap(
        {slot: match for slot, match in kept.matches.items() if match.bone in bones},
        tuple(bone for bone in kept.spine_chain if bone in bones),
        tuple(bone for bone in kept.neck_chain if bone in bones),
    )


def keep_bone_map(obj: bpy.types.Object, bone_map: BoneMap) -> None:
    """Keep the map on the armature, in place of the one before."""
    obj[PROPERTY] = json.dumps(bone_map.to_json())


def bone_map_of(obj: bpy.types.Object) -> BoneMap:
    """The map that is kept on the armature, else one detected now; keeps nothing.

    Raises:
        SceneFault: no map is kept, and bones can't be read (see `skeleton_of`).
    """
    kept = kept_bone_map(obj)
    return kept if kept is not None and kept.matches else detect_bones(skeleton_of(obj))
