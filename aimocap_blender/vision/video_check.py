"""Facts about a video that decide how well motion can be seen in it, out of a few of its frames."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, starmap
from typing import Any

import numpy as np

from ..motion.rotations import norm
from ..motion.spans import runs
from .camera_motion import CameraMotion
from .crops import Frame, Region, blur_of, colour_copy, cropped, reduced
from .joints import HIPS, LANDMARK, SHOULDERS, joints_of
from .landmarks import LandmarkFinder, SeenBody
from .network_graph import PoseNetworks
from .people import PersonSearch
from .person_detector import MARGIN, PersonDetector
from .scanning import MUCH_CHANGED, ClipFrames, changed, samples_of

_MOST_SAMPLES, _LOOKS = 48, 12  # for cuts and the camera; and those in which people are looked for
_SMALL_COLUMNS, _FEWEST_ROWS = 256, 16  # of the frames that are kept
_SEEN = 0.5  # visibility from which a landmark is
_NEAR_EDGE = 0.01  # of the frame's longer side: a landmark that is not seen there is beyond
_BRIGHT = 95  # percentile of the grey in a person's region: of black clothes in plain light it is still bright
_SIDE = 64  # of the copy whose light is measured, pixels
_LOW, _LOW_LEANING = 0.35, 0.65  # of a leg's length that the hips are above the ankles, of someone on the floor
_LEANING = 0.65  # of the trunk's length that the shoulders are above the hips
_BESIDE = 0.35  # of a leg's length that the hips are beside the ankles, of someone who doesn't squat

_FEET, _HANDS = LANDMARK[joints_of("ankle", "foot_index")], LANDMARK[joints_of("wrist", "index")]
_SHOULDERS, _HIPS = LANDMARK[SHOULDERS], LANDMARK[HIPS]
_KNEES, _ANKLES = LANDMARK[joints_of("knee")], LANDMARK[joints_of("ankle")]

_SOME, _STEEPER = 0.25, 3.0  # of the blocks; and times as many as at the steps before and after
_WHIP_SEC = 0.3  # between samples up to which a camera that is swung is seen in several steps
_IN_A_ROW = 3  # cuts, between samples that are farther apart: of more, it is the scene that changes so fast
_LIKE = 0.6  # correlation of colours: in rendered films that pan or sway, 69 of 70 pairs have more, at cuts 1 of 91
_FARTHEST = 0.25  # of a frame's side that the camera shifts the scene by
_TINY = 1e-9


@dataclass(frozen=True)
class FrameFacts:
    """One frame; where nobody is, only the light and the blur of all of it are known.

    Attributes:
        frame: its index in the clip.
        people: how many.
        size: of the largest person from head to foot, whatever their pose; of the frame's longer side.
        on_floor: whether they sit, lie, crawl or are upside down.
        feet_out: the fraction of their feet that is out of the frame.
        feet_hidden: the fraction of their feet that is in the frame, but not visible.
        hands_out: the fraction of their hands, likewise.
        hands_hidden: likewise.
        blur: of them, from 0 (sharp) to 1.
        light: of the brightest places around them, from 0 to 255.
    """

    frame: int
    people: int = 0
    size: float = 0.0
    on_floor: bool = False
    feet_out: float = 0.0
    feet_hidden: float = 0.0
    hands_out: float = 0.0
    hands_hidden: float = 0.0
    blur: float = 0.0
    light: float = 255.0


@dataclass(frozen=True)
class VideoFacts:
    """A whole video.

    Attributes:
        frames: those in which people were looked for.
        cuts: the frames between which each is.
        camera_moves: in half of the video or more.
    """

    frames: tuple[FrameFacts, ...]
    cuts: tuple[tuple[int, int], ...] = ()
    camera_moves: bool = False

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def of_json(cls, values: Any) -> "VideoFacts":  # noqa: ANN401 -- whatever JSON has
        """Return what `to_json` made plain."""
        cuts = tuple((int(before), int(after)) for before, after in values["cuts"])
        return cls(tuple(FrameFacts(**one) for one in values["frames"]), cuts, bool(values["camera_moves"]))


def check_video(
    clip: ClipFrames,
    networks: PoseNetworks,
    advanced: Callable[[int, int], None] = lambda _done, _all: None,
) -> VideoFacts:
    """Look at frames spread over the clip: at a dozen for people, at more for cuts and the camera.

    Args:
        clip: of one frame at least.
        networks: that see people.
        advanced: told after each frame how many are done, and of how many; what it raises ends the check.
    """
    search = PersonSearch(PersonDetector(networks.detector), LandmarkFinder(networks.landmarks))
    indices = frames_to_check(clip.count, clip.fps)
    looks = set(_spread(indices, _LOOKS))
    facts: list[FrameFacts] = []
    small: list[Frame] = []
    regions: list[list[Region]] = []
    for done, index in enumerate(indices, 1):
        frame = clip.picture(index)
        times = max(min(frame.shape[1] // _SMALL_COLUMNS, frame.shape[0] // _FEWEST_ROWS), 1)
        small.append(reduced(frame, times))
        # between two looks, people are taken to be where they were: the first frame is always looked at
        if index in looks:
            bodies = search.everyone(frame)
            facts.append(_facts(index, frame, bodies))
            regions.append([_in_small(body.region, times) for body in bodies])
        else:
            regions.append(regions[-1])
        advanced(done, len(indices))
    apart_sec = (indices[-1] - indices[0]) / max(len(indices) - 1, 1) / clip.fps
    cuts = _sampled_cuts(small, apart_sec)
    return VideoFacts(
        tuple(facts),
        tuple((indices[after - 1], indices[after]) for after in cuts),
        _camera_moves(small, regions, (0, *cuts, len(small))),
    )


def frames_to_check(count: int, fps: float) -> tuple[int, ...]:
    """Return the indices of the frames that `check_video` asks for, in its order.

    Args:
        count: frames of the clip.
        fps: frames per second.
    """
    samples = samples_of(count, fps)
    # of a clip that is too short for a dozen samples, any frames
    if len(samples) < _LOOKS:
        return _spread(range(count), _LOOKS)
    return _spread(samples, min(len(samples), _MOST_SAMPLES))


def _spread(indices: Sequence[int], most: int) -> tuple[int, ...]:
    """Some of the indices, evenly, with the first and the last."""
    step = (len(indices) - 1) / max(min(most, len(indices)) - 1, 1)
    return tuple(indices[round(number * step)] for number in range(min(most, len(indices))))


def _in_small(region: Region, times: int) -> Region:
    return Region(region.x / times, region.y / times, region.size / times, region.angle)


def _camera_moves(small: Sequence[Frame], regions: Sequence[Sequence[Region]], ends: Sequence[int]) -> bool:
    """Whether the camera moves in shots that are half of the samples."""
    moving = 0
    for first, end in pairwise(ends):
        camera = CameraMotion((small[0].shape[1], small[0].shape[0]))
        for number in range(first, end):
            camera.show(small[number], regions[number])
        moving += (end - first) * camera.moves()
    return 2 * moving > len(small)


def _facts(index: int, frame: Frame, bodies: Sequence[SeenBody]) -> FrameFacts:
    height, width = frame.shape[:2]
    if not bodies:
        whole = Region(width / 2, height / 2, min(width, height))
        return FrameFacts(index, blur=blur_of(frame, whole), light=_light(frame, whole))
    body = bodies[0]
    visible = body.visibility > _SEEN
    edge = _NEAR_EDGE * max(width, height)
    out = np.any((body.pixels < edge) | (body.pixels > (width - edge, height - edge)), axis=-1) & ~visible
    out |= np.any((body.pixels < 0) | (body.pixels > (width, height)), axis=-1)
    hidden = ~visible & ~out
    return FrameFacts(
        frame=index,
        people=len(bodies),
        size=body.region.size / MARGIN / max(width, height),
        on_floor=_on_floor(body),
        feet_out=float(out[_FEET].mean()),
        feet_hidden=float(hidden[_FEET].mean()),
        hands_out=float(out[_HANDS].mean()),
        hands_hidden=float(hidden[_HANDS].mean()),
        blur=blur_of(frame, body.region),
        light=_light(frame, body.region),
    )


def _light(frame: Frame, region: Region) -> float:
    return float(np.percentile(cropped(frame, region, _SIDE).mean(-1), _BRIGHT))


def _on_floor(body: SeenBody) -> bool:
    """Whether the feet are above the hips, or hardly below and beside, or the trunk lies and the legs don't stand."""
    shoulders, hips = body.body[_SHOULDERS].mean(0), body.body[_HIPS].mean(0)
    knees, ankles = body.body[_KNEES].mean(0), body.body[_ANKLES].mean(0)
    leg = float(norm(knees - hips) + norm(ankles - knees))
    # in camera axes: y is down, z away
    above = float(ankles[1] - hips[1]) / leg
    upright = float(hips[1] - shoulders[1]) / float(norm(shoulders - hips))
    beside = float(np.hypot(*(ankles - hips)[[0, 2]])) / leg
    sits = above < _LOW and beside > _BESIDE
    return above < 0 or sits or (upright < _LEANING and above < _LOW_LEANING)


def _sampled_cuts(samples: Sequence[Frame], apart_sec: float) -> tuple[int, ...]:
    """Return the numbers of the samples that start a new shot.

    Where the same scene is found again, moved or in other light, it is no cut; where it is back after one sample, it
    was a flash.

    Args:
        samples: in order; small frames are enough.
        apart_sec: seconds from one to the next.
    """
    copies = list(map(colour_copy, samples))
    steps = list(starmap(changed, pairwise(copies)))
    is_cut = np.zeros(len(steps), np.bool_)
    for number, (one, after) in enumerate(pairwise(samples)):
        is_cut[number] = _is_steep(steps, number) and not _same_scene(one, after)
    # a flash: there and back
    for number in range(len(steps) - 1):
        if is_cut[number] and is_cut[number + 1] and changed(copies[number], copies[number + 2]) < _SOME:
            is_cut[number : number + 2] = False
    # more in a row than that are a camera that is swung, or a scene that changes all the time
    longest = 1 if apart_sec <= _WHIP_SEC else _IN_A_ROW
    cuts: list[int] = []
    for first, end in runs(is_cut).tolist():
        if end - first <= longest:
            cuts += range(first + 1, end + 1)
    return tuple(cuts)


def _is_steep(steps: Sequence[float], number: int) -> bool:
    nearby = [*steps[max(number - 1, 0) : number], *steps[number + 1 : number + 2]]
    step = steps[number]
    return step >= MUCH_CHANGED or (step >= _SOME and step >= _STEEPER * max(nearby, default=0.0))


def _same_scene(one: Frame, after: Frame) -> bool:
    """Whether a camera that moved, or other light, explains how two frames differ."""
    copy, copy_after = map(colour_copy, _shared(one, after))
    # less their means, as other light is of one colour
    colours, colours_after = (copy - copy.mean((0, 1))).ravel(), (copy_after - copy_after.mean((0, 1))).ravel()
    spread = float(np.linalg.norm(colours) * np.linalg.norm(colours_after))
    return float(colours @ colours_after) > _LIKE * spread


def _shared(one: Frame, after: Frame) -> tuple[Frame, Frame]:
    """The parts of two frames that show the same if one is the other, shifted (phase correlation, Kuglin 1975)."""
    height, width = one.shape[:2]
    # faded to the edges, which would match each other in any two frames
    window = np.outer(np.hanning(height), np.hanning(width))
    spectrum = np.fft.rfft2((one.mean(-1) - one.mean()) * window)
    spectrum_after = np.fft.rfft2((after.mean(-1) - after.mean()) * window)
    # of the product only the phases: a shift is a single peak then
    product = spectrum * np.conj(spectrum_after)
    peaks = np.fft.irfft2(product / (np.abs(product) + _TINY), (height, width))
    # shifts beyond half of a side stand for those to the other side, as frequencies do
    peaks[np.abs(np.fft.fftfreq(height)) > _FARTHEST] = 0.0
    peaks[:, np.abs(np.fft.fftfreq(width)) > _FARTHEST] = 0.0
    down, along = map(int, np.unravel_index(int(np.argmax(peaks)), peaks.shape))
    down -= height if down > height / 2 else 0
    along -= width if along > width / 2 else 0
    rows, columns = height - abs(down), width - abs(along)
    return (
        one[max(down, 0) : max(down, 0) + rows, max(along, 0) : max(along, 0) + columns],
        after[max(-down, 0) : max(-down, 0) + rows, max(-along, 0) : max(-along, 0) + columns],
    )
