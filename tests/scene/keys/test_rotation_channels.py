"""In every rotation mode Blender turns things as the quaternions say, and smooth turns give smooth curves."""

import bpy
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mathutils import Quaternion

from aimocap_blender.scene.keys.keyframes import property_channels, write_action
from aimocap_blender.scene.keys.pose_keys import rotation_values

MODES = ("QUATERNION", "AXIS_ANGLE", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
EULER_MODES = MODES[2:]

unit = st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: sum(c * c for c in q) > 0.01)


def turning(mode: str) -> bpy.types.Object:
    obj = bpy.data.objects.new("Thing", None)
    bpy.context.scene.collection.objects.link(obj)
    obj.rotation_mode = mode
    return obj


def shown(obj: bpy.types.Object, frame: int) -> Quaternion:
    bpy.context.scene.frame_set(frame)
    return obj.matrix_world.to_quaternion()


def normal(rows: list[tuple[float, ...]]) -> np.ndarray:
    turns = np.array(rows)
    return turns / np.linalg.norm(turns, axis=1, keepdims=True)


def tumbling(count: int) -> np.ndarray:
    """Several whole turns about a wandering axis, through every octant."""
    rows = [Quaternion()]
    for step in range(count - 1):
        axis = (np.sin(step / 40), np.cos(step / 55), np.sin(step / 25 + 1))
        rows.append(Quaternion(axis, 0.11) @ rows[-1])
    return np.array([tuple(q.normalized()) for q in rows])


@pytest.mark.parametrize("mode", MODES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(rows=st.lists(unit, min_size=1, max_size=6))
def test_blender_turns_as_asked(mode: str, rows: list[tuple[float, ...]]) -> None:
    turns = normal(rows)
    obj = turning(mode)
    write_action(
        obj, "Turn", np.arange(len(turns), dtype=np.float64), [*property_channels(*rotation_values(mode, turns))]
    )
    for frame, turn in enumerate(turns):
        assert abs(shown(obj, frame).dot(Quaternion(turn))) == pytest.approx(1, abs=2e-6)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("axis", range(3))
def test_square_turns_are_exact_too(mode: str, axis: int) -> None:
    """Quarter turns put an Euler order at its pole."""
    vector = np.eye(3)[axis]
    turns = np.array([tuple(Quaternion(vector, np.pi / 2 * quarter)) for quarter in range(-4, 5)])
    obj = turning(mode)
    write_action(
        obj, "Turn", np.arange(len(turns), dtype=np.float64), [*property_channels(*rotation_values(mode, turns))]
    )
    for frame, turn in enumerate(turns):
        assert abs(shown(obj, frame).dot(Quaternion(turn))) == pytest.approx(1, abs=2e-6)


@pytest.mark.parametrize("mode", MODES)
def test_halfway_between_keys_a_smooth_turn_stays_smooth(mode: str) -> None:
    """A jump by a whole turn, a sign or the other Euler solution would show between the keys."""
    turns = tumbling(900)
    turns[::7] *= -1.0
    values = rotation_values(mode, turns)[1]
    steps = np.abs(np.diff(values, axis=0)).max(axis=1)
    if mode in EULER_MODES:  # passing near the pole an Euler curve is steep, but never by half a turn more than it must
        assert np.median(steps) < 0.4
        assert (steps > 2.0).mean() < 0.02
    else:
        assert steps.max() < 0.2


@pytest.mark.parametrize("mode", EULER_MODES)
@pytest.mark.parametrize("axis", range(3))
def test_turning_about_one_axis_moves_one_curve_only_and_never_back(mode: str, axis: int) -> None:
    angles = np.linspace(0, 6 * np.pi, 200)
    turns = np.zeros((len(angles), 4))
    turns[:, 0] = np.cos(angles / 2)
    turns[:, 1 + axis] = np.sin(angles / 2)
    values = rotation_values(mode, turns)[1]
    expected = np.zeros((len(angles), 3))
    expected[:, axis] = angles
    assert values == pytest.approx(expected, abs=1e-6)


def test_axis_angle_counts_on_through_no_turn() -> None:
    angles = np.linspace(-2, 2, 41)
    turns = np.stack([np.cos(angles / 2), np.sin(angles / 2), 0 * angles, 0 * angles], axis=1)
    angle, *axis = rotation_values("AXIS_ANGLE", turns)[1].T
    assert np.abs(np.diff(angle)) == pytest.approx(0.1)
    assert np.abs(np.diff(axis)).max() == 0


def test_channels_of_a_bone_are_in_its_group() -> None:
    channels = property_channels('pose.bones["hips"].rotation_quaternion', np.array([[1.0, 0, 0, 0]]))
    assert [(channel.data_path, channel.index, channel.group) for channel in channels] == [
        ('pose.bones["hips"].rotation_quaternion', index, "hips") for index in range(4)
    ]
