"""From joints in the world to a skeleton's rotations."""

import numpy as np

from aimocap_blender.motion.rotations import rotate
from aimocap_blender.vision.body import measures_of, skeleton_of
from aimocap_blender.vision.hands.fingers import fingers_through
from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.pose import clip_of
from tests.vision.made_tracks import person


def test_a_face_that_is_seen_wrongly_at_an_end_does_not_turn_the_head_over() -> None:
    """As beside a cut: the nose is above the ears in the first and in the last frame."""
    times = np.arange(30) / 30.0
    found = person(times)
    joints = np.stack([found[name] for name in INDEX], axis=1)
    ears = (found["left_ear"] + found["right_ear"]) / 2.0
    for end in (0, -1):
        joints[end, INDEX["nose"]] = ears[end] + [0.0, 0.02, 0.15]
    fingers, _ = fingers_through(None, np.arange(len(times)), np.ones((len(times), 2)))
    clip = clip_of(joints, skeleton_of(measures_of(joints)), 30.0, times, fingers)
    turned = clip.rotations[:, clip.skeleton.index("Head")]
    upwards = rotate(turned, np.broadcast_to([0.0, 1.0, 0.0], (len(times), 3)))  # bones point along their own Y
    assert np.degrees(np.arccos(upwards[:, 2])).max() < 45.0
