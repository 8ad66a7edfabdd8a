"""Drives the pure machine against the model service as the runner does: saved first, then done; with faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aimocap_blender.jobs import life
from aimocap_blender.jobs.capture import ENDED, Capture, Order, Source, State
from aimocap_blender.jobs.events import CheckAgain, Effect, Event, Follow, Looked, Restarted, Stop, SubmitAnyway, Wake
from aimocap_blender.jobs.record_json import from_json, to_json
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.service.contract import JobState

from .model_service import Fault, ModelService

TIMING = Timing()
HOUR = 3600.0
MOST_STEPS = 400
MOST_CHECKS = 5


class BrokenInvariantError(AssertionError):
    """An invariant is broken."""


def new_capture() -> Capture:
    return Capture(
        id="capture",
        created_at=0.0,
        base_url="https://service",
        source=Source("/video.mp4", "video.mp4", 10, 0, "digest", temporary=False),
        order=Order(("unitree_g1",), "", 10.0, 1.0, 4.0, None, None),
        binding={},
    )


@dataclass
class World:
    """One capture, from the button to its end, with faults at given requests (counted from 0)."""

    faults: Mapping[int, Fault]
    stop_at: int | None = None
    saves_first: bool = True
    submits_again: bool = False
    service: ModelService = field(default_factory=ModelService)
    disk: Capture = field(default_factory=new_capture)
    requests: list[Effect] = field(default_factory=list)
    noted: set[str] = field(default_factory=set)
    stopped: bool = False
    checks: int = 0

    def run(self) -> Capture:
        """To the end, with a user who puts right what blocks it and checks again each hour, but never pays twice.

        Or who, if the user `submits_again`, has refused submissions sent once more.
        """
        capture = self.disk
        for _ in range(MOST_STEPS):
            if capture.state in ENDED:
                if not (self.stopped and capture.lacks_motion) or self.checks == MOST_CHECKS:
                    break
                self.checks += 1
                capture = self._happens(capture, CheckAgain())
            if capture.state is State.BLOCKED or not capture.followed:
                capture = self._happens(capture, Follow())
            elif capture.state is State.UNCONFIRMED:
                if self.checks == MOST_CHECKS:
                    break
                self.checks += 1
                self.service.pass_time(self.service.now + HOUR)
                again = self.submits_again and capture.submission.refusal
                capture = self._happens(capture, SubmitAnyway() if again else CheckAgain())
            if self.stop_at is not None and not self.stopped and len(self.requests) >= self.stop_at:
                self.stopped = True
                charged = self.service.charges.total()
                capture = self._happens(capture, Stop())
                if charged and capture.state is State.STOPPED:
                    raise BrokenInvariantError("a paid job was dropped by Stop")
                continue
            self.service.pass_time(capture.not_before)
            capture = self._wake(capture)
        self.check(capture)
        return capture

    def check(self, capture: Capture) -> None:
        paid = self.service.charges.total()
        if paid > 1:
            raise BrokenInvariantError("charged twice")
        self.service.pass_time(self.service.now + HOUR)
        if self.service.charges.total() > paid:
            raise BrokenInvariantError("charged after the end")
        if capture.state is State.UNCONFIRMED and not paid:
            return  # the service never took it and never says so: only the user can risk another submission
        if capture.state not in ENDED:
            raise BrokenInvariantError(f"never ended: {capture.state}")
        if paid and capture.state is not State.DONE:
            raise BrokenInvariantError(f"a paid job was lost: {capture.state}")
        if capture.state is State.DONE and (not paid or not capture.files):
            raise BrokenInvariantError("done with nothing")

    def _happens(self, capture: Capture, event: Event) -> Capture:
        self.disk, _ = life.advance(capture, event, TIMING, self.service.now)
        return self.disk

    def _wake(self, capture: Capture) -> Capture:
        moved, effects = life.advance(capture, Wake(), TIMING, self.service.now)
        if self.saves_first:
            self.disk = moved
        if Effect.NOTE_JOB in effects:
            self.noted.add(moved.job_id)
        request = next((effect for effect in effects if effect is not Effect.NOTE_JOB), None)
        if request is None:
            self.disk = moved
            return moved
        happened = self._request(request, moved)
        if happened is None:  # killed: a new process reads what is on disk
            self.service.pass_time(self.service.now + 1.0)
            read = from_json(Capture, to_json(self.disk))
            assert read == self.disk
            return self._happens(read, Restarted())
        return self._happens(moved, happened)

    def _request(self, effect: Effect, capture: Capture) -> Event | None:
        self._check_request(effect)
        fault = self.faults.get(len(self.requests))
        self.requests.append(effect)
        if fault is None or effect not in fault.only:
            return self.service.act(effect, capture)
        if fault.status:
            return Looked(JobState(capture.job_id, fault.status, capture.order.target_ids), "fingerprint")
        answer = self.service.act(effect, capture) if fault.acts else None
        if fault.late is not None:
            at = self.service.now + fault.late
            self.service.late.append((at, lambda: _act_late(self.service, effect, capture)))
        if fault.crash:
            return None
        return fault.answer or answer

    def _check_request(self, effect: Effect) -> None:
        if effect is Effect.SUBMIT:
            if not self.disk.job_id or self.disk.job_id not in self.noted or self.disk.state is not State.SUBMITTING:
                raise BrokenInvariantError("submitted before it was on disk")
            if not self.disk.target_confirmed:
                raise BrokenInvariantError("submitted without a look at the target")
        if effect in {Effect.CREATE, Effect.UPLOAD} and self.service.charges.total():
            raise BrokenInvariantError("a new draft, or a new video, for a paid job")


def _act_late(service: ModelService, effect: Effect, capture: Capture) -> None:
    service.act(effect, replace(capture))


def run(faults: Mapping[int, Fault], stop_at: int | None = None, *, saves_first: bool = True) -> World:
    world = World(faults, stop_at, saves_first)
    world.run()
    return world
