"""Faults that tests put into the stand-in's way of answering."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Self

STEPS = ("create", "upload", "complete_upload", "job", "result", "download", "unknown")


@dataclass
class Fault:
    """One way in which matching requests go wrong. All of its parts combine.

    A request that matches is first held (`hold='before'`), then processed (if it `acts`), then held again
    (`hold='after'`), then answered. Every waiting is ended by `release()`, never by a clock.
    """

    step: str = "*"  # which requests: one of STEPS, or '*' for all
    times: int | None = 1  # how many of them; None: every one
    skip: int = 0  # let so many pass first
    acts: bool | None = None  # is the request processed? None: yes, unless the answer is replaced or broken
    late: bool = False  # processed only at `release()`, after the connection's end
    hold: str | None = None  # 'before' or 'after' processing, or 'reading': `after_bytes` of the upload were read
    status: int | None = None  # answer with this status
    code: str | None = None  # … and this error code in the stand-in's envelope
    message: str = ""
    body: str | bytes | None = None  # answer with exactly these bytes
    headers: dict[str, str] = field(default_factory=dict[str, str])  # added to the answer, in place of its own
    merge: dict[str, Any] = field(default_factory=dict[str, Any])  # merged, deeply, into the answer's data
    drop: list[str] = field(default_factory=list[str])  # dotted fields taken out of the answer's data
    reset: bool = False  # the connection is reset (RST) in place of the answer
    close: bool = False  # the connection ends (FIN) in place of the answer
    after_bytes: int | None = None  # break off after so many bytes of the upload's, or the answer's, body
    # … and with a `status`, the upload is answered with it then; a 2xx one stores those bytes
    damages: bool = False  # the upload's last byte is stored as another one, which the ETag tells
    drip: str | None = None  # 'head' or 'body': one byte each `pace` seconds, as long as the client listens
    pace: float = 0.02
    drops: int = 1  # … or so many bytes of the body; an upload's body is read CHUNK by CHUNK
    endless: bool = False  # the body goes on for as long as the client listens
    ignore_range: bool = False  # a download answers 200 with the whole file
    of_job: str | None = None  # answered as if this job had been asked for; a create answers with it, and makes none
    early: int | None = None  # an answer with this 1xx status comes first
    gzip: bool = False  # the answer's body is compressed, which nobody asked for
    pads: int = 0  # so many bytes of white space follow the answer's JSON
    links_to: str | None = None  # the answer's links lead to this address in place of the storage's

    def __post_init__(self) -> None:
        if self.step != "*" and self.step not in STEPS:
            raise ValueError(f"no such step: {self.step}")
        self.reached = threading.Event()  # set when a matching request came this far
        self._released = threading.Event()
        self.hits = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(**value)

    @property
    def processes(self) -> bool:
        """Whether the request takes effect at once."""
        if self.late:
            return False
        if self.acts is not None:
            return self.acts
        return not (self.reset or self.close or self.status is not None or self.body is not None)

    @property
    def replaces_answer(self) -> bool:
        return self.status is not None or self.body is not None or self.code is not None

    def release(self) -> None:
        """Ends every waiting of this fault, now and later."""
        self._released.set()

    def wait(self) -> None:
        self.reached.set()
        self._released.wait()


class Faults:
    """The faults in force, in the order in which they were added; one request meets at most one of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[Fault] = []

    def add(self, fault: Fault | None = None, /, **parts: Any) -> Fault:
        """Adds a fault, given whole or by its fields, and returns it (to release it, to wait for it)."""
        fault = fault or Fault(**parts)
        with self._lock:
            self._all.append(fault)
        return fault

    def clear(self) -> None:
        """Takes all faults out, and lets go whoever waits in one."""
        with self._lock:
            gone, self._all = self._all, []
        for fault in gone:
            fault.release()

    def release(self) -> None:
        with self._lock:
            held = list(self._all)
        for fault in held:
            fault.release()

    def meet(self, step: str) -> Fault | None:
        """The fault that this request meets, counted down."""
        with self._lock:
            for fault in self._all:
                if fault.step not in ("*", step):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None and fault.hits >= fault.times:
                    continue
                fault.hits += 1
                if not fault.hold:
                    fault.reached.set()
                return fault
        return None
