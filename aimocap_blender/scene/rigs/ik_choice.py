"""The limbs of a control rig that get IK keys."""

import bpy

from ...motion.bones.control_profiles import built_in_profiles, ik_limbs
from ...motion.bones.humanoid import BoneMap, Switch
from ...motion.bones.ik_limbs import LIMBS, IkLimb
from ...motion.control_rig import ControlRig
from ...motion.retargeting.retarget_options import Limbs
from ...motion.skeleton import Skeleton
from ..armatures import pose_of
from .rig_state import switch_problem


def chosen_limbs(
    obj: bpy.types.Object, skeleton: Skeleton, rig: ControlRig, bone_map: BoneMap, limbs: Limbs
) -> list[tuple[IkLimb, bool]]:
    """Return the chosen limbs that the rig can pose by IK, and whether their pole counts.

    Args:
        obj: the armature object.
        skeleton: all its bones at rest.
        rig: the measured rig.
        bone_map: the character's.
        limbs: the user's choice.
    """
    if limbs == "FK":
        return []
    ends = {LIMBS["leg"][-1]} if limbs == "IK_LEGS" else {parts[-1] for parts in LIMBS.values()}
    return [
        (limb, _is_on(obj, limb.ik.by_pole))
        for slot, limb in ik_limbs(skeleton, bone_map, built_in_profiles()).items()
        if slot.partition("_")[2] in ends
        and {limb.upper, limb.lower, limb.end} <= rig.skeleton.indices.keys()
        and switch_problem(obj, limb.ik.switch) is None
    ]


def _is_on(obj: bpy.types.Object, switch: Switch) -> bool:
    bone = pose_of(obj).bones.get(switch.bone)
    return bone is not None and bool(bone.get(switch.prop, False)) == bool(switch.value)
