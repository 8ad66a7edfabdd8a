"""The humanoid's slots, and which bone of a skeleton fills which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "little")
PHALANGES = ("proximal", "intermediate", "distal")

TORSO_SLOTS = ("hips", "spine", "chest", "upper_chest", "neck", "head")
ARM_SLOTS = ("shoulder", "upper_arm", "lower_arm", "hand")
LEG_SLOTS = ("upper_leg", "lower_leg", "foot", "toes")
FINGER_SLOTS = tuple(f"{finger}_{phalanx}" for finger in FINGERS for phalanx in PHALANGES)

SLOTS: tuple[str, ...] = (
    *TORSO_SLOTS,
    *(f"{side}_{part}" for side in SIDES for part in (*ARM_SLOTS, *LEG_SLOTS, *FINGER_SLOTS)),
)
CORE_SLOTS: tuple[str, ...] = (
    "hips",
    "spine",
    "head",
    *(f"{side}_{part}" for side in SIDES for part in (*ARM_SLOTS[1:], *LEG_SLOTS[:3])),
)


def mirrored(slot: str) -> str:
    """The same slot on the other side; slots of the middle are their own mirror."""
    for side, other in (SIDES, SIDES[::-1]):
        if slot.startswith(f"{side}_"):
            return other + slot.removeprefix(side)
    return slot


@dataclass(frozen=True)
class BoneMatch:
    """The bone of a slot.

    Attributes:
        bone: the bone's name.
        confidence: 0 to 1.
        why: a few words on what told it apart, for people.
    """

    bone: str
    confidence: float = 1.0
    why: str = "chosen by hand"


@dataclass(frozen=True)
class Switch:
    """A custom property of a control rig that has to stand at a value for the mapped bones to be what moves it.

    Attributes:
        bone: the pose bone that has it.
        prop: its name, such as `IK_FK`.
        value: what it has to be.
    """

    bone: str
    prop: str
    value: float


def _no_matches() -> dict[str, BoneMatch]:
    return {}


@dataclass(frozen=True)
class BoneMap:
    """Which bone fills which slot.

    Attributes:
        matches: slot to bone; slots that nothing fills are absent.
        spine_chain: all bones between hips and neck from below, more or fewer than the slots spine, chest, upper_chest.
        neck_chain: all bones of the neck from below, without the head.
        profile: name of the control rig's profile that it comes from; '' for a map that was detected or made by hand.
        switches: what has to be set on a control rig for these bones to move it.
    """

    matches: Mapping[str, BoneMatch] = field(default_factory=_no_matches)
    spine_chain: tuple[str, ...] = ()
    neck_chain: tuple[str, ...] = ()
    profile: str = ""
    switches: tuple[Switch, ...] = ()

    def bone(self, slot: str) -> str | None:
        """The slot's bone, or None."""
        match = self.matches.get(slot)
        return match.bone if match else None

    def bones(self) -> dict[str, str]:
        """Slot to bone name, in the order of SLOTS."""
        return {slot: self.matches[slot].bone for slot in SLOTS if slot in self.matches}

    def missing(self) -> tuple[str, ...]:
        """The slots that nothing fills."""
        return tuple(slot for slot in SLOTS if slot not in self.matches)

    def with_bone(self, slot: str, bone: str | None) -> "BoneMap":
        """The same map with the slot's bone chosen by hand, or cleared with None.

        The chains take the change along: a bone chosen for a slot of the spine or neck replaces the old one there.
        """
        old = self.bone(slot)
        matches = {name: match for name, match in self.matches.items() if name != slot}
        if bone is not None:
            matches[slot] = BoneMatch(bone)
        return BoneMap(matches, _replaced(self.spine_chain, old, bone), _replaced(self.neck_chain, old, bone))

    def to_json(self) -> dict[str, object]:
        """A plain JSON object that `from_json` reads."""
        return {
            "slots": {
                slot: {"bone": match.bone, "confidence": match.confidence, "why": match.why}
                for slot, match in self.matches.items()
            },
            "spine_chain": list(self.spine_chain),
            "neck_chain": list(self.neck_chain),
        }

    @classmethod
    def from_json(cls, data: object) -> "BoneMap":
        """Read what `to_json` wrote, or a plain object of slot to bone name.

        Raises:
            ValueError: it isn't such an object, or names a slot that doesn't exist.
        """
        entries = _object(data, "bone map")
        slots = _object(entries.get("slots", {}), "slots") if "slots" in entries else entries
        unknown = sorted(set(slots) - set(SLOTS))
        if unknown:
            raise ValueError(f"no such slot: {', '.join(unknown)}")
        chains = entries if "slots" in entries else {}
        return cls(
            {slot: _match(value, slot) for slot, value in slots.items()},
            _names(chains.get("spine_chain", []), "spine_chain"),
            _names(chains.get("neck_chain", []), "neck_chain"),
        )


def _replaced(chain: tuple[str, ...], old: str | None, new: str | None) -> tuple[str, ...]:
    if old is None or old not in chain:
        return chain
    return tuple(name for name in (new if bone == old else bone for bone in chain) if name is not None)


def _object(data: object, what: str) -> dict[str, object]:
    if not isinstance(data, dict):
        raise ValueError(f"{what} is not a JSON object")  # noqa: TRY004 -- the content is wrong, not the code
    return {str(key): value for key, value in cast("dict[object, object]", data).items()}


def _names(data: object, what: str) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise ValueError(f"{what} is not a list of names")  # noqa: TRY004 -- the content is wrong, not the code
    return tuple(str(name) for name in cast("list[object]", data))


def _match(data: object, slot: str) -> BoneMatch:
    if isinstance(data, str):
        return BoneMatch(data)
    entry = _object(data, slot)
    if "bone" not in entry:
        raise ValueError(f"{slot} names no bone")
    return BoneMatch(str(entry["bone"]), float(str(entry.get("confidence", 1.0))), str(entry.get("why", "")))
