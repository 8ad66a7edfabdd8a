"""The solved figure of a preview in Blender's world, with the corrections that it has, and one that is tried."""

from collections.abc import Sequence

import numpy as np

from ...motion.rotations import FloatArray
from ...motion.similarity import Similarity
from ...motion.time_mapping import TimeMapping
from ...vision.corrections import Correction, depth_of
from ...vision.handles import View, said_by_drag, side_view
from ...vision.kept_solution import KeptSolution
from ...vision.looks import looks
from ...vision.sighting import Sighting


class CorrectedFigure:
    """A figure that is corrected.

    Args:
        kept: the preview's solution.
        placed: where the motion of each shot is on the character, by frame.
        mapping: its seconds to timeline frames.
        camera: name of the video's camera.
        seen: its motion.
        second: a moment of the shot that is corrected.

    Attributes:
        mapping: as given.
        camera: as given.
        camera_angle: of the motion, another one in the other world that explains the video as well.
        is_on_the_right: the person is in the right half of the video's frame, most of the time.
        looks: the moments to look at.
        known: the corrections that it has; None before the first `show`.
    """

    def __init__(
        self,
        kept: KeptSolution,
        placed: Sequence[Sequence[Similarity]],
        mapping: TimeMapping,
        camera: str,
        seen: Sighting,
        second: float,
    ) -> None:
        self._whole, self._placed, self._seen = kept, placed, seen
        self._shot = kept.shots.index(kept.at(second))
        self.looks = sorted(
            (look for shot in kept.shots for look in looks(shot, seen.corrections)), key=lambda look: look.likely
        )
        kept = kept.shots[self._shot]
        self.mapping, self.camera, self.camera_angle = mapping, camera, seen.camera_angle
        # the view from the side goes where it doesn't cover the person
        self.is_on_the_right = bool(np.median(kept.seen.in_camera(kept.solution.joints)[..., 0]) > 0.0)
        self.known: tuple[Correction, ...] | None = None
        self._kept, self._joints = kept, kept.solution.joints
        self._own: tuple[Correction, ...] = ()

    def show(self, kept: KeptSolution, corrections: tuple[Correction, ...], seen: Sighting) -> None:
        """Have it with just these corrections, given in order, and the motion that was seen with them."""
        self._whole, self._kept, self.known, self._seen = kept, kept.shots[self._shot], corrections, seen
        self._own = tuple(one for one in corrections if kept.at(one.second) is self._kept)
        self.show_tried(None)

    def show_tried(self, one: Correction | None) -> None:
        """Have it with one more correction, roughly, until the next call; None for none."""
        self._joints = self._corrected()
        if one is not None:
            self._joints = self._kept.steps.tried(one).joints

    def has(self, second: float) -> bool:
        """Return whether it has a moment."""
        times, half = self._kept.times, 0.5 / self._kept.seen.fps
        return bool(times[0] - half <= second <= times[-1] + half)

    def at(self, second: float) -> "CorrectedFigure":
        """Return that of the shot of a moment: itself if it has it, or no shot does."""
        other = self._whole.shots.index(self._whole.at(second))
        if other == self._shot or self.has(second):
            return self
        found = CorrectedFigure(self._whole, self._placed, self.mapping, self.camera, self._seen, second)
        return found if found.has(second) else self

    def joints_at(self, second: float) -> FloatArray:
        """Return its joints (N, 3) at a moment."""
        return self._joints[self._row(second)]

    def world_at(self, second: float) -> FloatArray:
        """Return the matrix (4, 4) from the solution's axes to Blender's world at a moment."""
        # origin and axes, put where the character plays, tell the whole transform
        matrix, corners = self._kept.other @ self._kept.world, np.vstack([np.zeros(3), np.eye(3)])
        placed = self._placed[self._shot][self._row(second)]
        origin, *axes = placed.points(corners @ matrix[:3, :3].T + matrix[:3, 3])
        world: FloatArray = np.eye(4)
        world[:3, :3], world[:3, 3] = (np.stack(axes) - origin).T, origin
        return world

    def depth(self, joint: str, second: float) -> float:
        """Return the depth of the limb that a joint ends, as `Kind.DEPTH` has it."""
        return float(depth_of(self._kept.seen, self._joints, joint)[self._row(second)])

    def trust_at(self, second: float) -> dict[str, float]:
        """Return the trust in each limb at a moment."""
        row = int(np.abs(self._seen.clip.times - second).argmin())
        return dict(zip(self._seen.trust.limbs, self._seen.trust.values[row].tolist(), strict=True))

    def side_view(self, second: float, box: tuple[float, float, float, float]) -> View:
        """Return the view of it from its side, at a moment, in a box of pixels."""
        return side_view(self._kept, self._row(second), box)

    def said_by_drag(self, joint: str, second: float, view: View, to: FloatArray) -> Correction:
        """Return the correction that a drag of a joint to a place (2,) of a view says."""
        kind, values = said_by_drag(self._kept, self._corrected(), self._row(second), joint, view, to)
        return Correction(kind, joint, second, values)

    def _corrected(self) -> FloatArray:
        return self._kept.steps.corrected(self._own)[0].joints

    def _row(self, second: float) -> int:
        return int(np.abs(self._kept.times - second).argmin())
