"""A file is written as a whole or stays as it was, and nothing is left beside it."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aimocap_blender.whole_files import replacing, write_durably, write_whole


def torn() -> Iterator[bytes]:
    yield b"half of the new"
    raise OSError(28, "No space left on device")


def replace_and_fail(path: Path) -> None:
    with replacing(path, path.with_name("new")) as new:
        new.write_bytes(b"half of the new")
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("write", [lambda path: write_whole(path, torn()), replace_and_fail], ids=["pieces", "block"])
@pytest.mark.parametrize("before", [b"the old", None])
def test_a_write_that_fails_leaves_what_was_there(
    write: Callable[[Path], None], before: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "map.json"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(OSError, match="No space"):
        write(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == ({"map.json": before} if before else {})


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_durable_write_that_fails_leaves_what_was_there(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> int:
        raise OSError(28, "No space left on device")

    path = tmp_path / "capture.json"
    write_durably(path, b"the old")
    monkeypatch.setattr(os, "fsync" if step == "fsync" else "open", full)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, b"the new")
    monkeypatch.undo()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"capture.json": b"the old"}


@pytest.mark.skipif(os.name != "posix", reason="the system has no such permissions")
def test_what_a_killed_process_left_gives_its_permissions_to_nothing(tmp_path: Path) -> None:
    left = tmp_path / "api_key.new"
    left.write_bytes(b"half")
    left.chmod(0o666)
    path = tmp_path / "api_key"
    write_durably(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not left.exists()
