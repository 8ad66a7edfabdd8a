"""Drives the pure machine against the model service as the runner does: saved first, then done; with faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from aimocap_blender.jobs import life
from aimocap_blender.jobs.capture import ENDED, Capture, Order, Source, State
from aimocap_blender.jobs.events import (
    CheckAgain,
    Effect,
    Event,
    Follow,
    Looked,
    Noted,
    NotedSubmission,
    Restarted,
    Stop,
    SubmitAnyway,
    Wake,
)
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.record_json import from_json, to_json
from aimocap_blender.service.contract import JobState

from .model_service import Fault, ModelService

TIMING = Timing()
HOUR = 3600.0
AFTERWARDS = 1000 * HOUR
MOST_STEPS = 400
MOST_CHECKS = 5
NOTES_LOST = "all notes lost, and the record knows no job"


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
        noted=True,
    )


@dataclass(frozen=True)
class Restore:
    """A backup is restored: before request `at`, the record is again what it was as its `version`th save.

    Attributes:
        notes_kept: the log or the second witness still has what was noted since.
    """

    at: int
    version: int
    notes_kept: bool


@dataclass
class World:
    """One capture, from the button to its end, with faults at given requests (counted from 0).

    Attributes:
        beyond: names of what went wrong where nobody can know better, see `check`.
    """

    faults: Mapping[int, Fault]
    stop_at: int | None = None
    saves_first: bool = True
    submits_again: bool = False
    service: ModelService = field(default_factory=ModelService)
    disk: Capture = field(default_factory=new_capture)
    requests: list[Effect] = field(default_factory=list[Effect])
    notes: Noted = field(default_factory=Noted)
    restore: Restore | None = None
    versions: list[Capture] = field(default_factory=list[Capture])
    looked: tuple[str, float] = ("", 0.0)
    beyond: list[str] = field(default_factory=list[str])
    stopped: bool = False
    checks: int = 0

    def run(self) -> Capture:
        """To the end, with a user who puts right what blocks it and checks again each hour, but never pays twice.

        Or who, if the user `submits_again`, has refused submissions sent once more.
        """
        capture = self.disk
        for _ in range(MOST_STEPS):
            if self.restore is not None and len(self.requests) == self.restore.at:
                capture = self._restore(self.restore)
            if capture.state in ENDED:
                if not self._is_asked_about(capture):
                    break
                capture = self._happens(capture, CheckAgain())
            if capture.state is State.BLOCKED or not capture.followed:
                capture = self._happens(capture, Follow())
            elif capture.state is State.UNCONFIRMED:
                if self.checks == MOST_CHECKS or not capture.job_id:
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

    def _is_asked_about(self, capture: Capture) -> bool:
        """Whether the user checks an ended one again, or another start of Blender does an hour later."""
        is_worth_it = capture.was_refused or (self.stopped and capture.lacks_motion)
        if not is_worth_it or self.checks == MOST_CHECKS:
            return False
        self.checks += 1
        if capture.was_refused:
            self.service.pass_time(self.service.now + HOUR)
        return True

    def check(self, capture: Capture) -> None:
        """Raise unless it is paid once, and has its motion then.

        What is beyond all looks is told by name in `beyond`, and must end in a question, but for one exception: a
        submission that the service accepts after it said that it accepts nothing for now, and after the wait for that.
        """
        paid = self.service.charges.total()
        made = [self.faults[at] for at in self.faults if at < len(self.requests)]
        is_asked = capture.state is State.UNCONFIRMED or capture.was_refused
        is_unknown = self.restore is not None and capture.state is State.UNCONFIRMED and not capture.job_id
        late = [fault.name for fault in made if fault.is_later_than_all_looks]
        late += [NOTES_LOST] if is_unknown else []
        self.service.pass_time(self.service.now + AFTERWARDS)
        total = self.service.charges.total()
        if total > 1:
            exceptions = [fault.name for fault in made if fault.is_exception]
            if not exceptions:
                raise BrokenInvariantError("charged twice")
            self.beyond += exceptions
            return
        if total > paid and not (is_asked and late):
            raise BrokenInvariantError("charged after the end")
        if is_asked and not paid:
            self.beyond += late if total else []
            return  # the service never took it and never says so: only the user can risk another submission
        if is_unknown:
            self.beyond += late
            return
        if capture.state not in ENDED:
            raise BrokenInvariantError(f"never ended: {capture.state}")
        if paid and capture.state is not State.DONE:
            raise BrokenInvariantError(f"a paid job was lost: {capture.state}")
        if capture.state is State.DONE and (not paid or not capture.files):
            raise BrokenInvariantError("done with nothing")

    def _happens(self, capture: Capture, event: Event) -> Capture:
        moved, effects = life.advance(capture, event, TIMING, self.service.now)
        self._note(moved, effects)
        return self._save(moved)

    def _save(self, capture: Capture) -> Capture:
        self.disk = capture
        if not self.versions or self.versions[-1] != capture:
            self.versions.append(capture)
        return capture

    def _note(self, capture: Capture, effects: tuple[Effect, ...]) -> None:
        if Effect.NOTE_JOB not in effects:
            return
        submissions = self.notes.submissions
        if capture.state is State.SUBMITTING:
            submissions += (NotedSubmission(capture.job_id, self.service.now),)
        self.notes = Noted(submissions)

    def _restore(self, restore: Restore) -> Capture:
        self.restore = replace(restore, at=-1)
        if not restore.notes_kept:
            self.notes = Noted(lost=True)
        self.disk = self.versions[min(restore.version, len(self.versions) - 1)]
        return self._restart()

    def _restart(self) -> Capture:
        """Have a new process read what is on disk."""
        self.service.pass_time(self.service.now + 1.0)
        self.looked = ("", 0.0)
        read = from_json(Capture, to_json(self.disk))
        assert read == self.disk
        return self._happens(read, Restarted(self.notes))

    def _wake(self, capture: Capture) -> Capture:
        moved, effects = life.advance(capture, Wake(), TIMING, self.service.now)
        if self.saves_first:
            self._save(moved)
        self._note(moved, effects)
        request = next((effect for effect in effects if effect is not Effect.NOTE_JOB), None)
        if request is None:
            return self._save(moved)
        happened = self._request(request, moved)
        if happened is None:  # killed
            return self._restart()
        if isinstance(happened, Looked):
            self.looked = (moved.job_id, self.service.now)
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
            job_id, state = self.disk.job_id, self.disk.state
            is_noted = job_id in {submission.job_id for submission in self.notes.submissions}
            if not job_id or not is_noted or state is not State.SUBMITTING:
                raise BrokenInvariantError("submitted before it was on disk")
            if self.looked[0] != job_id or self.service.now - self.looked[1] > TIMING.fresh_look_sec:
                raise BrokenInvariantError("submitted without a look in the same process")
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
