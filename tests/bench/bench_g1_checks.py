"""The cost of checking and adjusting motions of the G1, and of estimating forces, by the number of frames.

python -m tests.bench.bench_g1_checks
"""

import time
from collections.abc import Callable

import numpy as np

from aimocap_blender.motion.g1.adjusting import follow_ground, mirrored, put_on_ground, within_limits
from aimocap_blender.motion.g1.adjusting_curves import within_speeds, without_spikes
from aimocap_blender.motion.g1.adjusting_time import at_fps, looped
from aimocap_blender.motion.g1.checks import check_g1_motion
from aimocap_blender.motion.g1.feasibility import feasibility_of
from aimocap_blender.motion.g1.motion import G1Motion
from tests.media.g1_clips import weight_shift

FRAMES = (1_000, 10_000, 100_000)
STEPS = (put_on_ground, follow_ground, within_limits, mirrored, without_spikes, within_speeds, looped)


def motion(frames: int) -> G1Motion:
    """Four seconds of shifting the weight again and again, with arms that swing past the body, and glitches."""
    base, rng = weight_shift(), np.random.default_rng(1)
    rows = np.abs(np.arange(frames) % (2 * len(base.dof_pos) - 2) - len(base.dof_pos) + 1)
    dof = base.dof_pos[rows]
    dof[:, 15:] += 0.8 * np.sin(np.arange(frames)[:, None] / 60 * rng.uniform(0.5, 4, 14))
    dof[rng.integers(frames, size=frames // 500), rng.integers(29, size=frames // 500)] += 0.5
    return G1Motion(base.fps, base.root_pos[rows], base.root_quat[rows], dof)


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    check_g1_motion(motion(FRAMES[0]))
    for frames in FRAMES:
        moving = motion(frames)
        count = sum(check.count for check in check_g1_motion(moving).checks)
        own = time.process_time()
        took = seconds(lambda moving=moving: check_g1_motion(moving))
        own = time.process_time() - own
        adjusting = ", ".join(f"{step.__name__} {seconds(lambda m=moving, s=step: s(m)):.3f}" for step in STEPS)
        rate = seconds(lambda moving=moving: at_fps(moving, 50.0))
        forces = seconds(lambda moving=moving: feasibility_of(moving, 0.0).checks)
        print(
            f"{frames} frames: checks {took:.3f} s ({own:.3f} of the processor, {count} findings);"
            f" forces {forces:.3f} s;"
            f" adjusting {adjusting}, at_fps {rate:.3f} s"
        )


if __name__ == "__main__":
    main()
