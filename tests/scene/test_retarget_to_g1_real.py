"""Real motions on the G1, judged by MuJoCo: see `tests/media/g1_judge.py`."""

from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.checks_findings import G1Fault
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from tests.blender_versions import in_newest
from tests.media.g1_judge import judged, upright
from tests.media.performance_clip import heads_of
from tests.media.robot_motion_judge import judge_motion

from .real_files import motion, shifted

pytestmark = in_newest

OWN_RATE = {"xia_strut.bvh": 120.0, "cmu1_jumping_jacks.bvh": 30.0, "boxing_toes.bvh": 100.0}


@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("file", "first", "most", "variant"),
    [
        ("cmu1_jumping_jacks.bvh", 0, 90, "29dof"),
        ("xia_strut.bvh", 0, 90, "23dof"),
        ("ue4_run.fbx", 0, 90, "29dof"),
        ("cmu_91_48.fbx", 3, 90, "23dof_without_wrists"),
        pytest.param("boxing_toes.bvh", 2380, 480, "29dof", id="sits down on the ground, and gets up"),
    ],
)
def test_real_motion_is_shown_within_what_the_robot_can_do(
    shared_data: Path, tmp_path: Path, file: str, first: int, most: int, variant: str
) -> None:
    clip = motion(shared_data / "motions" / file, tmp_path, most=most, first=first).clip
    clip = shifted(clip, OWN_RATE.get(file, clip.fps))
    bones = detect_bones(clip.skeleton)
    found = retargeted_to_g1(clip, bones, variant).motion
    judgement = judged(
        heads_of(clip, bones.bones()), clip.fps, (found.root_pos, found.root_quat, found.dof_pos), variant
    )
    assert judgement.past_limit <= 1e-9
    assert judgement.too_fast <= 0.0
    assert judgement.colliding < 0.01
    assert judgement.sliding < 0.02
    assert np.all(judgement.off_ground < 0.005)
    assert max(np.median(degrees) for degrees in judgement.degrees.values()) < 8.0
    report = check_g1_motion(found)
    kinds = {finding.kind for finding in report.worst}
    unwanted = {G1Fault.JOINT_LIMIT, G1Fault.VELOCITY, G1Fault.SPIKE, G1Fault.ROOT_JUMP, G1Fault.ROOT_ACCELERATION}
    assert not kinds & unwanted, report.worst


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize(("variant", "legs"), [("29dof", 4.0), ("booster_t1", 18.0)])
def test_legs_do_not_twist_to_bring_toes_down_that_ankles_cannot(
    shared_data: Path, tmp_path: Path, variant: str, legs: float
) -> None:
    """A boxer who sits leans back on his hands, feet flat before him: a human's ankles bend further for that."""
    clip = shifted(motion(shared_data / "motions" / "boxing_toes.bvh", tmp_path, most=250, first=2430).clip, 100.0)
    bones = detect_bones(clip.skeleton)
    found = retargeted_to_g1(clip, bones, variant).motion
    heads = upright(heads_of(clip, bones.bones()))
    judgement = judge_motion(heads, clip.fps, (found.root_pos, found.root_quat, found.dof_pos), variant)
    assert judgement.legs < legs
    assert judgement.skate < 1.5
