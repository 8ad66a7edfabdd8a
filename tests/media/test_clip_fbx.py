"""Blender's importer finds in the FBX of a clip what the clip is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from .clip_fbx import SampledClip, rotation_matrices, write_clip_fbx
from .matrices import Z_AXIS, about, quaternion_xyzw
from .performance import Performance
from .posing import pose, the_body
from .test_metahuman_fbx import import_with

if TYPE_CHECKING:
    from pathlib import Path

FPS = 20.0
NAMES = ("pelvis", "spine_01", "thigh_l", "calf_l", "foot_l", "thigh_r")
PARENTS = (-1, 0, 0, 2, 3, 0)


def clip_of(times: np.ndarray) -> SampledClip:
    posed, body = pose(times, Performance()), the_body()
    rest = np.tile(np.eye(4), (len(NAMES), 1, 1))
    for index, name in enumerate(NAMES):
        rest[index, :3, :3], rest[index, :3, 3] = body.axes[body.names.index(name)], body.at(name)
    positions = np.stack([posed.positions[name] for name in NAMES], axis=1)
    rotations = np.stack([posed.rotations(name) for name in NAMES], axis=1)
    return SampledClip(NAMES, PARENTS, rest, times, positions, rotations)


def test_a_clip_arrives_in_blender(tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender")
    clip = clip_of(np.arange(30) / FPS)
    write_clip_fbx(tmp_path / "clip.fbx", clip, FPS)
    armature = import_with("python", tmp_path / "clip.fbx")
    first, last = armature.animation_data.action.frame_range
    assert (last - first) == pytest.approx(29)
    for index in (0, 11, 29):
        bpy.context.scene.frame_set(int(first) + index)
        for number, name in enumerate(NAMES):
            world = armature.matrix_world @ armature.pose.bones[name].matrix
            assert np.allclose(world.translation, clip.positions[index, number], atol=1e-5), name
            rest = np.array(armature.data.bones[name].matrix_local.to_3x3())
            turned = np.array(world.to_3x3().normalized()) @ rest.T
            assert np.allclose(turned, clip.rotations[index, number] @ clip.rest[number, :3, :3].T, atol=1e-4), name


def test_a_clip_between_its_samples_is_the_performance() -> None:
    times = np.arange(120) / 120.0
    between = times[:-1] + 1 / 240.0
    sampled, expected = clip_of(times).at(between), clip_of(between)
    assert np.allclose(sampled.positions, expected.positions, atol=2e-3)
    assert np.allclose(sampled.rotations, expected.rotations, atol=2e-2)
    assert np.allclose(clip_of(times).at(np.array([-1.0, 9.0])).positions[:, 0], clip_of(times).positions[[0, -1], 0])


def test_turning_the_world_turns_the_motion() -> None:
    clip, quarter = clip_of(np.arange(5) / FPS), about(Z_AXIS, np.pi / 2)
    turned = clip.turned(quarter)
    assert np.allclose(turned.positions[..., 0], -clip.positions[..., 1])
    assert np.allclose(turned.rotations[..., 2, :], clip.rotations[..., 2, :])


def test_quaternions_become_matrices() -> None:
    turns = about(np.array([[1.0, 2.0, -0.5]]), np.linspace(-3, 3, 9))
    assert np.allclose(rotation_matrices(quaternion_xyzw(turns)[:, [3, 0, 1, 2]]), turns)
