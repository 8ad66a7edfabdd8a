"""Motion files in BVH of the mocap that people are filmed with: Y up, any unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aimocap_blender.motion.rotations import continuous, from_matrix
from aimocap_blender.motion.skeleton import Clip, Skeleton
from tests.media.matrices import about

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.media.matrices import Array

LEG, ANKLE = 0.85, 0.08  # metres, from hip to ankle, and that one's height: the unit of these files is not known
Z_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
AXES = dict(zip("XYZ", np.eye(3), strict=True))


def read_bvh(text: str) -> Clip:
    """Read a motion and bring it to metres, with Z up.

    Bones have the world's axes at rest. The first frame is left out, as it is a pose that the files add.
    """
    head, _, tail = text.partition("MOTION")
    names, parents, offsets, channels = _joints(head.split("\n"))
    lines = tail.strip().split("\n")
    fps = 1.0 / float(lines[1].split(":")[1])
    rows = np.array([line.split() for line in lines[3:]], dtype=np.float64)
    local = np.tile(np.eye(3), (len(names), len(rows), 1, 1))
    shift = np.repeat(np.array(offsets)[:, None], len(rows), axis=1)
    column = 0
    for joint, own in enumerate(channels):
        for channel in own:
            values = rows[:, column]
            column += 1
            if channel.endswith("position"):
                shift[joint, :, "XYZ".index(channel[0])] = values
            else:
                local[joint] = local[joint] @ about(AXES[channel[0]], np.radians(values))
    turns, places = local.copy(), shift.copy()
    heads = np.array(offsets)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            turns[joint] = turns[parent] @ local[joint]
            places[joint] = places[parent] + (turns[parent] @ shift[joint][..., None])[..., 0]
            heads[joint] = heads[parent] + offsets[joint]
    legs = [names.index(name) for name in ("lThigh", "lShin", "lFoot")]
    unit = LEG / np.linalg.norm(np.diff(heads[legs], axis=0), axis=1).sum()
    heads, places = unit * heads @ Z_UP.T, unit * places @ Z_UP.T
    heads[:, 2] += ANKLE - heads[legs[-1], 2]
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = heads
    skeleton = Skeleton(tuple(names), np.array(parents), rest, _tails(heads, parents), np.eye(4))
    rotations = np.stack([continuous(from_matrix(turn)) for turn in Z_UP @ turns @ Z_UP.T], axis=1)
    return Clip(skeleton, np.arange(len(rows)) / fps, fps, places.swapaxes(0, 1), rotations)


def _joints(lines: Sequence[str]) -> tuple[list[str], list[int], list[Array], list[list[str]]]:
    """Names, parents, offsets and channels; the ends of bones are no joints."""
    names: list[str] = []
    parents: list[int] = []
    offsets: list[Array] = []
    channels: list[list[str]] = []
    open_joints: list[int] = [-1]
    for word, *rest in (line.split() for line in lines if line.strip()):
        if word in {"ROOT", "JOINT"}:
            names.append(rest[0])
            parents.append(open_joints[-1])
        elif word == "End":
            names.append("")
        elif word == "{":
            open_joints.append(len(names) - 1)
        elif word == "}":
            open_joints.pop()
            if not names[-1]:
                names.pop()
        elif word == "OFFSET" and names[-1]:
            offsets.append(np.array(rest, dtype=np.float64))
        elif word == "CHANNELS":
            channels.append(rest[1:])
    return names, parents, offsets, channels


def _tails(heads: Array, parents: Sequence[int]) -> Array:
    """The first child of each bone, or a little above it."""
    tails = heads + np.array([0.0, 0.0, 0.1])
    for joint in range(len(parents) - 1, -1, -1):
        if parents[joint] >= 0:
            tails[parents[joint]] = heads[joint]
    return tails
