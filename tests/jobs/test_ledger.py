"""The captures on disk: a crash leaves the old record or the new one, and two processes never drive one capture."""

import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import Capture, State
from aimocap_blender.jobs.leased_lock import FileLock
from aimocap_blender.jobs.ledger import Ledger
from tests.jobs.example_captures import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(folder: Path) -> Ledger:
    ledger = Ledger(folder)
    ledger.make_folder(EXAMPLE.id)
    return ledger


def test_saved_capture_is_loaded_with_a_higher_revision(ledger: Ledger) -> None:
    saved = ledger.save(EXAMPLE)
    again = ledger.save(replace(saved, state=State.RUNNING))
    assert (saved.revision, again.revision) == (1, 2)
    assert ledger.load(EXAMPLE.id) == again
    assert ledger.ids() == (EXAMPLE.id,)


def test_a_new_capture_never_takes_the_folder_of_another(ledger: Ledger) -> None:
    saved = ledger.save(EXAMPLE)
    with pytest.raises(FileExistsError):
        ledger.make_folder(EXAMPLE.id)
    assert ledger.load(EXAMPLE.id) == saved


def test_a_record_is_for_its_owner_alone(ledger: Ledger, folder: Path) -> None:
    ledger.save(EXAMPLE)
    if os.name == "posix":
        assert stat.S_IMODE((folder / EXAMPLE.id / "capture.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_save_that_fails_leaves_the_old_record(step: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    saved = ledger.save(EXAMPLE)
    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
    with pytest.raises(OSError, match="No space"):
        ledger.save(replace(saved, state=State.RUNNING))
    monkeypatch.undo()
    assert ledger.load(EXAMPLE.id) == saved


def test_the_record_is_synced_before_it_takes_its_place(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    sync, put = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        done.append("sync")
        sync(handle)

    def noted_replace(path: Path, to: Path) -> Path:
        done.append("replace")
        return put(path, to)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    ledger.save(EXAMPLE)
    assert done[:2] == ["sync", "replace"]


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_a_torn_record_is_set_aside_not_guessed_at(length: int, ledger: Ledger, folder: Path) -> None:
    ledger.save(EXAMPLE)
    record = folder / EXAMPLE.id / "capture.json"
    torn = record.read_bytes()[:length]
    record.write_bytes(torn)
    assert ledger.load(EXAMPLE.id) is None
    assert ledger.quarantine(EXAMPLE.id)
    assert ledger.ids() == ()
    assert (folder / EXAMPLE.id / "capture.torn.json").read_bytes() == torn
    assert EXAMPLE.id in (folder / "ledger.log").read_text(encoding="ascii")


def test_a_record_of_a_later_version_is_left_alone(ledger: Ledger, folder: Path) -> None:
    ledger.save(EXAMPLE)
    record = folder / EXAMPLE.id / "capture.json"
    later = json.loads(record.read_bytes()) | {"v": 3, "state": "something new"}
    record.write_text(json.dumps(later), encoding="ascii")
    assert ledger.load(EXAMPLE.id) is None
    assert not ledger.quarantine(EXAMPLE.id)
    assert json.loads(record.read_bytes()) == later


def test_a_record_in_another_captures_folder_is_not_taken(ledger: Ledger, folder: Path) -> None:
    ledger.save(EXAMPLE)
    (folder / EXAMPLE.id).rename(folder / "copied")
    assert ledger.load("copied") is None


def test_notes_are_lines_that_only_grow(ledger: Ledger, folder: Path) -> None:
    ledger.log.add("1", "job_a", "created")
    before = (folder / "ledger.log").read_bytes()
    ledger.log.add("1", "job_b\n", "submitting")
    after = (folder / "ledger.log").read_bytes()
    assert after.startswith(before)
    assert [json.loads(line)["job"] for line in after.splitlines()] == ["job_a", "job_b\n"]


def test_a_lock_is_held_once(ledger: Ledger) -> None:
    lock = ledger.lock(EXAMPLE.id)
    assert lock is not None
    assert ledger.lock(EXAMPLE.id) is None
    lock.release()
    again = ledger.lock(EXAMPLE.id)
    assert again is not None
    again.release()


def test_the_kernel_drops_the_lock_of_a_killed_process(ledger: Ledger, folder: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from aimocap_blender.jobs.leased_lock import FileLock\n"
        "lock = FileLock.take(Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()"
    )
    path = folder / EXAMPLE.id / "lock"
    command = [sys.executable, "-c", program, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert ledger.lock(EXAMPLE.id) is None
        other.kill()
        other.wait(20)
    lock = FileLock.take(path)
    assert lock is not None
    lock.release()


def test_one_of_many_claims_the_application(ledger: Ledger) -> None:
    ledger.save(EXAMPLE)
    assert not ledger.is_applied(EXAMPLE.id)
    assert [ledger.claim_application(EXAMPLE.id) for _ in range(3)] == [True, False, False]
    assert ledger.is_applied(EXAMPLE.id)


def test_no_folder_yet_is_no_captures(tmp_path: Path) -> None:
    assert Ledger(tmp_path / "none").ids() == ()
    assert isinstance(EXAMPLE, Capture)
