"""Left and right exchanged by the network, found and undone: for arms, legs and head each on its own."""

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
_STATES: BoolArray = np.array(list(product((False, True), repeat=len(PARTS))))
"""(8, 3) which of the parts are exchanged."""
_TALL = 1.7
"""Metres: of the person, as the network guesses."""
_FARTHEST = 0.15
"""Of the person's size: a landmark that jumps farther counts as having jumped so far."""
_RARE = 0.0005
"""Cost of an exchanged part in each frame, in the unit of jumps."""
_FIRST = 0.05
"""Cost of a part that is exchanged from the first frame on."""
_TWISTED = 0.02
"""Cost of each frame in which two neighbouring parts would face in opposite directions."""
_MOST_TWIST = -0.2
"""Cosine of the angle between left-right directions of two parts beyond which they can't be of one body."""


def without_exchanges(track: PersonTrack) -> tuple[PersonTrack, BoolArray]:
    """Return the track with left and right as they continue from frame to frame, and where (F, 3) parts changed.

    The cheapest path through all combinations of exchanged parts: landmarks jump little, exchanges are rare, and
    shoulders, hips and head of one body face in about the same direction.
    """
    exchanged = _path(_facing_costs(track), _jumps(track))
    pixels, visibility, body = track.pixels.copy(), track.visibility.copy(), track.body.copy()
    for column, part in enumerate(PARTS):
        rows, places = exchanged[:, column], np.flatnonzero(part)
        others = OTHER_LANDMARK[places]
        for values in (pixels, visibility, body):
            values[np.ix_(rows, places)] = values[np.ix_(rows, others)]
    changed = PersonTrack(track.times, track.fps, track.size, pixels, visibility, body, track.confidence, track.camera)
    return changed, exchanged


def _jumps(track: PersonTrack) -> FloatArray:
    """Return how far (F - 1, 3, 2) each part moves to the next frame, if it stays as it is or is exchanged there."""
    pixels, body = track.pixels, track.body
    size = float(np.median(np.linalg.norm(np.ptp(pixels, axis=1), axis=-1)))
    jumps = np.zeros((len(pixels) - 1, len(PARTS), 2))
    for column, part in enumerate(PARTS):
        places = np.flatnonzero(part)
        for exchanged, others in enumerate((places, OTHER_LANDMARK[places])):
            across = np.linalg.norm(pixels[1:, others] - pixels[:-1, places], axis=-1) / size
            deep = np.linalg.norm(body[1:, others] - body[:-1, places], axis=-1) / _TALL
            jumps[:, column, exchanged] = 0.5 * (
                np.minimum(across, _FARTHEST).mean(axis=1) + np.minimum(deep, _FARTHEST).mean(axis=1)
            )
    return jumps


def _facing_costs(track: PersonTrack) -> FloatArray:
    """Return the cost (F, 8) of each state by itself."""
    lines = [normalise(track.body[:, left] - track.body[:, right]) for left, right in (_SHOULDERS, _HIPS, _EARS)]
    signs = np.where(_STATES, -1.0, 1.0)
    costs = np.tile(_RARE * _STATES.sum(axis=1), (len(track.times), 1))
    for a, b in ((0, 1), (0, 2)):
        together = (lines[a] * lines[b]).sum(axis=-1)[:, None] * signs[:, a] * signs[:, b]
        costs += _TWISTED * np.clip(_MOST_TWIST - together, 0.0, 1.0)
    return costs


def _path(costs: FloatArray, jumps: FloatArray) -> BoolArray:
    """Return the cheapest path (F, 3) through the states."""
    changes = _STATES[:, None, :] != _STATES[None, :, :]
    """(8, 8, 3) from a state (rows) to another."""
    total = costs[0] + _FIRST * _STATES.sum(axis=1)
    before = np.zeros((len(costs), len(_STATES)), dtype=np.int64)
    for frame in range(1, len(costs)):
        step = np.where(changes, jumps[frame - 1, :, 1], jumps[frame - 1, :, 0]).sum(axis=-1)
        whole = total[:, None] + step
        before[frame] = np.argmin(whole, axis=0)
        total = whole.min(axis=0) + costs[frame]
    state = int(np.argmin(total))
    path = np.zeros(len(costs), dtype=np.int64)
    for frame in range(len(costs) - 1, -1, -1):
        path[frame] = state
        state = int(before[frame, state])
    return _STATES[path]
