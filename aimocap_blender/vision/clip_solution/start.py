"""From a track to the first guess of the joints: the network's body at the distance at which it is seen so large."""

import numpy as np

from ...motion.rotations import FloatArray, extent, norm, shortest_arc, to_matrix
from ...motion.smoothing import weighted_around
from ...motion.spans import chunks_of
from ..joints import BONES, HIPS, INDEX, LANDMARK, LIMB_BONES, OTHER_BONE, SIDES, trunk_axes
from ..person_track import PersonTrack
from ..told_depths import PAIRS, told_depths
from .seen import Seen

_AT_ONCE = 1000
"""Samples whose medians are found together."""
_LEAST_WEIGHT = 0.05
"""Of a landmark, however hidden it is."""
_AHEAD = np.array([0.0, 0.0, 1.0])
_LONGEST = 1.25
"""A limb is at most so much longer than the network guesses."""
_SHORTEST_FOREARM = 0.53
"""Of the mean of thigh and shank, a tenth less than people's have on average (Winter, 2009): one that never lies across
the line of sight is guessed much shorter. With 0.55, limbs of rendered crawlers are worse by half a degree."""
_FOREARMS, _LEGS = slice(2, 4), slice(4, LIMB_BONES)
"""Places in `BONES`: those of thighs and shanks are the rest of the limbs'."""
_FROM_BEHIND = {"knee": 0.06, "ankle": -0.04, "heel": -0.04, "foot_index": -0.04}
"""Metres by which the network guesses them too near the camera if it looks at the person's back: legs too straight."""

_UNSURE = 0.3
"""Metres, a limb's length: told depths that are usually so far off count half."""
_BEYOND = {
    INDEX["left_wrist"]: (INDEX["left_pinky"], INDEX["left_index"]),
    INDEX["right_wrist"]: (INDEX["right_pinky"], INDEX["right_index"]),
    INDEX["left_ankle"]: (INDEX["left_heel"], INDEX["left_foot_index"]),
    INDEX["right_ankle"]: (INDEX["right_heel"], INDEX["right_foot_index"]),
}
"""The joints of hands and feet, which move along with the ends of limbs."""


def middle_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the median of each sample and `reach` samples before and after it."""
    padded = np.pad(values, ((reach, reach), *((0, 0),) * (values.ndim - 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    found = np.empty(values.shape)
    # the median copies its windows, which would be most of what a long film takes of memory
    for rows in chunks_of(len(values), _AT_ONCE):
        found[rows] = np.median(windows[rows], axis=-1)
    return found


def parabola_of(values: FloatArray, reach: int) -> FloatArray:
    """Return the parabola through each sample and `reach` samples on both sides, at the sample (Savitzky–Golay)."""
    reach = min(reach, len(values) - 1)
    if reach < 1:
        return values
    offsets = np.arange(-reach, reach + 1)
    # the parabola's first coefficient is its value at the sample itself, where the offset is 0
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
    visibility = track.visibility[:, LANDMARK]
    body = track.body[:, LANDMARK]
    weight = np.clip(visibility, _LEAST_WEIGHT, 1.0)
    # the median of about a second, as the extent jumps with each of the outermost landmarks
    size = middle_of(extent(pixels), int(track.fps) // 2)
    # the network sees the person in a crop, as if the camera looked straight at it
    hips = pixels[:, HIPS].mean(axis=1) / focal
    hips_in_camera = np.concatenate([hips, np.ones((len(hips), 1))], axis=1)
    hips_in_camera = parabola_of(hips_in_camera, round(0.15 * track.fps))
    camera_from_crop = to_matrix(shortest_arc(_AHEAD, hips_in_camera))
    solution_from_crop = np.swapaxes(turn, 1, 2) @ camera_from_crop
    guess = body @ np.swapaxes(solution_from_crop, 1, 2)
    sight = solution_from_crop[:, :, 2]
    guess = _bent_from_behind(guess, sight)
    # our own network takes lines of sight in the crop's axes too
    rays_in_camera = np.concatenate([pixels / focal, np.ones((*pixels.shape[:2], 1))], axis=-1)
    rays_in_crop = rays_in_camera @ camera_from_crop
    told = told_depths(rays_in_crop[..., :2] / rays_in_crop[..., 2:], body, visibility, track.fps)
    return Seen(track.fps, focal, pixels, weight, guess, sight, weight.copy(), turn, size, told)


def _bent_from_behind(guess: FloatArray, sight: FloatArray) -> FloatArray:
    """Return the guess (F, N, 3) with the legs of those who look away along the line of sight (F, 3) bent more."""
    ahead = trunk_axes(guess, "hip")[:, 2]
    # 1 for somebody who faces straight away from the camera, 0 for all who are seen from the side or the front
    from_behind = np.maximum((ahead * sight).sum(axis=-1), 0.0)
    away = from_behind[:, None] * sight
    bent = guess.copy()
    for side in SIDES:
        for part, metres in _FROM_BEHIND.items():
            bent[:, INDEX[f"{side}_{part}"]] += metres * away
    return bent


def first_positions(seen: Seen) -> FloatArray:
    """Return joints (F, N, 3) in the solution's axes, metres, from the camera."""
    fps = seen.fps
    # medians of three leave out single frames in which the guess jumps, parabolas smooth what trembles
    body_in_camera = seen.in_camera(parabola_of(middle_of(seen.guess, 1), round(0.1 * fps)))
    rays = seen.pixels / seen.focal
    # the distance follows from the person's size alone: it trembles more, and is smoothed over a longer time
    away = _distance(body_in_camera, rays, seen.weight)
    away = parabola_of(middle_of(away, round(0.25 * fps)), round(0.25 * fps))
    # with the smoothed distance, the shift to the sides is the mean from where joints are to where they are seen
    depth = body_in_camera[..., 2] + away[:, None]
    total = seen.weight.sum(axis=1)
    shift = np.empty((len(seen), 1, 3))
    shift[:, 0, 2] = away
    for axis in (0, 1):
        off = rays[..., axis] * depth - body_in_camera[..., axis]
        shift[:, 0, axis] = (seen.weight * off).sum(axis=1) / total
    return _at_told_depths(seen, seen.from_camera(body_in_camera + shift))


def _at_told_depths(seen: Seen, positions: FloatArray) -> FloatArray:
    """Return joints (F, N, 3) with arms and legs as deep as our own network tells, where they are seen.

    A limb that begins on the wrong side of the shoulder, hip, elbow or knee that it hangs on often stays there: between
    both sides it would be too short for its bone.
    """
    told, error = seen.told_metres(positions)
    error = seen.turned * error
    told = parabola_of(middle_of(told, 1), round(0.1 * seen.fps))
    from_camera = positions - seen.place[..., None, :]
    before = (from_camera * seen.sight[:, None]).sum(axis=-1)
    depth = before.copy()
    # limbs come first in the pairs, and upper arms and thighs before what hangs on them
    for pair, (end, start) in enumerate(PAIRS[:LIMB_BONES].tolist()):
        guessed = before[:, end] - before[:, start]
        share = 1.0 / (1.0 + (error[:, pair] / _UNSURE) ** 2)
        depth[:, end] = depth[:, start] + guessed + share * (told[:, pair] - guessed)
        for joint in _BEYOND.get(end, ()):
            depth[:, joint] = depth[:, end] + before[:, joint] - before[:, end]
    # along the lines of sight, so that each stays where it is in the frame
    return np.asarray(seen.place[..., None, :] + from_camera * (depth / before)[..., None])


def _distance(body: FloatArray, rays: FloatArray, weight: FloatArray) -> FloatArray:
    """Return how far (F,) away the bodies (F, N, 3) are seen along rays (F, N, 2), by linear least squares.

    A joint (x, y, z) that is shifted by (a, b, c) is seen at (x + a) / (z + c) and (y + b) / (z + c). Multiplied by
    z + c, that is linear in the shift.
    """
    squared = weight**2
    # normal equations of each frame, for the three numbers of its shift
    left, right = np.zeros((len(body), 3, 3)), np.zeros((len(body), 3))
    for axis in (0, 1):
        # a - ray · c = ray · z - x, and the same of b and y
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

    A limb is as long as it is seen where it lies across the line of sight: never shorter than that. Forearms aren't
    much shorter for the person's legs than people's are.
    """
    lengths = np.median(_lengths(positions), axis=0)
    # metres across the line of sight, by pixels and depth; not the longest of all, as landmarks jump
    depth = seen.in_camera(positions)[..., 2]
    across = seen.pixels / seen.focal * depth[..., None]
    longest = np.percentile(_lengths(across), 90.0, axis=0)
    limbs = slice(0, LIMB_BONES)
    at_most = _LONGEST * lengths[limbs]
    lengths[limbs] = np.maximum(lengths[limbs], np.minimum(longest[limbs], at_most))
    lengths[_FOREARMS] = np.maximum(lengths[_FOREARMS], _SHORTEST_FOREARM * lengths[_LEGS].mean())
    return _symmetric(lengths)


def _lengths(points: FloatArray) -> FloatArray:
    return norm(points[:, BONES[:, 0]] - points[:, BONES[:, 1]])


def _symmetric(lengths: FloatArray) -> FloatArray:
    return (lengths + lengths[OTHER_BONE]) / 2.0
