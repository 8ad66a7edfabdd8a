"""The center of pressure by MuJoCo's inverse dynamics, of robots that stand still."""

import numpy as np
import pytest

from .g1_inverse import pressure_outside
from .g1_judge import soles_of
from .robot_motion_judge import centre_of_mass


@pytest.mark.parametrize(("lean", "outside"), [(0.0, False), (0.35, True)])
def test_a_robot_that_stands_still_is_pressed_below_its_centre_of_mass(lean: float, *, outside: bool) -> None:
    turn = np.tile([np.cos(lean / 2.0), 0.0, np.sin(lean / 2.0), 0.0], (5, 1))
    robot = np.tile([0.0, 0.0, 0.79], (5, 1)), turn, np.zeros((5, 29))
    corners = soles_of(robot, "29dof")
    robot[0][:, 2] -= corners[..., 2].min()
    found = pressure_outside(30.0, robot)
    ahead = centre_of_mass(robot, "29dof")[0, 0]
    low = soles_of(robot, "29dof")[0].reshape(-1, 3)
    front = low[low[:, 2] < 0.02, 0].max()
    assert found == pytest.approx(np.full(3, max(ahead - front, 0.0)), abs=2e-3)
    assert (found[0] > 0.0) == outside
