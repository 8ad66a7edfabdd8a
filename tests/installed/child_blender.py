"""A Blender in a process of its own: an empty configuration, a question in a file, and the answer that it writes."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PERSONS_OWN = ("AIMOCAP_API_KEY", "AIMOCAP_KEY", "AIMOCAP_SERVICE_URL")


def answer_of(
    command: Sequence[str],
    answer: Path,
    *,
    config: Path,
    variables: Mapping[str, str],
    longest_sec: float,
    status: int = 0,
) -> dict[str, Any]:
    """Run it to its end, and read its answer; what it printed is in the failure where it ends badly or says nothing."""
    answer.unlink(missing_ok=True)
    config.mkdir(parents=True, exist_ok=True)  # where there is none, Blender reads and writes the user's own
    inherited = {name: value for name, value in os.environ.items() if name not in PERSONS_OWN}
    child = subprocess.run(
        command,
        cwd=answer.parent,
        env={**inherited, "PYTHONFAULTHANDLER": "1", "BLENDER_USER_RESOURCES": str(config), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=longest_sec,
        check=False,
    )
    ended = f"Blender ended with status {child.returncode}\n{child.stdout}"
    assert answer.exists(), ended
    said = json.loads(answer.read_text())
    assert "error" not in said, f"{said.pop('error')}\n{said}\n{ended}"
    assert child.returncode == status, ended
    return said
