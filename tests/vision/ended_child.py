"""Sees a motion, and kills itself at one of its steps. Arguments: frames.npy, networks, checkpoints, result.npz, step.

A process of its own, as nothing less is as dead, and because products want one thread beneath numpy.
"""

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.seeing import arrays_seen

FPS = 4.0
"""As the frames are said to be: each is a sample then, and a piece has eight."""


class Steps:
    """Counts frames that are read, and steps of progress."""

    def __init__(self, last: int) -> None:
        self.left = last
        self.read = 0
        self.told: object = None

    def tell(self, *progress: object) -> None:
        if progress != self.told:
            self.told = progress
            self.step()

    def step(self) -> None:
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    frames, networks, checkpoints, result = map(Path, sys.argv[1:5])
    pictures, steps = np.load(frames), Steps(int(sys.argv[5]))

    def picture(index: int) -> np.ndarray:
        steps.step()
        steps.read += 1
        return pictures[index].repeat(2, axis=0).repeat(2, axis=1)

    found = arrays_seen(ClipFrames(len(pictures), FPS, picture), networks, steps.tell, checkpoints=checkpoints)
    np.savez(result, **found, allow_pickle=False)
    print(steps.read)


main()
