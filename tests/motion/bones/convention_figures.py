"""Figures whose bones are named and connected as some convention has them, with what should be found on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.bones.humanoid import ARM_SLOTS, FINGERS, LEG_SLOTS, PHALANGES
from aimocap_blender.motion.skeleton import Skeleton

from ..made_figures import any_turn

_ARM = {"shoulder": (0.04, 0.0, 1.45), "upper_arm": (0.17, 0.01, 1.45), "lower_arm": (0.45, 0.03, 1.44)}
_LEG = {"upper_leg": (0.09, 0.0, 0.92), "lower_leg": (0.1, -0.01, 0.5), "foot": (0.1, 0.02, 0.08)}
_PLACES = _ARM | {"hand": (0.7, 0.0, 1.44)} | _LEG | {"toes": (0.1, -0.12, 0.02)}
_SIDES = ("left", "right")


@dataclass(frozen=True)
class Convention:
    """Names by place; `@` stands for the side, `-` for a bone that isn't there.

    Attributes:
        torso: hips | spine chain | neck chain | head, from below.
        arm: shoulder, upper arm, lower arm, hand, separated by spaces (or by commas).
        leg: upper leg, lower leg, foot, toes.
        fingers: thumb | index | middle | ring | little, the bones of each.
        sides: for left and right.
        extra: further bones, `name<parent` hanging from a bone, `name>child` between a bone and its parent.
    """

    torso: str
    arm: str
    leg: str
    fingers: str = ""
    sides: tuple[str, str] = ("L", "R")
    extra: tuple[str, ...] = ()

    def slots(self) -> dict[str, str]:
        """The expected map: slot to bone."""
        hips, spine, neck, head = (_split(part) for part in self.torso.split("|"))
        spine = spine if len(spine) <= 3 else [spine[0], spine[len(spine) // 2], spine[-1]]
        found = dict(zip(("hips", "head", "neck", "spine", "chest", "upper_chest"), [*hips, *head, neck[0], *spine]))  # noqa: B905 -- as many as there are
        for side, token in zip(_SIDES, self.sides, strict=True):
            parts = dict(zip(_PLACES, _split(self.arm) + _split(self.leg), strict=True))
            for finger, bones in zip(FINGERS, self.fingers.split("|"), strict=False):
                parts |= {f"{finger}_{phalanx}": bone for phalanx, bone in zip(PHALANGES, _split(bones), strict=False)}
            found |= {f"{side}_{part}": bone.replace("@", token) for part, bone in parts.items()}
        return {slot: bone for slot, bone in found.items() if bone != "-"}

    def chains(self) -> tuple[list[str], list[str]]:
        """The bones of spine and neck."""
        _, spine, neck, _ = (_split(part) for part in self.torso.split("|"))
        return spine, [bone for bone in neck if bone != "-"]

    def extras(self) -> list[str]:
        """The further bones of both sides."""
        return list(dict.fromkeys(extra.replace("@", token) for token in self.sides for extra in self.extra))

    def skeleton(self) -> Skeleton:
        """A figure with these bones."""
        return skeleton(self.slots(), *self.chains(), self.extras())


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if "," in text else text.split()


def skeleton(
    slots: Mapping[str, str], spine: Sequence[str], neck: Sequence[str], extras: Sequence[str], seed: int = 1
) -> Skeleton:
    """A figure from slot to bone, all bones of spine and neck, and further bones as `Convention.extra` has them."""
    bones = _Bones()
    hips = bones.grow("", slots["hips"], (0.0, 0.0, 0.95))
    top = hips
    for bone, height in zip(spine, np.linspace(1.0, 1.45, len(spine) + 1), strict=False):
        top = bones.grow(top, bone, (0.0, 0.01, height))
    chest = top
    for bone, height in zip(neck, np.linspace(1.5, 1.6, len(neck) + 1), strict=False):
        top = bones.grow(top, bone, (0.0, 0.0, height))
    if "head" in slots:
        bones.grow(top, slots["head"], (0.0, -0.01, 1.6))
    for side, sign in zip(_SIDES, (1.0, -1.0), strict=True):
        parts = {slot.removeprefix(f"{side}_"): bone for slot, bone in slots.items() if slot.startswith(side)}
        bones.chain(chest, parts, {slot: place for slot, place in _PLACES.items() if slot in ARM_SLOTS}, sign)
        bones.chain(hips, parts, {slot: place for slot, place in _PLACES.items() if slot in LEG_SLOTS}, sign)
        for number, finger in enumerate(FINGERS):
            start, step = (0.72 if finger == "thumb" else 0.79), (0.03, 0.036, 0.04, 0.036, 0.03)[number]
            places = {
                f"{finger}_{phalanx}": (start + joint * step, -0.03 + 0.02 * number, 1.43)
                for joint, phalanx in enumerate(PHALANGES)
            }
            bones.chain(parts.get("hand", ""), parts, places, sign)
    for extra in extras:
        bones.add(extra)
    return bones.assembled(np.random.default_rng(seed))


class _Bones:
    """Bones as they are put together: each one's parent, and where its head is."""

    def __init__(self) -> None:
        self.parents: dict[str, str] = {}
        self.places: dict[str, np.ndarray] = {}

    def grow(self, parent: str, bone: str, place: Sequence[float] | np.ndarray) -> str:
        self.parents[bone], self.places[bone] = parent, np.array(place)
        return bone

    def chain(
        self, above: str, parts: Mapping[str, str], places: Mapping[str, tuple[float, float, float]], sign: float
    ) -> None:
        """Those of the parts that are there, one below the other."""
        for part, (x, y, z) in places.items():
            if part in parts:
                above = self.grow(above, parts[part], (sign * x, y, z))

    def add(self, extra: str) -> None:
        """One further bone: `name<parent` or `name>child`."""
        if "<" in extra:
            bone, above = extra.split("<")
            below = [self.places[name] for name, parent in self.parents.items() if parent == above]
            self.grow(above, bone, (self.places[above] + (below[0] if below else self.places[above] * 1.05)) / 2.0)
            return
        bone, child = extra.split(">")
        if bone not in self.parents:  # several fingers may hang from one palm
            above = self.parents[child]
            self.grow(above, bone, (self.places.get(above, self.places[child] * 0.5) + self.places[child]) / 2.0)
        self.parents[child] = bone

    def assembled(self, rng: np.random.Generator) -> Skeleton:
        depth: dict[str, int] = {"": -1}

        def deep(bone: str) -> int:
            if bone not in depth:
                depth[bone] = deep(self.parents[bone]) + 1
            return depth[bone]

        order = sorted(self.parents, key=deep)
        rest = np.tile(np.eye(4), (len(order), 1, 1))
        tails = np.zeros((len(order), 3))
        for number, bone in enumerate(order):
            rest[number, :3, :3] = any_turn(rng)
            rest[number, :3, 3] = self.places[bone]
            below = [self.places[child] for child, parent in self.parents.items() if parent == bone]
            tails[number] = below[0] if below else self.places[bone] + np.array([0.0, 0.0, 0.03])
        above = [self.parents[bone] for bone in order]
        parents = np.array([order.index(bone) if bone else -1 for bone in above])
        return Skeleton(tuple(order), parents, rest, tails, np.eye(4))
