"""A file is written as a whole or stays as it was, and nothing is left beside it."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aimocap_blender.whole_files import (
    check_writable,
    delete_take,
    file_name_of,
    replacing,
    replacing_chosen,
    write_durably,
    write_whole,
)

from .special_files import KINDS, kind_of, special_file


def torn() -> Iterator[bytes]:
    yield b"half of the new"
    raise OSError(28, "No space left on device")


def replace_and_fail(path: Path) -> None:
    with replacing(path, path.with_name("new")) as new:
        new.write_bytes(b"half of the new")
        raise OSError(28, "No space left on device")


def write_torn(path: Path) -> None:
    write_whole(path, torn())


@pytest.mark.parametrize("write", [write_torn, replace_and_fail], ids=["pieces", "block"])
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
def test_file_left_by_a_killed_process_gives_its_permissions_to_nothing(tmp_path: Path) -> None:
    left = tmp_path / "api_key.new"
    left.write_bytes(b"half")
    left.chmod(0o666)
    path = tmp_path / "api_key"
    write_durably(path, b"secret")
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not left.exists()


@pytest.mark.fault(86)
class TestChosenPaths:
    @pytest.mark.parametrize("there", [True, False], ids=["file", "dangling"])
    @pytest.mark.parametrize("link", ["../elsewhere/map.json", "by-way-of"])
    def test_a_link_is_kept_and_its_target_written(self, link: str, there: bool, tmp_path: Path) -> None:
        chosen, elsewhere = tmp_path / "chosen", tmp_path / "elsewhere"
        chosen.mkdir()
        elsewhere.mkdir()
        (chosen / "by-way-of").symlink_to(elsewhere / "map.json")
        (chosen / "map.json").symlink_to(link)
        if there:
            (elsewhere / "map.json").write_bytes(b"the old")
        check_writable(chosen / "map.json")
        assert (elsewhere / "map.json").exists() == there
        write_whole(chosen / "map.json", [b"the new"])
        assert (chosen / "map.json").is_symlink()
        assert (elsewhere / "map.json").read_bytes() == b"the new"
        assert [len(list(folder.iterdir())) for folder in (chosen, elsewhere)] == [2, 1]

    @pytest.mark.parametrize("through_link", [False, True])
    @pytest.mark.parametrize("kind", KINDS)
    def test_special_file_is_refused_and_stays(self, kind: str, through_link: bool, tmp_path: Path) -> None:
        path = special_file(kind, tmp_path / "walk.fbx")
        before = kind_of(path)
        chosen = tmp_path / "link.fbx" if through_link else path
        if through_link:
            chosen.symlink_to(path)
        with pytest.raises(OSError, match=r"pipe or a device|[Dd]irectory"):
            check_writable(chosen)
        with pytest.raises(OSError, match=r"pipe or a device|[Dd]irectory"):
            write_whole(chosen, [b"the new"])
        with pytest.raises(OSError, match=r"pipe or a device|[Dd]irectory"), replacing_chosen(chosen, ".fbx") as new:
            new.write_bytes(b"the new")
        assert kind_of(path) == before
        assert len(list(tmp_path.iterdir())) == 1 + through_link

    def test_a_link_to_itself_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "walk.fbx").symlink_to("walk.fbx")
        with pytest.raises(OSError, match="symbolic links"):
            check_writable(tmp_path / "walk.fbx")

    def test_a_folder_that_cannot_be_written_is_found_out_early(self) -> None:
        with pytest.raises(OSError):  # noqa: PT011 -- as the system words it
            check_writable(Path("/proc/self/walk.fbx"))

    def test_the_add_on_s_own_files_replace_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "someone's").write_bytes(b"theirs")
        (tmp_path / "capture.json").symlink_to(tmp_path / "someone's")
        write_durably(tmp_path / "capture.json", b"ours")
        assert (tmp_path / "someone's").read_bytes() == b"theirs"
        assert not (tmp_path / "capture.json").is_symlink()


def test_a_deletion_that_is_interrupted_leaves_no_take(tmp_path: Path) -> None:
    folder = tmp_path / "take"
    folder.mkdir()
    for name in ("lock", "motion.npz", "record.json"):
        (folder / name).touch()
    closed: list[bool] = []

    def interrupt() -> None:
        raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input"):
        delete_take(folder, "record.json", ("lock",), lambda: closed.append(True), interrupt)
    assert (closed, {file.name for file in folder.iterdir()}) == ([True], {"lock", "motion.npz"})
    delete_take(folder, "record.json", ("lock",))
    assert not folder.exists()


def test_folder_behind_a_link_is_not_deleted(tmp_path: Path) -> None:
    somebodys = tmp_path / "documents"
    somebodys.mkdir()
    (somebodys / "preview.json").touch()
    (tmp_path / "link").symlink_to(somebodys, target_is_directory=True)
    delete_take(tmp_path / "link", "preview.json")
    assert (somebodys / "preview.json").exists()


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Läufer/2: Größe?", "Läufer_2__Größe_"),
        ("舞蹈.mp4", "舞蹈_mp4"),
        ("cafe\N{COMBINING ACUTE ACCENT} «1»", "cafe\N{COMBINING ACUTE ACCENT}__1_"),
        ("../x\\y\n", "___x_y_"),
    ],
)
def test_a_title_keeps_its_letters_as_a_file_name(title: str, name: str) -> None:
    assert file_name_of(title) == name


@pytest.mark.parametrize("letter", ["a", "ä", "舞", "😀"])
def test_a_long_title_fits_into_a_file_name(letter: str, tmp_path: Path) -> None:
    name = file_name_of(200 * letter)
    assert set(name) == {letter}
    write_whole(tmp_path / f"{name}_8fb9c3dc_report.json", [b"new"])
    longest = 251 // len(letter.encode()) * letter + ".bvh"  # as a user may choose it
    write_whole(tmp_path / longest, [b"new"])
    assert len(list(tmp_path.iterdir())) == 2
