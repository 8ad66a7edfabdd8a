"""Control rigs that are generated from any skeleton, whose bones keep their names behind prefixes.

The skeleton inside such a rig is recognized as any other; each of its bones has a control of the same name.
"""

from collections.abc import Callable, Container, Iterable
from dataclasses import replace

from ...texts.text import Text
from ..skeleton import Skeleton, by_depth
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
    return replace(skeleton.part(order, [parents[bone] for bone in order]), options=())


def _kept_above(skeleton: Skeleton, kept: Container[str], bone: int) -> int:
    """Return the nearest of the kept bones that is above one, or that one above it belongs to; -1 for none."""
    for above in skeleton.ancestors(bone):
        # a helper is called after the bone that it belongs to, behind a prefix or several
        name = skeleton.names[above]
        called = [each for each in (name, name.partition("-")[2], name.rpartition("-")[2]) if each in kept]
        if called and called[0] != skeleton.names[bone]:
            return skeleton.index(called[0])
    return -1
