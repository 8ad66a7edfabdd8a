"""The camera that films the person: where it stands, and where it sees a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.media.matrices import Array, unit

SENSOR = 36.0  # millimetres across the picture's longer side


@dataclass(frozen=True)
class Camera:
    """A camera that stands still and level with the horizon."""

    place: tuple[float, float, float]  # metres
    looks_at: tuple[float, float, float]
    lens: float  # millimetres
    size: tuple[int, int]  # of the picture, pixels

    @property
    def axes(self) -> Array:
        """Its own axes in the world, as rows: right, down, away."""
        away = unit(np.array(self.looks_at) - np.array(self.place))
        right = unit(np.cross(away, (0.0, 0.0, 1.0)))
        return np.stack([right, np.cross(away, right), away])

    @property
    def focal(self) -> float:
        """Pixels."""
        return self.lens / SENSOR * max(self.size)

    def seen(self, points: Array) -> Array:
        """Pixels (…, 2) from the left and the top of points (…, 3) in the world."""
        right, down, away = np.moveaxis((points - np.array(self.place)) @ self.axes.T, -1, 0)
        return np.stack([right, down], -1) / away[..., None] * self.focal + np.array(self.size) / 2
