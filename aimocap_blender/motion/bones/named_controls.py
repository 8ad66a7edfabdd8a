"""Control rigs that are generated from any skeleton, whose bones keep their names behind prefixes.

The skeleton inside such a rig is recognized as any other; each of its bones has a control of the same name.
"""

from collections.abc import Callable, Iterable
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
    # the bones of the skeleton within, each to its control
    controls: dict[str, str] = {}
    for name in skeleton.names:
        if name.startswith(profile.controls):
            original = _existing(skeleton, profile.originals, name.removeprefix(profile.controls))
            if original is not None:
                controls[original] = name
    if len(controls) < _FEWEST:
        return None
    found = detect(_without_others(skeleton, controls))
    if "hips" not in found.matches:
        return None
    why = Text("in the profile of {profile}", profile=profile.name)
    matches = {slot: BoneMatch(controls[match.bone], match.confidence, why) for slot, match in found.matches.items()}
    spine = tuple(controls[bone] for bone in found.spine_chain)
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
    return BoneMap(matches, spine, tuple(controls[bone] for bone in found.neck_chain), profile.name)


def _existing(skeleton: Skeleton, prefixes: Iterable[str], name: str) -> str | None:
    """Return the first bone that a name is with one of the prefixes, or None."""
    return next((bone for prefix in prefixes if (bone := f"{prefix}{name}") in skeleton.indices), None)


def _without_others(skeleton: Skeleton, kept: dict[str, str]) -> Skeleton:
    """Return a skeleton of some bones, each below the next of them above it, or whose name one above it ends with."""
    bones = [skeleton.index(name) for name in skeleton.names if name in kept]
    kept_index = {skeleton.names[bone]: index for index, bone in enumerate(bones)}

    def parent(bone: int) -> int:
        for above in skeleton.ancestors(bone):
            # a helper is called after the bone that it belongs to, behind a prefix or several
            name = skeleton.names[above]
            names = (name, name.partition("-")[2], name.rpartition("-")[2])
            found = next((kept_index[each] for each in names if each in kept_index), None)
            if found is not None and found != kept_index[skeleton.names[bone]]:
                return found
        return -1

    parents = [parent(bone) for bone in bones]
    depth = [_depth(index, parents) for index in range(len(bones))]
    # parents before their children, as a skeleton has them
    order = sorted(range(len(bones)), key=lambda index: depth[index])
    new_index = {index: new for new, index in enumerate(order)}
    rows = [bones[index] for index in order]
    return replace(
        skeleton,
        names=tuple(skeleton.names[bone] for bone in rows),
        parents=np.array([new_index.get(parents[index], -1) for index in order], dtype=np.int64),
        rest=skeleton.rest[rows],
        tails=skeleton.tails[rows],
        options=(),
    )


def _depth(bone: int, parents: list[int]) -> int:
    """Return how many bones are above one; parents that were told by names may lead in a circle."""
    depth = 0
    while (bone := parents[bone]) >= 0 and depth <= len(parents):
        depth += 1
    return depth
