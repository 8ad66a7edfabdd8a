"""The part of a source that the robot is to do."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.g1_retargeting.intent import begun
from aimocap_blender.motion.rotations import IDENTITY
from tests.media.performance_clip import performance_clip

CLIP = performance_clip(0.0, 1.0)


def test_a_rest_pose_in_the_first_frame_is_not_done() -> None:
    """The robot jumped from it, and fell over its feet for a third of a second."""
    positions, rotations = CLIP.positions.copy(), CLIP.rotations.copy()
    positions[0], rotations[0] = CLIP.skeleton.rest[:, :3, 3], IDENTITY
    found, jumped = begun(replace(CLIP, positions=positions, rotations=rotations))
    assert jumped
    assert np.linalg.norm(found.positions - CLIP.positions, axis=-1).max() < 0.03
    assert np.abs(found.rotations - CLIP.rotations).max() < 0.03


def test_motion_that_only_begins_fast_is_done_as_it_is() -> None:
    for first in range(20):
        rows = slice(first, None)
        part = replace(CLIP, times=CLIP.times[rows], positions=CLIP.positions[rows], rotations=CLIP.rotations[rows])
        assert begun(part) == (part, False)
