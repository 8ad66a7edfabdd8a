"""A motion that a background Blender works out for a rig gives the same keys and the same outcome as here."""

from __future__ import annotations

from dataclasses import is_dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aimocap_blender.motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.ahead import Asked, WorkingAhead, answers_to, is_long
from aimocap_blender.scene.bone_maps import bone_map_of
from aimocap_blender.scene.isolated_evaluation import IsolatedRig
from aimocap_blender.scene.keys.keyframes import curves_of
from aimocap_blender.scene.retargeting import RetargetOutcome, put_clip_on
from tests.blender_versions import in_newest

from ..real_files import motion, thinned
from .rigify_rig import open_rig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import bpy

    from aimocap_blender.motion.skeleton import Clip

pytestmark = in_newest

MAPPING = TimeMapping(20.0, 24.0)
OPTIONS, KEYS = RetargetOptions(), KeyOptions(limbs="IK")
CHECKED = 13
"""Frames that are evaluated to look whether the rig moves as in the other Blender, and the one that is current."""


def values_in(told: object) -> Iterator[object]:
    """All names and numbers of what is told, one by one."""
    if is_dataclass(told):
        told = vars(told)
    if isinstance(told, dict):
        told = [*told.items()]
    if not isinstance(told, list | tuple):
        yield told
        return
    for each in told:
        yield from values_in(each)


@pytest.fixture
def clip(shared_data: Path, basic_rig_file: Path) -> Clip:
    return thinned(motion(shared_data / "motions" / "cmu_91_48.fbx", basic_rig_file.parent, most=20).clip)


def put(obj: bpy.types.Object, clip: Clip) -> tuple[RetargetOutcome, dict[tuple[str, int], np.ndarray]]:
    outcome = put_clip_on(obj, clip, MAPPING, OPTIONS, "Motion", KEYS)
    return outcome, {
        path: np.array([key.co[:] for key in curve.keyframe_points]) for path, curve in curves_of(obj).items()
    }


def worked_out(obj: bpy.types.Object, clip: Clip, folder: Path) -> Asked:
    asked = Asked(clip, MAPPING, OPTIONS, KEYS, None, any_figure=False, bone_map=bone_map_of(obj))
    assert is_long(obj, asked.bone_map, OPTIONS)
    WorkingAhead(obj, asked, folder).begin().wait().keep()
    assert answers_to(obj, asked)
    return asked


def test_keys_and_outcome_are_the_same(
    clip: Clip, basic_rig_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By IK. 6 s of CPU, half of them the motion here, half of them there."""
    here, keys_here = put(open_rig(basic_rig_file), clip)
    obj = open_rig(basic_rig_file)
    worked_out(obj, clip, tmp_path)
    evaluated = counted(monkeypatch)
    there, keys_there = put(obj, clip)
    assert len(evaluated) <= CHECKED
    # two processes, and two places in memory, may round differently
    assert list(values_in(there)) == pytest.approx(list(values_in(here)), abs=1e-6)
    assert keys_there.keys() == keys_here.keys()
    assert all(np.allclose(keys, keys_here[path], rtol=0.0, atol=1e-6) for path, keys in keys_there.items())


@pytest.mark.long
def test_a_rig_that_was_changed_meanwhile_is_solved_here(clip: Clip, basic_rig_file: Path, tmp_path: Path) -> None:
    """A constraint holds a bone back that was free; 5 s of CPU."""
    obj = open_rig(basic_rig_file)
    asked = worked_out(obj, clip, tmp_path)
    bone = obj.pose.bones[asked.bone_map.bone("head")]
    limit = bone.constraints.new("LIMIT_ROTATION")
    limit.use_limit_x = limit.use_limit_y = limit.use_limit_z = True
    limit.owner_space = "LOCAL"
    outcome, _ = put(obj, clip)
    assert outcome.solved_frames > 0
    assert any("head" in str(warning) for warning in outcome.warnings)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The frames that are evaluated from now on."""
    frames: list[float] = []
    at: Callable[[IsolatedRig, float], object] = IsolatedRig.at
    monkeypatch.setattr(IsolatedRig, "at", lambda self, frame: frames.append(frame) or at(self, frame))
    return frames
