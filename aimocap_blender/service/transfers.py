"""Uploads to and downloads from the storage: streamed, cancellable, complete or not at all.

The links are presigned: the link alone gives access, so no credentials are sent to the storage.
"""

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin

from ..plain_files import open_plain
from ..record_json import as_text
from ..whole_files import renamed
from . import addresses, answers, wire
from .contract import content_type
from .faults import Kind, ServiceFault
from .interruption import Cancellation, Timeouts
from .wire import UploadBody

LARGEST_REFUSAL = 65536
MOST_REDIRECTS = 3
_REPORT = "Try again later, or report this to the service."

_MD5 = re.compile(r'"?([0-9a-fA-F]{32})"?')
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
_OK, _PARTIAL, _MULTIPLE_CHOICES, _RANGE_REFUSED = 200, 206, 300, 416
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LINK_EXPIRED = frozenset({401, 403, 404, 410})


@dataclass(frozen=True)
class StoredFile:
    """A file that was downloaded completely.

    Attributes:
        path: where it is.
        size: in bytes.
        etag: the storage's tag of this version; '' if it gave none.
    """

    path: Path
    size: int
    etag: str


@dataclass(frozen=True)
class Storage:
    """The access to the storage.

    Attributes:
        timeouts: of the network.
        local_allowed: whether links may lead to this machine or its private network: if the service itself is there.
    """

    timeouts: Timeouts
    local_allowed: bool

    def upload(
        self,
        url: str,
        source: Path,
        size: int,
        progress: Callable[[int, int], None],
        cancellation: Cancellation | None = None,
    ) -> str:
        """PUT a whole file to a presigned link.

        An ETag that could be an MD5 but isn't this file's is either a damaged upload or an encrypted storage's: the
        file is put once more, and that answer counts.

        Args:
            size: of the source, as reported to the service.
            progress: called with bytes sent and total.
            cancellation: stops it at once, even while the peer isn't reading.

        Returns:
            The storage's ETag, '' if it gave none.

        Raises:
            ServiceFault: `SOURCE_CHANGED`, `LINK_EXPIRED`, `STORAGE_REFUSED`, `REDIRECT`, or a fault of the connection:
                `LOST` also if the storage accepted the upload before all of it was sent.
        """
        addresses.check_link(url, local_allowed=self.local_allowed)
        try:
            file = open_plain(source)
        except OSError:
            raise ServiceFault(Kind.SOURCE_CHANGED) from None
        # open for both attempts: they send the same file, whatever its path names by then
        with file:
            put = partial(self._put, url, source, file, size, progress, cancellation)
            etag, fits = put()
            if fits:
                return etag
            try:
                return put()[0]
            except ServiceFault as refused:
                if refused.kind not in {Kind.LINK_EXPIRED, Kind.STORAGE_REFUSED}:
                    raise
            return etag  # the link lasted for one upload, which was accepted whole

    def download(
        self,
        url: str,
        destination: Path,
        largest: int,
        progress: Callable[[int, int], None],
        cancellation: Cancellation | None = None,
    ) -> StoredFile:
        """GET a file from a presigned link, resuming an earlier attempt.

        The bytes go to `<destination>.part`, which is renamed to the destination when it is complete.

        Args:
            url: the link; another link to the same version of the file resumes it too.
            largest: most bytes that are accepted.
            progress: called with bytes received and total (0 if not announced).
            cancellation: stops it at once.

        Raises:
            ServiceFault: `LINK_EXPIRED`, `TRUNCATED`, `TOO_LARGE`, `UNSAFE_LINK`, `DISK`, or a fault of the connection.
        """
        partial = _Partial(destination)
        # each step of a redirect is checked like the first link
        for _ in range(MOST_REDIRECTS + 1):
            addresses.check_link(url, local_allowed=self.local_allowed)
            outgoing = wire.Outgoing(
                method="GET",
                url=url,
                auth=wire.Anonymous(),
                headers=partial.range_headers(),
                body=None,
                patience=self.timeouts.stall,
                least_moved=self.timeouts.least_moved,
                local_allowed=self.local_allowed,
            )
            with wire.exchange(outgoing, self.timeouts, cancellation) as answer:
                if answer.status not in _REDIRECTS:
                    return _receive(answer, partial, largest, progress)
                url = urljoin(url, answer.headers.get("Location", ""))
        raise ServiceFault(Kind.REDIRECT, sent=True, next_step=_REPORT)

    def _put(
        self,
        url: str,
        source: Path,
        file: BinaryIO,
        size: int,
        progress: Callable[[int, int], None],
        cancellation: Cancellation | None,
    ) -> tuple[str, bool]:
        """Return the storage's ETag, and whether it fits: not if it may be an MD5, but is not that of what was sent."""
        file.seek(0)
        # with another size it is not the video that the job was made for
        if size <= 0 or os.fstat(file.fileno()).st_size != size:
            raise ServiceFault(Kind.SOURCE_CHANGED)
        body = UploadBody(file, size, progress)
        outgoing = wire.Outgoing(
            method="PUT",
            url=url,
            auth=wire.Anonymous(),
            headers={"Content-Type": content_type(source)},
            body=body,
            patience=self.timeouts.stall,
            least_moved=self.timeouts.least_moved,
            local_allowed=self.local_allowed,
        )
        with wire.exchange(outgoing, self.timeouts, cancellation) as answer:
            if not _OK <= answer.status < _MULTIPLE_CHOICES:
                raise _refused(answer)
            if body.sent < size:
                raise ServiceFault(
                    Kind.LOST,
                    http_status=answer.status,
                    sent=True,
                    what="The storage ended the upload before it had the whole video.",
                )
            etag = answer.headers.get("ETag", "")
        md5 = _MD5.fullmatch(etag.strip())
        return etag, md5 is None or md5[1].lower() == body.md5.hexdigest()


class _Partial:
    """A partial download, with a file next to it that names its version."""

    def __init__(self, destination: Path) -> None:
        self.destination = destination
        self.path = destination.with_name(destination.name + ".part")
        self._mark = destination.with_name(destination.name + ".part.json")

    def range_headers(self) -> dict[str, str]:
        """Return headers that ask for the rest; none if the version of the bytes so far is not known."""
        size, etag = self.size(), self._etag()
        return {"Range": f"bytes={size}-", "If-Range": etag} if size and etag else {}

    def size(self) -> int:
        """Return the bytes so far."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def begin(self, etag: str) -> None:
        """Start over with this version; a weak ETag doesn't guarantee equal bytes, so it isn't kept."""
        self.drop()
        strong = etag if etag.startswith('"') else ""
        self._mark.write_text(json.dumps({"etag": strong}), encoding="utf-8")

    def is_of(self, etag: str) -> bool:
        """Return whether the bytes so far are of this version."""
        return etag in {"", self._etag()}

    def drop(self) -> None:
        """Discard the bytes so far."""
        self.path.unlink(missing_ok=True)
        self._mark.unlink(missing_ok=True)

    def finish(self) -> None:
        """Rename the complete file to its destination."""
        renamed(self.path, self.destination)
        self._mark.unlink(missing_ok=True)

    def _etag(self) -> str:
        with contextlib.suppress(OSError, ServiceFault):
            mark = as_text(answers.parse(self._mark.read_bytes()).get("etag")) or ""
            return mark if mark.isascii() and mark.isprintable() else ""
        return ""


def _receive(
    answer: wire.Answer,
    partial: _Partial,
    largest: int,
    progress: Callable[[int, int], None],
) -> StoredFile:
    if answer.status not in {_OK, _PARTIAL, _RANGE_REFUSED}:
        raise _refused(answer)
    etag = answer.headers.get("ETag", "")
    start, total = _extent(answer)
    # bytes of two versions of a file must not be joined
    if answer.status != _OK and (start != partial.size() or not partial.is_of(etag)):
        raise _unfit(partial, Kind.TRUNCATED, answer.status)
    if (total or 0) > largest:
        raise _unfit(partial, Kind.TOO_LARGE, answer.status)
    with _disk():
        if start == 0:
            partial.begin(etag)
        file = partial.path.open("ab")
    size = start
    with file:
        for chunk in answer.chunks():
            size += len(chunk)
            # an answer need not announce its length
            if size > largest:
                raise _unfit(partial, Kind.TOO_LARGE, answer.status)
            with _disk():
                file.write(chunk)
            progress(size, total or 0)
        # a full disk may show only now, and the file would be taken for complete
        with _disk():
            file.flush()
            os.fsync(file.fileno())
    if total is not None and size > total:
        raise _unfit(partial, Kind.TRUNCATED, answer.status)
    if total is not None and size < total:
        raise ServiceFault(Kind.TRUNCATED, http_status=answer.status, sent=True)
    with _disk():
        partial.finish()
    return StoredFile(partial.destination, size, etag)


def _extent(answer: wire.Answer) -> tuple[int, int | None]:
    """Return where the coming bytes start in the file, and the file's size; a start of -1 fits no file."""
    if answer.status == _OK:
        return 0, answer.length
    match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status != _PARTIAL or match is None:
        return -1, None
    start, end, total = map(int, match.groups())
    return (start, total) if end + 1 == total else (-1, None)


def _unfit(partial: _Partial, kind: Kind, status: int) -> ServiceFault:
    """Discard the unusable bytes, so that the next attempt starts over; return the fault."""
    with _disk():
        partial.drop()
    return ServiceFault(kind, http_status=status, sent=True)


@contextlib.contextmanager
def _disk() -> Generator[None]:
    """Turn errors of local files into `DISK`, as distinct from the network's."""
    failed = False
    try:
        yield
    except OSError:
        failed = True
    # raised out here: the original's text holds a path of this machine
    if failed:
        raise ServiceFault(Kind.DISK, sent=True)


def _refused(answer: wire.Answer) -> ServiceFault:
    """Return the fault for a refusal of the storage: its body is any vendor's XML or HTML, so the status decides."""
    status = answer.status
    expired = b"expired" in answer.body_if_readable(LARGEST_REFUSAL).lower()
    if status in _LINK_EXPIRED or (status // 100 == 4 and expired):  # noqa: PLR2004 -- HTTP's own class
        kind = Kind.LINK_EXPIRED
    else:
        kind = answers.kind_of_status(status)
        kind = Kind.STORAGE_REFUSED if kind in {Kind.REFUSED, Kind.NOT_READY, Kind.BAD_ANSWER} else kind
    wait = answers.retry_after(answer.headers, time.time())
    # changing the address in the preferences wouldn't help
    next_step = _REPORT if kind is Kind.REDIRECT else ""
    return ServiceFault(kind, http_status=status, sent=True, retry_after=wait, next_step=next_step)
