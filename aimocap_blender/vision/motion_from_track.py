"""From one person's landmarks to a motion of a skeleton: the last half of what vision does."""

from dataclasses import dataclass, replace

import numpy as np

from ..motion.resampling import straight_between
from ..motion.rotations import BoolArray, FloatArray, IntArray
from ..motion.skeleton import Clip
from ..motion.spans import runs
from ..texts.faults import Fault
from .body import measures_of, skeleton_of
from .camera_motion import camera_rotations
from .clip_solution.exchanges import Exchanges, without_exchanges
from .clip_solution.seen import Seen
from .clip_solution.solution import Solution, solved
from .clip_solution.start import seen_of
from .ground import Bodies, Ground, directions_of, ground_of
from .hands.fingers import Hands, fingers_through, with_knuckles
from .joints import joints_of
from .person_track import PersonTrack
from .pose import clip_of
from .trust import Trust, trust_of

NOBODY = Fault(
    "No person is seen in this part of the video.", "Choose a part in which one person is in view from head to foot."
)
USUAL_FOCAL = 0.85
"""Focal length, of the longer side of the frames, if none is known: that of most phones and of 30 mm lenses."""
LONGEST_GAP_SEC = 0.5
"""The motion goes on over shorter gaps, in which the person is not seen; longer ones are left out."""
_WRISTS = joints_of("wrist")
FAINT = 0.01
"""Weight of landmarks that are not seen but interpolated."""
_EXCHANGED = 0.3
"""Weight of depths where left and right were exchanged: the network took front for back there."""


@dataclass(frozen=True, eq=False)
class Solved:
    """The joints of a track, from the first frame in which the person is seen to the last.

    Attributes:
        seen: what was solved from.
        solution: the solved joints, in camera axes of the first frame, and the body's bones and floor.
        exchanged: where sides were exchanged.
        known: (F,) the frames in which the person is seen.
        times: (F,) seconds.
        first: the track's frame that is the first of these.
    """

    seen: Seen
    solution: Solution
    exchanged: Exchanges
    known: BoolArray
    times: FloatArray
    first: int

    @property
    def joints(self) -> FloatArray:
        """(F, N, 3) the solved joints, camera axes of the first frame, metres."""
        return self.solution.joints


@dataclass(frozen=True, eq=False)
class SeenMotion:
    """A person's motion as seen in a video.

    Attributes:
        clip: the motion: Z up, the floor at 0, above the origin and facing -Y at first; seconds from the track's start.
        trust: how far to trust it, for each of the clip's samples.
        ground: the clip's world in the axes of the first frame's camera; `ground.up` points away from the floor.
        frames: (F,) the track's frame of each sample; frames of longer gaps are missing.
        joints: (F, N, 3) the solved joints, camera axes of the first frame, metres.
        fingers: of the clip, as `pose.clip_of` takes them.
        other_ground: another world, whose up explains the video about as well; None if none does.
        solved: all that it was made of.
    """

    clip: Clip
    trust: Trust
    ground: Ground
    frames: IntArray
    joints: FloatArray
    fingers: FloatArray
    other_ground: Ground | None
    solved: Solved


@dataclass(frozen=True, eq=False)
class OrderedTrack:
    """A track from the first frame in which the person is seen to the last, ready to be solved.

    Attributes:
        track: left and right in order; landmarks are interpolated where the person is not seen.
        exchanged: where sides were exchanged.
        known: (F,) the frames in which the person is seen.
        first: the whole track's frame that is the first of these.
    """

    track: PersonTrack
    exchanged: Exchanges
    known: BoolArray
    first: int

    def seen(self, focal: float) -> Seen:
        """Return what is seen in it through a lens of that focal length, pixels."""
        track = self.track
        seen = seen_of(track, focal, camera_rotations(track.camera, track.size, focal))
        undone = self.exchanged.undone.max(axis=1, keepdims=True)
        depth_weight = np.where(undone, _EXCHANGED * seen.depth_weight, seen.depth_weight)
        return replace(
            seen,
            weight=np.where(self.known[:, None], seen.weight, FAINT),
            depth_weight=np.where(self.known[:, None], depth_weight, FAINT),
        )


def ordered_track(track: PersonTrack) -> OrderedTrack:
    """Return a track as it can be solved.

    Raises:
        Fault: the person is seen in no frame.
    """
    known = _known(track)
    if not known.any():
        raise NOBODY
    # before the person comes and after they are gone, there is nothing to interpolate between
    first, last = np.flatnonzero(known)[[0, -1]]
    whole, known = _part(track, int(first), int(last) + 1), known[first : last + 1]
    ordered, exchanged = without_exchanges(_filled(whole, known))
    return OrderedTrack(ordered, exchanged, known, int(first))


def solved_track(track: PersonTrack, focal: float | None = None) -> Solved:
    """Return the joints of the person that a track follows; for all else see `motion_from_track`."""
    ordered = ordered_track(track)
    seen = ordered.seen(focal or usual_focal(track.size))
    return Solved(seen, solved(seen), ordered.exchanged, ordered.known, ordered.track.times, ordered.first)


def usual_focal(size: tuple[int, int]) -> float:
    """Return the focal length in pixels that films of a width and height usually have."""
    return USUAL_FOCAL * max(size)


def motion_from_track(track: PersonTrack, focal: float | None = None, hands: Hands | None = None) -> SeenMotion:
    """Return the motion of the person that a track follows.

    Args:
        focal: focal length in pixels, or None for a usual one.
        hands: as they were looked at in the track's frames; None for relaxed ones.

    Raises:
        Fault: the person is seen in no frame.
    """
    found, trust = solved_and_trusted(track, focal, hands)
    return motion_of(found, trust, hands)


def solved_and_trusted(
    track: PersonTrack, focal: float | None = None, hands: Hands | None = None
) -> tuple[Solved, Trust]:
    """Return the joints, and the trust in each frame; for all else see `motion_from_track`."""
    found = solved_track(with_knuckles(track, hands) if hands else track, focal)
    return found, trust_of(found.seen, found.joints, found.times, found.exchanged, ~found.known, track.size)


def motion_of(found: Solved, trust: Trust, hands: Hands | None = None, ground: Ground | None = None) -> SeenMotion:
    """Return the motion of solved joints.

    Args:
        trust: in each frame.
        hands: as in `motion_from_track`.
        ground: its world; None to find it.
    """
    fps = found.seen.fps
    # solved through longer gaps too, but there nothing is known
    kept = np.flatnonzero(bridged(found.known, fps))
    trust = replace(trust, values=trust.values[kept])
    joints = found.joints[kept]
    bodies = Bodies(joints, fps)
    other = None
    if ground is None:
        floor = found.solution.floor
        up, other_up = directions_of(bodies, None if floor is None else floor.up)
        ground = ground_of(bodies, up)
        other = None if other_up is None else ground_of(bodies, other_up)
    del bodies  # as large as all joints, which the pose is as well
    joints_in_world = ground.world(joints)
    rows = kept + found.first
    fingers, sure = fingers_through(hands, rows, joints_in_world[:, _WRISTS, 2])
    skeleton = skeleton_of(measures_of(joints_in_world))
    clip = clip_of(joints_in_world, skeleton, fps, found.times[kept], fingers)
    clip = replace(clip, eyes=ground.world(np.array([[film.place] for film in found.seen.films])))
    return SeenMotion(clip, trust.with_hands(sure), ground, rows, joints, fingers, other, found)


def _known(track: PersonTrack) -> BoolArray:
    """Return the frames (F,) in which the person is seen."""
    in_frame = np.isfinite(track.pixels).all(axis=(1, 2))
    in_body = np.isfinite(track.body).all(axis=(1, 2))
    return np.asarray(in_frame & in_body, dtype=np.bool_)


def _part(track: PersonTrack, first: int, last: int) -> PersonTrack:
    return replace(
        track,
        times=track.times[first:last],
        pixels=track.pixels[first:last],
        visibility=track.visibility[first:last],
        body=track.body[first:last],
        confidence=track.confidence[first:last],
        camera=track.camera[first:last],
    )


def _filled(track: PersonTrack, known: BoolArray) -> PersonTrack:
    """Return the track with landmarks interpolated where the person is not seen."""
    if known.all():
        return track
    rows, seen = np.arange(len(known)), np.flatnonzero(known)
    return replace(
        track,
        pixels=straight_between(track.pixels[seen], seen, rows),
        body=straight_between(track.body[seen], seen, rows),
        visibility=np.where(known[:, None], track.visibility, 0.0),
    )


def bridged(known: BoolArray, fps: float) -> BoolArray:
    """Return known frames and those of short gaps."""
    kept = known.copy()
    for start, stop in runs(~known).tolist():
        if stop - start <= LONGEST_GAP_SEC * fps:
            kept[start:stop] = True
    return kept
