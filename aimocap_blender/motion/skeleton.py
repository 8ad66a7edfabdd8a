"""Skeletons and their motions as arrays."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..texts.faults import Fault
from .rotations import BoolArray, FloatArray, IntArray, from_matrix, to_matrix

_UNEVEN = 1e-3  # of the scale: how far an object's axes may differ in length, or be askew


@dataclass(frozen=True)
class BoneOptions:
    """Blender's options for how a bone follows its parent.

    Attributes:
        inherit_rotation: the bone rotates with its parent (`Bone.use_inherit_rotation`).
        local_location: its location channels run along its own rest axes (`Bone.use_local_location`).
        connected: its head is attached to its parent's tail, location channels have no effect (`Bone.use_connect`).
        deform: it deforms a mesh (`Bone.use_deform`).
        driven: the rig's own constraints or drivers may move it.
    """

    inherit_rotation: bool = True
    local_location: bool = True
    connected: bool = False
    deform: bool = True
    driven: bool = False


DEFAULT_OPTIONS = BoneOptions()


@dataclass(frozen=True, eq=False)
class Skeleton:
    """An armature's bones at rest.

    Attributes:
        names: the bones, parents before their children.
        parents: (B,) the parent's index, or -1.
        rest: (B, 4, 4) bone-to-armature matrices at rest (Blender's `Bone.matrix_local`), unscaled armature units.
        tails: (B, 3) tail positions at rest, armature space.
        world: (4, 4) armature-to-world (`Object.matrix_world`); the world is in metres, with Z up.
        options: one for each bone, or () if all have Blender's defaults.
    """

    names: tuple[str, ...]
    parents: IntArray
    rest: FloatArray
    tails: FloatArray
    world: FloatArray
    options: tuple[BoneOptions, ...] = ()

    def __len__(self) -> int:
        """Return the number of bones."""
        return len(self.names)

    @cached_property
    def indices(self) -> dict[str, int]:
        """Bone name to index."""
        return dict(zip(self.names, range(len(self)), strict=True))

    def index(self, name: str) -> int:
        """Return the index of the bone called `name`; raise KeyError if there is none."""
        return self.indices[name]

    def indices_of(self, names: Iterable[str]) -> list[int]:
        """Return the indices of bones, in their order."""
        return list(map(self.indices.__getitem__, names))

    def names_of(self, bones: Iterable[int]) -> tuple[str, ...]:
        """Return the names of bones, in their order."""
        return tuple(map(self.names.__getitem__, bones))

    @cached_property
    def children(self) -> tuple[tuple[int, ...], ...]:
        """The indices of each bone's children."""
        found: list[list[int]] = [[] for _ in self.names]
        for index in range(len(self)):
            parent = int(self.parents[index])
            if parent >= 0:
                found[parent].append(index)
        return tuple(map(tuple, found))

    def ancestors(self, index: int) -> tuple[int, ...]:
        """Return the bone's ancestors, nearest first, without itself."""
        return self._ancestors[index]

    def upwards(self, index: int) -> tuple[int, ...]:
        """Return the bone and its ancestors, nearest first."""
        return (index, *self._ancestors[index])

    def below(self, index: int) -> list[int]:
        """Return the bone and all that hang on it."""
        return [bone for bone in range(len(self)) if index in self.upwards(bone)]

    def between(self, top: int, index: int) -> tuple[int, ...]:
        """Return the bones between one and another below it, from above; () if it isn't below."""
        above = self._ancestors[index]
        return above[: above.index(top)][::-1] if top in above else ()

    def nearest_above(self, index: int, among: Container[int]) -> int:
        """Return the nearest of the bone's ancestors that is among some bones, or -1."""
        for above in self._ancestors[index]:
            if above in among:
                return above
        return -1

    def nearest(self, index: int, among: Container[int]) -> int:
        """Return the bone if it is among some bones, else the nearest of its ancestors that is, or -1."""
        return index if index in among else self.nearest_above(index, among)

    def common_bone(self, bones: Sequence[int]) -> int | None:
        """Return the deepest bone that carries all of some bones, itself one of them if the others are below it."""
        if not bones:
            return None
        shared = set(self.upwards(bones[0])).intersection(*map(self.upwards, bones[1:]))
        # the deepest has most bones above it
        return max(shared, key=lambda bone: len(self._ancestors[bone]), default=None)

    @cached_property
    def _ancestors(self) -> tuple[tuple[int, ...], ...]:
        parents: list[int] = self.parents.tolist()
        found: list[tuple[int, ...]] = []
        for bone in range(len(parents)):
            above: list[int] = []
            while (bone := parents[bone]) >= 0:
                above.append(bone)
            found.append(tuple(above))
        return tuple(found)

    def part(self, bones: Sequence[int], parents: Sequence[int] | None = None) -> "Skeleton":
        """Return a skeleton of some bones.

        Args:
            bones: indices, in the new order.
            parents: other parents of the skeleton's bones, -1 for none; without them each bone hangs on the nearest of
                its ancestors among the part's.
        """
        new_index = dict(zip(bones, range(len(bones)), strict=True))
        new_parents: list[int] = []
        for bone in bones:
            above = self.nearest_above(bone, new_index) if parents is None else parents[bone]
            new_parents.append(new_index.get(above, -1))
        return replace(
            self,
            names=self.names_of(bones),
            parents=np.array(new_parents, dtype=np.int64),
            rest=self.rest[list(bones)],
            tails=self.tails[list(bones)],
            # () stays (): all bones have Blender's defaults
            options=tuple(map(self.options.__getitem__, bones)) if self.options else (),
        )

    def option(self, index: int) -> BoneOptions:
        """Return how the bone takes part in a pose."""
        return self.options[index] if self.options else DEFAULT_OPTIONS

    @cached_property
    def deforming(self) -> BoolArray:
        """(B,) whether each bone deforms meshes."""
        return np.array([self.option(bone).deform for bone in range(len(self))], dtype=np.bool_)

    def posed(self, heads: FloatArray, rotations: FloatArray) -> "Skeleton":
        """Return the skeleton with a pose at rest: heads (B, 3), metres, and bone-to-world rotations (B, 4)."""
        # bones follow the object's scale, as a pose in Blender does: their matrices have it, too
        world_from_bone = np.zeros_like(self.rest)
        world_from_bone[:, :3, :3] = to_matrix(rotations) * self.scale
        world_from_bone[:, :3, 3], world_from_bone[:, 3, 3] = heads, 1.0
        rest = np.linalg.inv(self.world) @ world_from_bone
        # tails keep their place in the bones' axes; a rest matrix may be scaled, so its inverse isn't its transpose
        along = self.tails - self.rest[:, :3, 3]
        moved = rest[:, :3, :3] @ np.linalg.inv(self.rest[:, :3, :3]) @ along[..., None]
        return replace(self, rest=rest, tails=rest[:, :3, 3] + moved[..., 0])

    @cached_property
    def world_rest(self) -> FloatArray:
        """(B, 4, 4) bone-to-world matrices at rest, including the armature's scale."""
        return self.world @ self.rest

    @cached_property
    def heads(self) -> FloatArray:
        """(B, 3) heads at rest in world space, metres."""
        return self.world_rest[:, :3, 3].copy()

    @cached_property
    def world_tails(self) -> FloatArray:
        """(B, 3) tails at rest in world space, metres."""
        return self.tails @ self.world[:3, :3].T + self.world[:3, 3]

    @cached_property
    def scale(self) -> float:
        """Metres to one armature unit.

        Raises:
            Fault: the armature object is scaled unevenly, sheared or mirrored, so that rotations are ambiguous.
        """
        # columns of the same length at right angles: divided by it, their products are the identity
        axes = self.world[:3, :3]
        mean = float(np.linalg.norm(axes, axis=0).mean())
        even = mean > 0.0 and float(np.abs(axes.T @ axes / mean**2 - np.eye(3)).max()) < _UNEVEN
        if not even or float(np.linalg.det(axes)) < 0.0:
            raise Fault(
                "The armature object or its parent is scaled by different amounts along its axes, sheared or mirrored.",
                "Apply the scale of both (Ctrl-A, Scale) or make it even, then try again.",
            )
        return mean

    @cached_property
    def world_rotation(self) -> FloatArray:
        """(4,) wxyz rotation from armature to world axes, without scale; raises Fault as `scale` does."""
        return from_matrix(self.world[:3, :3] / self.scale)

    @cached_property
    def rest_rotations(self) -> FloatArray:
        """(B, 4) wxyz bone-to-world rotations at rest, without scale; raises Fault as `scale` does."""
        return from_matrix(self.world_rest[:, :3, :3] / self.scale)


def by_depth(parents: Sequence[int]) -> list[int]:
    """Return an order of bones in which each comes after its parent (-1: none), but for those in a circle of them."""
    depths = [0] * len(parents)
    for bone in range(len(parents)):
        above = parents[bone]
        # in a circle it is deeper than there are bones
        while above >= 0 and depths[bone] <= len(parents):
            depths[bone] += 1
            above = parents[above]
    return sorted(range(len(parents)), key=depths.__getitem__)


@dataclass(frozen=True, eq=False)
class Clip:
    """A motion of a skeleton.

    Attributes:
        skeleton: the bones, at rest.
        times: (F,) seconds from the start of the motion.
        fps: frame rate of the motion.
        positions: (F, B, 3) bone heads in world space, metres.
        rotations: (F, B, 4) wxyz bone-to-world rotations.
        eyes: (C, F, 3) in world space, where the cameras stand that saw it, (C, 1, 3) if these stay; None if unknown.
    """

    skeleton: Skeleton
    times: FloatArray
    fps: float
    positions: FloatArray
    rotations: FloatArray
    eyes: FloatArray | None = None
