"""A record on disk deletes nothing, and names nothing, outside its own folder."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import ResultFile, State
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.own_folders import CLIPS
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.trash import Trash
from aimocap_blender.texts.faults import Fault
from tests.jobs.example_captures import EXAMPLE
from tests.standin import StandIn

from .desk import Desk

PLACES: dict[str, Callable[[Path], str]] = {
    "absolute": str,
    "beside the folder": lambda file: f"../{file.name}",
    "through the clips' folder": lambda file: f"{CLIPS}/../../{file.name}",
    "with the other slash": lambda file: f"..\\{file.name}",
    "on another drive": lambda _file: "C:motion.fbx",
    "the folder itself": lambda _file: ".",
    "the folder above": lambda _file: "..",
    "nothing": lambda _file: "",
}


@pytest.fixture
def ledger(folder: Path) -> Ledger:
    return Ledger(folder)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    own = tmp_path / "own.mp4"
    own.write_bytes(b"filmed")
    return own


@pytest.mark.fault(73)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("field", ["files", "rejected"])
def test_a_record_that_names_files_elsewhere_is_refused(field: str, place: str, ledger: Ledger, own: Path) -> None:
    name = PLACES[place](own)
    spoiled = {"files": {"fbx": ResultFile(name, 6, "0", "")}} if field == "files" else {"rejected": (name,)}
    ledger.save(replace(EXAMPLE, state=State.DONE, **spoiled))  # pyrefly: ignore[bad-argument-type] -- by name
    with Desk(ledger.folder, "http://localhost:9", "sk-key") as desk:
        assert desk.runner.captures() == ()
    assert (ledger.folder / EXAMPLE.id / "capture.torn.json").is_file()
    assert own.read_bytes() == b"filmed"


@pytest.mark.fault(73)
@pytest.mark.parametrize("place", ["absolute", "through the clips' folder"])
def test_a_video_elsewhere_that_a_record_calls_temporary_stays(
    place: str, standin: StandIn, ledger: Ledger, own: Path
) -> None:
    (ledger.folder / CLIPS).mkdir(parents=True)
    path = own if place == "absolute" else ledger.folder / PLACES[place](own)
    with Desk(ledger.folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(path, temporary_source=True)
        assert desk.to_the_end(capture_id).state == "done"
        desk.runner.forget(capture_id)
    (ledger.folder / ".trash" / capture_id / "forgotten").unlink()
    Trash(ledger, replace(Timing(), forgotten_days=0)).sweep()
    assert own.read_bytes() == b"filmed"


@pytest.mark.fault(73)
def test_a_link_in_the_trash_is_not_followed(ledger: Ledger, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "letter.txt").write_text("Dear", encoding="ascii")
    (ledger.folder / ".trash").mkdir(parents=True)
    (ledger.folder / ".trash" / "link").symlink_to(documents, target_is_directory=True)
    (ledger.folder / ".trash" / "remains").mkdir()
    (ledger.folder / ".trash" / "remains" / "forgotten").write_bytes(b"." * 7)  # seen there on seven days
    (ledger.folder / ".trash" / "remains" / "link").symlink_to(documents, target_is_directory=True)
    Trash(ledger, Timing()).sweep()
    assert [file.name for file in documents.iterdir()] == ["letter.txt"]
    assert not (ledger.folder / ".trash" / "remains").exists()


def test_nothing_is_restored_from_elsewhere(ledger: Ledger, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (ledger.folder / ".trash").mkdir(parents=True)
    with pytest.raises(Fault, match="no longer in the trash"):
        Trash(ledger, Timing()).restore("../../elsewhere")
    assert list(elsewhere.iterdir()) == []


def test_names_that_the_add_on_gives_are_read(ledger: Ledger) -> None:
    names = ("motion.rejected.0a1b2c3d.fbx", "motion.rejected.00000000.json")
    ledger.save(replace(EXAMPLE, files={"fbx": ResultFile("motion.fbx", 6, "0", "")}, rejected=names))
    loaded = ledger.load(EXAMPLE.id)
    assert loaded is not None
    assert loaded.rejected == names
