"""Forgotten captures: whole in the list or whole in the trash, whatever dies in between, and gone after a week."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.jobs import runner
from aimocap_blender.jobs.capture import Source, State
from aimocap_blender.jobs.ledger import Ledger, Seen, Survey, survey
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.trash import Trash
from aimocap_blender.texts.faults import Fault
from tests.jobs.example_captures import EXAMPLE
from tests.standin import StandIn

from .desk import QUICK, Desk

ROOT = Path(__file__).resolve().parents[2]
DAY = 86400.0
ID = EXAMPLE.id

DIES = """
import os, sys
from pathlib import Path
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.trash import Trash

folder, act, left = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
CHANGES = {"open", "os.utime", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"}

def at_each_change(event, _arguments):
    global left
    if event in CHANGES:
        left -= 1
        if left < 0:
            os._exit(9)

trash = Trash(Ledger(folder), Timing())
sys.addaudithook(at_each_change)
if act == "put":
    trash.put(sys.argv[4], None)
elif act == "restore":
    trash.restore(sys.argv[4])
else:
    trash.sweep()
os._exit(0)
"""
"""A process that dies before one of the changes that it makes to the disk."""


@pytest.fixture
def ledger(folder: Path) -> Ledger:
    """With a capture that has files and a folder of files."""
    ledger = Ledger(folder)
    ledger.make_folder(ID)
    ledger.save(replace(EXAMPLE, state=State.FAILED))
    ledger.claim_application(ID)
    (folder / ID / "motion.fbx").write_bytes(b"paid for")
    (folder / ID / "more").mkdir()
    (folder / ID / "more" / "notes.txt").write_bytes(b"of somebody")
    return ledger


@pytest.fixture
def trash(ledger: Ledger) -> Trash:
    return Trash(ledger, Timing())


def content(folder: Path) -> dict[str, bytes]:
    """All files of a capture but the lock's and the mark of the trash."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name not in {"lock", "lock.lease", "forgotten"}
    }


def died(folder: Path, act: str, changes: int) -> bool:
    """Let a process do it that dies after so many changes; False where it came to its end before."""
    command = [sys.executable, "-c", DIES, str(folder), act, str(changes), ID]
    status = subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode
    assert status in {0, 9}
    return status == 9


def made_older(folder: Path, days: int) -> None:
    """Have it seen on all but the last of these."""
    mark = folder / ".trash" / ID / "forgotten"
    mark.write_bytes(b"." * (days - 1))
    yesterday = time.time() - DAY
    os.utime(mark, (yesterday, yesterday))


@contextmanager
def held_by_another(lock: Path) -> Generator[None]:
    """Another process has a capture's lock meanwhile."""
    program = (
        "import sys; from pathlib import Path; from aimocap_blender.jobs.leased_lock import FileLock\n"
        "lock = FileLock.take(Path(sys.argv[1])); print(lock is not None, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(lock)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        yield
        other.kill()


def test_it_leaves_the_list_and_comes_back_as_it_was(ledger: Ledger, trash: Trash, folder: Path) -> None:
    before, loaded = content(folder / ID), ledger.load(ID)
    trash.put(ID, None)
    assert (ledger.ids(), ledger.unreadable(), (folder / ID).exists()) == ((), frozenset(), False)
    (forgotten,) = trash.captures()
    assert forgotten.capture == loaded
    assert abs(forgotten.at - time.time()) < DAY
    trash.restore(ID)
    assert (content(folder / ID), ledger.load(ID), ledger.is_applied(ID)) == (before, loaded, True)
    assert trash.captures() == []


def test_the_last_forgotten_comes_first_and_it_may_be_forgotten_once_more(
    ledger: Ledger, trash: Trash, folder: Path
) -> None:
    other = replace(EXAMPLE, id="another-one", state=State.DONE)
    ledger.save(other)
    trash.put(ID, None)
    made_older(folder, 1)
    trash.put(other.id, None)
    assert [forgotten.capture.id for forgotten in trash.captures()] == [other.id, ID]
    trash.restore(ID)
    trash.put(ID, None)
    assert [forgotten.capture.id for forgotten in trash.captures()] == [ID, other.id]


@pytest.mark.slow
@pytest.mark.parametrize("act", ["put", "restore"])
def test_whoever_dies_on_the_way_leaves_it_whole_on_one_side(
    act: str, ledger: Ledger, trash: Trash, folder: Path
) -> None:
    whole, deaths = content(folder / ID), 0
    if act == "restore":
        trash.put(ID, None)
    while died(folder, act, deaths):
        deaths += 1
        in_the_list, in_the_trash = folder / ID, folder / ".trash" / ID
        assert in_the_list.exists() != in_the_trash.exists()
        assert content(in_the_list if in_the_list.exists() else in_the_trash) == whole
        assert bool(ledger.ids()) == (not trash.captures()) == in_the_list.exists()
        if (act == "put") != in_the_list.exists():
            if act == "put":
                trash.restore(ID)
            else:
                trash.put(ID, None)
    assert deaths >= 2
    assert bool(ledger.ids()) == (act == "restore")


def test_a_week_later_it_is_gone_with_its_clip(ledger: Ledger, trash: Trash, folder: Path) -> None:
    clip = folder / ".clips" / "clip.mp4"
    clip.parent.mkdir()
    clip.write_bytes(b"rendered for it")
    source = Source(str(clip), "clip.mp4", 1, 1, "", temporary=True)
    ledger.save(replace(EXAMPLE, state=State.BLOCKED, source=source))
    trash.put(ID, None)
    made_older(folder, 6)
    Trash(ledger, Timing()).sweep()
    Trash(ledger, Timing()).sweep()  # once more on the same day
    assert len(trash.captures()) == 1
    assert clip.exists()
    made_older(folder, 7)
    Trash(ledger, Timing()).sweep()
    assert list((folder / ".trash").iterdir()) == []
    assert not clip.exists()


@pytest.mark.parametrize("days", [-8, 8, 20000])
def test_old_times_of_a_backup_or_a_wrong_clock_delete_nothing(
    days: int, ledger: Ledger, trash: Trash, folder: Path
) -> None:
    trash.put(ID, None)
    then = time.time() - days * DAY
    os.utime(folder / ".trash" / ID / "forgotten", (then, then))
    for _sweep in range(2):
        Trash(ledger, Timing()).sweep()
    trash.restore(ID)
    assert (folder / ID / "motion.fbx").read_bytes() == b"paid for"


@pytest.mark.parametrize("late", [["forgotten"], ["capture.json"], ["forgotten", "capture.json"]])
def test_a_folder_that_a_synced_disk_brings_bit_by_bit_becomes_whole(
    late: list[str], ledger: Ledger, trash: Trash, folder: Path
) -> None:
    trash.put(ID, None)
    there = folder / ".trash" / ID
    for name in late:
        (there / name).rename(folder / name)
    for _sweep in range(2):
        Trash(ledger, Timing()).sweep()
    for name in late:
        (folder / name).replace(there / name)
    trash.restore(ID)
    assert (folder / ID / "motion.fbx").read_bytes() == b"paid for"


def test_a_video_of_somebodys_own_stays(ledger: Ledger, trash: Trash, folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    own.write_bytes(b"filmed")
    ledger.save(replace(EXAMPLE, state=State.BLOCKED, source=Source(str(own), "own.mp4", 1, 1, "", temporary=False)))
    trash.put(ID, None)
    made_older(folder, 8)
    Trash(ledger, Timing()).sweep()
    assert trash.captures() == []
    assert own.exists()


@pytest.mark.slow
def test_a_sweep_that_dies_is_finished_by_the_next(trash: Trash, ledger: Ledger, folder: Path) -> None:
    deaths = 0
    trash.put(ID, None)
    made_older(folder, 8)
    while died(folder, "sweep", deaths):
        deaths += 1
        assert len(list((folder / ".trash").iterdir())) == 1
        Trash(ledger, Timing()).sweep()
        # one that dies at the very end leaves an empty folder for another week
        assert not any(map(content, (folder / ".trash").iterdir()))
        shutil.rmtree(folder / ".trash")
        ledger.save(replace(EXAMPLE, state=State.FAILED))
        (folder / ID / "motion.fbx").write_bytes(b"paid for")
        trash.put(ID, None)
        made_older(folder, 8)
    assert deaths >= 4


def test_capture_that_another_blender_follows_is_neither_moved_nor_deleted(
    ledger: Ledger, trash: Trash, folder: Path
) -> None:
    with held_by_another(folder / ID / "lock"), pytest.raises(Fault, match="Another Blender"):
        trash.put(ID, None)
    assert ledger.ids() == (ID,)
    trash.put(ID, None)
    made_older(folder, 8)
    with held_by_another(folder / ".trash" / ID / "lock"):
        with pytest.raises(Fault, match="Another Blender"):
            trash.restore(ID)
        Trash(ledger, Timing()).sweep()
        assert len(trash.captures()) == 1
    trash.restore(ID)
    assert ledger.ids() == (ID,)


def test_capture_that_another_blender_only_looks_at_is_moved(
    ledger: Ledger, trash: Trash, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as looks:
        looks.enter_context(held_by_another(folder / ID / "lock"))

        def given_back(_seconds: float) -> None:
            looks.close()

        monkeypatch.setattr("aimocap_blender.jobs.trash.time.sleep", given_back)
        trash.put(ID, None)
    assert ledger.ids() == ()


def test_capture_that_left_the_trash_is_not_restored(trash: Trash) -> None:
    with pytest.raises(Fault, match="no longer in the trash"):
        trash.restore(ID)


def test_a_folder_that_cannot_be_moved_stays_in_the_list(
    ledger: Ledger, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refused)
    with pytest.raises(Fault, match="can't be moved"):
        trash.put(ID, None)
    assert ledger.ids() == (ID,)
    lock = ledger.lock(ID)
    assert lock is not None  # it was freed
    lock.release()


def test_one_blender_forgets_and_another_brings_it_back(standin: StandIn, folder: Path, video: Path) -> None:
    with (
        Desk(folder, standin.base_url, standin.api_key) as first,
        Desk(folder, standin.base_url, standin.api_key) as second,
    ):
        capture_id = first.begin(video)
        done = first.wait(capture_id, lambda view: "preview" in view.files)
        assert second.until(lambda: any(view.state == "done" for view in second.runner.captures()))
        first.wait(capture_id, lambda view: not view.followed)
        first.runner.forget(capture_id)
        assert second.until(lambda: second.runner.captures() == ())
        assert list(first.runner.lost_jobs()) == [done.job_id]
        second.runner.restore(capture_id)
        assert first.until(lambda: first.runner.captures() != ())
        back = first.view(capture_id)
        assert (back.state, back.files, back.job_id) == ("done", done.files, done.job_id)
        assert all(file.is_file() for file in back.files.values())
        assert dict(first.runner.lost_jobs()) == {}
    assert len(standin.charges) == 1


def test_one_that_is_forgotten_while_the_folder_is_looked_at_stays_forgotten(
    standin: StandIn, folder: Path, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def looked_too_early(ledger: Ledger, known: Mapping[str, Seen], *_others: object) -> Survey:
        found = survey(ledger, known if looks else {})
        if not looks:
            desk.runner.forget(capture_id)
        looks.append(len(desk.runner.captures()))  # at the second look the first one has been taken in
        return found

    with Desk(folder, standin.base_url, standin.api_key) as desk:
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: "preview" in view.files and not view.followed)
        monkeypatch.setattr(runner, "survey", looked_too_early)
        assert desk.until(lambda: len(looks) > 1)
    assert looks[:2] == [0, 0]


def test_a_blocked_one_goes_on_after_it_came_back(standin: StandIn, folder: Path, tmp_path: Path, video: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(video.read_bytes())
    with Desk(folder, standin.base_url, "sk-another") as desk:
        capture_id = desk.begin(clip, temporary_source=True)
        desk.wait(capture_id, lambda view: view.state == "blocked")
        desk.runner.forget(capture_id)
        desk.key = standin.api_key
        desk.runner.restore(capture_id)
        desk.runner.follow(capture_id)
        assert desk.to_the_end(capture_id).state == "done"


def test_workers_sweep(standin: StandIn, folder: Path, ledger: Ledger, trash: Trash) -> None:
    trash.put(ID, None)
    made_older(folder, 8)
    with Desk(folder, standin.base_url, standin.api_key, replace(QUICK, sweep_sec=0.05)) as desk:
        assert desk.until(lambda: not list((folder / ".trash").iterdir()))
    assert ledger.ids() == ()
