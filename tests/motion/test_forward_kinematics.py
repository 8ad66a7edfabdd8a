"""Channels pose a skeleton as Blender's armatures do, in numbers worked out by hand."""

import numpy as np
import pytest

from aimocap_blender.motion.pose_motion import PoseMotion, RetargetReport, posed
from aimocap_blender.motion.rotations import rotate
from aimocap_blender.motion.skeleton import BoneOptions, Skeleton

HALF = np.sqrt(0.5)
QUARTER_ABOUT_Z = np.array([HALF, 0.0, 0.0, HALF])


def skeleton(**of_hand: bool) -> Skeleton:
    """An arm along X, and a hand at its end whose own axes are turned a quarter about X."""
    rest = np.tile(np.eye(4), (2, 1, 1))
    rest[1, :3, :3] = [[1, 0, 0], [0, 0, -1], [0, 1, 0]]
    rest[1, 0, 3] = 2.0
    return Skeleton(
        names=("arm", "hand"),
        parents=np.array([-1, 0]),
        rest=rest,
        tails=np.zeros((2, 3)),
        world=np.eye(4),
        options=(BoneOptions(), BoneOptions(**of_hand)),
    )


def motion(**locations: tuple[float, float, float]) -> PoseMotion:
    """The arm turned a quarter about the armature's Z; the hand's own turn none."""
    return PoseMotion(
        times=np.zeros(1),
        fps=30.0,
        bones=("arm",),
        rotations=QUARTER_ABOUT_Z[None, None],
        locations={bone: np.array([location]) for bone, location in locations.items()},
        unmoved=(),
        report=RetargetReport(1.0, 0.0),
    )


def test_children_are_carried_and_turned() -> None:
    pose = posed(skeleton(), motion(arm=(0.0, 0.0, 5.0)))
    assert pose.heads[0, 0] == pytest.approx([0, 0, 5])
    assert pose.heads[0, 1] == pytest.approx([0, 2, 5], abs=1e-12)
    assert rotate(pose.rotations[0, 1], np.array([1.0, 0.0, 0.0])) == pytest.approx([0, 1, 0], abs=1e-12)
    assert rotate(pose.rotations[0, 1], np.array([0.0, 1.0, 0.0])) == pytest.approx([0, 0, 1], abs=1e-12)


@pytest.mark.parametrize(
    ("options", "head"),
    [
        ({}, [0, 2, 1]),  # along the hand's own Y, which is the armature's Z at rest
        ({"local_location": False}, [-1, 2, 0]),  # along the arm's Y
        ({"connected": True}, [0, 2, 0]),
    ],
)
def test_locations_run_along_the_axes_that_the_bone_says(options: dict[str, bool], head: list[float]) -> None:
    pose = posed(skeleton(**options), motion(hand=(0.0, 1.0, 0.0)))
    assert pose.heads[0, 1] == pytest.approx(head, abs=1e-12)


def test_a_bone_may_keep_its_attitude() -> None:
    pose = posed(skeleton(inherit_rotation=False), motion())
    assert pose.heads[0, 1] == pytest.approx([0, 2, 0], abs=1e-12)
    assert rotate(pose.rotations[0, 1], np.array([1.0, 0.0, 0.0])) == pytest.approx([1, 0, 0], abs=1e-12)
