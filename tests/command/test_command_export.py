"""Finished captures written as files of other programs, on a character, one after the other."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.faults.marks import Seen
from tests.scene.motion_files.readers import read_bvh
from tests.standin import StandIn
from tests.ui.acts import module

pytestmark = in_newest


@pytest.mark.slow
@pytest.mark.usefixtures("sampled_once")
def test_all_finished_captures_become_files(
    call: Any,
    service: StandIn,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    for end in (2, 1):
        assert call("capture", video, "--end", end, "--title", "Läufer/A")[0] == 0
    paid = len(service.charges)
    asked = ("export", "--character", character_blend, "--output", out, "--format", "bvh", "--deforming-only")
    status, reported, _ = call(*asked, "--json")
    assert status == 0
    done = [json.loads(line) for line in reported.splitlines()]
    assert [one["step"] for one in done] == ["done", "done"]
    ids = [file.parent.name for file in records(tmp_path)]
    assert {file.name for file in out.iterdir()} == {f"Läufer_A_{each[:8]}.bvh" for each in ids}
    for one in done:
        joints = read_bvh(Path(one["output"]))
        assert len(joints.seconds) > 1
        assert max(heads.std(axis=0).max() for heads in joints.heads.values()) > 0.01
    assert len(service.charges) == paid
    assert call(*asked)[0] == 0  # its own files are replaced
    (mine,) = list(out.glob(f"*{ids[0][:8]}*"))
    mine.write_text("work")
    status, _, errors = call(*asked)
    assert status == 1
    assert "--overwrite" in errors
    assert mine.read_text() == "work"


@pytest.mark.long
@pytest.mark.fault(96)
@pytest.mark.usefixtures("sampled_once")
def test_a_robots_capture_does_not_become_an_older_take(
    call: Any,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
    seen: Seen,
) -> None:
    out, hero = tmp_path / "out", tmp_path / "hero.blend"
    assert call("capture", video, "--end", 1, "--character", character_blend, "--output", hero)[0] == 0
    assert call("capture", video, "--target", "unitree_g1", "--title", "Robot")[0] == 0
    robots = json.loads(records(tmp_path)[-1].read_text())["id"]
    asked = ("--character", hero, "--output", out, "--format", "bvh")
    status, _, errors = call("export", robots, *asked)
    assert status == 1
    assert str(tmp_path / "captures" / robots / "motion.json") in errors
    assert not out.exists()
    status, reported, _ = call("export", *asked, "--json")
    assert status == 0
    assert [json.loads(line)["title"] for line in reported.splitlines()] == ["take"]
    assert [file.name for file in out.iterdir()] == ["take.bvh"]
    seen(errors.strip().partition(": ")[2])


@pytest.mark.usefixtures("sampled_once", "service")
def test_only_the_motion_that_was_applied_is_exported(
    call: Any,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out, hero = tmp_path / "out", tmp_path / "hero.blend"
    assert call("capture", video, "--character", character_blend, "--output", hero)[0] == 0

    def applied_nothing(*_arguments: object) -> tuple[object, ...]:
        return ()

    monkeypatch.setattr(module("command.characters"), "put_on", applied_nothing)
    status, _, errors = call("export", "--character", hero, "--output", out)
    assert status == 1
    assert "not applied to Mannequin" in errors
    assert list(out.iterdir()) == []


@pytest.mark.usefixtures("service")
def test_nothing_to_write(call: Any, character_blend: Path, tmp_path: Path) -> None:
    asked = ("export", "--character", character_blend, "--output", tmp_path / "out")
    assert call(*asked)[:2] == (0, "There are no finished captures for characters.\n")
    status, _, errors = call(*asked[:1], "3f2a", *asked[1:])
    assert status == 1
    assert "No captures begin with 3f2a." in errors
    preview: dict[str, object] = {
        "id": "preview-3f2a",
        "title": "",
        "video": "",
        "range_sec": [0, 1],
        "binding": {},
        "created_at": 0.0,
    }
    (tmp_path / "captures" / ".previews" / "preview-3f2a").mkdir(parents=True)
    (tmp_path / "captures" / ".previews" / "preview-3f2a" / "preview.json").write_text(json.dumps(preview))
    assert "3f2a is a free preview, not a capture." in call(*asked[:1], "3f2a", *asked[1:])[2]
