"""The state machine against a service that charges on every processed submission, under all faults that fit."""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from aimocap_blender.jobs import life, transitions
from aimocap_blender.jobs.capture import Capture, End, ReportedEnd, ResultFile, State, Trouble, TroubleKind
from aimocap_blender.jobs.events import Effect, Failed, Noted
from tests.faults.marks import Seen
from tests.thorough import thoroughly

from .model_crashes import ALL, CRASHES, Schedules, run
from .model_service import ACTED_THEN_ANSWERED, FAULTS, Fault, ModelService
from .model_world import NOTES_LOST, BrokenInvariantError, Restore, World, new_capture

PLAIN = [
    Effect.CREATE,
    Effect.LOOK,
    Effect.UPLOAD,
    Effect.LOOK,
    Effect.SUBMIT,
    Effect.LOOK,
    Effect.LOOK,
    Effect.LOOK,
    Effect.LOOK,
    Effect.ASK_RESULT,
    Effect.FETCH,
]
FEW_ACTED = [
    fault
    for fault in ACTED_THEN_ANSWERED
    if fault.name.startswith(("402 documented", "429 busy", "401")) and fault.late in {0.0, 100.0}
]
SPAN = len(PLAIN) + 2
"""A fault lengthens a life: a second one may meet what follows it."""


@pytest.fixture(scope="module", autouse=True)
def _quickly_replaced() -> Iterator[None]:
    """Half of all time here is `dataclasses.replace` reading each field of a record; it is copied instead."""

    def replaced(record: Any, **changes: object) -> Any:
        fields: dict[str, object] = record.__dict__
        if getattr(record, "__post_init__", None) or not changes.keys() <= fields.keys():
            return replace(record, **changes)
        copied = object.__new__(record.__class__)
        copied.__dict__.update(fields, **changes)
        return copied

    with pytest.MonkeyPatch.context() as patch:
        for module in (life, transitions):
            patch.setattr(module, "replace", replaced)
        yield


def check_single_faults() -> int:
    return run_all({at: fault} for fault, at in itertools.product(ALL, range(len(PLAIN))))


def check_stops() -> int:
    cases = list(itertools.product((None, *ALL), range(len(PLAIN)), range(SPAN)))
    for fault, at, stop_at in cases:
        run({at: fault} if fault is not None else {}, stop_at)
    return len(cases)


def check_repeated_faults() -> int:
    """The same fault from one request on, five times in a row."""
    lasting = [fault for fault in ALL if fault.name != "one 404"]
    cases = itertools.product(lasting, range(len(PLAIN)))
    return run_all(dict.fromkeys(range(at, at + 5), fault) for fault, at in cases)


def check_pairs(one: Sequence[Fault], other: Sequence[Fault]) -> int:
    """Each fault of `one` at each request that it can meet, then each of `other` at each later one that it can meet."""
    count = 0
    for at, first in itertools.product(range(len(PLAIN)), one):
        if PLAIN[at] in first.only:
            requests = enumerate(run({at: first}).requests[: SPAN + 1])
            later = [(index, second) for index, effect in requests for second in other if effect in second.only]
            count += run_all({at: first, index: second} for index, second in later if index > at)
    return count


def check_random(seeds: range) -> int:
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 -- a schedule, not a secret
        faults = {at: chance.choice(ALL) for at in range(60) if chance.random() < 0.35}
        targets = chance.choice((("unitree_g1",), ("default", "unitree_g1")))
        run(faults, chance.choice((None, None, chance.randrange(SPAN))), targets=targets)
    return len(seeds)


def check_submitted_again() -> int:
    """A submission that was refused with a reason, and that the user has sent again: that may go wrong too."""
    refusals = [fault for fault in FAULTS if "with a reason" in fault.name]
    at = PLAIN.index(Effect.SUBMIT)
    for refusal, then in itertools.product(refusals, FAULTS):
        world = World({at: refusal, at + 4: then}, submits_again=True)
        capture = world.run()
        assert capture.submission.tries <= 2
    return len(refusals) * len(FAULTS)


def check_acted_then_answered() -> int:
    """A submission that acts, at once or late, and is answered with any status: a gateway may send it twice."""
    at = PLAIN.index(Effect.SUBMIT)
    others = [{}, *({at + 1: fault} for fault in FAULTS if Effect.LOOK in fault.only)]
    return run_all({at: acted, **other} for acted, other in itertools.product(ACTED_THEN_ANSWERED, others))


def check_submitted_again_after_any_answer() -> int:
    """The same, with a user who has it submitted again an hour later."""
    at = PLAIN.index(Effect.SUBMIT)
    acted = [fault for fault in ACTED_THEN_ANSWERED if not fault.is_later_than_all_looks and not fault.is_exception]
    for fault in acted:
        World({at: fault}, submits_again=True).run()
    return len(acted)


def check_restored(acted: Iterable[Fault]) -> int:
    """Each earlier record at each later moment, with the notes and without."""
    count, at = 0, PLAIN.index(Effect.SUBMIT)
    for faults in ({}, *({at: fault} for fault in acted)):
        plain = run(faults)
        moments = range(1, len(plain.requests) + 1)
        for moment, version, kept in itertools.product(moments, range(len(plain.versions)), (True, False)):
            run(faults, restore=Restore(moment, version, kept))
            count += 1
    return count


def run_all(schedules: Iterable[dict[int, Fault]]) -> int:
    return sum(1 for schedule in schedules if run(schedule))


def test_without_faults_a_life_is_eleven_requests_and_one_charge() -> None:
    world = run({})
    assert world.requests == PLAIN
    assert list(world.service.charges.values()) == [1]


def test_every_boundary_is_a_crash_point() -> None:
    """Decided, saved, noted, sent (and acted on late), answered, kept: and each leaves another record or service."""
    assert {fault.crash for fault in CRASHES} == {"unsaved", "saved", "before", "sent", "after", "kept"}
    for crash in CRASHES:
        assert run({PLAIN.index(Effect.SUBMIT): crash}).service.charges.total() <= 1


@pytest.mark.fault(42)
class TestSchedules:
    """No double charge, no lost paid job, under all of these."""

    def test_single_faults_and_kills(self, told: Seen) -> None:
        count = check_single_faults()
        told(f"{count} schedules")
        assert count > 200

    def test_lasting_faults(self, told: Seen) -> None:
        count = check_repeated_faults()
        told(f"{count} schedules")
        assert count > 200

    @pytest.mark.slow
    def test_stop_at_each_moment(self, told: Seen) -> None:
        count = check_stops()
        told(f"{count} schedules")
        assert count > 2000

    def test_submitted_again_after_a_refusal(self, told: Seen) -> None:
        count = check_submitted_again()
        told(f"{count} schedules")
        assert count > 100

    def test_any_answer_to_a_submission_that_acts(self, told: Seen) -> None:
        Schedules.beyond.clear()
        count = check_acted_then_answered()
        told(f"{count} schedules")
        assert count > 2000
        tell_what_is_beyond(told)

    def test_submitted_again_after_any_answer(self, told: Seen) -> None:
        told(f"{check_submitted_again_after_any_answer()} schedules")

    @pytest.mark.long
    def test_a_record_older_than_the_service(self, told: Seen) -> None:
        Schedules.beyond.clear()
        count = check_restored(FEW_ACTED)
        told(f"{count} schedules")
        assert count > 1000
        assert set(Schedules.beyond) <= {NOTES_LOST}
        tell_what_is_beyond(told)

    @thoroughly
    def test_a_record_older_than_the_service_after_any_answer(self, told: Seen) -> None:
        late = [fault for fault in ACTED_THEN_ANSWERED if fault.late == 100.0]  # seconds: within the looks
        told(f"{check_restored(late)} schedules")

    @pytest.mark.slow
    @thoroughly
    @pytest.mark.parametrize("second", [FAULTS, CRASHES], ids=["fault", "crash"])
    @pytest.mark.parametrize("first", [FAULTS, CRASHES], ids=["fault", "crash"])
    def test_pairs(self, first: Sequence[Fault], second: Sequence[Fault], told: Seen) -> None:
        count = check_pairs(first, second)
        told(f"{count} schedules")
        assert count > 1000

    @pytest.mark.slow
    def test_random_schedules(self, told: Seen, seen: Seen) -> None:
        count = check_random(range(3000))
        told(f"{count} schedules")
        seen(f"{Schedules.count} schedules of a model, none charged twice, none lost")
        assert count == 3000


def tell_what_is_beyond(told: Seen) -> None:
    """It ends in a question; only where the service says that it accepts nothing for now may it be paid twice."""
    exceptions = {fault.name for fault in ACTED_THEN_ANSWERED if fault.is_exception}
    late = {fault.name for fault in ACTED_THEN_ANSWERED if fault.is_later_than_all_looks}
    assert set(Schedules.beyond) <= exceptions | late | {NOTES_LOST}
    for name, count in sorted(Schedules.beyond.items()):
        told(f"{count} beyond all looks: {name}")


def test_another_target_is_noticed_before_anything_is_paid() -> None:
    world = World({}, service=ModelService(other_target=True))
    capture = world.run()
    assert capture.state is State.REJECTED
    assert world.requests == [Effect.CREATE, Effect.LOOK]
    assert "unitree_g1" in (capture.trouble.what if capture.trouble else "")


def _resend_after_restart(patch: pytest.MonkeyPatch) -> None:
    honest = life._interrupted

    def shortcut(capture: Capture, event: life.Event, timing: life.Timing, now: float) -> Capture:
        if capture.state is State.SUBMITTING:
            return transitions.not_submitted(capture)
        return honest(capture, event, timing, now)

    patch.setattr(life, "_interrupted", shortcut)


def _resend_after_settling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transitions, "unconfirmed", transitions.not_submitted)
    patch.setattr(life, "unconfirmed", transitions.not_submitted)


def _timeouts_were_not_sent(patch: pytest.MonkeyPatch) -> None:
    _before_submit_failed(patch, lambda failure: replace(failure, sent=failure.trouble.kind != "timeout"))


def _any_4xx_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    _refusals_are_believed(patch, lambda failure: failure.trouble.http_status in {400, 409})


def _before_submit_failed(patch: pytest.MonkeyPatch, change: Callable[[Failed], Failed]) -> None:
    honest = transitions._submit_failed

    def shortcut(capture: Capture, failure: Failed, again: transitions._Again) -> Capture:
        return honest(capture, change(failure), again)

    patch.setattr(transitions, "_submit_failed", shortcut)


def _new_draft_after_a_404(patch: pytest.MonkeyPatch) -> None:
    honest = transitions._look_failed

    def shortcut(capture: Capture, failure: Failed, again: transitions._Again) -> Capture:
        if failure.trouble.kind == "no_such_job":
            return transitions.abandon_draft(capture)
        return honest(capture, failure, again)

    patch.setattr(transitions, "_look_failed", shortcut)


def _give_up_on_an_error(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, failure: Failed, _again: object) -> Capture:
        return transitions.end(capture, State.FAILED, failure.trouble)

    patch.setattr(transitions, "_look_failed", shortcut)


def _stop_drops_paid_jobs(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, *_rest: object) -> Capture:
        return transitions.end(capture, State.STOPPED)

    patch.setitem(life._MOVES, life.Stop, shortcut)


def _a_draft_at_once_means_not_taken(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, **_named: object) -> Capture:
        return transitions_verify(capture, for_now=True)

    transitions_verify = transitions.verify
    patch.setattr(transitions, "verify", shortcut)
    patch.setattr(life, "verify", shortcut)


def _no_look_at_the_target(patch: pytest.MonkeyPatch) -> None:
    honest = life._created

    def shortcut(capture: Capture, event: life.Event, timing: life.Timing, now: float) -> Capture:
        return replace(honest(capture, event, timing, now), target_confirmed=True)

    patch.setitem(life._MOVES, life.Created, shortcut)


def _5xx_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    _refusals_are_believed(patch, lambda failure: (failure.trouble.http_status or 0) >= 500)


def _upload_after_a_restart(patch: pytest.MonkeyPatch) -> None:
    """The next process begins all unfinished work again."""
    honest = life._interrupted

    def shortcut(capture: Capture, event: life.Event, timing: life.Timing, now: float) -> Capture:
        if capture.state in {State.VERIFYING, State.RUNNING}:
            return transitions.abandon_draft(capture)
        return honest(capture, event, timing, now)

    patch.setattr(life, "_interrupted", shortcut)


def _wrong_files_will_do(patch: pytest.MonkeyPatch) -> None:
    honest = transitions._fetch_failed

    def shortcut(capture: Capture, failure: Failed, again: transitions._Again) -> Capture:
        if failure.trouble.kind == TroubleKind.BAD_FILE:
            file = ResultFile("motion.fbx", 1, "digest", "")
            return replace(transitions.end(capture, State.DONE), files={"fbx": file})
        return honest(capture, failure, again)

    patch.setattr(transitions, "_fetch_failed", shortcut)


def _one_report_is_the_end(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, reported: End, *_rest: object) -> Capture:
        return transitions.believe(replace(capture, reported=ReportedEnd(reported, 0.0, 1, None)))

    patch.setattr(transitions, "report_end", shortcut)
    patch.setattr(life, "report_end", shortcut)


def _a_reason_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    _refusals_are_believed(patch, lambda failure: failure.reason != "" and failure.trouble.http_status != 429)


def _submitted_again_without_a_look(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, _event: life.Event, _timing: life.Timing, now: float) -> Capture:
        submission = replace(capture.submission, anyway=True)
        return replace(capture, state=State.UPLOADED, submission=submission, looked_at=now, not_before=0.0)

    patch.setitem(life._MOVES, life.SubmitAnyway, shortcut)


def _no_look_before_paying(patch: pytest.MonkeyPatch) -> None:
    honest = life._uploaded

    def shortcut(capture: Capture, event: life.Event, timing: life.Timing, now: float) -> Capture:
        return replace(honest(capture, event, timing, now), looked_at=now)

    patch.setitem(life._MOVES, life.Uploaded, shortcut)


def _records_from_disk_are_believed(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, *_rest: object) -> Capture:
        return capture

    patch.setattr(life, "_as_noted", shortcut)


def _lost_notes_mean_nothing(patch: pytest.MonkeyPatch) -> None:
    honest = life._as_noted

    def shortcut(capture: Capture, noted: Noted, now: float) -> Capture:
        return honest(capture, replace(noted, lost=False), now)

    patch.setattr(life, "_as_noted", shortcut)


def _documented_refusals_are_believed(patch: pytest.MonkeyPatch) -> None:
    _refusals_are_believed(patch, lambda failure: failure.refused and failure.trouble.kind != "concurrency")


def _refusals_are_believed(patch: pytest.MonkeyPatch, which: Callable[[Failed], bool]) -> None:
    honest = transitions._submit_failed

    def shortcut(capture: Capture, failure: Failed, again: transitions._Again) -> Capture:
        if which(failure):
            return transitions.end(transitions.not_submitted(capture), State.REJECTED, failure.trouble)
        return honest(capture, failure, again)

    patch.setattr(transitions, "_submit_failed", shortcut)


def _a_refused_key_is_no_submission(patch: pytest.MonkeyPatch) -> None:
    honest = transitions._submit_failed

    def shortcut(capture: Capture, failure: Failed, again: transitions._Again) -> Capture:
        if failure.trouble.http_status == 401:
            return transitions.block(transitions.not_submitted(capture), State.UPLOADED, failure.trouble)
        return honest(capture, failure, again)

    patch.setattr(transitions, "_submit_failed", shortcut)


def _busy_is_sent_again_at_once(patch: pytest.MonkeyPatch) -> None:
    honest = life._verified

    def shortcut(capture: Capture, status: str, timing: life.Timing, now: float) -> Capture:
        hasty = replace(timing, settle_sec=0.0) if capture.submission.for_now else timing
        return honest(capture, status, hasty, now)

    patch.setattr(life, "_verified", shortcut)


SHORTCUTS = (
    _no_look_before_paying,
    _records_from_disk_are_believed,
    _lost_notes_mean_nothing,
    _documented_refusals_are_believed,
    _a_refused_key_is_no_submission,
    _busy_is_sent_again_at_once,
    _resend_after_restart,
    _resend_after_settling,
    _timeouts_were_not_sent,
    _any_4xx_is_a_refusal,
    _new_draft_after_a_404,
    _give_up_on_an_error,
    _stop_drops_paid_jobs,
    _a_draft_at_once_means_not_taken,
    _5xx_is_a_refusal,
    _upload_after_a_restart,
    _wrong_files_will_do,
    _one_report_is_the_end,
    _a_reason_is_a_refusal,
    _submitted_again_without_a_look,
)
CHECKS: dict[str, Callable[[], int]] = {
    "single faults": check_single_faults,
    "lasting faults": check_repeated_faults,
    "submitted again": check_submitted_again,
    "acted, then answered": check_acted_then_answered,
    "older records": lambda: check_restored(()),
    "stops": check_stops,
    "random schedules": lambda: check_random(range(300)),
}


@pytest.mark.slow
@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: shortcut.__name__.strip("_"))
def test_a_shortcut_is_caught(
    shortcut: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, told: Seen
) -> None:
    shortcut(monkeypatch)
    for name, check in CHECKS.items():
        try:
            check()
        except BrokenInvariantError as broken:
            told(f"caught by {name}: {broken}")
            return
    pytest.fail("not caught")


def test_saving_after_the_request_is_caught() -> None:
    with pytest.raises(BrokenInvariantError, match="on disk"):
        run({}, saves_first=False)


def test_without_a_look_at_the_target_it_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    _no_look_at_the_target(monkeypatch)
    with pytest.raises(AssertionError):
        test_another_target_is_noticed_before_anything_is_paid()


def test_a_new_capture_asks_for_nothing_but_a_draft() -> None:
    capture, effects = life.advance(new_capture(), life.Wake(), life.Timing(), 0.0)
    assert (capture.state, effects) == (State.CREATING, (Effect.CREATE,))


@pytest.mark.parametrize("event", [life.Restarted(Noted()), life.Follow()], ids=["restarted", "followed"])
def test_failures_before_a_new_beginning_are_not_held_against_it(event: life.Event) -> None:
    timing, down = life.Timing(), Failed(Trouble("no_connection", "It is down.", "Wait."), sent=False)
    capture, now = replace(new_capture(), state=State.RUNNING, job_id="job"), 0.0
    for _ in range(9):
        capture, _ = life.advance(capture, down, timing, now)
        now = capture.not_before
    capture, _ = life.advance(capture, event, timing, now)
    assert capture.counts.failures == 0
    capture, _ = life.advance(capture, down, timing, now)
    assert capture.not_before - now < 2 * timing.first_retry_sec


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(isinstance(fault, Fault) for fault in FAULTS)
