"""Run the benches: each `bench_*.py` beside this file, in a process of its own.

`python -m tests.bench [NAME …]` runs those whose names contain one of the words, or all of them.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]


def main() -> int:
    names = [path.stem for path in sorted(FOLDER.glob("bench_*.py"))]
    wanted = [name for name in names if not sys.argv[1:] or any(word in name for word in sys.argv[1:])]
    if not wanted:
        print(f"No bench is called that; there are: {', '.join(names) or 'none'}.", file=sys.stderr)
        return 1
    failed = []
    for name in wanted:
        print(f"--- {name.removeprefix('bench_').replace('_', ' ')}", flush=True)
        with tempfile.TemporaryDirectory() as settings:  # some reset them, which would reset the user's
            environment = {**os.environ, "BLENDER_USER_RESOURCES": settings}
            command = [sys.executable, "-m", f"tests.bench.{name}"]
            if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
                failed.append(name)
    if failed:
        print(f"Did not run to its end: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
