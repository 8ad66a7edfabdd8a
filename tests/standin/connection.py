"""One connection to one of the stand-in's servers: reading requests, meeting faults, answering or breaking off."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .faults import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .recording import Request
    from .server import StandIn

CHUNK = 1 << 16
NOTHING = Fault()


class Broken(Exception):  # noqa: N818 - it is the end of a connection, on purpose
    """The connection was broken off: nothing more is to be answered."""


class Server(ThreadingHTTPServer):
    """A listening socket of the stand-in that can end its open connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, host: str, port: int, handler: type[Connection], standin: StandIn) -> None:
        self.standin = standin
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Clients may go at any time; other errors are the stand-in's own and must be seen."""
        import sys
        import traceback

        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            traceback.print_exc()

    def end_connections(self) -> None:
        with self._open_lock:
            still_open = list(self._open)
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class Connection(BaseHTTPRequestHandler):
    """A connection to the API, the storage or the control server."""

    protocol_version = "HTTP/1.1"
    server_version = "standin"
    server: Server  # pyrefly: ignore[bad-override-mutable-attribute] -- no other one makes connections

    @property
    def standin(self) -> StandIn:
        return self.server.standin

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are recorded, not printed."""

    def answer_request(self) -> None:
        """Each server's own way of dealing with a request."""
        raise NotImplementedError

    def _answer(self) -> None:
        try:
            self.answer_request()
        except (Broken, OSError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815

    @property
    def plain_path(self) -> str:
        return urlsplit(self.path).path

    def header_dict(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def read_body(self, request: Request, stop_after: int | None = None) -> Iterator[bytes]:
        """The body by its Content-Length, in pieces; breaks off where the client does."""
        left = int(self.headers.get("Content-Length") or 0)
        if stop_after is not None:
            left = min(left, stop_after)
        while left > 0:
            piece = self.rfile.read1(min(CHUNK, left))  # type: ignore[attr-defined]
            if not piece:
                raise Broken
            left -= len(piece)
            request.body_bytes += len(piece)
            yield piece

    # Ways of answering

    def send(
        self,
        request: Request | None,
        fault: Fault,
        status: int,
        headers: dict[str, str],
        body: bytes | Iterable[bytes],
        length: int | None = None,
    ) -> None:
        """Answers, or does what the fault wants in place of it."""
        if fault.reset and fault.after_bytes is None:
            self.reset()
        if fault.close and fault.after_bytes is None:
            self.end()
        if isinstance(body, bytes):
            length, body = len(body), (body,)
        if fault.gzip:
            packed = gzip.compress(b"".join(body))
            length, body, headers = len(packed), (packed,), headers | {"Content-Encoding": "gzip"}
        all_headers = {"Content-Length": str(length or 0)} | headers
        for name, value in fault.headers.items():
            all_headers = {n: v for n, v in all_headers.items() if n.lower() != name.lower()} | {name: value}
        if request:
            request.status = status
        self._write_head(fault, status, all_headers)
        if self.command == "HEAD":
            return
        for piece in self._as_the_fault_wants(fault, body):
            self.wfile.write(piece)
        if "content-length" in {name.lower() for name in fault.headers}:
            self.end()

    def _write_head(self, fault: Fault, status: int, headers: dict[str, str]) -> None:
        if fault.early is not None:
            self.wfile.write(f"HTTP/1.1 {fault.early} Early\r\nLink: </style.css>; rel=preload\r\n\r\n".encode())
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault.drip == "head":
            self.flush_headers()
            while True:
                self.wfile.write(b"X")
                time.sleep(fault.pace)
        self.end_headers()

    def _as_the_fault_wants(self, fault: Fault, body: Iterable[bytes]) -> Iterator[bytes]:
        sent = 0
        for whole in body:
            piece = whole
            if fault.after_bytes is not None:
                piece = whole[: max(0, fault.after_bytes - sent)]
            sent += len(piece)
            if fault.drip == "body":
                for at in range(0, len(piece), fault.drops):
                    yield piece[at : at + fault.drops]
                    time.sleep(fault.pace)
            else:
                yield piece
            if fault.after_bytes is not None and sent >= fault.after_bytes:
                if fault.hold == "reading":
                    fault.wait()
                if fault.reset:
                    self.reset()
                self.end()
        while fault.endless:
            yield bytes(CHUNK)

    def send_json(self, request: Request | None, fault: Fault, status: int, value: Any) -> None:
        body = json.dumps(value).encode() + b" " * fault.pads
        self.send(request, fault, status, {"Content-Type": "application/json"}, body)

    def reset(self) -> None:
        """Resets the connection: the client sees RST, not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.connection.close()
        raise Broken

    def end(self) -> None:
        """Ends the connection without another word."""
        self.connection.shutdown(socket.SHUT_WR)
        raise Broken
