"""Films of the same moment, and what is found out about their cameras."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from ...motion.bones.humanoid import mirrored
from ...motion.resampling import straight_between
from ...motion.rotations import BoolArray, FloatArray, IntArray
from ..clip_solution.exchanges import PARTS
from ..clip_solution.seen import BY_FRAME, Seen
from ..clip_solution.solution import solved
from ..joints import BODY, INDEX, JOINTS, LANDMARK, OTHER_LANDMARK
from ..motion_from_track import FAINT, OrderedTrack, ordered_track, usual_focal
from ..person_track import PersonTrack
from ..told_depths import ToldDepths

_OTHER: IntArray = np.array(list(map(INDEX.__getitem__, map(mirrored, JOINTS))))
HALF_A_FRAME = 0.5
_MOMENT = 0.02
"""Seconds, usual error of an offset that a motion tells, or strips that play in sync."""


@dataclass(frozen=True, eq=False)
class Camera:
    """A film's camera and clock.

    A point p in the axes of the first film's first frame is at `rotation @ p + move` in those of this film's.

    Attributes:
        focal: pixels.
        rotation: (3, 3).
        move: (3,) metres.
        offset: seconds of this film's clock at the first film's 0.
        drift: seconds that this film's clock gains in each second of the first film's.
    """

    focal: float
    rotation: FloatArray
    move: FloatArray
    offset: float = 0.0
    drift: float = 0.0

    @property
    def place(self) -> FloatArray:
        """(3,) where it stands, in the axes of the first film's first frame."""
        return -self.move @ self.rotation

    def clock(self, times: FloatArray) -> FloatArray:
        """Return this film's seconds at those (F,) of the first film's clock."""
        return np.asarray(times * (1.0 + self.drift) + self.offset)

    def local(self, points: FloatArray) -> FloatArray:
        """Return points (..., 3) of the first film's axes in this film's."""
        return np.asarray(points @ self.rotation.T + self.move)


@dataclass(frozen=True, eq=False)
class Film:
    """A film, and what is found out about it.

    Attributes:
        ordered: the person's track in it.
        times: (F,) seconds of the track's frames on the film's own clock.
        joints: (F, N, 3) what it alone tells, in the camera's axes of its own first frame.
        seen: what that was solved from, through a lens of the usual focal length.
        camera: its camera.
        moment: how far its offset may be off, seconds.
        counting: (F, 12) factors on the weights of the body's joints, for what other films show of them.
    """

    ordered: OrderedTrack
    times: FloatArray
    joints: FloatArray
    seen: Seen
    camera: Camera
    moment: float = _MOMENT
    counting: FloatArray = field(default_factory=lambda: np.ones((1, BODY)))

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.ordered.track.fps

    @property
    def usual_focal(self) -> float:
        """The focal length that is guessed before anything is known, pixels."""
        return usual_focal(self.ordered.track.size)

    def has(self, times: FloatArray) -> BoolArray:
        """Return where (F,) the person is seen at the first film's times."""
        own, margin = self.camera.clock(times), HALF_A_FRAME / self.fps
        inside = (own >= self.times[0] - margin) & (own <= self.times[-1] + margin)
        return np.asarray(inside & self.ordered.known[self.nearest_rows(times)])

    def at(self, times: FloatArray, fps: float) -> Seen:
        """Return what is seen at the first film's times (F,), in this film's axes; hardly anything where it isn't."""
        places = self._places(times)
        faint = np.where(self.has(times), 1.0, FAINT)[:, None]
        values = {name: _between(getattr(self.seen, name), *places) for name in BY_FRAME}
        told = {part.name: _between(getattr(self.seen.told, part.name), *places) for part in fields(ToldDepths)}
        seen = replace(self.seen, fps=fps, told=ToldDepths(**told), **values)  # pyrefly: ignore[bad-argument-type] -- arrays only
        weight = seen.weight * faint
        weight[:, :BODY] *= straight_between(self.counting, self.times[: len(self.counting)], self.camera.clock(times))
        return replace(seen, weight=weight, depth_weight=seen.depth_weight * faint)

    def joints_at(self, times: FloatArray) -> FloatArray:
        """Return what it alone tells (F, N, 3) at the first film's times."""
        return _between(self.joints, *self._places(times))

    def through(self, camera: Camera) -> "Film":
        """Return it with what was found out about its camera."""
        seen = self.seen if camera.focal == self.seen.focal else self.ordered.seen(camera.focal)
        return replace(self, camera=camera, seen=seen)

    def exchanged(self, rows: BoolArray) -> "Film":
        """Return it with left and right of each of `PARTS` exchanged in some of its frames (F, 3)."""
        if not rows.any():
            return self
        track = self.ordered.track
        changed = {name: getattr(track, name).copy() for name in ("pixels", "visibility", "body")}
        joints = self.joints.copy()
        for part, here in zip(PARTS, rows.T, strict=True):
            landmarks, own_joints = np.flatnonzero(part), np.flatnonzero(part[LANDMARK])
            for values in changed.values():
                values[np.ix_(here, landmarks)] = values[np.ix_(here, OTHER_LANDMARK[landmarks])]
            joints[np.ix_(here, own_joints)] = joints[np.ix_(here, _OTHER[own_joints])]
        ordered = replace(self.ordered, track=replace(track, **changed))
        return replace(self, ordered=ordered, joints=joints, seen=ordered.seen(self.seen.focal))

    def nearest_rows(self, times: FloatArray) -> IntArray:
        """Return the own frames (F,) that are nearest to the first film's times."""
        low, share = self._places(times)
        return np.minimum(low + (share > HALF_A_FRAME), len(self.times) - 1)

    def _places(self, times: FloatArray) -> tuple[IntArray, FloatArray]:
        place = np.clip((self.camera.clock(times) - self.times[0]) * self.fps, 0, len(self.times) - 1)
        low = np.minimum(place.astype(np.int64), max(len(self.times) - 2, 0))
        return low, place - low


def film_of(track: PersonTrack, start: float = 0.0) -> Film:
    """Return a film of which only the person's track is known.

    Args:
        start: second of its first frame on the film's own clock.

    Raises:
        Fault: nobody is seen.
    """
    ordered = ordered_track(track)
    camera = Camera(usual_focal(track.size), np.eye(3), np.zeros(3))
    seen = ordered.seen(camera.focal)
    return Film(ordered, ordered.track.times + start, solved(seen).joints, seen, camera)


def _between(values: FloatArray, low: IntArray, share: FloatArray) -> FloatArray:
    """Return values (F, ...) a share (T,) of the way from samples (T,) to the next."""
    high = np.minimum(low + 1, len(values) - 1)
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return np.asarray((1.0 - share) * values[low] + share * values[high])


def seen_at(films: Sequence[Film], times: FloatArray) -> list[Seen]:
    """Return what each film shows at the first one's times (F,), in its own axes; see `Film.at`."""
    return [film.at(times, films[0].fps) for film in films]


def common_times(films: Sequence[Film]) -> FloatArray:
    """Return the times (F,) of the first film's frames at which all show the person."""
    times = films[0].times
    return np.asarray(times[np.all([film.has(times) for film in films], axis=0)])
