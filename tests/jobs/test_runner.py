"""The whole life of captures, driven for real against the stand-in."""

import json
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import Capture
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.texts.faults import Fault
from tests.standin import Results, StandIn

from .desk import Desk, big

WHOLE_LIFE = ["create", "job", "upload", "job", "complete_upload", "job", "job", "job", "job", "result", "download"]


@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("target", ["default", "unitree_g1", "avatar:hero-7"])
def test_a_capture_comes_to_its_end(generation: str, target: str, video: Path, motion: Path, folder: Path) -> None:
    with StandIn(generation, results=Results(fbx=motion), takes_avatars=True) as standin:
        with Desk(folder, standin.base_url, standin.api_key) as desk:
            capture_id = desk.begin(video, target_ids=(target,))
            view = desk.to_the_end(capture_id)
        assert standin.violations == []
        assert [charge.credits for charge in standin.charges] == [2.5]
        steps = (["create"] if generation == "B" else []) + WHOLE_LIFE
        assert standin.steps()[: len(steps)] == steps
        assert standin.steps()[len(steps) :] in ([], ["download"])  # the preview, if there was time
        uploaded = next(request for request in standin.requests if request.step == "upload")
        assert uploaded.body_bytes == video.stat().st_size
    assert (view.state, view.paid, view.credits, view.target_ids) == ("done", True, 2.5, (target,))
    kind, name = ("robot_motion_json", "motion.json") if target == "unitree_g1" else ("fbx", "motion.fbx")
    assert view.files[kind] == folder / capture_id / name
    if kind == "fbx":
        assert view.files[kind].read_bytes() == motion.read_bytes()
    assert view.binding == {"armature": "Hero", "frames": [1, 2.5]}
    assert not any(folder.glob("*/*.part*"))
    record = (folder / capture_id / "capture.json").read_text(encoding="ascii")
    assert "X-Signature" not in record
    assert standin.api_key not in record
    begun, *later = map(json.loads, (folder / "ledger.log").read_text(encoding="ascii").splitlines())
    assert (begun["job"], begun["state"]) == ("", "queued")
    assert {line["job"] for line in later} == {charge.job_id for charge in standin.charges}


@pytest.mark.parametrize("generation", ["A", "B"])
def test_chosen_options_go_to_b_and_a_goes_on_without_and_says_so(generation: str, video: Path, folder: Path) -> None:
    with StandIn(generation) as standin, Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.verify = lambda _kind, _path: None
        view = desk.to_the_end(desk.begin(video, export_fps=60, mocap_type="upper_body"))
        created = [request.body for request in standin.requests if request.step == "create"]
        assert (created[0]["exportFps"], created[0]["mocapType"]) == (60, "upper_body")
        assert len(created) == (2 if generation == "A" else 1)
    assert view.state == "done"
    assert ("export frame rate" in view.next_step) == (generation == "A")


def test_the_generation_is_remembered_over_a_restart(video: Path, motion: Path, folder: Path) -> None:
    with StandIn("B", results=Results(fbx=motion)) as standin:
        for _ in range(2):
            with Desk(folder, standin.base_url, standin.api_key) as desk:
                assert desk.to_the_end(desk.begin(video)).state == "done"
                assert desk.to_the_end(desk.begin(video)).state == "done"
        assert standin.steps().count("create") == 5


class TestStop:
    def test_is_a_cancel_while_uploading(self, standin: StandIn, desk: Desk, tmp_path: Path) -> None:
        stuck = standin.faults.add(step="upload", hold="reading", after_bytes=1000)
        capture_id = desk.begin(big(tmp_path))
        assert stuck.reached.wait(20)
        desk.runner.stop_following(capture_id)
        assert desk.view(capture_id).state == "stopped"
        standin.faults.clear()
        desk.runner.close()
        assert desk.view(capture_id).state == "stopped"
        assert "complete_upload" not in standin.steps()
        with pytest.raises(Fault):
            desk.runner.follow(capture_id)

    def test_never_breaks_off_a_submission(self, standin: StandIn, desk: Desk, video: Path) -> None:
        held = standin.faults.add(step="complete_upload", hold="before")
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        desk.runner.stop_following(capture_id)
        assert not desk.view(capture_id).followed
        held.release()
        assert standin.wait_until(lambda: len(standin.charges) == 1)
        view = desk.wait(capture_id, lambda view: view.state == "running")
        assert (view.followed, view.can_follow, view.paid) == (False, True, True)
        desk.runner.follow(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
        assert len(standin.charges) == 1

    def test_only_stops_watching_what_is_paid_also_over_a_restart(
        self, standin: StandIn, folder: Path, video: Path
    ) -> None:
        standin.hold("processing")
        with Desk(folder, standin.base_url, standin.api_key) as desk:
            capture_id = desk.begin(video)
            desk.wait(capture_id, lambda view: "Processing" in view.what)
            desk.runner.stop_following(capture_id)
            view = desk.view(capture_id)
            assert (view.state, view.followed, view.can_follow) == ("running", False, True)
        standin.release()
        with Desk(folder, standin.base_url, standin.api_key) as desk:
            assert not desk.view(capture_id).followed
            desk.runner.follow(capture_id)
            assert desk.to_the_end(capture_id).state == "done"
        assert len(standin.charges) == 1


class TestUserDecisions:
    @pytest.fixture
    def unconfirmed(self, standin: StandIn, desk: Desk, video: Path) -> str:
        standin.faults.add(step="complete_upload", acts=False, close=True)
        capture_id = desk.begin(video)
        view = desk.to_the_end(capture_id)
        assert (view.state, view.paid) == ("unconfirmed", True)
        assert standin.steps().count("complete_upload") == 1
        return capture_id

    def test_check_again_only_asks(self, unconfirmed: str, standin: StandIn, desk: Desk) -> None:
        asked = len(standin.requests)
        desk.runner.check_again(unconfirmed)
        assert desk.to_the_end(unconfirmed).state == "unconfirmed"
        assert set(standin.steps()[asked:]) == {"job"}

    def test_submit_anyway_submits(self, unconfirmed: str, standin: StandIn, desk: Desk) -> None:
        with pytest.raises(Fault):
            desk.runner.follow(unconfirmed)
        desk.runner.submit_anyway(unconfirmed)
        assert desk.to_the_end(unconfirmed).state == "done"
        assert len(standin.charges) == 1

    def test_nothing_else_waits_for_them(self, standin: StandIn, desk: Desk, video: Path) -> None:
        capture_id = desk.begin(video)
        desk.to_the_end(capture_id)
        for decide in (desk.runner.check_again, desk.runner.submit_anyway, desk.runner.follow):
            with pytest.raises(Fault):
                decide(capture_id)
        assert len(standin.charges) == 1


@pytest.mark.parametrize("step", ["create", "upload", "job", "result", "download"])
@pytest.mark.parametrize("fault", [{"reset": True}, {"close": True}, {"status": 503}, {"status": 429}], ids=str)
def test_step_that_costs_nothing_is_tried_again(
    step: str, fault: dict[str, object], standin: StandIn, desk: Desk, video: Path
) -> None:
    standin.faults.add(step=step, **fault)
    assert desk.to_the_end(desk.begin(video)).state == "done"
    assert len(standin.charges) == 1


def test_no_key_blocks_in_words(desk: Desk, video: Path) -> None:
    capture_id = desk.begin(video)
    desk.to_the_end(capture_id)
    desk.key = ""
    with pytest.raises(Fault) as refused:
        desk.begin(video)
    assert "key" in refused.value.what


def test_offline_pauses_after_the_request_under_way(standin: StandIn, desk: Desk, video: Path) -> None:
    held = standin.faults.add(step="complete_upload", hold="before")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    desk.online = False
    held.release()
    view = desk.wait(capture_id, lambda view: view.state == "running" and "online access is off" in view.what)
    asked = len(standin.requests)
    assert view.followed
    with pytest.raises(Fault):
        desk.begin(video)
    assert len(standin.requests) == asked
    desk.online = True
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


@pytest.mark.parametrize("temporary", [False, True])
def test_a_clip_made_for_the_capture_goes_when_it_is_submitted(
    temporary: bool, standin: StandIn, desk: Desk, folder: Path, video: Path
) -> None:
    """Until then the job may turn out to be another capture's, and the clip be uploaded once more."""
    (folder / ".clips").mkdir(parents=True)
    video = video.rename(folder / ".clips" / "clip-1.mp4")
    submission = standin.faults.add(step="complete_upload", hold="before")
    look = standin.faults.add(step="job", hold="before", skip=2)
    capture_id = desk.begin(video, temporary_source=temporary)
    assert submission.reached.wait(20)
    assert video.exists()
    submission.release()
    assert look.reached.wait(20)
    assert video.exists() != temporary
    look.release()
    desk.to_the_end(capture_id)


def test_an_unwritable_ledger_refuses_to_submit(
    standin: StandIn, desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    held = standin.faults.add(step="upload", hold="before")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    monkeypatch.setattr(Ledger, "save", full)
    held.release()
    view = desk.wait(capture_id, lambda view: "could not be written" in view.what)
    assert not view.paid
    assert "complete_upload" not in standin.steps()
    monkeypatch.undo()
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


@pytest.mark.parametrize("state", ["creating", "submitting"])
def test_request_is_not_sent_before_its_state_is_saved(
    state: str, standin: StandIn, desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Ledger.save

    def full(ledger: Ledger, capture: Capture) -> Capture:
        if capture.state == state:
            raise OSError(28, "No space left on device")
        return honest(ledger, capture)

    monkeypatch.setattr(Ledger, "save", full)
    capture_id = desk.begin(video)
    desk.wait(capture_id, lambda view: "could not be written" in view.what)
    assert {"creating": "create", "submitting": "complete_upload"}[state] not in standin.steps()
    monkeypatch.undo()
    assert desk.to_the_end(capture_id).state == "done"
    assert len(standin.charges) == 1


def test_an_unwritable_log_refuses_to_submit(
    standin: StandIn, desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Ledger, "note", full)
    capture_id = desk.begin(video)
    view = desk.wait(capture_id, lambda view: "nothing was submitted" in view.what and view.state == "uploaded")
    assert not view.paid
    assert standin.charges == []
    monkeypatch.undo()
    assert desk.to_the_end(capture_id).state == "done"


def test_a_folder_that_cannot_be_made_refuses_to_begin(standin: StandIn, tmp_path: Path, video: Path) -> None:
    (tmp_path / "a file").touch()
    with Desk(tmp_path / "a file", standin.base_url, standin.api_key) as desk, pytest.raises(Fault):
        desk.begin(video)
    assert standin.requests == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_ids": ("dragon",)},
        {"target_ids": ("avatar:",)},
        {"target_ids": ("avatar:a/b",)},
        {"target_ids": ()},
        {"target_ids": ("default", "avatar:7")},
        {"trim_end_sec": 1.5},
        {"trim_start_sec": -1.0},
        {"trim_end_sec": 11.0},
        {"duration_sec": float("nan")},
        {"duration_sec": float("inf"), "trim_end_sec": 11.0},
        {"title": "x" * 201},
        {"source": Path("/no/such/file.mp4")},
        {"source": Path("/")},
    ],
    ids=str,
)
def test_request_that_no_service_could_take_is_refused_at_once(
    wrong: dict[str, object], standin: StandIn, desk: Desk, video: Path, folder: Path
) -> None:
    with pytest.raises(Fault) as refused:
        desk.begin(video, **wrong)
    assert refused.value.what.endswith(".")
    assert standin.requests == []
    assert not folder.exists()


def test_an_empty_video_is_refused(desk: Desk, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(Fault):
        desk.begin(empty)


class TestPreview:
    def test_comes_after_the_motion(self, standin: StandIn, desk: Desk, video: Path) -> None:
        held = standin.faults.add(step="download", skip=1, hold="before")
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        view = desk.view(capture_id)
        assert (view.state, view.followed, list(view.files)) == ("done", False, ["fbx"])
        held.release()
        view = desk.wait(capture_id, lambda view: "preview" in view.files)
        assert view.files["preview"].name == "preview.mp4"

    def test_is_nice_to_have(self, standin: StandIn, desk: Desk, video: Path, folder: Path) -> None:
        standin.faults.add(step="download", skip=1, status=404, times=None)
        capture_id = desk.begin(video)
        desk.to_the_end(capture_id)
        assert standin.wait_until(lambda: standin.steps().count("download") == 2)
        assert desk.until(lambda: "X-Signature" not in (folder / capture_id / "capture.json").read_text("ascii"))
        assert (desk.view(capture_id).state, list(desk.view(capture_id).files)) == ("done", ["fbx"])

    def test_is_given_up_at_the_end_of_the_process(
        self, standin: StandIn, desk: Desk, video: Path, folder: Path
    ) -> None:
        held = standin.faults.add(step="download", skip=1, hold="before")
        capture_id = desk.begin(video)
        assert held.reached.wait(20)
        desk.runner.close()
        assert "X-Signature" not in (folder / capture_id / "capture.json").read_text("ascii")
        assert desk.view(capture_id).state == "done"


def test_views_are_shown_without_the_disk(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capture_id = desk.begin(video)
    desk.to_the_end(capture_id)
    desk.runner.close()

    def forbidden(*_arguments: object, **_named: object) -> None:
        raise AssertionError("the disk was touched")

    for name in ("open", "stat", "iterdir"):
        monkeypatch.setattr(Path, name, forbidden)
    (view,) = desk.runner.captures()
    monkeypatch.undo()
    assert view.id == capture_id
