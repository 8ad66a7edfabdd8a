"""Everyone in single frames of a clip that are far apart, also who lies, is upside down or small."""

from itertools import product

import numpy as np

from .crops import Frame, Region
from .landmarks import SURE, LandmarkFinder, SeenBody
from .people import SAME, different, distance, grown, is_worth_a_search
from .person_detector import PersonDetector

_PART, _STARTS = 0.45, (0.0, 0.275, 0.55)  # of the frame's sides: parts that are looked at alone, and where they start
_ROUGH = 0.1  # of a region's size that it is off from the body's own, from which another look at that is worth it
_SHORTEST = 32  # pixels of a part's shorter side: nobody is seen in less


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
        found = different(self._look(frame, region) for region in regions)
        if not found:
            self._empty += 1
            regions = searched(self._detect, frame) if is_worth_a_search(self._empty) else []
            found = different(self._look(frame, region) for region in regions)
        if found:
            self._last = [body.region for body in found]
        return sorted(found, key=lambda body: -body.region.size)

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


def _is_none_of(region: Region, others: list[Region]) -> bool:
    return all(distance(region, other) >= SAME for other in others)


def _detected(detect: PersonDetector, frame: Frame) -> list[Region]:
    return [detection.region for detection in detect(frame)]
