"""Two takes of a figure, one after the other: the moment at which they match, and where the second goes.

Both play through the transition, whose moment is that of the most similar frames around (Kovar, Gleicher and Pighin,
Motion Graphs, SIGGRAPH 2002) at which hips go on evenly, feet that stand don't slide, and no joint jolts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .loops import Clouds
from .rotations import BoolArray, FloatArray, IntArray, from_rotation_vector, rotate
from .transitions import SMOOTH, Take, Transition, led

_OTHER_FOOT = 0.1  # of the figure's size: the difference that a foot counts for which stands in one take only
_PIVOT = 0.1  # of the figure's size: the difference that a foot counts for which stands all through the transition
_SWING = 0.1  # seconds that a foot needs to get elsewhere
_TRIED = 60  # of the best moments, until one is smooth
_LEVEL = np.array([1.0, 1.0, 0.0])
_UP = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, eq=False)
class Meeting:
    """Where two takes go over into each other.

    Attributes:
        first: sample of the first take at which the transition begins.
        second: sample of the second take at which it begins.
        turn: (4,) rotation about the vertical that the second take gets.
        shift: (3,) metres on the ground that it gets then.
        transition: what is in between.
    """

    first: int
    second: int
    turn: FloatArray
    shift: FloatArray
    transition: Transition

    def moved(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) of the second take where it has them now."""
        return rotate(self.turn, points) + self.shift


def meetings(first: Take, second: Take, count: int, window: int, fps: float) -> Iterator[Meeting | None]:
    """Yield where two takes match, best first: poses, velocities, and which feet stand.

    Moments at which the transition gets rough come last, the least rough first; None stands for each until then, so
    that who waits can stop.

    Args:
        first: the take that plays first; it is left at its end, or up to `window` samples before.
        second: the take that plays then; it is entered at its start, or up to `window` samples later.
        count: samples of the transition, from the last of the first take alone to the first of the second alone.
        window: see above.
        fps: samples a second.
    """
    late = max(len(first.joints) - count - window, 1)  # the first sample plays of the first take alone
    early = min(window + count, len(second.joints) - 1)
    left, entered = first.part(late, len(first.joints)), second.part(0, early)
    # the difference of each sample of the first take (row) from each of the second (column)
    apart = Clouds.of(left.joints, fps).apart(Clouds.of(entered.joints, fps))
    size = float(np.ptp(first.joints[..., 2], axis=1).max())
    apart += _OTHER_FOOT * size * (left.stands[:, None] != entered.stands[None]).mean(axis=-1)
    # a transition that begins at some row and column plays along the diagonal from there: the sum along it
    rows, columns = apart.shape[0] - count + 1, apart.shape[1] - count + 1
    total = np.sum([apart[step : step + rows, step : step + columns] for step in range(count)], axis=0)
    # feet that stand from its first sample on in the first take, and up to its last in the second
    until = _standing(left.stands, count)[:rows]
    since = count - _standing(entered.stands[::-1], count)[::-1][count - 1 :]
    total += _PIVOT * size * count * _stays(until[:, None], since[None], count, fps).sum(axis=-1)
    rough: list[Meeting] = []
    longer = first.prolonged(), second.prolonged()
    for place in np.argsort(total, axis=None)[:_TRIED]:
        row, column = divmod(int(place), columns)
        for met in _joined(longer, (late + row, column), (until[row], since[column]), count, fps):
            if met.transition.roughness == SMOOTH:
                yield met
            else:
                rough.append(met)
                yield None
    yield from sorted(rough, key=lambda met: met.transition.roughness)


def _stays(until: IntArray, since: IntArray, count: int, fps: float) -> BoolArray:
    """Return whether feet (..., L) stand all through a transition, or lift for too short a time to go elsewhere."""
    # samples between the last at which it stands as in the first take and the first as in the second
    gap = np.minimum(since, count - 1) - np.maximum(until - 1, 0)
    stands = (until > 0) | (since < count)
    return stands & (gap < _SWING * fps)


def _standing(stands: BoolArray, most: int) -> IntArray:
    """Return for how many samples (F, L), at most so many, each foot stands from each sample on; of (F, L)."""
    # backwards, as each sample has one more than the next
    found = np.zeros(stands.shape, dtype=np.int64)
    for sample in reversed(range(len(stands))):
        later = found[sample + 1] if sample + 1 < len(stands) else 0
        found[sample] = np.where(stands[sample], np.minimum(later + 1, most), 0)
    return found


def _joined(
    takes: tuple[Take, Take], starts: tuple[int, int], stances: tuple[IntArray, IntArray], count: int, fps: float
) -> Iterator[Meeting]:
    """Yield the meetings of two takes, prolonged, from such samples on.

    The second take is turned so that all points fit best, and its hips go on where both takes' speeds, blended, lead
    them. But feet that stay stand where they stood, both or one of them, and the second take is turned and shifted for
    that.
    """
    first, second = takes[0].part(starts[0], count + 2), takes[1].part(starts[1], count + 2)
    until, since = stances
    stays = np.flatnonzero(_stays(until, since, count, fps))
    choices = [stays]
    if len(stays) > 1:
        choices += [stays[leg : leg + 1] for leg in range(len(stays))]
    for pivots in choices:
        if len(pivots):
            # ankle and ball in the middle of the time for which the foot stays
            at = 1 + np.clip((until + since) // 2, 0, count - 1)[pivots]
            ours, theirs = first.legs[at, pivots, 2:].reshape(-1, 3), second.legs[at, pivots, 2:].reshape(-1, 3)
        else:
            ours, theirs = first.joints[1:-1].reshape(-1, 3), second.joints[1:-1].reshape(-1, 3)
        turn = from_rotation_vector(_angle_on_ground(ours, theirs) * _UP)
        if len(pivots):
            shift = ours.mean(axis=0) - rotate(turn, theirs).mean(axis=0)
        else:
            our_hips, their_hips = first.hips[1:-1], rotate(turn, second.hips[1:-1])
            shift = led(our_hips, their_hips)[-1] - their_hips[-1]
        shift = shift * _LEVEL
        yield Meeting(*starts, turn, shift, Transition(first, second.moved(turn, shift), until, since, fps))


def _angle_on_ground(ours: FloatArray, theirs: FloatArray) -> float:
    """Return radians about the vertical that bring points (P, 3) nearest to ours, each around their own centre.

    On the ground as complex numbers, a turn is a factor: that of least squares is the direction of one sum.
    """
    ours_flat, theirs_flat = ours[:, 0] + 1j * ours[:, 1], theirs[:, 0] + 1j * theirs[:, 1]
    ours_flat, theirs_flat = ours_flat - ours_flat.mean(), theirs_flat - theirs_flat.mean()
    return float(np.angle((ours_flat * theirs_flat.conj()).sum()))
