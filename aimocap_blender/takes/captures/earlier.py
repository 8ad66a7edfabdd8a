"""Earlier captures of a video, so that nothing is paid twice unasked, and no capture is mistaken for another."""

import contextlib
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from ...jobs.capture import ENDED, Capture, CaptureRequest, Order, Source, State
from ...jobs.file_digest import sha256_of
from ...jobs.ledger import Ledger, Stamp
from ...jobs.source_file import fingerprint, is_unchanged, looks_the_same
from ...jobs.view import CaptureView
from ...json_values import as_list, as_number, as_object
from ...while_enabled import discarded

RENDERED_FROM = "rendered_from"
"""The key in the binding of a rendered clip's capture that identifies the strip's range."""
SAME_SEC = 1e-3
"""Differences below this are rounding."""
_PARTS_OF_A_FILE, _ENDS = 3, 2
_SHA256 = "source_sha256"


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
        clip = request.binding.get(RENDERED_FROM)
        try:
            looks = None if clip else fingerprint(request.source, request.source_name, temporary=False)
        except OSError:
            return None  # beginning it reports this
        kept = [one for one in self._captures() if one.base_url == self._address]
        same = [
            one
            for one in kept
            if not one.recovered
            and has_same_settings(one.order, request)
            and (
                is_same_clip(one.binding, request.binding)
                if looks is None
                else is_same_range(one.order, request) and _is_same_video(one, looks, perhaps=perhaps)
            )
        ]
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
        clip = file_and_range(request.binding)
        try:
            looks = None if clip else fingerprint(request.source, request.source_name, temporary=False)
        except OSError:
            return []
        if clip is None and RENDERED_FROM in request.binding:
            return []  # what is no file has no parts
        return [
            one
            for one in self._captures()
            if one.base_url == self._address
            and not one.recovered
            and has_same_settings(one.order, request)
            and _overlap(range_of(one), (request.trim_start_sec, request.trim_end_sec))
            and (_is_same_video(one, looks, perhaps=False) if looks is not None else _is_clip_of(one.binding, clip))
            and self.has_motions(one)
        ]

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
        stamps = {capture_id: self._ledger.stamp(capture_id) for capture_id in self._ledger.ids()}
        self._read = {
            capture_id: known
            if (known := self._read.get(capture_id)) is not None and known[0] == stamp
            else (stamp, self._ledger.load(capture_id))
            for capture_id, stamp in stamps.items()
        }
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
    if RENDERED_FROM in other.binding:
        return is_same_clip(one.binding, other.binding)
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


def is_same_clip(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Return whether two captures' clips show the same, by their bindings; without a file only within one .blend."""
    clip = other[RENDERED_FROM]
    return one.get(RENDERED_FROM) == clip and (
        (isinstance(clip, Mapping) and "file" in clip)
        or any(other[name] and one.get(name) == other[name] for name in ("session", "blend_file"))
    )


def file_and_range(binding: Mapping[str, object]) -> tuple[list[object], tuple[float, float]] | None:
    """Return the file of which a clip was rendered, and the range in it; None if it was not, or not of a file."""
    parts = as_object(binding.get(RENDERED_FROM)) or {}
    file, ends = as_list(parts.get("file")), as_list(parts.get("range_sec")) or []
    start, end = (as_number(ends[0]), as_number(ends[1])) if len(ends) == _ENDS else (None, None)
    if file is None or len(file) != _PARTS_OF_A_FILE or "strip" in parts or start is None or end is None:
        return None
    return file, (start, end)


def range_of(capture: Capture) -> tuple[float, float]:
    """Return the range of the video that a capture shows, also if a clip was rendered."""
    clip = file_and_range(capture.binding)
    return clip[1] if clip is not None else (capture.order.trim_start_sec, capture.order.trim_end_sec)


def contains(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether a range contains another one."""
    return one[0] <= other[0] + SAME_SEC and other[1] <= one[1] + SAME_SEC


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return min(one[1], other[1]) - max(one[0], other[0]) > SAME_SEC


def _is_clip_of(binding: Mapping[str, object], wanted: tuple[list[object], tuple[float, float]] | None) -> bool:
    clip = file_and_range(binding)
    return clip is not None and wanted is not None and clip[0] == wanted[0]


def shows_same_file(view: CaptureView, path: Path) -> bool:
    """Return whether a capture is of this file as it is now: the untouched one, or one with the same edges."""
    clip = file_and_range(view.binding)
    with contextlib.suppress(OSError):
        if clip is not None:
            looks = path.stat()
            return clip[0] == [str(path), looks.st_size, looks.st_mtime_ns]
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
    return replace(request, binding={**request.binding, _SHA256: digest})


def _is_same_video(capture: Capture, looks: Source, *, perhaps: bool) -> bool:
    """Return whether it is the same untouched file, or has the same bytes; equal edges alone are not enough."""
    source = capture.source
    if not looks_the_same(source, looks):
        return False
    if perhaps or (source.path, source.mtime_ns) == (looks.path, looks.mtime_ns):
        return True
    digest = capture.binding.get(_SHA256)
    return digest is not None and digest == _kept_sha256(Path(looks.path), looks.size, looks.mtime_ns)


@functools.lru_cache(maxsize=1024)
def _kept_sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    return sha256_of(path)


discarded(_kept_sha256.cache_clear)
