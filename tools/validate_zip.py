"""Have a built zip judged by the validator that Blender itself ships."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from .faults import ToolFault, run_tool


def validate(zip_file: Path) -> str:
    """Return what the validator of this environment's bpy says about the zip; a fault if it is not accepted."""
    command = [sys.executable, str(blender_ext()), "validate", str(zip_file), f"--valid-tags={_tags()}"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode != 0:
        raise ToolFault(f"Blender's validator refuses {zip_file}:\n{run.stdout.strip()}", "Correct it and try again.")
    return run.stdout.strip()


def blender_ext() -> Path:
    """Return Blender's own extension tool, inside this environment's bpy wheel."""
    spec = importlib.util.find_spec("bpy")
    if spec is None or spec.origin is None:
        raise ToolFault(
            "Blender's extension tool is in the bpy wheel, which this Python lacks.", "Run this through make."
        )
    return next(Path(spec.origin).parent.glob("*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))


def _tags() -> Path:
    """Blender's own list of the tags that the store knows."""
    return blender_ext().parents[3] / "modules" / "_bpy_internal" / "extensions" / "tags.py"


def main() -> int:
    """Validate the zip that the command line names."""
    print(validate(Path(sys.argv[1])))
    return 0


if __name__ == "__main__":
    run_tool(main)
