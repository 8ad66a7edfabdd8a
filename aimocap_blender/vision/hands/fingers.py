"""The fingers of a hand over time, of the landmarks in the frames in which it was looked at.

The landmarks are found by MediaPipe Hands, in a region of the frame. Their numbers are those of MediaPipe's public
graphs `hand_landmark_tracking` and `holistic_landmark`.

Each finger is four angles: of its first joint towards the palm and aside, of its second and third joint towards the
palm. Each stays within what a hand can do, so that whatever is between does too.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...motion.bones.humanoid import FINGERS
from ...motion.resampling import straight_between
from ...motion.rotations import (
    IDENTITY,
    FloatArray,
    IntArray,
    conjugate,
    cross,
    from_matrix,
    from_rotation_vector,
    multiply,
    normalise,
    rotate,
)
from ...motion.spans import chunks_of
from ..body import FINGERS_AHEAD
from ..crops import Frame, Region, cropped
from ..joints import SIDES
from ..network import Network
from ..network_graph import NetworkGraph
from ..person_track import LANDMARKS, PersonTrack

KNUCKLES = (5, 9, 13, 17)
"""The landmarks where index, middle, ring and little finger begin; the wrist is 0."""
_SIDE = 224  # of the network's picture
_LEADING = (5, 9, 9, 13)  # of these the mean is where the hand leads to, from the wrist
_PALM = (0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18)  # around which the region is
_AROUND, _AROUND_POSE, _AHEAD = 2.0, 2.7, 0.1
"""A region's size, of what is around the palm's landmarks or of the box that the pose tells, and how far ahead it is,
of these."""
_X, _Y, _Z = np.eye(3)
_LIMITS: FloatArray = np.radians(
    [
        [(-15, 45), (-35, 35), (-10, 60), (-15, 80)],
        *[[(-20, 90), (-20, 20), (0, 110), (0, 80)]] * 4,
    ]
)
"""(5, 4, 2) least and most of each angle: the ranges of motion of healthy hands (American Academy of Orthopaedic
Surgeons), of which an end joint is stretched too far by no muscle of its own."""
_MORE = 1.25
"""The four fingers' first joints are bent so many times as far as the network sees them: in rendered hands of two
characters, from all sides, those that were seen at 20 to 45 degrees were at 38 to 54 in four of six views, and those at
45 to 70 at 69 to 87 in all."""
_RELAXED: FloatArray = np.radians(
    [[5, 0, 10, 15], [20, 2, 25, 15], [25, 0, 30, 15], [30, -2, 30, 15], [30, -6, 30, 15]]
)
"""(5, 4) the angles of a hand that does nothing: more towards the little finger."""
_ALONG, _BENT = FINGERS_AHEAD[0], np.array([0.0, -0.85, 0.5])
_ACROSS = normalise(cross(_BENT, _ALONG))
_THUMB: FloatArray = np.stack([_ALONG, _ACROSS, cross(_ALONG, _ACROSS)], axis=-1)
"""(3, 3) a thumb's axes: along it where its angles are 0, aside, and where its pad looks; each along the hand, towards
the index finger's side, and where the palm looks."""
_ON_THE_FLOOR, _OFF_THE_FLOOR = 0.1, 0.25
"""Metres of a wrist above the floor: at least as high as while the palm lies on it, and where it surely doesn't."""
SURE = 0.5
"""Presence from which a hand is there, as in MediaPipe's graphs."""
_WIDTH, _ENOUGH = 0.6, 0.05
"""Standard deviation of the Gaussian that averages what is seen, of the time from one look to the next, and the weight
of a relaxed hand, of that of a hand which is seen for certain."""
_FARTHEST = 8.0
"""Standard deviations to a look that counts at all: at that one, 1e-14."""
_TOGETHER = 512  # frames whose angles are found at once

_WRIST = 0
_OF_POSE = {"index": KNUCKLES[0], "pinky": KNUCKLES[-1]}
"""The pose's landmark → the hand's: both are the knuckle."""
_CERTAIN = 0.8
"""Presence from which a hand is turned as it was seen: of those that are seen edge-on fewer reach it, which are turned
wrongly as often as the pose's are."""


@dataclass(frozen=True, eq=False)
class SeenHand:
    """A hand in one frame.

    Attributes:
        pixels: (21, 2) the landmarks in the frame: wrist, then four for each finger from the thumb on.
        metres: (21, 3) as the network guesses them: camera axes (x right, y down, z away from the camera).
        presence: from 0 to 1 that a hand is there.
        right: from 0 to 1 that it is a right one.
    """

    pixels: FloatArray
    metres: FloatArray
    presence: float
    right: float


class HandFinder:
    """The hand network, for one thread at a time."""

    def __init__(self, graph: NetworkGraph) -> None:
        self._network = Network(graph)

    def __call__(self, frame: Frame, region: Region) -> SeenHand:
        """Return the hand in the region, whether there is one or not: see the presence."""
        outputs = self._network(cropped(frame, region, _SIDE) / np.float32(255))
        places = outputs["landmarks"].reshape(-1, 3)[:, :2].astype(np.float64) / _SIDE
        metres = outputs["world"].reshape(-1, 3).astype(np.float64)
        metres[:, :2] = metres[:, :2] @ (region.axes() / region.size).T
        presence, right = float(outputs["presence"][0]), float(outputs["handedness"][0])
        return SeenHand(region.to_frame(places), metres, presence, right)


def region_of_pose(wrist: FloatArray, index: FloatArray, pinky: FloatArray) -> Region:
    """Return where a hand is, of the pose's landmarks (2,) there."""
    middle = (2.0 * index + pinky) / 3.0
    ahead = middle - wrist
    size = 2.0 * max(float(np.hypot(*ahead)), 1.0)  # pixels: one that points at the camera may have none
    x, y = middle + 2.0 * _AHEAD * ahead
    return Region(float(x), float(y), _AROUND_POSE * size, _angle(ahead))


def region_of_hand(pixels: FloatArray) -> Region:
    """Return where a hand is, of its landmarks (21, 2)."""
    angle = _angle(pixels[list(_LEADING)].mean(axis=0) - pixels[0])
    turn = Region(0.0, 0.0, 1.0, angle).axes()
    points = pixels[list(_PALM)] @ turn
    low, high = points.min(axis=0), points.max(axis=0)
    wide, tall = high - low
    x, y = turn @ ((low + high) / 2.0 - (0.0, _AHEAD * tall))
    return Region(float(x), float(y), _AROUND * float(max(wide, tall)), angle)


def _angle(ahead: FloatArray) -> float:
    """The angle of a region in which this is upwards."""
    return float(np.arctan2(ahead[0], -ahead[1]))


@dataclass(frozen=True, eq=False)
class HandLooks:
    """One hand in the frames in which it was looked at.

    Attributes:
        step: frames from one look to the next, while the hand is in view.
        frames: (K,) of the track.
        pixels: (K, 21, 2) its landmarks in the frames.
        metres: (K, 21, 3) the same, in the axes of the frame's camera.
        presence: (K,) from 0 to 1 that it is there, and the hand of this side.
    """

    step: int
    frames: IntArray
    pixels: FloatArray
    metres: FloatArray
    presence: FloatArray


Hands = tuple[HandLooks, HandLooks]
"""The left and the right hand."""
_UNSEEN = HandLooks(1, np.empty(0, np.int64), np.empty((0, 21, 2)), np.empty((0, 21, 3)), np.empty(0))


def fingers_through(hands: Hands | None, frames: IntArray, wrists: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both hands' fingers in each frame, as `pose.clip_of` takes them, and how far (F, 2) to trust them.

    Args:
        hands: as they were looked at; None for relaxed ones.
        frames: (F,) of the track.
        wrists: (F, 2) metres of the left and the right one above the floor: a hand that lies on it is flat.
    """
    turns: list[FloatArray] = []
    trust: list[FloatArray] = []
    lifted = np.clip((wrists - _ON_THE_FLOOR) / (_OFF_THE_FLOOR - _ON_THE_FLOOR), 0.0, 1.0)
    for looks, sign, above in zip(hands or (_UNSEEN, _UNSEEN), (1.0, -1.0), lifted.T, strict=True):
        angles, seen = _through_the_clip(looks, sign, frames, above[:, None, None] * _RELAXED)
        turns.append(_finger_turns(angles, sign))
        trust.append(seen)
    return np.stack(turns, axis=1), np.stack(trust, axis=1)


def angles_of(metres: FloatArray, sign: float) -> FloatArray:
    """Return the fingers' angles (K, 5, 4), within their limits.

    Args:
        metres: (K, 21, 3) landmarks.
        sign: 1 for a left hand, -1 for a right one.
    """
    # the hand's axes: along it, towards the index finger, out of the palm; mirrored for a right hand
    knuckles = metres[:, KNUCKLES]
    along = normalise(knuckles.mean(axis=1) - metres[:, 0])
    aside = knuckles[:, 0] - knuckles[:, -1]
    palm = sign * normalise(cross(along, aside))
    hand_from_camera = np.stack([along, sign * cross(palm, along), palm], axis=1)
    in_hand = np.einsum("kij,klj->kli", hand_from_camera, metres)
    # three bones of each finger, a thumb's in axes of its own
    bones = np.diff(in_hand[:, 1:].reshape(-1, 5, 4, 3), axis=2)
    bones[:, 0] = bones[:, 0] @ _THUMB
    found = np.empty((len(metres), 5, 4))
    first, second, third = np.moveaxis(normalise(bones), 2, 0)
    found[..., 0] = np.arctan2(first[..., 2], first[..., 0])
    found[..., 1] = np.arcsin(np.clip(first[..., 1], -1.0, 1.0))
    found[..., :2] = np.clip(found[..., :2], *np.moveaxis(_LIMITS[:, :2], -1, 0))
    # the others bend about one axis, away from where the bone before carries them
    turn = _first_turn(found)
    for number, bone in ((2, second), (3, third)):
        in_carried = rotate(conjugate(turn), bone)
        found[..., number] = np.clip(np.arctan2(in_carried[..., 2], in_carried[..., 0]), *_LIMITS[:, number].T)
        turn = multiply(turn, _bend(found[..., number]))
    found[:, 1:, 0] = np.clip(_MORE * found[:, 1:, 0], *_LIMITS[1:, 0].T)
    return found


def _first_turn(angles: FloatArray) -> FloatArray:
    return multiply(_bend(angles[..., 0]), from_rotation_vector(angles[..., 1, None] * _Z))


def _bend(angle: FloatArray) -> FloatArray:
    return from_rotation_vector(-angle[..., None] * _Y)


def _finger_turns(angles: FloatArray, sign: float) -> FloatArray:
    """Return the rotations (F, 15, 4) of the fingers' bones away from rest, in the hand's own axes at rest.

    At rest arms are stretched sideways, palms down, as in `body.skeleton_of`.

    Args:
        angles: (F, 5, 4).
        sign: 1 for a left hand, -1 for a right one.
    """
    # (F, 5, 3, 4) each bone's bend comes on top of those before it
    first = _first_turn(angles)
    second, third = _bend(angles[..., 2]), _bend(angles[..., 2] + angles[..., 3])
    in_finger = np.stack([first, multiply(first, second), multiply(first, third)], axis=2)
    # a thumb's axes are turned in the hand
    hand_from_finger = np.stack([from_matrix(_THUMB), *[IDENTITY] * (len(FINGERS) - 1)])[:, None]
    in_hand = multiply(hand_from_finger, multiply(in_finger, conjugate(hand_from_finger)))
    turns = in_hand.reshape(len(angles), -1, 4)
    return turns * np.array([1.0, 1.0, -1.0, -1.0]) if sign > 0 else turns


def _through_the_clip(
    looks: HandLooks, sign: float, frames: IntArray, unseen: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the fingers' angles (F, 5, 4) in each frame, and how sure (F,) that is; those (F, 5, 4) unseen else."""
    weight = np.clip((looks.presence - SURE) / (1.0 - SURE), 0.0, 1.0)
    width, angles = _WIDTH * looks.step, angles_of(looks.metres, sign)
    found, trust = np.empty(unseen.shape), np.empty(len(frames))
    # some frames at a time, with the looks near them: all by all would take more memory than the rest of a long film
    for rows in chunks_of(len(frames), _TOGETHER):
        reach = frames[rows][[0, -1]] + np.array([-_FARTHEST, _FARTHEST]) * width
        near = slice(*np.searchsorted(looks.frames, reach))
        apart = (frames[rows, None] - looks.frames[near]) / width
        weights = np.exp(-0.5 * apart**2) * weight[near]
        total = weights.sum(axis=1) + _ENOUGH
        seen = np.einsum("fk,kij->fij", weights, angles[near])
        found[rows] = (seen + _ENOUGH * unseen[rows]) / total[:, None, None]
        trust[rows] = weights @ weight[near] / total
    return found, trust


def with_knuckles(track: PersonTrack, hands: Hands) -> PersonTrack:
    """Return the track with the hands' knuckles instead of the pose's, where hands are seen for sure.

    Args:
        hands: as they were looked at in its frames.
    """
    pixels, body = track.pixels.copy(), track.body.copy()
    for side, looks in zip(SIDES, hands, strict=True):
        sure = looks.presence >= _CERTAIN
        seen = looks.frames[sure]
        if not len(seen):
            continue
        frames = _between(seen, looks.step)
        wrist = LANDMARKS.index(f"{side}_wrist")
        for part, knuckle in _OF_POSE.items():
            landmark = LANDMARKS.index(f"{side}_{part}")
            for values, points in ((pixels, looks.pixels[sure]), (body, looks.metres[sure])):
                away = points[:, knuckle] - points[:, _WRIST]
                values[frames, landmark] = values[frames, wrist] + straight_between(away, seen, frames)
    return replace(track, pixels=pixels, body=body)


def _between(seen: IntArray, longest: int) -> IntArray:
    """Return the frames of looks, and those between one and the next."""
    spans: list[IntArray] = [np.arange(one, other) for one, other in pairwise(seen.tolist()) if other - one <= longest]
    return np.unique(np.concatenate([seen, *spans]))
