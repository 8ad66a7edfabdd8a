"""How the camera is rotated through a clip, from how its background moves."""

import numpy as np

from ..motion.rotations import FloatArray

_STILL = 0.5
"""Pixels that the background may move over the whole clip while the camera counts as still."""


def camera_rotations(homographies: FloatArray, size: tuple[int, int], focal: float) -> FloatArray:
    """Return rotations (F, 3, 3) from the first frame's camera axes to each frame's.

    A background far away moves by the camera's rotation alone; what the homographies hold beyond a rotation, as from a
    camera that is carried, is left out.

    Args:
        homographies: (F, 3, 3) from a frame's pixels to the first frame's.
        size: width and height of the frames, pixels.
        focal: pixels.
    """
    width, height = size
    corners = np.array([[0.0, 0.0, 1.0], [width, 0.0, 1.0], [0.0, height, 1.0], [width, height, 1.0]])
    moved = corners @ np.swapaxes(homographies, 1, 2)
    moved = moved[..., :2] / moved[..., 2:]
    if float(np.abs(moved - corners[:, :2]).max()) < _STILL:
        return np.tile(np.eye(3), (len(homographies), 1, 1))
    lens = np.array([[focal, 0.0, width / 2.0], [0.0, focal, height / 2.0], [0.0, 0.0, 1.0]])
    to_first = np.linalg.inv(lens) @ homographies @ lens
    to_first = to_first / np.cbrt(np.linalg.det(to_first))[:, None, None]
    left, _, right = np.linalg.svd(to_first)
    rotation = left @ right
    mirrored = np.linalg.det(rotation) < 0.0
    left[mirrored, :, 2] *= -1.0
    return np.asarray(np.swapaxes(left @ right, 1, 2))
