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
        return tuple(self.figure.skeleton.nearest_above(bone, self.order) for bone in self.bones)

    def basis(self, rotations: Mapping[int, FloatArray]) -> FloatArray:
        """Return (F, K, 4) basis rotations of the keyed bones, from their bone-to-body rotations (F, 4).

        A pose is the parent's pose times rest times basis: between a bone and the nearest rotating one above it, all
        but their own rest rotations cancel out.
        """
        keyed = self.keyed
        rest = self.figure.rest
        samples = np.broadcast_shapes(*(turn.shape for turn in rotations.values()))
        # a bone that doesn't inherit rotation, or has none above it, rotates as if on one that never moves
        above_now = [np.broadcast_to(IDENTITY, samples)] * len(keyed)
        above_at_rest = [IDENTITY] * len(keyed)
        for number, bone in enumerate(keyed):
            above = self.above[self.order[bone]]
            if above >= 0 and self.figure.skeleton.option(bone).inherit_rotation:
                above_now[number], above_at_rest[number] = rotations[above], rest[above]
        body_from_bone = np.stack([rotations[bone] for bone in keyed], axis=1)
        body_from_above = np.stack(above_now, axis=1)
        rest_from_above = multiply(conjugate(rest[list(keyed)]), np.stack(above_at_rest))
        return multiply(multiply(rest_from_above, conjugate(body_from_above)), body_from_bone)

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
            body_from_channel = figure.rest[bone]
        else:
            body_from_channel = figure.rest[parent] if parent >= 0 else figure.armature
        # the axes go along with the rotated bone above
        above = figure.skeleton.nearest_above(bone, self.order)
        if above >= 0:
            away_from_rest = multiply(rotations[above], conjugate(figure.rest[above]))
            body_from_channel = multiply(away_from_rest, body_from_channel)
        return rotate(conjugate(body_from_channel), shift) / figure.skeleton.scale


def linkage_of(figure: Figure, bones: Iterable[int]) -> Linkage:
    """Return the linkage of the bones that are to rotate."""
    rotated = set(bones)
    # a bone above that doesn't inherit rotation isn't rigid with the next rotated one: it stays as the armature has it
    above = set[int]().union(*map(figure.skeleton.ancestors, rotated))
    held = {bone for bone in above - rotated if not figure.skeleton.option(bone).inherit_rotation}
    return Linkage(figure, tuple(sorted(rotated | held)), frozenset(held))
