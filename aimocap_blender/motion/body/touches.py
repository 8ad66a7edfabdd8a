"""Touches in a motion: when a hand rests on the other one, or on the own body."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..bones.humanoid import SIDES
from ..contacts import contact_of
from ..rotations import BoolArray, FloatArray, IntArray, conjugate, from_line, norm, rotate
from ..smoothing import highest, in_samples
from ..spans import runs
from .body_shape import PARTS, BodyPart, SeenBody

# Metres, of a figure with legs of `LEG`. Set on boxing_toes.bvh and on the poses of tests/motion/body.
_SKIN = 0.035  # from the palm's middle to the skin of what it touches, clothes included
_HANDS = 0.14  # from palm to palm, or to the other's wrist
_CLAP = (0.09, 0.01, 0.08)  # from palm to palm where hands clap, that distance may vary, they come from so much further
_CLAP_SEC = (0.1, 0.3)  # seconds around a clap in which they are nearest, and within which they come from there
_LONG_SEC = 0.4  # seconds that a hand rests on the body at least
_NEARER = 0.01  # of the parts that a hand rests on, one that is nearer by this counts some three times as much
_GIVES = 0.03  # that a palm is off where it rests: skin and clothes give way
_NO_LENGTH = 1e-9


@dataclass(frozen=True, eq=False)
class Touch:
    """A hand that touches the other one or the body, in some frames.

    Attributes:
        side: of the hand; of two hands that touch each other, the left one.
        part: of the body; None for the other hand.
        frames: (F,) in which it does.
        share: (F,) how much of the hand's place it tells, beside other parts of the body that are as near.
    """

    side: str
    part: BodyPart | None
    frames: BoolArray
    share: FloatArray

    @cached_property
    def nearest_frames(self) -> IntArray:
        """(F,) the frame nearest to each in which it does."""
        those, here = np.flatnonzero(self.frames), np.arange(len(self.frames))
        # of each frame the two between which it is; at the ends, the last two there
        after = np.searchsorted(those, here).clip(1, max(len(those) - 1, 1))
        before, after = those[after - 1], those[np.minimum(after, len(those) - 1)]
        return np.where(here - before <= after - here, before, after)


def touches_in(body: SeenBody, sides: tuple[str, ...], times: FloatArray) -> list[Touch]:
    """Return the touches in a motion.

    Args:
        body: its figure.
        sides: of the hands that count.
        times: (F,) seconds.
    """
    size, leg = body.shape.size, body.shape.figure.leg_length

    def resting(path: FloatArray, near: BoolArray) -> BoolArray:
        return contact_of(path, times, leg, jitter=_GIVES, near=near).rests

    palms = {side: body.palm(side, body.shape.knuckles(side)) for side in sides}
    found: list[Touch] = []
    if len(sides) == len(SIDES):
        left, right = palms["left"], palms["right"]
        left_wrist, right_wrist = body.heads["left_hand"], body.heads["right_hand"]
        near = np.min([norm(left - right), norm(left - right_wrist), norm(right - left_wrist)], axis=0)
        # hands that rest on each other do so in the body's axes: who turns around takes them along
        between_in_hips = rotate(conjugate(body.turned["hips"]), left - right)
        frames = resting(between_in_hips, near < _HANDS * size) | _clapping(near / size, times)
        found.append(Touch(SIDES[0], None, frames=frames, share=np.ones(len(times))))
    parts = [part for part in PARTS if body.shape.has(part)]
    for side, palm in palms.items():
        gaps = np.array([_gap(body, part, palm) for part in parts]).reshape(len(parts), -1) / size
        # each part tells the more of the hand's place the nearer it is, so that none takes over suddenly
        shares = np.exp((gaps.min(axis=0, initial=np.inf) - gaps) / _NEARER)
        for part, apart, share in zip(parts, gaps, shares / shares.sum(axis=0), strict=True):
            frames = _long(resting(body.in_part(part, palm), apart < _SKIN), times)
            found.append(Touch(side, part, frames=frames, share=share))
    return [touch for touch in found if touch.frames.any()]


def _long(rests: BoolArray, times: FloatArray) -> BoolArray:
    """Return (F,) what rests for long: hands that hang pass close to the body without touching it."""
    kept = np.zeros_like(rests)
    for start, stop in runs(rests).tolist():
        kept[start:stop] = times[stop - 1] - times[start] >= _LONG_SEC
    return kept


def _clapping(apart: FloatArray, times: FloatArray) -> BoolArray:
    """Return (F,) whether hands that are so far apart (F,) clap: they come together and part, too briefly to rest."""
    nearest_sec, furthest_sec = _CLAP_SEC
    near, vary, further = _CLAP
    nearest_around = -highest(-apart, round(in_samples(times, nearest_sec)))
    furthest_around = highest(apart, round(in_samples(times, furthest_sec)))
    return (apart < near) & (apart <= nearest_around + vary) & (furthest_around > apart + further)


def nearest(body: SeenBody, part: BodyPart, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where (F,) along a part's line, from 0 to 1, points (F, 3) are, and from there to them (F, 3)."""
    return from_line(points, *body.line(part))


def _gap(body: SeenBody, part: BodyPart, points: FloatArray) -> FloatArray:
    """Return metres (F,) from a part's skin to points (F, 3); below 0 inside."""
    _, off = nearest(body, part, points)
    off_in_part = rotate(conjugate(body.turned[part.bone]), off)
    # the skin is an ellipsoid: in units of its half axes a sphere, which the line to the point leaves at length 1
    half = np.array([*part.half, part.beyond]) * body.shape.size
    far = norm(off_in_part)
    return np.asarray(far - far / np.maximum(norm(off_in_part / half), _NO_LENGTH))
