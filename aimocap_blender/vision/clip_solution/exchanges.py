"""Sides exchanged by the network, found and undone: left and right of arms, legs and head each, near and far of all.

The network is right in most frames, so the state of most of them is the right one: the first frame doesn't count more.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, IntArray, normalise
from ..joints import mirrored
from ..person_track import LANDMARKS, PersonTrack

OTHER_LANDMARK: IntArray = np.array([LANDMARKS.index(mirrored(name)) for name in LANDMARKS])
"""(33,) each landmark's mirror image."""
_HEAD = ("nose", "eye", "ear", "mouth")
_LEGS = ("hip", "knee", "ankle", "heel", "foot")
_IS_HEAD: BoolArray = np.array([any(word in name for word in _HEAD) for name in LANDMARKS])
_IS_LEG: BoolArray = np.array([any(word in name for word in _LEGS) for name in LANDMARKS])
PARTS: tuple[BoolArray, ...] = (~_IS_HEAD & ~_IS_LEG, _IS_LEG, _IS_HEAD)
"""Arms, legs, head: the landmarks that are exchanged together."""
_SHOULDERS, _HIPS, _EARS = (
    (LANDMARKS.index(f"left_{part}"), LANDMARKS.index(f"right_{part}")) for part in ("shoulder", "hip", "ear")
)
_OF_PART = ((False, False), (False, True), (True, False), (True, True))
"""The states of a part: whether left and right, and whether near and far, are exchanged."""
_STATES: IntArray = np.array(
    [[2 * s + d for s in sides] for d in (0, 1) for sides in product((0, 1), repeat=len(PARTS))]
)
"""(16, 3) the state of each part: sides are exchanged in each on its own, near and far in all of them."""
_CHANGES: IntArray = _STATES[:, None, :] ^ _STATES[None, :, :]
"""(16, 16, 3) from a state (rows) to another: the state that does so."""
_TALL = 1.7
"""Metres: of the person, as the network guesses."""
_FARTHEST = 0.15
"""Of the person's size: a landmark that jumps farther counts as having jumped so far."""
_RARE = 0.0002
"""Cost of an exchanged part in each frame, in the unit of jumps."""
_MOST_FRAMES = 200.0
"""Exchanged frames of a clip cost no more than so many, or half a long clip would outweigh any jump."""
_CLOSE = 0.35
"""Share of a clip's frames: a part that is exchanged in more of them may as well be right there."""
_TWISTED = 0.02
"""Cost of each frame in which two neighbouring parts would face in opposite directions."""
_MOST_TWIST = -0.2
"""Cosine of the angle between left-right directions of two parts beyond which they can't be of one body."""


@dataclass(frozen=True, eq=False)
class Exchanges:
    """Where the network took one side for the other.

    Attributes:
        undone: (F, 3) when each of the parts was exchanged.
        close: (3,) whether nearly as many frames say the opposite of what was taken.
    """

    undone: BoolArray
    close: BoolArray


def without_exchanges(track: PersonTrack) -> tuple[PersonTrack, Exchanges]:
    """Return the track with sides as most of its frames have them, and what changed.

    The cheapest path through all combinations of exchanged parts: landmarks jump little, exchanges are rare, and
    shoulders, hips and head of one body face in about the same direction.
    """
    path = _path(_costs(track), _jumps(track))
    pixels, visibility, body = track.pixels.copy(), track.visibility.copy(), track.body.copy()
    for column, part in enumerate(PARTS):
        places = np.flatnonzero(part)
        for state, (sides, depths) in enumerate(_OF_PART):
            rows = path[:, column] == state
            if depths:
                body[np.ix_(rows, places, np.array([2]))] *= -1.0
            if sides:
                for values in (pixels, visibility, body):
                    values[np.ix_(rows, places)] = values[np.ix_(rows, OTHER_LANDMARK[places])]
    undone = path > 0
    close = undone.mean(axis=0) > _CLOSE
    return replace(track, pixels=pixels, visibility=visibility, body=body), Exchanges(undone, close)


def _jumps(track: PersonTrack) -> FloatArray:
    """Return how far (F - 1, 3, 4) each part moves to the next frame, if its state changes by one of `_OF_PART`."""
    pixels, body = track.pixels, track.body
    size = float(np.median(np.linalg.norm(np.ptp(pixels, axis=1), axis=-1)))
    jumps = np.zeros((len(pixels) - 1, len(PARTS), len(_OF_PART)))
    for column, part in enumerate(PARTS):
        places = np.flatnonzero(part)
        for state, (sides, depths) in enumerate(_OF_PART):
            others = OTHER_LANDMARK[places] if sides else places
            after = body[1:, others] * _mirror(depths)
            across = np.linalg.norm(pixels[1:, others] - pixels[:-1, places], axis=-1) / size
            deep = np.linalg.norm(after - body[:-1, places], axis=-1) / _TALL
            jumps[:, column, state] = 0.5 * (
                np.minimum(across, _FARTHEST).mean(axis=1) + np.minimum(deep, _FARTHEST).mean(axis=1)
            )
    return jumps


def _mirror(depths: bool) -> FloatArray:
    """Return factors (3,) on coordinates if near and far are exchanged."""
    return np.array([1.0, 1.0, -1.0 if depths else 1.0])


def _costs(track: PersonTrack) -> FloatArray:
    """Return the cost (F, 16) of each state by itself."""
    frames = len(track.times)
    rare = _RARE * min(1.0, _MOST_FRAMES / frames)
    costs = np.tile(rare * np.array([sum(exchanged) for exchanged in _OF_PART])[_STATES].sum(axis=1), (frames, 1))
    lines = [
        np.stack([(-1.0 if sides else 1.0) * line * _mirror(depths) for sides, depths in _OF_PART], axis=1)
        for line in (
            normalise(track.body[:, left] - track.body[:, right]) for left, right in (_SHOULDERS, _HIPS, _EARS)
        )
    ]
    for a, b in ((0, 1), (0, 2)):
        together = (lines[a][:, _STATES[:, a]] * lines[b][:, _STATES[:, b]]).sum(axis=-1)
        costs += _TWISTED * np.clip(_MOST_TWIST - together, 0.0, 1.0)
    return costs


def _path(costs: FloatArray, jumps: FloatArray) -> IntArray:
    """Return the cheapest path (F, 3) through the states."""
    total = costs[0]
    before = np.zeros(costs.shape, dtype=np.int64)
    for frame in range(1, len(costs)):
        whole = total[:, None]
        for column in range(len(PARTS)):
            whole = whole + jumps[frame - 1, column][_CHANGES[..., column]]
        before[frame] = np.argmin(whole, axis=0)
        total = whole.min(axis=0) + costs[frame]
    state = int(np.argmin(total))
    path = np.zeros(len(costs), dtype=np.int64)
    for frame in range(len(costs) - 1, -1, -1):
        path[frame] = state
        state = int(before[frame, state])
    return _STATES[path]
