"""Captures as takes, and what earlier ones mean for the next: time they took, ranges they pay, parts still missing.

Nothing is paid twice unasked, and no capture is mistaken for another.
"""

import contextlib
import functools
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self

import numpy as np

from ...jobs.capture import AWAITING_USER, ENDED, Capture, CaptureRequest, Order, Source, State
from ...jobs.ledger import Ledger, Stamp
from ...jobs.source_file import fingerprint, is_as_delivered, is_unchanged, looks_the_same, sha256_of
from ...jobs.timing import DAY, estimated
from ...jobs.view import CaptureView
from ...motion.g1.motion import G1Motion
from ...motion.time_mapping import TimeMapping
from ...scene.action_source import ActionSource
from ...scene.video.strips import StripSource
from ...service.addresses import host_of
from ...service.contract import FBX, ROBOT_MOTION, result_type
from ...texts.faults import Fault
from ...texts.text import Text
from ...while_enabled import discarded
from ..binding import Binding, RenderedFrom
from ..reading import MotionKind, ReadMotion
from ..take import SAME_SEC, Kind, MotionFile, Standing, Take, VideoRange, file_as_it_is
from .planning import CapturePlan, rendered_from

Range = tuple[float, float]
"""First and last second."""
_FEWEST_FRAMES = 2
"""One alone is no motion."""
_LONGEST_SEC = DAY
_CORRECTIONS = "corrections.npz"
"""In a capture's folder: what lies over its motion."""
KINDS: Mapping[str, MotionKind] = {FBX: MotionKind.HUMAN, ROBOT_MOTION: MotionKind.ROBOT}
"""The service's kinds of motion files, by what they hold."""


def take_of(view: CaptureView, binding: Binding | None) -> Take:
    """Return a capture as a take.

    Args:
        binding: where its motion belongs.
    """
    shown, standing = video_range_of(view), standing_of(view)
    start, end = view.range_sec
    files: dict[MotionKind, MotionFile] = {}
    for kind, holds in KINDS.items():
        if kind in view.files:
            is_whole = partial(is_as_delivered, view.folder, view.delivered[kind])
            # only a human's motion can be corrected by hand
            layer = view.folder / _CORRECTIONS if holds is MotionKind.HUMAN else None
            files[holds] = MotionFile(view.files[kind], is_whole, layer)
    return Take(
        kind=Kind.CAPTURE,
        id=view.id,
        title=view.title,
        standing=standing,
        created_at=view.created_at,
        video=(shown.path if shown is not None else view.video) or view.title,
        binding=binding,
        origin=origin_of(view),
        folder=view.folder,
        files=files,
        without=None if view.files else Fault(view.what, view.next_step),
        continues=view.followed,
        targets={KINDS[result_type(target)]: target for target in view.target_ids},
        shown=shown,
        is_paid=view.paid and standing is not Standing.FAILED,
        paid_sec=end - start,
        took=_took(view) if view.state == State.DONE else None,
    )


def origin_of(view: CaptureView) -> ActionSource:
    """Return what is stored on a capture's Actions. Of a recovered one, video and time of the capture are unknown."""
    known = bool(view.video)  # a recovered capture has no video's name, nor when it was made
    return ActionSource(
        file=view.video,
        capture=view.id,
        job=view.job_id,
        range_sec=view.range_sec if known else (),
        captured_at=datetime.fromtimestamp(view.created_at, UTC).isoformat(timespec="seconds") if known else "",
        service=host_of(view.base_url),
    )


def video_range_of(view: CaptureView) -> VideoRange | None:
    """Return the range that a capture shows; None for a recovered one, and for a strip that is no file."""
    clip = clip_of(view.binding)
    if clip is None:
        source = view.source
        return VideoRange(source.path, source.size, source.mtime_ns, *view.range_sec) if source.path else None
    return VideoRange(*clip.file, *clip.range_sec) if clip.file is not None and clip.is_range_of_file else None


def standing_of(view: CaptureView) -> Standing:
    """Return how far a capture is."""
    if view.state == State.DONE:
        return Standing.APPLIED if view.applied else Standing.READY
    return Standing.FAILED if view.state in ENDED | AWAITING_USER else Standing.RUNNING


def seconds_left(takes: Iterable[Take], view: CaptureView, now: float) -> float | None:
    """Return an estimate of how long the service still works on a capture; None if it doesn't, or nothing is known.

    Args:
        takes: the captures of this machine.
        now: seconds since 1970.
    """
    if view.state != State.RUNNING or view.submitted_at is None:
        return None
    # another service may be faster, or slower
    earlier = [one.took[1:] for one in takes if one.took is not None and one.took[0] == view.base_url]
    whole = estimated(earlier, view.credits)
    return whole - (now - view.submitted_at) if whole is not None else None


def paid_ranges(takes: Iterable[Take]) -> list[tuple[VideoRange, bool]]:
    """Return the ranges whose motion is paid for, and whether it has arrived."""
    return [(one.shown, one.standing is not Standing.RUNNING) for one in takes if one.is_paid and one.shown is not None]


def _took(view: CaptureView) -> tuple[str, float, float] | None:
    if view.submitted_at is None or view.completed_at is None:
        return None
    # by the service's clock and this machine's: one that is off makes it useless
    took = view.completed_at - view.submitted_at
    return (view.base_url, view.credits, took) if 0.0 < took < _LONGEST_SEC else None


@dataclass(frozen=True)
class _Looked:
    """The records on disk: captures, the ids of those with motion and of those that spare a capture, lost jobs."""

    captures: list[Capture]
    here: frozenset[str]
    usable: frozenset[str]
    unreadable_jobs: list[str]


class EarlierCaptures:
    """The earlier captures at a service.

    Args:
        ledger: the captures on disk.
        address: the service's; '' for none, at which there are none.
    """

    def __init__(self, ledger: Ledger, address: str) -> None:
        self._ledger = ledger
        self._address = address
        self._read: dict[str, tuple[Stamp | None, Capture | None]] = {}
        self._looked: _Looked | None = None

    def look(self) -> Self:
        """Read all of the disk that the other methods need; from then on they ask it no more, but for videos."""
        # in a thread, before a window asks: each of these may wait for a slow disk
        captures = self._captures()
        here = frozenset(one.id for one in captures if self._ledger.has_motions(one))
        usable = frozenset(one.id for one in captures if self._is_usable(one))
        self._looked = _Looked(captures, here, usable, self.unreadable_jobs())
        return self

    def seen(self) -> frozenset[str]:
        """Return the ids of all captures that were found: of those that begin later, nothing is known."""
        return frozenset(one.id for one in self._captures())

    def has_motions(self, capture: Capture) -> bool:
        """Return whether a capture is done, and all of its motion is on disk."""
        return self._ledger.has_motions(capture) if self._looked is None else capture.id in self._looked.here

    def of(self, request: CaptureRequest, *, perhaps: bool = False) -> Capture | None:
        """Return the capture of the same video, range and target that avoids paying again; None if there is none.

        Captures with their motion on disk come first, then paid ones; one that is done without its motion on disk has
        to be recovered. One that `ended_without_motion` comes before unpaid ones that began earlier.

        Args:
            request: the new capture; its source may be a video whose clip is still to be rendered.
            perhaps: include uncertain matches, to ask the user: videos that only look the same, and clips.
        """
        bound = Binding.stored(request.binding)
        try:
            looks = None if is_clip(bound) else fingerprint(request.source, request.source_name, temporary=False)
        except OSError:
            # beginning it reports this
            return None
        # another service has other jobs: what was paid there gives no motion here
        kept = [one for one in self._captures() if one.base_url == self._address]
        same: list[Capture] = []
        for one in kept:
            # of a recovered one neither video nor range is known
            if one.recovered or not has_same_settings(one.order, request):
                continue
            if looks is None:
                fits = is_same_clip(Binding.stored(one.binding), bound)
            else:
                fits = is_same_range(one.order, request) and _is_same_video(one, looks, perhaps=perhaps)
            if fits:
                same.append(one)
        # a job that was recovered since may have the motion that its own capture lacks
        ended = [one for one in same if one.state is State.DONE or ended_without_motion(one)]
        jobs = {one.job_id for one in ended}
        recovered = [one for one in kept if one.recovered and one.job_id in jobs]
        return max([*ended, *filter(self._is_usable, [*same, *recovered])], key=self._preference, default=None)

    def _preference(self, capture: Capture) -> tuple[bool, bool, bool, float]:
        """Compares with others: the one that spares most work and money is the largest, see `of`."""
        return (
            self.has_motions(capture),
            capture.may_be_paid and not ended_without_motion(capture),
            capture.state is not State.DONE,
            capture.created_at,
        )

    def of_parts(self, request: CaptureRequest) -> list[Capture]:
        """Return the captures of the same video and target that show a part of its range, with their motion on disk.

        Args:
            request: the new capture; its source may be a video whose clip is still to be rendered.
        """
        clip = clip_of(request.binding)
        # what is no file has no parts
        if clip is not None and not clip.is_range_of_file:
            return []
        try:
            looks = fingerprint(request.source, request.source_name, temporary=False) if clip is None else None
        except OSError:
            return []
        wanted = request.trim_start_sec, request.trim_end_sec
        found: list[Capture] = []
        for one in self._captures():
            if one.base_url != self._address or one.recovered or not has_same_settings(one.order, request):
                continue
            # telling videos reads them, so it is asked last
            if not _overlap(range_of(one), wanted) or not self.has_motions(one):
                continue
            if _is_same_video(one, looks, perhaps=False) if looks is not None else _is_clip_of(one, clip):
                found.append(one)
        return found

    def unreadable_jobs(self) -> list[str]:
        """Return jobs, of this or another video, that may be paid and whose captures' records can't be read."""
        if self._looked is not None:
            return self._looked.unreadable_jobs
        if not self._address:
            return []
        # a job that was recovered into another capture is not lost
        known = {capture.job_id for capture in self._captures()}
        return [job for job in self._ledger.jobs(self._ledger.unreadable()) if job not in known]

    def _captures(self) -> list[Capture]:
        """Return all readable captures; unchanged records are not read again for each video."""
        if self._looked is not None:
            return self._looked.captures
        read: dict[str, tuple[Stamp | None, Capture | None]] = {}
        for capture_id in self._ledger.ids():
            stamp, known = self._ledger.stamp(capture_id), self._read.get(capture_id)
            if known is None or known[0] != stamp:
                known = stamp, self._ledger.load(capture_id)
            read[capture_id] = known
        self._read = read
        return [capture for _, capture in self._read.values() if capture is not None]

    def _is_usable(self, capture: Capture) -> bool:
        if self._looked is not None:
            return capture.id in self._looked.usable
        if capture.state in ENDED:
            return self._ledger.has_motions(capture)
        # one that still has to upload a video which is another one by now can't go on
        return not capture.needs_source or is_unchanged(capture.source)


def is_same_motion(one: Capture, other: Capture) -> bool:
    """Return whether two captures are of the same video, range and settings, also where a clip is rendered for each."""
    if not has_same_settings(one.order, other.order):
        return False
    bound = Binding.stored(other.binding)
    if is_clip(bound):
        return is_same_clip(Binding.stored(one.binding), bound)
    return is_same_range(one.order, other.order) and looks_the_same(one.source, other.source)


def ended_without_motion(capture: Capture) -> bool:
    """Return whether it ended without any motion, but may be paid."""
    return capture.state in ENDED and capture.state is not State.DONE and capture.may_be_paid


def has_same_settings(one: Order | CaptureRequest, other: Order | CaptureRequest) -> bool:
    """Return whether both have the same targets and settings."""
    return (one.target_ids, one.export_fps, one.mocap_type) == (other.target_ids, other.export_fps, other.mocap_type)


def is_same_range(one: Order | CaptureRequest, other: Order | CaptureRequest) -> bool:
    """Return whether both have the same range."""
    return (
        abs(one.trim_start_sec - other.trim_start_sec) < SAME_SEC
        and abs(one.trim_end_sec - other.trim_end_sec) < SAME_SEC
    )


def clip_of(binding: Mapping[str, object]) -> RenderedFrom | None:
    """Return what the clip shows that is rendered for a capture; None if none is."""
    bound = Binding.stored(binding)
    return bound.rendered_from if bound is not None else None


def is_clip(bound: Binding | None) -> bool:
    """Return whether a clip is rendered for a capture."""
    return bound is not None and bound.rendered_from is not None


def is_same_clip(one: Binding | None, other: Binding | None) -> bool:
    """Return whether clips of the same are rendered for two captures."""
    return one is not None and other is not None and one.shows_same_clip(other)


def range_of(capture: Capture) -> tuple[float, float]:
    """Return the range of the video that a capture shows, also if a clip was rendered."""
    clip = clip_of(capture.binding)
    if clip is not None and clip.is_range_of_file:
        return clip.range_sec
    return capture.order.trim_start_sec, capture.order.trim_end_sec


def contains(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether a range contains another one."""
    return one[0] <= other[0] + SAME_SEC and other[1] <= one[1] + SAME_SEC


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(one[1], other[1]) - max(one[0], other[0]) > SAME_SEC


def _is_clip_of(capture: Capture, wanted: RenderedFrom | None) -> bool:
    """Return whether a capture's clip shows a range of the same file."""
    clip = clip_of(capture.binding)
    return clip is not None and clip.is_range_of_file and wanted is not None and clip.file == wanted.file


def shows_same_file(view: CaptureView, path: Path) -> bool:
    """Return whether a capture is of this file as it is now: the untouched one, or one with the same edges."""
    clip = clip_of(view.binding)
    with contextlib.suppress(OSError):
        # the record's source is the clip that was sent, not the file that it shows
        if clip is not None and clip.is_range_of_file:
            return clip.file == file_as_it_is(path)
        now = fingerprint(path, view.source.name, temporary=False)
        return looks_the_same(now, view.source)
    return False


def with_digest(request: CaptureRequest) -> CaptureRequest:
    """Return the request with its video's digest, which identifies the video under another name or on another disk.

    Raises:
        OSError: the video can't be read.
    """
    looks = request.source.stat()
    digest = _kept_sha256(request.source, looks.st_size, looks.st_mtime_ns)
    bound = replace(Binding.from_json(request.binding), source_sha256=digest)
    return replace(request, binding=bound.to_json())


def _is_same_video(capture: Capture, looks: Source, *, perhaps: bool) -> bool:
    """Return whether it is the same untouched file, or has the same bytes; equal edges alone are not enough."""
    source = capture.source
    if not looks_the_same(source, looks):
        return False
    if perhaps or (source.path, source.mtime_ns) == (looks.path, looks.mtime_ns):
        return True
    bound = Binding.stored(capture.binding)
    digest = bound.source_sha256 if bound is not None else ""
    return bool(digest) and digest == _kept_sha256(Path(looks.path), looks.size, looks.mtime_ns)


# a video of gigabytes takes seconds to read; size and time tell when it has to be read again
@functools.lru_cache(maxsize=1024)
def _kept_sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return sha256_of(path)


discarded(_kept_sha256.cache_clear)


def missing_ranges(wanted: Range, captured: Iterable[Range], shortest_sec: float) -> list[Range]:
    """Return the parts of a range that none of the captured ones covers, in order.

    Args:
        wanted: the range.
        captured: ranges, in any order.
        shortest_sec: shorter parts are left out.
    """
    start, end = wanted
    found: list[Range] = []
    # ascending, each one moves the start of what isn't covered yet; past the end, parts have no length and go below
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
    # several parts are one motion to the character: none pushes another one down
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
            robots = replace(
                motion, root_pos=motion.root_pos[cut], root_quat=motion.root_quat[cut], dof_pos=motion.dof_pos[cut]
            )
            return replace(read, motion=robots), mapping
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
