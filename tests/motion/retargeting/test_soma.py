"""How SOMA's skeleton stands at rest, against the joints' places that its makers' file has."""

import numpy as np
import pytest

from aimocap_blender.motion.retargeting.reference import soma_at_rest
from aimocap_blender.motion.skeleton import Skeleton
from tests.media.matrices import Z_AXIS, about

JOINTS = {
    "Root": ("", (0.0, 0.0, 0.0), (np.float64(0.0), np.float64(0.0), np.float64(0.0))),
    "Hips": ("Root", (0.0, 101.0, 0.0), (np.float64(0.0), np.float64(101.0), np.float64(0.0))),
    "Spine1": ("Hips", (5.13, 0.01, 0.0), (np.float64(0.0), np.float64(106.1), np.float64(0.0))),
    "Spine2": ("Spine1", (7.21, 0.0, 0.0), (np.float64(0.0), np.float64(113.3), np.float64(0.0))),
    "Chest": ("Spine2", (7.26, 0.0, 0.0), (np.float64(0.0), np.float64(120.6), np.float64(-0.8))),
    "Neck1": ("Chest", (26.35, 0.0, 0.0), (np.float64(0.0), np.float64(146.9), np.float64(-0.9))),
    "Neck2": ("Neck1", (7.87, 0.0, 0.0), (np.float64(0.0), np.float64(154.5), np.float64(1.3))),
    "Head": ("Neck2", (6.66, 0.0, 0.0), (np.float64(0.0), np.float64(160.8), np.float64(3.4))),
    "LeftShoulder": ("Chest", (23.4, 5.04, 1.61), (np.float64(1.6), np.float64(144.0), np.float64(4.1))),
    "LeftArm": ("LeftShoulder", (15.74, 0.0, 0.0), (np.float64(16.3), np.float64(142.7), np.float64(-1.3))),
    "LeftForeArm": ("LeftArm", (28.92, 0.0, 0.0), (np.float64(21.1), np.float64(114.2), np.float64(0.1))),
    "LeftHand": ("LeftForeArm", (27.03, 0.0, 0.0), (np.float64(19.6), np.float64(113.9), np.float64(27.1))),
    "LeftHandThumb1": ("LeftHand", (2.09, 3.32, 0.84), (np.float64(18.4), np.float64(117.1), np.float64(29.2))),
    "LeftLeg": ("Hips", (-8.29, 2.21, 10.01), (np.float64(10.0), np.float64(92.7), np.float64(2.2))),
    "LeftShin": ("LeftLeg", (43.3, 0.0, 0.0), (np.float64(10.0), np.float64(49.4), np.float64(2.2))),
    "LeftFoot": ("LeftShin", (42.42, 0.0, 0.0), (np.float64(10.0), np.float64(7.0), np.float64(2.2))),
    "LeftToeBase": ("LeftFoot", (14.13, 0.0, 0.0), (np.float64(10.0), np.float64(1.9), np.float64(15.4))),
    "RightLeg": ("Hips", (-8.29, 2.21, -10.0), (np.float64(-10.0), np.float64(92.7), np.float64(2.2))),
    "RightShin": ("RightLeg", (-43.3, 0.0, 0.0), (np.float64(-10.0), np.float64(49.4), np.float64(2.2))),
    "RightFoot": ("RightShin", (-42.42, 0.0, 0.0), (np.float64(-10.0), np.float64(7.0), np.float64(2.2))),
}
"""Joint → its parent, OFFSET, and where it is in the first frame, centimetres, Y up: of soma-retargeter's zero pose."""

UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def imported(world: np.ndarray, standing: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Skeleton:
    """As Blender imports it: bones at their OFFSETs, one after the other, with Z up."""
    names = tuple(JOINTS)
    parents = [names.index(parent) if parent else -1 for parent, _, _ in JOINTS.values()]
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    for bone, (parent, (_, offset, _)) in enumerate(zip(parents, JOINTS.values(), strict=True)):
        above = rest[parent, :3, 3] if parent >= 0 else np.zeros(3)
        rest[bone, :3, 3] = above + UP @ np.multiply(offset, standing)
    tails = rest[:, :3, 3] + rest[:, :3, 1]
    return Skeleton(names, np.array(parents), rest, tails, world)


@pytest.mark.parametrize("turned", [0.0, 0.7])
@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_it_stands_as_its_makers_have_it(turned: float, scale: float) -> None:
    world = np.eye(4)
    world[:3, :3] = scale * about(Z_AXIS, turned)
    found = soma_at_rest(imported(world))
    assert found is not None
    wanted = np.array([place for _, _, place in JOINTS.values()]) @ UP.T @ world[:3, :3].T
    assert np.abs(found.heads - wanted).max() < 0.15 * scale


def test_other_skeletons_are_left_alone() -> None:
    """Kimodo writes the same joints with a T pose at rest, too."""
    assert soma_at_rest(imported(np.eye(4), standing=(-1.0, 1.0, 1.0))) is None
    named = imported(np.eye(4))
    assert soma_at_rest(named.part(range(len(named) - 2))) is None
