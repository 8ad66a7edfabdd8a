"""Limbs switched between IK and FK in the middle of a clip: no bone jumps, whichever limb, side and direction."""

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
from . import rigify_rig
from .rigs_in_use import SAME_CM, SAME_DEGREES, deforming, mixamo_control_rig, open_rig

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import bpy

pytestmark = in_newest
FIRST = 20
SAMPLES = 40


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("opened", "switch", "ik"),
    [
        (lambda request, _: rigify_rig.open_rig(request.getfixturevalue("basic_rig_file")), '["IK_FK"]', 0.0),
        (lambda _, data: open_rig(data, "cloudrig_human"), 'pose.bones["Properties"]["ik_', 1.0),
        (lambda _, data: mixamo_control_rig(data), '["ik_fk_switch"]', 0.0),
    ],
    ids=["Rigify", "CloudRig", "Mixamo Control Rig"],
)
def test_no_bone_jumps(
    request: pytest.FixtureRequest,
    shared_data: Path,
    tmp_path: Path,
    opened: Callable[[pytest.FixtureRequest, Path], bpy.types.Object],
    switch: str,
    ik: float,
) -> None:
    clip = thinned(motion(shared_data / "motions" / "rokoko_jesse_dance.bvh", tmp_path, most=SAMPLES).clip)
    obj, mapping = opened(request, shared_data), TimeMapping(FIRST, clip.fps)
    put_clip_on(obj, clip, mapping, RetargetOptions(), "Dance", KeyOptions(limbs="IK"))
    frames = range(FIRST, FIRST + SAMPLES)
    switches = [curve for (path, _), curve in curves_of(obj).items() if switch in path]
    assert len(switches) == 4, "both arms and both legs"
    by_ik = deforming(obj, frames)
    moved = max(np.ptp(matrices[:, :3, 3], axis=0).max() for matrices in by_ik.values())
    assert moved > 0.3, "it dances"
    for first in (ik, 1.0 - ik):
        for number, curve in enumerate(switches):  # one limb after the other, to the other controls and back
            curve.keyframe_points[0].co.y = first
            for frame, value in ((FIRST + 8 + 3 * number, 1.0 - first), (FIRST + 24 + 3 * number, first)):
                curve.keyframe_points.insert(frame, value).interpolation = "CONSTANT"
            curve.update()
        for name, matrices in deforming(obj, frames).items():
            assert cm_apart(matrices, by_ik[name]).max() < SAME_CM, name
            assert turns_apart(matrices, by_ik[name]).max() < SAME_DEGREES, name
