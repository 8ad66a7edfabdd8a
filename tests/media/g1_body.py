"""The G1's chains of joints, and solving its legs for where the feet shall be. Only the table is the add-on's."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .matrices import Array, about, transposed, turn

TABLE = Path(__file__).resolve().parents[2] / "aimocap_blender" / "motion" / "g1" / "g1-29dof.json"
ROUNDS = 40
DAMPING = 1e-10
CLOSE = 1e-9  # metres and radians


@dataclass(frozen=True)
class G1Joint:
    """A joint in its parent's frame."""

    name: str
    offset: Array  # (3,) metres
    rotation: Array  # (3, 3)
    axis: Array  # (3,)
    limits: tuple[float, float]  # radians


@lru_cache(maxsize=1)
def g1_joints() -> tuple[G1Joint, ...]:
    """The 29 joints in MuJoCo's order."""
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["joints"]]
    return tuple(
        G1Joint(
            row["joint"],
            np.array(row["pos"], dtype=np.float64),
            _from_wxyz(*row["quat_wxyz"]),
            np.array(row["axis"], dtype=np.float64),
            tuple(row["range"]),
        )
        for row in rows
    )


def leg(side: str) -> list[int]:
    """The indices of a leg's six joints, from the hip to the ankle; side 'l' or 'r'."""
    word = {"l": "left", "r": "right"}[side]
    parts = ("hip", "knee", "ankle")
    return [i for i, j in enumerate(g1_joints()) if j.name.startswith(tuple(f"{word}_{part}" for part in parts))]


def chain(indices: list[int], root: tuple[Array, Array], angles: Array) -> tuple[Array, Array, Array]:
    """Where a chain's joints are: positions (F, J, 3), axes (F, J, 3), and the last link's rotation (F, 3, 3).

    Args:
        indices: of the joints, from the pelvis on.
        root: the pelvis' position (F, 3) and rotation (F, 3, 3).
        angles: (F, J) radians.
    """
    position, rotation = root
    positions, axes = [], []
    for column, index in enumerate(indices):
        joint = g1_joints()[index]
        position = position + turn(rotation, joint.offset)
        rotation = rotation @ joint.rotation
        positions.append(position)
        axes.append(turn(rotation, joint.axis))
        rotation = rotation @ about(joint.axis, angles[:, column])
    return np.stack(positions, axis=1), np.stack(axes, axis=1), rotation


def solve_leg(side: str, root: tuple[Array, Array], ankle: Array, foot: Array) -> Array:
    """The angles (F, 6) that bring the ankle to `ankle` (F, 3), and the foot to the rotation `foot` (F, 3, 3).

    Raises ValueError where that is out of reach or outside of the joints' limits.
    """
    indices = leg(side)
    angles = np.tile(np.array([-0.4, 0.0, 0.0, 0.8, -0.4, 0.0]), (len(ankle), 1))
    for _ in range(ROUNDS):
        positions, axes, rotation = chain(indices, root, angles)
        miss = np.concatenate([ankle - positions[:, -1], _turn_vector(foot @ transposed(rotation))], axis=1)
        if np.abs(miss).max() < CLOSE:
            break
        moves = np.concatenate([np.cross(axes, positions[:, -1:] - positions), axes], axis=2)
        jacobian = transposed(moves)
        normal = moves @ jacobian + DAMPING * np.eye(len(indices))
        angles = angles + np.linalg.solve(normal, turn(moves, miss)[..., None])[..., 0]
    else:
        raise ValueError(f"a foot of the G1 is out of reach by {np.abs(miss).max():.2g}")
    limits = np.array([g1_joints()[index].limits for index in indices])
    if np.any(angles < limits[:, 0]) or np.any(angles > limits[:, 1]):
        raise ValueError("a leg of the G1 goes past its limits")
    return angles


def _turn_vector(rotations: Array) -> Array:
    """Rotations (F, 3, 3) as axis times angle (F, 3)."""
    skew = np.stack([rotations[:, 2, 1], rotations[:, 0, 2], rotations[:, 1, 0]], axis=-1)
    skew = (skew - np.stack([rotations[:, 1, 2], rotations[:, 2, 0], rotations[:, 0, 1]], axis=-1)) / 2
    sine = np.linalg.norm(skew, axis=-1)
    angle = np.arctan2(sine, (np.trace(rotations, axis1=1, axis2=2) - 1) / 2)
    return skew * np.where(sine > 0, angle / np.maximum(sine, 1e-300), 1.0)[:, None]


def _from_wxyz(w: float, x: float, y: float, z: float) -> Array:
    vector = np.array([x, y, z])
    length = float(np.linalg.norm(vector))
    return about(vector, 2 * np.arctan2(length, w)) if length > 0 else np.eye(3)
