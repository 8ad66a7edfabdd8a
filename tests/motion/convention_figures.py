"""Figures whose bones are named and connected as some convention has them, with what should be found on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimocap_blender.motion.humanoid import FINGERS, PHALANGES
from aimocap_blender.motion.skeleton import Skeleton

from .figures import any_turn

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
        """What should be found: slot to bone."""
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

    def skeleton(self, seed: int = 1) -> Skeleton:
        """A figure with these bones."""
        return skeleton(self.slots(), *self.chains(), self.extras(), seed)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if "," in text else text.split()


def skeleton(
    slots: Mapping[str, str], spine: Sequence[str], neck: Sequence[str], extras: Sequence[str], seed: int = 1
) -> Skeleton:
    """A figure from slot to bone, all bones of spine and neck, and further bones as `Convention.extra` has them."""
    parents: dict[str, str] = {slots["hips"]: ""}
    places: dict[str, np.ndarray] = {slots["hips"]: np.array([0.0, 0.0, 0.95])}

    def grow(parent: str, bone: str, place: np.ndarray) -> str:
        parents[bone], places[bone] = parent, place
        return bone

    top = slots["hips"]
    rise = np.linspace(1.0, 1.45, max(1, len(spine)) + 1)[:-1]
    for bone, height in zip(spine, rise, strict=True):
        top = grow(top, bone, np.array([0.0, 0.01, height]))
    chest = top
    for bone, height in zip(neck, np.linspace(1.5, 1.6, len(neck) + 1)[:-1], strict=True):
        top = grow(top, bone, np.array([0.0, 0.0, height]))
    if "head" in slots:
        grow(top, slots["head"], np.array([0.0, -0.01, 1.6]))
    for side, sign in zip(_SIDES, (1.0, -1.0), strict=True):
        mirror = np.array([sign, 1.0, 1.0])
        above = chest
        for part, place in _PLACES.items():
            if part == "upper_leg":
                above = slots["hips"]
            bone = slots.get(f"{side}_{part}")
            if bone is not None:
                above = grow(above, bone, np.array(place) * mirror)
        hand = slots.get(f"{side}_hand")
        for number, finger in enumerate(FINGERS):
            above = hand or ""
            across = -0.03 + 0.02 * number
            start = 0.72 if finger == "thumb" else 0.79
            for joint, phalanx in enumerate(PHALANGES):
                bone = slots.get(f"{side}_{finger}_{phalanx}")
                if bone is not None:
                    place = np.array([start + joint * (0.03, 0.036, 0.04, 0.036, 0.03)[number], across, 1.43])
                    above = grow(above, bone, place * mirror)
    for extra in extras:
        _add(parents, places, extra)
    return _assembled(parents, places, np.random.default_rng(seed))


def _add(parents: dict[str, str], places: dict[str, np.ndarray], extra: str) -> None:
    """One further bone: `name<parent` or `name>child`."""
    if ">" in extra:
        bone, child = extra.split(">")
        above = parents[child]
        ends = places.get(above, places[child] * 0.5), places[child]
        if bone in parents:  # several fingers may hang from one palm
            parents[child] = bone
            return
        parents[bone], parents[child] = above, bone
    else:
        bone, above = extra.split("<")
        end = next((places[name] for name, parent in parents.items() if parent == above), places[above] * 1.05)
        ends = places[above], end
        parents[bone] = above
    places[bone] = ends[0] * 0.5 + ends[1] * 0.5


def _assembled(parents: Mapping[str, str], places: Mapping[str, np.ndarray], rng: np.random.Generator) -> Skeleton:
    depth: dict[str, int] = {"": -1}

    def deep(bone: str) -> int:
        if bone not in depth:
            depth[bone] = deep(parents[bone]) + 1
        return depth[bone]

    order = sorted(parents, key=deep)
    rest = np.tile(np.eye(4), (len(order), 1, 1))
    tails = np.zeros((len(order), 3))
    for number, bone in enumerate(order):
        rest[number, :3, :3] = any_turn(rng)
        rest[number, :3, 3] = places[bone]
        below = [places[child] for child, parent in parents.items() if parent == bone]
        tails[number] = below[0] if below else places[bone] + np.array([0.0, 0.0, 0.03])
    return Skeleton(
        tuple(order),
        np.array([order.index(parents[bone]) if parents[bone] else -1 for bone in order]),
        rest,
        tails,
        np.eye(4),
    )
