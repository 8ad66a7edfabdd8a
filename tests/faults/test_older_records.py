"""A record, or a whole captures folder, that is older than the service: a backup, a synced folder, a copy."""

import shutil
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import Capture
from aimocap_blender.jobs.ledger import LOG, RECORD, Ledger
from aimocap_blender.texts.faults import Fault
from tests.jobs.desk import Desk
from tests.standin import StandIn

from .marks import Seen

WITNESS = "submitted.log"


class Backups:
    """Each version of a captures folder's record and log, as they were when the record was saved."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self.states: list[str] = []
        self._kept: list[tuple[bytes, bytes]] = []
        honest = Ledger.save

        def save(ledger: Ledger, capture: Capture) -> Capture:
            saved = honest(ledger, capture)
            record, log = folder / saved.id / RECORD, folder / LOG
            self.states.append(saved.state)
            self._kept.append((record.read_bytes(), log.read_bytes() if log.exists() else b""))
            return saved

        monkeypatch.setattr(Ledger, "save", save)

    def restore(self, version: int, capture_id: str, log: str) -> None:
        """Put a version's record back; its log is `kept` as it is, `restored` too, or `lost`."""
        record, noted = self._kept[version]
        (self._folder / capture_id / RECORD).write_bytes(record)
        if log == "restored":
            (self._folder / LOG).write_bytes(noted)
        elif log == "lost":
            (self._folder / LOG).unlink()


@pytest.mark.fault(78)
@pytest.mark.parametrize("log", ["kept", "restored", "lost"])
@pytest.mark.parametrize("witness", [True, False], ids=["witness", "no witness"])
def test_each_earlier_record_of_a_paid_capture(
    witness: bool, log: str, standin: StandIn, folder: Path, video: Path, monkeypatch: pytest.MonkeyPatch, seen: Seen
) -> None:
    """Where a note is left it is asked about; where none is, and the record knows no job, the user is."""
    beside = folder.parent / WITNESS
    standin.hold("processing")
    with Desk(folder, standin.base_url, standin.api_key, witness=beside) as desk:
        backups = Backups(folder, monkeypatch)
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.state == "running" and "Processing" in view.what)
    monkeypatch.undo()
    assert {"queued", "creating", "created", "uploaded", "submitting", "running"} <= set(backups.states)
    kept = shutil.copytree(folder, folder.with_name("kept"))
    noted = beside.read_bytes()
    ends: dict[str, str] = {}
    for version, state in enumerate(backups.states):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        backups.restore(version, capture_id, log)
        beside.write_bytes(noted)
        if not witness:
            beside.unlink()
        with Desk(folder, standin.base_url, standin.api_key, witness=beside) as desk:
            view = desk.wait(
                capture_id,
                lambda view: view.state == "running" or not view.followed,
            )
            ends[state] = view.state
            assert len(standin.charges) == 1, state
            if view.state == "unconfirmed":
                assert "not known whether this capture was submitted before" in view.what
                assert (view.can_check_again, view.job_id) == (False, "")
    assert {ends[state] for state in ("created", "uploaded", "submitting", "running")} == {"running"}
    unknown = "running" if witness or log == "kept" else "unconfirmed"
    assert {ends[state] for state in ("queued", "creating")} == {unknown}
    seen(f"log {log}, witness {'kept' if witness else 'lost'}: {', '.join(sorted(set(ends.values())))}; 1 charged")


@pytest.mark.fault(78)
def test_a_capture_in_no_note_is_submitted_when_its_user_says_so(
    standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.online = True
        standin.faults.add(step="create", times=None, status=503)
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.failures > 0)
    standin.faults.clear()
    (folder / LOG).unlink()
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        view = desk.to_the_end(capture_id)
        assert (view.state, view.paid) == ("unconfirmed", False)
        desk.runner.submit_anyway(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1
    seen("no note of a capture that waits: asked, then done")


@pytest.mark.fault(78)
def test_a_copied_folder_on_another_computer(standin: StandIn, folder: Path, video: Path, seen: Seen) -> None:
    """With the log in it, a capture that waits goes on there as a farm's would."""
    with Desk(folder, standin.base_url, standin.api_key, witness=folder.parent / WITNESS) as desk:
        held = standin.faults.add(step="create", hold="before", times=None, status=503)
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        copy = shutil.copytree(folder, folder.with_name("elsewhere"), ignore=shutil.ignore_patterns("lock*"))
        standin.faults.clear()
        assert desk.to_the_end(capture_id).state == "done"
    with Desk(copy, standin.base_url, standin.api_key, witness=folder.parent / "another.log") as desk:
        other = desk.to_the_end(capture_id)
    seen(f"copied while it waited: {other.state} there, {len(standin.charges)} charged")
    assert len(standin.charges) == 2  # nobody can tell it from the first


@pytest.mark.fault(97)
@pytest.mark.parametrize("left", ["nothing", "previews"])
def test_a_captures_folder_whose_drive_is_gone(
    left: str, standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    """No folder is made in its place, in which no capture is known; another one may be chosen."""
    away, beside = folder.with_name("drive"), folder.parent / WITNESS

    def desk(*, start: bool = True) -> Desk:
        return Desk(folder, standin.base_url, standin.api_key, start=start, witness=beside)

    with desk() as before:
        assert before.to_the_end(before.begin(video)).state == "done"
    folder.rename(away)
    if left == "previews":
        (folder / ".previews").mkdir(parents=True)
    with pytest.raises(Fault, match="gone") as refused:
        desk(start=False).begin(video)
    assert not list(folder.glob("*/capture.json"))
    elsewhere = folder.with_name("elsewhere")
    with Desk(elsewhere, standin.base_url, standin.api_key, witness=beside) as other:
        assert other.to_the_end(other.begin(video)).state == "done"
    shutil.rmtree(folder, ignore_errors=True)
    away.rename(folder)
    with desk() as back:
        assert back.to_the_end(back.begin(video)).state == "done"
    assert len(standin.charges) == 3
    seen(f"{refused.value} Another folder, and this one once it is back, take captures")


@pytest.mark.fault(97)
def test_a_capture_whose_drive_goes_away_is_submitted_once_it_is_back(
    standin: StandIn, folder: Path, video: Path, seen: Seen
) -> None:
    """A note in a folder that is made in its place would have the earlier capture paid again."""
    away, beside = folder.with_name("drive"), folder.parent / WITNESS
    with Desk(folder, standin.base_url, standin.api_key, witness=beside) as desk:
        desk.to_the_end(desk.begin(video))
        upload = standin.faults.add(step="upload", hold="after")
        capture_id = desk.begin(video, trim_end_sec=3.0)
        assert upload.reached.wait(20)
        folder.rename(away)
        upload.release()
        waiting = desk.wait(capture_id, lambda view: view.state == "uploaded" and view.failures > 0)
        with pytest.raises(Fault, match="gone"):
            desk.begin(video)
    shutil.rmtree(folder)
    away.rename(folder)
    with Desk(folder, standin.base_url, standin.api_key, witness=beside) as back:
        assert back.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 2
    seen(f"{waiting.what} {waiting.next_step} Done once the drive is back")


def test_a_folder_that_was_deleted_before_anything_was_paid_is_made_anew(
    standin: StandIn, folder: Path, video: Path
) -> None:
    for _ in range(2):
        with Desk(folder, standin.base_url, standin.api_key, start=False, witness=folder.parent / WITNESS) as unpaid:
            unpaid.begin(video)
        shutil.rmtree(folder)
