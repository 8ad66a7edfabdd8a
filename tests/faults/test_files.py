"""Whole captures while the disk, the video or the names of files are not as they should be."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from aimocap_blender.texts.faults import Fault
from tests.jobs.desk import FBX_START, Desk, big
from tests.service.raw_server import RawServer, reply
from tests.standin import StandIn

from .conftest import Ended, ranges
from .marks import Seen
from .small_disk import SmallDisk

ROOT = Path(__file__).resolve().parents[2]
OWN_NAMES = {
    "capture.json",
    "capture.json.new",
    "lock",
    "lock.lease",
    "motion.fbx",
    "preview.mp4",
    "ledger.log",
    ".beginning.lock",
    "motion.fbx.part",
    "motion.fbx.part.json",
    "preview.mp4.part",
    "preview.mp4.part.json",
}


class TestSmallDisk:
    @pytest.mark.fault(35)
    def test_full_in_a_download(self, standin: StandIn, folder: Path, video: Path, motion: Path, ended: Ended) -> None:
        motion.write_bytes(FBX_START + bytes(400_000))
        with SmallDisk(folder, "256k") as disk, Desk(folder, standin.base_url, standin.api_key) as desk:
            capture_id = desk.begin(video)
            assert ended(desk, capture_id) == "blocked"
            assert "could not be written" in desk.view(capture_id).what
            kept = (folder / capture_id / "motion.fbx.part").stat().st_size
            disk.change("size=10m")
            desk.runner.follow(capture_id)
            assert ended(desk, capture_id) == "done"
            assert ranges(standin)[:2] == [None, f"bytes={kept}-"]
            assert desk.view(capture_id).files["fbx"].read_bytes() == motion.read_bytes()

    @pytest.mark.fault(36)
    def test_read_only_in_a_download(
        self, standin: StandIn, folder: Path, video: Path, seen: Seen, ended: Ended
    ) -> None:
        standin.hold("processing")
        with SmallDisk(folder, "10m") as disk:
            with Desk(folder, standin.base_url, standin.api_key) as desk:
                capture_id = desk.begin(video)
                desk.wait(capture_id, lambda view: "Processing" in view.what)
            disk.change("ro")
            standin.release()
            with Desk(folder, standin.base_url, standin.api_key) as desk:
                view = desk.wait(capture_id, lambda view: "could not be written" in view.what)
                seen(view.what)
                assert view.paid
                disk.change("rw")
                assert ended(desk, capture_id) == "done"

    @pytest.mark.fault(37)
    def test_full_before_the_submission(
        self, standin: StandIn, folder: Path, video: Path, seen: Seen, ended: Ended
    ) -> None:
        with SmallDisk(folder, "512k") as disk, Desk(folder, standin.base_url, standin.api_key) as desk:
            held = standin.faults.add(step="upload", hold="before")
            capture_id = desk.begin(video)
            assert held.reached.wait(20)
            hog = disk.fill()
            held.release()
            view = desk.wait(capture_id, lambda view: "could not be written" in view.what)
            seen(view.what)
            assert not view.paid
            assert "complete_upload" not in standin.steps()
            hog.unlink()
            assert ended(desk, capture_id) == "done"


@pytest.mark.fault(35)
def test_files_may_not_grow_any_more(standin: StandIn, folder: Path, video: Path, motion: Path, seen: Seen) -> None:
    command = [sys.executable, "-m", "tests.jobs.desk", str(folder), standin.base_url, standin.api_key, str(video)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
    )
    capture_id, state = done.stdout.split()
    assert state == "blocked"
    assert (folder / capture_id / "motion.fbx.part").stat().st_size == 60_000
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        desk.runner.follow(capture_id)
        view = desk.to_the_end(capture_id)
        assert view.files["fbx"].read_bytes() == motion.read_bytes()
    assert ranges(standin)[:2] == [None, "bytes=60000-"]
    assert len(standin.charges) == 1
    seen(f"{state} with the part kept, then {view.state}")


@pytest.mark.fault(36)
def test_something_else_in_the_files_place(
    standin: StandIn, desk: Desk, folder: Path, video: Path, ended: Ended
) -> None:
    held = standin.faults.add(step="result", hold="before")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    in_the_way = folder / capture_id / "motion.fbx.part"
    in_the_way.mkdir()
    held.release()
    assert ended(desk, capture_id) == "blocked"
    in_the_way.rmdir()
    desk.runner.follow(capture_id)
    assert ended(desk, capture_id) == "done"


@pytest.mark.fault(38)
def test_the_video_is_gone_before_the_upload(standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    held = standin.faults.add(step="create", hold="after")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    video.unlink()
    held.release()
    assert ended(desk, capture_id) == "blocked"
    assert "upload" not in standin.steps()
    assert standin.charges == []


@pytest.mark.fault(39)
@pytest.mark.parametrize("change", ["grow", "shrink", "edit", "delete"])
def test_the_video_changes_during_the_upload(
    change: str, standin: StandIn, desk: Desk, tmp_path: Path, ended: Ended
) -> None:
    file = big(tmp_path)
    held = standin.faults.add(step="upload", hold="reading", after_bytes=1000)
    capture_id = desk.begin(file)
    assert held.reached.wait(20)
    if change == "delete":
        file.unlink()
    elif change == "edit":
        with file.open("r+b") as opened:
            opened.seek(24 * 2**20)
            opened.write(b"x")
    else:
        os.truncate(file, 2**20 if change == "shrink" else 64 * 2**20)
    held.release()
    assert ended(desk, capture_id) == "blocked"
    assert not desk.view(capture_id).paid
    assert "complete_upload" not in standin.steps()
    assert standin.charges == []
    desk.runner.stop_following(capture_id)
    assert desk.view(capture_id).state == "stopped"


@pytest.mark.fault(40)
def test_an_empty_video(standin: StandIn, desk: Desk, tmp_path: Path, seen: Seen) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(Fault) as refused:
        desk.begin(empty)
    seen(f"refused: {refused.value.what}")
    assert standin.requests == []


NAMES = ["a b  c.mp4", "歩く 😀 é.mp4", "x" * 251 + ".mp4", os.fsdecode(b"not \xff utf-8.mp4")]


@pytest.mark.fault(44)
@pytest.mark.parametrize("name", NAMES)
def test_names_in_every_script(name: str, standin: StandIn, desk: Desk, video: Path, ended: Ended) -> None:
    assert ended(desk, desk.begin(video.rename(video.with_name(name)), title=name[:200])) == "done"
    (job,) = standin.jobs
    assert job.order.filename == name.encode("utf-8", "replace").decode("utf-8")


@pytest.mark.fault(45)
@pytest.mark.parametrize("job_id", ["..", "../../../evil", "CON", "nul\x00", "a\\..\\b", "C:evil"])
def test_a_job_named_like_a_path(
    job_id: str, standin: StandIn, desk: Desk, folder: Path, video: Path, tmp_path: Path, seen: Seen
) -> None:
    before = set(tmp_path.iterdir())
    standin.faults.add(step="create", merge={"jobId": job_id})
    capture_id = desk.begin(video)
    view = desk.to_the_end(capture_id)
    if view.state == "blocked":
        desk.runner.follow(capture_id)
        assert desk.to_the_end(capture_id).state == "done"
    seen(f"{job_id!r}: {view.state}, no such file")
    assert set(tmp_path.iterdir()) == before | {folder}
    assert {file.name for file in folder.rglob("*") if file.is_file()} <= OWN_NAMES
    assert len(standin.charges) == 1


@pytest.mark.fault(45)
def test_results_named_like_paths(
    standin: StandIn, desk: Desk, folder: Path, video: Path, tmp_path: Path, seen: Seen
) -> None:
    with RawServer([reply("200 OK", FBX_START, Content_Disposition='attachment; filename="../../CON"')]) as storage:
        standin.faults.add(step="result", merge={"fbxUrl": f"{storage.url}/..%2f..%2fCON%00/../evil.fbx?x=1"})
        view = desk.to_the_end(desk.begin(video))
    assert [path.name for path in view.files.values()] == ["motion.fbx"] or "preview" in view.files
    assert {file.name for file in folder.rglob("*") if file.is_file()} <= OWN_NAMES
    assert not any("evil" in file.name or "CON" in file.name for file in tmp_path.rglob("*"))
    seen(f"{view.state} as {view.files['fbx'].name}")
