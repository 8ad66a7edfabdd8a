"""General Motion Retargeting's method, as its code has it: two rounds of inverse kinematics for each frame with mink.

A script for an environment of its own: `gmr_child.py TABLE.json IN.npz OUT.npz`. In: `names` (T,) of the robot's bodies
that the table drives, `pos` (F, T, 3) metres and `quat` (F, T, 4) wxyz of their targets, and the robot's start
`qpos`. Out: `qpos` (F, 7 + J) and `seconds` of the processor.
"""

import json
import sys
import time
from pathlib import Path

import mink
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.media.g1_mjcf import g1_mujoco

DAMPING, ENOUGH, MOST = 0.5, 0.001, 10
SETTLING = 20
SOLVER = "daqp"


def main() -> None:
    table, given, result = sys.argv[1:4]
    config = json.loads(Path(table).read_text())
    targets = np.load(given)
    names = targets["names"].tolist()
    model = g1_mujoco()
    configuration = mink.Configuration(model)
    configuration.update(targets["qpos"])
    rounds = [_tasks(config[key], names) for key in ("ik_match_table1", "ik_match_table2")]
    limits = [mink.ConfigurationLimit(model)]
    found = np.empty((len(targets["pos"]), model.nq))
    start = time.process_time()
    for frame, (pos, quat) in enumerate(zip(targets["pos"], targets["quat"], strict=True)):
        for tasks in rounds * (SETTLING if frame == 0 else 1):  # so that it isn't judged by its start
            for name, task in tasks.items():
                row = names.index(name)
                turn = mink.SO3(quat[row] / np.linalg.norm(quat[row]))
                task.set_target(mink.SE3.from_rotation_and_translation(turn, pos[row]))
            _solve(configuration, list(tasks.values()), limits)
        found[frame] = configuration.q
    np.savez(result, qpos=found, seconds=time.process_time() - start)


def _tasks(table: dict[str, list], names: list[str]) -> dict[str, mink.FrameTask]:
    return {
        body: mink.FrameTask(
            frame_name=body, frame_type="body", position_cost=row[1], orientation_cost=row[2], lm_damping=1
        )
        for body, row in table.items()
        if body in names and (row[1] or row[2])
    }


def _solve(configuration: mink.Configuration, tasks: list[mink.FrameTask], limits: list) -> None:
    step = configuration.model.opt.timestep
    before = np.inf
    for _ in range(MOST + 1):
        velocity = mink.solve_ik(configuration, tasks, step, SOLVER, damping=DAMPING, limits=limits)
        configuration.integrate_inplace(velocity, step)
        error = float(np.linalg.norm(np.concatenate([task.compute_error(configuration) for task in tasks])))
        if before - error <= ENOUGH:
            break
        before = error


if __name__ == "__main__":
    main()
