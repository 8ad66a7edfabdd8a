"""Where lines of sight from several cameras meet, and what films show otherwise: left and right exchanged in one."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from ...motion.resampling import straight_between
from ...motion.rotations import BoolArray, FloatArray, IntArray, norm
from ..clip_solution.seen import Seen
from ..joints import BODY, DEPTH_PAIRS
from .bundle import DEPTH, PIXELS, steady
from .films import HALF_A_FRAME, Film, seen_at

_NEAREST = 0.2
"""Metres from a camera at which a joint is held, at least."""
_ALONE = 0.02
"""Weight of where a joint is expected: lines of sight miss it by 2 cm, one film alone by 15 cm."""

_AGREED, _CONTRADICTED, _FAR = 0.5, 2.5, 6.0
"""Exponents of the weight of a joint where its line of sight meets those of a film that shows it plainly, and where it
misses them by far; and usual errors of a miss by which the exponent grows by 1. In rendered truth, landmarks of weights
0.2 to 0.35 are 2.5 usual errors off where lines of sight meet, and 7 where they don't."""
_LEAST_WEIGHT = 0.01
"""Of landmarks, for roots and powers of their weights."""

_JOINTS: tuple[IntArray, ...] = (np.arange(6), np.arange(6, 12))
"""The body's joints of arms and of legs, which are `PARTS` in this order; the head has no limbs."""
_MOST_OFF = 6.0
"""Usual errors: a joint farther off counts as so far off."""
_RARE = 0.08
"""Cost of an exchanged part in each frame, in usual errors."""
_JUMP = 0.05
"""Metres a frame that count like one usual error."""


def rays_of(seen: Sequence[Seen]) -> FloatArray:
    """Return slopes (V, T, 12, 2) of the lines of sight to the body's joints, each in its film's first frame's axes."""
    return np.stack([steady(one) / one.focal for one in seen])


def meeting(
    rays: FloatArray, weights: FloatArray, films: Sequence[Film], expected: FloatArray | float = 0.0, firm: float = 1e-9
) -> tuple[FloatArray, FloatArray]:
    """Return the points (T, N, 3) nearest to rays (V, T, N, 2), and how far off (V, T, N) these are, as slopes.

    Args:
        weights: (V, T, N) of each.
        films: with cameras.
        expected: (T, N, 3) where the points are expected.
        firm: how much that counts.
    """
    # a point is on a ray if both of its slopes are the ray's, which is linear in the point: least squares of all
    left, right = np.zeros((*rays.shape[1:3], 3, 3)), np.zeros((*rays.shape[1:3], 3))
    for ray, weight, film in zip(rays, weights, films, strict=True):
        rotation, move = film.camera.rotation, film.camera.move
        for axis in range(2):
            row = ray[..., axis, None] * rotation[2] - rotation[axis]
            left += (weight**2)[..., None, None] * row[..., :, None] * row[..., None, :]
            right += (weight**2 * (move[axis] - ray[..., axis] * move[2]))[..., None] * row
    right = right + firm * expected
    points = np.asarray(np.linalg.solve(left + firm * np.eye(3), right[..., None])[..., 0], dtype=np.float64)
    off: list[FloatArray] = []
    for ray, film in zip(rays, films, strict=True):
        local = film.camera.local(points)
        off.append(norm(local[..., :2] / np.maximum(local[..., 2:], _NEAREST) - ray))
    return points, np.array(off)


def counted(films: Sequence[Film], times: FloatArray) -> list[Film]:
    """Return films whose landmarks count more where another film agrees, and less where it shows them elsewhere.

    Only a film that shows a joint plainly tells that: what both hardly see, both guess.

    Args:
        films: with cameras.
        times: (T,) of the first film's frames that all show.
    """
    seen = seen_at(films, times)
    weights = np.maximum([one.weight[:, :BODY] for one in seen], _LEAST_WEIGHT)
    usual = np.array([PIXELS * one.size / one.focal for one in seen])[..., None]
    off = meeting(rays_of(seen), weights, films)[1] / usual
    found: list[Film] = []
    for number, film in enumerate(films):
        plain_elsewhere = np.delete(weights, number, axis=0).max(axis=0)
        exponent = 1.0 + plain_elsewhere * (np.minimum(_AGREED + off[number] / _FAR, _CONTRADICTED) - 1.0)
        counting = weights[number] ** (exponent - 1.0)
        # nobody else tells anything of frames that only one film shows
        own = film.camera.clock(times)
        shared = (film.times >= own[0]) & (film.times <= own[-1])
        around = np.where(shared[:, None], straight_between(counting, own, film.times), 1.0)
        found.append(replace(film, counting=around))
    return found


def met_bodies(films: Sequence[Film], times: FloatArray) -> FloatArray:
    """Return the body's joints (T, 12, 3) where lines of sight meet, near those that the first film tells."""
    seen = seen_at(films, times)
    rays, weights = rays_of(seen), np.stack([one.weight[:, :BODY] for one in seen])
    middles = meeting(rays, weights, films)[0].mean(axis=1, keepdims=True)
    alone = films[0].joints_at(times)[:, :BODY]
    return meeting(rays, weights, films, alone - alone.mean(axis=1, keepdims=True) + middles, _ALONE)[0]


def exchanged_sides(films: Sequence[Film], times: FloatArray) -> list[BoolArray]:
    """Return for each film in which of its frames (F, 3) left and right of each of `PARTS` are exchanged.

    Lines of sight to exchanged limbs don't meet, or meet where another film's depths are the other way round.

    Args:
        films: with cameras.
        times: (T,) of the first film's frames that all show.
    """
    seen = seen_at(films, times)
    rays = rays_of(seen)
    weights = np.stack([one.weight[:, :BODY] for one in seen])
    # (V, T) the usual error of a landmark, as a slope of its line of sight
    errors = np.stack([PIXELS * one.size / film.camera.focal for one, film in zip(seen, films, strict=True)])
    # each film as it is or exchanged
    states: BoolArray = np.array(list(product((False, True), repeat=len(films))))
    rows = np.zeros((len(times), len(films), len(_JOINTS)), dtype=np.bool_)
    for part, joints in enumerate(_JOINTS):
        points: list[FloatArray] = []
        costs: list[FloatArray] = []
        for state in states:
            # left and right are next to each other, so that the other one has the last bit turned round
            order = joints ^ state[:, None]
            weight = np.take_along_axis(weights, order[:, None], axis=2)
            met, off = meeting(np.take_along_axis(rays, order[:, None, :, None], axis=2), weight, films)
            far = np.minimum(off / errors[..., None], _MOST_OFF).max(axis=0)
            cost = (weight.min(axis=0) * far).mean(axis=1) + _RARE * state.sum()
            for one, film, own in zip(seen, films, order, strict=True):
                cost += _depths_off(one, film, own, joints, met)
            costs.append(cost)
            points.append(met)
        path = _cheapest(np.stack(costs, axis=1), np.stack(points))
        rows[..., part] = states[path]
    return [_on_film(film, times, rows[:, number]) for number, film in enumerate(films)]


def _depths_off(seen: Seen, film: Film, order: IntArray, joints: IntArray, points: FloatArray) -> FloatArray:
    """Return by how many usual errors (T,) points (T, 6, 3) of a part differ in depth otherwise than a film guesses.

    Args:
        seen: in the film.
        film: with its camera.
        order: which of its joints are the part's.
        joints: of the part.
        points: where these are.
    """
    sight = seen.sight @ film.camera.rotation
    ends, starts = DEPTH_PAIRS[np.isin(DEPTH_PAIRS, joints).all(axis=1)].T - joints[0]
    deep = (points * sight[:, None]).sum(axis=-1)
    guess = (seen.guess[:, order] * seen.sight[:, None]).sum(axis=-1)
    sure = seen.depth_weight[:, order]
    off = np.abs(deep[:, ends] - deep[:, starts] - guess[:, ends] + guess[:, starts]) / DEPTH
    return np.asarray((np.minimum(sure[:, ends], sure[:, starts]) * np.minimum(off, _MOST_OFF)).mean(axis=1))


def _cheapest(costs: FloatArray, points: FloatArray) -> IntArray:
    """Return the cheapest path (T,) through states that cost (T, S) and put joints at points (S, T, N, 3)."""
    # by state that it goes to, and from
    jumps = norm(points[:, None, 1:] - points[None, :, :-1])
    jumps = np.minimum(jumps / _JUMP, _MOST_OFF).mean(axis=-1)
    # frame by frame the least cost of a path that ends in each state, and where it came from
    total, before = costs[0], np.zeros(costs.shape, dtype=np.int64)
    for row in range(1, len(costs)):
        whole = total + jumps[:, :, row - 1]
        before[row] = np.argmin(whole, axis=1)
        total = whole.min(axis=1) + costs[row]
    # back along the path that costs least
    path = np.zeros(len(costs), dtype=np.int64)
    path[-1] = int(np.argmin(total))
    for row in range(len(costs) - 1, 0, -1):
        path[row - 1] = before[row, path[row]]
    return path


def _on_film(film: Film, times: FloatArray, rows: BoolArray) -> BoolArray:
    """Return for a film's own frames (F, 3) what is so at the first film's times (T, 2)."""
    own = film.camera.clock(times)
    nearest = np.searchsorted((own[1:] + own[:-1]) / 2.0, film.times)
    margin = HALF_A_FRAME / film.fps
    inside = (film.times >= own[0] - margin) & (film.times <= own[-1] + margin)
    return np.pad(rows[nearest] & inside[:, None], ((0, 0), (0, 1)))
