"""Earlier captures of a video, so that nothing is paid twice unasked, and no capture is mistaken for another."""

import contextlib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ...jobs.capture import ENDED, Capture, CaptureRequest, Order, Source, State
from ...jobs.ledger import Ledger, Stamp
from ...jobs.source_file import fingerprint, is_unchanged, looks_the_same, sha256_of
from ...jobs.view import CaptureView
from ...while_enabled import discarded
from ..binding import Binding, RenderedFrom
from ..take import SAME_SEC, file_as_it_is


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
        captures = self._captures()
        here = frozenset(one.id for one in captures if self._ledger.has_motions(one))
        usable = frozenset(one.id for one in captures if self._is_usable(one))
        self._looked = _Looked(captures, here, usable, self.unreadable_jobs())
        return self

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
        return max(
            ended + [one for one in same + recovered if self._is_usable(one)],
            key=lambda one: (
                self.has_motions(one),
                one.may_be_paid and not ended_without_motion(one),
                one.state is not State.DONE,
                one.created_at,
            ),
            default=None,
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


@functools.lru_cache(maxsize=1024)
def _kept_sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return sha256_of(path)


discarded(_kept_sha256.cache_clear)
