"""The part of a track that the solution works on: pixels, depths and their weights, frame by frame."""

from dataclasses import dataclass, field

import numpy as np

from ...motion.rotations import FloatArray, normalise
from ..joints import HIPS, middle
from ..told_depths import ToldDepths

PLAIN = 0.5
"""Weight from which on a joint is in plain view."""
_TURNED = 0.5
"""So many times more are told depths taken to be off for a body that lies across the picture, and twice that for one
that is upside down: the networks learned less from them. Errors of the clips of rendered truth on the floor are 1.2
times what is told, those of others 1.1 times.
"""
BY_FRAME = ("pixels", "weight", "guess", "sight", "depth_weight", "turn", "size")
"""The fields of `Seen` that have a row for each frame."""


@dataclass(frozen=True, eq=False)
class Seen:
    """Landmarks of a span of frames in which the person is seen, or nearly always.

    Attributes:
        fps: frames per second.
        focal: pixels.
        pixels: (F, N, 2) from the picture's middle.
        weight: (F, N) 0 to 1, how much each joint's pixels count.
        guess: (F, N, 3) the network's joints, metres, from the middle of the hips, in the solution's axes.
        sight: (F, 3) in the solution's axes, the line of sight along which the guess's depths are.
        depth_weight: (F, N) 0 to 1, how much each joint's guessed depth counts.
        turn: (F, 3, 3) from the solution's axes, which are the camera's in the first frame, to the camera's.
        size: (F,) pixels, the person's extent.
        told: how much deeper one joint is than another, as our own network tells.
        place: (3,) the camera's, in the solution's axes, metres; (F, 3) if it moves.
        others: the same frames as other films show them, in the same axes.
    """

    fps: float
    focal: float
    pixels: FloatArray
    weight: FloatArray
    guess: FloatArray
    sight: FloatArray
    depth_weight: FloatArray
    turn: FloatArray
    size: FloatArray
    told: ToldDepths
    place: FloatArray = field(default_factory=lambda: np.zeros(3))
    others: tuple["Seen", ...] = ()

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.pixels)

    def part(self, first: int, last: int) -> "Seen":
        """Return some of the frames."""
        rows = slice(first, last)
        return Seen(
            self.fps,
            self.focal,
            self.pixels[rows],
            self.weight[rows],
            self.guess[rows],
            self.sight[rows],
            self.depth_weight[rows],
            self.turn[rows],
            self.size[rows],
            self.told.part(rows),
            self.place if self.place.ndim == 1 else self.place[rows],
            tuple(other.part(first, last) for other in self.others),
        )

    @property
    def films(self) -> tuple["Seen", ...]:
        """This one, then the others."""
        return (self, *self.others)

    @property
    def shown(self) -> FloatArray:
        """(F, N) the weight of each joint in the film that shows it best."""
        return np.asarray(np.max([film.weight for film in self.films], axis=0))

    def in_camera(self, points: FloatArray) -> FloatArray:
        """Return points (F, N, 3) in the camera's axes, frame by frame."""
        # points are rows: a transposed matrix from their right rotates them as the matrix does a column
        return np.asarray((points - self.place[..., None, :]) @ np.swapaxes(self.turn, 1, 2))

    def pixels_of(self, points: FloatArray) -> FloatArray:
        """Return where the film shows points (F, N, 3): (F, N, 2) as `pixels`."""
        in_camera = self.in_camera(points)
        return np.asarray(self.focal * in_camera[..., :2] / in_camera[..., 2:])

    def from_camera(self, points: FloatArray) -> FloatArray:
        """Return points (F, N, 3) of the camera's axes in the solution's."""
        return np.asarray(points @ self.turn + self.place[..., None, :])

    def camera(self, row: int) -> FloatArray:
        """Return the matrix (4, 4) from the solution's axes to a frame's camera's: x right, y down, z ahead."""
        place = self.place if self.place.ndim == 1 else self.place[row]
        camera_from_solution = np.eye(4)
        camera_from_solution[:3, :3] = self.turn[row]
        camera_from_solution[:3, 3] = -self.turn[row] @ place
        return camera_from_solution

    def away(self, positions: FloatArray) -> FloatArray:
        """Return metres (F, 1) along the line of sight to the middle of the hips of joints (F, N, 3)."""
        hips_from_camera = positions[:, HIPS].mean(axis=1) - self.place
        return np.asarray((hips_from_camera * self.sight).sum(axis=-1, keepdims=True))

    @property
    def turned(self) -> FloatArray:
        """(F, 1) how many times farther off told depths are for a body that isn't upright in the picture."""
        # pixels run down, so that an upright trunk's y is -1, one across the picture has 0, one upside down 1
        trunk = normalise(middle(self.pixels, "shoulder") - middle(self.pixels, "hip"))
        return np.asarray(1.0 + _TURNED * (1.0 + trunk[:, 1:]))

    def told_metres(self, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the told differences in depth (F, P) and their usual errors in metres, for joints (F, N, 3)."""
        # the network tells fractions of that distance, as no film shows how large anything is
        away = self.away(positions)
        return self.told.depth * away, self.told.error * away
