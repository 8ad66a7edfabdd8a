"""The API: create, complete-upload, job, result, each strict about what the contract requires."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, Any, cast

from .connection import NOTHING, Connection
from .contract import Refused, Terms, read_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Fault
    from .recording import Request

JOBS = "/api/v1/mocap/jobs"
ROUTES = (
    ("POST", re.compile(rf"{JOBS}$"), "create"),
    ("POST", re.compile(rf"{JOBS}/([^/]+)/complete-upload$"), "complete_upload"),
    ("GET", re.compile(rf"{JOBS}/([^/]+)$"), "job"),
    ("GET", re.compile(rf"{JOBS}/([^/]+)/result$"), "result"),
)
MOST_JSON = 1 << 20


class Api(Connection):
    """A connection to the base URL."""

    def answer_request(self) -> None:
        step, job_id = self._route()
        standin = self.standin
        port = self.server.server_address[1]
        request = standin.log.add("api", step, self.command, self.path, port, self.header_dict())
        request.job_id = job_id
        fault = standin.faults.meet(step) or NOTHING
        raw = self._read_small_body(request)
        request.body = _parsed(raw)
        if fault.hold == "before":
            fault.wait()

        def act() -> dict[str, Any]:
            data = self._act(request, raw, fault)
            request.acted = True
            standin.log.touched()
            return data

        status, answer = 200, {}
        if fault.late:
            threading.Thread(target=_act_late, args=(fault, act), daemon=True).start()
        try:
            if fault.processes:
                data = act()
                answer = self._wrapped(self._redirected(_merged(data, fault), fault))
        except Refused as refusal:
            status, answer = refusal.status, refusal.body(standin.envelope)
        if fault.hold == "after":
            fault.wait()
        self._send_answer(request, fault, status, answer)
        standin.log.touched()

    def _send_answer(self, request: Request, fault: Fault, status: int, answer: dict[str, Any]) -> None:
        if fault.body is not None:
            body = fault.body.encode() if isinstance(fault.body, str) else fault.body
            kind = "text/html" if body.lstrip()[:1] == b"<" else "application/json"
            self.send(request, fault, fault.status or 200, {"Content-Type": kind}, body)
        elif fault.replaces_answer:
            status = fault.status or 400
            answer = Refused(status, fault.code or "injected_fault", fault.message).body(self.standin.envelope)
            self.send_json(request, fault, status, answer)
        else:
            self.send_json(request, fault, status, answer)

    def _route(self) -> tuple[str, str | None]:
        for method, pattern, step in ROUTES:
            match = pattern.match(self.plain_path)
            if match and method == self.command:
                return step, (match.group(1) if match.groups() else None)
        return "unknown", None

    def _read_small_body(self, request: Request) -> bytes:
        if self.headers.get("Transfer-Encoding"):
            request.violations.append("a chunked body")
            self.close_connection = True
            return b""
        if int(self.headers.get("Content-Length") or 0) > MOST_JSON:
            request.violations.append("a huge body")
            self.close_connection = True
            return b""
        return b"".join(self.read_body(request))

    def _act(self, request: Request, raw: bytes, fault: Fault) -> dict[str, Any]:
        account = self.account(request)
        jobs = self.standin.jobs
        if self.standin.refuses_idempotency_keys and request.idempotency_key:
            raise Refused(400, "idempotency_key_unsupported", "Idempotency-Key is not supported here.")
        if request.step == "create":
            return self._create(request, account, fault)
        if request.step == "unknown":
            request.violations.append("no such endpoint")
            raise Refused(404, "not_found", "No such endpoint.")
        job = jobs.find(account, fault.of_job or request.job_id or "")
        if request.step == "complete_upload":
            if raw:
                request.violations.append("complete-upload has no body")
                raise Refused(400, "invalid_request", "complete-upload takes no body.")
            jobs.submit(job)
            return {"jobId": job.id, "status": job.status}
        return jobs.poll(job) if request.step == "job" else jobs.result(job)

    def account(self, request: Request) -> str:
        """The account that a request's bearer key belongs to."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if not key:
            request.violations.append("no bearer key")
            raise Refused(401, "unauthorized", "A bearer key is required.")
        if scheme != "Bearer" or key not in self.standin.keys:
            raise Refused(401, "unauthorized", "The key is not valid.")
        return key

    def _create(self, request: Request, account: str, fault: Fault) -> dict[str, Any]:
        standin = self.standin
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            request.violations.append("create without Content-Type: application/json")
            raise Refused(415, "invalid_request", "The body must be application/json.")
        terms = Terms(standin.generation, standin.limits, standin.takes_avatars, standin.refusal_status)
        order = read_order(terms, request.body)
        job = standin.jobs.find(account, fault.of_job) if fault.of_job else standin.jobs.create(account, order)
        request.job_id = job.id
        answer = {
            "jobId": job.id,
            "status": job.status,
            "uploadUrl": standin.link("PUT", job.source_key),
            "sourceKey": job.source_key,
        }
        return answer | ({"mocapType": order.mocap_type} if standin.generation == "B" else {})

    def _redirected(self, data: dict[str, Any], fault: Fault) -> dict[str, Any]:
        """The answer's data with its links to the storage leading to where the fault wants them to."""
        if fault.links_to is None:
            return data
        return json.loads(json.dumps(data).replace(self.standin.storage_url, fault.links_to))

    def _wrapped(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"data": data} if self.standin.wrapped else data


def _parsed(raw: bytes) -> Any:
    """The body as strict JSON (no NaN), or None."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        return json.loads(raw, parse_constant=refuse) if raw else None
    except ValueError:
        return None


def _act_late(fault: Fault, act: Callable[[], object]) -> None:
    fault.wait()
    try:
        act()
    except Refused:
        return


def _merged(data: dict[str, Any], fault: Fault) -> dict[str, Any]:
    """The answer's data with the fault's fields put in and taken out."""
    merged = _deep_merge(data, fault.merge)
    for dotted in fault.drop:
        *parents, last = dotted.split(".")
        place = merged
        for name in parents:
            place = place[name]
        place.pop(last, None)
    return merged


def _deep_merge(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in more.items():
        both = isinstance(value, dict) and isinstance(base.get(name), dict)
        merged[name] = _deep_merge(base[name], cast("dict[str, Any]", value)) if both else value
    return merged
