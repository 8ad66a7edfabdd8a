"""Where lines of sight from several cameras meet."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...motion.resampling import straight_between
from ...motion.rotations import FloatArray, norm
from ..clip_solution.seen import Seen
from ..joints import BODY
from .bundle import PIXELS, steady
from .films import Film, seen_at

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
