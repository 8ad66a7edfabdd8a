"""Touches in a motion: when a hand rests on the other one, on the own body, or on the floor."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..bones.humanoid import SIDES
from ..contacts import contact_of
from ..rotations import BoolArray, FloatArray, IntArray, conjugate, dot, norm, rotate
from .body_shape import PARTS, BodyPart, SeenBody

# Metres, of a figure with legs of `LEG`. Set on boxing_toes.bvh and on the poses of tests/motion/body.
_SKIN = 0.045  # from the palm's middle to the skin of what it touches, clothes included
_HANDS = 0.14  # from palm to palm, or to the other's wrist
_FLOOR = 0.09  # from the palm's middle to the floor
_NEARER = 0.01  # of the parts that a hand rests on, one that is nearer by this counts some three times as much
_GIVES = 0.03  # that a palm is off where it rests: skin and clothes give way
_NO_LENGTH = 1e-9


@dataclass(frozen=True, eq=False)
class Touch:
    """A hand that touches something, in some frames.

    Attributes:
        side: of the hand; of two hands that touch each other, the left one.
        part: of the body; None for the floor or the other hand.
        hands: whether it is the other hand.
        frames: (F,) in which it does.
        share: (F,) how much of the hand's place it tells, beside other parts of the body that are as near.
    """

    side: str
    part: BodyPart | None
    hands: bool
    frames: BoolArray
    share: FloatArray

    @cached_property
    def nearest_frames(self) -> IntArray:
        """(F,) the frame nearest to each in which it does."""
        those = np.flatnonzero(self.frames)
        after = np.searchsorted(those, np.arange(len(self.frames))).clip(1, max(len(those) - 1, 1))
        before, after = those[after - 1], those[np.minimum(after, len(those) - 1)]
        here = np.arange(len(self.frames))
        return np.where(here - before <= after - here, before, after)


def touches_in(body: SeenBody, sides: tuple[str, ...], times: FloatArray, floor: float | None) -> list[Touch]:
    """Return the touches in a motion.

    Args:
        body: its figure.
        sides: of the hands that count.
        times: (F,) seconds.
        floor: its height, metres; None if it isn't known.
    """
    size, leg = body.shape.size, body.shape.figure.leg_length

    def resting(path: FloatArray, near: BoolArray) -> BoolArray:
        return contact_of(path, times, leg, jitter=_GIVES, near=near).rests

    palms = {side: body.palm(side, body.shape.knuckles(side)) for side in sides}
    found: list[Touch] = []
    if len(sides) == len(SIDES):
        left, right = (palms[side] for side in SIDES)
        wrists = [body.heads[f"{side}_hand"] for side in SIDES]
        near = np.min([norm(left - right), norm(left - wrists[1]), norm(right - wrists[0])], axis=0)
        chest = body.turned["hips"]
        frames = resting(rotate(conjugate(chest), left - right), near < _HANDS * size)
        found.append(Touch(SIDES[0], None, hands=True, frames=frames, share=np.ones(len(times))))
    parts = [part for part in PARTS if body.shape.has(part)]
    for side, palm in palms.items():
        gaps = np.array([_gap(body, part, palm) for part in parts]).reshape(len(parts), -1) / size
        shares = np.exp((gaps.min(axis=0, initial=np.inf) - gaps) / _NEARER)
        for part, apart, share in zip(parts, gaps, shares / shares.sum(axis=0), strict=True):
            frames = resting(body.in_part(part, palm), apart < _SKIN)
            found.append(Touch(side, part, hands=False, frames=frames, share=share))
        if floor is not None:
            frames = resting(palm, palm[:, 2] - floor < _FLOOR * size)
            found.append(Touch(side, None, hands=False, frames=frames, share=np.ones(len(times))))
    return [touch for touch in found if touch.frames.any()]


def nearest(body: SeenBody, part: BodyPart, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where (F,) along a part's line, from 0 to 1, points (F, 3) are, and from there to them (F, 3)."""
    start, end = body.line(part)
    along = end - start
    share = np.clip(dot(points - start, along) / np.maximum(dot(along, along), _NO_LENGTH), 0.0, 1.0)
    return np.asarray(share), points - start - along * share[:, None]


def _gap(body: SeenBody, part: BodyPart, points: FloatArray) -> FloatArray:
    """Return metres (F,) from a part's skin to points (F, 3); below 0 inside."""
    _, off = nearest(body, part, points)
    aside = rotate(conjugate(body.turned[part.bone]), off)
    half = np.array([*part.half, part.beyond]) * body.shape.size
    far = norm(aside)
    return np.asarray(far - far / np.maximum(norm(aside / half), _NO_LENGTH))
