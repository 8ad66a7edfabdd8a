"""The dependencies of a skeleton's rotated bones, and the channels that pose them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rotations import IDENTITY, FloatArray, conjugate, multiply, rotate
from .figure import Figure


@dataclass(frozen=True, eq=False)
class Linkage:
    """The bones of a figure that rotate by themselves; bones in between are rigid at rest.

    Attributes:
        figure: the character.
        bones: indices of the rotating bones, parents first.
        held: those of them that aren't keyed: they don't inherit rotation, and keep their own.
    """

    figure: Figure
    bones: tuple[int, ...]
    held: frozenset[int]

    @cached_property
    def order(self) -> dict[int, int]:
        """Bone index to its position in `bones`."""
        return {bone: index for index, bone in enumerate(self.bones)}

    @cached_property
    def above(self) -> tuple[int, ...]:
        """For each of `bones` the nearest of them above it, or -1."""
        ancestors = self.figure.skeleton.ancestors
        return tuple(next((a for a in ancestors(bone) if a in self.order), -1) for bone in self.bones)

    def basis(self, rotations: Mapping[int, FloatArray]) -> FloatArray:
        """Return (F, K, 4) basis rotations of the keyed bones, from their bone-to-body rotations (F, 4).

        A pose is the parent's pose times rest times basis: between a bone and the nearest rotating one above it, all
        but their own rest rotations cancel out.
        """
        keyed = self.keyed
        rest = self.figure.rest
        own = np.stack([rotations[bone] for bone in keyed], axis=1)
        above = {bone: self.above[self.order[bone]] for bone in keyed}
        inherits = {bone: self.figure.skeleton.option(bone).inherit_rotation and above[bone] >= 0 for bone in keyed}
        samples = np.broadcast_shapes(*(turn.shape for turn in rotations.values()))
        identity = np.broadcast_to(IDENTITY, samples)
        over = np.stack([rotations[above[bone]] if inherits[bone] else identity for bone in keyed], axis=1)
        resting = np.stack([rest[above[bone]] if inherits[bone] else IDENTITY for bone in keyed])
        offset = multiply(conjugate(rest[list(keyed)]), resting)
        return multiply(multiply(offset, conjugate(over)), own)

    @cached_property
    def keyed(self) -> tuple[int, ...]:
        """The bones that get channels."""
        return tuple(bone for bone in self.bones if bone not in self.held)

    def hang(
        self, bone: int, on: int, rotations: Mapping[int, FloatArray], heads: Mapping[int, FloatArray]
    ) -> FloatArray:
        """Return (F, 3) the position of the bone's head when it hangs rigidly from the rotated bone `on`."""
        if (bone, on) not in self._arms:
            rest = self.figure
            self._arms[bone, on] = rotate(conjugate(rest.rest[on]), rest.heads[bone] - rest.heads[on])
        return heads[on] + rotate(rotations[on], self._arms[bone, on])

    @cached_property
    def _arms(self) -> dict[tuple[int, int], FloatArray]:
        """By bone and the bone that it hangs from: from head to head (3,), in its axes; filled by `hang`."""
        return {}

    def location(self, bone: int, shift: FloatArray, rotations: Mapping[int, FloatArray]) -> FloatArray:
        """Return (F, 3) the location channel, armature units, for a head `shift` (F, 3) in body axes, metres."""
        figure = self.figure
        parent = int(figure.skeleton.parents[bone])
        if figure.skeleton.option(bone).local_location:
            axes = figure.rest[bone]
        else:
            axes = figure.rest[parent] if parent >= 0 else figure.armature
        above = next((a for a in figure.skeleton.ancestors(bone) if a in self.order), -1)
        if above >= 0:
            axes = multiply(multiply(rotations[above], conjugate(figure.rest[above])), axes)
        return rotate(conjugate(axes), shift) / figure.skeleton.scale


def linkage_of(figure: Figure, bones: Iterable[int]) -> Linkage:
    """Return the linkage of the bones that are to rotate."""
    turned = set(bones)
    held = {
        above
        for bone in turned
        for above in figure.skeleton.ancestors(bone)
        if above not in turned and not figure.skeleton.option(above).inherit_rotation
    }
    return Linkage(figure, tuple(sorted(turned | held)), frozenset(held))
