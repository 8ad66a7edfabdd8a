"""A character's motion and a robot's from one job: both or, where one can't be had, the other, and it is said."""

import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import Capture, Order
from aimocap_blender.jobs.events import Effect, Event
from aimocap_blender.jobs.ledger import Ledger
from tests.jobs.desk import run_desk
from tests.jobs.example_captures import EXAMPLE
from tests.standin import Results, StandIn

from .desk import Desk
from .model_service import FAULTS, Fault, ModelService, failure
from .model_world import AFTERWARDS, HOUR, World, new_capture

BOTH = ("default", "unitree_g1")
FILES = {"fbx": "motion.fbx", "robot_motion_json": "motion.json"}


@pytest.fixture
def service_b(motion: Path) -> Iterator[StandIn]:
    with StandIn("B", results=Results(fbx=motion)) as standin:
        yield standin


@pytest.fixture
def desk_b(service_b: StandIn, folder: Path) -> Iterator[Desk]:
    with Desk(folder, service_b.base_url, service_b.api_key) as desk:
        yield desk


def motions(files: object) -> dict[str, str]:
    return {kind: path.name for kind, path in dict(files).items() if kind != "preview"}  # type: ignore[call-overload]


@pytest.mark.parametrize("character", ["default", "avatar:hero-7"])
def test_both_files_come_from_one_job(character: str, service_b: StandIn, desk_b: Desk, video: Path) -> None:
    service_b.takes_avatars = True
    view = desk_b.to_the_end(desk_b.begin(video, target_ids=(character, "unitree_g1")))
    assert (view.state, view.target_ids, view.next_step) == ("done", (character, "unitree_g1"), "")
    assert motions(view.files) == FILES
    assert json.loads(view.files["robot_motion_json"].read_text())["robotType"] == "unitree_g1"
    assert service_b.requests[0].body["targetIds"] == [character, "unitree_g1"]
    assert service_b.steps()[:11] == [
        "create", "job", "upload", "job", "complete_upload", "job", "job", "job", "job", "result", "download",
    ]  # fmt: skip
    assert len(service_b.charges) == 1
    assert service_b.violations == []


def test_a_service_of_one_target_makes_the_first_and_it_is_said_before_anything_is_paid(
    standin: StandIn, desk: Desk, video: Path
) -> None:
    held = standin.faults.add(step="upload", hold="before")
    capture_id = desk.begin(video, target_ids=BOTH, export_fps=60)
    assert held.reached.wait(20)
    said = desk.view(capture_id).next_step
    assert "one motion per job" in said
    assert "Unitree G1" in said
    assert standin.charges == []
    held.release()
    view = desk.to_the_end(capture_id)
    assert (view.state, view.next_step, motions(view.files)) == ("done", said, {"fbx": "motion.fbx"})
    created = [request.body for request in standin.requests if request.step == "create"]
    assert (created[0]["targetIds"], created[1]["targetId"]) == ([*BOTH], "default")
    assert "exportFps" not in created[1]


def test_one_target_where_two_were_asked_for_is_refused_before_anything_is_paid(
    service_b: StandIn, desk_b: Desk, video: Path
) -> None:
    service_b.ignore_target_for = "default"
    view = desk_b.to_the_end(desk_b.begin(video, target_ids=BOTH))
    assert (view.state, view.paid) == ("rejected", False)
    assert service_b.steps() == ["create", "job"]


@pytest.mark.parametrize("missing", BOTH)
@pytest.mark.parametrize("how", ["no output", "broken file", "lost file"])
def test_one_of_two_motions_arrives_and_the_missing_one_is_reported(
    how: str, missing: str, service_b: StandIn, desk_b: Desk, video: Path
) -> None:
    kind = "fbx" if missing == "default" else "robot_motion_json"
    if how == "no output":
        service_b.failed_outputs = {missing}
    elif how == "lost file":
        service_b.lost_files = {missing}
    else:

        def check(found: str, _path: Path) -> None:
            assert found != kind

        desk_b.verify = check
    view = desk_b.to_the_end(desk_b.begin(video, target_ids=BOTH))
    assert (view.state, view.paid) == ("done", True)
    there = {one: name for one, name in FILES.items() if one != kind}
    assert motions(view.files) == there
    assert ("character" if missing == "default" else "Unitree G1") in view.next_step
    assert view.job_id in view.next_step
    service_b.failed_outputs.clear()
    if how == "no output":  # what the row says can be done
        again = desk_b.to_the_end(desk_b.runner.recover(view.job_id))
        assert motions(again.files) == FILES
    assert len(service_b.charges) == service_b.steps().count("complete_upload") == 1


def test_where_neither_can_be_had_the_user_decides(service_b: StandIn, desk_b: Desk, video: Path) -> None:
    def broken(_kind: str, _path: Path) -> None:
        raise ValueError

    honest, desk_b.verify = desk_b.verify, broken
    capture_id = desk_b.begin(video, target_ids=BOTH)
    view = desk_b.to_the_end(capture_id)
    assert (view.state, view.can_follow, view.files) == ("blocked", True, {})
    desk_b.verify = honest
    desk_b.runner.follow(capture_id)
    assert motions(desk_b.to_the_end(capture_id).files) == FILES
    assert len(service_b.charges) == 1


def test_killed_between_the_two_downloads(service_b: StandIn, folder: Path, video: Path) -> None:
    held = service_b.faults.add(step="download", skip=1, hold="before")
    with run_desk(folder, service_b, video, *BOTH) as first:
        assert held.reached.wait(30)
        first.kill()
        first.wait(20)
    assert (next(folder.glob("*/motion.fbx"))).is_file()
    held.release()
    asked = len(service_b.requests)
    with Desk(folder, service_b.base_url, service_b.api_key) as desk:
        (view,) = desk.runner.captures()
        assert motions(desk.to_the_end(view.id).files) == FILES
    later = [request for request in service_b.requests[asked:] if request.step != "unknown"]
    assert {request.method for request in later} == {"GET"}
    downloads = [request.path for request in later if request.step == "download" and "preview" not in request.path]
    assert ["unitree_g1" in path for path in downloads] == [True]
    assert len(service_b.charges) == service_b.steps().count("complete_upload") == 1


def both_wanted() -> Capture:
    capture = new_capture()
    return replace(capture, order=replace(capture.order, target_ids=BOTH))


def test_faults_and_kills_at_each_request_of_two_targets() -> None:
    plain = World({}, disk=both_wanted())
    plain.run()
    assert plain.requests[-2:] == [Effect.FETCH, Effect.FETCH]
    for fault, at, times in itertools.product(FAULTS, range(len(plain.requests)), (1, 6)):
        if not (times > 1 and fault.name == "one 404"):
            assert World(dict.fromkeys(range(at, at + times), fault), disk=both_wanted()).run().state is not None


@dataclass
class RefusingService(ModelService):
    """Its storage refuses one kind of file until then; the first refusal is noted."""

    kind: str = "fbx"
    until: float = math.inf
    refused_at: float = 0.0

    def _fetch(self, capture: Capture) -> Event:
        if capture.next_file == self.kind and self.now < self.until:
            self.refused_at = self.refused_at or self.now
            return failure("link_expired", 403)
        return super()._fetch(capture)


KILLED = Fault("killed", crash="before")


@pytest.mark.parametrize("killed_at", [None, 9, 12, 25])
@pytest.mark.parametrize("kind", FILES)
def test_a_storage_that_refuses_for_minutes_is_waited_out(kind: str, killed_at: int | None) -> None:
    faults = {killed_at: KILLED} if killed_at else {}
    world = World(faults, service=RefusingService(kind=kind, until=540.0), disk=both_wanted())
    assert set(world.run().files) == set(FILES)
    assert len(world.requests) < 60


@pytest.mark.parametrize("killed_at", [None, 9, 12, 25])
@pytest.mark.parametrize("kind", FILES)
def test_a_storage_that_refuses_for_good_holds_nothing_back_for_long(kind: str, killed_at: int | None) -> None:
    service = RefusingService(kind=kind)
    capture = World({killed_at: KILLED} if killed_at else {}, service=service, disk=both_wanted()).run()
    assert {*capture.files} == {*FILES} - {kind}
    assert capture.given_up == (kind,)
    assert 600.0 <= service.now - AFTERWARDS - service.refused_at < 700.0


def test_the_second_file_is_not_judged_by_the_first_ones_failures() -> None:
    @dataclass
    class First(RefusingService):
        def _fetch(self, capture: Capture) -> Event:
            happened = super()._fetch(capture)
            if self.kind == "fbx" and "fbx" not in capture.missing[:1]:
                self.kind, self.until = "robot_motion_json", self.now + 300.0
                return super()._fetch(capture)
            return happened

    assert set(World({}, service=First(until=540.0), disk=both_wanted()).run().files) == set(FILES)


def test_a_lone_files_links_are_asked_for_ever_more_seldom() -> None:
    world = World({}, service=RefusingService(kind="robot_motion_json", until=HOUR))
    assert world.run().state == "done"
    assert len(world.requests) < 2 * HOUR / 50


def test_a_record_of_the_first_version_is_read(folder: Path) -> None:
    ledger = Ledger(folder)
    ledger.make_folder(EXAMPLE.id)
    saved = ledger.save(EXAMPLE)
    record = folder / EXAMPLE.id / "capture.json"
    first = json.loads(record.read_bytes()) | {"v": 1}
    del first["order"]["target_ids"], first["given_up"], first["recovered"], first["counts"]["bad_since"]
    first["order"]["target_id"] = "avatar:7"
    record.write_text(json.dumps(first), encoding="ascii")
    assert not ledger.quarantine(EXAMPLE.id)
    expected = replace(saved, order=Order(("avatar:7",), "", 10.0, 1.0, 4.0, None, None))
    assert ledger.load(EXAMPLE.id) == expected
    assert json.loads(record.read_bytes())["v"] == 1
