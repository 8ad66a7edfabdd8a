"""A server that is nothing but a socket: it keeps the bytes that came, and answers with the bytes it is told."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Asked:
    """One request as it came: nothing interpreted that a server doesn't have to."""

    head: bytes
    body: bytes = b""

    @property
    def line(self) -> str:
        return self.head.split(b"\r\n", 1)[0].decode("latin-1")

    def header(self, name: str) -> str | None:
        for line in self.head.split(b"\r\n")[1:]:
            found, _, value = line.decode("latin-1").partition(":")
            if found.strip().lower() == name.lower():
                return value.strip()
        return None


Answer = bytes | Callable[[socket.socket, Asked], None]


@dataclass
class RawServer:
    """Answers one request on each connection, in the order given; the last answer is repeated.

    `reads_body`: False for a server that stops reading after the head.
    """

    answers: list[Answer]
    reads_body: bool = True
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    asked: list[Asked] = field(default_factory=list[Asked])
    arrived: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._listening = socket.create_server((self.host, 0))
        self._listening.settimeout(0.1)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.over.set()
        self._thread.join(20)
        self._listening.close()

    def _serve(self) -> None:
        threads: list[threading.Thread] = []
        while not self.over.is_set():
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._talk, args=(connection,), daemon=True)
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join(20)

    def _talk(self, connection: socket.socket) -> None:
        connection.settimeout(20)
        try:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            asked = self._read(connection)
            if asked is None:
                return
            number = len(self.asked)
            self.asked.append(asked)
            self.arrived.set()
            answer = self.answers[min(number, len(self.answers) - 1)]
            if callable(answer):
                answer(connection, asked)
            else:
                connection.sendall(answer)
        except OSError:
            pass  # the client went away, as some tests want it to
        finally:
            connection.close()

    def _read(self, connection: socket.socket) -> Asked | None:
        received = b""
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return None
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        asked = Asked(head, body)
        wanted = int(asked.header("Content-Length") or 0)
        while self.reads_body and len(asked.body) < wanted:
            piece = connection.recv(65536)
            if not piece:
                break
            asked.body += piece
        return asked


def reply(status: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; underscores in header names stand for dashes."""
    named = {"Content-Length": str(len(body)), "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def reply_json(status: str, body: str, **headers: str) -> bytes:
    return reply(status, body.encode(), Content_Type="application/json", **headers)


def reset(connection: socket.socket, _asked: Asked) -> None:
    """Break the connection as a crashed machine does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def drip(pieces: bytes, server: "list[RawServer]") -> Callable[[socket.socket, Asked], None]:
    """Send the first bytes, then one more every so often, for ever."""

    def answer(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(pieces)
        while not server[0].over.wait(0.02):
            connection.sendall(b"x")

    return answer
