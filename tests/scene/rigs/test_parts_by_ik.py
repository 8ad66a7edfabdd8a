"""A motion onto one arm of a rig whose limbs are shown by IK: that arm's target is keyed for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.keys.pose_keys import KeyOptions
from aimocap_blender.scene.retargeting import put_clip_on
from tests.blender_versions import in_newest

from ..real_files import cm_apart, motion, thinned, turns_apart
from .rigify_rig import open_rig
from .rigs_in_use import BODY_CM, ROLL_DEGREES, SAME_CM, SAME_DEGREES, deforming

if TYPE_CHECKING:
    from pathlib import Path

    import bpy

MAPPING = TimeMapping(20.0, 24.0)
BENT = tuple(f"DEF-{name}" for name in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe"))
"""These bend about a hinge only."""


@pytest.mark.long
@in_newest
@pytest.mark.parametrize(
    ("before", "part", "limb"),
    [
        ("IK", "left_arm", ("upper_arm", "forearm", "hand")),
        pytest.param("FK", "left_arm", ("upper_arm", "forearm", "hand"), marks=pytest.mark.slow),
        pytest.param("FK", "legs", ("thigh", "shin", "foot"), marks=pytest.mark.slow),
    ],
)
def test_a_part_by_ik(shared_data: Path, basic_rig_file: Path, before: str, part: str, limb: tuple[str, ...]) -> None:
    whole = thinned(motion(shared_data / "motions" / "rokoko_jesse_dance.bvh", basic_rig_file.parent, most=45).clip)
    other = motion(shared_data / "motions" / "cmu_91_48.fbx", basic_rig_file.parent, most=10).clip
    start, last = 23, int(np.floor(MAPPING.frames(whole.times)[-1]))
    frames = range(20, last + 1)
    within = (np.array(frames) >= start) & (np.array(frames) <= start + other.times[-1] * 24.0)

    def put(limbs: str) -> bpy.types.Object:
        obj = open_rig(basic_rig_file)
        put_clip_on(obj, whole, MAPPING, RetargetOptions(), "Motion", KeyOptions(limbs=before))
        options = RetargetOptions(parts=(part,))
        outcome = put_clip_on(obj, other, TimeMapping(start, 24.0), options, "Arm", KeyOptions(limbs=limbs))
        assert outcome.warnings == ()
        return obj

    by_fk = deforming(put("FK"), frames)
    obj = put("IK")
    by_ik = deforming(obj, frames)
    switch = f'pose.bones["{limb[0]}_parent.L"]["IK_FK"]'
    curves = [curve for (path, _), curve in curves_of(obj).items() if path.endswith('["IK_FK"]')]
    curve = curves_of(obj)[switch, 0]
    shown = np.array([curve.evaluate(frame) for frame in frames])
    assert (shown[within] == 0.0).all()
    assert (shown[~within] == float(before == "FK")).all()
    for name, matrices in by_ik.items():
        assert cm_apart(matrices, by_fk[name]).max() < (BODY_CM if name.startswith(BENT) else SAME_CM), name
        assert turns_apart(matrices, by_fk[name])[~within].max() < SAME_DEGREES, name
    _, lower, end = (f"DEF-{name}.L" for name in limb)
    assert turns_apart(by_ik[lower], by_fk[lower]).max() < ROLL_DEGREES
    assert turns_apart(by_ik[end], by_fk[end]).max() < SAME_DEGREES
    for curve in curves:
        for key in curve.keyframe_points:
            key.co.y = 1.0
        curve.update()
    for name, matrices in deforming(obj, frames).items():
        assert cm_apart(matrices, by_ik[name])[within].max() < SAME_CM, name
        assert turns_apart(matrices, by_ik[name])[within].max() < SAME_DEGREES, name
