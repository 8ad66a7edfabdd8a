"""From joints in the world to a skeleton's rotations."""

import numpy as np
import pytest

from aimocap_blender.motion.rotations import rotate
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.vision.body import measures_of, skeleton_of
from aimocap_blender.vision.hands.fingers import fingers_through
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.pose import clip_of
from tests.vision.made_tracks import person

TIMES = np.arange(30) / 30.0
X, Y = np.eye(3)[:2]


def shown(joints: np.ndarray) -> Clip:
    """The motion of one whose fingers nobody sees."""
    fingers, _ = fingers_through(None, np.arange(len(TIMES)), np.ones((len(TIMES), 2)))
    return clip_of(joints, skeleton_of(measures_of(joints)), 30.0, TIMES, fingers)


def axis_of(clip: Clip, bone: str, axis: np.ndarray) -> np.ndarray:
    """(F, 3) where an axis of a bone points; bones point along their own Y."""
    return rotate(clip.rotations[:, clip.skeleton.index(bone)], np.broadcast_to(axis, (len(TIMES), 3)))


def test_a_face_that_is_seen_wrongly_at_an_end_does_not_turn_the_head_over() -> None:
    """As beside a cut: the nose is above the ears in the first and in the last frame."""
    found = person(TIMES)
    joints = np.stack([found[name] for name in INDEX], axis=1)
    ears = (found["left_ear"] + found["right_ear"]) / 2.0
    for end in (0, -1):
        joints[end, INDEX["nose"]] = ears[end] + [0.0, 0.02, 0.15]
    upwards = axis_of(shown(joints), "Head", Y)
    assert np.degrees(np.arccos(upwards[:, 2])).max() < 45.0


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_a_foot_that_never_stands_is_tilted_as_its_leg_is(side: str) -> None:
    joints = np.stack([person(TIMES)[name] for name in INDEX], axis=1)
    in_the_air = joints + 5.0 * TIMES[:, None, None] * [0.0, 0.0, 1.0]  # metres a second
    spread: list[float] = []
    for each in (joints, in_the_air):
        clip = shown(each)
        across = axis_of(clip, f"{side}Foot", X) * axis_of(clip, f"{side}LowerLeg", X)
        spread.append(float(np.ptp(np.degrees(np.arccos(across.sum(axis=-1))))))
    on_the_floor, flying = spread
    assert on_the_floor > 1.0
    assert flying < 0.2
