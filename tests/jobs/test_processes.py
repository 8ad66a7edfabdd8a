"""Several processes and one folder of captures: who drives what, what closing leaves, what is forgotten."""

import threading
from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.texts.faults import Fault
from tests.faults.marks import Seen
from tests.standin import StandIn

from .desk import Desk, big


def is_forgotten(desk: Desk, capture_id: str) -> bool:
    """Forget it, unless the other process still has it for a moment."""
    try:
        desk.runner.forget(capture_id)
    except Fault:
        return False
    return desk.runner.captures() == ()


class TestManyProcesses:
    @pytest.mark.fault(41)
    def test_a_second_blender_watches_and_takes_over(
        self, standin: StandIn, folder: Path, video: Path, seen: Seen
    ) -> None:
        standin.hold("processing")
        with Desk(folder, standin.base_url, standin.api_key) as first:
            capture_id = first.begin(video)
            first.wait(capture_id, lambda view: "Processing" in view.what)
            with Desk(folder, standin.base_url, standin.api_key) as second:
                view = second.wait(capture_id, lambda view: "Another Blender" in view.what)
                assert not view.followed
                seen(f"the second one: {view.what}")
                for call in (second.runner.follow, second.runner.stop_following, second.runner.forget):
                    with pytest.raises(Fault):
                        call(capture_id)
                first.runner.close()
                second.wait(capture_id, lambda view: view.followed)
                standin.release()
                assert second.to_the_end(capture_id).state == "done"
        assert standin.steps().count("complete_upload") == 1
        assert len(standin.charges) == 1
        seen("takes over when the first one closes, 1 submitted, 1 charged")

    def test_end_and_forgetting_by_another_blender_are_seen(self, standin: StandIn, folder: Path, video: Path) -> None:
        with (
            Desk(folder, standin.base_url, standin.api_key) as first,
            Desk(folder, standin.base_url, standin.api_key) as second,
        ):
            capture_id = first.begin(video)
            first.wait(capture_id, lambda view: "preview" in view.files)
            assert second.until(lambda: any(view.id == capture_id for view in second.runner.captures()))
            assert second.wait(capture_id, lambda view: "preview" in view.files).state == "done"
            assert [second.runner.claim_application(capture_id), first.runner.claim_application(capture_id)] == [
                True,
                False,
            ]
            first.wait(capture_id, lambda view: view.applied)
            assert second.until(lambda: is_forgotten(second, capture_id))
            assert first.until(lambda: first.runner.captures() == ())
        assert not (folder / capture_id).exists()
        assert len(standin.charges) == 1


class TestClose:
    @pytest.mark.fault(60)
    def test_breaks_off_an_upload_and_goes_on_at_the_next_start(
        self, standin: StandIn, folder: Path, tmp_path: Path
    ) -> None:
        stuck = standin.faults.add(step="upload", hold="reading", after_bytes=1000)
        desk = Desk(folder, standin.base_url, standin.api_key, Timing(close_sec=20))
        capture_id = desk.begin(big(tmp_path))
        assert stuck.reached.wait(20)
        desk.runner.close()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("aimocap worker")]
        lock = Ledger(folder).lock(capture_id)
        assert lock is not None
        lock.release()
        standin.faults.clear()
        with Desk(folder, standin.base_url, standin.api_key) as again:
            assert again.to_the_end(capture_id).state == "done"
        assert len(standin.charges) == 1

    @pytest.mark.fault(59, 60)
    def test_waits_for_a_submission(self, standin: StandIn, folder: Path, video: Path) -> None:
        held = standin.faults.add(step="complete_upload", hold="before")
        desk = Desk(folder, standin.base_url, standin.api_key, Timing(close_sec=20))
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        closing = threading.Thread(target=desk.runner.close)
        closing.start()
        held.release()
        closing.join(20)
        assert not closing.is_alive()
        saved = Ledger(folder).load(capture_id)
        assert saved is not None
        assert saved.state == "running"

    def test_the_same_runner_can_be_started_again(self, standin: StandIn, desk: Desk, video: Path) -> None:
        standin.hold("queued")
        capture_id = desk.begin(video)
        desk.wait(capture_id, lambda view: view.state == "running")
        desk.runner.close()
        standin.release()
        desk.runner.start()
        assert desk.to_the_end(capture_id).state == "done"


class TestForget:
    def test_followed_capture_is_not_forgotten(self, standin: StandIn, desk: Desk, video: Path, folder: Path) -> None:
        standin.hold("processing")
        capture_id = desk.begin(video)
        with pytest.raises(Fault):
            desk.runner.forget(capture_id)
        desk.wait(capture_id, lambda view: view.state == "running")
        desk.runner.stop_following(capture_id)
        desk.runner.forget(capture_id)
        assert desk.runner.captures() == ()
        assert not (folder / capture_id).exists()
        assert standin.charges[0].job_id in (folder / "ledger.log").read_text(encoding="ascii")

    def test_unknown_capture_is_refused(self, desk: Desk) -> None:
        for call in (desk.runner.forget, desk.runner.follow, desk.runner.stop_following, desk.runner.claim_application):
            with pytest.raises(Fault):
                call("nothing")


def test_captures_are_listed_newest_first(standin: StandIn, desk: Desk, video: Path) -> None:
    standin.hold("queued")
    ids = [desk.begin(video, title=f"take {number}") for number in range(5)]
    assert [view.id for view in desk.runner.captures()] == ids[::-1]
    standin.release()
    assert {desk.to_the_end(capture_id).state for capture_id in ids} == {"done"}
    assert len(standin.charges) == 5


@pytest.mark.fault(43)
def test_a_torn_record_does_not_keep_the_others_from_their_end(standin: StandIn, folder: Path, video: Path) -> None:
    standin.hold("processing")
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        torn, whole = desk.begin(video), desk.begin(video)
        for capture_id in (torn, whole):
            desk.wait(capture_id, lambda view: view.state == "running")
    record = folder / torn / "capture.json"
    record.write_bytes(record.read_bytes()[:200])
    standin.release()
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        assert desk.to_the_end(whole).state == "done"
        assert [view.id for view in desk.runner.captures()] == [whole]
    assert (folder / torn / "capture.torn.json").exists()
