"""Films the person who strolls and waves: an H.264 video, and where each joint is seen in it.

`python -m tests.media.figure.film person.mp4`, with a Python that has bpy.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.media.matrices import Z_AXIS, about
from tests.media.own_settings import run_with_own_settings
from tests.media.performance import Performance
from tests.media.posing import pose

from .camera import Camera

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.media.matrices import Array
    from tests.media.posing import Pose

CHILD = Path(__file__).with_name("filming_child.py")
FILMS = CHILD.parents[3] / "build" / "films"
FROM_MEDIA = ("body", "matrices", "performance", "posing")
SOURCES = (*sorted(CHILD.parent.glob("*.py")), *(CHILD.parents[1] / f"{name}.py" for name in FROM_MEDIA))
STROLL = Performance(step_sec=0.5, step_length=0.23, radius=1.5)
MIDDLE_SEC, FROM_LEFT = 3.3, np.radians(8.0)
"""The camera looks at where the walker is at this moment, nearly from the front."""
AWAY, HIGH, LOOKS_HIGH, LENS = 3.6, 1.4, 0.91, 31.0  # metres, millimetres


@dataclass(frozen=True)
class Another:
    """Another walker in the same film, who does the same elsewhere, in clothes of other colours."""

    turn: float
    """Radians about Z, around the world's origin."""
    place: tuple[float, float]
    """Metres by which they are moved after that."""

    def at(self, points: Array) -> Array:
        """Where points (…, 3) of the first walker are of this one."""
        return points @ about(Z_AXIS, self.turn).T + np.array([*self.place, 0.0])


@dataclass(frozen=True)
class Film:
    """A film: its performance, camera and format."""

    performance: Performance = STROLL
    fps: Fraction = Fraction(25)
    frames: int = 150
    size: tuple[int, int] = (640, 480)
    late_sec: float = 0.0
    beside: float = 0.0
    """Degrees by which the camera stands farther to the right."""
    others: tuple[Another, ...] = ()

    @property
    def times(self) -> Array:
        """Seconds of the frames."""
        return self.late_sec + np.arange(self.frames) / float(self.fps)

    @property
    def camera_angle(self) -> float:
        """Where the camera stands: radians about Z, from where the walker faces at first (-Y)."""
        return float(self.performance.heading(np.array([MIDDLE_SEC]))[0] + FROM_LEFT)

    @property
    def camera(self) -> Camera:
        """Nearly in front of the walker in the middle of the walk."""
        angle = self.camera_angle + np.radians(self.beside)
        ground = self.performance.ground(np.array([MIDDLE_SEC]))[0]
        place = ground + np.array([AWAY * np.sin(angle), -AWAY * np.cos(angle), HIGH])
        looks_at = ground + np.array([0.0, 0.0, LOOKS_HIGH])
        return Camera(tuple(place.tolist()), tuple(looks_at.tolist()), LENS, self.size)

    @property
    def posed(self) -> Pose:
        """The truth: where each bone is in each frame."""
        return pose(self.times, self.performance)

    def make(self, file: Path, interpreter: Sequence[str] = (sys.executable,)) -> None:
        """Films it, in a process of its own.

        Args:
            file: the video.
            interpreter: the program that has bpy: a Python, or `('blender', '--background', …, '--python')`.
        """
        fps = self.fps
        request = {
            "output": str(file.resolve()),
            "frames": self.frames,
            "late_sec": self.late_sec,
            "fps": fps.numerator if fps.denominator == 1 else round(fps),
            "fps_base": 1.0 if fps.denominator == 1 else float(round(fps) / fps),
            "performance": asdict(self.performance),
            "camera": asdict(self.camera),
            "others": [asdict(other) for other in self.others],
        }
        command = [*interpreter, str(CHILD), "--", json.dumps(request)]
        done = run_with_own_settings(command)
        if done.returncode or not file.exists():
            raise RuntimeError(f"the person was not filmed: {done.stderr.strip() or done.stdout.strip()}")


def crossing(behind: float = 1.5) -> Film:
    """Two who walk past each other across the view, one of them so many metres behind the other."""
    film = Film(fps=Fraction(12), frames=36, late_sec=MIDDLE_SEC - 1.5, beside=90.0)
    camera, middle = film.camera, film.performance.ground(np.array([MIDDLE_SEC]))[0]
    away = camera.axes[2] * (1.0, 1.0, 0.0)
    there = Another(np.pi, (0.0, 0.0))
    place = middle + behind * away / np.linalg.norm(away) - there.at(middle)
    return replace(film, others=(replace(there, place=(float(place[0]), float(place[1]))),))


def filmed_person(folder: Path, film: Film | None = None, interpreter: Sequence[str] = (sys.executable,)) -> Path:
    """The video in `folder`, made if it isn't there yet; `FILMS` is kept from one run to the next."""
    film = film or Film()
    version = hashlib.sha256(b"".join(source.read_bytes() for source in SOURCES))
    version.update(repr(film).encode())
    file = folder / f"person-{film.frames}f-{film.size[0]}x{film.size[1]}-{version.hexdigest()[:10]}.mp4"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.mp4")
        film.make(part, interpreter)
        part.replace(file)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--fps", type=Fraction, default=Fraction(25))
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--size", type=int, nargs=2, default=(640, 480))
    options = parser.parse_args()
    Film(fps=options.fps, frames=options.frames, size=tuple(options.size)).make(options.file)


if __name__ == "__main__":
    main()
