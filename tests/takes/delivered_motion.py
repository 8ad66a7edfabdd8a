"""Motion of the strip's range as the service delivers it for an avatar and for the robot."""

import json
from pathlib import Path

import bpy
import pytest

from tests.media.avatar_fbx import make_avatar_fbx

RANGE_SEC = (0.28, 2.04)
FPS = 30
BONES = {
    "hips": "Hips", "spine": "Spine", "chest": "Spine1", "upper_chest": "Spine2", "neck": "Neck", "head": "Head",
    **{
        f"{side}_{slot}": f"{side.title()}{bone}"
        for side in ("left", "right")
        for slot, bone in {
            "shoulder": "Shoulder", "upper_arm": "Arm", "lower_arm": "ForeArm", "hand": "Hand",
            "upper_leg": "UpLeg", "lower_leg": "Leg", "foot": "Foot", "toes": "ToeBase",
        }.items()
    },
}  # fmt: skip
"""Humanoid slot to the mannequin's bone, without Mixamo's prefix."""


@pytest.fixture(scope="session")
def avatar_fbx(character_blend: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The strip's range on the mannequin's own skeleton, as the service delivers it for an avatar."""
    file = tmp_path_factory.mktemp("avatar") / "avatar.fbx"
    bones = {slot: f"mixamorig:{bone}" for slot, bone in BONES.items()}
    make_avatar_fbx(file, character_blend, *RANGE_SEC, FPS, bones=bones, armature="Mannequin")
    return file


def check_robot(rig: bpy.types.Object, motion: Path) -> None:
    """The rig's joints are at the file's angles, at the timeline frames at which the strip shows those seconds."""
    rows = json.loads(motion.read_text())["dof_pos"]
    for index in (0, 20, 47):
        frame = 17 + index / FPS * 25
        bpy.context.scene.frame_set(int(frame), subframe=frame % 1)
        shown = {bone.name: bone.rotation_euler for bone in rig.pose.bones}
        assert shown["left_knee_joint"].y == pytest.approx(rows[index][3], abs=1e-4)
        assert shown["right_elbow_joint"].y == pytest.approx(rows[index][25], abs=1e-4)
