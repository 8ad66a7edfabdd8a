"""The command line's function, called in this Blender: what it pays for, what it writes, and what it refuses."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import another, left_over, records, state_of
from tests.special_files import kind_of, special_file
from tests.standin import StandIn
from tests.ui.acts import module

FULL = Path("/dev/full")


def capture_of_job(tmp_path: Path, job: str) -> str:
    """The id of the first capture with that job."""
    return next(file.parent.name for file in records(tmp_path) if json.loads(file.read_text())["job_id"] == job)


@in_newest
@pytest.mark.slow
def test_only_what_is_named_is_paid(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    others = [left_over(tmp_path, another(video, f"{name}.mp4", name.encode())) for name in "ab"]
    assert call("follow", others[0])[0] == 0
    assert call("capture", video)[0] == 0
    assert [state_of(tmp_path, one) for one in others] == ["done", "queued"]
    assert call("follow")[0] == 0
    assert [state_of(tmp_path, one) for one in others] == ["done", "done"]
    assert len(service.charges) == 3


@in_newest
def test_a_list_tells_how_old_they_are(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    left_over(tmp_path, video, created_at=records(tmp_path)[0].stat().st_mtime - 2.5 * 3600)
    ages = [line.split("  ")[1:3] for line in call("list")[1].splitlines()]
    assert [(age.split()[-1], target) for age, target in ages] == [("s", "default"), ("h", "default")]
    assert len(service.charges) == 1


@in_newest
def test_failures_of_an_earlier_process_do_not_count(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    tired = left_over(tmp_path, another(video, "b.mp4", b"b"), counts=module("jobs.capture").Counts(failures=7))
    assert call("follow", tired)[0] == 0
    assert state_of(tmp_path, tired) == "done"
    tired = left_over(tmp_path, another(video, "c.mp4", b"c"), counts=module("jobs.capture").Counts(failures=7))
    service.faults.add(step="job", status=503, times=20)
    status, _, errors = call("follow", tired)
    assert status == 1
    assert "Nothing was paid" in errors


@in_newest
def test_a_motion_that_is_gone_is_fetched_again(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    for _ in range(2):
        for motion in (tmp_path / "captures").glob("*/motion.fbx"):
            motion.unlink()
        for _ in range(2):
            status, output, errors = call("capture", video, "--output", tmp_path / "a.fbx", "--json")
            assert (status, errors) == (0, "")
            assert json.loads(output.splitlines()[0])["step"] == "found"
    assert len(service.charges) == 1


@in_newest
def test_no_folder_is_made_where_the_drive_is_gone(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    (tmp_path / "captures").rename(tmp_path / "drive")
    status, _, errors = call("capture", video)
    assert status == 1
    assert "The captures folder is gone" in errors
    # an empty list would say that nothing was captured
    status, _, errors = call("list")
    assert (status, "The captures folder is gone" in errors) == (1, True)
    assert not (tmp_path / "captures").exists()
    (tmp_path / "drive").rename(tmp_path / "captures")
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 1


@in_newest
def test_a_torn_record_may_be_of_the_video(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    (record,) = records(tmp_path)
    record.write_bytes(record.read_bytes()[:200])
    for _ in range(2):
        status, _, errors = call("capture", video)
        assert status == 1
        assert service.charges[0].job_id in errors
        assert "--again" in errors
    assert len(service.charges) == 1
    assert call("capture", video, "--again")[0] == 0
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 2


@in_newest
@pytest.mark.parametrize("end", ["failed", "canceled"])
def test_capture_that_failed_after_it_may_be_paid_is_not_paid_again_unasked(
    end: str,
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    service.polls = [end]
    assert call("capture", video)[0] == 1
    service.polls = ["completed"]
    job = service.charges[0].job_id
    said = {"failed": "could not finish", "canceled": "was canceled"}[end]
    copied = tmp_path / "copied.mp4"
    copied.write_bytes(video.read_bytes())
    for same in (video, copied):
        status, _, errors = call("capture", same)
        assert status == 1
        assert all(word in errors for word in (job, said, "--again", f"aimocap follow {capture_of_job(tmp_path, job)}"))
    assert call("capture", another(video, "b.mp4"), video)[0] == 1  # in the way of no other
    assert len(service.charges) == 2
    assert call("capture", video, "--again")[0] == 0
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 3


@in_newest
def test_failed_capture_is_delivered_once_it_was_recovered(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    service.polls = ["failed"]
    assert call("capture", video)[0] == 1
    service.jobs[0].move_to("completed")  # the service has repaired it
    assert call("recover", service.jobs[0].id)[0] == 0
    assert call("capture", video, "--output", tmp_path / "a.fbx")[0] == 0
    assert len(service.charges) == 1


@in_newest
def test_failed_capture_is_checked_again_when_it_is_named(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    """Each step says what the service reports; `--patience` says how long that has to stand."""
    service.polls = ["failed"]
    status, output, _ = call("capture", video, "--patience", 0.2, "--json")
    steps = [json.loads(line) for line in output.splitlines()]
    assert status == 1
    assert any(step.get("checking_until") and "reports failed; checking until" in step["what"] for step in steps)
    (record,) = records(tmp_path)
    capture_id = record.parent.name
    service.faults.add(step="job", status=410)
    assert call("follow", capture_id, "--patience", 0)[0] == 1
    service.jobs[0].move_to("completed")  # the service has repaired it
    assert call("follow", capture_id)[0] == 0
    assert call("capture", video, "--output", tmp_path / "a.fbx")[0] == 0
    assert len(service.charges) == 1


@in_newest
def test_after_what_came_to_nothing_only_a_later_one_was_asked_for(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    service.polls = ["failed"]
    assert call("capture", video)[0] == 1
    service.polls = ["completed"]
    at = module("jobs.ledger").Ledger(tmp_path / "captures").captures()[0].created_at
    left_over(tmp_path, video, created_at=at - 1.0)
    assert call("capture", video)[0] == 1
    assert len(service.charges) == 1
    left_over(tmp_path, video, created_at=at + 1.0)
    assert call("capture", video)[0] == 0
    assert len(service.charges) == 2


@in_newest
def test_captures_that_ended_before_they_were_paid_are_in_nobody_s_way(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    assert call("capture", video)[0] == 0
    states = ("failed", "canceled", "rejected", "stopped")
    for number, state in enumerate(states, 2):
        other = another(video, f"{state}.mp4", state.encode())
        left_over(tmp_path, other, state=module("jobs.capture").State(state), job_id=f"job_{number}")
        assert call("capture", other)[0] == 0
        assert len(service.charges) == number


@in_newest
def test_a_video_is_known_by_all_its_bytes(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    one, alike = another(video, "one.mp4", b"1"), another(video, "alike.mp4", b"2")
    assert call("capture", one)[0] == 0
    assert call("capture", alike)[0] == 0
    assert len(service.charges) == 2
    elsewhere = tmp_path / "node"
    elsewhere.mkdir()
    one.rename(elsewhere / "copied.mp4")
    os.utime(elsewhere / "copied.mp4", (1.0, 1.0))
    assert call("capture", elsewhere / "copied.mp4")[0] == 0
    assert len(service.charges) == 2


@pytest.mark.slow
@pytest.mark.usefixtures("sampled_once")
def test_work_in_the_output_is_not_overwritten(
    call: Any,
    service: StandIn,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    fbx, blend = tmp_path / "out" / "a.fbx", tmp_path / "out" / "b.blend"
    wanted = {
        fbx: ("capture", video, "--output", fbx),
        blend: ("capture", video, "--character", character_blend, "--output", blend),
    }
    for place, asked in wanted.items():
        for _ in range(2):  # what was delivered may be delivered again
            assert call(*asked)[0] == 0
        delivered = place.read_bytes()
        place.write_bytes(b"work")
        asked_of = len(service.requests)
        status, _, errors = call(*asked)
        assert status == 1
        assert "--overwrite" in errors
        assert (place.read_bytes(), len(service.requests)) == (b"work", asked_of)
        assert call(*asked, "--overwrite")[0] == 0
        assert len(place.read_bytes()) == pytest.approx(len(delivered), rel=0.1)
    assert sorted(file.name for file in fbx.parent.iterdir()) == ["a.fbx", "b.blend"]
    assert len(service.charges) == 1


@in_newest
def test_each_writer_has_a_file_of_its_own(call: Any, video: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """One that is in the middle of the same output neither spoils it nor is spoiled by it."""
    assert call("capture", video)[0] == 0
    delivery = module("command.delivery")
    places: list[Path] = []
    copyfile = delivery.shutil.copyfile

    def copy_while_another_does(source: Path, fresh: Path) -> None:
        copyfile(source, fresh)
        places.append(fresh)
        if len(places) == 1:
            assert call("capture", video, "--output", tmp_path / "a.fbx")[0] == 0
            assert fresh.read_bytes() == Path(source).read_bytes()

    monkeypatch.setattr(delivery, "shutil", SimpleNamespace(copyfile=copy_while_another_does))
    assert call("capture", video, "--output", tmp_path / "a.fbx")[0] == 0
    assert len(set(places)) == 2
    assert not any(place.exists() for place in places)


def test_relative_paths_in_the_character_s_file_stay_right(
    call: Any,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(character_blend))
    image = bpy.data.images.new("skin", 4, 4)
    image.filepath_raw, image.file_format = str(tmp_path / "skin.png"), "PNG"
    image.save()
    image.use_fake_user = True
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "hero.blend"))
    image.filepath = "//skin.png"
    bpy.ops.wm.save_mainfile()
    place = tmp_path / "deep" / "er" / "m.blend"
    assert call("capture", video, "--character", tmp_path / "hero.blend", "--output", place)[0] == 0
    bpy.ops.wm.open_mainfile(filepath=str(place))
    (found,) = (image for image in bpy.data.images if image.name == "skin")
    assert found.filepath.startswith("//")
    assert Path(bpy.path.abspath(found.filepath)).resolve() == tmp_path / "skin.png"
    assert [file.name for file in place.parent.iterdir()] == ["m.blend"]


@in_newest
def test_capture_that_another_blender_stops_following_is_followed_here(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert call("capture", video)[0] == 0
    capture_id = left_over(tmp_path, another(video, "b.mp4", b"b"))
    ledger, batch = module("jobs.ledger").Ledger, module("command.batch").Batch
    lock, look_at = ledger.lock, batch._look_at
    another_one, said = "Another Blender is following this capture.", list[str]()

    def look(self: Any, item: Any, session: Any) -> None:
        look_at(self, item, session)
        if item.shown[1] == another_one and another_one not in said:
            stopped = self._ledger.load(capture_id)
            self._ledger.save(dataclasses.replace(stopped, followed=False))
        elif item.shown[1] != another_one and another_one in said:
            monkeypatch.setattr(ledger, "lock", lock)  # it is given free a little later
        said.append(item.shown[1])

    def taken_by_another(*_arguments: object) -> None:
        return None

    monkeypatch.setattr(ledger, "lock", taken_by_another)
    monkeypatch.setattr(batch, "_look_at", look)
    assert call("follow", capture_id)[0] == 0
    assert another_one in said
    assert len(service.charges) == 2


@contextmanager
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Standard output, as the process and as Python have it, is a pipe whose other end is closed."""
    own, (reading, writing) = os.dup(1), os.pipe()
    os.close(reading)
    os.dup2(writing, 1)
    try:
        with os.fdopen(writing, "w") as stdout, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stdout)
            yield
    finally:
        os.dup2(own, 1)
        os.close(own)


@contextmanager
def nothing_to_write_to(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Standard output is closed, as after `>&-`: a file that is opened next gets its number."""
    own = os.dup(1)
    os.close(1)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", None)
            yield
            os.write(1, b"from Blender")
    finally:
        os.dup2(own, 1)
        os.close(own)


@in_newest
@pytest.mark.parametrize(
    ("unread", "form"), [(nobody_reads, ()), (nobody_reads, ("--json",)), (nothing_to_write_to, ("--json",))]
)
def test_captures_go_on_where_nobody_reads_the_output(
    unread: Any,
    form: tuple[str, ...],
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with unread(monkeypatch):
        assert call("capture", video, "--output", tmp_path / "a.fbx", *form)[0] == 0
    assert (tmp_path / "a.fbx").is_file()
    assert len(service.charges) == 1


@in_newest
@pytest.mark.skipif(not FULL.exists(), reason="no device that is a full disk")
@pytest.mark.parametrize("form", [(), ("--json",), ("--help",)])
def test_output_that_a_full_disk_loses_fails(
    form: tuple[str, ...],
    call: Any,
    service: StandIn,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = os.dup(1)
    try:
        with FULL.open("w") as stdout, monkeypatch.context() as patch:
            os.dup2(stdout.fileno(), 1)
            patch.setattr(sys, "stdout", stdout)
            status, _, errors = call("capture", video, "--dry-run", *form)
    finally:
        os.dup2(own, 1)
        os.close(own)
    assert (status, service.charges) == (1, [])
    assert "The output can't be written: No space left on device." in errors


@in_newest
@pytest.mark.slow
@pytest.mark.parametrize("armature", ["", "Hero"])
def test_the_window_s_own_application_is_not_spent(
    armature: str,
    call: Any,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    assert call("capture", video)[0] == 0
    (record,) = records(tmp_path)
    found = json.loads(record.read_text())
    found["binding"]["armature"] = armature
    record.write_text(json.dumps(found))
    asked = ("apply", found["id"], "--character", character_blend, "--output", tmp_path / "b.blend")
    assert call(*asked)[0] == 0
    assert (record.parent / "applied").exists() == (not armature)


@in_newest
@pytest.mark.fault(77)
def test_a_video_that_cannot_be_played_fails_alone(
    call: Callable[..., tuple[int, str, str]], service: StandIn, video: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    out = tmp_path / "out"
    status, reported, said = call("capture", broken, tmp_path / "absent.mp4", video, "--output", out)
    assert status == 1
    assert "broken.mp4" in reported + said
    assert "absent.mp4" in reported + said
    assert [file.name for file in out.iterdir()] == ["take.fbx"]
    assert len(service.charges) == 1


@in_newest
def test_names_that_differ_only_in_case_are_refused(
    call: Callable[..., tuple[int, str, str]], service: StandIn, video: Path, tmp_path: Path
) -> None:
    other = tmp_path / "more" / "TAKE.mp4"
    other.parent.mkdir()
    other.write_bytes(video.read_bytes() + b"\0")
    status, reported, said = call("capture", video, other, "--output", tmp_path / "out")
    assert status == 2
    assert "same name" in reported + said
    assert service.charges == []
    composed, apart = tmp_path / "e\u0301.mp4", tmp_path / "\u00c9.mov"
    assert call("capture", composed, apart, "--output", tmp_path / "out")[0] == 2


@in_newest
def test_the_name_of_a_device_is_refused(
    call: Callable[..., tuple[int, str, str]], service: StandIn, video: Path, tmp_path: Path
) -> None:
    status, reported, said = call("capture", video, "--output", tmp_path / "aux.fbx")
    assert status == 1
    assert "device on Windows" in reported + said
    assert service.charges == []


@in_newest
@pytest.mark.fault(86)
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_an_output_that_is_no_plain_file_is_refused_before_anything_is_sent(
    kind: str,
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "out").mkdir()
    place = special_file(kind, tmp_path / "out" / f"{video.stem}.fbx")
    before = kind_of(place)
    status, reported, said = call("capture", video, "--output", place.parent, "--overwrite")
    assert status == 1
    assert "can't be written: " in reported + said
    assert service.requests == []
    assert kind_of(place) == before
    assert list(place.parent.iterdir()) == [place]


@in_newest
@pytest.mark.fault(86)
def test_an_output_that_is_a_link_is_written_where_it_leads(call: Any, video: Path, tmp_path: Path) -> None:
    place, target = tmp_path / "a.fbx", tmp_path / "elsewhere.fbx"
    place.symlink_to(target.name)
    for _ in range(2):  # what was delivered may be delivered again
        assert call("capture", video, "--output", place)[0] == 0
        assert place.is_symlink()
        assert target.read_bytes()


@in_newest
def test_a_long_name_is_cut_for_the_title(
    call: Callable[..., tuple[int, str, str]], service: StandIn, video: Path, tmp_path: Path
) -> None:
    long = video.rename(tmp_path / f"{'walk ' * 48}.mp4")
    assert call("capture", long)[0] == 0
    (record,) = records(tmp_path)
    title = json.loads(record.read_text())["order"]["title"]
    assert len(title) == 200
    assert title.startswith("walk walk")
    assert len(service.charges) == 1
