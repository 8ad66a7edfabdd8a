"""The control endpoint: what a test on the other side of a socket may ask for and switch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .connection import NOTHING, Connection
from .contract import Limits
from .faults import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from .server import StandIn

SWITCHES = (
    "generation",
    "envelope",
    "wrapped",
    "credits",
    "polls",
    "ignore_target_for",
    "takes_avatars",
    "refusal_status",
    "nested_results",
    "refuses_idempotency_keys",
)


class Control(Connection):
    """GET /state; POST /switch, /hold and the other commands, with a JSON object as body."""

    def answer_request(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            answer = answer_control(self.standin, self.plain_path.strip("/"), json.loads(raw) if raw else {})
        except (KeyError, TypeError, ValueError) as error:
            self.send_json(None, NOTHING, 400, {"error": str(error)})
            return
        self.send_json(None, NOTHING, 200, answer)


def answer_control(standin: StandIn, command: str, body: dict[str, Any]) -> dict[str, Any]:
    """Does one control command and returns its answer."""
    if command == "state":
        return {
            "requests": [request.to_json() for request in standin.requests],
            "charges": [{"job_id": charge.job_id, "credits": charge.credits} for charge in standin.charges],
            "jobs": [job.summary() for job in standin.jobs],
            "violations": standin.violations,
        }
    commands: dict[str, Callable[[], object]] = {
        "switch": lambda: _switch(standin, body),
        "hold": lambda: standin.hold(body["status"]),
        "release": standin.release,
        "faults": lambda: standin.faults.add(Fault.from_json(body)),
        "clear_faults": standin.faults.clear,
        "release_faults": standin.faults.release,
        "expire_links": standin.links.expire_all,
        "revoke_keys": standin.keys.clear,
    }
    if command not in commands:
        raise ValueError(f"no such command: {command}")
    commands[command]()
    return {}


def _switch(standin: StandIn, body: dict[str, Any]) -> None:
    for name, value in body.items():
        if name == "limits":
            standin.limits = Limits(**value)
        elif name in SWITCHES:
            setattr(standin, name, value)
        else:
            raise ValueError(f"no such switch: {name}")
