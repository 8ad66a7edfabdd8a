"""Feet of a walk and a run that carry the body, but creep: they stay where they were when the motion is edited.

In most stances they never rest, in some they do for a moment.
"""

from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.scene.cleanup.edits import LIMBS, retime, smooth_limbs
from tests.blender_versions import in_newest

from .blend_judge import evaluated, slid
from .recorded_takes import on_character, recordings

STAYS = 0.002
"""Metres beyond what a foot did before."""

pytestmark = [in_newest, pytest.mark.usefixtures("shared_data")]


@pytest.mark.parametrize("limbs", [("left_leg", "right_leg"), tuple(LIMBS)])
def test_they_stay_where_limbs_are_smoothed(limbs: tuple[str, ...], tmp_path: Path) -> None:
    clips = recordings(tmp_path, ["stroll"])
    armature, bones, soles, takes = on_character("mh_mixamo.blend", clips, tmp_path)
    frames = range(1, len(clips["stroll"].times) + 1)
    before = evaluated(armature, bones, frames, takes["stroll"])
    smooth_limbs(armature, bpy.context.scene, limbs, 0.15)
    after = evaluated(armature, bones, frames, takes["stroll"])
    found = slid(soles.at(before), soles.at(after), before[bones["hips"]][:, :3, 3])
    assert len(found) >= 6
    assert max(found) < STAYS


def test_they_go_no_further_in_slow_motion(tmp_path: Path) -> None:
    armature, bones, soles, takes = on_character("quaternius_knight.glb", recordings(tmp_path, ["run"]), tmp_path)
    played = np.arange(4.0, 34.5, 0.5)
    before = evaluated(armature, bones, played, takes["run"])
    done = retime(armature, bpy.context.scene, 4, 34, 0.5)
    after = evaluated(armature, bones, range(done.first, done.ends + 1), takes["run"])
    found = slid(soles.at(before), soles.at(after), before[bones["hips"]][:, :3, 3])
    assert len(found) >= 2
    assert max(found) < STAYS
