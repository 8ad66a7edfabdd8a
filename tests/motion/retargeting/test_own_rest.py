"""A motion relative to another rest pose of a character, put relative to its own."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.pose_motion import PoseMotion, RetargetReport
from aimocap_blender.motion.retargeting.reference import from_own_rest
from aimocap_blender.motion.skeleton import BoneOptions, Skeleton

from ..made_figures import figure, turn_about


def with_bones_turned(skeleton: Skeleton, names: tuple[str, ...]) -> Skeleton:
    """The skeleton with another rest pose: these bones, which carry no others, turned by 0.4."""
    rest = skeleton.rest.copy()
    for name in names:
        bone = skeleton.index(name)
        rest[bone, :3, :3] = turn_about(np.array([0.3, 1.0, -0.2]), 0.4) @ rest[bone, :3, :3]
    return replace(skeleton, rest=rest)


def test_bones_that_constraints_drive_get_no_keys() -> None:
    free, driven = "left_toes", "right_toes"
    plain, _ = figure(np.random.default_rng(3))
    options = tuple(BoneOptions(driven=name == driven) for name in plain.names)
    target = replace(plain, options=options)
    still = np.tile([1.0, 0.0, 0.0, 0.0], (2, 1, 1))
    motion = PoseMotion(np.array([0.0, 0.1]), 10.0, ("hips",), still, {}, (), RetargetReport(1.0, 0.0))
    keyed = from_own_rest(motion, target, with_bones_turned(target, (free, driven)))
    assert set(keyed.bones) == {"hips", free}
    assert not keyed.locations
