"""Left and right exchanged in one film: the others know better.

Lines of sight to exchanged limbs don't meet, or meet where another film's depths are the other way round.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, IntArray, norm
from ..clip_solution.seen import Seen
from ..joints import BODY, DEPTH_PAIRS
from .bundle import DEPTH, PIXELS
from .films import HALF_A_FRAME, Film, seen_at
from .lines_of_sight import meeting, rays_of

_JOINTS: tuple[IntArray, ...] = (np.arange(6), np.arange(6, 12))
"""The body's joints of arms and of legs, which are `PARTS` in this order; the head has no limbs."""
_MOST = 6.0
"""Usual errors: a joint farther off counts as so far off."""
_RARE = 0.08
"""Cost of an exchanged part in each frame, in usual errors."""
_JUMP = 0.05
"""Metres a frame that count like one usual error."""


def exchanged_sides(films: Sequence[Film], times: FloatArray) -> list[BoolArray]:
    """Return for each film in which of its frames (F, 3) each of `PARTS` is exchanged.

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
            far = np.minimum(off / errors[..., None], _MOST).max(axis=0)
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
    return np.asarray((np.minimum(sure[:, ends], sure[:, starts]) * np.minimum(off, _MOST)).mean(axis=1))


def _cheapest(costs: FloatArray, points: FloatArray) -> IntArray:
    """Return the cheapest path (T,) through states that cost (T, S) and put joints at points (S, T, N, 3)."""
    # by state that it goes to, and from
    jumps = norm(points[:, None, 1:] - points[None, :, :-1])
    jumps = np.minimum(jumps / _JUMP, _MOST).mean(axis=-1)
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
