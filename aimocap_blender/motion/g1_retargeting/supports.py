"""The robot's surface as balls, and those of them that rest where the points of a human body do."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..body.body_points import SOLES, placed_points
from ..g1.capsules import G1Capsules, g1_capsules
from ..g1.soles import foot_bodies
from ..rotations import FloatArray, IntArray, conjugate, norm, rotate
from .pose_terms import ROOT, Chains, Poses
from .puppet import Place, Puppet, standing_poses

_AROUND = 0.13  # metres from a point of the body up to balls of the same limb that are its part of the robot
_TOGETHER = 0.003  # metres by which what rests together differs in height
_JOINTS = 3  # between their bodies and its own: those of a shoulder or a hip


@dataclass(frozen=True, eq=False)
class Surface:
    """The ends of the capsules, one of which is always the lowest of a body, as balls; of feet those under the soles.

    Attributes:
        bodies: (S,) the body of each, an index of `G1Model.bodies`.
        centres: (S, 3) in the body's frame, metres.
        radii: (S,) metres.
    """

    bodies: IntArray
    centres: FloatArray
    radii: FloatArray

    def heights(self, pos: FloatArray, quat: FloatArray) -> FloatArray:
        """Return (F, S) the heights of the lowest points of the balls.

        Args:
            pos: (F, B, 3) of the bodies in the world, metres.
            quat: (F, B, 4) wxyz of the bodies.
        """
        # the world's up as the bodies see it: along it the centres' heights are one product
        own, balls = self._owners
        up = rotate(conjugate(quat[:, own]), np.array([0.0, 0.0, 1.0]))
        found = pos[:, self.bodies, 2] - self.radii
        for axis in range(3):
            found += up[:, balls, axis] * self.centres[:, axis]
        return found

    @cached_property
    def _owners(self) -> tuple[IntArray, IntArray]:
        """The bodies (O,) that have balls, and for each ball (S,) which of these."""
        own, balls = np.unique(self.bodies, return_inverse=True)
        return own.astype(np.int64), balls.astype(np.int64)

    def lifts(self, poses: Poses, frames: IntArray, balls: IntArray) -> FloatArray:
        """Return how balls (N,) go up with the variables in frames (N,), (N, 6 + J)."""
        bodies = self.bodies[balls]
        centres = poses.pos[frames, bodies] + rotate(poses.quat[frames, bodies], self.centres[balls])
        from_root = centres - poses.pos[frames, 0]
        axes, levers = poses.axes[frames], centres[:, None] - poses.pos[frames, 1:]
        change = np.zeros((len(frames), ROOT + axes.shape[1]))
        change[:, 2], change[:, 3], change[:, 4] = 1.0, from_root[:, 1], -from_root[:, 0]
        turned = axes[..., 0] * levers[..., 1] - axes[..., 1] * levers[..., 0]  # of axis x lever, upwards
        change[:, ROOT:] = turned * poses.chains.moved_by[bodies]
        return change


def sharing(heights: FloatArray) -> FloatArray:
    """Return how much (F, n) each of some balls at heights (F, n) rests if their lowest does.

    Several that are about as low rest together: the lowest alone would change from frame to frame.
    """
    share = np.exp((heights.min(axis=1, keepdims=True) - heights) / _TOGETHER)
    return np.asarray(share / share.sum(axis=1, keepdims=True), dtype=np.float64)


@lru_cache(maxsize=8)
def surface_of(capsules: G1Capsules) -> Surface:
    """Return the surface of a robot."""
    model, feet = capsules.model, foot_bodies(capsules.model)
    rows, sole = np.flatnonzero(~np.isin(capsules.bodies, feet)), model.robot.sole
    radii = capsules.radii[rows]
    return Surface(
        np.concatenate([capsules.bodies[rows], capsules.bodies[rows], np.repeat(feet, len(sole))]),
        np.concatenate([capsules.starts[rows], capsules.ends[rows], np.tile(sole, (len(feet), 1))]),
        np.concatenate([radii, radii, np.full(len(feet) * len(sole), model.robot.corner_radius)]),
    )


@dataclass(frozen=True, eq=False)
class Support:
    """A point of a human body on the robot.

    Attributes:
        place: where it is.
        rows: the balls of the surface of which one rests where the point does.
    """

    place: Place
    rows: IntArray


@lru_cache(maxsize=8)
def supports_of(puppet: Puppet) -> dict[str, Support]:
    """Return by the names of `body_points.POINTS` those that the robot has."""
    surface, feet = surface_of(g1_capsules(puppet.variant)), foot_bodies(puppet.model)
    pos, quat = standing_poses(puppet.model)
    centres = pos[0, surface.bodies] + rotate(quat[0, surface.bodies], surface.centres)
    # which body (row) goes along with which other; the root moves all
    moved = np.pad(Chains(puppet.model).moved_by, ((0, 0), (1, 0)), constant_values=True)
    joints = moved.sum(axis=1)
    found: dict[str, Support] = {}
    for name, point in placed_points(puppet.figure).items():
        slot = puppet.skeleton.names[point.bone]
        on = puppet.places[slot]
        offset = rotate(conjugate(puppet.figure.to_body), point.offset)
        place = Place(on.body, on.offset + rotate(conjugate(on.quat), offset), on.quat)
        if on.body in feet:
            # heels behind the ankle, balls and toes ahead of it
            part = name.partition("_")[2]
            ahead = surface.centres[:, 0] > 0.0
            there = (surface.bodies == on.body) & ((part not in SOLES) | (ahead != (part == "heel")))
        else:
            # of the same limb, and near
            chain = moved[surface.bodies, on.body] | moved[on.body, surface.bodies]
            chain &= np.abs(joints[surface.bodies] - joints[on.body]) <= _JOINTS
            away = norm(centres - pos[0, on.body] - rotate(quat[0, on.body], place.offset)) - surface.radii
            there = chain & (away < _AROUND) & ~np.isin(surface.bodies, feet)
        if there.any():
            found[name] = Support(place, np.flatnonzero(there).astype(np.int64))
    return found
