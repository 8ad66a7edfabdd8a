"""Forces that a motion of the G1 needs: inverse dynamics by recursive Newton-Euler, all frames at once.

In the air they are those of MuJoCo's `mj_inverse`, without friction in the joints.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from .. import rotations
from ..rotations import BoolArray, FloatArray
from ..spans import chunks_of
from .capsules import g1_capsules
from .ground_forces import ground_forces
from .motion import G1Motion
from .robots import WHOLE_ROBOTS, table_of
from .soles import foot_bodies, sole_corners
from .variants import VARIANTS, Variant, carriers, g1_variant

INERTIAS_FILE = Path(__file__).with_name("g1-inertias.json")
_Row = tuple[str, float, list[float], list[float], list[float]]
GRAVITY = 9.81
"""m/s², as in MuJoCo."""
_FIT_SEC = 0.1
"""On both sides of a frame, over which its course is a parabola, as gait laboratories smooth at some 5 Hz: frame by
frame, a walk at 30 fps (kimodo_walk) moves its centre of pressure back and forth by 20 cm."""
_LEAST_FIT = 2
"""Frames on both sides."""


@dataclass(frozen=True, eq=False)
class Inertias:
    """Mass and inertia of each link, in the order of `G1Model.bodies`.

    Attributes:
        masses: (B,) kg.
        centres: (B, 3) of mass, in the body's frame, metres.
        tensors: (B, 3, 3) about the centre of mass, along the body's axes, kg m².
        armature: inertia of a motor's rotor at its joint, kg m².
    """

    masses: FloatArray
    centres: FloatArray
    tensors: FloatArray
    armature: float

    @property
    def mass(self) -> float:
        """Of the whole robot, kg."""
        return float(self.masses.sum())

    def centre_of(self, places: FloatArray) -> FloatArray:
        """Return (F, 3) the centre of mass of the whole robot from those of its bodies (B, F, 3)."""
        return np.asarray(np.einsum("b,bfi->fi", self.masses / self.mass, places), dtype=np.float64)


@lru_cache(maxsize=len(VARIANTS))
def g1_inertias(variant: Variant) -> Inertias:
    """Return the published inertias of a variant; where fixed joints weld links together, their sum."""
    if variant in WHOLE_ROBOTS:
        table = table_of(variant)["inertias"]
        own = rows = _by_link(table["rows"])
    else:
        table = json.loads(INERTIAS_FILE.read_text(encoding="utf-8"))
        own = _by_link(table[variant])
        # a variant's table has only the links that differ
        rows = _by_link(table["29dof"]) | own
    bodies, carried = g1_variant(variant).bodies, carriers(variant)
    links: list[list[tuple[float, FloatArray, FloatArray]]] = [[] for _ in bodies]
    for body, row in rows.items():
        carrier, frame = carried.get(body, (body, np.eye(4)))
        if body in bodies:
            links[bodies.index(body)].append(_placed(row, np.eye(4)))
        # a carrier with a row of its own has what it carries in it
        elif carrier not in own:
            links[bodies.index(carrier)].append(_placed(row, frame))
    masses, centres, tensors = np.zeros(len(bodies)), np.zeros((len(bodies), 3)), np.zeros((len(bodies), 3, 3))
    for body, parts in enumerate(links):
        for mass, at, _ in parts:
            masses[body] += mass
            centres[body] += mass * at
        centres[body] /= masses[body]
        # about the common centre
        for mass, at, tensor in parts:
            tensors[body] += tensor + mass * _about(at - centres[body])
    return Inertias(masses, centres, tensors, float(table["armature_kg_m2"]))


def _by_link(rows: list[_Row]) -> dict[str, _Row]:
    """Return the rows of a table of inertias by their links."""
    return {row[0]: row for row in rows}


def _placed(row: _Row, frame: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return mass, centre and tensor of a row in another frame, which (4, 4) moves its body's into."""
    _, mass, pos, quat, diagonal = row
    # the tensor is given along its main axes: turned into the body's, then into the frame's
    turn = frame[:3, :3] @ rotations.to_matrix(rotations.normalise(np.array(quat)))
    return mass, frame[:3, :3] @ np.array(pos) + frame[:3, 3], turn @ np.diag(diagonal) @ turn.T


def _about(offset: FloatArray) -> FloatArray:
    """Return the (3, 3) inertia of a unit mass at an offset."""
    # Steiner's theorem, the part that an offset adds
    return np.asarray(offset @ offset * np.eye(3) - np.outer(offset, offset), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Movement:
    """Poses of the G1, and how they change.

    Attributes:
        root_pos: (F, 3) of the pelvis in the world, metres.
        root_quat: (F, 4) unit wxyz.
        dof_pos: (F, J) rad.
        root_turn: (F, 3) rad/s of the pelvis, along the world's axes.
        dof_vel: (F, J) rad/s.
        root_acc: (F, 3) m/s² of the pelvis's frame, along the world's axes.
        root_turn_acc: (F, 3) rad/s², along the world's axes.
        dof_acc: (F, J) rad/s².
    """

    root_pos: FloatArray
    root_quat: FloatArray
    dof_pos: FloatArray
    root_turn: FloatArray
    dof_vel: FloatArray
    root_acc: FloatArray
    root_turn_acc: FloatArray
    dof_acc: FloatArray

    def rows(self, of: slice) -> "Movement":
        """Return some of the frames."""
        return Movement(**{name: values[of] for name, values in vars(self).items()})


@dataclass(frozen=True, eq=False)
class NeededForces:
    """Forces that move the robot so.

    Attributes:
        torques: (F, J) of the motors, N m.
        force: (F, 3) on the pelvis, along the world's axes, N: what neither motors nor ground provide.
        moment: (F, 3) on the pelvis about its frame's origin, along the world's axes, N m, as above.
        centre: (F, 3) of mass of the whole robot in the world, metres.
        bears: (F, 2) whether the left and the right foot stand on the ground.
        outside: (F,) metres from the support polygon to the centre of pressure that balances the robot; negative
            within it; NaN where no foot stands or no upward force is needed.
        pressure: (F, 2) x and y of that centre, metres; NaN as above.
    """

    torques: FloatArray
    force: FloatArray
    moment: FloatArray
    centre: FloatArray
    bears: BoolArray
    outside: FloatArray
    pressure: FloatArray


def movement_of(motion: G1Motion) -> Movement:
    """Return how a motion changes: at each frame by the parabola nearest to the frames about it."""
    # a vector whose derivatives are those of the rotation, along the world's axes
    steps = rotations.multiply(motion.root_quat[1:], rotations.conjugate(motion.root_quat[:-1]))
    turned = np.zeros_like(motion.root_pos)
    np.cumsum(rotations.to_rotation_vector(steps), axis=0, out=turned[1:])
    speeds, accelerations = _derivatives(np.hstack([motion.root_pos, turned, motion.dof_pos]), motion.fps)
    return Movement(
        *(motion.root_pos, motion.root_quat, motion.dof_pos),
        *(speeds[:, 3:6], speeds[:, 6:]),
        *(accelerations[:, :3], accelerations[:, 3:6], accelerations[:, 6:]),
    )


def needed_forces(movement: Movement, variant: Variant, ground: float = -np.inf) -> NeededForces:
    """Return the forces that a movement needs.

    Args:
        ground: height, metres; far below, nothing is touched.
    """
    parts = [_needed(movement.rows(of), variant, ground) for of in chunks_of(len(movement.root_pos))]
    return NeededForces(*map(np.concatenate, zip(*parts, strict=True)))


def _needed(of: Movement, variant: Variant, ground: float) -> tuple[FloatArray | BoolArray, ...]:
    model, inertias = g1_variant(variant), g1_inertias(variant)
    pos, quat = model.body_poses(of.root_pos, of.root_quat, of.dof_pos)
    corners, (bodies, others) = sole_corners(model, pos, quat), g1_capsules(variant).low_points(pos, quat)
    # bodies first: each step is one for all frames
    pos, world_from_body = np.moveaxis(pos, 1, 0).copy(), rotations.to_matrix(np.moveaxis(quat, 1, 0).copy())
    axes = [world_from_body[body, :, :, joint.axis_index] for body, joint in enumerate(model.joints, 1)]
    arms = np.einsum("bfij,bj->bfi", world_from_body, inertias.centres)
    speed, gain, acceleration = np.empty_like(pos), np.empty_like(pos), np.empty_like(pos)
    speed[0], gain[0], acceleration[0] = of.root_turn, of.root_turn_acc, of.root_acc
    # who stands still is pushed up as if accelerated by gravity
    acceleration[0, :, 2] += GRAVITY
    # outwards: how each body moves, from how its parent does and what its own joint adds
    for joint, axis in enumerate(axes):
        body, parent = joint + 1, int(model.parents[joint + 1])
        own = axis * of.dof_vel[:, joint, None]
        speed[body] = speed[parent] + own
        gain[body] = gain[parent] + axis * of.dof_acc[:, joint, None] + rotations.cross(speed[parent], own)
        acceleration[body] = acceleration[parent] + _moved(speed[parent], gain[parent], pos[body] - pos[parent])
    # by Newton's and Euler's laws the force and the moment that move each body so
    force = inertias.masses[:, None, None] * (acceleration + _moved(speed, gain, arms))
    tensors = world_from_body @ inertias.tensors[:, None] @ np.swapaxes(world_from_body, -1, -2)
    spin = np.einsum("bfij,bfj->bfi", tensors, speed)
    moment = np.einsum("bfij,bfj->bfi", tensors, gain) + rotations.cross(speed, spin) + rotations.cross(arms, force)
    # what the ground gives of all of that together, each body needs less from its joint
    whole, about = force.sum(axis=0), (moment + rotations.cross(pos - pos[0], force)).sum(axis=0)
    given = ground_forces(whole, about, pos[0], corners, others, ground)
    for point, body in enumerate((*foot_bodies(model), *bodies)):
        push = given.forces[:, point]
        if push.any():
            force[body] -= push
            moment[body] -= given.moments[:, point] + rotations.cross(given.points[:, point] - pos[body], push)
    # inwards: each joint carries its body and all that hangs on it; its motor gives the part about the axis
    torques = np.empty_like(of.dof_pos)
    for joint in reversed(range(len(axes))):
        body, parent = joint + 1, int(model.parents[joint + 1])
        torques[:, joint] = rotations.dot(axes[joint], moment[body]) + inertias.armature * of.dof_acc[:, joint]
        moment[parent] += moment[body] + rotations.cross(pos[body] - pos[parent], force[body])
        force[parent] += force[body]
    centre = inertias.centre_of(pos + arms)
    return torques, force[0], moment[0], centre, given.bears, given.outside, given.pressure


def _moved(speed: FloatArray, gain: FloatArray, arm: FloatArray) -> FloatArray:
    """Return the acceleration of an arm's end beyond that of its start, on a body that turns."""
    return rotations.cross(gain, arm) + rotations.cross(speed, rotations.cross(speed, arm))


def _derivatives(values: FloatArray, fps: float) -> tuple[FloatArray, FloatArray]:
    """Return the first and the second derivative (F, C) of columns, per second."""
    reach = min(max(_LEAST_FIT, round(_FIT_SEC * fps)), (len(values) - 1) // 2)
    if reach < 1:
        return np.zeros_like(values), np.zeros_like(values)
    # the parabola of least squares around each frame is linear in the values: three rows of weights, for all frames
    at = np.arange(-reach, reach + 1) / fps
    fit = np.linalg.pinv(np.stack([np.ones_like(at), at, at**2], axis=1))
    spans = np.lib.stride_tricks.sliding_window_view(values, len(at), axis=0)
    slope, bend = spans @ fit[1], 2.0 * (spans @ fit[2])
    # at the ends, the parabola of the last span goes on
    before = np.arange(-reach, 0)[:, None] / fps
    return (
        np.concatenate([slope[:1] + bend[:1] * before, slope, slope[-1:] - bend[-1:] * before[::-1]]),
        np.concatenate([np.repeat(bend[:1], reach, 0), bend, np.repeat(bend[-1:], reach, 0)]),
    )
