"""The stand-in as a process of its own, started and steered by a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[2]


class StandInProcess:
    """`python -m tests.standin`, as a context manager; ends with its stdin, so also when the test is killed."""

    def __init__(self, *options: str, python: str = sys.executable) -> None:
        command = [python, "-m", "tests.standin", *options]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the stand-in did not start: status {self._process.wait(10)}")
        addresses = json.loads(line)
        self.base_url: str = addresses["base_url"]
        self.storage_url: str = addresses["storage_url"]
        self.control_url: str = addresses["control_url"]
        self.dead_url: str = addresses["dead_url"]
        self.api_key: str = addresses["api_key"]
        self.folder = Path(addresses["folder"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.communicate(timeout=20)

    def state(self) -> dict[str, Any]:
        """`requests`, `charges`, `jobs` and `violations`, as plain JSON."""
        return self.control("state")

    def control(self, command: str, **body: Any) -> dict[str, Any]:
        """One control command: hold(status=…), release, faults(step=…, …), switch(…), expire_links, …."""
        data = None if command == "state" else json.dumps(body).encode()
        with urlopen(Request(f"{self.control_url}/{command}", data=data), timeout=20) as answer:  # noqa: S310
            return json.load(answer)
