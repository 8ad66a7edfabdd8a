"""The menagerie's own descriptions of the G1, as MuJoCo has them: where its meshes are."""

from collections.abc import Collection
from pathlib import Path

import mujoco
import numpy as np
import pytest

from tests.tools.g1_assets import g1_description

ROOT = Path(__file__).parents[2]


def menagerie_model(description: str, without: Collection[str] = ()) -> mujoco.MjModel:
    """The robot with the geoms that are seen, some joints fixed; a skip where the build has not fetched it."""
    folder = g1_description(ROOT)
    if folder is None:
        pytest.skip("the menagerie's G1 is not here: `make zip` fetches it")
    spec = mujoco.MjSpec.from_file(str(folder / description))
    for geom in list(spec.geoms):
        if geom.classname.name != "visual":
            spec.delete(geom)
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
