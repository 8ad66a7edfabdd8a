"""Forces of the ground on the G1: those of the forces a motion needs that standing soles, and what lies, can give."""

from dataclasses import dataclass

import numpy as np

from .. import rotations
from ..contacts import touching
from ..rotations import BoolArray, FloatArray

FRICTION = 0.6
"""Of the feet, as in the menagerie."""
BEARS = 0.02
"""Metres above the ground up to which a sole's corner bears: clips are rarely exact, and floating is another check."""
_SIDES = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
_SIDEWAYS: FloatArray = np.stack([np.cos(_SIDES), np.sin(_SIDES)])
"""(2, 72) directions in which the room within the support is measured."""
_ENDS = np.triu_indices(8)
"""Pairs of the corners of both soles; alone, one is its own pair."""
_LEAST_WEIGHT = 1.0
"""Newtons, from which on the ground has a centre of pressure."""
_SOFT = 1e-5
"""Square metres: a centre of pressure on the edge of what carries is met within about a millimetre."""
_SPREADING = 40
"""Steps, each by at most `_STEP` in the logarithm of a share, in which the shares of what carries are found."""
_STEP = 2.0


@dataclass(frozen=True, eq=False)
class GroundForces:
    """Forces on the feet.

    Attributes:
        bears: (F, 2) whether the left and the right foot stand.
        pressure: (F, 2) x and y of the centre of pressure that balances the robot, metres; NaN where no foot stands or
            no upward force is needed.
        outside: (F,) metres from the support polygon to that centre; negative within it; NaN as above.
        points: (F, 2 + P, 3) where each foot is pushed, then the other points, metres.
        forces: (F, 2 + P, 3) on each, N.
        moments: (F, 2 + P, 3) on each about its point: friction that turns it, N m.
    """

    bears: BoolArray
    pressure: FloatArray
    outside: FloatArray
    points: FloatArray
    forces: FloatArray
    moments: FloatArray


def ground_forces(
    force: FloatArray, moment: FloatArray, origin: FloatArray, corners: FloatArray, others: FloatArray, ground: float
) -> GroundForces:
    """Return the forces of the ground nearest to those needed.

    The ground pushes and never pulls, its friction is limited, and its centre of pressure lies within the convex hull
    of the points that are on it. Of two feet each carries the more, the nearer the centre of pressure is to it; where
    other points carry too, all do, as evenly as the centre of pressure allows.

    Args:
        force: (F, 3) needed from outside, along the world's axes, N.
        moment: (F, 3) needed about the origin, N m.
        origin: (F, 3) metres.
        corners: (F, 2, 4, 3) of the soles, metres.
        others: (F, P, 3) lowest points of other bodies, metres.
        ground: its height, metres.
    """
    low, rests = touching(corners, ground, BEARS), touching(others, ground, BEARS)
    bears = np.any(low, axis=2)
    carries = np.any(bears, axis=1) | np.any(rests, axis=1)
    gives = carries & (force[:, 2] > _LEAST_WEIGHT)
    # the force alone gives the needed moment if it pushes where it has no lever about that: at the centre of pressure
    up = np.where(gives, force[:, 2], np.nan)
    drop = origin[:, 2] - ground
    # the moment about level axes, carried from the origin down to the ground: at the centre of pressure there is none
    tilt = np.stack([drop * force[:, 0] + moment[:, 1], drop * force[:, 1] - moment[:, 0]], axis=1)
    pressure = origin[:, :2] - tilt / up[:, None]
    held, outside = _held(pressure, corners[..., :2].reshape(-1, 8, 2), low.reshape(-1, 8))
    held = np.where(gives[:, None], np.column_stack([held, np.full(len(held), ground)]), 0.0)
    # on feet alone each has its share; where more of the body lies, all that touches has
    shares, points = _shared(held, bears, corners)
    shares = np.concatenate([shares, np.zeros(others.shape[:2])], axis=1)
    points = np.concatenate([points, others], axis=1)
    lies = np.flatnonzero(gives & np.any(rests, axis=1))
    if len(lies):
        spots = np.concatenate([corners[lies].reshape(-1, 8, 3), others[lies]], axis=1)
        touch = np.concatenate([low[lies].reshape(-1, 8), rests[lies]], axis=1)
        weights, outside[lies] = _spread(pressure[lies], spots[..., :2], touch)
        held[lies, :2] = np.einsum("fp,fpi->fi", weights, spots[..., :2])
        soles = weights[:, :8].reshape(-1, 2, 4)
        shares[lies] = np.concatenate([soles.sum(axis=2), weights[:, 8:]], axis=1)
        on_soles = np.einsum("fsc,fsci->fsi", soles, corners[lies]) / np.maximum(soles.sum(axis=2), 1e-12)[..., None]
        points[lies, :2] = on_soles
    # sideways no more than friction gives of the push upwards
    push = np.where(gives[:, None], force, 0.0)
    slip = rotations.norm(push[:, :2])
    push[:, :2] *= np.minimum(1.0, FRICTION * push[:, 2] / np.where(slip > 0.0, slip, 1.0))[:, None]
    # what is left of the moment about the vertical turns what carries
    turning = np.where(gives, moment[:, 2] - rotations.cross(held - origin, push)[:, 2], 0.0)
    up_axis = np.array([0.0, 0.0, 1.0])
    moments = (shares * turning[:, None])[..., None] * up_axis
    points = np.where(gives[:, None, None], points, 0.0)
    return GroundForces(bears, pressure, outside, points, shares[..., None] * push[:, None], moments)


def _spread(pressure: FloatArray, points: FloatArray, low: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return the shares (F, P) of points (F, P, 2) in a centre of pressure (F, 2), and (F,) how far it is outside them.

    Of all shares with that centre they are the most even ones, by entropy: exponential in the place, found by Newton's
    method.
    """
    reach = np.where(low[..., None], points @ _SIDEWAYS, -np.inf).max(axis=1)
    outside = (pressure @ _SIDEWAYS - reach).max(axis=1)
    # from the centre of pressure, which the shares' mean has to be at
    arms = np.where(low[..., None], points - pressure[:, None], 0.0)
    far = rotations.norm(arms).max(axis=1)
    slopes = np.zeros_like(pressure)
    # as even as it gets without asking for a centre
    weights = low / low.sum(axis=1, keepdims=True)
    for _ in range(_SPREADING):
        # how far the centre is off, and by how much the slopes of the exponential move it
        off = np.einsum("fp,fpi->fi", weights, arms)
        bend = np.einsum("fp,fpi,fpj->fij", weights, arms, arms) - off[:, :, None] * off[:, None]
        a, b = bend[:, 0, 0] + _SOFT, bend[:, 1, 1] + _SOFT
        x, y = (off + _SOFT * slopes).T
        across = bend[:, 0, 1]
        step = np.stack([across * y - b * x, across * x - a * y], axis=1) / (a * b - across**2)[:, None]
        slopes += step * np.minimum(1.0, _STEP / np.maximum(rotations.norm(step) * far, _STEP))[:, None]
        # less the largest, which shares alike, so that no exponential overflows
        height = np.where(low, np.einsum("fpi,fi->fp", arms, slopes), -np.inf)
        weights = np.exp(height - height.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
    return weights, outside


def balanced_within(pressure: FloatArray, corners: FloatArray, ground: float, inner: float) -> FloatArray:
    """Return the places (F, 2) nearest to centres of pressure (F, 2) where standing soles bear them well.

    Args:
        pressure: x and y, metres.
        corners: (F, 2, 4, 3) of the soles; where none stands, the centre of pressure stays.
        ground: its height, metres.
        inner: of each sole's size about its middle, how much bears well.
    """
    low = touching(corners, ground, BEARS)
    middles = corners.mean(axis=2, keepdims=True)
    # shrunk about their middles
    inside = middles + inner * (corners - middles)
    held, _ = _held(pressure, inside[..., :2].reshape(-1, 8, 2), low.reshape(-1, 8))
    return np.where(np.any(low, axis=(1, 2))[:, None], held, pressure)


def _held(pressure: FloatArray, corners: FloatArray, low: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return (F, 2) the nearest points within the convex hull of the low corners (F, 8, 2), and (F,) how far outside.

    Of a point outside, the nearest one lies on a segment between two corners, as segments within the hull are no nearer
    than its edges.
    """
    reach = np.where(low[..., None], corners @ _SIDEWAYS, -np.inf).max(axis=1)
    beyond = (pressure @ _SIDEWAYS - reach).max(axis=1)
    starts, ways = corners[:, _ENDS[0]], corners[:, _ENDS[1]] - corners[:, _ENDS[0]]
    apart = pressure[:, None] - starts
    along = np.clip(rotations.dot(apart, ways) / np.maximum(rotations.dot(ways, ways), 1e-12), 0.0, 1.0)
    distance = rotations.norm(apart - along[..., None] * ways)
    # only segments between corners that touch the ground
    distance = np.where(low[:, _ENDS[0]] & low[:, _ENDS[1]], distance, np.inf)
    frames, nearest = np.arange(len(distance)), distance.argmin(axis=1)
    on_edge = starts[frames, nearest] + along[frames, nearest, None] * ways[frames, nearest]
    is_outside = beyond > 0.0
    return (
        np.where(is_outside[:, None], on_edge, pressure),
        np.where(is_outside, distance[frames, nearest], beyond),
    )


def _shared(held: FloatArray, bears: BoolArray, corners: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (F, 2) the share of each foot in a centre of pressure (F, 3), and (F, 2, 3) where each is pushed."""
    soles = corners.mean(axis=2)
    # both feet at the height at which the ground pushes
    soles[..., 2] = held[:, None, 2]
    way = soles[:, 1] - soles[:, 0]
    right = rotations.dot(held - soles[:, 0], way) / np.maximum(rotations.dot(way, way), 1e-9)
    right = np.where(np.all(bears, axis=1), np.clip(right, 0.0, 1.0), bears[:, 1])
    shares = np.stack([1.0 - right, right], axis=1)
    # what the line between the soles doesn't reach both feet make up for alike
    aside = held - np.einsum("fs,fsi->fi", shares, soles)
    return shares, soles + aside[:, None]
