"""A figure that sways over planted feet and makes a step, and the directions of its legs."""

import numpy as np

from aimocap_blender.motion.skeleton import Clip, Skeleton

from ..made_figures import matrix, quaternion, turn_about

FPS = 30.0
FRAMES = 180
STEP = slice(90, 112)  # of the right foot


def arc(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the shortest rotation (3, 3) from one direction to another."""
    axis = np.cross(a, b)
    angle = np.arctan2(np.linalg.norm(axis), a @ b)
    return np.eye(3) if angle < 1e-9 else turn_about(axis, angle)


def swaying(skeleton: Skeleton) -> Clip:
    """Return a motion whose hips sway, bob and rotate over planted feet; the right one makes a step forwards."""
    heads = skeleton.heads
    at = skeleton.index
    rest = skeleton.rest_rotations
    positions, rotations = [], []
    for frame in range(FRAMES):
        time = frame / FPS
        turn = turn_about(np.array([0.0, 0.0, 1.0]), 0.25 * np.sin(1.3 * time))
        shift = np.array([0.04 * np.sin(1.7 * time), 0.03 * np.cos(time), -0.12 + 0.03 * np.sin(2.1 * time)])
        where = (heads - heads[0]) @ turn.T + heads[0] + shift
        turns = [turn @ matrix(q) for q in rest]
        for side in ("left", "right"):
            foot = heads[at(f"{side}_foot")].copy()
            if side == "right":
                done = np.clip((frame - STEP.start) / (STEP.stop - STEP.start), 0.0, 1.0)
                foot += (0.0, -0.2 * done * done * (3 - 2 * done), 0.12 * np.sin(np.pi * done))
            upper, lower, ankle, toes = (at(f"{side}_{part}") for part in ("upper_leg", "lower_leg", "foot", "toes"))
            hip = where[upper]
            a = np.linalg.norm(heads[lower] - heads[upper])
            b = np.linalg.norm(heads[ankle] - heads[lower])
            away = foot - hip
            far = np.linalg.norm(away)
            assert far < 0.999 * (a + b)
            along = away / np.linalg.norm(away)
            ahead = turn @ np.array([0.0, -1.0, 0.0])
            ahead = ahead - along * (ahead @ along)
            inner = np.arccos((a * a + far * far - b * b) / (2 * a * far))
            knee = hip + a * (np.cos(inner) * along + np.sin(inner) * ahead / np.linalg.norm(ahead))
            where[lower], where[ankle] = knee, foot
            where[toes] = foot + heads[toes] - heads[ankle]
            turns[upper] = arc(heads[lower] - heads[upper], knee - hip) @ matrix(rest[upper])
            turns[lower] = arc(heads[ankle] - heads[lower], foot - knee) @ matrix(rest[lower])
            turns[ankle], turns[toes] = matrix(rest[ankle]), matrix(rest[toes])
        positions.append(where)
        rotations.append([quaternion(m) for m in turns])
    return Clip(skeleton, np.arange(FRAMES) / FPS, FPS, np.array(positions), np.array(rotations))


def leg_directions(target: Skeleton, heads: np.ndarray, side: str) -> np.ndarray:
    joints = [heads[:, target.index(f"{side}_{part}")] for part in ("upper_leg", "lower_leg", "foot")]
    bones = np.array([joints[1] - joints[0], joints[2] - joints[1]])
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(-1)))
