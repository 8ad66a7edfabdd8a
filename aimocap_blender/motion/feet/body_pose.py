"""A character's pose in every frame: the rotations of its bones, and where its hips are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..bones.humanoid import LEG_SLOTS, SIDES, filled, slots_of
from ..figures.figure import Linkage
from ..rotations import FloatArray, conjugate, from_rotation_vector, multiply, rotate, slerp
from .leg_solution import Leg, PosedLeg


@dataclass(frozen=True, eq=False)
class BodyPose:
    """Poses of a character over time, in its body axes.

    Attributes:
        linkage: the character's bones.
        rotations: bone to (F, 4) bone-to-body rotation.
        hips: (F, 3) positions of the hips' head, metres.
    """

    linkage: Linkage
    rotations: Mapping[int, FloatArray]
    hips: FloatArray

    def rotated(self, bones: Iterable[int]) -> list[int]:
        """Return those of some bones that the pose rotates."""
        return [bone for bone in bones if bone in self.rotations]

    def heads(self, bones: tuple[int, ...]) -> dict[int, FloatArray]:
        """Return the heads (F, 3) of bones that follow each other down from the hips, with the hips' own."""
        linkage = self.linkage
        root = linkage.figure.slots["hips"]
        heads = {root: self.hips}
        parent = root
        for bone in bones:
            between = self.rotated(reversed(linkage.figure.skeleton.ancestors(bone)))
            # rotated bones between two joints: a spine that the legs hang from
            if parent in between:
                for inner in between[between.index(parent) + 1 :]:
                    heads[inner] = linkage.hang(inner, parent, self.rotations, heads)
                    parent = inner
            heads[bone] = linkage.hang(bone, parent, self.rotations, heads)
            parent = bone
        return heads

    def middle_of(self, bones: Sequence[int]) -> FloatArray:
        """Return (F, 3) the mean of the heads of some bones that hang from the hips; without any, that of the hips."""
        heads = [self.heads((bone,))[bone] for bone in bones]
        return np.asarray(np.mean(heads, axis=0), dtype=np.float64) if heads else self.hips

    def point(self, bone: int, offset: FloatArray) -> FloatArray:
        """Return (F, 3) where a point is that a bone carries.

        Args:
            bone: that rotates.
            offset: (3,) metres from its head at rest, body axes.
        """
        figure = self.linkage.figure
        return self.head(bone) + rotate(multiply(self.rotations[bone], conjugate(figure.rest[bone])), offset)

    def head(self, bone: int) -> FloatArray:
        """Return the head (F, 3) of a bone that rotates."""
        if bone not in self._known:
            self._known[bone] = self._head(bone)
        return self._known[bone]

    @cached_property
    def _known(self) -> dict[int, FloatArray]:
        """The heads that were asked for: parts of a limb ask for the same ones."""
        return {}

    def _head(self, bone: int) -> FloatArray:
        figure = self.linkage.figure
        if bone == figure.slots["hips"]:
            return self.hips
        for leg in self._legs:
            if bone in leg:
                return self.heads(leg[: leg.index(bone) + 1])[bone]
        hips, skeleton = figure.slots["hips"], figure.skeleton
        above = self.rotated(reversed(skeleton.ancestors(bone)))
        between = [a for a in above if hips in skeleton.ancestors(a)]
        return self.heads((*between, bone))[bone]

    @property
    def _legs(self) -> list[tuple[int, ...]]:
        """The bones of each leg from the hip on: feet on an IK root are no children of theirs."""
        legs: list[tuple[int, ...]] = []
        for side in SIDES:
            bones = filled(self.linkage.figure.slots, slots_of(side, LEG_SLOTS))
            legs.append(tuple(self.rotated(bones)))
        return legs

    def mixed(self, start: "BodyPose", share: float) -> "BodyPose":
        """Return the pose that is so far, from 0 to 1, on the way from another one to this."""
        if share >= 1.0:
            return self
        rotations: dict[int, FloatArray] = {}
        for bone, end in self.rotations.items():
            begin = start.rotations[bone]
            # a stage hands on the very arrays of bones that it leaves as they are: most of them
            rotations[bone] = end if end is begin else slerp(begin, end, share)
        return BodyPose(self.linkage, rotations, start.hips + share * (self.hips - start.hips))

    def with_spine_bent(
        self, turn: FloatArray | float, bend: FloatArray, carried: Iterable[int]
    ) -> dict[int, FloatArray]:
        """Return the rotations with a spine, and bones that it carries, turned and bent.

        Args:
            turn: (F, 3) rotation vector, by which all of them turn.
            bend: (F, 3) rotation vector that adds up along the spine; what it carries bends by all of it.
            carried: bones; any that the pose doesn't rotate don't count.
        """
        rotations = dict(self.rotations)
        spine = self.rotated(self.linkage.figure.spine)
        for number, bone in enumerate((*spine, *self.rotated(carried)), 1):
            share = min(number / max(len(spine), 1), 1.0)
            rotations[bone] = multiply(from_rotation_vector(turn + share * bend), rotations[bone])
        return rotations

    def leg(self, leg: Leg) -> PosedLeg:
        """Return the joints of a leg."""
        heads = self.heads((leg.upper, leg.lower, leg.foot))
        return PosedLeg(heads[leg.upper], heads[leg.lower], heads[leg.foot])
