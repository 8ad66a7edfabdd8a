"""How the turned bones of a skeleton hang on each other, and what channels pose them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..rotations import IDENTITY, FloatArray, conjugate, multiply, rotate
from .figure import Figure


@dataclass(frozen=True, eq=False)
class Linkage:
    """The bones of a figure that turn on their own; what lies between them is rigid at rest.

    Attributes:
        figure: the character.
        bones: indices of the bones that turn, parents first.
        held: of these, bones that aren't keyed: they don't inherit their parent's turn and so hold their own.
    """

    figure: Figure
    bones: tuple[int, ...]
    held: frozenset[int]

    @cached_property
    def places(self) -> dict[int, int]:
        """Bone index to its place in `bones`."""
        return {bone: place for place, bone in enumerate(self.bones)}

    @cached_property
    def above(self) -> tuple[int, ...]:
        """For each of `bones` the nearest of them above it, -1 where there is none."""
        ancestors = self.figure.skeleton.ancestors
        return tuple(next((a for a in ancestors(bone) if a in self.places), -1) for bone in self.bones)

    def basis(self, turns: Mapping[int, FloatArray]) -> FloatArray:
        """(F, K, 4) basis turns of the keyed bones, from their bone-to-body turns (F, 4).

        A pose is the parent's pose times rest times basis: between a bone and the nearest turned one above it, all but
        their own rest turns cancels out.
        """
        keyed = self.keyed
        rest = self.figure.rest
        own = np.stack([turns[bone] for bone in keyed], axis=1)
        above = {bone: self.above[self.places[bone]] for bone in keyed}
        inherits = {bone: self.figure.skeleton.option(bone).inherit_rotation and above[bone] >= 0 for bone in keyed}
        samples = np.broadcast_shapes(*(turn.shape for turn in turns.values()))
        identity = np.broadcast_to(IDENTITY, samples)
        over = np.stack([turns[above[bone]] if inherits[bone] else identity for bone in keyed], axis=1)
        offset = np.stack(
            [
                multiply(conjugate(rest[bone]), rest[above[bone]]) if inherits[bone] else conjugate(rest[bone])
                for bone in keyed
            ]
        )
        return multiply(multiply(offset, conjugate(over)), own)

    @cached_property
    def keyed(self) -> tuple[int, ...]:
        """The bones that get channels."""
        return tuple(bone for bone in self.bones if bone not in self.held)

    def hang(self, bone: int, on: int, turns: Mapping[int, FloatArray], heads: Mapping[int, FloatArray]) -> FloatArray:
        """(F, 3) where the bone's head comes to lie when it hangs rigidly on the turned bone `on`."""
        rest = self.figure
        offset = rotate(conjugate(rest.rest[on]), rest.heads[bone] - rest.heads[on])
        return heads[on] + rotate(turns[on], offset)

    def location(self, bone: int, shift: FloatArray, turns: Mapping[int, FloatArray]) -> FloatArray:
        """(F, 3) location channel in armature units that moves the bone's head by `shift` (F, 3), body axes, metres."""
        figure = self.figure
        parent = int(figure.skeleton.parents[bone])
        if figure.skeleton.option(bone).local_location:
            axes = figure.rest[bone]
        else:
            axes = figure.rest[parent] if parent >= 0 else figure.armature
        above = next((a for a in figure.skeleton.ancestors(bone) if a in self.places), -1)
        if above >= 0:
            axes = multiply(multiply(turns[above], conjugate(figure.rest[above])), axes)
        return rotate(conjugate(axes), shift) / figure.skeleton.scale


def linkage_of(figure: Figure, bones: Iterable[int]) -> Linkage:
    """The linkage of the bones that are to turn."""
    turned = set(bones)
    held = {
        above
        for bone in turned
        for above in figure.skeleton.ancestors(bone)
        if above not in turned and not figure.skeleton.option(above).inherit_rotation
    }
    return Linkage(figure, tuple(sorted(turned | held)), frozenset(held))
