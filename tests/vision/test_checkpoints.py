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

CHILD = Path(__file__).with_name("ended_child.py")
COUNT = 20
NEVER = 10**6


class Run:
    """Processes that see the same frames, one after the other."""

    def __init__(self, frames: Path, networks: Path, folder: Path) -> None:
        self.checkpoints, self.result = folder / "seen", folder / "motion.npz"
        self._arguments = [str(each) for each in (frames, networks, self.checkpoints, self.result)]

    def until(self, step: int) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, str(CHILD), *self._arguments, str(step)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def to_the_end(self) -> tuple[int, int]:
        """Frames that were read, and steps."""
        done = self.until(NEVER)
        assert done.returncode == 0, done.stderr
        read, steps = map(int, done.stdout.split())
        return read, steps

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
def whole(frames: Path, networks_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, int, int]:
    """A run that nobody ended; frames that it read, and its steps."""
    run = Run(frames, networks_folder, tmp_path_factory.mktemp("whole"))
    return run, *run.to_the_end()


def check_same(made: Run, expected: Run) -> None:
    """Compare two motions with all that belongs to them, bit for bit."""
    known = expected.arrays()
    assert made.arrays().keys() == known.keys()
    for name, values in made.arrays().items():
        assert values.tobytes() == known[name].tobytes(), name


def test_killed_again_and_again_it_comes_to_the_same_motion(
    frames: Path, networks_folder: Path, whole: tuple[Run, int, int], tmp_path: Path
) -> None:
    expected, all_read, _ = whole
    run = Run(frames, networks_folder, tmp_path)
    left = [so_far_in(run.checkpoints)]
    for step in (26, 66):  # in the first look, and while the hands are looked at
        assert run.until(step).returncode == -signal.SIGKILL
        left.append(so_far_in(run.checkpoints))
    assert left == sorted(left, key=lambda one: (one.share, one.first))
    assert left[0] == SoFar(0.0, 0)
    assert left[-1].share > 0.5
    read, _ = run.to_the_end()
    assert read < 0.5 * all_read  # all but the hands was seen before
    check_same(run, expected)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(10))
def test_killed_at_any_moment_it_comes_to_the_same_motion(
    frames: Path, networks_folder: Path, whole: tuple[Run, int, int], tmp_path: Path, moment: int
) -> None:
    expected, _, steps = whole
    run = Run(frames, networks_folder, tmp_path)
    assert run.until(max(round(steps * (moment + 0.5) / 10), 1)).returncode == -signal.SIGKILL
    run.to_the_end()
    check_same(run, expected)


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
    (tmp_path / "seen" / "so_far.json").write_text("[[")
    assert so_far_in(tmp_path / "seen") == SoFar()
    assert Checkpoints(None).part("part", lambda: values)["numbers"].dtype == np.float32
