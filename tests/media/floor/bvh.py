"""Scripted motion as a BVH file: Y up, centimetres, T-pose at rest."""

from itertools import chain

import numpy as np

from ..matrices import Array, degrees_zyx, transposed
from .figure import END_OFFSETS, JOINTS, PARENTS
from .script import FloorClip

CM = 100.0
Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def bvh_of(floor_clip: FloorClip) -> str:
    """The text of the file."""
    clip, listed = floor_clip.clip, list(_below("Hips"))
    turns = {bone: Y_UP @ turned @ Y_UP.T for bone, turned in floor_clip.turns.items()}
    angles = [degrees_zyx(turns[b] if PARENTS[b] is None else transposed(turns[PARENTS[b]]) @ turns[b]) for b in listed]
    rows = np.concatenate([CM * clip.positions[:, 0] @ Y_UP.T, *angles], axis=1)
    return "\n".join(
        [
            "HIERARCHY",
            *_joint("Hips", ""),
            "MOTION",
            f"Frames: {len(rows)}",
            f"Frame Time: {1.0 / clip.fps:.7f}",
            *(" ".join(f"{value:.6f}" for value in row) for row in rows),
            "",
        ]
    )


def _children(bone: str) -> list[str]:
    return [name for name, parent in PARENTS.items() if parent == bone]


def _below(bone: str) -> list[str]:
    return [bone, *chain.from_iterable(_below(child) for child in _children(bone))]


def _joint(bone: str, pad: str) -> list[str]:
    root = PARENTS[bone] is None
    inner = [_offset(np.zeros(3) if root else JOINTS[bone] - JOINTS[PARENTS[bone]])]
    inner += [f"CHANNELS {'6 Xposition Yposition Zposition' if root else 3} Zrotation Yrotation Xrotation"]
    inner += chain.from_iterable(_joint(child, "  ") for child in _children(bone))
    if bone in END_OFFSETS:
        inner += ["End Site", "{", f"  {_offset(END_OFFSETS[bone])}", "}"]
    return [
        pad + line for line in (f"{'ROOT' if root else 'JOINT'} {bone}", "{", *(f"  {line}" for line in inner), "}")
    ]


def _offset(way: Array) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in CM * Y_UP @ way)
