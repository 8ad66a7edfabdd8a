"""The menagerie's own descriptions of robots, as MuJoCo has them: what they weigh, and where their meshes are."""

from collections.abc import Collection
from pathlib import Path

import mujoco
import numpy as np

from tools.g1_assets import described_robots, robot_descriptions

ROOT = Path(__file__).parents[2]


DESCRIBED = tuple(variant for files in described_robots().values() for variant in files)
"""The variants that the menagerie describes."""


def description_of(variant: str) -> str:
    """The file of a variant; a skip where the build has not fetched it."""
    found = robot_descriptions(ROOT)
    if not found:
        import pytest  # absent where the bench runs its baseline, which needs no skips

        pytest.skip("the menagerie's robots are not here: `make zip` fetches them")
    return str(found[variant])


def menagerie_model(variant: str, without: Collection[str] = (), *, seen: bool = True) -> mujoco.MjModel:
    """The robot with the geoms that are seen, or with none; some joints fixed; a skip where it has not been fetched."""
    spec = mujoco.MjSpec.from_file(description_of(variant))
    for part in [*(geom for geom in spec.geoms if not seen or geom.classname.name != "visual")]:
        spec.delete(part)
    for mesh in () if seen else list(spec.meshes):
        spec.delete(mesh)
    motors = [motor for motor in spec.actuators if motor.target in without]
    for part in (*motors, *(spec.keys if without else ())):
        spec.delete(part)
    for joint in list(spec.joints):
        if joint.name in without:
            spec.delete(joint)
    return spec.compile()


def geom_origins(model: mujoco.MjModel, qpos: np.ndarray) -> list[tuple[str, str, np.ndarray, np.ndarray]]:
    """For each geom its body, its mesh, and the place and the (3, 3) turn in the world of the mesh's own origin.

    MuJoCo moves each mesh into the frame of its inertia; that is taken back.
    """
    data = mujoco.MjData(model)
    data.qpos[:] = qpos
    mujoco.mj_kinematics(model, data)
    origins = []
    for geom in range(model.ngeom):
        mesh = model.geom_dataid[geom]
        turn = data.geom_xmat[geom].reshape(3, 3) @ _matrix(model.mesh_quat[mesh]).T
        names = model.body(model.geom_bodyid[geom]).name, model.mesh(mesh).name
        origins.append((*names, data.geom_xpos[geom] - turn @ model.mesh_pos[mesh], turn))
    return origins


def mesh_corners(model: mujoco.MjModel, name: str) -> np.ndarray:
    """(V, 3) the corners of a mesh about its own origin, metres."""
    mesh = model.mesh(name).id
    start, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    return model.mesh_vert[start : start + count] @ _matrix(model.mesh_quat[mesh]).T + model.mesh_pos[mesh]


def _matrix(quat: np.ndarray) -> np.ndarray:
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, quat)
    return turn.reshape(3, 3)
