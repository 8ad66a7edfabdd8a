"""A motion that is something else on disk than what was delivered: fetched again, and what was there is kept."""

from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.service.contract import FBX, ROBOT_MOTION
from tests.jobs.desk import Desk
from tests.standin import StandIn

from .damages import DAMAGES
from .marks import Seen

pytestmark = pytest.mark.fault(81)


def damaged(folder: Path, capture_id: str) -> tuple[str, ...]:
    ledger = Ledger(folder)
    record = ledger.load(capture_id)
    assert record is not None
    return ledger.damaged(record)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_motion_is_fetched_again(
    damage: str, standin: StandIn, desk: Desk, folder: Path, video: Path, seen: Seen
) -> None:
    capture_id = desk.begin(video)
    assert desk.to_the_end(capture_id).state == "done"
    file = folder / capture_id / "motion.fbx"
    delivered = file.read_bytes()
    assert damaged(folder, capture_id) == ()
    DAMAGES[damage](file)
    left = file.read_bytes() if file.exists() else None
    assert damaged(folder, capture_id) == (FBX,)
    desk.runner.fetch_again(capture_id, (FBX,))
    assert desk.to_the_end(capture_id).state == "done"
    assert file.read_bytes() == delivered
    assert damaged(folder, capture_id) == ()
    beside = [changed.read_bytes() for changed in folder.glob("*/motion.changed.*")]
    assert beside == ([] if left is None else [left])
    assert len(standin.charges) == 1
    seen(f"{damage}: fetched again, {len(beside)} kept beside, 1 charged")


@pytest.mark.parametrize("kind", [FBX, ROBOT_MOTION])
def test_of_two_motions_the_damaged_one(
    kind: str, standin: StandIn, desk: Desk, folder: Path, video: Path, seen: Seen
) -> None:
    standin.generation = "B"
    capture_id = desk.begin(video, target_ids=("default", "unitree_g1"))
    view = desk.to_the_end(capture_id)
    delivered = {each: view.files[each].read_bytes() for each in (FBX, ROBOT_MOTION)}
    DAMAGES["cut"](view.files[kind])
    assert damaged(folder, capture_id) == (kind,)
    desk.runner.fetch_again(capture_id, (kind,))
    view = desk.to_the_end(capture_id)
    assert {each: view.files[each].read_bytes() for each in delivered} == delivered
    assert len(standin.charges) == 1
    seen(f"of two motions {kind}: fetched again")


def test_the_service_has_it_no_more(standin: StandIn, desk: Desk, folder: Path, video: Path, seen: Seen) -> None:
    """The file is left as it is, and can be fetched again if the service has it again."""
    capture_id = desk.begin(video)
    assert desk.to_the_end(capture_id).state == "done"
    file = folder / capture_id / "motion.fbx"
    delivered = file.read_bytes()
    DAMAGES["one bit changed"](file)
    left = file.read_bytes()
    gone = standin.faults.add(step="*", times=None, status=410, code="job_gone")
    desk.runner.fetch_again(capture_id, (FBX,))
    view = desk.to_the_end(capture_id)
    assert (view.state, gone.hits > 0, file.read_bytes()) == ("gone", True, left)
    standin.faults.clear()
    desk.runner.check_again(capture_id)
    assert desk.to_the_end(capture_id).state == "done"
    assert file.read_bytes() == delivered
    assert len(standin.charges) == 1
    seen(f"{view.what} Check Again fetched it")
