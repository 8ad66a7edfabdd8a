"""A storage that is as fast as a socket: GET sends a file by the kernel alone, PUT reads into one buffer and forgets.

`python -m tests.bench.transfer_server FILE` prints its port, and serves until its stdin closes.
"""

import os
import socket
import sys
import threading
from pathlib import Path

BUFFER = 2**20
LARGEST_HEAD = 65536
AT_ONCE = 2**30
"""Bytes of one sendfile call."""


def main() -> None:
    file = Path(sys.argv[1])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listening, file), daemon=True).start()
        sys.stdin.read()


def _accept(listening: socket.socket, file: Path) -> None:
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=_serve, args=(connection, file), daemon=True).start()


def _serve(connection: socket.socket, file: Path) -> None:
    with connection:
        received = b""
        while b"\r\n\r\n" not in received and len(received) < LARGEST_HEAD:
            received += connection.recv(4096)
        head, _, body = received.partition(b"\r\n\r\n")
        if head.startswith(b"PUT"):
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            _forget(connection, int(lengths[0].partition(b":")[2]) - len(body))
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
        else:
            _send(connection, file)


def _forget(connection: socket.socket, left: int) -> None:
    buffer = bytearray(BUFFER)
    while left > 0:
        count = connection.recv_into(buffer, min(BUFFER, left))
        if not count:
            return
        left -= count


def _send(connection: socket.socket, file: Path) -> None:
    size = file.stat().st_size
    head = f'HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n'
    connection.sendall(head.encode("ascii"))
    with file.open("rb") as opened:
        sent = 0
        while sent < size:
            sent += os.sendfile(connection.fileno(), opened.fileno(), sent, min(AT_ONCE, size - sent))


if __name__ == "__main__":
    main()
