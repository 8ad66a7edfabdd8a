"""A model of the service that charges on every processed submission, and of the world between it and a capture.

It knows the contract only: nothing here is taken from the code under test but its vocabulary of events.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from aimocap_blender.jobs.capture import Capture, ResultFile, Trouble
from aimocap_blender.jobs.events import (
    Created,
    Effect,
    Event,
    Failed,
    Fetched,
    Looked,
    ResultFound,
    Submitted,
    Uploaded,
)
from aimocap_blender.service.contract import CreatedJob, Generation, JobResult, JobState

KINDS = {"default": "fbx", "unitree_g1": "robot_motion_json"}
WORK = ("queued", "processing", "processing", "completed")


@dataclass
class Job:
    targets: tuple[str, ...]
    status: str = "draft"
    uploaded: bool = False
    looks: int = 0


@dataclass
class ModelService:
    """Everything that the other side knows."""

    now: float = 0.0
    jobs: dict[str, Job] = field(default_factory=dict[str, Job])
    charges: Counter[str] = field(default_factory=Counter[str])
    late: list[tuple[float, Callable[[], None]]] = field(default_factory=list[tuple[float, Callable[[], None]]])
    other_target: bool = False

    def pass_time(self, until: float) -> None:
        self.now = max(self.now, until)
        due = [act for at, act in self.late if at <= self.now]
        self.late = [(at, act) for at, act in self.late if at > self.now]
        for act in due:
            act()

    def act(self, effect: Effect, capture: Capture) -> Event:
        """Process a request and answer it."""
        return getattr(self, f"_{effect.value}")(capture)

    def _create(self, capture: Capture) -> Event:
        job_id = f"job{len(self.jobs) + 1}"
        self.jobs[job_id] = Job(("default",) if self.other_target else capture.order.target_ids)
        return Created(CreatedJob(job_id, f"https://storage/{job_id}", Generation.A), "fingerprint")

    def _look(self, capture: Capture) -> Event:
        job = self.jobs[capture.job_id]
        if job.status != "draft":
            job.status = WORK[min(job.looks, len(WORK) - 1)]
            job.looks += 1
        return Looked(JobState(capture.job_id, job.status, job.targets), "fingerprint")

    def _upload(self, capture: Capture) -> Event:
        job = self.jobs[capture.upload_url.rpartition("/")[2]]
        assert job.status == "draft", "a video was put in the place of one that is paid for"
        job.uploaded = True
        return Uploaded("etag")

    def _submit(self, capture: Capture) -> Event:
        job = self.jobs[capture.job_id]
        assert job.uploaded, "submitted without a video"
        self.charges[capture.job_id] += 1
        job.status = "queued"
        return Submitted()

    def _ask_result(self, capture: Capture) -> Event:
        job = self.jobs[capture.job_id]
        if job.status != "completed":  # it may be asked for where looks can't be read
            return failure("not_ready", 409)
        return ResultFound(
            tuple(JobResult("completed", target, KINDS[target], "https://storage/motion") for target in job.targets)
        )

    def _fetch(self, capture: Capture) -> Event:
        kind = next(iter(capture.links))
        return Fetched(kind, ResultFile(f"{kind}.file", 1, "digest", ""))


def failure(
    kind: str, status: int | None = None, *, sent: bool = True, refused: bool = False, reason: str = ""
) -> Failed:
    trouble = Trouble(kind, "It went wrong.", "Try again.", None, status)
    return Failed(trouble, sent=sent, refused=refused, reason=reason)


@dataclass(frozen=True)
class Fault:
    """One way for a request to go wrong.

    `acts`: the service processes it. `late`: it does so that many seconds after. `crash`: this process dies before
    the request leaves ('before') or when its answer has come ('after'). `status`: a look says so, whatever is true.
    """

    name: str
    answer: Failed | None = None
    acts: bool = False
    late: float | None = None
    crash: str = ""
    status: str = ""
    only: frozenset[Effect] = frozenset(Effect)

    @property
    def is_exception(self) -> bool:
        """Whether the service says that it accepts nothing for now, and acts after all that is waited for then."""
        is_for_now = self.answer is not None and self.answer.trouble.kind in {"busy", "concurrency"}
        return is_for_now and (self.late or 0.0) > SETTLED_SEC

    @property
    def is_later_than_all_looks(self) -> bool:
        return (self.late or 0.0) > LAST_LOOK_SEC


SETTLED_SEC = 120.0
LAST_LOOK_SEC = 6 * 3600.0
"""Seconds after the submission at which the user of the model has given up asking."""
ANSWERS_TO_SUBMISSIONS = (
    *((status, "refused", documented) for status in (400, 402, 422) for documented in (False, True)),
    *((403, "key", documented) for documented in (False, True)),
    *((409, "not_ready", documented) for documented in (False, True)),
    (401, "key", False),
    (404, "no_such_job", False),
    (408, "timeout", False),
    (410, "gone", False),
    (425, "not_ready", False),
    (429, "busy", False),
    (429, "concurrency", True),
    (302, "redirect", False),
    *((status, "server", False) for status in (500, 502, 503, 504)),
)
"""Status, kind of fault, and whether a documented code comes with it."""
LATE_SEC = (0.0, 1.0, 100.0, 1000.0, 100_000.0)

ACTING = frozenset({Effect.CREATE, Effect.SUBMIT})
READING = frozenset({Effect.LOOK})
ABOUT_A_JOB = frozenset({Effect.LOOK, Effect.ASK_RESULT, Effect.SUBMIT})
LINKS = frozenset({Effect.UPLOAD, Effect.FETCH})

FAULTS = (
    Fault("unsent", failure("no_connection", sent=False)),
    Fault("unsent, certificate", failure("tls", sent=False)),
    Fault("time-out, not acted", failure("timeout")),
    Fault("time-out, acted", failure("timeout"), acts=True),
    Fault("reset, not acted", failure("lost")),
    Fault("reset, acted", failure("lost"), acts=True),
    Fault("502, acted", failure("server", 502), acts=True),
    Fault("503, not acted", failure("server", 503)),
    Fault("html, acted", failure("bad_answer", 200), acts=True),
    Fault("html, not acted", failure("bad_answer", 200)),
    Fault("429", failure("busy", 429)),
    Fault("too many at a time", failure("concurrency", 429, refused=True), only=ACTING),
    Fault("401", failure("key", 401)),
    Fault("403", failure("key", 403)),
    Fault("409, acted", failure("not_ready", 409), acts=True),
    Fault("400 of some proxy, acted", failure("refused", 400), acts=True, only=frozenset({Effect.SUBMIT})),
    Fault("redirect", failure("redirect", 302)),
    Fault("one 404", failure("no_such_job", 404), only=ABOUT_A_JOB),
    Fault("one 410", failure("gone", 410), only=ABOUT_A_JOB),
    *(Fault(f"one look says {status}", status=status, only=READING) for status in ("failed", "canceled", "resting")),
    Fault("larger than is read", failure("too_large", 200)),
    Fault("the job of another capture", failure("taken"), acts=True, only=frozenset({Effect.CREATE})),
    *(
        Fault(
            f"402 with a reason, acts {late} s late",
            failure("refused", 402, reason="No more"),
            late=late,
            only=frozenset({Effect.SUBMIT}),
        )
        for late in (1.0, 100.0, 1000.0)
    ),
    Fault(
        "403 with a reason, acted", failure("key", 403, reason="No more"), acts=True, only=frozenset({Effect.SUBMIT})
    ),
    Fault("409 with a reason", failure("not_ready", 409, reason="No more"), only=frozenset({Effect.SUBMIT})),
    Fault("link expired", failure("link_expired", 403), only=LINKS),
    Fault("bad file", failure("bad_file"), only=frozenset({Effect.FETCH})),
    Fault("still a draft, by a stale replica", status="draft", only=READING),
    *(Fault(f"acts {late} s late", failure("timeout"), late=late, only=ACTING) for late in (1.0, 100.0, 1000.0)),
    Fault("killed before", crash="before"),
    Fault("killed after", acts=True, crash="after"),
)

ACTED_THEN_ANSWERED = tuple(
    Fault(
        f"{status}{' documented' if documented else ''} {kind}, acts {late:g} s later",
        failure(kind, status, refused=documented, reason="No more"),
        late=late,
        only=frozenset({Effect.SUBMIT}),
    )
    for status, kind, documented in ANSWERS_TO_SUBMISSIONS
    for late in LATE_SEC
)
