"""The menagerie's G1 in MuJoCo's simulation, on a floor: what it does, and what the floor gives to its feet."""

from collections.abc import Callable
from dataclasses import dataclass

import mujoco
import numpy as np

from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.rotations import continuous
from tests.media.menagerie_g1 import description_of

FEET = ("left_ankle_roll_link", "right_ankle_roll_link")


@dataclass(frozen=True, eq=False)
class Simulated:
    """A simulated motion, with its forces.

    Attributes:
        motion: of the robot.
        centre: (F, 3) of mass, metres.
        pressure: (F, 2) centre of the floor's pressure on the feet, metres; NaN without any.
        carried: (F,) newtons up that the feet are given.
        on_feet: (F,) whether only feet touch the floor.
    """

    motion: G1Motion
    centre: np.ndarray
    pressure: np.ndarray
    carried: np.ndarray
    on_feet: np.ndarray


def g1_on_a_floor() -> mujoco.MjModel:
    """The robot on a floor, its joints held by the description's servos; a skip where the build has not fetched it."""
    spec = mujoco.MjSpec.from_file(description_of("29dof"))
    spec.worldbody.add_geom(name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[0, 0, 1])
    return spec.compile()


def simulated(
    seconds: float, targets: Callable[[float], np.ndarray], push: float = 0.0, fps: float = 60.0
) -> Simulated:
    """Simulate the robot from its stand on.

    Args:
        seconds: of the motion, after one in which it comes to rest.
        targets: time → (29,) angles that the servos hold, rad.
        push: speed with which the pelvis starts forwards, m/s.
        fps: frame rate.
    """
    model = g1_on_a_floor()
    data, floor = mujoco.MjData(model), model.geom("floor").id
    feet = [model.body(name).id for name in FEET]
    data.qpos[2], data.qpos[3] = 0.793, 1.0
    steps = round(1.0 / fps / model.opt.timestep)
    model.opt.timestep = 1.0 / fps / steps
    rows: list[tuple[np.ndarray, np.ndarray, np.ndarray, float, bool]] = []
    for frame in range(-round(fps), round(seconds * fps)):
        data.ctrl[:] = targets(max(frame, 0) / fps)
        if frame == 0:
            data.qvel[0] += push
        for _ in range(steps):
            mujoco.mj_step(model, data)
        mujoco.mj_forward(model, data)
        if frame >= 0:
            rows.append((data.qpos.copy(), data.subtree_com[1].copy(), *_given(model, data, floor, feet)))
    qpos, centre, pressure, carried, on_feet = (np.array(column) for column in zip(*rows, strict=True))
    motion = G1Motion(fps, qpos[:, :3], continuous(qpos[:, 3:7]), qpos[:, 7:])
    return Simulated(motion, centre, pressure, carried, on_feet)


def _given(model: mujoco.MjModel, data: mujoco.MjData, floor: int, feet: list[int]) -> tuple[np.ndarray, float, bool]:
    total, moments, on_feet = 0.0, np.zeros(2), True
    for index in range(data.ncon):
        contact, force = data.contact[index], np.zeros(6)
        if floor not in contact.geom:
            continue
        other = int(contact.geom[0] if contact.geom[1] == floor else contact.geom[1])
        if model.geom_bodyid[other] not in feet:
            on_feet = False
            continue
        mujoco.mj_contactForce(model, data, index, force)
        up = float(abs((contact.frame.reshape(3, 3).T @ force[:3])[2]))
        total += up
        moments += up * contact.pos[:2]
    return moments / total if total > 0.0 else np.full(2, np.nan), total, on_feet
