"""A figure that sways over planted feet and makes a step, and the directions of its legs."""

import numpy as np

from aimocap_blender.motion.skeleton import Clip, Skeleton

from ..made_figures import matrix, quaternion, turn_about

FPS = 30.0
FRAMES = 180
STEP = slice(90, 112)  # of the right foot
UP = np.array([0.0, 0.0, 1.0])


def arc(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the shortest rotations (..., 3, 3) from directions (..., 3) to others."""
    axis = np.cross(a, b)
    angle = np.arctan2(np.linalg.norm(axis, axis=-1), (a * b).sum(-1))
    stays = angle < 1e-9
    return turn_about(np.where(stays[..., None], UP, axis), np.where(stays, 0.0, angle))


def swaying(skeleton: Skeleton) -> Clip:
    """Return a motion whose hips sway, bob and rotate over planted feet; the right one makes a step forwards."""
    heads, at = skeleton.heads, skeleton.index
    rest = np.array([matrix(q) for q in skeleton.rest_rotations])
    times = np.arange(FRAMES) / FPS
    turn = turn_about(np.tile(UP, (FRAMES, 1)), 0.25 * np.sin(1.3 * times))
    shift = [0.04 * np.sin(1.7 * times), 0.03 * np.cos(times), -0.12 + 0.03 * np.sin(2.1 * times)]
    where = (heads - heads[0]) @ np.swapaxes(turn, 1, 2) + heads[0] + np.stack(shift, axis=1)[:, None]
    turns = turn[:, None] @ rest
    done = np.clip((np.arange(FRAMES) - STEP.start) / (STEP.stop - STEP.start), 0.0, 1.0)
    steps = np.stack([0.0 * done, -0.2 * done * done * (3 - 2 * done), 0.12 * np.sin(np.pi * done)], axis=1)
    for side in ("left", "right"):
        upper, lower, ankle, toes = (at(f"{side}_{part}") for part in ("upper_leg", "lower_leg", "foot", "toes"))
        foot = heads[ankle] + (steps if side == "right" else 0.0 * steps)
        hip = where[:, upper].copy()
        a = np.linalg.norm(heads[lower] - heads[upper])
        b = np.linalg.norm(heads[ankle] - heads[lower])
        far = np.linalg.norm(foot - hip, axis=1)[:, None]
        assert (far < 0.999 * (a + b)).all()
        along = (foot - hip) / far
        ahead = turn @ np.array([0.0, -1.0, 0.0])
        ahead = ahead - along * (ahead * along).sum(axis=1)[:, None]
        inner = np.arccos((a * a + far * far - b * b) / (2 * a * far))
        knee = hip + a * (np.cos(inner) * along + np.sin(inner) * ahead / np.linalg.norm(ahead, axis=1)[:, None])
        where[:, lower], where[:, ankle] = knee, foot
        where[:, toes] = foot + heads[toes] - heads[ankle]
        turns[:, upper] = arc(heads[lower] - heads[upper], knee - hip) @ rest[upper]
        turns[:, lower] = arc(heads[ankle] - heads[lower], foot - knee) @ rest[lower]
        turns[:, ankle], turns[:, toes] = rest[ankle], rest[toes]
    return Clip(skeleton, times, FPS, where, quaternion(turns))


def leg_directions(target: Skeleton, heads: np.ndarray, side: str) -> np.ndarray:
    joints = [heads[:, target.index(f"{side}_{part}")] for part in ("upper_leg", "lower_leg", "foot")]
    bones = np.array([joints[1] - joints[0], joints[2] - joints[1]])
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))
