"""Spine and neck: chains of any length, moved as the source's bend along them."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..rotations import (
    FloatArray,
    angle_between,
    conjugate,
    from_rotation_vector,
    multiply,
    rotate,
    shortest_arc,
    slerp,
    to_rotation_vector,
)
from .figure import Figure, hips_point
from .linkage import Linkage

_OWN_POSTURE = np.radians(2.0)  # a torso may lean so much more or less than the source's, as its rest pose does
_ROUNDS = 5  # a spine that bends in its upper part alone takes some
_NEAR = np.radians(0.1)


def spread(
    source_chain: Sequence[int],
    target_chain: Sequence[int],
    ends: tuple[FloatArray, FloatArray | None],
    turned: Mapping[int, FloatArray],
    heads: tuple[FloatArray, FloatArray],
) -> list[FloatArray]:
    """The turns away from rest (F, 4) of each bone of the target's chain, from those along the source's.

    Bones are compared by where their middles lie along their chain: a target with more bones bends little at each, one
    with fewer bends as the source does in all. Chains of the same number of bones go over one to one.

    Args:
        source_chain: the source's bones from below.
        target_chain: the target's.
        ends: turns of what lies below and, where it is known, above the chain.
        turned: turns away from rest of the source's bones.
        heads: for source and target the heads (N + 2, 3) of what lies below, of the chain, of what lies above.
    """
    if len(source_chain) == len(target_chain):
        return [turned[bone] for bone in source_chain]
    below, above = ends
    knots = [below, *(turned[bone] for bone in source_chain), *([above] if above is not None else [])]
    stations = [0.0, *_middles(heads[0]).tolist()]
    if above is not None:
        stations.append(1.0)
    elif source_chain:
        stations = [station / stations[-1] for station in stations]
    wanted: list[float] = _middles(heads[1]).tolist()
    if above is None:
        wanted = [place / wanted[-1] for place in wanted]
    found: list[FloatArray] = []
    for place in wanted:
        upper = min(int(np.searchsorted(stations, place)), len(knots) - 1)
        lower = max(upper - 1, 0)
        span = stations[upper] - stations[lower]
        found.append(slerp(knots[lower], knots[upper], (place - stations[lower]) / span if span > 0.0 else 1.0))
    return found


def _middles(heads: FloatArray) -> FloatArray:
    """How far along the line of joints the middle of each bone lies, 0 at the first joint, 1 at the last."""
    steps = np.linalg.norm(np.diff(heads, axis=0), axis=1)
    joints = np.concatenate([[0.0], np.cumsum(steps)])
    if joints[-1] <= 0.0:
        return np.linspace(0.0, 1.0, len(heads))[1:-1]
    return np.asarray((joints[1:-1] + joints[2:]) / 2.0 / joints[-1], dtype=np.float64)


def chord_of(figure: Figure, heads: Mapping[int, FloatArray], hips_turned: FloatArray, top: int) -> FloatArray:
    """(F, 3) from where the torso begins to the head of `top`; `hips_turned` (F, 4) is the hips' turn from rest."""
    return heads[top] - heads[figure.slots["hips"]] - rotate(hips_turned, hips_point(figure))


def lean_far_hips(linkage: Linkage, turns: dict[int, FloatArray], chord: FloatArray) -> None:
    """Let hips that lie far from where the torso begins lean along with it, so that the whole line is `chord` (F, 3).

    `turns` is changed in place.
    """
    figure = linkage.figure
    hips = figure.slots["hips"]
    arm = hips_point(figure)
    if not arm.any():
        return
    own = rotate(multiply(turns[hips], conjugate(figure.rest[hips])), arm)
    turns[hips] = multiply(shortest_arc(own, chord * np.sign(arm[2])), turns[hips])


def straighten(linkage: Linkage, turns: dict[int, FloatArray], top: int, chord: FloatArray) -> None:
    """Lean the spine until the line from hips to the bone `top` is within 2° of `chord` (F, 3), the source's.

    Rest poses lean differently, and unequal spines bend to different lines; `turns` is changed in place.
    """
    spine = [bone for bone in linkage.figure.spine if bone in turns]
    if not spine:
        return
    for _ in range(_ROUNDS):
        own = _chord(linkage, turns, top)
        excess = np.maximum(angle_between(own, chord) - _OWN_POSTURE, 0.0)
        if float(excess.max()) <= _NEAR:
            return
        whole = to_rotation_vector(shortest_arc(own, chord))
        angle = np.linalg.norm(whole, axis=-1)
        lean = from_rotation_vector(whole * (excess / np.maximum(angle, 1e-9))[:, None])
        for bone in spine:
            turns[bone] = multiply(lean, turns[bone])


def _chord(linkage: Linkage, turns: Mapping[int, FloatArray], top: int) -> FloatArray:
    """(F, 3) from where the torso begins to the head of `top`."""
    figure = linkage.figure
    hips = figure.slots["hips"]
    path = [bone for bone in reversed(figure.skeleton.ancestors(top)) if bone in turns]
    path = path[path.index(hips) :] if hips in path else [hips]
    heads = {hips: np.zeros(3)}
    for on, bone in zip(path, [*path[1:], top], strict=True):
        heads[bone] = linkage.hang(bone, on, turns, heads)
    return chord_of(figure, heads, multiply(turns[hips], conjugate(figure.rest[hips])), top)
