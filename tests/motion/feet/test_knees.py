"""Knees that a capture bends slightly backwards, on figures whose feet are held."""

import numpy as np
import pytest

from aimocap_blender.motion.bones.humanoid import BoneMap
from aimocap_blender.motion.retargeting.retarget import retarget
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip, Skeleton
from tests.motion.feet.swaying_figure import arc, degrees, leg_directions, swaying

from ..made_figures import figure, matrix, pose, quaternion, turn_about

FPS = 30.0
FRAMES = 150
SIDES = ("left", "right")


def bobbing(skeleton: Skeleton) -> Clip:
    """Return a motion whose hips bob and sway ahead over planted feet, knees bent from -5.5 to 8.5 degrees."""
    heads, rest, at = skeleton.heads, skeleton.rest_rotations, skeleton.index
    positions, rotations = [], []
    for time in np.arange(FRAMES) / FPS:
        bend = np.radians(1.5 + 7.0 * np.sin(3.0 * time))
        lean = 0.05 * np.sin(1.9 * time)
        up = np.array([0.0, np.sin(lean), np.cos(lean)])
        joints = [at(f"left_{part}") for part in ("upper_leg", "lower_leg", "foot")]
        a, b = np.linalg.norm(np.diff(heads[joints], axis=0), axis=-1)
        far = np.sqrt(a * a + b * b + 2.0 * a * b * np.cos(bend))
        where = heads + heads[joints[2]] + far * up - heads[joints[0]]
        turns = [matrix(q) for q in rest]
        for side in SIDES:
            upper, lower, ankle, toes = (at(f"{side}_{part}") for part in ("upper_leg", "lower_leg", "foot", "toes"))
            inner = np.sign(bend) * np.arccos((a * a + far * far - b * b) / (2.0 * a * far))
            hip, foot = where[upper], heads[ankle]
            where[lower] = hip + a * (-np.cos(inner) * up + np.sin(inner) * np.cross(up, [-1.0, 0.0, 0.0]))
            where[ankle], where[toes] = foot, heads[toes]
            turns[upper] = arc(heads[lower] - heads[upper], where[lower] - hip) @ turns[upper]
            turns[lower] = arc(heads[ankle] - heads[lower], foot - where[lower]) @ turns[lower]
        positions.append(where)
        rotations.append([quaternion(turn) for turn in turns])
    return Clip(skeleton, np.arange(FRAMES) / FPS, FPS, np.array(positions), np.array(rotations))


def bends(skeleton: Skeleton, heads: np.ndarray, side: str) -> np.ndarray:
    """Return by how many degrees (F,) a knee is bent, negative for backwards."""
    upper, lower = leg_directions(skeleton, heads, side)
    return degrees(upper, lower) * np.sign(np.cross(upper, lower)[:, 0])


def put_on(clip: Clip, source_map: BoneMap, seed: int, options: RetargetOptions) -> tuple[Skeleton, np.ndarray]:
    """Return a character, and its heads (F, B, 3) with the motion."""
    target, target_map = figure(np.random.default_rng(seed), stretch=0.2, scale=1.3)
    result = retarget(clip, source_map, target, target_map, options)
    heads = []
    for frame in range(len(clip.times)):
        basis = {bone: matrix(result.rotations[frame, place]) for place, bone in enumerate(result.bones)}
        heads.append(pose(target, basis, {bone: channel[frame] for bone, channel in result.locations.items()})[0])
    return target, np.array(heads)


@pytest.mark.parametrize("seed", range(3))
def test_knees_stay_on_their_side_and_step_no_more_than_the_captures(seed: int) -> None:
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = bobbing(source)
    assert min(bends(source, clip.positions, "left")) < -5.0
    target, held = put_on(clip, source_map, seed, RetargetOptions())
    for side in SIDES:
        assert bends(target, held, side).min() > 0.0
        wanted, got = (
            [degrees(bone[1:], bone[:-1]) for bone in leg_directions(skeleton, paths, side)]
            for skeleton, paths in ((source, clip.positions), (target, held))
        )
        assert (np.array(got) - np.array(wanted)).max() < 3.0
        ankle = held[:, target.index(f"{side}_foot")]
        assert np.linalg.norm(np.diff(ankle, axis=0), axis=-1).max() * FPS < 0.001


def test_a_thigh_whose_axes_are_turned_keeps_its_knee_where_it_is() -> None:
    """Rotations of captures that track points may say nothing of how a thigh is turned about itself."""
    source, source_map = figure(np.random.default_rng(99), stretch=0.0)
    clip = swaying(source)
    for side in SIDES:
        upper, lower = (source.index(f"{side}_{part}") for part in ("upper_leg", "lower_leg"))
        for frame in range(len(clip.times)):
            along = clip.positions[frame, lower] - clip.positions[frame, upper]
            clip.rotations[frame, upper] = quaternion(turn_about(along, np.pi) @ matrix(clip.rotations[frame, upper]))
    target, held = put_on(clip, source_map, 0, RetargetOptions())
    _, free = put_on(clip, source_map, 0, RetargetOptions(contacts="OFF"))
    for side in SIDES:
        assert degrees(leg_directions(target, held, side), leg_directions(target, free, side)).max() < 8.0
