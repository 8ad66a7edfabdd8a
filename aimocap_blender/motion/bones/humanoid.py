"""The humanoid's slots, in words too, and the map from slots to a skeleton's bones."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, TypeVar

from ...options import Item
from ...record_json import list_in, names_in, number_in, object_in, text_in
from ...texts.text import Sentence, Text
from ..skeleton import Skeleton

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
FINGERS = ("thumb", "index", "middle", "ring", "little")
PHALANGES = ("proximal", "intermediate", "distal")

TORSO_SLOTS = ("hips", "spine", "chest", "upper_chest", "neck", "head")
ARM_SLOTS = ("shoulder", "upper_arm", "lower_arm", "hand")
LEG_SLOTS = ("upper_leg", "lower_leg", "foot", "toes")
FINGER_SLOTS = tuple(f"{finger}_{phalanx}" for finger in FINGERS for phalanx in PHALANGES)
KNUCKLES = FINGER_SLOTS[len(PHALANGES) :: len(PHALANGES)]
"""Slots without side of the first bones of fingers other than the thumb: they begin at the hand's end."""

ARM_JOINTS, LEG_JOINTS = ARM_SLOTS[1:], LEG_SLOTS[:3]
LIMB_JOINTS = (ARM_JOINTS, LEG_JOINTS)
"""Slots without side whose bones begin at the root, the middle and the end of an arm or a leg."""

_Name = TypeVar("_Name", str, int)
_Filling = TypeVar("_Filling")

Part = Literal["legs", "spine", "head", "left_arm", "right_arm", "left_hand", "right_hand"]

PART_LABELS: Mapping[Part, Item] = {
    "legs": ("Hips and Legs", "Hips, legs, and where the character travels; they stay together, so feet do too"),
    "spine": ("Spine", "Between hips and neck"),
    "head": ("Head", "Neck and head"),
    "left_arm": ("Left Arm", "From the shoulder to the wrist"),
    "right_arm": ("Right Arm", "From the shoulder to the wrist"),
    "left_hand": ("Left Hand", "Hand and fingers"),
    "right_hand": ("Right Hand", "Hand and fingers"),
}

_HAND_SLOTS = (ARM_SLOTS[-1], *FINGER_SLOTS)


def slots_of(start: str, parts: Iterable[str]) -> tuple[str, ...]:
    """Return slots that begin alike: of a side, from slots without it, or of a side's finger, from phalanges."""
    return tuple(f"{start}_{part}" for part in parts)


def sided(*parts: str) -> tuple[str, ...]:
    """Return the slots of both sides: left and right of the first part, of the second, and so on."""
    return tuple(f"{side}_{part}" for part in parts for side in SIDES)


def filled(slots: Mapping[_Name, _Filling], names: Iterable[_Name]) -> list[_Filling]:
    """Return what those of some slots (or bones) have that have something."""
    return [slots[name] for name in names if name in slots]


_LIMB_SLOTS = (*ARM_SLOTS, *LEG_SLOTS, *FINGER_SLOTS)
SLOTS = (*TORSO_SLOTS, *slots_of("left", _LIMB_SLOTS), *slots_of("right", _LIMB_SLOTS))

_CORE_LIMB_SLOTS = (*ARM_JOINTS, *LEG_JOINTS)
CORE_SLOTS = ("hips", "spine", "head", *slots_of("left", _CORE_LIMB_SLOTS), *slots_of("right", _CORE_LIMB_SLOTS))
"""The slots that every human figure fills."""


def spread_spine(spine: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return (slot, bone) for spine, chest and upper chest of a chain from below: first, middle, last."""
    slots = TORSO_SLOTS[1:4]
    bones = spine if len(spine) <= len(slots) else (spine[0], spine[len(spine) // 2], spine[-1])
    return tuple(zip(slots, bones, strict=False))


def mirrored(slot: str) -> str:
    """Return the slot or landmark on the other side; those of the middle are their own mirror."""
    for side, other in (SIDES, SIDES[::-1]):
        if slot.startswith(f"{side}_"):
            return other + slot.removeprefix(side)
        if slot.endswith(f"_{side}"):
            return slot.removesuffix(side) + other
    return slot


@dataclass(frozen=True)
class BoneMatch:
    """The bone of a slot.

    Attributes:
        bone: the bone's name.
        confidence: 0 to 1.
        why: a few words on how it was found, for people.
    """

    bone: str
    confidence: float = 1.0
    why: Sentence = "chosen by hand"


@dataclass(frozen=True)
class Switch:
    """A custom property of a control rig that must have a value for the mapped bones to move the rig.

    Attributes:
        bone: the pose bone with the property.
        prop: its name, such as `IK_FK`.
        value: the required value.
    """

    bone: str
    prop: str
    value: float

    @classmethod
    def from_json(cls, data: object) -> "Switch":
        """Read an object of `bone`, `prop` and `value`; raises ValueError if it isn't one."""
        entry = object_in(data, "a switch")
        if not {"bone", "prop", "value"} <= set(entry):
            raise ValueError("a switch lacks bone, prop or value")
        return cls(
            text_in(entry["bone"], "the bone of a switch"),
            text_in(entry["prop"], "the prop of a switch"),
            number_in(entry["value"], "the value of a switch"),
        )

    def named(self, side: str) -> "Switch":
        """Return the switch of one side: `@` in its names stands for that."""
        return replace(self, bone=self.bone.replace("@", side), prop=self.prop.replace("@", side))


@dataclass(frozen=True)
class BoneMap:
    """A map from humanoid slots to bones.

    Attributes:
        matches: slot to bone; empty slots are absent.
        spine_chain: all bones between hips and neck from below, possibly more or fewer than the slots.
        neck_chain: all bones of the neck from below, without the head.
        profile: name of the control rig profile it comes from; '' for a map that was detected or edited.
        switches: properties of a control rig that must be set for these bones to move it.
    """

    matches: Mapping[str, BoneMatch] = field(default_factory=dict[str, BoneMatch])
    spine_chain: tuple[str, ...] = ()
    neck_chain: tuple[str, ...] = ()
    profile: str = ""
    switches: tuple[Switch, ...] = ()

    def bone(self, slot: str) -> str | None:
        """Return the slot's bone, or None."""
        match = self.matches.get(slot)
        return match.bone if match else None

    def in_slots(self, slots: Iterable[str]) -> tuple[str, ...]:
        """Return the bones of some slots, '' for one without."""
        return tuple(self.bone(slot) or "" for slot in slots)

    def bones(self) -> dict[str, str]:
        """Return slot to bone name, in the order of SLOTS."""
        return {slot: self.matches[slot].bone for slot in SLOTS if slot in self.matches}

    def all_bones(self) -> tuple[str, ...]:
        """Return the bones of all slots and of the chains, each once."""
        return tuple(dict.fromkeys([*self.bones().values(), *self.spine_chain, *self.neck_chain]))

    def indices_in(self, indices: Mapping[str, int]) -> dict[str, int]:
        """Return slot to index of the bones that a skeleton has, from the index of each of its bones."""
        return {slot: indices[bone] for slot, bone in self.bones().items() if bone in indices}

    def missing(self) -> tuple[str, ...]:
        """Return the empty slots."""
        return tuple(slot for slot in SLOTS if slot not in self.matches)

    def with_bone(self, slot: str, bone: str | None) -> "BoneMap":
        """Return the map with the slot's bone chosen by hand, or cleared with None.

        The chains follow: a bone chosen for a spine or neck slot replaces the old one there, or is inserted at the
        slot's position; a chain's bone chosen for another part of the body leaves the chain.
        """
        matches = dict(self.matches)
        matches.pop(slot, None)
        if bone is not None:
            matches[slot] = BoneMatch(bone)
        return replace(
            self,
            matches=matches,
            spine_chain=self._chain_with(self.spine_chain, TORSO_SLOTS[1:4], slot, bone),
            neck_chain=self._chain_with(self.neck_chain, TORSO_SLOTS[4:5], slot, bone),
        )

    def _chain_with(self, chain: tuple[str, ...], slots: Sequence[str], slot: str, new: str | None) -> tuple[str, ...]:
        """Return a chain after `new` fills a slot; an empty chain stays empty, since the slots then stand for it."""
        old = self.bone(slot)
        if slot not in slots:
            return _without(chain, new)
        if new is None or new in chain:  # it is in position already
            return chain if old == new else _without(chain, old)
        if old in chain:
            at = chain.index(old)
            return (*chain[:at], new, *chain[at + 1 :])
        if not chain:
            return chain
        rank = slots.index(slot)
        # the first, the middle, the last, see `spread_spine`; never past the bones of the slots above and below
        at = min((len(chain) + 1) * rank // 2, len(chain))
        for name in slots[rank + 1 :]:
            if self.bone(name) in chain:
                at = min(at, chain.index(self.matches[name].bone))
        for name in slots[:rank]:
            if self.bone(name) in chain:
                at = max(at, chain.index(self.matches[name].bone) + 1)
        return (*chain[:at], new, *chain[at:])

    def to_json(self) -> dict[str, object]:
        """Return a plain JSON object that `from_json` reads."""
        slots: dict[str, object] = {}
        for slot, match in self.matches.items():
            slots[slot] = {"bone": match.bone, "confidence": match.confidence, **_reason(match)}
        return {
            "slots": slots,
            "spine_chain": list(self.spine_chain),
            "neck_chain": list(self.neck_chain),
            "profile": self.profile,
            "switches": list(map(asdict, self.switches)),
        }

    @classmethod
    def from_json(cls, data: object) -> "BoneMap":
        """Read what `to_json` wrote, or a plain object of slot to bone name.

        Raises:
            ValueError: it isn't such an object, names an unknown slot, or one bone for two slots.
        """
        entries = object_in(data, "bone map")
        whole = "slots" in entries
        slots = object_in(entries["slots"], "slots") if whole else entries
        unknown = sorted(set(slots) - set(SLOTS))
        if unknown:
            raise ValueError(f"no such slot: {', '.join(unknown)}")
        rest = entries if whole else {}
        matches: dict[str, BoneMatch] = {}
        slot_of: dict[str, str] = {}
        for slot, value in slots.items():
            match = _match(value, slot)
            if slot_of.setdefault(match.bone, slot) != slot:
                raise ValueError(f"“{match.bone}” is both {slot_of[match.bone]} and {slot}")
            matches[slot] = match
        return cls(
            matches,
            names_in(rest.get("spine_chain", []), "spine_chain"),
            names_in(rest.get("neck_chain", []), "neck_chain"),
            text_in(rest.get("profile", ""), "profile"),
            tuple(map(Switch.from_json, list_in(rest.get("switches", []), "switches"))),
        )


def _without(chain: tuple[str, ...], bone: str | None) -> tuple[str, ...]:
    """Return the bones of a chain other than one."""
    return tuple(other for other in chain if other != bone)


def _match(data: object, slot: str) -> BoneMatch:
    """Read a slot's bone: its name alone, or an object as `BoneMap.to_json` writes it."""
    if isinstance(data, str):
        return BoneMatch(data)
    entry = object_in(data, slot)
    if "bone" not in entry:
        raise ValueError(f"{slot} names no bone")
    confidence = number_in(entry.get("confidence", 1.0), f"the confidence of {slot}")
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"the confidence of {slot} is not from 0 to 1")
    why = Text.stored(text_in(entry.get("why", ""), "why"), entry.get("why_text"))
    return BoneMatch(text_in(entry["bone"], f"the bone of {slot}"), confidence, why)


def _reason(match: BoneMatch) -> dict[str, object]:
    """Return how the bone was found: in English and, beside it, what translates that."""
    why = Text.of(match.why)
    return {"why": str(why), "why_text": why.to_json()} if why.values else {"why": str(why)}


def in_words(slot: str) -> Text:
    """Return a slot in lower case: “left upper arm”."""
    return Text.of(slot.replace("_", " "))


def part_of(slot: str) -> str:
    """Return a slot without its side."""
    return slot.partition("_")[2] if slot.startswith(SIDES) else slot


def listed(slots: Iterable[str]) -> Text:
    """List slots for people: “neck, toes, left hand, fingers”; a part without a side is missing on both."""
    named = set(slots)
    for side in SIDES:
        fingers = set(slots_of(side, FINGER_SLOTS))
        if fingers <= named:
            named = named - fingers | {f"{side}_fingers"}
    # each once, though a part that is missing on both sides comes up twice
    words: dict[Text, None] = {}
    for slot in (*SLOTS, *sided("fingers")):
        if slot in named:
            words[in_words(part_of(slot) if mirrored(slot) in named else slot)] = None
    return Text.joined(words, ", ")


PARTS: Mapping[Part, tuple[str, ...]] = {
    "legs": ("hips", *slots_of("left", LEG_SLOTS), *slots_of("right", LEG_SLOTS)),
    "spine": ("spine", "chest", "upper_chest"),
    "head": ("neck", "head"),
    "left_arm": slots_of("left", ARM_SLOTS[:-1]),
    "right_arm": slots_of("right", ARM_SLOTS[:-1]),
    "left_hand": slots_of("left", _HAND_SLOTS),
    "right_hand": slots_of("right", _HAND_SLOTS),
}
"""The slots of each part."""


def mapped_slots(bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each mapped bone; bones of the chains that fill none count as spine or neck."""
    bones = bone_map.bones()
    in_chains = dict.fromkeys(bone_map.neck_chain, "neck") | dict.fromkeys(bone_map.spine_chain, "spine")
    return in_chains | dict(zip(bones.values(), bones, strict=True))


def nearest_slots(skeleton: Skeleton, bone_map: BoneMap) -> dict[str, str]:
    """Return the slot of each bone, or that of the nearest bone above it that fills one; "" if none does."""
    slots = mapped_slots(bone_map)
    found: dict[str, str] = {}
    # parents come before their children, so that what is above a bone is known
    for name, parent in zip(skeleton.names, skeleton.parents.tolist(), strict=True):
        found[name] = slots.get(name, found[skeleton.names[parent]] if parent >= 0 else "")
    return found


def bones_of_parts(skeleton: Skeleton, bone_map: BoneMap, parts: Collection[Part]) -> frozenset[str]:
    """Return all bones that belong to parts of the body; those above the body, which carry it, go with the legs."""
    slots = {""} if "legs" in parts else set[str]()
    slots.update(*map(PARTS.__getitem__, parts))
    return frozenset(bone for bone, slot in nearest_slots(skeleton, bone_map).items() if slot in slots)
