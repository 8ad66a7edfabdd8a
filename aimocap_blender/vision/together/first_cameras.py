"""Where the other films' cameras stand, at first: bodies that each film alone tells differ by the cameras' rotation."""

from dataclasses import replace

import numpy as np

from ...motion.rotations import FloatArray, nearest_similarity, to_matrix
from ..joints import BODY
from .films import Camera, Film

_MOST = 600
"""Frames that are compared, each with each other."""
_ALIKE = np.radians(30.0)
"""Between one frame's rotation and that of most frames."""


def first_camera(first: Film, other: Film, times: FloatArray) -> Camera:
    """Return the other film's camera as the bodies of both films tell it.

    Args:
        first: the film whose axes count.
        other: with an offset.
        times: (F,) of the first film's frames that both show.
    """
    times = times[:: 1 + len(times) // _MOST]
    ours, theirs = first.joints_at(times)[:, :BODY], other.joints_at(times)[:, :BODY]
    our_middle, their_middle = ours.mean(axis=1, keepdims=True), theirs.mean(axis=1, keepdims=True)
    ours, theirs = ours - our_middle, theirs - their_middle
    # the frames that most others agree with, of the rotation from one body to the other
    each = _rotations(ours, theirs)
    apart = np.arccos(np.clip((np.einsum("aij,bij->ab", each, each) - 1.0) / 2.0, -1.0, 1.0))
    alike = apart[int(np.argmax((apart < _ALIKE).sum(axis=1)))] < _ALIKE
    fit = nearest_similarity(ours[alike].reshape(-1, 3), theirs[alike].reshape(-1, 3))
    rotation = to_matrix(fit.rotation)
    # each film alone guesses how large the body is
    size = float(np.median(np.linalg.norm(theirs[alike], axis=-1)) / np.median(np.linalg.norm(ours[alike], axis=-1)))
    move = np.median(their_middle[alike, 0] / size - our_middle[alike, 0] @ rotation.T, axis=0)
    return replace(other.camera, rotation=rotation, move=np.asarray(move))


def _rotations(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return the rotations (F, 3, 3) that bring centred points (F, N, 3) nearest to others."""
    u, _, vt = np.linalg.svd(np.swapaxes(others, 1, 2) @ points)
    signs = np.ones((len(u), 3))
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    return (u * signs[:, None]) @ vt
