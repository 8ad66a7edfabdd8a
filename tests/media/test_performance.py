"""The performance is what its users rely on: feet that stand still exactly, from exactly known moments."""

from __future__ import annotations

import numpy as np
import pytest

from .matrices import about, euler_xyz, quaternion_xyzw
from .performance import Performance
from .posing import pose, the_body


@pytest.mark.parametrize("step_sec", [0.5, 0.48, 15 * 1001 / 30000])
def test_planted_feet_do_not_move_and_moments_before_they_do(step_sec: float) -> None:
    performance = Performance(step_sec=step_sec)
    contacts = performance.contacts(1.0, 7.0)
    assert {contact.side for contact in contacts} == {"l", "r"}
    for contact in contacts:
        inside = pose(np.linspace(contact.start, contact.end, 9), performance)
        for bone in (f"foot_{contact.side}", f"ball_{contact.side}"):
            assert np.ptp(inside.positions[bone], axis=0).max() < 1e-12
            assert np.ptp(inside.rotations(bone), axis=0).max() < 1e-12
        around = pose(contact.start + np.array([-1 / 30, 0.0]), performance).positions[f"foot_{contact.side}"]
        assert np.linalg.norm(around[0] - around[1]) > 0.02


def test_contacts_of_a_range_are_those_that_begin_in_it() -> None:
    assert Performance().contact_times(1.0, 2.5) == [1.0, 1.5, 2.0, 2.5]
    assert [contact.side for contact in Performance().contacts(1.2, 2.2)] == ["r", "l"]


def test_a_trimmed_range_shows_the_same_moments() -> None:
    whole = pose(np.arange(100) / 25, Performance())
    part = pose(np.arange(40, 60) / 25, Performance())
    for name in the_body().names:
        assert np.allclose(whole.positions[name][40:60], part.positions[name], atol=1e-12)


def test_bones_keep_their_lengths_and_turn_without_jumps() -> None:
    body = the_body()
    posed = pose(np.arange(0, 12, 1 / 120), Performance())
    for index, name in enumerate(body.names):
        turns = posed.turns[name]
        assert np.allclose(turns @ np.swapaxes(turns, 1, 2), np.eye(3), atol=1e-9)
        assert np.abs(np.diff(turns, axis=0)).max() < 0.06
        parent = body.names[body.parents[index]]
        if body.parents[index] > 0 and not name.startswith("ik_"):
            length = np.linalg.norm(posed.positions[name] - posed.positions[parent], axis=1)
            assert np.allclose(length, np.linalg.norm(body.at(name) - body.at(parent)), atol=1e-9)


def test_the_body_is_symmetric_and_named_as_the_service_names_it() -> None:
    body = the_body()
    named = {"root", "pelvis", "head", "neck_01", "neck_02"} | {f"spine_0{i}" for i in range(1, 6)}
    sided = (
        "clavicle",
        "upperarm",
        "lowerarm",
        "hand",
        "thigh",
        "calf",
        "foot",
        "ball",
        "pinky_metacarpal",
        "thumb_03",
    )
    assert named | {f"{part}_{side}" for part in sided for side in "lr"} <= set(body.names)
    for name in body.names:
        if name.endswith("_l"):
            assert np.allclose(body.at(name) * [-1, 1, 1], body.at(f"{name[:-1]}r"))
        axes = body.axes[body.names.index(name)]
        assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1.0)


def test_euler_angles_and_quaternions_give_the_turn_back() -> None:
    steps = np.random.default_rng(1).normal(size=(500, 3)) * 0.05
    angles = np.cumsum(steps, axis=0) + np.array([0.1, np.pi / 2, -0.2])  # across the pole of the middle angle
    turns = about((0, 0, 1), angles[:, 2]) @ about((0, 1, 0), angles[:, 1]) @ about((1, 0, 0), angles[:, 0])
    x, y, z = np.radians(euler_xyz(turns)).T
    assert np.allclose(about((0, 0, 1), z) @ about((0, 1, 0), y) @ about((1, 0, 0), x), turns, atol=1e-9)
    quaternions = quaternion_xyzw(turns)
    axis, half = quaternions[:, :3], np.arccos(np.clip(quaternions[:, 3], -1, 1))
    assert np.allclose(about(axis, 2 * half), turns, atol=1e-7)
    assert (np.sum(quaternions[1:] * quaternions[:-1], axis=1) > 0).all()
