"""Damages to a downloaded motion on disk."""

from collections.abc import Callable, Mapping
from pathlib import Path


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1000])


def _change_a_bit(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


DAMAGES: Mapping[str, Callable[[Path], None]] = {
    "emptied": _empty,
    "cut": _cut,
    "one bit changed": _change_a_bit,
    "deleted": Path.unlink,
}
