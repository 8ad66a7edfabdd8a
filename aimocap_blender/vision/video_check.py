"""Facts about a video that decide how well motion can be seen in it, out of a few of its frames."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .camera_motion import CameraMotion
from .crops import Frame
from .landmarks import SURE, LandmarkFinder, SeenBody
from .network_files import PoseNetworks
from .people import distance
from .person_detector import PersonDetector
from .person_track import LANDMARKS
from .scanning import ClipFrames
from .small_frames import blur_of, colour_copy

_FRAMES, _SOON_SEC = 12, 0.25
_SEEN = 0.5  # visibility from which a landmark is
_SAME = 0.2  # of a region's size that two looks at the same person are apart at most
_COLUMNS, _LEVELS = 32, 6  # of copies that are compared, and levels of 255 by which a block of them has changed

_FEET = tuple(LANDMARKS.index(f"{side}_{part}") for side in ("left", "right") for part in ("ankle", "foot_index"))
_HANDS = tuple(LANDMARKS.index(f"{side}_{part}") for side in ("left", "right") for part in ("wrist", "index"))


@dataclass(frozen=True)
class FrameFacts:
    """One frame.

    Attributes:
        frame: its index in the clip.
        people: how many.
        height: of the largest person, of the frame's height; 0 where nobody is.
        pixels: the same, pixels.
        feet: the share of the largest person's feet that is in the frame and visible.
        hands: the share of the hands.
        blur: of the largest person, from 0 (sharp) to 1.
        changed: the share of the frame that differs from the one looked at before; nearly all where the camera stands
            and the scene is another.
        camera_moves: in the next quarter of a second.
    """

    frame: int
    people: int
    height: float
    pixels: float
    feet: float
    hands: float
    blur: float
    changed: float
    camera_moves: bool


def check_video(
    clip: ClipFrames,
    networks: PoseNetworks,
    advanced: Callable[[int, int], None] = lambda _done, _all: None,
) -> tuple[FrameFacts, ...]:
    """Look at a dozen frames, spread over the clip, and shortly at one soon after each.

    Args:
        clip: of one frame at least.
        networks: that see people.
        advanced: told after each frame how many are done, and of how many; what it raises ends the check.
    """
    detect, find = PersonDetector(networks.detector), LandmarkFinder(networks.landmarks)
    facts: list[FrameFacts] = []
    before = np.zeros(0, np.float32)
    pairs = _pairs(clip.count, clip.fps)
    for done, (index, soon) in enumerate(pairs, 1):
        frame = clip.picture(index)
        bodies = _bodies(frame, detect, find)
        copy = colour_copy(frame, _COLUMNS)
        changed = 0.0 if done == 1 else float((np.abs(copy - before).max(-1) > _LEVELS).mean())
        camera = CameraMotion((frame.shape[1], frame.shape[0]))
        after = clip.picture(soon)
        for near in (frame, after):
            camera.show(near, [body.region for body in bodies])
        facts.append(_facts(index, frame, bodies, changed, camera.moves()))
        before = copy
        advanced(done, len(pairs))
    return tuple(facts)


def frames_to_check(count: int, fps: float) -> tuple[int, ...]:
    """Return the indices of the frames that `check_video` asks for, in its order.

    Args:
        count: frames of the clip.
        fps: frames per second.
    """
    return tuple(dict.fromkeys(index for pair in _pairs(count, fps) for index in pair))


def _pairs(count: int, fps: float) -> list[tuple[int, int]]:
    """Each frame to look at, and the one soon after it."""
    indices = np.unique(np.linspace(0, count - 1, _FRAMES).astype(np.int64)).tolist()
    return [(index, min(index + max(round(fps * _SOON_SEC), 1), count - 1)) for index in indices]


def _bodies(frame: Frame, detect: PersonDetector, find: LandmarkFinder) -> list[SeenBody]:
    """Everyone in the frame, the largest first."""
    found: list[SeenBody] = []
    for detection in detect(frame):
        body = find.anew(frame, detection.region)
        if body.confidence >= SURE and all(distance(body.region, other.region) >= _SAME for other in found):
            found.append(body)
    return sorted(found, key=lambda body: -body.region.size)


def _facts(index: int, frame: Frame, bodies: Sequence[SeenBody], changed: float, moves: bool) -> FrameFacts:
    if not bodies:
        return FrameFacts(index, 0, 0.0, 0.0, 0.0, 0.0, 0.0, changed, moves)
    largest, (height, width) = bodies[0], frame.shape[:2]
    inside = np.all((largest.pixels >= 0) & (largest.pixels <= (width, height)), axis=-1)
    seen = inside & (largest.visibility > _SEEN)
    tall = float(np.ptp(largest.pixels[:, 1]))
    return FrameFacts(
        frame=index,
        people=len(bodies),
        height=tall / height,
        pixels=tall,
        feet=float(seen[list(_FEET)].mean()),
        hands=float(seen[list(_HANDS)].mean()),
        blur=blur_of(frame, largest.region),
        changed=changed,
        camera_moves=moves,
    )
