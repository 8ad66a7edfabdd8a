"""What a long list of captures costs Blender's main thread: at the start, and at each tick."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.tools.build_zip import build_zip

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("captures_child.py")


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        zip_file = build_zip(ROOT, Path(name), with_assets=False)
        for finished in (0, 100, 500, 2000):
            run = subprocess.run(
                [sys.executable, str(CHILD), str(zip_file), str(finished)],
                env={**os.environ, "BLENDER_USER_RESOURCES": str(Path(name) / str(finished))},
                check=False,
            )
            if run.returncode:
                return run.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
