"""The G1 as a human figure: a skeleton of the robot's proportions with free joints, which gets the motion first.

What the puppet does is what the robot is to do: it has the source's directions, stands where the source stands, and is
as large as the robot. Only the robot's joints can't do all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..bones.humanoid import SIDES, BoneMap, BoneMatch
from ..g1.model import G1Model, g1_model
from ..g1.variants import VARIANTS, Variant, carriers, g1_variant
from ..rotations import FloatArray, rotate
from ..skeleton import Skeleton

_ARM_DOWN = np.pi / 2.0  # rad of the elbow: with angle 0 the forearm points forwards
_BALL = (0.09, 0.0, -0.025)  # metres from the ankle: in the middle of the sole's front part
_KNUCKLES = {"index": (0.12, 0.0, 0.028), "little": (0.12, 0.0, -0.028)}  # metres from the wrist, of all its hands
_NECK, _HEAD = 0.35, 0.45  # metres above the waist


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


@dataclass(frozen=True, eq=False)
class Puppet:
    """The figure.

    Attributes:
        model: the robot.
        skeleton: its bones; all bone axes are the world's at rest: X forward, Y left, Z up.
        bone_map: its slots, each with a bone of the same name.
        places: slot to the place on the robot.
    """

    model: G1Model
    skeleton: Skeleton
    bone_map: BoneMap
    places: Mapping[str, Place]


@lru_cache(maxsize=len(VARIANTS))
def puppet_of(variant: Variant) -> Puppet:
    """Return the figure of a G1: it stands upright with its arms down."""
    model = g1_variant(variant)
    dof = np.zeros((1, len(model.joints)))
    for column, joint in enumerate(model.joints):
        if joint.name.endswith("_elbow_joint"):
            dof[0, column] = _ARM_DOWN
    pos, quat = model.body_poses(np.array([[0.0, 0.0, model.stand_height]]), np.array([[1.0, 0.0, 0.0, 0.0]]), dof)
    pos, quat = pos[0], quat[0]
    carried = carriers(variant)

    def place(body: str, offset: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Place:
        carrier, frame = carried[body]
        index = model.bodies.index(carrier)
        return Place(index, (frame @ [*offset, 1.0])[:3], quat[index])

    slots: dict[str, tuple[str, Place]] = {"hips": ("", place(g1_model().root))}
    torso = place("torso_link")
    slots["spine"] = ("hips", torso)
    for above, slot, height in (("spine", "chest", _NECK / 3.0), ("chest", "upper_chest", _NECK / 1.5)):
        slots[slot] = (above, _raised(torso, height))
    slots["neck"] = ("upper_chest", _raised(torso, _NECK))
    slots["head"] = ("neck", _raised(torso, _HEAD))
    for side in SIDES:
        limb = {
            "upper_leg": ("hips", place(f"{side}_hip_roll_link")),
            "lower_leg": (f"{side}_upper_leg", place(f"{side}_knee_link")),
            "foot": (f"{side}_lower_leg", place(f"{side}_ankle_roll_link")),
            "toes": (f"{side}_foot", place(f"{side}_ankle_roll_link", _BALL)),
            "upper_arm": ("upper_chest", place(f"{side}_shoulder_roll_link")),
            "lower_arm": (f"{side}_upper_arm", place(f"{side}_elbow_link")),
            "hand": (f"{side}_lower_arm", place(f"{side}_wrist_yaw_link")),
        }
        for finger, offset in _KNUCKLES.items():
            limb[f"{finger}_proximal"] = (f"{side}_hand", place(f"{side}_wrist_yaw_link", offset))
        slots |= {f"{side}_{part}": value for part, value in limb.items()}
    names = list(slots)
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, 3] = [pos[place.body] + rotate(quat[place.body], place.offset) for _, place in slots.values()]
    skeleton = Skeleton(
        names=tuple(names),
        parents=np.array([names.index(parent) if parent else -1 for parent, _ in slots.values()], dtype=np.int64),
        rest=rest,
        tails=rest[:, :3, 3] + np.array([0.0, 0.0, 0.05]),
        world=np.eye(4),
    )
    matches = {slot: BoneMatch(slot) for slot in names}
    chains = (("spine", "chest", "upper_chest"), ("neck",))
    return Puppet(model, skeleton, BoneMap(matches, *chains), {slot: place for slot, (_, place) in slots.items()})


def _raised(place: Place, height: float) -> Place:
    return Place(place.body, place.offset + np.array([0.0, 0.0, height]), place.quat)
