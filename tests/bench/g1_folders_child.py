"""Make a tree of motion files, put it through the command `g1`, kill that halfway, resume it, and print what it took.

Runs in Blender. Its arguments: the zip, and how many files; or the zip, `call`, the folder and the output.
"""

import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from aimocap_blender.motion.g1.files import SUFFIX_OF, Format, read_g1_file, write_g1_file
from aimocap_blender.motion.g1.motion import G1Motion
from tests.installed.blender_knows import MODULE, install

WALK = Path(__file__).resolve().parents[3] / "shared" / "data" / "g1" / "kimodo_walk.json"
FORMATS: tuple[Format, ...] = ("JSON", "GMR_PICKLE", "MJLAB_NPZ", "HOLOSOMA_NPZ", "PROTOMOTIONS_TENSORS")
FRAMES = 50


def main() -> None:
    zip_file, count = sys.argv[1], int(sys.argv[2])
    walk = read_g1_file(WALK).motion
    short = G1Motion(walk.fps, walk.root_pos[:FRAMES], walk.root_quat[:FRAMES], walk.dof_pos[:FRAMES])
    with tempfile.TemporaryDirectory() as name:
        source, made = Path(name) / "source", Path(name) / "made"
        for index in range(count):
            folder = source / f"lab {index % 4}" / f"day {index % 3}"
            folder.mkdir(parents=True, exist_ok=True)
            kind = FORMATS[index % len(FORMATS)]
            write_g1_file(folder / f"walk {index}{SUFFIX_OF[kind]}", short, kind)
        begun = time.monotonic()
        first = call(zip_file, source, made)
        while len(rows_in(made)) < count // 2 and first.poll() is None:
            time.sleep(0.2)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        until_killed, after_kill = time.monotonic() - begun, len(rows_in(made))
        second = call(zip_file, source, made)
        status = second.wait()
        took = time.monotonic() - begun - until_killed
        rows = rows_in(made)
        steps = Counter(row["step"] for row in rows)
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        written = len([*made.rglob("*.npz")])
    print(f"{count} files: {after_kill} made in {until_killed:.0f} s, then killed; the others in {took:.0f} s")
    print(
        f"{(until_killed + took) / count:.2f} s a file, {memory:.0f} MiB in the largest process, exit status {status}"
    )
    print(f"{dict(steps)} in the summary, {written} npz written")


def call(zip_file: str, source: Path, made: Path) -> "subprocess.Popen[bytes]":
    arguments = [sys.executable, __file__, zip_file, "call", str(source), str(made)]
    return subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL)


def rows_in(made: Path) -> list[dict[str, object]]:
    summary = made / "summary.jsonl"
    lines = summary.read_text().splitlines() if summary.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("}")]


def called() -> None:
    install(sys.argv[1])
    run_verb = importlib.import_module(f"{MODULE}.command.verbs").run_verb
    sys.exit(run_verb(["g1", sys.argv[3], "--output", sys.argv[4], "--for", "mjlab", "--json"]))


if __name__ == "__main__":
    called() if sys.argv[2] == "call" else main()
