"""A real walk with stairs put under it: each stance one step higher, the hips in between, legs bent to fit."""

from dataclasses import replace

import numpy as np

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.skeleton import Clip

from .retarget_judge import SIDES, joints_of_motion, standing

STEP = 0.17
LEG = ("upper_leg", "lower_leg", "foot")


def up_stairs(clip: Clip, step: float = STEP) -> tuple[Clip, dict[str, np.ndarray]]:
    """The walk going up, or down for a negative step, in a world whose Z is up.

    Returns:
        The motion, and by side the rise (F,) of the ground under the foot, metres of a man's size, NaN where it swings.
    """
    joints = joints_of_motion(clip)
    count = len(clip.times)
    stances = sorted(
        (int(start), int(stop), side)
        for side in SIDES
        for start, stop in np.flatnonzero(
            np.diff(np.concatenate([[0], standing(joints, side, low=True), [0]]))
        ).reshape(-1, 2)
        if stop - start > 3
    )
    levels: dict[str, list[tuple[int, int, float]]] = {side: [] for side in SIDES}
    height, last = 0.0, ""
    for start, stop, side in stances:
        height += step if last and side != last else 0.0
        last = side
        levels[side].append((start, stop, height))
    lift = {side: np.interp(np.arange(count), *_corners(levels[side])) for side in SIDES}
    rise = {side: np.full(count, np.nan) for side in SIDES}
    for side in SIDES:
        for start, stop, at in levels[side]:
            rise[side][start : stop + 1] = at
    kernel = np.hanning(round(0.5 * clip.fps) | 1)
    half = len(kernel) // 2
    hips = np.convolve(np.pad(np.minimum(*lift.values()), half, mode="edge"), kernel / kernel.sum(), mode="valid")
    return _moved(clip, lift, hips, 1.0 / joints.size), rise


def _corners(levels: list[tuple[int, int, float]]) -> tuple[list[float], list[float]]:
    frames = [float(edge) for start, stop, _ in levels for edge in (start, stop)]
    return frames, [height for _, _, height in levels for _ in range(2)]


def _moved(clip: Clip, lift: dict[str, np.ndarray], hips: np.ndarray, unit: float) -> Clip:
    bones = detect_bones(clip.skeleton).bones()
    place = {slot: clip.skeleton.index(bone) for slot, bone in bones.items()}
    positions, rotations = clip.positions.copy(), clip.rotations.copy()
    positions[..., 2] += hips[:, None] * unit
    for side in SIDES:
        upper, lower, foot = (place[f"{side}_{part}"] for part in LEG)
        hip = positions[:, upper]
        goal = clip.positions[:, foot] + np.outer(lift[side] * unit, [0.0, 0.0, 1.0])
        old = clip.positions[:, [upper, lower, foot]]
        knee, ankle = _bent(hip, goal, old)
        for bone, (a, b), (c, d) in (
            (upper, (old[:, 0], old[:, 1]), (hip, knee)),
            (lower, (old[:, 1], old[:, 2]), (knee, ankle)),
        ):
            below = [each for each in range(len(clip.skeleton)) if each == bone]
            rotations[:, below] = _turned(b - a, d - c, rotations[:, below])
        positions[:, lower] = knee
        under = [each for each in range(len(clip.skeleton)) if each == foot or foot in clip.skeleton.ancestors(each)]
        positions[:, under] = clip.positions[:, under] + (ankle - old[:, 2])[:, None]
    return replace(clip, positions=positions, rotations=rotations)


def _bent(hip: np.ndarray, goal: np.ndarray, old: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Knee and ankle of a leg from hip towards a goal, its knee to the side that it was bent to, or forwards."""
    a, b = (np.linalg.norm(old[:, i + 1] - old[:, i], axis=-1) for i in (0, 1))
    away = goal - hip
    far = np.linalg.norm(away, axis=-1)
    length = np.clip(far, np.abs(a - b) * 1.01, (a + b) * 0.995)
    along = away / far[:, None]
    side = old[:, 1] - old[:, 0]
    before = (old[:, 2] - old[:, 0]) / np.linalg.norm(old[:, 2] - old[:, 0], axis=-1, keepdims=True)
    side = side - before * (side * before).sum(-1, keepdims=True)
    side = np.mean(side, axis=0, keepdims=True) + 0.0 * side  # a walk keeps its direction
    side = side - along * (side * along).sum(-1, keepdims=True)
    side /= np.linalg.norm(side, axis=-1, keepdims=True)
    cosine = (a**2 + length**2 - b**2) / (2.0 * a * length)
    knee = hip + along * (a * cosine)[:, None] + side * (a * np.sqrt(1.0 - cosine**2))[:, None]
    return knee, hip + along * length[:, None]


def _turned(old: np.ndarray, new: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Quaternions (F, N, 4) turned the short way from vectors (F, 3) to others."""
    old, new = (v / np.linalg.norm(v, axis=-1, keepdims=True) for v in (old, new))
    by = np.concatenate([1.0 + (old * new).sum(-1, keepdims=True), np.cross(old, new)], axis=-1)
    by = (by / np.linalg.norm(by, axis=-1, keepdims=True))[:, None]
    w, v, s, u = by[..., :1], by[..., 1:], q[..., :1], q[..., 1:]
    return np.concatenate([w * s - (v * u).sum(-1, keepdims=True), w * u + s * v + np.cross(v, u)], axis=-1)
