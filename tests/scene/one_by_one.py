"""Many FBX files sampled as the add-on samples one, in as few processes as crashes allow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aimocap_blender.scene.fbx import fbx_sampling_child

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHILD = Path(__file__).with_name("fbx") / "sample_files_child.py"
_MEMORY_MIB, _CPU_SEC, _MOST_SAMPLES = 1024, 120, 100_000


def sampled_one_by_one(files: Mapping[str, bytes], folder: Path) -> Iterator[tuple[str, list[object]]]:
    """Each file's name, and its outcome: seconds, MiB and what `sample_files_child.outcome` says, or "crashed"."""
    paths = {str(folder / f"{index}.fbx"): name for index, name in enumerate(files)}
    for path, name in paths.items():
        Path(path).write_bytes(files[name])
    left = list(paths)
    while left:
        request = {
            "files": left,
            "script": fbx_sampling_child.__file__,
            "arrays": str(folder / "clips.npz"),
            "copies": str(folder / "copies"),
            "memory_mib": _MEMORY_MIB,
            "cpu_sec": _CPU_SEC,
            "most_samples": _MOST_SAMPLES,
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        command = [sys.executable, str(_CHILD), str(folder / "request.json")]
        child = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        lines = child.stdout.decode("utf-8", "replace").splitlines()
        ended = [json.loads(line.removeprefix("@end ")) for line in lines if line.startswith("@end ")]
        for path, *outcome in ended:
            yield paths[path], outcome
        left = left[len(ended) :]
        if left:
            assert any(line.startswith("@begin ") for line in lines), lines
            yield paths[left.pop(0)], ["crashed", str(child.returncode)]
