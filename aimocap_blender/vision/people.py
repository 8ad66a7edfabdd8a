"""People followed over a clip's samples, and everyone in single frames that are far apart.

At each sample those who were there before are looked for where they were and were heading, and newcomers where the
detector sees someone else. Place, size and the colours of the trunk tell them apart.
Who looks alike in several shots, part by part of the body, is one person.
"""

import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from itertools import chain, combinations, product

import numpy as np

from ..motion.rotations import FloatArray, IntArray, norm
from .checkpoints import Arrays, Checkpoints, rounded
from .crops import Frame, Region, cropped
from .landmarks import SURE, LandmarkFinder, SeenBody
from .person_detector import Detection, PersonDetector
from .person_track import LANDMARKS

_PARTS = (
    (("left_shoulder", "left_hip"), ("right_shoulder", "right_hip"), ("left_shoulder", "right_hip")),
    (("left_shoulder", "left_elbow"), ("right_shoulder", "right_elbow")),
    (("left_elbow", "left_wrist"), ("right_elbow", "right_wrist")),
    (("left_hip", "left_knee"), ("right_hip", "right_knee")),
    (("left_knee", "left_ankle"), ("right_knee", "right_ankle")),
)
"""From which landmark to which the parts reach; a head is hair from behind."""
_ALONG = np.linspace(0.25, 0.75, 7)  # of the way, where a part is looked at
_IN_VIEW = 0.5  # visibility from which a landmark counts
_DARK = 12.0  # levels of 255 that are added, as the colours of what is dark are noise
_LIGHTER, _LIGHT_COUNTS = 0.3, 0.8  # natural logarithm of times that the same clothes are lighter; more counts so much
_SPOILED = 1  # of the parts, the least alike, which doesn't count: it may show what is before it
_ALIKE = 0.22
"""Unlikeness up to which people in two shots are one. In rendered films from all sides, also with 0.7 of the light,
that of the same clothes is up to 0.22 in all but one of 150 pairs, that of another shirt 0.26 and more, of other
colours all over 0.28 and more; but that of white and grey clothes is 0.1 and less."""
_NEWCOMER = 0.5  # score from which the detector sees someone
_FAR_A_SEC, _FARTHEST = 2.0, 1.0  # of a region's size that someone moves in a second, and in all, without being seen
_LARGER = 1.8  # times that someone grows or shrinks from sample to sample at most
SAME = 0.2
"""Of a region's size that two looks at the same person are apart at most."""
_SIZE_COUNTS, _LOOKS_COUNT = 0.2, 0.7  # against a distance of one region's size
_GONE_SEC = 1.0  # for which someone not seen is expected to be where they were
_SAME_LOOKS = 0.35  # share of other colours up to which someone who comes back is the one who left
_SAMPLES = 16  # in a checkpoint: four seconds
_LOOKS_SIDE, _TONES = 16, 4  # of the crop whose colours are counted, and how many of each are told apart
_MOST_PEOPLE = 8  # who are looked for at a sample
_AROUND, _SPARSE = 0.04, 8  # of a region's size around a covered body; pixels from which its colour is taken
_OF_ARMS = ("elbow", "wrist", "pinky", "thumb", "left_index", "right_index")
_WITHOUT_ARMS = [number for number, name in enumerate(LANDMARKS) if not name.endswith(_OF_ARMS)]
_TRUNK = list(map(LANDMARKS.index, ("left_shoulder", "left_hip", "right_shoulder", "right_hip")))

_PART, _STARTS = 0.45, (0.0, 0.275, 0.55)  # of the frame's sides: parts that are looked at alone, and where they start
_ROUGH = 0.1  # of a region's size that it is off from the body's own, from which another look at that is worth it
_SHORTEST = 32  # pixels of a part's shorter side: nobody is seen in less


def clothes_of(frame: Frame, body: SeenBody) -> FloatArray:
    """Return the colours (parts, 3) of a body, 0 to 255; NaN for parts that aren't in view."""
    height, width = frame.shape[:2]
    found = np.full((len(_PARTS), 3), np.nan)
    for part, bones in enumerate(_PARTS):
        ends = np.array([(LANDMARKS.index(start), LANDMARKS.index(tip)) for start, tip in bones])
        ends = ends[(body.visibility[ends] > _IN_VIEW).all(-1)]
        # places on the lines between their ends, in the frame
        starts, tips = body.pixels[ends[:, 0], None], body.pixels[ends[:, 1], None]
        columns, rows = np.rint(starts + (tips - starts) * _ALONG[:, None]).astype(np.int64).reshape(-1, 2).T
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        if inside.any():
            found[part] = np.median(frame[rows[inside], columns[inside]], axis=0)
    return found


def usual_clothes(seen: Sequence[FloatArray]) -> FloatArray:
    """Return the colours (parts, 3) that the parts mostly have, of those in several frames."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a part that is in view in none
        return np.asarray(np.nanmedian(np.array(seen), axis=0), dtype=np.float64)


def unlike(one: FloatArray, other: FloatArray) -> float:
    """Return how much two people's colours (parts, 3) differ; infinity if they show too few parts in common."""
    # of logarithms, light is a sum, and ratios of colours are differences: red and blue against green stay in any light
    levels = np.log(np.stack([one, other]) + _DARK)
    hues = np.diff(levels[..., ::2] - levels[..., 1:2], axis=0)[0]
    light = np.abs(np.diff(levels.mean(-1), axis=0)[0])
    apart = (hues**2).sum(-1) + (_LIGHT_COUNTS * np.maximum(light - _LIGHTER, 0.0)) ** 2
    # parts that one of them doesn't show are NaN
    alike = np.sort(apart[np.isfinite(apart)])[:-_SPOILED]
    return float(np.sqrt(alike.mean())) if len(alike) else float("inf")


def grouped(clothes: Sequence[FloatArray], shots: Sequence[int]) -> list[list[int]]:
    """Return who is the same person: the numbers of those who look alike and are in different shots.

    Args:
        clothes: of each.
        shots: the number of the shot that each is in.
    """
    groups = [[number] for number in range(len(clothes))]

    def apart(pair: tuple[list[int], list[int]]) -> float:
        one, other = pair
        # who is in one shot twice is two people
        if not set(map(shots.__getitem__, one)).isdisjoint(map(shots.__getitem__, other)):
            return float("inf")
        return max(unlike(clothes[number], clothes[another]) for number, another in product(one, other))

    # the two groups that are most alike are joined, until none are alike (complete linkage)
    while len(groups) > 1:
        one, other = min(combinations(groups, 2), key=apart)
        if apart((one, other)) > _ALIKE:
            break
        groups.remove(other)
        one += other
    return groups


@dataclass(eq=False)
class PersonPath:
    """Where a person is at the samples in which they are seen; all in one shot.

    Attributes:
        frames: the samples' indices.
        regions: around the person in each.
    """

    frames: list[int]
    regions: list[Region]

    def at(self, frame: float, longest: float) -> Region | None:
        """Return the region at a frame, between two samples in proportion; None if none are so near.

        Args:
            frame: index.
            longest: frames that the samples around it may be apart.
        """
        after = int(np.searchsorted(self.frames, frame))
        if after < len(self.frames) and self.frames[after] == frame:
            return self.regions[after]
        if after in {0, len(self.frames)} or self.frames[after] - self.frames[after - 1] > longest:
            return None
        one, other = self.regions[after - 1], self.regions[after]
        share = (frame - self.frames[after - 1]) / (self.frames[after] - self.frames[after - 1])
        turn = (other.angle - one.angle + np.pi) % (2 * np.pi) - np.pi
        return Region(
            one.x + share * (other.x - one.x),
            one.y + share * (other.y - one.y),
            one.size + share * (other.size - one.size),
            one.angle + share * turn,
        )

    def nearest_in_time(self, frame: int) -> Region:
        """Return the region at the sample nearest to a frame."""
        return self.regions[min(range(len(self.frames)), key=lambda number: abs(self.frames[number] - frame))]

    def expected(self, frame: int) -> Region:
        """Return where the person will be at a later frame, moving on as at the last two samples."""
        last, before = self.regions[-1], self.regions[-2:][0]
        share = (frame - self.frames[-1]) / max(self.frames[-1] - self.frames[-2:][0], 1)
        return Region(last.x + share * (last.x - before.x), last.y + share * (last.y - before.y), last.size, last.angle)

    def weight(self) -> float:
        """Return how much there is to see of the person: larger, and at more samples."""
        return float(sum(region.size for region in self.regions))


@dataclass(eq=False)
class FollowedPath(PersonPath):
    """One that is still being followed.

    Attributes:
        looks: the mean share of each colour on the trunk.
        first: the body at the first sample.
        clothes: the colours of the parts of the body at each sample.
    """

    looks: FloatArray = field(repr=False)
    first: SeenBody = field(repr=False)
    clothes: list[FloatArray] = field(repr=False)

    def go_on(self, frame: int, seen: "_Seen") -> None:
        """Add another sample."""
        self.frames.append(frame)
        self.regions.append(seen.body.region)
        self.looks = self.looks + (seen.looks - self.looks) / len(self.frames)
        self.clothes.append(seen.clothes)

    def begin_sooner(self, frame: int, seen: "_Seen") -> None:
        """Add a sample before all others."""
        self.frames.insert(0, frame)
        self.regions.insert(0, seen.body.region)
        self.first = seen.body
        self.clothes.insert(0, seen.clothes)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A body at a sample, and the shares of the colours on its trunk and the colours of its parts."""

    body: SeenBody
    looks: FloatArray
    clothes: FloatArray

    @classmethod
    def of(cls, frame: Frame, body: SeenBody) -> "_Seen":
        return cls(body, _looks(frame, body), clothes_of(frame, body))


class PeopleFollower:
    """Links what is seen at a clip's samples, shown in order, to people."""

    def __init__(
        self,
        detect: PersonDetector,
        find: LandmarkFinder,
        search: Callable[[Frame], list[Region]],
        fps: float,
        checkpoints: Checkpoints,
    ) -> None:
        """Start before the first sample.

        Args:
            detect: finds people at once.
            find: finds their landmarks.
            search: looks more closely where nobody is found.
            fps: frames per second.
            checkpoints: of these samples.
        """
        self.paths: list[FollowedPath] = []
        """Of all people seen so far."""
        self._detect, self._find, self._search = detect, find, search
        self._empty = 0
        self._samples = _KeptSamples(checkpoints)
        self._present: list[FollowedPath] = []
        self._absent: list[FollowedPath] = []
        self._fps, self._longest = fps, _GONE_SEC * fps

    def cut(self) -> None:
        """Another scene starts: nobody is where they were."""
        self._present = []
        self._absent = []

    def show(self, index: int, frame: Frame) -> list[Region]:
        """Go on with the next sample; return where people are."""
        before = self._present
        self._present = []
        for path in before:
            # who isn't seen for a while may come back, but no longer where they were
            is_gone = index - path.frames[-1] > self._longest
            (self._absent if is_gone else self._present).append(path)
        bodies = self._samples.next(lambda: self._bodies(index, frame))
        self._empty += not bodies
        seen = [_Seen.of(frame, body) for body in bodies]
        costs: list[tuple[float, int, int]] = []
        for (person, path), (number, one) in product(enumerate(self._present), enumerate(seen)):
            cost = self._cost(path, index, one.body.region, one.looks)
            if cost is not None:
                costs.append((cost, person, number))
        # who fits best is linked first, and each only once
        linked: set[int] = set()
        continued: set[int] = set()
        for _, person, number in sorted(costs):
            if person not in continued and number not in linked:
                continued.add(person)
                linked.add(number)
                self._present[person].go_on(index, seen[number])
        for number, one in enumerate(seen):
            if number not in linked:
                self._appear(index, one)
        return regions_of(bodies)

    def trace_back(self, samples: Sequence[int], picture: Callable[[int], Frame]) -> None:
        """Follow people backwards from where they were found first: who is small is often overlooked for a while.

        Args:
            samples: of a shot.
            picture: reads a frame.
        """
        for path in self.paths:
            sooner: Sequence[int] = samples[: samples.index(path.frames[0])] if path.frames[0] in samples else ()
            for index in reversed(sooner):
                seen = self._sooner(path, index, picture(index))
                if seen is None:
                    break
                path.begin_sooner(index, seen)

    def _sooner(self, path: FollowedPath, index: int, frame: Frame) -> _Seen | None:
        """Someone at the sample before their first one; None if they can't be told there."""
        region = path.regions[0]
        seen = _Seen.of(frame, self._find.roughly(frame, region))
        is_other = False
        for other in self.paths:
            theirs = other.at(index, 0) if other is not path else None
            is_other |= theirs is not None and distance(seen.body.region, theirs) < SAME
        far, elapsed = distance(seen.body.region, region), (path.frames[0] - index) / self._fps
        is_theirs = far < min(_FAR_A_SEC * elapsed, _FARTHEST) and _unlike(path.looks, seen.looks) < _SAME_LOOKS
        is_sure = seen.body.confidence >= SURE and grown(seen.body.region, region) < _LARGER
        return seen if is_sure and is_theirs and not is_other else None

    def _bodies(self, index: int, frame: Frame) -> list[SeenBody]:
        """Everyone in the frame, once."""
        found: list[SeenBody] = []
        for path in self._present:
            for region in (path.regions[-1], path.expected(index)):
                body = self._find.roughly(frame, region)
                if body.confidence >= SURE and grown(body.region, region) < _LARGER:
                    found.append(body)
                    break
        # whoever joins one person is looked for at every other sample, which is most of the work, and traced back later
        if len(found) == len(self._present) == 1 and self._samples.count % 2 == 0:
            return found
        for detection in self._detect(frame):
            if not _is_none_of(detection.region, regions_of(found)):
                continue
            if detection.score >= _NEWCOMER or self._present:
                body = self._find.anew(frame, detection.region)
                found += [body] if body.confidence >= SURE else []
        found = different(found)
        if not found and is_worth_a_search(self._empty + 1):
            found = self._anew(frame, self._search(frame))
        while others := self._beside(frame, found):
            found += others
        return found

    def _beside(self, frame: Frame, found: Sequence[SeenBody]) -> list[SeenBody]:
        """Who is seen once those who were found are covered: of people near each other the detector sees only one."""
        if not found or len(found) >= _MOST_PEOPLE:
            return []
        covered = frame.copy()
        for body in found:
            low, high = body_box(body)
            covered[low[1] : high[1], low[0] : high[0]] = np.median(frame[::_SPARSE, ::_SPARSE], axis=(0, 1))
        detections = [detection for detection in self._detect(covered) if detection.score >= _NEWCOMER]

        def is_another(body: SeenBody) -> bool:
            return not any(_same_body(body, other) or _is_covered(body, other) for other in found)

        return list(filter(is_another, self._anew(covered, regions_of(detections))))

    def _anew(self, frame: Frame, regions: Iterable[Region]) -> list[SeenBody]:
        """Who is in regions that the detector found."""
        return different(self._find.anew(frame, region) for region in regions)

    def _appear(self, index: int, seen: _Seen) -> None:
        """Someone who was not there at the last samples: who left before and looks alike, or a new person."""
        back = min(self._absent, key=lambda path: _unlike(path.looks, seen.looks), default=None)
        if back is not None and _unlike(back.looks, seen.looks) < _SAME_LOOKS:
            self._absent.remove(back)
            back.go_on(index, seen)
        else:
            back = FollowedPath([index], [seen.body.region], seen.looks, seen.body, [seen.clothes])
            self.paths.append(back)
        self._present.append(back)

    def _cost(self, path: FollowedPath, index: int, region: Region, looks: FloatArray) -> float | None:
        """How badly a body fits a person; None if it can't be theirs."""
        last, elapsed = path.regions[-1], (index - path.frames[-1]) / self._fps
        far = min(distance(path.expected(index), region), distance(last, region))
        larger = grown(last, region)
        if far > min(_FAR_A_SEC * elapsed, _FARTHEST) or larger > _LARGER:
            return None
        return far + _SIZE_COUNTS * float(np.log(larger)) + _LOOKS_COUNT * _unlike(path.looks, looks)


class _KeptSamples:
    """Everyone at sample after sample, in checkpoints of some samples each."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        self._checkpoints = checkpoints
        self.count = 0
        """Samples so far, the one that is looked at among them."""
        self._part: list[list[SeenBody]] = []

    def next(self, look: Callable[[], list[SeenBody]]) -> list[SeenBody]:
        """Return everyone at the next sample, as kept or, where nothing is kept, as a look finds them."""
        number, place = divmod(self.count, _SAMPLES)
        self.count += 1
        if not place:
            kept = self._checkpoints.kept(f"people_{number:04d}")
            self._part = [] if kept is None else _bodies_in(kept)
        if place == len(self._part):
            found = _arrays_of_bodies([look()])
            self._part += _bodies_in(rounded(found))
            if len(self._part) == _SAMPLES:
                self._checkpoints.keep(f"people_{number:04d}", _arrays_of_bodies(self._part))
        return self._part[place]


def _arrays_of_bodies(samples: Sequence[Sequence[SeenBody]]) -> Arrays:
    bodies = list(chain.from_iterable(samples))
    arrays = {"counts": np.array([*map(len, samples)])}
    for name in ("pixels", "visibility", "body", "confidence"):
        arrays[name] = np.array([getattr(body, name) for body in bodies])
    return arrays | {"regions": np.array(list(map(astuple, regions_of(bodies))))}


def _bodies_in(arrays: Arrays) -> list[list[SeenBody]]:
    counts: list[int] = arrays["counts"].tolist()
    found: list[list[SeenBody]] = []
    first = 0
    for count in counts:
        bodies: list[SeenBody] = []
        for number in range(first, first + count):
            pixels = np.asarray(arrays["pixels"][number], np.float64)
            visibility = np.asarray(arrays["visibility"][number], np.float64)
            body = np.asarray(arrays["body"][number], np.float64)
            region = Region(*map(float, arrays["regions"][number]))
            bodies.append(SeenBody(pixels, visibility, body, float(arrays["confidence"][number]), region))
        found.append(bodies)
        first += count
    return found


def is_worth_a_search(empty: int) -> bool:
    """Return whether a frame with nobody, of so many with it, is searched: fewer and fewer, as each takes long."""
    return empty & (empty - 1) == 0


def different(bodies: Iterable[SeenBody]) -> list[SeenBody]:
    """Return those looks at which somebody is, the surest at each person."""
    found: list[SeenBody] = []
    for body in sorted(bodies, key=lambda body: -body.confidence):
        if body.confidence >= SURE and not any(_same_body(body, other) for other in found):
            found.append(body)
    return found


def body_box(body: SeenBody) -> tuple[IntArray, IntArray]:
    """Return the corners, from the top left one, of the box around a body without its arms; pixels of the frame."""
    points = body.pixels[_WITHOUT_ARMS]
    room = _AROUND * body.region.size
    low, high = np.floor(points.min(0) - room), np.ceil(points.max(0) + room)
    return np.maximum(low, 0.0).astype(np.int64), np.maximum(high, 0.0).astype(np.int64)


def _is_covered(body: SeenBody, other: SeenBody) -> bool:
    """Whether the middle of someone's trunk is where another one was covered: there is nothing to see."""
    low, high = body_box(other)
    middle = body.pixels[_TRUNK].mean(0)
    return bool(np.all((low < middle) & (middle < high)))


def _same_body(one: SeenBody, other: SeenBody) -> bool:
    """Whether two looks are at the same person: in the same place, or at most of the same landmarks."""
    apart = norm(one.pixels - other.pixels)
    near = float(np.median(apart)) / min(one.region.size, other.region.size)
    return distance(one.region, other.region) < SAME or near < SAME / 2


def distance(one: Region, other: Region) -> float:
    """Return how far apart two regions are, of the smaller one's size."""
    return float(np.hypot(one.x - other.x, one.y - other.y)) / min(one.size, other.size)


def grown(one: Region, other: Region) -> float:
    """Return how many times larger the larger of two regions is."""
    return max(one.size, other.size) / min(one.size, other.size)


def _unlike(one: FloatArray, other: FloatArray) -> float:
    """The share of the colours that differ."""
    return float(np.abs(one - other).sum()) / 2


def _looks(frame: Frame, body: SeenBody) -> FloatArray:
    """The shares of the colours on the trunk."""
    x, y = map(float, body.pixels[_TRUNK].mean(0))
    middle = Region(x, y, body.region.size * 0.12, body.region.angle)
    tones = (cropped(frame, middle, _LOOKS_SIDE) * (_TONES / 256)).astype(np.int64)
    numbers = tones @ np.array([_TONES**2, _TONES, 1])
    return np.bincount(numbers.ravel(), minlength=_TONES**3) / numbers.size


class PersonSearch:
    """Looks at frame after frame; also where somebody was, and where nobody is found, more closely."""

    def __init__(self, detect: PersonDetector, find: LandmarkFinder) -> None:
        self._detect, self._find = detect, find
        self._last: list[Region] = []
        self._empty = 0

    def everyone(self, frame: Frame) -> list[SeenBody]:
        """Return everyone in the frame, the largest first."""
        # also where somebody was whom the detector doesn't find here
        regions = _detected(self._detect, frame)
        regions += [last for last in self._last if _is_none_of(last, regions)]
        found = self._in_regions(frame, regions)
        if not found:
            self._empty += 1
            regions = searched(self._detect, frame) if is_worth_a_search(self._empty) else []
            found = self._in_regions(frame, regions)
        if found:
            self._last = regions_of(found)
        return sorted(found, key=lambda body: -body.region.size)

    def _in_regions(self, frame: Frame, regions: Iterable[Region]) -> list[SeenBody]:
        return different(self._look(frame, region) for region in regions)

    def _look(self, frame: Frame, region: Region) -> SeenBody:
        """Look at a region that may be rough; once more at the body's own where that is another."""
        seen = self._find.roughly(frame, region)
        is_rough = distance(seen.region, region) > _ROUGH or grown(seen.region, region) > 1.0 + _ROUGH
        return self._find.roughly(frame, seen.region) if is_rough and seen.confidence >= SURE else seen


def searched(detect: PersonDetector, frame: Frame) -> list[Region]:
    """Return where people are in the frame on its side, or else in parts of it, in which small ones are larger."""
    height, width = frame.shape[:2]
    on_its_side = _detected(detect, np.ascontiguousarray(np.rot90(frame)))
    if on_its_side:
        return [Region(width - one.y, one.x, one.size, one.angle + np.pi / 2) for one in on_its_side]
    down, along = round(height * _PART), round(width * _PART)
    if min(down, along) < _SHORTEST:
        return []
    found: list[Region] = []
    for y_start, x_start in product(_STARTS, _STARTS):
        x, y = round(width * x_start), round(height * y_start)
        part = _detected(detect, frame[y : y + down, x : x + along])
        found += [Region(one.x + x, one.y + y, one.size, one.angle) for one in part]
    return found


def regions_of(found: Iterable[SeenBody | Detection]) -> list[Region]:
    """Return the regions of some bodies or detections."""
    return [one.region for one in found]


def _is_none_of(region: Region, others: list[Region]) -> bool:
    return all(distance(region, other) >= SAME for other in others)


def _detected(detect: PersonDetector, frame: Frame) -> list[Region]:
    return regions_of(detect(frame))
