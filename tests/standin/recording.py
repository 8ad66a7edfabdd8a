"""The stand-in's log: every request, every charge, every breach of the contract."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Request:
    """One request as it came over the socket; `status` and `acted` are filled in as it is answered."""

    number: int
    server: str  # 'api' or 'storage'
    step: str  # 'create', 'upload', 'complete_upload', 'job', 'result', 'download', 'unknown'
    method: str
    path: str  # with the query, as sent
    host: str  # the Host header
    port: int  # the port that it came in on
    headers: dict[str, str]  # names in lower case
    job_id: str | None = None
    body: Any = None  # parsed JSON, of API requests
    body_bytes: int = 0  # bytes read from the socket
    status: int | None = None  # None: not answered (yet), or the connection was broken
    acted: bool = False  # did it take effect?
    violations: list[str] = field(default_factory=list[str])

    @property
    def idempotency_key(self) -> str | None:
        return self.headers.get("idempotency-key")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Charge:
    """Credits taken by one processed complete-upload."""

    job_id: str
    credits: float


class Log:
    """Requests and charges in order of arrival; waiting for them needs no sleep."""

    def __init__(self) -> None:
        self._grown = threading.Condition()
        self._requests: list[Request] = []
        self._charges: list[Charge] = []

    @property
    def requests(self) -> list[Request]:
        with self._grown:
            return list(self._requests)

    @property
    def charges(self) -> list[Charge]:
        with self._grown:
            return list(self._charges)

    @property
    def violations(self) -> list[str]:
        """Breaches of the contract, each with the request that made it."""
        return [f"{r.method} {r.path.partition('?')[0]}: {text}" for r in self.requests for text in r.violations]

    def add(self, server: str, step: str, method: str, path: str, port: int, headers: dict[str, str]) -> Request:
        with self._grown:
            request = Request(
                number=len(self._requests) + 1,
                server=server,
                step=step,
                method=method,
                path=path,
                host=headers.get("host", ""),
                port=port,
                headers=headers,
            )
            self._requests.append(request)
            self._grown.notify_all()
        return request

    def charge(self, job_id: str, credits_taken: float) -> None:
        with self._grown:
            self._charges.append(Charge(job_id, credits_taken))
            self._grown.notify_all()

    def touched(self) -> None:
        """Wakes whoever waits: something about a request or a job changed."""
        with self._grown:
            self._grown.notify_all()

    def wait_until(self, holds: Callable[[], bool], timeout: float) -> bool:
        """Waits until `holds()`; asked again at every request, answer, charge and change of a job."""
        with self._grown:
            return self._grown.wait_for(holds, timeout)
