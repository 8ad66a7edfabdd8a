"""Steps of a fit where joints come to their limits."""

import numpy as np
import pytest

from aimocap_blender.motion.g1.capsules import g1_capsules
from aimocap_blender.motion.g1_retargeting.fitting import fitted
from aimocap_blender.motion.g1_retargeting.goals import Goals, Path, Weights
from aimocap_blender.motion.g1_retargeting.puppet import puppet_of
from aimocap_blender.motion.g1_retargeting.state import State
from aimocap_blender.motion.rotations import IDENTITY

SQUAT = {"hip_pitch": -88.0, "knee": 105.0, "ankle": -17.0}
"""Degrees; the H1's hips bend by 90."""
WEIGHTS = Weights()


def test_feet_stay_while_hips_come_to_their_limit() -> None:
    """A step whose joints are only cut off at their limits takes the feet along."""
    puppet, count = puppet_of("unitree_h1"), 3
    model, places = puppet.model, [puppet.places[f"{side}_foot"] for side in ("left", "right")]
    angles = [next((angle for part, angle in SQUAT.items() if part in name), 0.0) for name in model.joint_names]
    squats = State(np.zeros((count, 3)), np.tile(IDENTITY, (count, 1)), np.radians(np.tile(angles, (count, 1))))
    pos, quat = model.body_poses(squats.root_pos, squats.root_quat, squats.dof_pos)
    turn, firm = WEIGHTS.planted
    goals = Goals(
        30.0,
        squats.root_pos - [0.0, 0.0, 0.2],
        np.zeros(count),
        {0: (squats.root_quat, np.ones(count))}
        | {place.body: (quat[:, place.body], np.full(count, turn)) for place in places},
        (),
        tuple(Path(place.body, place.offset, place.at(pos, quat), np.full((count, 3), firm)) for place in places),
        (np.ones(count, dtype=bool),) * 2,
        np.zeros((1, len(model.joints))),
        (),
        -np.inf,
        WEIGHTS.ground,
    )
    lower = fitted(squats, goals, g1_capsules("unitree_h1"), WEIGHTS, 2, 0.004)
    pos, quat = model.body_poses(lower.root_pos, lower.root_quat, lower.dof_pos)
    assert lower.root_pos[:, 2].max() < -0.05
    for place, path in zip(places, goals.paths, strict=True):
        assert place.at(pos, quat) == pytest.approx(path.pos, abs=1e-3)
