"""The jobs of the stand-in: their states, their charges, their answers."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .contract import Refused
from .mp4_duration import mp4_duration
from .results import ResultFailed, ResultOrder

if TYPE_CHECKING:
    from .contract import Order
    from .server import StandIn

TERMINAL = ("completed", "failed", "canceled")
DURATION_TOLERANCE = 0.06  # seconds: movie headers round to frames or milliseconds


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class Job:
    """One job; its fields may be read by tests at any time."""

    id: str
    account: str  # the key that it was created with
    generation: str
    order: Order
    targets: tuple[str, ...]  # as the service understood them
    source_key: str
    status: str = "draft"
    upload: Path | None = None  # the uploaded bytes
    content_type: str = ""
    charged: float = 0.0
    error: str | None = None
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    files: dict[str, Path] = field(default_factory=dict[str, Path])  # target -> its result
    created_at: str = field(default_factory=_now)
    updated_at: str = field(default_factory=_now)
    completed_at: str | None = None
    upcoming: list[str] = field(default_factory=list[str])  # the statuses that the next polls find
    made: threading.Event = field(default_factory=threading.Event)

    @property
    def trim(self) -> tuple[float, float]:
        """The admitted range in source seconds."""
        end = self.order.trim_end if self.order.trim_end is not None else self.order.duration
        if end is None and self.upload:
            end = mp4_duration(self.upload)
        return self.order.trim_start, end or 0.0

    def move_to(self, status: str, message: str = "") -> None:
        self.status, self.updated_at = status, _now()
        self.events.append({"type": "status", "status": status, "message": message or status.title(), "at": _now()})
        if status in TERMINAL:
            self.completed_at = self.updated_at

    def summary(self) -> dict[str, Any]:
        """The facts that tests on the other side of a socket can know."""
        return {
            "id": self.id,
            "status": self.status,
            "generation": self.generation,
            "targets": list(self.targets),
            "trim": list(self.trim),
            "filename": self.order.filename,
            "title": self.order.title,
            "duration": self.order.duration,
            "upload": str(self.upload) if self.upload else None,
            "uploadBytes": self.upload.stat().st_size if self.upload else None,
            "contentType": self.content_type,
            "charged": self.charged,
            "files": {target: str(file) for target, file in self.files.items()},
        }


class Jobs:
    """Creates jobs, charges them, and lets them run by the polls that they are asked for."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._lock = threading.RLock()
        self._all: dict[str, Job] = {}
        self._held: str | None = None

    def __iter__(self) -> Any:
        with self._lock:
            return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, which: int | str) -> Job:
        with self._lock:
            return self._all[which] if isinstance(which, str) else list(self._all.values())[which]

    def hold(self, status: str | None) -> None:
        """Jobs come as far as this status and stay there, until the hold is lifted with None."""
        with self._lock:
            self._held = status

    def create(self, account: str, order: Order) -> Job:
        standin = self._standin
        with self._lock:
            self._check_concurrency(account)
            job_id = f"job_{secrets.token_hex(8)}"
            targets = (standin.ignore_target_for,) if standin.ignore_target_for else order.targets
            job = Job(job_id, account, standin.generation, order, targets, f"uploads/{job_id}/source")
            self._all[job_id] = job
            return job

    def find(self, account: str, job_id: str) -> Job:
        job = self._all.get(job_id)
        if job is None or job.account != account:
            raise Refused(404, "job_not_found", "No such job.")
        return job

    def submit(self, job: Job) -> None:
        """Processes a complete-upload: each one that is not refused is charged."""
        standin = self._standin
        with self._lock:
            if job.upload is None:
                raise Refused(409, "source_not_uploaded", "The source was not uploaded.")
            start, end = job.trim
            actual = mp4_duration(job.upload)
            if actual is not None and end > actual + DURATION_TOLERANCE:
                raise Refused(400, "api_trim_range_invalid", f"The video ends at {actual:.3f} s, before trimEndSec.")
            limits = standin.limits
            if limits.file_bytes is not None and job.upload.stat().st_size > limits.file_bytes:
                raise Refused(413, "api_file_size_limit_exceeded", f"The plan allows {limits.file_bytes} bytes.")
            if not limits.plan_active:
                raise Refused(403, "api_plan_inactive", "The plan of this key is not active.")
            self._check_concurrency(job.account)
            cost = end - start
            if standin.credits is not None and standin.credits < cost:
                raise Refused(402, "insufficient_api_v_credits", f"{cost:g} v-credits are needed.")
            if standin.credits is not None:
                standin.credits -= cost
            job.charged += cost
            if job.status == "draft":
                job.move_to("queued")
                job.upcoming = list(standin.polls)
                threading.Thread(target=self._make, args=(job,), daemon=True).start()
        standin.log.charge(job.id, cost)

    def poll(self, job: Job) -> dict[str, Any]:
        """The answer of `GET …/{jobId}`; asking moves the job on."""
        with self._lock:
            self._move_on(job)
            body: dict[str, Any] = {
                "job": {"id": job.id, "status": job.status, "targetIds": list(job.targets)},
                "events": list(job.events),
                "result": None,
            }
            if job.error:
                body["job"]["error"] = job.error
            return body

    def result(self, job: Job) -> dict[str, Any]:
        """The answer of `GET …/{jobId}/result`, with fresh links."""
        if job.status != "completed":
            raise Refused(409, "job_not_completed", f"The job is {job.status}.")
        standin = self._standin
        outputs: list[dict[str, Any]] = [
            {"targetId": target, "status": "failed"}
            if target in standin.failed_outputs
            else {"targetId": target, "resultType": "robot_motion_json", "motionJsonUrl": standin.link("GET", file_key)}
            if target == "unitree_g1"
            else {"targetId": target, "resultType": "fbx", "fbxUrl": standin.link("GET", file_key)}
            for target in job.targets
            for file_key in [f"results/{job.id}/{target}"]
        ]
        if standin.nested_results:
            job_told = {"job": {"id": job.id, "status": job.status}}
            return job_told | {"previewVideoUrl": standin.link("GET", f"results/{job.id}/preview"), "outputs": outputs}
        common = {
            "jobId": job.id,
            "status": job.status,
            "previewVideoUrl": standin.link("GET", f"results/{job.id}/preview"),
            "manifestUrl": standin.link("GET", f"results/{job.id}/manifest"),
            "createdAt": job.created_at,
            "updatedAt": job.updated_at,
            "completedAt": job.completed_at,
        }
        return common | (outputs[0] if job.generation == "A" else {"outputs": outputs})

    def _check_concurrency(self, account: str) -> None:
        allowed = self._standin.limits.running_jobs
        running = sum(j.account == account and j.status in ("queued", "processing") for j in self._all.values())
        if allowed is not None and running >= allowed:
            raise Refused(429, "api_concurrency_limit_exceeded", f"{allowed} jobs may run at a time.")

    def _move_on(self, job: Job) -> None:
        if job.status in (*TERMINAL, "draft", self._held) or not job.upcoming:
            return
        following = job.upcoming[0]
        if following in TERMINAL and (self._held is not None or not job.made.is_set()):
            return
        job.upcoming.pop(0)
        if following == job.status:
            return
        if following == "completed" and job.error:
            following = "failed"
        if following == "failed":
            job.error = job.error or "processing_failed"
        job.move_to(following)

    def _make(self, job: Job) -> None:
        start, end = job.trim
        try:
            for target in sorted(set(job.targets) - self._standin.lost_files):
                made = self._standin.folder / "made"
                order = ResultOrder(job.id, target, start, end, job.order.export_fps, made)
                job.files[target] = self._standin.results.file_for(order)
        except ResultFailed as failure:
            job.error = "processing_failed"
            job.events.append({"type": "error", "message": str(failure), "at": _now()})
        finally:
            job.made.set()
            self._standin.log.touched()
