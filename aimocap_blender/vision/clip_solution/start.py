"""From a track to the first guess of the joints: the network's body at the distance at which it is seen so large."""

import numpy as np

from ...motion.rotations import FloatArray, shortest_arc, to_matrix
from ...motion.smoothing import weighted_around
from ..joints import BONES, INDEX, LANDMARK, LIMB_BONES, OTHER_BONE, SIDES, trunk_axes
from ..person_track import PersonTrack
from ..told_depths import told_depths
from .seen import Seen

_LEAST_WEIGHT = 0.05
_HIPS = [INDEX["left_hip"], INDEX["right_hip"]]
_AHEAD = np.array([0.0, 0.0, 1.0])
_LONGEST = 1.25
"""A limb is at most so much longer than the network guesses."""
_FROM_BEHIND = {"knee": 0.06, "ankle": -0.04, "heel": -0.04, "foot_index": -0.04}
"""Metres by which the network guesses them too near the camera if it looks at the person's back: legs too straight."""


def middle_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the median of each sample and `reach` samples before and after it."""
    padded = np.pad(values, ((reach, reach), *((0, 0),) * (values.ndim - 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    return np.asarray(np.median(windows, axis=-1), dtype=np.float64)


def parabola_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the parabola through each sample and `reach` samples on both sides, at the sample (Savitzky–Golay)."""
    reach = min(reach, len(values) - 1)
    if reach < 1:
        return values
    offsets = np.arange(-reach, reach + 1)
    weights = np.linalg.pinv(np.vander(offsets, 3, increasing=True))[0]
    return weighted_around(values, weights)


def seen_of(track: PersonTrack, focal: float, turn: FloatArray) -> Seen:
    """Return the joints of a track without gaps.

    Args:
        track: left and right in order; NaN nowhere.
        focal: pixels.
        turn: (F, 3, 3) from the first frame's camera axes to each frame's.
    """
    pixels = track.pixels[:, LANDMARK] - np.array(track.size) / 2.0
    weight = np.clip(track.visibility[:, LANDMARK], _LEAST_WEIGHT, 1.0)
    extent = np.linalg.norm(np.ptp(pixels, axis=1), axis=-1)
    size = middle_of(extent, int(track.fps) // 2)
    # the network sees the person in a crop, as if the camera looked straight at it
    hips = pixels[:, _HIPS].mean(axis=1) / focal
    rays = np.concatenate([hips, np.ones((len(hips), 1))], axis=1)
    look = to_matrix(shortest_arc(_AHEAD, parabola_of(rays, round(0.15 * track.fps))))
    facing = np.swapaxes(turn, 1, 2) @ look
    guess = track.body[:, LANDMARK] @ np.swapaxes(facing, 1, 2)
    sight = facing[:, :, 2]
    guess = _bent_from_behind(guess, sight)
    straight = np.concatenate([pixels / focal, np.ones((*pixels.shape[:2], 1))], axis=-1) @ look
    told = told_depths(
        straight[..., :2] / straight[..., 2:], track.body[:, LANDMARK], track.visibility[:, LANDMARK], track.fps
    )
    return Seen(track.fps, focal, pixels, weight, guess, sight, weight.copy(), turn, size, told)


def _bent_from_behind(guess: FloatArray, sight: FloatArray) -> FloatArray:
    """Return the guess (F, N, 3) with the legs of those who look away along the line of sight (F, 3) bent more."""
    away = np.maximum((trunk_axes(guess, "hip")[:, 2] * sight).sum(axis=-1), 0.0)[:, None] * sight
    bent = guess.copy()
    for side in SIDES:
        for part, metres in _FROM_BEHIND.items():
            bent[:, INDEX[f"{side}_{part}"]] += metres * away
    return bent


def first_positions(seen: Seen) -> FloatArray:
    """Return joints (F, N, 3) in the solution's axes, metres, from the camera."""
    fps = seen.fps
    body = seen.in_camera(parabola_of(middle_of(seen.guess, 1), round(0.1 * fps)))
    rays = seen.pixels / seen.focal
    away = _distance(body, rays, seen.weight)
    away = parabola_of(middle_of(away, round(0.25 * fps)), round(0.25 * fps))
    depth = body[..., 2] + away[:, None]
    total = seen.weight.sum(axis=1)
    shift = np.empty((len(seen), 1, 3))
    shift[:, 0, 2] = away
    for axis in (0, 1):
        shift[:, 0, axis] = (seen.weight * (rays[..., axis] * depth - body[..., axis])).sum(axis=1) / total
    return seen.from_camera(body + shift)


def _distance(body: FloatArray, rays: FloatArray, weight: FloatArray) -> FloatArray:
    """Return how far (F,) away the bodies (F, N, 3) are seen along rays (F, N, 2), by linear least squares."""
    squared = weight**2
    left, right = np.zeros((len(body), 3, 3)), np.zeros((len(body), 3))
    for axis in (0, 1):
        row = np.zeros(body.shape)
        row[..., axis] = 1.0
        row[..., 2] = -rays[..., axis]
        off = rays[..., axis] * body[..., 2] - body[..., axis]
        left += np.einsum("fn,fni,fnj->fij", squared, row, row)
        right += np.einsum("fn,fni,fn->fi", squared, row, off)
    solved = np.asarray(np.linalg.solve(left, right[..., None]), dtype=np.float64)
    return solved[:, 2, 0]


def guessed_lengths(seen: Seen) -> FloatArray:
    """Return the lengths (B,) of the network's bones, metres; left and right alike."""
    return _symmetric(np.median(_lengths(seen.guess), axis=0))


def seen_lengths(seen: Seen, positions: FloatArray) -> FloatArray:
    """Return the lengths (B,) of the bones of a solution that isn't held to them strictly yet.

    A limb is as long as it is seen where it lies across the line of sight: never shorter than that.
    """
    lengths = np.median(_lengths(positions), axis=0)
    depth = seen.in_camera(positions)[..., 2]
    across = seen.pixels / seen.focal * depth[..., None]
    longest = np.percentile(_lengths(across), 90.0, axis=0)
    limbs = slice(0, LIMB_BONES)
    lengths[limbs] = np.maximum(lengths[limbs], np.minimum(longest[limbs], _LONGEST * lengths[limbs]))
    return _symmetric(lengths)


def _lengths(points: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(points[:, BONES[:, 0]] - points[:, BONES[:, 1]], axis=-1))


def _symmetric(lengths: FloatArray) -> FloatArray:
    return (lengths + lengths[OTHER_BONE]) / 2.0
