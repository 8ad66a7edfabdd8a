"""The storage: presigned PUT of the source, presigned GET of results with Range, ETag and If-Range."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import secrets
import socket
import threading
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from .connection import CHUNK, NOTHING, Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import Fault
    from .jobs import Job
    from .recording import Request

DRAIN_SECONDS = 5.0  # without a byte
LONGEST_SUFFIX = 8
ETAGS = {  # what an upload's ETag is: no MD5, an MD5, or what encrypted storages have, which only looks like one
    "sha256": hashlib.sha256,
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "encrypted": partial(hashlib.md5, b"a key", usedforsecurity=False),
    "encrypted anew": lambda: hashlib.md5(secrets.token_bytes(16), usedforsecurity=False),
}
RANGE = re.compile(r"bytes=(\d+)-(\d*)$")


class Storage(Connection):
    """A connection to the storage host."""

    def answer_request(self) -> None:
        standin = self.standin
        step = {"PUT": "upload", "GET": "download", "HEAD": "download"}.get(self.command, "unknown")
        port = self.server.server_address[1]
        request = standin.log.add("storage", step, self.command, self.path, port, self.header_dict())
        if "authorization" in request.headers:
            request.violations.append("a bearer key was sent to the storage")
        if "cookie" in request.headers:
            request.violations.append("a cookie was sent to the storage")
        key, why_not = standin.links.refusal(self.command, self.path)
        parts = key.split("/")
        request.job_id = parts[1] if len(parts) > 1 else None
        fault = standin.faults.meet(step) or NOTHING
        if fault.hold == "before":
            fault.wait()
        if why_not is None and "authorization" in request.headers:
            why_not = "InvalidArgument"  # as real storage answers to two ways of authentication at once
        if why_not:
            self._refuse(request, fault, 400 if why_not == "InvalidArgument" else 403, why_not)
        elif self.command == "PUT":
            self._take_upload(request, fault)
        elif self.command in ("GET", "HEAD"):
            self._give_file(request, fault, key)
        else:
            self._refuse(request, fault, 405, "MethodNotAllowed")
        standin.log.touched()

    def _refuse(self, request: Request, fault: Fault, status: int, code: str) -> None:
        """An error as S3 words it, and the connection's end; the rest is read first, or the client may miss it."""
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code></Error>'.encode()
        self.close_connection = True
        headers = {"Content-Type": "application/xml", "Connection": "close"}
        self.send(request, fault, fault.status or status, headers, body)
        if fault.after_bytes is None:
            self._drain()

    def _drain(self) -> None:
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(DRAIN_SECONDS)
        while self.connection.recv(CHUNK):
            pass

    # The source comes in

    def _take_upload(self, request: Request, fault: Fault) -> None:
        job = self.standin.jobs[request.job_id or ""]
        wrong = self._what_is_wrong_with(request, job)
        if wrong:
            status, code, text = wrong
            request.violations.append(text)
            self._refuse(request, fault, status, code)
            return
        early = fault.status if fault.after_bytes is not None else None  # the answer while bytes still come
        if early is not None and early >= 300:
            for _ in self._first_part(request, fault):
                pass
            self._refuse(request, fault, early, fault.code or "AccessDenied")
            return
        suffix = Path(job.order.filename).suffix
        file = self.standin.folder / "uploads" / f"{job.id}{suffix if len(suffix) < LONGEST_SUFFIX else ''}"
        part = file.with_name(f"{file.name}.{request.number}.part")
        etag = self._store(request, fault, part, whole=early is None)

        def act() -> None:
            part.replace(file)
            job.upload, job.content_type = file, request.headers.get("content-type", "")
            request.acted = True

        if fault.processes or early is not None:
            act()
        elif fault.late:
            threading.Thread(target=lambda: (fault.wait(), act()), daemon=True).start()
        if fault.hold == "after":
            fault.wait()
        if early is not None:
            self.close_connection = True  # with the rest unread, which resets it
            self.send(request, NOTHING, early, {"ETag": etag}, b"")
        elif fault.replaces_answer and (fault.status or 500) >= 300:
            self._refuse(request, fault, fault.status or 500, fault.code or "InternalError")
        else:
            self.send(request, fault, fault.status or 200, {"ETag": etag}, b"")

    def _store(self, request: Request, fault: Fault, part: Path, *, whole: bool) -> str:
        """Writes the body to a file as it comes, and returns its ETag."""
        digest = ETAGS[self.standin.upload_etags]()
        rest = self._rest(request) if whole else ()
        with part.open("wb") as stream:
            for came in itertools.chain(self._first_part(request, fault), rest):
                last = fault.damages and request.body_bytes == int(request.headers["content-length"])
                piece = came[:-1] + bytes([came[-1] ^ 1]) if last else came
                digest.update(piece)
                stream.write(piece)
                if fault.drip == "body":
                    time.sleep(fault.pace)
        return f'"{digest.hexdigest()}"'

    def _first_part(self, request: Request, fault: Fault) -> Iterator[bytes]:
        """The bytes until the fault strikes, if it strikes within the body."""
        if fault.after_bytes is None and fault.hold != "reading":
            return
        yield from self.read_body(request, stop_after=fault.after_bytes or 0)
        if fault.hold == "reading":
            fault.wait()
        if fault.reset:
            self.reset()
        if fault.close:
            self.end()

    def _rest(self, request: Request) -> Iterator[bytes]:
        yield from self.read_body(request, stop_after=int(request.headers["content-length"]) - request.body_bytes)

    def _what_is_wrong_with(self, request: Request, job: Job) -> tuple[int, str, str] | None:
        length = request.headers.get("content-length")
        if "transfer-encoding" in request.headers:
            return 501, "NotImplemented", "a chunked upload"
        if length is None:
            return 411, "MissingContentLength", "an upload without Content-Length"
        if not request.headers.get("content-type", "").startswith("video/"):
            return 403, "SignatureDoesNotMatch", "an upload without the Content-Type of a video"
        expected = job.order.source_bytes
        if expected is not None and int(length) != expected:
            return 403, "SignatureDoesNotMatch", f"an upload of {length} bytes where {expected} were announced"
        if job.status != "draft":
            return 403, "AccessDenied", "an upload after complete-upload"
        return None

    # Results go out

    def _give_file(self, request: Request, fault: Fault, key: str) -> None:
        file = self._file_of(key)
        if file is None:
            self._refuse(request, fault, 404, "NoSuchKey")
            return
        if fault.status is not None and fault.status >= 300:
            self._refuse(request, fault, fault.status, fault.code or "InternalError")
            return
        if fault.body is not None:
            body = fault.body.encode() if isinstance(fault.body, str) else fault.body
            self.send(request, fault, fault.status or 200, {"Content-Type": "application/octet-stream"}, body)
            return
        size = file.stat().st_size
        etag = etag_of(file)
        headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Type": _content_type(file)}
        first, last, status = 0, size - 1, 200
        asked = RANGE.match(request.headers.get("range", ""))
        if asked and not fault.ignore_range and request.headers.get("if-range", etag) == etag:
            first = int(asked[1])
            last = min(int(asked[2]), size - 1) if asked[2] else size - 1
            if first > last:
                self.send(request, fault, 416, {"Content-Range": f"bytes */{size}"}, b"")
                return
            status = 206
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        request.acted = True
        self.send(request, fault, status, headers, _pieces(file, first, last), last - first + 1)

    def _file_of(self, key: str) -> Path | None:
        kind, job_id, name = (*key.split("/", 2), "", "")[:3]
        job = self.standin.jobs[job_id]
        if kind != "results":
            return None
        if name == "preview":
            return self.standin.preview or job.upload
        if name == "manifest":
            manifest = self.standin.folder / "made" / f"{job.id}.manifest.json"
            manifest.write_text(json.dumps({"jobId": job.id, "targets": list(job.targets)}), encoding="utf-8")
            return manifest
        return job.files.get(name)


def etag_of(file: Path) -> str:
    """The ETag of a file's present content."""
    stat = file.stat()
    return _etag(file, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=256)
def _etag(file: Path, _mtime_ns: int, _size: int) -> str:
    with file.open("rb") as stream:
        return f'"{hashlib.file_digest(stream, "sha256").hexdigest()}"'


def _content_type(file: Path) -> str:
    kinds = {".json": "application/json", ".mp4": "video/mp4"}
    return kinds.get(file.suffix.lower(), "application/octet-stream")


def _pieces(file: Path, first: int, last: int) -> Iterator[bytes]:
    with file.open("rb") as stream:
        stream.seek(first)
        left = last - first + 1
        while left > 0:
            piece = stream.read(min(CHUNK, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
