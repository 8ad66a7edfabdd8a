"""The hands of a person who was watched through a clip, looked at again in some of its frames."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from ...motion.bones.humanoid import slots_of
from ...motion.rotations import BoolArray, FloatArray
from .. import products
from ..checkpoints import Arrays, rounded
from ..crops import Frame, Region
from ..joints import LANDMARK, SIDES, joints_of
from ..network_graph import NetworkGraph
from ..person_track import LANDMARKS, PersonTrack
from .fingers import SURE, HandFinder, HandLooks, Hands, SeenHand, region_of_hand, region_of_pose

_LARGE = 40.0
"""Pixels of a hand's length from which its fingers can be told."""
_HAND = 0.19
"""Metres of a hand's length: the mean of women's and men's (NASA-STD-3000)."""
_FRAMES, _FRAMES_SLOWLY = 4, 6
"""From one look to the next, where numpy's products are fast or not: a preview takes a sixth longer, and fingers are
interpolated in between."""
_VISIBLE = 0.3
"""Of a wrist that is worth a look; the hand's own network is the judge."""

_IN_A_PART = 32
"""Looks that are kept together: four seconds and more."""
_HINTED = 0.2
"""Presence from which a look where the pose tells is worth another where that look tells: the pose is rough."""


@dataclass
class _HandFollower:
    """Looks at one hand in frame after frame, each time where the pose and the last look together tell."""

    find: HandFinder
    _last: tuple[Region, Region] | None = None

    def look(self, frame: Frame, told: Region) -> SeenHand:
        """Look at a frame.

        Args:
            frame: the picture.
            told: where the pose tells that the hand is.
        """
        region = told if self._last is None else _carried(told, *self._last)
        seen = self.find(frame, region)
        if self._last is None and seen.presence >= _HINTED:
            seen = self.find(frame, region_of_hand(seen.pixels))
        self.go_on(told, seen.pixels, seen.presence)
        return seen

    def go_on(self, told: Region, pixels: FloatArray, presence: float) -> None:
        """Go on after a look in which the hand's landmarks (21, 2) were found."""
        self._last = (told, region_of_hand(pixels)) if presence >= SURE else None


def _carried(told: Region, before: Region, found: Region) -> Region:
    """Return a told region, moved, resized and turned as the last one had to be to become the one that was found."""
    shift = np.linalg.inv(before.axes()) @ (found.x - before.x, found.y - before.y)
    x, y = told.to_frame(np.asarray(shift + 0.5, dtype=np.float64))
    return Region(float(x), float(y), told.size * found.size / before.size, told.angle + found.angle - before.angle)


def look_at_hands(
    picture: Callable[[int], Frame],
    track: PersonTrack,
    graph: NetworkGraph,
    progress: Callable[[int, int], None],
    part: Callable[[int, Callable[[], Arrays]], Arrays] = lambda _first, look: rounded(look()),
) -> Hands:
    """Return a person's hands in those frames of a track in which they are large enough.

    Args:
        picture: reads the track's frames by their index; called on this thread only.
        track: of the person.
        graph: the network that sees hands.
        progress: told how many frames are done, and of how many.
        part: returns what was seen from one of these frames on, which it may know; else it calls the look it gets.
    """
    step = _FRAMES if products.are_tuned() else _FRAMES_SLOWLY
    followers = [_HandFollower(HandFinder(graph)) for _ in SIDES]
    in_view = _in_view(track)
    last = len(track.times) - 1
    frames = [index for index in (*range(0, last, step), last) if in_view[index].any()]
    found: list[Arrays] = []
    with ThreadPoolExecutor(len(SIDES), "aimocap-hands") as pool:

        def look(first: int) -> Arrays:
            seen: dict[str, list[tuple[int, SeenHand]]] = {side: [] for side in SIDES}
            for done, index in enumerate(frames[first : first + _IN_A_PART], first):
                progress(done, len(frames))
                frame = picture(index)
                # both hands at once
                looks: dict[str, Future[SeenHand]] = {}
                for side, follower, here in zip(SIDES, followers, in_view[index], strict=True):
                    if here:
                        looks[side] = pool.submit(follower.look, frame, _told(track, index, side))
                for side, hand in looks.items():
                    seen[side].append((index, hand.result()))
            return {**_arrays_of("left", seen["left"]), **_arrays_of("right", seen["right"])}

        for first in range(0, len(frames), _IN_A_PART):
            arrays = part(frames[first], partial(look, first))
            found.append(arrays)
            # where a part was kept, the hands are followed on from its end
            for side, follower in zip(SIDES, followers, strict=True):
                if len(indices := arrays[f"{side}_frames"]):
                    pixels = np.asarray(arrays[f"{side}_pixels"][-1], dtype=np.float64)
                    presence = float(arrays[f"{side}_presence"][-1])
                    follower.go_on(_told(track, int(indices[-1]), side), pixels, presence)
    return _looks_of(found, "left", step), _looks_of(found, "right", step)


def _in_view(track: PersonTrack) -> BoolArray:
    """Return the frames (F, 2) in which the left and the right hand may be seen, and are large enough."""
    wrists = LANDMARK[joints_of("wrist")]
    inside = ((track.pixels[:, wrists] > 0.0) & (track.pixels[:, wrists] < track.size)).all(axis=-1)
    # how many pixels a hand has, by those that the whole body has for a metre
    large = _HAND * _spread(track.pixels) >= _LARGE * _spread(track.body[..., :2])
    return inside & (track.visibility[:, wrists] >= _VISIBLE) & large[:, None]


def _spread(points: FloatArray) -> FloatArray:
    """Return how far (F,) points (F, N, 2) are from their middle; NaN where there are none."""
    return np.linalg.norm(points - points.mean(axis=1, keepdims=True), axis=(1, 2))


def _told(track: PersonTrack, index: int, side: str) -> Region:
    """Return where the pose tells that a side's hand is."""
    landmarks = list(map(LANDMARKS.index, slots_of(side, ("wrist", "index", "pinky"))))
    return region_of_pose(*track.pixels[index, landmarks])


def _arrays_of(side: str, looks: Sequence[tuple[int, SeenHand]]) -> Arrays:
    frames = np.zeros(len(looks), dtype=np.int64)
    presence, right = np.zeros(len(looks)), np.zeros(len(looks))
    # 21 landmarks of a hand: in the frame, and around its own middle
    pixels, metres = np.zeros((len(looks), 21, 2)), np.zeros((len(looks), 21, 3))
    for number, (index, hand) in enumerate(looks):
        frames[number], presence[number], right[number] = index, hand.presence, hand.right
        pixels[number], metres[number] = hand.pixels, hand.metres
    return {
        f"{side}_frames": frames,
        f"{side}_pixels": pixels,
        f"{side}_metres": metres,
        f"{side}_presence": presence,
        f"{side}_right": right,
    }


def _looks_of(found: Sequence[Arrays], side: str, step: int) -> HandLooks:
    def joined(name: str, *shape: int) -> FloatArray:
        return np.concatenate([np.empty((0, *shape)), *(part[f"{side}_{name}"] for part in found)]).astype(np.float64)

    right = joined("right")
    return HandLooks(
        step=step,
        frames=joined("frames").astype(np.int64),
        pixels=joined("pixels", 21, 2),
        metres=joined("metres", 21, 3),
        presence=np.minimum(joined("presence"), right if side == "right" else 1.0 - right),
    )
