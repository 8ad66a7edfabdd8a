"""Seeing that is killed goes on: with the same motion, bit for bit, and without seeing again what was seen."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision.checkpoints import Checkpoints, SoFar, so_far_in
from tests.media.clip_frames import clip_frames
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.thorough import thoroughly

CHILD = Path(__file__).with_name("ended_child.py")
COUNT = 20
NEVER = 10**6
STEPS = (8, 16, 24, 26, 14, 30, 44, 16, 30, 20)
"""At which one process after the other is killed, each of its own: three and more in the first look, then while the
person is followed, and while the hands are looked at. The whole has 74."""


class Run:
    """Processes that see the same frames, one after the other."""

    def __init__(self, frames: Path, networks: Path, folder: Path) -> None:
        self.checkpoints, self.result = folder / "seen", folder / "motion.npz"
        self._arguments = [str(each) for each in (frames, networks, self.checkpoints, self.result)]

    def until(self, step: int) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(CHILD), *self._arguments, str(step)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def to_the_end(self) -> int:
        """Frames that were read."""
        done = self.until(NEVER)
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    def arrays(self) -> dict[str, np.ndarray]:
        with np.load(self.result) as found:
            return dict(found)


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    size = Film().size
    clip_frames(filmed_person(FILMS, Film(frames=30)), 0, COUNT, size, folder)
    (file,) = folder.glob("*.npy")
    return file


@pytest.fixture(scope="module")
def whole(frames: Path, networks_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, int]:
    """A run that nobody ended, and the frames that it read."""
    run = Run(frames, networks_folder, tmp_path_factory.mktemp("whole"))
    return run, run.to_the_end()


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps", [(24, 44, 30), pytest.param(STEPS, marks=thoroughly)], ids=["three moments", "ten moments"]
)
def test_killed_at_moments_it_comes_to_the_same_motion(
    frames: Path, networks_folder: Path, whole: tuple[Run, int], steps: tuple[int, ...], tmp_path: Path
) -> None:
    expected, all_read = whole
    run = Run(frames, networks_folder, tmp_path)
    left = [so_far_in(run.checkpoints)]
    for step in steps:
        assert run.until(step).returncode == -signal.SIGKILL
        left.append(so_far_in(run.checkpoints))
    assert left == sorted(left, key=lambda one: (one.share, one.first))
    assert left[0] == SoFar(0.0, 0)
    assert left[-1].share > 0.5
    assert run.to_the_end() < 0.5 * all_read  # all but the hands was seen before
    known = expected.arrays()
    assert run.arrays().keys() == known.keys()
    for name, values in run.arrays().items():
        assert values.tobytes() == known[name].tobytes(), name


def test_a_damaged_part_is_seen_again(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "seen")
    values = {"numbers": np.array([1.0, 1.0 / 3.0]), "frames": np.array([3, 2**40])}
    made = kept.keep("part", values)
    assert made["numbers"].tolist() == [1.0, float(np.float32(1.0 / 3.0))]
    assert made["frames"].tolist() == [3, 2**40]
    found = kept.part("part", lambda: pytest.fail("it is kept"))
    assert all(np.array_equal(found[name], made[name]) for name in values)
    (file,) = (tmp_path / "seen").glob("*.npz")
    file.write_bytes(file.read_bytes()[:-30])
    assert kept.kept("part") is None
    for broken in ("[[", '{"share": 0.5, "first": 1e400}'):
        (tmp_path / "seen" / "so_far.json").write_text(broken)
        assert so_far_in(tmp_path / "seen") == SoFar()
    assert Checkpoints(None).part("part", lambda: values)["numbers"].dtype == np.float32
