"""A forward proxy over real sockets: CONNECT and plain requests, refusing with 407, breaking off when told."""

import contextlib
import socket
import struct
import threading
from typing import Self
from urllib.parse import urlsplit

PIECE = 65536


class ForwardProxy:
    """Carries everything to this machine, whatever host is asked for: the port alone counts.

    Attributes:
        wants_login: answers 407 to everything.
        asked: the first lines of the requests.
    """

    def __init__(self) -> None:
        self.wants_login = False
        self.asked: list[str] = []
        self._clients: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.break_off()

    def break_off(self) -> None:
        """Reset every connection to a client; what was forwarded stays forwarded."""
        clients, self._clients = self._clients, []
        for client in clients:
            with contextlib.suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which closes it
                client.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._clients.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(PIECE)
                if not piece:
                    return
                head += piece
            line, _, rest = head.partition(b"\r\n")
            method, target, version = line.split(b" ")
            self.asked.append(line.decode("latin-1"))
            if self.wants_login:
                client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            parts = urlsplit(target.decode("ascii") if b"://" in target else f"//{target.decode('ascii')}")
            with socket.create_connection(("127.0.0.1", parts.port or 80)) as service:
                if method == b"CONNECT":
                    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    path = f"{parts.path}?{parts.query}".rstrip("?").encode("ascii")
                    service.sendall(b" ".join((method, path, version)) + b"\r\n" + rest)
                back = threading.Thread(target=_carry, args=(service, client), daemon=True)
                back.start()
                _carry(client, service)
                back.join()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
