"""Parts of a video's range: those whose motion is captured already, and those that are still missing."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ...jobs.view import CaptureView
from ...motion.g1.motion import G1Motion
from ...motion.time_mapping import TimeMapping
from ...scene.video.strips import StripSource
from ...texts.faults import Fault
from ...texts.text import Text
from ..reading import ReadMotion
from ..take import SAME_SEC
from .capture_takes import video_range_of
from .earlier import shows_same_file
from .planning import CapturePlan, rendered_from

Range = tuple[float, float]
"""First and last second."""
_FEWEST_FRAMES = 2
"""One alone is no motion."""


def missing_ranges(wanted: Range, captured: Iterable[Range], shortest_sec: float) -> list[Range]:
    """Return the parts of a range that none of the captured ones covers, in order.

    Args:
        wanted: the range.
        captured: ranges, in any order.
        shortest_sec: shorter parts are left out.
    """
    start, end = wanted
    found: list[Range] = []
    for first, last in sorted(captured):
        if first > start:
            found.append((start, min(first, end)))
        start = max(start, last)
    found.append((start, end))
    # rounding must not drop a part that is just long enough
    return [(first, last) for first, last in found if last - first > shortest_sec - SAME_SEC]


def missing_of_strip(strip: StripSource, captured: Iterable[Range]) -> list[Range]:
    """Return the parts of a strip's range that none of the captured ones covers, and that can be captured."""
    return missing_ranges((strip.trim_start_sec, strip.trim_end_sec), captured, _FEWEST_FRAMES / strip.fps)


def plans_for_missing(plan: CapturePlan, captured: Iterable[Range]) -> list[CapturePlan]:
    """Return a plan for each part that is missing; its motion goes where the strip shows that part.

    Args:
        plan: of the whole range.
        captured: ranges of the video whose motion is there.
    """
    strip = plan.strip
    if strip is None or not strip.by_formula:
        return [plan]
    missing = missing_of_strip(strip, captured)
    if missing == [(strip.trim_start_sec, strip.trim_end_sec)]:
        return [plan]
    together = uuid.uuid4().hex if len(missing) > 1 else ""
    return [_narrowed(plan, strip, part, together) for part in missing]


def _narrowed(plan: CapturePlan, strip: StripSource, part: Range, together: str) -> CapturePlan:
    start, end = part
    passed = start - strip.trim_start_sec
    shown = replace(
        strip,
        first_frame=round(start * strip.fps),
        last_frame=round(end * strip.fps) - 1,
        trim_start_sec=start,
        trim_end_sec=end,
        mapping=later(strip.mapping, passed),
        real_time=later(strip.real_time, passed),
    )
    whole = plan.binding
    binding = replace(
        whole.as_one_of(together),  # the motion of the other parts goes on
        by_strip=later(whole.by_strip, passed),
        real_time=later(whole.real_time, passed),
        rendered_from=rendered_from(shown) if whole.rendered_from is not None else None,
    )
    request = replace(plan.request, trim_start_sec=start, trim_end_sec=end, binding=binding.to_json())
    return replace(plan, request=request, source=plan.source and shown, strip=shown)


def later(mapping: TimeMapping, seconds: float) -> TimeMapping:
    """Return the mapping of a motion that starts so many seconds later in the video."""
    return replace(mapping, frame_at_zero=mapping.frame_at_zero + seconds * mapping.frames_per_second)


@dataclass(frozen=True)
class Part:
    """A part of a capture's range.

    Attributes:
        start_sec: seconds after the start of the capture's range.
        end_sec: as above.
    """

    start_sec: float
    end_sec: float

    def of(self, read: ReadMotion, mapping: TimeMapping) -> tuple[ReadMotion, TimeMapping]:
        """Return this part of a motion, its samples as they are, and where they go.

        The first and the last may lie up to a sample outside, so that between them each moment has its pose.

        Args:
            read: of the whole range.
            mapping: seconds of this part to timeline frames.

        Raises:
            Fault: the motion is too short for it.
        """
        motion = read.motion
        times = motion.times
        first = max(int(np.searchsorted(times, self.start_sec + SAME_SEC, side="right")) - 1, 0)
        last = min(int(np.searchsorted(times, self.end_sec - SAME_SEC)), len(times) - 1)
        if last <= first:
            raise Fault("The capture's motion doesn't reach this part.", "Capture it again.")
        cut = slice(first, last + 1)
        first_sec = float(motion.times[cut.start])
        mapping = later(mapping, first_sec - self.start_sec)
        if isinstance(motion, G1Motion):
            poses = {name: getattr(motion, name)[cut] for name in ("root_pos", "root_quat", "dof_pos")}
            return replace(read, motion=replace(motion, **poses)), mapping
        positions, rotations = motion.positions[cut], motion.rotations[cut]
        part = replace(motion, times=motion.times[cut] - first_sec, positions=positions, rotations=rotations)
        return replace(read, motion=part), mapping


def part_shown_by(strip: StripSource, view: CaptureView) -> Part:
    """Return the part of a capture that a strip shows.

    Raises:
        Fault: the strip shows more than was captured, or another video.
    """
    whole = video_range_of(view)
    if whole is None or strip.path is None or not strip.by_formula or not shows_same_file(view, strip.path):
        raise Fault(
            Text("“{strip}” doesn't show the video of this capture.", strip=strip.name), "Choose another strip."
        )
    if strip.trim_start_sec < whole.start_sec - SAME_SEC or strip.trim_end_sec > whole.end_sec + SAME_SEC:
        raise Fault(
            Text("“{strip}” shows more than was captured.", strip=strip.name), "Shorten the strip, or capture it again."
        )
    return Part(strip.trim_start_sec - whole.start_sec, strip.trim_end_sec - whole.start_sec)
