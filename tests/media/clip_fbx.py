"""Writes the motion of any skeleton as the service would deliver it: an FBX as Unreal exports one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .fbx_file import write_fbx
from .fbx_skeleton import Bone, SkeletonScene
from .matrices import Array, transposed, turn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CENTIMETRES = 100.0


@dataclass(frozen=True)
class SampledClip:
    """A skeleton and its motion, in metres, Z up.

    Attributes:
        names: bones, parents before children.
        parents: (B,) indices, -1 for none.
        rest: (B, 4, 4) bone to world, at rest.
        times: (F,) seconds.
        positions: (F, B, 3) in the world.
        rotations: (F, B, 3, 3) bone to world.
    """

    names: Sequence[str]
    parents: Sequence[int]
    rest: Array
    times: Array
    positions: Array
    rotations: Array

    def at(self, times: Array) -> SampledClip:
        """The same motion at other moments, straight from sample to sample; still before the first, after the last."""
        after = np.clip(np.searchsorted(self.times, times), 1, len(self.times) - 1)
        before = after - 1
        share = (times - self.times[before]) / (self.times[after] - self.times[before])
        share = np.clip(share, 0.0, 1.0)[:, None, None]
        positions = self.positions[before] + share * (self.positions[after] - self.positions[before])
        near, far = self.rotations[before], self.rotations[after]
        left, _, right = np.linalg.svd(near + share[..., None] * (far - near))
        return SampledClip(self.names, self.parents, self.rest, times, positions, left @ right)

    def turned(self, world: Array) -> SampledClip:
        """The same motion in a world that is turned (3, 3); the rest pose stays."""
        positions = turn(world, self.positions)
        return SampledClip(self.names, self.parents, self.rest, self.times, positions, world @ self.rotations)


def write_clip_fbx(file: Path, clip: SampledClip, fps: float) -> None:
    """Writes a clip whose times are a frame apart, from time 0 on; a bone `root` is added at the origin."""
    still = np.broadcast_to(np.eye(3), (len(clip.times), 3, 3))
    bones = [Bone("root", -1, (np.zeros(3), np.eye(3)), np.zeros((len(clip.times), 3)), still)]
    for index, (name, parent) in enumerate(zip(clip.names, clip.parents, strict=True)):
        rest, rotations, positions = clip.rest[index], clip.rotations[:, index], clip.positions[:, index]
        if parent >= 0:
            rest = np.linalg.inv(clip.rest[parent]) @ rest
            into_parent = transposed(clip.rotations[:, parent])
            positions = turn(into_parent, positions - clip.positions[:, parent])
            rotations = into_parent @ rotations
        at_rest = (CENTIMETRES * rest[:3, 3], rest[:3, :3])
        bones.append(Bone(name, int(parent) + 1, at_rest, CENTIMETRES * positions, rotations))
    write_fbx(file, SkeletonScene(float(fps), "Z").nodes(bones))


def rotation_matrices(quaternions: Array) -> Array:
    """Matrices (…, 3, 3) of unit quaternions (…, 4), w first."""
    w, axis = quaternions[..., 0, None], quaternions[..., 1:]
    columns = [
        each + 2 * np.cross(axis, w * each + np.cross(axis, np.broadcast_to(each, axis.shape))) for each in np.eye(3)
    ]
    return np.stack(columns, axis=-1)
