"""Makes the motion JSON that the service would deliver for a Unitree G1: it walks the performance's circle and waves.

`python -m tests.media.g1_json motion.json --start 1.2 --end 3.6 --fps 30`, or `--megabytes 3`: any Python with numpy.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from .g1_body import g1_joints, leg, solve_leg
from .matrices import Z_AXIS, Array, about, quaternion_xyzw, turn
from .metahuman_fbx import frame_times
from .performance import Performance
from .performance_options import add_performance_options, performance_of
from .posing import WAVE_SEC

HUMAN_LEG = 0.845  # metres, hip to ankle
G1_LEG = 0.60
SIZE = G1_LEG / HUMAN_LEG
PELVIS_HEIGHT = 0.745  # metres: the knees are bent
ANKLE = np.array([0.105, 0.0, 0.038])  # of the left foot; facing -Y
BALL = np.array([0.105, -0.10, 0.0])
TO_G1 = about(Z_AXIS, -np.pi / 2)  # the robot's X is forward, the performer's -Y
DECIMALS = 6
BYTES_A_FRAME = 310


def g1_motion(times: Array, performance: Performance) -> tuple[Array, Array, Array]:
    """Root positions (F, 3) in metres, root rotations (F, 4) xyzw and joint angles (F, 29) at some source seconds."""
    robot = Performance(
        performance.step_sec, performance.step_length * SIZE, performance.radius * SIZE, performance.toe_out
    )
    swing = 2 * np.pi * times / performance.cycle
    over_left = np.cos(swing - 2 * np.pi * 0.3)
    ahead = about(Z_AXIS, robot.heading(times))
    height = PELVIS_HEIGHT + 0.008 * np.cos(2 * swing - 4 * np.pi * 0.3)
    position = robot.ground(times) + turn(ahead, np.stack([0.02 * over_left, np.zeros_like(swing), height], axis=-1))
    rotation = ahead @ about(Z_AXIS, -0.08 * np.cos(swing)) @ TO_G1
    angles = np.zeros((len(times), len(g1_joints())))
    for side, across in (("l", 1.0), ("r", -1.0)):
        mirrored = np.array([across, 1.0, 1.0])
        foot = robot.foot(times, side, ANKLE * mirrored, BALL * mirrored)
        angles[:, leg(side)] = solve_leg(side, (position, rotation), foot.ankle, foot.foot @ TO_G1)
    for name, values in _upper_body(times, swing).items():
        angles[:, [joint.name for joint in g1_joints()].index(name)] = values
    return position, quaternion_xyzw(rotation), angles


def _upper_body(times: Array, swing: Array) -> dict[str, Array | float]:
    wave = np.sin(2 * np.pi * times / WAVE_SEC)
    return {
        "waist_yaw_joint": 0.18 * np.cos(swing),
        "waist_pitch_joint": 0.06,
        "left_shoulder_pitch_joint": 0.1 + 0.4 * np.cos(swing),
        "left_shoulder_roll_joint": 0.18,
        "left_elbow_joint": 1.1 + 0.15 * np.cos(swing),
        "right_shoulder_roll_joint": -1.45 - 0.06 * wave,
        "right_shoulder_yaw_joint": -1.35,
        "right_elbow_joint": 0.15 + 0.5 * wave,
        "right_wrist_roll_joint": 0.3 * wave,
    }


def make_g1_json(
    file: Path, start: float, end: float, fps: float = 30, *, performance: Performance | None = None
) -> None:
    """Writes the motion of a range of source seconds; its first frame is the range's first moment."""
    position, rotation, angles = g1_motion(frame_times(start, end, fps), performance or Performance())
    motion = {
        "version": 1,
        "robotType": "unitree_g1",
        "fps": int(fps) if float(fps).is_integer() else fps,
        "frameCount": len(position),
        "root_pos": position.round(DECIMALS).tolist(),
        "root_rot_xyzw": rotation.round(DECIMALS + 2).tolist(),
        "dof_pos": angles.round(DECIMALS).tolist(),
    }
    file.write_text(json.dumps(motion), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--start", type=float, default=0.0, help="source seconds")
    parser.add_argument("--end", type=float, default=4.0, help="source seconds")
    parser.add_argument("--fps", type=float, default=30.0)
    add_performance_options(parser)
    parser.add_argument("--megabytes", type=float, help="as long as it takes to be about this big")
    options = parser.parse_args()
    end = options.end
    if options.megabytes:
        end = options.start + options.megabytes * 1e6 / BYTES_A_FRAME / options.fps
    make_g1_json(options.file, options.start, end, options.fps, performance=performance_of(options))


if __name__ == "__main__":
    main()
