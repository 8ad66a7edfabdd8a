"""A file that is refused for a moment, as Windows refuses one that a scanner reads, is tried again; others are not."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aimocap_blender import whole_files
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.trash import Trash
from aimocap_blender.whole_files import is_reserved, renamed, write_durably, write_whole
from tests.jobs.example_captures import EXAMPLE


class HeldError(PermissionError):
    """As Windows raises it."""

    winerror = 32


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[Path]]:
    """Have renames refused so many times; the list tells which were tried."""
    really = Path.replace

    def hold(times: float) -> list[Path]:
        tried: list[Path] = []

        def replace(path: Path, to: Path) -> Path:
            tried.append(path)
            if len(tried) <= times:
                raise HeldError(13, "The process cannot access the file")
            return really(path, to)

        monkeypatch.setattr(Path, "replace", replace)
        return tried

    return hold


@pytest.mark.fault(74)
def test_a_rename_refused_for_a_moment_is_tried_again(tmp_path: Path, refused: Callable[[float], list[Path]]) -> None:
    writers: tuple[Callable[[Path, bytes], object], ...] = (
        write_durably,
        lambda path, content: write_whole(path, [content]),
    )
    for write in writers:
        file = tmp_path / "map.json"
        file.write_bytes(b"old")
        tried = refused(3)
        write(file, b"new")
        assert len(tried) == 4
        assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("map.json", b"new")]


@pytest.mark.fault(74)
def test_a_folder_refused_for_a_moment_is_moved(tmp_path: Path, refused: Callable[[float], list[Path]]) -> None:
    ledger = Ledger(tmp_path)
    ledger.save(EXAMPLE)
    tried = refused(3)
    Trash(ledger, Timing()).put(EXAMPLE.id, None)
    assert len(tried) == 4
    assert ledger.ids() == ()
    tried = refused(3)
    Trash(ledger, Timing()).restore(EXAMPLE.id)
    assert ledger.ids() == (EXAMPLE.id,)


@pytest.mark.fault(74)
def test_a_rename_refused_for_good_leaves_what_was_there(
    tmp_path: Path, refused: Callable[[float], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "capture.json"
    file.write_bytes(b"old")
    monkeypatch.setattr(whole_files, "_PATIENCE_SEC", 0.1)
    tried = refused(float("inf"))
    with pytest.raises(HeldError):
        write_durably(file, b"new")
    assert len(tried) > 1
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("capture.json", b"old")]


def test_lasting_error_is_not_tried_again(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        renamed(tmp_path / "none", tmp_path / "some")


@pytest.mark.parametrize("name", ["con.json", "NUL", "Aux.fbx", "com1.tar.gz", "LPT9 .blend", "COM².json"])
def test_a_name_of_a_device_is_refused_on_windows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_reserved(tmp_path / name)
    monkeypatch.setattr(whole_files, "_RESERVES", True)
    with pytest.raises(OSError, match="reserves this name"):
        write_whole(tmp_path / name, [b""])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["console.json", "null", "com10.json", "my con.json", "auxiliary.fbx", ".con"])
def test_other_names_are_not(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "_RESERVES", True)
    write_whole(tmp_path / name, [b"x"])
    assert (tmp_path / name).read_bytes() == b"x"


@pytest.mark.skipif(sys.platform == "win32", reason="paths are longer there only in this simulation")
def test_a_captures_folder_with_too_long_a_path_is_refused_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every name of a capture's folder fits, or none is made: a paid motion always finds its place."""
    opened = os.open

    def limited(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if len(str(path)) >= 260:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return opened(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", limited)
    outcomes = set[str]()
    for length in range(180, 262 - len(EXAMPLE.id)):
        deep = tmp_path / ("d" * (length - len(str(tmp_path)) - 1))
        ledger = Ledger(deep)
        try:
            ledger.make_folder(EXAMPLE.id)
        except FileNotFoundError:
            outcomes.add("refused")
            assert list(deep.iterdir()) == []
            continue
        outcomes.add("made")
        for name in ("capture.json.new", "motion.rejected.0a1b2c3d.json", "motion.json.part.json", "capture.torn.json"):
            os.close(os.open(deep / EXAMPLE.id / name, os.O_CREAT | os.O_WRONLY, 0o600))
    assert outcomes == {"made", "refused"}
