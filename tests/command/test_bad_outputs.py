"""An `--output` that can't be written is refused by each verb before anything is sent or computed."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.faults.marks import Seen
from tests.standin import StandIn

pytestmark = in_newest

Call = Callable[..., tuple[int, str, str]]


def below_a_file(folder: Path, ending: str) -> Path:
    (folder / "notes").write_text("mine", encoding="utf-8")
    return folder / "notes" / "deeper" / f"take{ending}"


def in_a_folder_of_the_system(_folder: Path, ending: str) -> Path:
    if not Path("/proc/self").exists():
        pytest.skip("Linux has a folder that nobody can write to")
    return Path(f"/proc/take{ending}")


def too_long(folder: Path, ending: str) -> Path:
    return folder / f"{'take' * 80}{ending}"


def a_pipe(folder: Path, ending: str) -> Path:
    pipe = folder / f"pipe{ending}"
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in folders here")
    os.mkfifo(pipe)
    return pipe


PLACES = (below_a_file, in_a_folder_of_the_system, too_long, a_pipe)


def asked_for(service: StandIn) -> list[str]:
    """Requests except downloads: the service's own picture of the motion may still come when the verb is over."""
    return [request.step for request in service.requests if request.step != "download"]


@pytest.mark.fault(90)
@pytest.mark.parametrize("place", PLACES)
def test_refused_before_anything_is_sent(
    call: Call, service: StandIn, video: Path, character_blend: Path, tmp_path: Path, place: Callable[..., Path]
) -> None:
    assert call("capture", video, "--end", 1)[0] == 0
    (done,) = (json.loads(record.read_text()) for record in records(tmp_path))
    asked, files = asked_for(service), sorted(tmp_path.rglob("*"))
    fbx, blend = place(tmp_path, ".fbx"), place(tmp_path, ".blend")
    made = set(tmp_path.rglob("*")) - set(files)
    onto = ("--character", character_blend, "--output")
    calls = {
        "capture": ("capture", video, "--output", fbx),
        "capture onto a character": ("capture", video, *onto, blend),
        "apply": ("apply", done["id"], *onto, blend),
        "preview": ("preview", video, *onto, blend),
        "recover": ("recover", done["job_id"], "--output", fbx),
    }
    if fbx.parent != tmp_path:
        calls |= {
            "export": ("export", *onto, fbx.parent),
            "g1": ("g1", tmp_path / "captures" / done["id"] / "motion.fbx", "--output", fbx.parent),
        }
    for name, arguments in calls.items():
        status, _, errors = call(*arguments)
        assert (name, status) == (name, 2 if place is too_long else 1)
        assert f"{fbx.parent}" in errors
        assert "add-on failed" not in errors
    assert asked_for(service) == asked
    assert set(tmp_path.rglob("*")) - set(files) == made


@pytest.mark.fault(90)
def test_the_other_motion_of_a_job_and_each_of_several(
    call: Call, service: StandIn, video: Path, tmp_path: Path, seen: Seen
) -> None:
    other = video.with_name("other.mp4")
    other.write_bytes(video.read_bytes() + b"\0")
    out = tmp_path / "out"
    (out / "take.json").mkdir(parents=True)
    (out / "other.fbx").mkdir()
    calls = {
        out / "take.json": ("capture", video, "--also-unitree-g1", "--output", out / "take.fbx"),
        out / "other.fbx": ("capture", video, other, "--output", out),
    }
    errors = ""
    for place, arguments in calls.items():
        for options in ((), ("--overwrite",)):
            status, _, errors = call(*arguments, *options)
            assert (status, f"{place} can't be written: " in errors) == (1, True)
    assert service.requests == []
    seen(errors.strip())


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(call: Call, service: StandIn, video: Path, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    status, _, errors = call("capture", video, "--output", closed / "take.fbx")
    assert (status, str(closed) in errors) == (1, True)
    assert service.requests == []
