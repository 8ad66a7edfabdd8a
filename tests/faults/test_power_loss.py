"""The power is lost at each file operation of a capture, from its beginning until its motion is applied."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.own_folders import CLIPS
from aimocap_blender.jobs.runner import CaptureView
from tests.jobs.desk import Desk
from tests.standin import StandIn
from tests.thorough import thoroughly

from .marks import Seen
from .power import POLICIES, Disk, LostPowerError, watched

pytestmark = pytest.mark.fault(94)

_STRIDE = 9

WorldOf = Callable[[str], "World"]


@pytest.fixture
def world_of(standin: StandIn, tmp_path: Path, video: Path, motion: Path) -> WorldOf:
    return lambda name: World(standin, tmp_path / name / "disk", video, motion)


class World:
    """A user's disk with a rendered clip, and a service; the same at each beginning."""

    def __init__(self, standin: StandIn, folder: Path, video: Path, motion: Path) -> None:
        self.captures = folder / "documents" / "captures"
        self.witness = folder / "config" / "submitted.log"
        self.clip = self.captures / CLIPS / "clip-walk.mp4"
        self.clip.parent.mkdir(parents=True)
        self.clip.write_bytes(video.read_bytes())
        self.folder = folder
        self.motion = motion.read_bytes()
        self.standin = standin
        self.charged_before = len(standin.charges)
        self.begun = self.claimed = False

    def desk(self) -> Desk:
        return Desk(self.captures, self.standin.base_url, self.standin.api_key, witness=self.witness)

    @property
    def charged(self) -> list[str]:
        return [charge.job_id for charge in self.standin.charges[self.charged_before :]]

    def run(self, disk: Disk) -> None:
        """Capture and apply, as far as the power lasts."""
        desk = None
        with watched(disk), suppress(LostPowerError):
            try:
                desk = self.desk()
                capture_id = desk.begin(self.clip, temporary_source=True)
                self.begun = True
                while not disk.is_off.wait(0.002) and desk.view(capture_id).followed:
                    pass
                desk.until(lambda: disk.is_off.is_set() or "preview" in desk.view(capture_id).files)
                self.claimed = desk.runner.claim_application(capture_id)
            finally:
                disk.turn_off()
                if desk is not None:
                    desk.runner.close()

    def restart(self) -> str:
        """Start again with what the disk shows, to the end; return what came of it."""
        with self.desk() as desk:
            found = desk.runner.captures()
            if not found:
                assert not self.begun
                assert set(self.charged) <= set(desk.runner.lost_jobs())
                if self.charged:
                    return "offered by its job"
                self._make_whole(desk, desk.to_the_end(desk.begin(self.clip, temporary_source=True)))
                return "begun again"
            (capture,) = found
            view, is_asked = desk.to_the_end(capture.id), False
            if view.state == "unconfirmed":
                view, is_asked = self._decided(desk, view), True
            is_fetched_again = self._make_whole(desk, view)
            return "asked" if is_asked else "fetched again" if is_fetched_again else "done"

    def _decided(self, desk: Desk, view: CaptureView) -> CaptureView:
        """The user checks again, then submits what the service still reports as a draft."""
        assert set(self.charged) <= {view.job_id}
        if view.can_check_again:
            desk.runner.check_again(view.id)
            view = desk.to_the_end(view.id)
        if view.state == "unconfirmed":
            assert not self.charged
            desk.runner.submit_anyway(view.id)
            view = desk.to_the_end(view.id)
        return view

    def _make_whole(self, desk: Desk, view: CaptureView) -> bool:
        """Check a capture that is done; return whether its motion had to be fetched again."""
        assert (view.state, len(self.charged)) == ("done", 1), view
        ledger = Ledger(self.captures)
        record = ledger.load(view.id)
        assert record is not None
        if damaged := ledger.damaged(record):
            desk.runner.fetch_again(view.id, damaged)
            assert desk.to_the_end(view.id).state == "done"
        assert (self.captures / view.id / "motion.fbx").read_bytes() == self.motion
        assert not (self.claimed and desk.runner.claim_application(view.id)), "applied twice"
        assert len(self.charged) == 1
        return bool(damaged)


def _lose_power(world_of: WorldOf, stride: int) -> str:
    """Lose power at each operation, once for each different tree that a disk may show; tell what came of it."""
    came: Counter[str] = Counter()
    cut_at, is_over = 1, False
    while not is_over:
        left: list[str] = list(POLICIES)
        while left:
            world = world_of(f"{cut_at} {left[0]}")
            disk = Disk(world.folder, cut_at)
            world.run(disk)
            trees = {policy: disk.shown(policy) for policy in left}
            tree = trees[left[0]]
            left = [policy for policy in left if trees[policy] != tree]
            disk.make(tree)
            came[world.restart()] += 1
            is_over = disk.operations < cut_at
        cut_at += stride
    ends = ", ".join(f"{count} {end}" for end, count in sorted(came.items()))
    return (
        f"{(cut_at - 1) // stride} cuts x {len(POLICIES)} disks, {came.total()} of them different: {ends}; "
        "0 double charges, 0 lost jobs"
    )


@pytest.mark.long
@pytest.mark.parametrize("stride", [pytest.param(1, marks=thoroughly), _STRIDE], ids=["each", "some"])
def test_power_lost_at_an_operation(stride: int, world_of: WorldOf, seen: Seen, told: Seen) -> None:
    came = _lose_power(world_of, stride)
    seen(came)
    told(came)


@pytest.mark.parametrize("unsynced", ["", "jobs.ledger", "whole_files"])
def test_all_of_a_capture_is_synced(unsynced: str, world_of: WorldOf, monkeypatch: pytest.MonkeyPatch) -> None:
    """And where a module syncs no folder, the disk of these tests forgets something."""

    def forget(_folder: Path) -> None:
        """Sync nothing."""

    if unsynced:
        monkeypatch.setattr(f"aimocap_blender.{unsynced}.sync_folder", forget)
    world = world_of("disk")
    disk = Disk(world.folder)
    world.run(disk)
    safe = disk.shown("strict")
    lost = {Path(name).name for name, data in disk.shown("killed").items() if name not in safe or safe[name] != data}
    assert bool(lost - {"lock.lease"}) == bool(unsynced)
