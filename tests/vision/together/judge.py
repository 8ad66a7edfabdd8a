"""How near a motion that several rendered films show is to the true one, and their cameras to the true ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.person_track import PersonTrack
from aimocap_blender.vision.together.films import Film
from aimocap_blender.vision.together.motion import Together
from tests.vision.judge import LIMBS, SLOTS, Array, aligned, degrees
from tests.vision.rendered_truth.truth import Truth

_JOINTS = {"upper_arm": "shoulder", "lower_arm": "elbow", "hand": "wrist"} | {
    "upper_leg": "hip",
    "lower_leg": "knee",
    "foot": "ankle",
}
BODY = [INDEX[f"{slot.partition('_')[0]}_{_JOINTS[slot.partition('_')[2]]}"] for slot in SLOTS]
ENDS = np.array([[SLOTS.index(slot) for slot in limb] for limb in LIMBS])


@dataclass(frozen=True, eq=False)
class Filmed:
    """A rendered clip, what is seen in it, and what that cost.

    Attributes:
        truth: the clip.
        track: what the networks see.
        seconds: of CPU.
    """

    truth: Truth
    track: PersonTrack
    seconds: float

    @property
    def start(self) -> float:
        """Second of the motion at which the clip begins."""
        return self.truth.recipe.start / self.truth.recipe.fps

    def heads(self, times: Array) -> Array:
        """True joints (F, 12, 3) at its seconds, in its first frame's camera axes."""
        frames = np.arange(len(self.truth.heads[SLOTS[0]])) / self.truth.recipe.fps
        paths = [[np.interp(times, frames, self.truth.heads[slot][:, axis]) for axis in range(3)] for slot in SLOTS]
        return np.array(paths).transpose(2, 0, 1)


def figures(joints: Array, true: Array) -> tuple[float, float, float]:
    """Degrees of limbs after the best rotation of the whole clip, median and 95 %, and PA-MPJPE in mm."""
    ours, theirs = (points[:, ENDS[:, 1]] - points[:, ENDS[:, 0]] for points in (joints, true))
    turn = rotation_between(ours.reshape(-1, 3), theirs.reshape(-1, 3))
    off = degrees(ours @ turn.T, theirs)
    apart = np.linalg.norm(np.array([aligned(a, b) for a, b in zip(joints, true, strict=True)]) - true, axis=-1)
    return float(np.median(off)), float(np.percentile(off, 95)), 1000.0 * float(apart.mean())


def rotation_between(points: Array, others: Array) -> Array:
    """The rotation (3, 3) that brings vectors (N, 3) nearest to others."""
    u, _, vt = np.linalg.svd(others.T @ points)
    return u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt


class CameraOff(NamedTuple):
    """By how much a camera is off.

    Attributes:
        apart: degrees between it and the first one.
        turned: degrees by which it is turned otherwise.
        seconds: by which its offset is off.
        focal: its focal length, of the true one.
    """

    apart: float
    turned: float
    seconds: float
    focal: float


class Judged(NamedTuple):
    """Figures of a motion that films show together.

    Attributes:
        figures: its own, see `figures`.
        alone: those of each film alone, in the same frames.
        cameras: of the films but the first.
        frames: that were compared.
    """

    figures: tuple[float, float, float]
    alone: list[tuple[float, float, float]]
    cameras: list[CameraOff]
    frames: int


def judged_together(clips: Sequence[Filmed], films: Sequence[Film], found: Together) -> Judged:
    """The figures where all films show the person."""
    solved = found.motion.solved
    timed = [film.through(camera) for film, camera in zip(films, found.cameras, strict=True)]
    shared = np.all([film.has(solved.times) for film in timed], axis=0)
    times = solved.times[shared]
    return Judged(
        figures(solved.joints[shared][:, BODY], clips[0].heads(times)),
        [
            figures(film.joints_at(times)[:, BODY], clip.heads(film.camera.clock(times)))
            for film, clip in zip(timed, clips, strict=True)
        ],
        [_camera_off(clips[0], clip, found, number) for number, clip in enumerate(clips[1:], 1)],
        len(times),
    )


def _camera_off(first: Filmed, other: Filmed, found: Together, number: int) -> CameraOff:
    offset = first.start - other.start
    times = np.arange(len(first.truth.heads[SLOTS[0]])) / first.truth.recipe.fps
    times = times[(times + offset >= 0.0) & (times + offset <= other.track.times[-1])]
    ours, theirs = first.heads(times), other.heads(times + offset)
    ours, theirs = (points.reshape(-1, 3) - points.reshape(-1, 3).mean(axis=0) for points in (ours, theirs))
    turn, camera = rotation_between(ours, theirs), found.cameras[number]

    def angle(rotation: Array) -> float:
        return float(np.degrees(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))))

    off = angle(camera.rotation @ turn.T)
    return CameraOff(angle(turn), off, camera.offset - offset, camera.focal / other.truth.focal)
