"""The skeleton that an Action was keyed for, stored on the Action: as an asset it is read without its armature."""

import json
from dataclasses import astuple, dataclass
from typing import Any, cast

import bpy
import numpy as np

from ..motion.bones.humanoid import BoneMap
from ..motion.rotations import FloatArray
from ..motion.skeleton import BoneOptions, Skeleton
from .armatures import pose_of, skeleton_of
from .bone_maps import bone_map_of

_PROPERTY = "aimocap_skeleton"
_MODES = {"QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"}


@dataclass(frozen=True, eq=False)
class AssetSkeleton:
    """The skeleton of an Action, and how its channels are read.

    Attributes:
        skeleton: all bones at rest; its world matrix is the object's when the Action was written.
        bone_map: the humanoid bones.
        modes: rotation mode of each bone.
        mode: rotation mode of the object.
        above: (4, 4) of the object's parents: its world matrix is this one by its own transform.
    """

    skeleton: Skeleton
    bone_map: BoneMap
    modes: tuple[str, ...]
    mode: str
    above: FloatArray


def keep_skeleton(action: bpy.types.Action, obj: bpy.types.Object) -> AssetSkeleton | None:
    """Store the skeleton of an armature object on its Action, and return it.

    None, and nothing is stored, if constraints or drivers move bones too.
    """
    skeleton = skeleton_of(obj)
    if any(option.driven for option in skeleton.options):
        return None
    own = np.array(cast("Any", obj).matrix_basis, dtype=np.float64)
    found = AssetSkeleton(
        skeleton=skeleton,
        bone_map=bone_map_of(obj),
        modes=tuple(pose_of(obj).bones[name].rotation_mode for name in skeleton.names),
        mode=obj.rotation_mode,
        above=skeleton.world @ np.linalg.inv(own),
    )
    kept = {
        "names": skeleton.names,
        "parents": skeleton.parents.tolist(),
        "rest": skeleton.rest[:, :3].tolist(),
        "tails": skeleton.tails.tolist(),
        "options": [astuple(option) for option in skeleton.options],
        "modes": found.modes,
        "world": skeleton.world.tolist(),
        "mode": found.mode,
        "above": found.above.tolist(),
        "bone_map": found.bone_map.to_json(),
    }
    action[_PROPERTY] = json.dumps(kept)
    return found


def kept_skeleton(action: bpy.types.Action) -> AssetSkeleton | None:
    """Return the skeleton that is stored on an Action; None if there is none, or if somebody spoiled it."""
    try:
        kept = json.loads(action.get(_PROPERTY, ""))
        rest = np.tile(np.eye(4), (len(kept["names"]), 1, 1))
        rest[:, :3] = kept["rest"]
        found = AssetSkeleton(
            skeleton=Skeleton(
                names=tuple(kept["names"]),
                parents=np.array(kept["parents"], dtype=np.int64),
                rest=rest,
                tails=np.array(kept["tails"], dtype=np.float64).reshape(len(rest), 3),
                world=np.array(kept["world"], dtype=np.float64).reshape(4, 4),
                options=tuple(BoneOptions(*options) for options in kept["options"]),
            ),
            bone_map=BoneMap.from_json(kept["bone_map"]),
            modes=tuple(kept["modes"]),
            mode=kept["mode"],
            above=np.array(kept["above"], dtype=np.float64).reshape(4, 4),
        )
        return found if _is_sound(found) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _is_sound(found: AssetSkeleton) -> bool:
    skeleton = found.skeleton
    count = len(skeleton)
    of_each = len(set(skeleton.names)) == len(skeleton.parents) == len(skeleton.options) == len(found.modes) == count
    below = bool(((skeleton.parents >= -1) & (skeleton.parents < np.arange(count))).all()) if of_each else False
    finite = all(np.isfinite(values).all() for values in (skeleton.rest, skeleton.tails, skeleton.world, found.above))
    bones = (*found.bone_map.bones().values(), *found.bone_map.spine_chain, *found.bone_map.neck_chain)
    return below and finite and {*found.modes, found.mode} <= _MODES and set(bones) <= set(skeleton.names)
