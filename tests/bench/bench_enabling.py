"""The time that enabling the add-on takes when Blender starts: modules, registration, the most expensive modules."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.build_zip import build_zip

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("enabling_child.py")
RUNS = 5
COSTLIEST = 15


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        zip_file = build_zip(ROOT, folder, with_assets=False)
        measure("the bpy module", [sys.executable, str(CHILD)], folder / "module", zip_file)
        if blender := shutil.which("blender"):
            command = [blender, "--background", "--factory-startup", "--python", str(CHILD), "--"]
            measure(blender, command, folder / "program", zip_file)
        print(f"the costliest modules to import in {sys.executable}, in ms of their own and with what they import")
        times = output_of([sys.executable, "-X", "importtime", str(CHILD), "enable"], folder / "module")
        rows = [
            line.removeprefix("import time:").split("|") for line in times.splitlines() if ".aimocap_blender" in line
        ]
        for own, whole, module in sorted(rows, key=lambda row: -int(row[0]))[:COSTLIEST]:
            print(
                f"  {int(own) / 1000:6.1f} {int(whole) / 1000:6.1f}  {module.strip().partition('aimocap_blender.')[2]}"
            )
    return 0


def measure(what: str, command: list[str], config: Path, zip_file: Path) -> None:
    """Print the best of some starts, after a first one in which Python compiles the modules."""
    output_of([*command, str(zip_file)], config)
    runs = []
    for _ in range(RUNS + 1):
        said = output_of([*command, "enable"], config)
        runs.append(json.loads(next(line for line in said.splitlines() if line.startswith("{"))))
    print(f"{what}: {runs[0]['modules']} modules; ms on the clock, and of the processor")
    for part, number in (("import", 0), ("register", 1)):
        best = [min(run["times"][number + 1][i] - run["times"][number][i] for run in runs[1:]) for i in (0, 1)]
        print(f"  {part:8} {best[0] * 1000:6.0f} {best[1] * 1000:6.0f}")


def output_of(command: list[str], config: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, "BLENDER_USER_RESOURCES": str(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
    )
    return run.stdout


if __name__ == "__main__":
    sys.exit(main())
