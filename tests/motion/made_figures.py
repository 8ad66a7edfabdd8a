"""Human skeletons of any names, proportions, rolls and rest poses; and poses composed as Blender does."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.bones.humanoid import BoneMap, BoneMatch
from aimocap_blender.motion.skeleton import BoneOptions, Skeleton

LEFT: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "left_shoulder": ("upper_chest", (0.05, 0.0, 0.16)),
    "left_upper_arm": ("left_shoulder", (0.13, 0.02, 0.0)),
    "left_lower_arm": ("left_upper_arm", (0.28, 0.0, 0.0)),
    "left_hand": ("left_lower_arm", (0.25, 0.0, 0.0)),
    "left_index_proximal": ("left_hand", (0.09, -0.03, 0.0)),
    "left_index_intermediate": ("left_index_proximal", (0.04, 0.0, 0.0)),
    "left_little_proximal": ("left_hand", (0.08, 0.04, 0.0)),
    "left_little_intermediate": ("left_little_proximal", (0.03, 0.0, 0.0)),
    "left_upper_leg": ("hips", (0.09, 0.0, -0.05)),
    "left_lower_leg": ("left_upper_leg", (0.0, -0.01, -0.42)),
    "left_foot": ("left_lower_leg", (0.0, 0.02, -0.41)),
    "left_toes": ("left_foot", (0.0, -0.15, -0.06)),
}
MIDDLE: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    "hips": ("", (0.0, 0.0, 0.95)),
    "spine": ("hips", (0.0, 0.0, 0.1)),
    "chest": ("spine", (0.0, 0.01, 0.14)),
    "upper_chest": ("chest", (0.0, 0.01, 0.12)),
    "neck": ("upper_chest", (0.0, -0.01, 0.2)),
    "head": ("neck", (0.0, -0.02, 0.09)),
}


def _mirror(slot: str) -> str:
    return slot.replace("left_", "right_")


TREE: Mapping[str, tuple[str, tuple[float, float, float]]] = {
    **MIDDLE,
    **LEFT,
    **{_mirror(slot): (_mirror(parent), (-x, y, z)) for slot, (parent, (x, y, z)) in LEFT.items()},
}


def turn_about(axis: np.ndarray, angle: float | np.ndarray) -> np.ndarray:
    """(..., 3, 3) by Rodrigues' formula."""
    x, y, z = np.moveaxis(axis / np.linalg.norm(axis, axis=-1, keepdims=True), -1, 0)
    none = np.zeros_like(x)
    skew = np.stack([none, -z, y, z, none, -x, -y, x, none], axis=-1).reshape(*x.shape, 3, 3)
    angle = np.asarray(angle)[..., None, None]
    return np.eye(3) + np.sin(angle) * skew + (1.0 - np.cos(angle)) * skew @ skew


def any_turn(rng: np.random.Generator, most: float = np.pi) -> np.ndarray:
    """(3, 3) random, by at most so many radians."""
    return turn_about(rng.normal(size=3), rng.uniform(-most, most))


@dataclass(frozen=True)
class Rest:
    """How a figure is modelled.

    Attributes:
        arms_down: radians from a T-pose.
        elbows: radians that they are bent forwards.
        knees: radians that they are bent.
        toes_out: radians that feet point outwards.
        toes_down: radians that feet point further down.
        turned: radians from facing -Y, in the armature.
    """

    arms_down: float = 0.0
    elbows: float = 0.0
    knees: float = 0.0
    toes_out: float = 0.0
    toes_down: float = 0.0
    turned: float = 0.0


X, Y, Z = np.eye(3)


def _bent(slot: str, rest: Rest) -> np.ndarray:
    """(3, 3) of the step that leads to a slot's bone."""
    sign = 1.0 if slot.startswith("left") else -1.0
    turn = np.eye(3)
    if any(part in slot for part in ("hand", "index", "little")):
        turn = turn_about(Z, -sign * rest.elbows)
    if any(part in slot for part in ("lower_arm", "hand", "index", "little")):
        turn = turn_about(Y, sign * rest.arms_down) @ turn
    if "toes" in slot:
        turn = turn_about(Z, sign * rest.toes_out) @ turn_about(X, rest.toes_down)
    if any(part in slot for part in ("foot", "toes")):
        turn = turn_about(X, -rest.knees) @ turn
    return turn


def tree_of(spine: int, neck: int, missing: frozenset[str]) -> dict[str, tuple[str, tuple[float, ...]]]:
    """The bones of a figure with so many bones in its spine and neck, without some: what hung on them hangs above."""
    bones: dict[str, tuple[str, tuple[float, ...]]] = {"hips": TREE["hips"]}
    on = "hips"
    for name, count, height in (("spine", spine, 0.5), ("neck", neck, 0.12)):
        for number in range(count):
            bones[f"{name}_{number}"] = (on, (0.0, 0.01, 0.1 if name == "spine" and not number else height / count))
            on = f"{name}_{number}"
    bones["head"] = (on, (0.0, -0.02, 0.09))
    chest = f"spine_{spine - 1}" if spine else "hips"
    for slot, (parent, offset) in TREE.items():
        if slot not in MIDDLE:
            bones[slot] = (chest if parent == "upper_chest" else parent, offset)
    for gone in sorted(missing, key=list(bones).index):
        above, step = bones.pop(gone)
        for slot, (parent, offset) in bones.items():
            if parent == gone:
                bones[slot] = (above, tuple(np.add(step, offset)))
    return bones


def any_figure(
    rng: np.random.Generator,
    rest: Rest,
    *,
    spine: int = 3,
    neck: int = 1,
    missing: frozenset[str] = frozenset(),
    loose: frozenset[str] = frozenset(),
    object_turn: np.ndarray | None = None,
    unit: float = 1.0,
) -> tuple[Skeleton, BoneMap]:
    """A human in a rest pose, with random rolls, of random proportions.

    Args:
        rng: makes it repeatable.
        rest: its rest pose.
        spine: how many bones are between hips and neck.
        neck: how many bones the neck has.
        missing: slots that it doesn't have.
        loose: slots whose bones don't inherit rotation.
        object_turn: (3, 3) of the armature object.
        unit: metres to one armature unit.
    """
    bones = tree_of(spine, neck, missing)
    names = list(bones)
    heads: dict[str, np.ndarray] = {}
    for slot, (parent, offset) in bones.items():
        if slot.startswith("right_") and slot.replace("right_", "left_") in heads:
            heads[slot] = heads[slot.replace("right_", "left_")] * (-1.0, 1.0, 1.0)  # before all of it is turned
            continue
        step = _bent(slot, rest) @ np.array(offset) * (1.0 + rng.uniform(-0.2, 0.2))
        heads[slot] = step + (heads[parent] if parent else 0.0)
    matrices = np.tile(np.eye(4), (len(names), 1, 1))
    for number, slot in enumerate(names):
        matrices[number, :3, :3] = any_turn(rng)
        matrices[number, :3, 3] = turn_about(Z, rest.turned) @ heads[slot] / unit
    world = np.eye(4)
    world[:3, :3] = (np.eye(3) if object_turn is None else object_turn) * unit
    world[:3, 3] = rng.normal(size=3)
    skeleton = Skeleton(
        names=tuple(names),
        parents=np.array([names.index(parent) if parent else -1 for parent, _ in bones.values()]),
        rest=matrices,
        tails=matrices[:, :3, 3] + matrices[:, :3, 1] * 0.1 / unit,
        world=world,
        options=tuple(BoneOptions(inherit_rotation=slot not in loose) for slot in names),
    )
    chain, necks = ([name for name in names if name.startswith(part)] for part in ("spine_", "neck_"))
    slots = {slot: slot for slot in names if slot in TREE}
    slots.update(zip(("spine", "chest", "upper_chest"), chain, strict=False))
    slots.update(zip(("neck",), necks, strict=False))
    return skeleton, BoneMap({slot: BoneMatch(bone) for slot, bone in slots.items()}, tuple(chain), tuple(necks))


def figure(
    rng: np.random.Generator,
    *,
    arms_down: float = 0.0,
    facing: float = 0.0,
    scale: float = 1.0,
    stretch: float = 0.2,
    place: tuple[float, float, float] = (0.0, 0.0, 0.0),
    unit: float = 1.0,
    names: Mapping[str, str] | None = None,
) -> tuple[Skeleton, BoneMap]:
    """A human with random bone rolls and proportions.

    Args:
        rng: makes it repeatable.
        arms_down: radians from a T-pose.
        facing: radians from -Y, turned by the armature object.
        scale: of the body.
        stretch: how far bone lengths may differ from the usual, as a fraction.
        place: of the armature object.
        unit: metres to one armature unit.
        names: slot to bone name; the slots' own where it says none.
    """
    slots = list(TREE)
    heads: dict[str, np.ndarray] = {}
    grown = {slot: scale * (1.0 + rng.uniform(-stretch, stretch)) for slot in slots}
    for slot, (parent, offset) in TREE.items():
        size = grown[slot.replace("right_", "left_")]
        step = np.array(offset) * size
        for side, sign in (("left", 1.0), ("right", -1.0)):
            if slot.startswith(side) and any(part in slot for part in ("lower_arm", "hand", "index", "little")):
                step = turn_about(np.array([0.0, 1.0, 0.0]), sign * arms_down) @ step
        heads[slot] = step + (heads[parent] if parent else 0.0)
    rest = np.tile(np.eye(4), (len(slots), 1, 1))
    for number, slot in enumerate(slots):
        rest[number, :3, :3] = any_turn(rng)
        rest[number, :3, 3] = heads[slot] / unit
    world = np.eye(4)
    world[:3, :3] = turn_about(np.array([0.0, 0.0, 1.0]), facing) * unit
    world[:3, 3] = place
    called = {slot: (names or {}).get(slot, slot) for slot in slots}
    skeleton = Skeleton(
        names=tuple(called.values()),
        parents=np.array([slots.index(parent) if parent else -1 for parent, _ in TREE.values()]),
        rest=rest,
        tails=rest[:, :3, 3] + rest[:, :3, 1] * 0.1 / unit,
        world=world,
    )
    chains = (tuple(called[slot] for slot in ("spine", "chest", "upper_chest")), (called["neck"],))
    return skeleton, BoneMap({slot: BoneMatch(bone) for slot, bone in called.items()}, *chains)


def pose(
    skeleton: Skeleton, basis: Mapping[str, np.ndarray], locations: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """World heads (B, 3) and turns (B, 3, 3) of a pose, composed matrix by matrix as Blender documents it.

    Args:
        skeleton: at rest.
        basis: bone to (3, 3).
        locations: bone to (3,), armature units.
    """
    posed = np.zeros_like(skeleton.rest)
    for number, name in enumerate(skeleton.names):
        own = np.eye(4)
        own[:3, :3] = basis.get(name, np.eye(3))
        own[:3, 3] = locations.get(name, np.zeros(3))
        parent = int(skeleton.parents[number])
        if parent < 0:
            posed[number] = skeleton.rest[number] @ own
            continue
        hangs: np.ndarray = posed[parent] @ np.linalg.inv(skeleton.rest[parent]) @ skeleton.rest[number]
        posed[number] = hangs @ own
        if not skeleton.option(number).inherit_rotation:
            posed[number][:3, :3] = skeleton.rest[number][:3, :3] @ own[:3, :3]
    world = skeleton.world @ posed
    turns = world[:, :3, :3] / np.linalg.norm(world[:, :3, :1], axis=1, keepdims=True)
    return world[:, :3, 3], turns


def matrix(q: np.ndarray) -> np.ndarray:
    """(3, 3) of one wxyz quaternion, by axis and angle."""
    sine = np.linalg.norm(q[1:])
    return np.eye(3) if sine < 1e-12 else turn_about(q[1:], 2.0 * np.arctan2(sine, q[0]))


def quaternion(m: np.ndarray) -> np.ndarray:
    """Wxyz of (..., 3, 3): the axis is what a matrix leaves alone, its direction from the matrix's skew part."""
    back = np.swapaxes(m, -1, -2)
    skew = np.stack([(m - back)[..., row, column] for row, column in ((2, 1), (0, 2), (1, 0))], axis=-1)
    axis = np.linalg.eigh((m + back) / 2.0).eigenvectors[..., -1]  # the eigenvalues come in ascending order
    half = np.arctan2((skew * axis).sum(-1) / 2.0, (np.trace(m, axis1=-2, axis2=-1) - 1.0) / 2.0)[..., None] / 2.0
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)
