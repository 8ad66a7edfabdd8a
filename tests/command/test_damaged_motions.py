"""A motion file that is no longer what was delivered, on the command line: fetched again before each use."""

from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import records
from tests.faults.damages import DAMAGES
from tests.faults.marks import Seen
from tests.standin import StandIn

pytestmark = [in_newest, pytest.mark.fault(81)]

FETCHED = "motion.fbx was not what the service delivered, and was fetched again, free of charge."


@pytest.fixture
def captured(call: Any, video: Path, tmp_path: Path) -> Path:
    """The motion file of a finished capture."""
    assert call("capture", video)[0] == 0
    return records(tmp_path)[0].with_name("motion.fbx")


@pytest.mark.parametrize(("verb", "damage"), [("capture", "one bit changed"), ("recover", "deleted")])
def test_delivered_again(
    verb: str,
    damage: str,
    call: Any,
    captured: Path,
    service: StandIn,
    video: Path,
    tmp_path: Path,
    seen: Seen,
) -> None:
    delivered = captured.read_bytes()
    DAMAGES[damage](captured)
    named = video if verb == "capture" else service.charges[0].job_id
    status, output, errors = call(verb, named, "--output", tmp_path / "a.fbx")
    assert (status, errors) == (0, "")
    assert (tmp_path / "a.fbx").read_bytes() == captured.read_bytes() == delivered
    assert (output.count(FETCHED), len(service.charges)) == (1, 1)
    seen(f"{verb} --output, {damage}: the delivered bytes, 1 charged")


@pytest.mark.usefixtures("sampled_once")
@pytest.mark.parametrize("verb", ["apply", "export"])
def test_used_again(
    verb: str,
    call: Any,
    captured: Path,
    service: StandIn,
    motion_fbx: Path,
    character_blend: Path,
    tmp_path: Path,
    seen: Seen,
) -> None:
    DAMAGES["one bit changed"](captured)
    places = {"apply": tmp_path / "hero.blend", "export": tmp_path / "out"}
    asked = (verb, captured.parent.name, "--character", character_blend, "--output", places[verb], "--json")
    status, output, _ = call(*asked)
    assert status == 0
    assert (FETCHED in output, captured.read_bytes()) == (True, motion_fbx.read_bytes())
    assert places[verb].exists()
    assert FETCHED not in call(*asked, "--overwrite")[1]
    assert len(service.charges) == 1
    seen(f"{verb}, one bit changed: fetched again, 1 charged")


@pytest.mark.parametrize("verb", ["capture", "recover", "apply", "export"])
def test_the_service_has_it_no_more(
    verb: str,
    call: Any,
    captured: Path,
    service: StandIn,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
    seen: Seen,
) -> None:
    DAMAGES["one bit changed"](captured)
    left = captured.read_bytes()
    service.faults.add(step="*", times=None, status=410, code="job_gone")
    named = {"capture": video, "recover": service.charges[0].job_id}.get(verb, captured.parent.name)
    place = tmp_path / {"capture": "a.fbx", "recover": "a.fbx", "apply": "a.blend", "export": "out"}[verb]
    character = ("--character", character_blend) if verb in {"apply", "export"} else ()
    status, _, errors = call(verb, named, *character, "--output", place)
    assert status == 1
    assert "motion.fbx is not what the service delivered, and can't be fetched again: " in errors
    assert "Traceback" not in errors
    assert not place.is_file()
    assert captured.read_bytes() == left
    assert len(service.charges) == 1
    seen(f"{verb}, gone from the service: exit status 1, {errors.strip()}")
