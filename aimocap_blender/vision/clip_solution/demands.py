"""Demands of a person on the solution: how far a joint reaches, where it is seen, when a foot stands."""

from dataclasses import dataclass, replace

import numpy as np

from ...motion.bones.humanoid import filled, slots_of
from ...motion.rotations import FloatArray, IntArray
from ..ground import POINTS
from ..joints import INDEX
from .seen import Seen
from .terms import Floor, NormalEquations, along_pixels

_DEPTH = 0.03
"""Metres by which a depth may differ from what is asked: half of what the pose network's guess may."""
_PIXELS = 0.004
"""The same of a place in the frame, of the person's size: half of what a landmark may."""
_STANDS = 0.01
"""Metres that a foot which is said to stand may move from where it stands on average."""
_STANDING = ("heel", "foot_index", "ankle")


@dataclass(frozen=True, eq=False)
class Depth:
    """A joint is so much farther from the camera than another.

    Attributes:
        end: the joint.
        start: the other.
        frames: (K,) in which.
        metres: (K,) along the line of sight.
        weight: (K,) 0 to 1.
    """

    end: int
    start: int
    frames: IntArray
    metres: FloatArray
    weight: FloatArray

    def without(self, other: "Depth") -> "Depth":
        """Return it in the frames for which another one doesn't ask for the depth of the same joints."""
        if (self.end, self.start) != (other.end, other.start):
            return self
        kept = ~np.isin(self.frames, other.frames)
        return replace(self, frames=self.frames[kept], metres=self.metres[kept], weight=self.weight[kept])


@dataclass(frozen=True, eq=False)
class Place:
    """A joint is seen in another place.

    Attributes:
        joint: the joint.
        frames: (K,) in which.
        pixels: (K, 2) from the frame's middle.
        weight: (K,) 0 to 1.
    """

    joint: int
    frames: IntArray
    pixels: FloatArray
    weight: FloatArray


@dataclass(frozen=True)
class Stance:
    """A foot stands still on the floor, from a frame to one past the last."""

    side: str
    first: int
    last: int

    @property
    def points(self) -> list[int]:
        """Heel, toes and ankle."""
        return filled(INDEX, slots_of(self.side, _STANDING))


@dataclass(frozen=True, eq=False)
class Demands:
    """All that is asked of one solution.

    Attributes:
        depths: of limbs.
        places: in the frames.
        stances: of feet.
    """

    depths: tuple[Depth, ...] = ()
    places: tuple[Place, ...] = ()
    stances: tuple[Stance, ...] = ()

    def with_depth(self, depth: Depth) -> "Demands":
        """Return these and a depth; where another one was asked for before, the new one counts."""
        return replace(self, depths=(*(each.without(depth) for each in self.depths), depth))

    def plain(self, part: Seen, before: int) -> Seen:
        """Return what is seen from a frame on, with the joints that a person showed in plain view there."""
        if not (self.depths or self.places):
            return part
        weight = part.weight.copy()
        # an arm that a person corrected isn't held as it is at other times, though it may be hidden
        shown = [(one.frames, [one.end, one.start]) for one in self.depths]
        shown += [(one.frames, [one.joint]) for one in self.places]
        for frames, joints in shown:
            rows = frames[(frames >= before) & (frames < before + len(part))] - before
            weight[rows[:, None], joints] = 1.0
        return replace(part, weight=weight)

    def planted(self, floor: Floor) -> Floor:
        """Return the floor with the feet that are said to stand on it."""
        planted = floor.planted.copy()
        for stance in self.stances:
            planted[stance.first : stance.last, np.isin(POINTS, stance.points)] = True
        return replace(floor, planted=planted)

    def add_to(self, equations: NormalEquations, part: Seen, here: FloatArray, before: int) -> None:
        """Add the terms of the frames from `before` on; `here` (F, N, 3) are their joints."""
        for depth in self.depths:
            use = (depth.frames >= before) & (depth.frames < before + len(here))
            rows = depth.frames[use] - before
            # frames that it doesn't ask for have no weight
            wanted, weight = np.zeros(len(here)), np.zeros(len(here))
            wanted[rows], weight[rows] = depth.metres[use], depth.weight[use]
            off = ((here[:, depth.end] - here[:, depth.start]) * part.sight).sum(axis=-1) - wanted
            equations.add_sum({depth.end: 1.0, depth.start: -1.0}, part.sight, off, weight / _DEPTH**2)
        if self.places:
            self._add_places(equations, part, here, before)
        for stance in self.stances:
            rows = slice(max(stance.first - before, 0), max(stance.last - before, 0))
            stays = here[rows, stance.points]
            # a stance that ends before these frames leaves none, and an empty mean would be NaN
            if len(stays):
                equations.gradient[rows, stance.points] += (stays - stays.mean(axis=0)) / _STANDS**2
                equations.same[rows, stance.points] += _STANDS**-2.0

    def _add_places(self, equations: NormalEquations, part: Seen, here: FloatArray, before: int) -> None:
        seen, slopes = along_pixels(part, here)
        for place in self.places:
            use = (place.frames >= before) & (place.frames < before + len(here))
            rows = place.frames[use] - before
            off = seen[rows, place.joint] - place.pixels[use]
            slope = slopes[rows, place.joint]
            weight = place.weight[use] / (_PIXELS * part.size[rows]) ** 2
            # as `add_pixels` does, but for one joint, and no less where it is far off: a person says so
            transposed = np.swapaxes(slope, -1, -2)
            equations.blocks[place.joint, place.joint, rows] += weight[:, None, None] * (transposed @ slope)
            equations.gradient[rows, place.joint] += weight[:, None] * (transposed @ off[..., None])[..., 0]


NO_DEMANDS = Demands()
