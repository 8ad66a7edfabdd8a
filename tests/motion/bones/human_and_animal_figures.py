"""Figures of people and animals, with the names of bones that either has."""

import numpy as np

from aimocap_blender.motion.skeleton import Skeleton

Names = dict[str, str]
TRUNK = {"hips": (0, 0, 1), "spine": (0, 0, 1.15), "chest": (0, 0, 1.3), "neck": (0, 0, 1.5), "head": (0, 0, 1.6)}
HUMAN = {
    "upper_arm": ("chest", [(0.17, 0, 1.45), (0.45, 0, 1.45), (0.7, 0, 1.45)]),
    "upper_leg": ("hips", [(0.1, 0, 0.93), (0.1, -0.01, 0.5), (0.1, 0, 0.08)]),
}
"""Root, middle and end of the left limbs, metres; the figure faces -Y."""
LYING = {name: (0, 1 - z, 1.0) for name, (_, _, z) in TRUNK.items()}
ON_FOUR = {
    "upper_arm": ("chest", [(0.15, -0.35, 0.9), (0.15, -0.3, 0.5), (0.15, -0.33, 0.1)]),
    "upper_leg": ("hips", [(0.15, 0.05, 0.95), (0.15, 0.0, 0.55), (0.15, 0.1, 0.1)]),
}
"""A horse's, facing -Y."""
MAYBE = {  # names of animals' bones: as people's, by front and back, and as 3ds Max calls them
    "as people's": {
        **{part: part.title() for part in TRUNK},
        "upper_arm": "@Arm @ForeArm @Hand",
        "upper_leg": "@UpLeg @Leg @Foot",
        "sides": "Left Right",
    },
    "front and back": {
        "hips": "Pelvis",
        "spine": "Spine1",
        "chest": "Spine2",
        "neck": "Neck1",
        "head": "Head",
        "upper_arm": "FrontUpperLeg.@ FrontLowerLeg.@ FrontFoot.@",
        "upper_leg": "BackUpperLeg.@ BackLowerLeg.@ BackFoot.@",
        "sides": "L R",
    },
    "biped": {
        "hips": "Bip01_Pelvis",
        "spine": "Bip01_Spine",
        "chest": "Bip01_Spine1",
        "neck": "Bip01_Neck",
        "head": "Bip01_Head",
        "upper_arm": "Bip01_@_UpperArm Bip01_@_Forearm Bip01_@_Hand",
        "upper_leg": "Bip01_@_Thigh Bip01_@_Calf Bip01_@_Foot",
        "sides": "L R",
    },
    "numbered": {
        **{part: f"Bone{number}" for number, part in enumerate(TRUNK)},
        "upper_arm": "f1_@ f2_@ f3_@",
        "upper_leg": "b1_@ b2_@ b3_@",
        "sides": "x y",
    },
}


def figure(
    trunk: dict[str, tuple[float, float, float]] = TRUNK,
    limbs: dict[str, tuple[str, list[tuple[float, float, float]]]] = HUMAN,
    names: Names = MAYBE["as people's"],
    more: dict[str, tuple[str, list[tuple[float, float, float]]]] | None = None,
) -> Skeleton:
    """A figure of a trunk, mirrored limbs, and more chains as they are named: bone -> parent, places."""
    bones, parents, places = [], [], []

    def grow(bone: str, parent: str, place: tuple[float, float, float]) -> str:
        parents.append(bones.index(parent) if parent else -1)
        bones.append(bone)
        places.append(place)
        return bone

    on = ""
    for part, place in trunk.items():
        on = grow(names[part], on, place)
    for side, sign in zip(names["sides"].split(), (1, -1), strict=True):
        for part, (parent, joints) in limbs.items():
            on = names[parent]
            for bone, (x, y, z) in zip(names[part].split(), joints, strict=True):
                on = grow(bone.replace("@", side), on, (sign * x, y, z))
    for chain, (parent, joints) in (more or {}).items():
        on = parent
        for number, place in enumerate(joints):
            on = grow(f"{chain}{number}", on, place)
    rest = np.tile(np.eye(4), (len(bones), 1, 1))
    rest[:, :3, 3] = places
    return Skeleton(tuple(bones), np.array(parents), rest, rest[:, :3, 3] + (0, 0, 0.03), np.eye(4))
