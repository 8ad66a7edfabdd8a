"""Sides exchanged by the network, found and undone: left and right of arms, legs and head each, near and far of all.

The network is right in most frames, so the state of most of them is the right one: the first frame doesn't count more.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, IntArray, extent, norm, normalise
from ..joints import LANDMARK, OTHER_LANDMARK, joints_of
from ..person_track import LANDMARKS, PersonTrack

_HEAD = ("nose", "eye", "ear", "mouth")
_LEGS = ("hip", "knee", "ankle", "heel", "foot")


def _named(words: tuple[str, ...]) -> BoolArray:
    """Return whether (33,) each landmark's name has one of these words in it."""
    named = np.zeros(len(LANDMARKS), dtype=np.bool_)
    for number, name in enumerate(LANDMARKS):
        named[number] = any(word in name for word in words)
    return named


_IS_HEAD, _IS_LEG = _named(_HEAD), _named(_LEGS)
PARTS: tuple[BoolArray, ...] = (~_IS_HEAD & ~_IS_LEG, _IS_LEG, _IS_HEAD)
"""Arms, legs, head: the landmarks that are exchanged together."""
_LINES: IntArray = LANDMARK[joints_of("shoulder", "hip", "ear")].reshape(-1, 2)
"""The landmarks at both ends of the line across each of `PARTS`."""
_OF_PART = ((False, False), (False, True), (True, False), (True, True))
"""The states of a part: whether left and right, and whether near and far, are exchanged."""
_STATES: IntArray = np.array([*product((0, 2), repeat=len(PARTS)), *product((1, 3), repeat=len(PARTS))])
"""(16, 3) the state of each part, as its place in `_OF_PART`: sides are exchanged in each on its own, near and far in
all of them."""
_CHANGES: IntArray = _STATES[:, None, :] ^ _STATES[None, :, :]
"""(16, 16, 3) from a state (rows) to another: the state that does so."""
TALL = 1.7
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
            # depths only exist in the guessed body: what is near and far looks the same in the frame
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
    size = float(np.median(extent(pixels)))
    jumps = np.zeros((len(pixels) - 1, len(PARTS), len(_OF_PART)))
    for column, part in enumerate(PARTS):
        places = np.flatnonzero(part)
        for state, (sides, depths) in enumerate(_OF_PART):
            others = OTHER_LANDMARK[places] if sides else places
            after = body[1:, others] * _mirror(depths)
            # both of the person's size, so that they add up: in the frame, and in the guessed body
            in_frame = norm(pixels[1:, others] - pixels[:-1, places]) / size
            in_body = norm(after - body[:-1, places]) / TALL
            # one landmark that is lost for a moment doesn't outweigh the rest of its part
            in_frame = np.minimum(in_frame, _FARTHEST).mean(axis=1)
            in_body = np.minimum(in_body, _FARTHEST).mean(axis=1)
            jumps[:, column, state] = 0.5 * (in_frame + in_body)
    return jumps


def _mirror(depths: bool) -> FloatArray:
    """Return factors (3,) on coordinates if near and far are exchanged."""
    return np.array([1.0, 1.0, -1.0 if depths else 1.0])


def _costs(track: PersonTrack) -> FloatArray:
    """Return the cost (F, 16) of each state by itself."""
    frames = len(track.times)
    rare = _RARE * min(1.0, _MOST_FRAMES / frames)
    # one for each exchange, of sides or of depths, in any part
    exchanged = np.sum(_OF_PART, axis=1)[_STATES].sum(axis=1)
    costs = np.tile(rare * exchanged, (frames, 1))
    # (F, 4, 3) the direction from the right to the left of each part, in each of the part's states
    lines: list[FloatArray] = []
    for left, right in _LINES.tolist():
        line = normalise(track.body[:, left] - track.body[:, right])
        in_states = np.empty((frames, len(_OF_PART), 3))
        for state, (sides, depths) in enumerate(_OF_PART):
            in_states[:, state] = (-line if sides else line) * _mirror(depths)
        lines.append(in_states)
    # shoulders are next to the hips, and next to the head
    for a, b in ((0, 1), (0, 2)):
        cosine = (lines[a][:, _STATES[:, a]] * lines[b][:, _STATES[:, b]]).sum(axis=-1)
        costs += _TWISTED * np.clip(_MOST_TWIST - cosine, 0.0, 1.0)
    return costs


def _path(costs: FloatArray, jumps: FloatArray) -> IntArray:
    """Return the cheapest path (F, 3) through the states, by dynamic programming (Viterbi)."""
    # (16,) of the cheapest path that ends in each state, and (F, 16) the state that it comes from
    total = costs[0]
    before = np.zeros(costs.shape, dtype=np.int64)
    for frame in range(1, len(costs)):
        # from each state (rows) to each (columns)
        whole = total[:, None]
        for column in range(len(PARTS)):
            whole = whole + jumps[frame - 1, column][_CHANGES[..., column]]
        before[frame] = np.argmin(whole, axis=0)
        total = whole.min(axis=0) + costs[frame]
    # backwards from the cheapest end
    state = int(np.argmin(total))
    path = np.zeros(len(costs), dtype=np.int64)
    for frame in range(len(costs) - 1, -1, -1):
        path[frame] = state
        state = int(before[frame, state])
    return _STATES[path]
