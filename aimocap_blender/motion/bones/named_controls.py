"""Control rigs that are generated from any skeleton, whose bones keep their names behind prefixes.

The skeleton inside such a rig is recognized as any other; each of its bones has a control of the same name.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...texts.text import Text
from ..skeleton import Skeleton
from .control_profiles import ControlProfile
from .humanoid import BoneMap, BoneMatch, spread_spine

_FEWEST = 8  # bones with a control: fewer are no body


def controls_by_name(
    skeleton: Skeleton, profile: ControlProfile, detect: Callable[[Skeleton], BoneMap]
) -> BoneMap | None:
    """Return the controls of the bones that are found in the skeleton within a rig; None if it is no such rig.

    Args:
        skeleton: all the rig's bones at rest.
        profile: of the kind of rig.
        detect: recognizes a plain skeleton.
    """
    inner: dict[str, str] = {}
    for name in skeleton.names:
        if name.startswith(profile.controls):
            possible = [f"{prefix}{name.removeprefix(profile.controls)}" for prefix in profile.originals]
            inner |= dict.fromkeys([bone for bone in possible if bone in skeleton.indices][:1], name)
    if len(inner) < _FEWEST:
        return None
    found = detect(_without_others(skeleton, inner))
    if "hips" not in found.matches:
        return None
    why = Text("in the profile of {profile}", profile=profile.name)

    matches = {slot: BoneMatch(inner[match.bone], match.confidence, why) for slot, match in found.matches.items()}
    spine = tuple(inner[bone] for bone in found.spine_chain)
    for slot, prefixes in profile.slots.items():
        if slot not in matches:
            continue
        bare = matches[slot].bone.removeprefix(profile.controls)
        own = next((f"{prefix}{bare}" for prefix in prefixes if f"{prefix}{bare}" in skeleton.indices), None)
        if own is not None and slot == "hips":  # then the spine's first control bends it above the hips
            spine = (matches[slot].bone, *spine)
        if own is not None:
            matches[slot] = BoneMatch(own, matches[slot].confidence, why)
    matches |= {slot: BoneMatch(bone, found.matches["hips"].confidence, why) for slot, bone in spread_spine(spine)}
    return BoneMap(matches, spine, tuple(inner[bone] for bone in found.neck_chain), profile.name)


def _without_others(skeleton: Skeleton, kept: dict[str, str]) -> Skeleton:
    """Return a skeleton of some bones, each below the next of them above it, or whose name one above it ends with."""
    bones = [skeleton.index(name) for name in skeleton.names if name in kept]
    place = {skeleton.names[bone]: number for number, bone in enumerate(bones)}

    def parent(bone: int) -> int:
        for above in skeleton.ancestors(bone):
            name = skeleton.names[above]
            ends = (name.partition("-")[2], name.rpartition("-")[2])
            found = next((place[each] for each in (name, *ends) if each in place), None)
            if found is not None and found != place[skeleton.names[bone]]:
                return found
        return -1

    parents = [parent(bone) for bone in bones]
    depth = [_depth(number, parents) for number in range(len(bones))]
    order = sorted(range(len(bones)), key=lambda number: depth[number])
    new = {number: at for at, number in enumerate(order)}
    rows = [bones[number] for number in order]
    return replace(
        skeleton,
        names=tuple(skeleton.names[bone] for bone in rows),
        parents=np.array([new.get(parents[number], -1) for number in order], dtype=np.int64),
        rest=skeleton.rest[rows],
        tails=skeleton.tails[rows],
        options=(),
    )


def _depth(bone: int, parents: list[int]) -> int:
    depth = 0
    while (bone := parents[bone]) >= 0 and depth <= len(parents):
        depth += 1
    return depth
