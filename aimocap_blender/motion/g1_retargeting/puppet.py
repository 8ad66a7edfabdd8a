"""The G1 as a human figure: a skeleton of the robot's proportions with free joints, which gets the motion first.

What the puppet does is what the robot is to do: it has the source's directions, stands where the source stands, and is
as large as the robot. Only the robot's joints can't do all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from ..bones.humanoid import BoneMap, BoneMatch
from ..figures.figure import Figure, figure_of
from ..g1.model import G1Model
from ..g1.variants import VARIANTS, Variant, carriers, g1_variant
from ..rotations import IDENTITY, FloatArray, rotate
from ..skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Place:
    """A point on the robot that stands for a joint of a human.

    Attributes:
        body: that carries it, an index of `G1Model.bodies`.
        offset: (3,) from the body's frame, metres.
        quat: (4,) rotation from the puppet's bone at rest to the body's frame, wxyz.
    """

    body: int
    offset: FloatArray
    quat: FloatArray

    def at(self, pos: FloatArray, quat: FloatArray) -> FloatArray:
        """Return (F, 3) where it is while the bodies are at (F, B, 3), turned by (F, B, 4) wxyz."""
        return pos[:, self.body] + rotate(quat[:, self.body], self.offset)


@dataclass(frozen=True, eq=False)
class Puppet:
    """The figure.

    Attributes:
        variant: the robot.
        model: the same.
        skeleton: its bones; all bone axes are the world's at rest: X forward, Y left, Z up.
        bone_map: its slots, each with a bone of the same name.
        places: slot to the place on the robot.
    """

    variant: Variant
    model: G1Model
    skeleton: Skeleton
    bone_map: BoneMap
    places: Mapping[str, Place]

    @cached_property
    def figure(self) -> Figure:
        """The same as a human figure."""
        return figure_of(self.skeleton, self.bone_map, "object")

    def standing(self, slot: str) -> FloatArray:
        """Return the joint (3,) of the figure that stands upright over the world's origin, metres."""
        return np.asarray(self.skeleton.rest[self.skeleton.index(slot), :3, 3], dtype=np.float64)


@lru_cache(maxsize=len(VARIANTS))
def puppet_of(variant: Variant) -> Puppet:
    """Return the figure of a G1: it stands upright with its arms down."""
    model = g1_variant(variant)
    pos, quat = standing_poses(model)
    carried = carriers(variant)
    figure = model.robot.figure
    names = [slot.slot for slot in figure]
    places: dict[str, Place] = {}
    parents = np.full(len(figure), -1, dtype=np.int64)
    rest = np.tile(np.eye(4), (len(figure), 1, 1))
    for row, slot in enumerate(figure):
        # a slot's body may be welded to one of this variant, which carries it
        carrier, carrier_from_body = carried[slot.body]
        body = model.bodies.index(carrier)
        place = Place(body, (carrier_from_body @ [*slot.offset, 1.0])[:3], quat[0, body])
        places[slot.slot] = place
        rest[row, :3, 3] = place.at(pos, quat)[0]
        # the hips hang on nothing
        if slot.above:
            parents[row] = names.index(slot.above)
    tails = rest[:, :3, 3] + np.array([0.0, 0.0, 0.05])
    skeleton = Skeleton(tuple(names), parents, rest, tails, np.eye(4))
    matches = {slot: BoneMatch(slot) for slot in names}
    bone_map = BoneMap(matches, spine_chain=("spine", "chest", "upper_chest"), neck_chain=("neck",))
    return Puppet(variant, model, skeleton, bone_map, places)


def hips_in_root(puppet: Puppet) -> FloatArray:
    """Return the hips (3,) in the frame of the body that moves freely, as the robot stands, metres."""
    return puppet.standing("hips") - np.array([0.0, 0.0, puppet.model.stand_height])


def standing_poses(model: G1Model) -> tuple[FloatArray, FloatArray]:
    """Return (1, B, 3) and (1, B, 4) where the bodies are as the robot stands upright with its arms down."""
    pose = dict(model.robot.figure_pose)
    dof = np.array([[pose.get(joint.name, 0.0) for joint in model.joints]])
    return model.body_poses(np.array([[0.0, 0.0, model.stand_height]]), IDENTITY[None], dof)
