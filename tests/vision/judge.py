"""How near a motion seen in a video is to the true one: figures by the tests' own code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SLOTS = tuple(
    f"{side}_{part}"
    for part in ("upper_arm", "lower_arm", "hand", "upper_leg", "lower_leg", "foot")
    for side in ("left", "right")
)
LIMBS = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("upper_arm", "lower_arm"),
        ("lower_arm", "hand"),
        ("upper_leg", "lower_leg"),
        ("lower_leg", "foot"),
    )
)
PLANTED = 0.05
"""Metres a second: a true foot whose ankle and toes are slower is planted."""

Heads = Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Figures:
    """How far one clip is off, sample by sample.

    Attributes:
        limbs: (8, F) degrees between the directions of arms and legs.
        joints: (F, 12) millimetres, both hips' middles put together.
        aligned: (F, 12) millimetres, after each frame's best similarity.
        up: degrees between the directions away from the floor.
        feet: (M,) cm/s of feet that are truly planted.
        locked: (M,) the same after the foot lock.
    """

    limbs: Array
    joints: Array
    aligned: Array
    up: float
    feet: Array
    locked: Array

    def line(self) -> str:
        """The figures in one line."""
        speeds = [f"{np.median(speed):.1f}" if len(speed) else "–" for speed in (self.feet, self.locked)]
        return (
            f"limbs {np.median(self.limbs):4.1f}° median {np.percentile(self.limbs, 95):4.1f}° p95, "
            f"MPJPE {self.joints.mean():5.1f} mm, PA-MPJPE {self.aligned.mean():5.1f} mm, up {self.up:4.1f}° off, "
            f"feet {speeds[0]} cm/s, {speeds[1]} after the lock"
        )


def judged(seen: Heads, locked: Heads, up: Array, truth: Heads, true_up: Array, fps: float) -> Figures:
    """The figures of a motion.

    Args:
        seen: slot to (F, 3) heads, in the truth's axes, metres.
        locked: the same of the feet after the foot lock; any axes.
        up: (3,) the direction away from the floor.
        truth: the true heads.
        true_up: the true direction.
        fps: frames per second.
    """
    ours = np.stack([seen[slot] for slot in SLOTS], axis=1)
    true = np.stack([truth[slot] for slot in SLOTS], axis=1)
    hips = [SLOTS.index(f"{side}_upper_leg") for side in ("left", "right")]
    ours, true = (points - points[:, hips].mean(axis=1, keepdims=True) for points in (ours, true))
    fitted = np.array([aligned(a, b) for a, b in zip(ours, true, strict=True)])
    return Figures(
        limbs=np.array([limb_errors(seen, truth, *limb) for limb in LIMBS]),
        joints=1000.0 * np.linalg.norm(ours - true, axis=-1),
        aligned=1000.0 * np.linalg.norm(fitted - true, axis=-1),
        up=float(degrees(up, true_up)),
        feet=foot_speeds(seen, truth, fps),
        locked=foot_speeds(locked, truth, fps),
    )


def together(all_of_them: Sequence[Figures]) -> Figures:
    """The figures of several clips as if they were one; `up` is the worst."""

    def joined(name: str) -> Array:
        values = [getattr(each, name) for each in all_of_them]
        return np.concatenate(values, axis=1 if name == "limbs" else 0)

    names = [field.name for field in fields(Figures) if field.name != "up"]
    return Figures(up=max(each.up for each in all_of_them), **{name: joined(name) for name in names})


def degrees(a: Array, b: Array) -> Array:
    """Angles between vectors (..., 3)."""
    across = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.degrees(np.arctan2(across, (a * b).sum(axis=-1)))


def limb_errors(seen: Heads, truth: Heads, start: str, end: str) -> Array:
    """Degrees (F,) between a limb and the true one."""
    return degrees(seen[end] - seen[start], truth[end] - truth[start])


def foot_speeds(seen: Heads, truth: Heads, fps: float) -> Array:
    """Speed (M,) of ankles, cm/s, at the moments in which the true foot is planted."""
    found: list[Array] = []
    for side in ("left", "right"):
        still = np.ones(len(truth["hips"]) - 1, dtype=bool)
        for part in ("foot", "toes"):
            if f"{side}_{part}" in truth:
                still &= np.linalg.norm(np.diff(truth[f"{side}_{part}"], axis=0), axis=-1) * fps < PLANTED
        found.append(100.0 * fps * np.linalg.norm(np.diff(seen[f"{side}_foot"], axis=0), axis=-1)[still])
    return np.concatenate(found)


def aligned(points: Array, to: Array) -> Array:
    """Points (N, 3) moved, rotated and scaled as near to others as possible (Umeyama 1991)."""
    a, b = points - points.mean(axis=0), to - to.mean(axis=0)
    u, scale, vt = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = u @ np.diag(flip) @ vt
    return float((scale * flip).sum() / (a**2).sum()) * a @ rotation.T + to.mean(axis=0)
