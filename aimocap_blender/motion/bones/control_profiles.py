"""Known control rigs: which of their many bones an animator moves, and the switches that must be set for it.

A profile is data, `control-profiles/*.json`: bone names of a plain rig, with `@` for the side. They are found under any
prefix and suffix that all names of a rig share, in any case, with any separators.

Rigs that are generated from any skeleton have no profile: the skeleton inside is recognized as any other, and each of
its bones has a control of the same name behind a prefix.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from ...record_json import list_in, names_in, object_in, text_in
from ...texts.text import Text
from ..skeleton import Skeleton, by_depth
from .bone_names import fold
from .humanoid import SIDES, SLOTS, BoneMap, BoneMatch, Switch, filled, slots_of, spread_spine
from .ik_limbs import LIMBS, IkLimb, IkNames

FOLDER = Path(__file__).with_name("control-profiles")
_FEWEST = 8  # bones that a map needs to distinguish one rig from others
_FEWEST_CONTROLS = 8  # bones with a control of their name: fewer are no body


@dataclass(frozen=True)
class ControlProfile:
    """The bones of one kind of rig.

    Attributes:
        name: the rig's, for people.
        slots: slot to possible names of its bone; the first that exists counts.
        spine: names of the bones between hips and neck from below.
        neck: names of the bones of the neck from below.
        required: names that must all exist for the profile to apply.
        switches: properties that must be set for these bones to move the rig.
        affixes: prefix and suffix of all names in the original rig; tried first.
        ik: the controls for inverse kinematics, by side and limb; with `controls`, `{upper}`, `{lower}` and `{end}` in
            their names stand for the bones' names within the rig.
        controls: prefix of controls that are called after the bones of a skeleton within the rig, see `named_controls`;
            '' if all names are given. `slots` then has the prefixes of other controls.
        originals: possible prefixes of those bones.
    """

    name: str
    slots: Mapping[str, tuple[str, ...]]
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    required: tuple[str, ...]
    switches: tuple[Switch, ...]
    affixes: tuple[str, str] = ("", "")
    ik: Mapping[tuple[str, str], IkNames] = field(default_factory=dict[tuple[str, str], IkNames])
    controls: str = ""
    originals: tuple[str, ...] = ()


@cache
def built_in_profiles() -> tuple[ControlProfile, ...]:
    """Return the profiles shipped with the add-on."""
    profiles: list[ControlProfile] = []
    for file in sorted(FOLDER.glob("*.json")):
        data = json.loads(file.read_text(encoding="utf-8"))
        profiles.append(read_profile(data))
    return tuple(profiles)


def read_profile(data: object) -> ControlProfile:
    """Read a profile from its JSON object.

    Raises:
        ValueError: it isn't such an object, names an unknown slot, or requires nothing.
    """
    entries = object_in(data, "profile")
    tokens = object_in(entries.get("sides", {}), "sides")
    sides: dict[str, str] = {side: text_in(tokens.get(side, side), side) for side in SIDES}
    slots = _slots_in(entries, sides)
    unknown = sorted(set(slots) - set(SLOTS))
    if unknown:
        raise ValueError(f"no such slot: {', '.join(unknown)}")
    required = _both(names_in(entries.get("required", []), "required"), sides.values())
    controls = text_in(entries.get("controls", ""), "controls")
    if not (required or controls):
        raise ValueError("a profile must require bones")
    # a switch of the middle is the same on both sides, and counts once
    switches: dict[Switch, None] = {}
    for switch in map(Switch.from_json, list_in(entries.get("switches", []), "switches")):
        switches |= dict.fromkeys(map(switch.named, sides.values()))
    return ControlProfile(
        text_in(entries.get("name", ""), "name"),
        slots,
        names_in(entries.get("spine", []), "spine"),
        names_in(entries.get("neck", []), "neck"),
        required,
        tuple(switches),
        ik=_ik_in(entries, sides),
        controls=controls,
        originals=names_in(entries.get("originals", []), "originals"),
    )


def _slots_in(entries: Mapping[str, object], sides: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Read the possible bones of each slot, from a profile's entries and what stands for each side in names."""
    slots: dict[str, tuple[str, ...]] = {}
    for slot, value in object_in(entries.get("middle", {}), "middle").items():
        slots[slot] = _alternatives(value, slot)
    for part, value in object_in(entries.get("limbs", {}), "limbs").items():
        names = _alternatives(value, part)
        for side, token in sides.items():
            slots[f"{side}_{part}"] = _both(names, [token])
    return slots


def _ik_in(entries: Mapping[str, object], sides: Mapping[str, str]) -> dict[tuple[str, str], IkNames]:
    """Read the controls for inverse kinematics by side and limb."""
    ik: dict[tuple[str, str], IkNames] = {}
    for limb, names in object_in(entries.get("ik", {}), "ik").items():
        for side, token in sides.items():
            ik[side, limb] = IkNames.from_json(names).slots_of(token)
    return ik


def profile_of(bone_map: BoneMap, name: str) -> ControlProfile:
    """Return a bone map as the profile of all rigs that have its bones.

    Raises:
        ValueError: the map has too few bones to identify a rig.
    """
    bones = bone_map.all_bones()
    if len(bones) < _FEWEST:
        raise ValueError(f"it has {len(bones)} bones; {_FEWEST} are needed to identify a rig")
    start, end, bare = _bare(bones, bone_map.switches)
    slots: dict[str, tuple[str, ...]] = {}
    for slot, bone in bone_map.bones().items():
        slots[slot] = (bare[bone],)
    return ControlProfile(
        name,
        slots,
        spine=tuple(map(bare.__getitem__, bone_map.spine_chain)),
        neck=tuple(map(bare.__getitem__, bone_map.neck_chain)),
        required=tuple(map(bare.__getitem__, bones)),
        switches=tuple(replace(switch, bone=bare[switch.bone]) for switch in bone_map.switches),
        affixes=(start, end),
    )


def names_in_rig(skeleton: Skeleton, bone_map: BoneMap) -> dict[str, str]:
    """Match a map's bones, and those of its switches, to a rig whose names differ by a shared prefix or suffix.

    Of all ways to exchange the shared prefix and suffix, the one that finds most bones is used; bones that the rig
    lacks are left out.
    """
    bones = bone_map.all_bones()
    start, end, bare = _bare(bones, bone_map.switches)
    rig = _keys(skeleton)

    def matched(affixes: tuple[str, str]) -> dict[str, str]:
        """Return the map's bones to those of the rig that have this prefix and suffix."""
        in_rig: dict[str, str] = {}
        owners: dict[str, str] = {}
        for bone, key in bare.items():
            name = rig.get(f"{affixes[0]}{key}{affixes[1]}")
            # an exact name wins over one with another case or separators
            if affixes == (start, end) and bone in skeleton.indices:
                name = bone
            if name is None:
                continue
            in_rig[bone] = name
            # keys of two bones may be the same; the rig's bone is then that of its own name, or else of the first
            if name == bone or name not in owners:
                owners[name] = bone
        return {bone: name for bone, name in in_rig.items() if owners[name] == bone}

    return max([matched((start, end)), *map(matched, _affixes(bare.values(), rig, (start, end)))], key=len)


def profile_map(skeleton: Skeleton, profiles: Sequence[ControlProfile]) -> BoneMap | None:
    """Return the bones by the first of the profiles that applies, or None."""
    rig = _keys(skeleton)
    for profile in profiles:
        # a rig with controls of a skeleton's names is told by that skeleton, see `named_controls`
        if profile.controls:
            continue
        required = list(map(_key, profile.required))
        # the longest key is in the fewest names, so that the fewest prefixes are tried
        for start, end in _affixes([max(required, key=len)], rig, profile.affixes):
            if all(f"{start}{name}{end}" in rig for name in required):
                return _map(profile, rig, start, end)
    return None


def ik_limbs(skeleton: Skeleton, bone_map: BoneMap, profiles: Sequence[ControlProfile]) -> dict[str, IkLimb]:
    """Return the limbs that can be posed by inverse kinematics, by the slot at their end.

    A limb counts if its mapped bones are those of a profile, and the rig has all controls that the profile names.
    """
    rig = _keys(skeleton)
    limbs: dict[str, IkLimb] = {}
    for profile in profiles:
        for (side, limb), names in profile.ik.items():
            slots = slots_of(side, LIMBS[limb])
            is_mapped = bone_map.matches.keys() >= set(slots)
            if profile.controls and bone_map.profile == profile.name and is_mapped:
                found = _limb_behind_prefixes(skeleton, bone_map, profile, slots, names)
            else:
                found = _limb_within_affixes(rig, bone_map, profile, slots, names)
            if found is not None:
                limbs[slots[-1]] = found
    return limbs


def _limb_behind_prefixes(
    skeleton: Skeleton, bone_map: BoneMap, profile: ControlProfile, slots: Sequence[str], names: IkNames
) -> IkLimb | None:
    """Return a limb whose controls for inverse kinematics are called after its bones; None if one is missing."""
    upper, lower, last = bone_map.in_slots(slots)
    plain_names: dict[str, str] = {}
    for part, slot, bone in zip(("upper", "lower", "end"), slots, (upper, lower, last), strict=True):
        plain_names[part] = _without_prefix(bone, (*profile.slots.get(slot, ()), profile.controls))
    ik = names.named(lambda name: _there(skeleton, name.format(**plain_names)))
    return IkLimb(ik.fk_upper or upper, ik.fk_lower or lower, last, "", ik) if ik.is_whole else None


def _limb_within_affixes(
    rig: Mapping[str, str], bone_map: BoneMap, profile: ControlProfile, slots: Sequence[str], names: IkNames
) -> IkLimb | None:
    """Return a limb whose bones and controls have a prefix and suffix around the profile's names; None if none has."""
    upper, lower, last = bone_map.in_slots(slots)

    def is_mapped(slot: str, start: str, end: str) -> bool:
        """Return whether a slot has one of the bones that the profile names for it."""
        possible = [rig.get(f"{start}{_key(name)}{end}") for name in profile.slots.get(slot, ())]
        return bone_map.bone(slot) in possible

    for start, end in _affixes(map(_key, profile.slots.get(slots[0], ())), rig, profile.affixes):
        if not all(is_mapped(slot, start, end) for slot in slots):
            continue
        ik = names.named(lambda name, start=start, end=end: rig.get(f"{start}{_key(name)}{end}", ""))
        if ik.is_whole:
            side = slots[0].partition("_")[0]
            toes = (bone_map.bone(f"{side}_toes") or "") if ik.toes else ""
            return IkLimb(ik.fk_upper or upper, ik.fk_lower or lower, last, toes, ik)
    return None


def _without_prefix(name: str, prefixes: Iterable[str]) -> str:
    """Return a name without the first of the prefixes that it has."""
    for prefix in prefixes:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _there(skeleton: Skeleton, name: str) -> str:
    """Return the name of a bone; '' if there is none."""
    return name if name in skeleton.indices else ""


def _bare(bones: Sequence[str], switches: Sequence[Switch]) -> tuple[str, str, dict[str, str]]:
    """Return the common prefix and suffix of the keys of bones and those with switches, and each key without them."""
    names = [*bones, *(switch.bone for switch in switches)]
    start = _common_start(list(map(_key, names)))
    without_start: dict[str, str] = {}
    backwards: list[str] = []
    for name in names:
        without_start[name] = _key(name).removeprefix(start)
        backwards.append(without_start[name][::-1])
    # the suffix is the prefix of all names read backwards, without what the prefix has already
    end = _common_start(backwards)[::-1]
    return start, end, {name: key.removesuffix(end) for name, key in without_start.items()}


def _keys(skeleton: Skeleton) -> dict[str, str]:
    """Return the first bone of each key."""
    # backwards, so that of bones with the same key the first stays
    backwards = skeleton.names[::-1]
    return dict(zip(map(_key, backwards), backwards, strict=True))


def _common_start(texts: Sequence[str]) -> str:
    """Return the prefix that all texts share."""
    # in alphabetical order, all between the first and the last begin with what these two share
    first, last = min(texts, default=""), max(texts, default="")
    length = 0
    while length < len(first) and last[: length + 1] == first[: length + 1]:
        length += 1
    return first[:length]


def _alternatives(value: object, slot: str) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else names_in(value, slot)


def _both(names: Iterable[str], tokens: Iterable[str]) -> tuple[str, ...]:
    """Return the names on both sides; those of the middle once."""
    found: dict[str, None] = {}
    for token in tokens:
        found |= dict.fromkeys(name.replace("@", token) for name in names)
    return tuple(found)


@cache
def _key(name: str) -> str:
    """Return the part of a name that survives renaming: letters and digits, plain and lower."""
    return "".join(filter(str.isalnum, fold(name)))


def _affixes(keys: Iterable[str], rig: Iterable[str], usual: tuple[str, str]) -> list[tuple[str, str]]:
    """Return possible prefixes and suffixes of a rig around some keys: the usual first, then the shortest."""
    found: set[tuple[str, str]] = set()
    # wherever a key is within a name, what is before and after it
    for key in filter(None, keys):
        for name in rig:
            at = name.find(key)
            while at >= 0:
                found.add((name[:at], name[at + len(key) :]))
                at = name.find(key, at + 1)
    return sorted(found, key=lambda affixes: (affixes != usual, len("".join(affixes)), affixes))


def _map(profile: ControlProfile, rig: Mapping[str, str], start: str, end: str) -> BoneMap:
    """Return the rig's bones by a profile, under a prefix and suffix of all names."""

    def existing(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(filled(rig, (f"{start}{_key(name)}{end}" for name in names)))

    spine, neck = existing(profile.spine), existing(profile.neck)
    bones = dict(spread_spine(spine))
    if neck:
        bones["neck"] = neck[0]
    # slots that a profile names win over the chains' spread
    for slot, names in profile.slots.items():
        alternatives = existing(names)
        if alternatives:
            bones[slot] = alternatives[0]
    why = Text("in the profile of {profile}", profile=profile.name)
    matches: dict[str, BoneMatch] = {}
    taken: set[str] = set()
    for slot in SLOTS:
        # a bone fills one slot only, the first
        if slot in bones and bones[slot] not in taken:
            taken.add(bones[slot])
            matches[slot] = BoneMatch(bones[slot], 1.0, why)
    switches: list[Switch] = []
    for switch in profile.switches:
        bone = rig.get(f"{start}{_key(switch.bone)}{end}")
        if bone is not None:
            switches.append(replace(switch, bone=bone))
    return BoneMap(matches, spine, neck, profile.name, tuple(switches))


def controls_by_name(
    skeleton: Skeleton, profile: ControlProfile, detect: Callable[[Skeleton], BoneMap]
) -> BoneMap | None:
    """Return the controls of the bones that are found in the skeleton within a rig; None if it is no such rig.

    Args:
        skeleton: all the rig's bones at rest.
        profile: of the kind of rig.
        detect: recognizes a plain skeleton.
    """
    # the bones of the skeleton within, each to its control
    controls: dict[str, str] = {}
    for name in skeleton.names:
        if name.startswith(profile.controls):
            original = _existing(skeleton, profile.originals, name.removeprefix(profile.controls))
            if original is not None:
                controls[original] = name
    if len(controls) < _FEWEST_CONTROLS:
        return None
    found = detect(_without_others(skeleton, controls))
    if "hips" not in found.matches:
        return None
    why = Text("in the profile of {profile}", profile=profile.name)
    matches = {slot: BoneMatch(controls[match.bone], match.confidence, why) for slot, match in found.matches.items()}
    spine = tuple(map(controls.__getitem__, found.spine_chain))
    for slot, prefixes in profile.slots.items():
        if slot not in matches:
            continue
        control = _existing(skeleton, prefixes, matches[slot].bone.removeprefix(profile.controls))
        if control is None:
            continue
        # hips have a control of their own: that of their bone bends the spine above it
        if slot == "hips":
            spine = (matches[slot].bone, *spine)
        matches[slot] = BoneMatch(control, matches[slot].confidence, why)
    matches |= {slot: BoneMatch(bone, found.matches["hips"].confidence, why) for slot, bone in spread_spine(spine)}
    neck = tuple(map(controls.__getitem__, found.neck_chain))
    return BoneMap(matches, spine, neck, profile.name)


def _existing(skeleton: Skeleton, prefixes: Iterable[str], name: str) -> str | None:
    """Return the first bone that a name is with one of the prefixes, or None."""
    for prefix in prefixes:
        if f"{prefix}{name}" in skeleton.indices:
            return f"{prefix}{name}"
    return None


def _without_others(skeleton: Skeleton, kept: dict[str, str]) -> Skeleton:
    """Return a skeleton of some bones, each below the next of them above it, or whose name one above it ends with."""
    parents = [-1] * len(skeleton)
    for bone, name in enumerate(skeleton.names):
        if name in kept:
            parents[bone] = _kept_above(skeleton, kept, bone)
    order = [bone for bone in by_depth(parents) if skeleton.names[bone] in kept]
    # how the rig's bones follow theirs says nothing about the skeleton within it
    return replace(skeleton.part(order, parents), options=())


def _kept_above(skeleton: Skeleton, kept: Container[str], bone: int) -> int:
    """Return the nearest of the kept bones that is above one, or that one above it belongs to; -1 for none."""
    for above in skeleton.ancestors(bone):
        # a helper is called after the bone that it belongs to, behind a prefix or several
        name = skeleton.names[above]
        for called in (name, name.partition("-")[2], name.rpartition("-")[2]):
            if called == skeleton.names[bone]:
                break
            if called in kept:
                return skeleton.index(called)
    return -1
