"""Measurement of what a character's body rests on: how far its skin is above that, or under the ground.

The skin is moved by the bones as Blender evaluates them. Which parts of the source rest, and how high, is told by
`body.resting`, as the retargeting is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from .rotations import BoolArray, FloatArray, IntArray, from_line, norm

Place = tuple[str, FloatArray]


@dataclass(frozen=True, eq=False)
class WantedPart:
    """A part of a character's body, and where its skin should be.

    Attributes:
        limb: the slot of what it is a part of.
        bones: names of the bones that move it.
        places: (K, 3) points of its skin at rest, or the middle of a ball; world, metres.
        weights: (B, K) how much each of those bones moves each of them.
        radius: metres from there to the skin.
        height: (F,) metres from the ground to the lowest of it.
        rests: (F,) whether it rests there; else it may be anywhere above that, or above the ground.
        holds: (F,) whether it rests there on something above the ground, or around it as a hand around a bar.
    """

    limb: str
    bones: tuple[str, ...]
    places: FloatArray
    weights: FloatArray
    radius: float
    height: FloatArray
    rests: BoolArray
    holds: BoolArray

    def at(self, rows: IntArray) -> "WantedPart":
        """Return it at some of its samples."""
        return replace(self, height=self.height[rows], rests=self.rests[rows], holds=self.holds[rows])

    def span(self, moved: Mapping[str, FloatArray], up: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return (F,) the heights of its lowest and of its highest skin, metres along a direction.

        Args:
            moved: by bone (F, 4, 4) what moves points from rest to where they are, world.
            up: (3,) that direction.
        """
        # skin is moved by several bones, each by its weight (linear blend skinning)
        heights = np.zeros((1, 1))
        for bone, weights in zip(self.bones, self.weights, strict=True):
            # only the row of each matrix along `up` is needed: of its axes, and of its shift
            along = np.einsum("i,fij->fj", up, moved[bone][:, :3])
            heights = heights + weights * (along[:, :3] @ self.places.T + along[:, 3:])
        return np.min(heights, axis=1) - self.radius, np.max(heights, axis=1) + self.radius


@dataclass(frozen=True, eq=False)
class WantedTouch:
    """A hand that touches something, and how near it should be.

    Attributes:
        limb: the slot of the hand.
        palm: bone and place (3,) at rest, world, metres, of what touches.
        line: the two ends of the line around which what it touches is, each the middle of such places.
        distance: (F,) metres from there.
        touches: (F,) whether it does.
    """

    limb: str
    palm: Place
    line: tuple[tuple[Place, ...], tuple[Place, ...]]
    distance: FloatArray
    touches: BoolArray

    @property
    def bones(self) -> tuple[str, ...]:
        """Names of the bones that move it."""
        return tuple(bone for bone, _ in (self.palm, *self.line[0], *self.line[1]))

    def at(self, rows: IntArray) -> "WantedTouch":
        """Return it at some of its samples."""
        return replace(self, distance=self.distance[rows], touches=self.touches[rows])

    def off(self, moved: Mapping[str, FloatArray]) -> FloatArray:
        """Return (F,) metres that the hand is too far from what it touches; see `WantedPart.span`."""
        palm = _middle((self.palm,), moved)
        _, off = from_line(palm, _middle(self.line[0], moved), _middle(self.line[1], moved))
        return np.where(self.touches, np.maximum(norm(off) - self.distance, 0.0), 0.0)


def _middle(places: tuple[Place, ...], moved: Mapping[str, FloatArray]) -> FloatArray:
    """Return (F, 3) the middle of places as their bones move them."""
    points = [moved[bone][:, :3] @ np.append(place, 1.0) for bone, place in places]
    return np.asarray(np.mean(points, axis=0))


@dataclass(frozen=True, eq=False)
class WantedRest:
    """The parts of a character's body that rest in a motion, and the ground.

    Attributes:
        times: (F,) seconds.
        up: (3,) away from the ground, world.
        ground: its height along that, metres.
        size: of the character, as a multiple of a human's.
        parts: of the body.
        touches: of its hands.
    """

    times: FloatArray
    up: FloatArray
    ground: float
    size: float
    parts: tuple[WantedPart, ...]
    touches: tuple[WantedTouch, ...] = ()

    @property
    def bones(self) -> tuple[str, ...]:
        """Names of all bones that move the parts, and what touches."""
        bones: dict[str, None] = {}
        for each in (*self.parts, *self.touches):
            bones |= dict.fromkeys(each.bones)
        return tuple(bones)

    def at(self, times: FloatArray) -> "WantedRest":
        """Return it at other times (S,), each as at the sample before or at it."""
        # the samples of a strip that plays in reverse fall in time, and a search needs them to rise
        rising = np.argsort(self.times, kind="stable")
        places = np.searchsorted(self.times[rising], times, side="right") - 1
        rows = rising[np.clip(places, 0, len(rising) - 1)]
        parts = tuple(part.at(rows) for part in self.parts)
        touches = tuple(touch.at(rows) for touch in self.touches)
        return replace(self, times=times, parts=parts, touches=touches)

    def beginning_at(self, sample: int) -> "WantedRest":
        """Return it with nothing before a sample: the ground is the motion's, which begins there."""
        later = np.arange(len(self.times)) >= sample
        parts: list[WantedPart] = []
        for part in self.parts:
            # a height below all ground is never reached, so that the part may be anywhere
            height = np.where(later, part.height, -np.inf)
            parts.append(replace(part, rests=part.rests & later, holds=part.holds & later, height=height))
        touches = tuple(replace(touch, touches=touch.touches & later) for touch in self.touches)
        return replace(self, parts=tuple(parts), touches=touches)

    def apart(self, moved: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return by hand (F,) metres that it is too far from what it touches or holds; see `WantedPart.span`."""
        by_hand: dict[str, list[FloatArray]] = {}
        for touch in self.touches:
            by_hand.setdefault(touch.limb, []).append(touch.off(moved))
        for part in self.parts:
            if part.holds.any():
                lowest, highest = part.span(moved, self.up)
                level = self.ground + part.height
                # what it holds is beside some of its skin, be it below or in the middle of it
                gap = np.maximum(lowest - level, level - highest)
                by_hand.setdefault(part.limb, []).append(np.where(part.holds, np.maximum(gap, 0.0), 0.0))
        return {hand: np.max(metres, axis=0) for hand, metres in by_hand.items()}

    def off(self, moved: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return by limb (F,) metres that its skin is too high where it rests, or, below 0, under the ground.

        A limb rests with one of its parts, whichever the source's rests with: who stands on the balls of the feet may
        stand on the toes. What the source has above the ground may come down to it, as a foot that is locked does.

        Args:
            moved: see `WantedPart.span`.
        """
        by_limb: dict[str, list[WantedPart]] = {}
        for part in self.parts:
            by_limb.setdefault(part.limb, []).append(part)
        found: dict[str, FloatArray] = {}
        for limb, parts in by_limb.items():
            # of all parts the lowest: skin, skin over where the source has it in the ground, and the level on which
            # one rests, inf while none does
            lowest, over_ground, level = np.full((3, len(self.times)), np.inf)
            for part in parts:
                height = part.span(moved, self.up)[0] - self.ground
                lowest = np.minimum(lowest, height)
                over_ground = np.minimum(over_ground, height - np.minimum(part.height, 0.0))
                level = np.minimum(level, np.where(part.rests, np.maximum(part.height, 0.0), np.inf))
            # what is in the ground is worse than what is too high elsewhere on the limb
            found[limb] = np.where(over_ground < 0.0, over_ground, np.maximum(lowest - level, 0.0))
        return found


@dataclass(frozen=True)
class OffRest:
    """The limb that is furthest from where it should rest, or from what it should touch.

    Attributes:
        limb: its slot.
        metres: from its skin to there.
        frame: of the timeline.
    """

    limb: str
    metres: float
    frame: float


def furthest(off: Mapping[str, FloatArray], frames: FloatArray, sign: float = 1.0) -> OffRest | None:
    """Return what is furthest above where it rests, or from what it touches; None for a body of no parts.

    Args:
        off: as of `WantedRest.off` or `WantedRest.apart`.
        frames: (F,) of the timeline.
        sign: -1 for what is deepest in the ground.
    """
    if not off:
        return None
    limb = max(off, key=lambda name: float((sign * off[name]).max()))
    row = int(np.argmax(sign * off[limb]))
    return OffRest(limb, max(sign * float(off[limb][row]), 0.0), float(frames[row]))
