"""A plain human figure for scripted motion: joints at rest, and its surface as spheres; 1.75 m, Z up, facing -Y."""

from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.skeleton import Skeleton

from ..matrices import Array, frame

SIDES = ("left", "right")
MIRROR = np.array([-1.0, 1.0, 1.0])

# Metres; usual proportions of a man of 1.75 m. Bone: its slot, parent, joint.
MIDDLE = {
    "Hips": ("hips", None, (0.0, 0.0, 0.95)),
    "Spine": ("spine", "Hips", (0.0, 0.0, 1.06)),
    "Spine1": ("chest", "Spine", (0.0, 0.0, 1.22)),
    "Neck": ("neck", "Spine1", (0.0, 0.0, 1.47)),
    "Head": ("head", "Neck", (0.0, 0.0, 1.56)),
}
LEFT = {
    "LeftShoulder": ("shoulder", "Spine1", (0.03, 0.0, 1.42)),
    "LeftArm": ("upper_arm", "LeftShoulder", (0.18, 0.0, 1.42)),
    "LeftForeArm": ("lower_arm", "LeftArm", (0.46, 0.0, 1.42)),
    "LeftHand": ("hand", "LeftForeArm", (0.71, 0.0, 1.42)),
    "LeftHandMiddle1": ("middle_proximal", "LeftHand", (0.80, 0.0, 1.42)),
    "LeftUpLeg": ("upper_leg", "Hips", (0.095, 0.0, 0.91)),
    "LeftLeg": ("lower_leg", "LeftUpLeg", (0.095, 0.0, 0.49)),
    "LeftFoot": ("foot", "LeftLeg", (0.095, 0.0, 0.085)),
    "LeftToeBase": ("toes", "LeftFoot", (0.095, -0.14, 0.02)),
}
ENDS = {"Head": (0.0, 0.0, 0.19), "LeftHandMiddle1": (0.09, 0.0, 0.0), "LeftToeBase": (0.0, -0.07, -0.005)}
"""Of the last bones, from their joint; metres."""

THIGH, SHIN, UPPER_ARM, FOREARM = 0.42, 0.405, 0.28, 0.25
HIP_DROP = 0.04
"""Metres from the hips' bone down to the line between the legs."""

KNEE, HIP, SHOULDER, ELBOW, HEAD, PALM, ANKLE = 0.055, 0.095, 0.085, 0.04, 0.10, 0.02, 0.04
"""Metres from a joint to the skin that rests."""


@dataclass(frozen=True)
class SurfacePoint:
    """A sphere of the body's surface.

    Attributes:
        name: of the body part, with its side.
        bone: that carries it.
        offset: (3,) of its centre from the bone's joint at rest, world axes, metres.
        radius: metres.
    """

    name: str
    bone: str
    offset: Array
    radius: float


def _slots() -> dict[str, str]:
    slots = {bone: slot for bone, (slot, _, _) in MIDDLE.items()}
    for side in SIDES:
        slots |= {_sided(bone, side): f"{side}_{slot}" for bone, (slot, _, _) in LEFT.items()}
    return slots


def _sided(bone: str, side: str) -> str:
    return bone.replace("Left", side.title())


SLOTS = _slots()
"""Bone to slot."""
BONES = {slot: bone for bone, slot in SLOTS.items()}
PARENTS = {bone: parent for bone, (_, parent, _) in MIDDLE.items()} | {
    _sided(bone, side): _sided(parent, side) for side in SIDES for bone, (_, parent, _) in LEFT.items()
}
JOINTS = {bone: np.array(joint) for bone, (_, _, joint) in MIDDLE.items()} | {
    _sided(bone, side): np.array(joint) * (MIRROR if side == "right" else 1.0)
    for side in SIDES
    for bone, (_, _, joint) in LEFT.items()
}
END_OFFSETS = {
    _sided(bone, side): np.array(end) * (MIRROR if side == "right" else 1.0)
    for side in SIDES
    for bone, end in ENDS.items()
}


def _surface() -> tuple[SurfacePoint, ...]:
    none = np.zeros(3)
    points = [
        SurfacePoint("waist", "Spine", none, 0.08),
        SurfacePoint("chest", "Spine1", none, 0.085),
        SurfacePoint("head", "Head", np.array([0.0, 0.0, 0.09]), HEAD),
    ]
    for side in SIDES:
        for part, bone, offset, radius in (
            ("hip", "LeftUpLeg", none, HIP),
            ("knee", "LeftLeg", none, KNEE),
            ("ankle", "LeftFoot", none, ANKLE),
            ("heel", "LeftFoot", np.array([0.0, 0.05, -0.085]), 0.0),
            ("ball", "LeftToeBase", np.array([0.0, 0.0, -0.02]), 0.0),
            ("toe", "LeftToeBase", np.array([0.0, -0.07, -0.02]), 0.0),
            ("instep", "LeftToeBase", none, 0.02),
            ("shoulder", "LeftArm", none, SHOULDER),
            ("elbow", "LeftForeArm", none, ELBOW),
            ("wrist", "LeftHand", none, PALM),
            ("palm", "LeftHandMiddle1", none, PALM),
        ):
            points.append(SurfacePoint(f"{side} {part}", _sided(bone, side), offset, radius))
    return tuple(points)


SURFACE = _surface()


def skeleton() -> Skeleton:
    """The figure at rest: T-pose, bones along Y to their children as in Blender."""
    names = tuple(JOINTS)
    heads = np.array([JOINTS[name] for name in names])
    ends = {parent: JOINTS[name] for name, parent in reversed(PARENTS.items()) if parent}
    ends |= {name: JOINTS[name] + offset for name, offset in END_OFFSETS.items()}
    ends |= {"Hips": JOINTS["Spine"], "Spine1": JOINTS["Neck"]}
    tails = np.array([ends[name] for name in names])
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    for number, along in enumerate(tails - heads):
        across = np.eye(3)[1 if abs(along[1]) < 0.9 * np.linalg.norm(along) else 2]
        axes = frame(along, across)
        rest[number, :3, :3] = np.stack([axes[:, 2], axes[:, 0], axes[:, 1]], axis=-1)
    rest[:, :3, 3] = heads
    parents = np.array([-1 if PARENTS[name] is None else names.index(PARENTS[name]) for name in names])
    return Skeleton(names, parents, rest, tails, np.eye(4))
