"""The state machine against a service that charges on every processed submission, under all faults that fit."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from aimocap_blender.jobs import life, setbacks, transitions
from aimocap_blender.jobs.capture import Capture, State
from aimocap_blender.jobs.events import Effect, Failed

from .model_service import FAULTS, Fault, ModelService
from .model_world import BrokenInvariantError, World, new_capture, run

PLAIN = [
    Effect.CREATE,
    Effect.LOOK,
    Effect.UPLOAD,
    Effect.SUBMIT,
    Effect.LOOK,
    Effect.LOOK,
    Effect.LOOK,
    Effect.LOOK,
    Effect.ASK_RESULT,
    Effect.FETCH,
]
SPAN = len(PLAIN) + 2
"""A fault lengthens a life: a second one may meet what follows it."""


def check_single_faults() -> int:
    for fault, at in itertools.product(FAULTS, range(len(PLAIN))):
        run({at: fault})
    return len(FAULTS) * len(PLAIN)


def check_stops() -> int:
    cases = list(itertools.product((None, *FAULTS), range(len(PLAIN)), range(SPAN)))
    for fault, at, stop_at in cases:
        run({at: fault} if fault is not None else {}, stop_at)
    return len(cases)


def check_repeated_faults() -> int:
    """The same fault from one request on, five times in a row."""
    lasting = [fault for fault in FAULTS if fault.name != "one 404"]
    for fault, at in itertools.product(lasting, range(len(PLAIN))):
        run(dict.fromkeys(range(at, at + 5), fault))
    return len(lasting) * len(PLAIN)


def check_random(seeds: range) -> int:
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 -- a schedule, not a secret
        faults = {at: chance.choice(FAULTS) for at in range(60) if chance.random() < 0.35}
        run(faults, chance.choice((None, None, chance.randrange(SPAN))))
    return len(seeds)


def test_without_faults_a_life_is_ten_requests_and_one_charge() -> None:
    world = run({})
    assert world.requests == PLAIN
    assert list(world.service.charges.values()) == [1]


def test_single_faults_and_kills() -> None:
    assert check_single_faults() > 200


def test_lasting_faults() -> None:
    assert check_repeated_faults() > 200


def test_stop_at_each_moment() -> None:
    assert check_stops() > 2000


@pytest.mark.parametrize("first", range(SPAN))
def test_pairs_of_faults(first: int) -> None:
    for one, second in itertools.product(FAULTS, range(first + 1, SPAN + 1)):
        for other in FAULTS:
            run({first: one, second: other})


def test_random_schedules() -> None:
    assert check_random(range(1500)) == 1500


def test_another_target_is_noticed_before_anything_is_paid() -> None:
    world = World({}, service=ModelService(other_target=True))
    capture = world.run()
    assert capture.state is State.REJECTED
    assert world.requests == [Effect.CREATE, Effect.LOOK]
    assert "unitree_g1" in (capture.trouble.what if capture.trouble else "")


def _resend_after_restart(patch: pytest.MonkeyPatch) -> None:
    honest = life._interrupted

    def shortcut(capture: Capture, *rest: object) -> Capture:
        if capture.state is State.SUBMITTING:
            return replace(capture, state=State.UPLOADED)
        return honest(capture, *rest)  # type: ignore[arg-type]

    patch.setattr(life, "_interrupted", shortcut)


def _resend_after_settling(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(life, "_unconfirmed", transitions.not_submitted)


def _timeouts_were_not_sent(patch: pytest.MonkeyPatch) -> None:
    _before_submit_failed(patch, lambda failure: replace(failure, sent=failure.trouble.kind != "timeout"))


def _any_4xx_is_a_refusal(patch: pytest.MonkeyPatch) -> None:
    refused = (400, 409)
    _before_submit_failed(patch, lambda failure: replace(failure, refused=failure.trouble.http_status in refused))


def _before_submit_failed(patch: pytest.MonkeyPatch, change: Callable[[Failed], Failed]) -> None:
    honest = setbacks._submit_failed
    patch.setattr(setbacks, "_submit_failed", lambda capture, failure, again: honest(capture, change(failure), again))


def _new_draft_after_a_404(patch: pytest.MonkeyPatch) -> None:
    honest = setbacks._look_failed

    def shortcut(capture: Capture, failure: Failed, again: setbacks._Again) -> Capture:
        if failure.trouble.kind == "no_such_job":
            return transitions.abandon_draft(capture)
        return honest(capture, failure, again)

    patch.setattr(setbacks, "_look_failed", shortcut)


def _give_up_on_an_error(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        setbacks,
        "_look_failed",
        lambda capture, failure, _again: transitions.end(capture, State.FAILED, failure.trouble),
    )


def _stop_drops_paid_jobs(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(life._MOVES, life.Stop, lambda capture, *_rest: transitions.end(capture, State.STOPPED))


def _a_draft_at_once_means_not_taken(patch: pytest.MonkeyPatch) -> None:
    def shortcut(capture: Capture, *, for_now: bool = False) -> Capture:
        del for_now
        return transitions_verify(capture, for_now=True)

    transitions_verify = transitions.verify
    patch.setattr(setbacks, "verify", shortcut)
    patch.setattr(life, "verify", shortcut)


def _no_look_at_the_target(patch: pytest.MonkeyPatch) -> None:
    honest = life._created
    patch.setitem(
        life._MOVES,
        life.Created,
        lambda *args: replace(honest(*args), target_confirmed=True),
    )


SHORTCUTS = (
    _resend_after_restart,
    _resend_after_settling,
    _timeouts_were_not_sent,
    _any_4xx_is_a_refusal,
    _new_draft_after_a_404,
    _give_up_on_an_error,
    _stop_drops_paid_jobs,
    _a_draft_at_once_means_not_taken,
)


@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: shortcut.__name__.strip("_"))
def test_a_shortcut_is_caught(shortcut: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    shortcut(monkeypatch)
    with pytest.raises(BrokenInvariantError):  # noqa: PT012 -- any of the checks may be the one that notices
        check_single_faults()
        check_stops()
        check_repeated_faults()
        check_random(range(300))


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


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert all(isinstance(fault, Fault) for fault in FAULTS)
