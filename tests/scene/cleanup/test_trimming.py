"""Motion trimmed: poses within the range as they were, on dense and on few keys, and what the Action's range is."""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.cleanup.edits import Trimmed, trim
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_oldest_and_newest
from tests.ui.posing import world_matrices

from .walks import keys_of, standing, strut, walk


def poses(armature: bpy.types.Object, frames: np.ndarray) -> np.ndarray:
    return np.stack(list(world_matrices(armature, [bone.name for bone in armature.pose.bones], frames).values()))


def test_poses_in_the_range_are_as_they_were(mannequin: Path, shared_data: Path) -> None:
    armature = standing(mannequin)
    action = strut(armature, shared_data)
    frames = np.arange(20.0, 40.1, 0.5)
    before = poses(armature, frames)
    assert trim(armature, 20, 40, keep_start=False) == Trimmed(20, 40, 0)
    assert np.allclose(poses(armature, frames), before, atol=1e-6)
    assert tuple(action.frame_range) == (20.0, 40.0)
    assert armature.animation_data.action == action
    ends = poses(armature, np.array([-50.0, 20.0, 40.0, 200.0]))
    assert np.allclose(ends[:, [0, 3]], ends[:, [1, 2]], atol=1e-6)


@in_oldest_and_newest
@pytest.mark.parametrize("interpolation", ["LINEAR", "BEZIER", "SINE", "CONSTANT"])
def test_ends_between_keys_are_keyed(interpolation: str, mannequin: Path) -> None:
    """Also curves that begin later, end earlier, or rest in the range."""
    armature = standing(mannequin)
    arm = armature.pose.bones["mixamorig:LeftArm"]
    arm.rotation_mode = "XYZ"
    for frame, angle in ((1, 0.0), (15, 1.0), (37, -0.4), (60, 0.8)):
        arm.rotation_euler = (angle, 0.0, angle / 2.0)
        arm.keyframe_insert("rotation_euler", index=0, frame=frame)
        arm.keyframe_insert("rotation_euler", index=2, frame=frame / 3)
    for curve in curves_of(armature).values():
        for key in curve.keyframe_points:
            key.interpolation = interpolation
    action = armature.animation_data.action
    action.use_frame_range = True
    action.frame_start, action.frame_end = 1.0, 60.0
    frames = np.array([25.0, 30.0, 37.0, 44.0, 50.0])
    before = poses(armature, frames)
    assert trim(armature, 25, 50, keep_start=True) == Trimmed(25, 50, -24)
    after = poses(armature, frames - 24.0)
    assert np.allclose(after, before, atol=1e-5)
    assert (action.frame_start, action.frame_end) == (1.0, 26.0)
    counts = [len(keys) for keys in keys_of(armature).values()]
    assert counts == ([3, 1] if interpolation in {"LINEAR", "CONSTANT"} else [26, 1])


def test_refusals_change_nothing(mannequin: Path) -> None:
    armature = standing(mannequin)
    with pytest.raises(Fault, match="has no Action with keyframes of bones"):
        trim(armature, 1, 10, keep_start=False)
    walk(armature, 1.0)
    before = keys_of(armature)
    with pytest.raises(Fault, match=r"no keys outside frames 1 to 30\. Set a preview range"):
        trim(armature, 1, 250, keep_start=False)
    with pytest.raises(Fault, match="has no motion there: it has keys from frame 1 to 30"):
        trim(armature, 40, 80, keep_start=False)
    after = keys_of(armature)
    assert all((after[channel] == values).all() for channel, values in before.items())
