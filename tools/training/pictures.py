"""Pictures of a figure as a landmark network gets them: points drawn over a backdrop, without a renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .figures import colour

if TYPE_CHECKING:
    from aimocap_blender.vision.crops import Region
    from tests.media.figure.camera import Camera
    from tests.media.matrices import Array

SIDE = 256  # of the pictures, pixels
MARGIN = 64  # pixels that noise is shifted by at most
SPLAT = ((0, 0), (0, 1), (1, 0), (1, 1))  # pixels that a point covers


class Look:
    """Light, backdrop and camera of one shot, by chance."""

    def __init__(self, chance: np.random.Generator) -> None:
        light = chance.normal((0.0, 0.0, 1.0))
        self._light = (light / np.linalg.norm(light)).astype(np.float32)
        self._ambient = chance.uniform(0.35, 0.8)
        self._brightness = chance.uniform(0.6, 1.3)
        self._blur = chance.uniform(0.4, 1.0)
        self._noise = chance.normal(0.0, chance.uniform(0.0, 0.03), (SIDE + MARGIN, SIDE + MARGIN, 3)).astype(
            np.float32
        )
        self._backdrop = _backdrop(chance)
        self._edge = chance.uniform(0.05, 0.95) if chance.random() < 0.08 else None
        self._edge_side = int(chance.integers(4))
        self._chance = chance

    def picture(self, points: Array, normals: Array, colours: Array, camera: Camera, region: Region) -> Array:
        """The picture (SIDE, SIDE, 3), float32 from 0 to 1, of a region of the plane at distance 1000 of the camera."""
        towards = points - np.array(camera.place, np.float32)
        facing = np.flatnonzero(np.einsum("pi,pi->p", normals, towards) < 0.0)
        local = towards[facing] @ camera.axes.T.astype(np.float32)
        places = 1000.0 * local[:, :2] / local[:, 2:]
        inwards = SIDE * np.linalg.inv(region.axes()).T.astype(np.float32)
        spots = (places - np.array([region.x, region.y], np.float32)) @ inwards + np.float32(SIDE / 2 - 0.5)
        corner = np.floor(spots).astype(np.int64)
        inside = ((corner >= 0) & (corner < SIDE - 1)).all(axis=1) & (local[:, 2] > 0.1)
        order = np.flatnonzero(inside)[np.argsort(-local[inside, 2])]
        drawn = facing[order]
        lit = self._ambient + (1.0 - self._ambient) * np.maximum(normals[drawn] @ self._light, 0.0)
        shown = np.sqrt(colours[drawn] * (self._brightness * lit)[:, None])  # about as screens show light
        picture = self._behind(region)
        flat = picture.reshape(-1, 3)
        starts = corner[order] @ (1, SIDE)
        cells = (starts[:, None] + [x + SIDE * y for x, y in SPLAT]).ravel()
        flat[cells] = np.repeat(shown, len(SPLAT), axis=0)  # the last of several stays: the nearest
        picture = _blurred(picture, self._blur)
        row, column = self._chance.integers(MARGIN, size=2)
        picture += self._noise[row : row + SIDE, column : column + SIDE]
        if self._edge is not None:
            cut = int(SIDE * (0.3 * self._edge))
            turned = np.rot90(picture, self._edge_side)
            turned[:cut] = 0.0
        return np.clip(picture, 0.0, 1.0)

    def _behind(self, region: Region) -> Array:
        """The part of the backdrop behind a region: it stays where it is while the person moves a little."""
        size = len(self._backdrop)
        rows = (np.arange(SIDE) * 2 + int(region.y)) % size
        columns = (np.arange(SIDE) * 2 + int(region.x)) % size
        return self._backdrop[rows[:, None], columns].copy()


def _backdrop(chance: np.random.Generator) -> Array:
    """A wall and a floor with things on them, (512, 512, 3)."""
    size = 512
    picture = np.empty((size, size, 3), np.float32)
    horizon = int(chance.uniform(0.3, 0.8) * size)
    picture[:horizon], picture[horizon:] = colour(chance), colour(chance)
    for _ in range(int(chance.integers(0, 25))):
        low = chance.integers(0, size, 2)
        high = low + (chance.random(2) ** 2 * 200 + 4).astype(int)
        picture[low[0] : high[0], low[1] : high[1]] = colour(chance)
    for cells in (4, 16, 64):
        coarse = chance.normal(0.0, 0.06 * chance.random(), (cells, cells, 3)).astype(np.float32)
        picture += coarse.repeat(size // cells, axis=0).repeat(size // cells, axis=1)
    return np.clip(_blurred(picture, chance.uniform(0.5, 4.0)), 0.0, 1.0)


def _blurred(picture: Array, width: float) -> Array:
    """Each channel softened by a Gaussian of so many pixels."""
    reach = int(np.ceil(2.0 * width))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2).astype(np.float32)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = np.pad(picture, [(reach, reach) if axis == other else (0, 0) for other in range(3)], mode="edge")
        count = picture.shape[axis]
        picture = sum(
            weight * (padded[:, start : start + count] if axis else padded[start : start + count])
            for start, weight in enumerate(weights)
        )
    return picture
