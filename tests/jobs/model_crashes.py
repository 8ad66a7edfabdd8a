"""Every boundary at which a process can die, added to the world that drives the pure machine.

Of each step: the machine decides (`unsaved`), the record is saved (`saved`), the job is noted in the log (`before`, as
`model_service` calls it), the request is sent and acted on at once or late (`sent`), its answer comes (`after`), the
answer is saved (`kept`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from aimocap_blender.jobs import life
from aimocap_blender.jobs.capture import Capture, State
from aimocap_blender.jobs.events import Effect, Event, Fetched, Wake

from .model_service import ACTING, FAULTS, Fault
from .model_world import TIMING, BrokenInvariantError, Restore, World, new_capture

CRASHES = (
    Fault("killed before the save", crash="unsaved"),
    Fault("killed after the save", crash="saved"),
    *(fault for fault in FAULTS if fault.crash),
    *(Fault(f"killed once sent, acts {late} s late", crash="sent", late=late, only=ACTING) for late in (0.5, 1000.0)),
    Fault("killed after the answer is saved", crash="kept"),
)
ALL = (*(fault for fault in FAULTS if not fault.crash), *CRASHES)


@dataclass
class CrashingWorld(World):
    """Knows which kinds of files were verified."""

    verified: set[str] = field(default_factory=set[str])
    crashed: set[int] = field(default_factory=set[int])

    def check(self, capture: Capture) -> None:
        super().check(capture)
        if capture.state is State.DONE and not set(capture.files) <= self.verified:
            raise BrokenInvariantError("done with a file that nobody verified")

    def _wake(self, capture: Capture) -> Capture:
        at = len(self.requests)
        fault = self.faults.get(at)
        if fault is None or fault.crash not in {"unsaved", "saved", "kept"} or at in self.crashed:
            return super()._wake(capture)
        moved, effects = life.advance(capture, Wake(), TIMING, self.service.now)
        if not any(effect is not Effect.NOTE_JOB for effect in effects):
            return super()._wake(capture)
        self.crashed.add(at)
        if fault.crash == "saved":
            self._save(moved)
        elif fault.crash == "kept":
            super()._wake(capture)
        return self._restart()

    def _request(self, effect: Effect, capture: Capture) -> Event | None:
        at = len(self.requests)
        if at in self.crashed:
            self._check_request(effect)
            self.requests.append(effect)
            happened: Event | None = self.service.act(effect, capture)
        else:
            happened = super()._request(effect, capture)
        if isinstance(happened, Fetched):
            self.verified.add(happened.kind)
        return happened


class Schedules:
    """How many schedules were run in this process, and what was beyond all looks in how many of them."""

    count = 0
    beyond: ClassVar[Counter[str]] = Counter()


def run(
    faults: Mapping[int, Fault],
    stop_at: int | None = None,
    *,
    saves_first: bool = True,
    targets: tuple[str, ...] = ("unitree_g1",),
    restore: Restore | None = None,
) -> CrashingWorld:
    capture = new_capture()
    disk = replace(capture, order=replace(capture.order, target_ids=targets))
    world = CrashingWorld(faults, stop_at, saves_first, disk=disk, restore=restore, versions=[disk])
    world.run()
    Schedules.count += 1
    Schedules.beyond.update(world.beyond)
    return world
