"""The room the person is filmed in: a tiled floor, a wall with a skirting board, pictures on it. Always the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tests.media.matrices import Array

    from .blobs import Colour
    from .camera import Camera

TILE = 0.5  # metres
HALF_WIDTH, DEPTH, HEIGHT = 9.0, 14.0, 3.2  # metres, of the room before the camera
WALL = 6.5  # metres from the camera, on the ground
PLASTER, SKIRTING, FRAME = (0.56, 0.53, 0.46), (0.75, 0.74, 0.70), (0.12, 0.085, 0.05)
PICTURES = (
    (-3.1, 1.75, 0.9, 0.65, (0.20, 0.32, 0.36)),
    (-1.55, 1.85, 0.5, 0.7, (0.52, 0.40, 0.20)),
    (1.7, 1.8, 1.2, 0.8, (0.26, 0.34, 0.24)),
    (3.6, 1.75, 0.6, 0.8, (0.40, 0.26, 0.28)),
)
"""Across and up from the middle of the wall's foot, width and height in metres, colour."""


def room_faces(camera: Camera) -> tuple[Array, npt.NDArray[np.int64], list[Colour]]:
    """Corners, quads, and their colours. The wall stands straight across the camera's view."""
    noise = np.random.default_rng(7)
    right = camera.axes[0]
    away = np.cross((0.0, 0.0, 1.0), right)
    foot = np.array([camera.place[0], camera.place[1], 0.0])
    corners: list[Array] = []
    colours: list[Colour] = []

    def add(across: tuple[float, float], deep: tuple[float, float], high: tuple[float, float], colour: Colour) -> None:
        """A rectangle: on the ground where `high` is one height, upright where `deep` is one depth."""
        for a, b in ((0, 0), (1, 0), (1, 1), (0, 1)):
            depth, height = (deep[b], high[0]) if high[0] == high[1] else (deep[0], high[b])
            corners.append(foot + across[a] * right + depth * away + np.array([0.0, 0.0, height]))
        colours.append(colour)

    for column in range(-int(HALF_WIDTH / TILE), int(HALF_WIDTH / TILE)):
        for row in range(-2, int(WALL / TILE)):
            shade = 0.30 + 0.10 * ((column + row) % 2) + noise.uniform(-0.025, 0.025)
            left, near = column * TILE, row * TILE
            add((left, left + TILE), (near, near + TILE), (0.0, 0.0), (1.08 * shade, 0.97 * shade, 0.84 * shade))
    add((-HALF_WIDTH, HALF_WIDTH), (WALL, WALL), (0.0, HEIGHT + 3), PLASTER)
    add((-HALF_WIDTH, HALF_WIDTH), (WALL - 0.02, WALL - 0.02), (0.0, 0.12), SKIRTING)
    for across, up, width, height, colour in PICTURES:
        for border, out, shown in ((0.05, 0.02, FRAME), (0.0, 0.03, colour)):
            sides = (across - width / 2 - border, across + width / 2 + border)
            heights = (up - height / 2 - border, up + height / 2 + border)
            add(sides, (WALL - out, WALL - out), heights, shown)
    return np.array(corners), np.arange(len(corners)).reshape(-1, 4), colours
