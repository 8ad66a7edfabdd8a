"""Spine and neck: chains of any length that bend like the source's."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..bones.humanoid import filled, sided
from ..rotations import (
    FloatArray,
    angle_between,
    conjugate,
    from_rotation_vector,
    multiply,
    rotate,
    shortest_arc,
    slerp,
    step_lengths,
    to_rotation_vector,
)
from .figure import Figure, hips_point
from .linkage import Linkage

_OWN_POSTURE = np.radians(2.0)  # allowed difference in lean from the source, since rest poses differ
_ROUNDS = 5  # a spine that bends only in its upper part needs several
_NEAR = np.radians(0.1)


def spread(
    source_chain: Sequence[int],
    target_chain: Sequence[int],
    ends: tuple[FloatArray, FloatArray | None],
    turned: Mapping[int, FloatArray],
    heads: tuple[FloatArray, FloatArray],
) -> list[FloatArray]:
    """Return the rotations away from rest (F, 4) of the target chain's bones, from those along the source's.

    Bones are matched by the position of their middles along the chain: with more bones the target bends less at each,
    with fewer the whole bend is kept. Chains of equal length are copied one to one.

    Args:
        source_chain: the source's bones from below.
        target_chain: the target's.
        ends: rotations of the bones below and, if known, above the chain.
        turned: rotations away from rest of the source's bones.
        heads: for source and target the heads (N + 2, 3) of the bone below, the chain, and the bone above.
    """
    if len(source_chain) == len(target_chain):
        return [turned[bone] for bone in source_chain]
    below, above = ends
    # the rotations along the source's chain, and where each is reached
    knots = [below, *(turned[bone] for bone in source_chain)]
    stations: FloatArray = np.concatenate([[0.0], _middles(heads[0])])
    wanted = _middles(heads[1])
    if above is not None:
        knots.append(above)
        stations = np.concatenate([stations, [1.0]])
    else:
        # the chain's last bone bends as far as the source's last one
        wanted /= wanted[-1]
        if source_chain:
            stations /= stations[-1]
    next_knots: list[int] = np.searchsorted(stations, wanted).tolist()
    found: list[FloatArray] = []
    for position, knot in zip(wanted, next_knots, strict=True):
        upper = min(knot, len(knots) - 1)
        lower = max(upper - 1, 0)
        span = stations[upper] - stations[lower]
        share = (position - stations[lower]) / span if span > 0.0 else 1.0
        found.append(slerp(knots[lower], knots[upper], share))
    return found


def _middles(heads: FloatArray) -> FloatArray:
    """Return where the middle of each bone lies along the chain, 0 at the first joint, 1 at the last."""
    joints = np.concatenate([[0.0], np.cumsum(step_lengths(heads))])
    if joints[-1] <= 0.0:
        return np.linspace(0.0, 1.0, len(heads))[1:-1]
    return np.asarray((joints[1:-1] + joints[2:]) / 2.0 / joints[-1], dtype=np.float64)


def chord_of(figure: Figure, heads: Mapping[int, FloatArray], hips_turned: FloatArray, top: int) -> FloatArray:
    """Return (F, 3) from the torso's start to the head of `top`; `hips_turned` (F, 4) rotates the hips from rest."""
    return heads[top] - heads[figure.slots["hips"]] - rotate(hips_turned, hips_point(figure))


def lean_far_hips(linkage: Linkage, rotations: dict[int, FloatArray], chord: FloatArray) -> None:
    """Lean hips that lie far from the torso's start along with it, so that the whole line is `chord` (F, 3).

    `rotations` is changed in place.
    """
    figure = linkage.figure
    hips = figure.slots["hips"]
    arm = hips_point(figure)
    if not arm.any():
        return
    own = rotate(multiply(rotations[hips], conjugate(figure.rest[hips])), arm)
    rotations[hips] = multiply(shortest_arc(own, chord * np.sign(arm[2])), rotations[hips])


def level_wide_hips(linkage: Linkage, rotations: dict[int, FloatArray]) -> None:
    """Keep the hip joints at one height where they lie further apart than a leg is long: a sway would lift a foot.

    `rotations` is changed in place.
    """
    figure = linkage.figure
    hips = figure.slots["hips"]
    legs = filled(figure.slots, sided("upper_leg"))
    across = figure.heads[legs[-1]] - figure.heads[legs[0]] if legs else np.zeros(3)
    if float(np.linalg.norm(across)) <= figure.leg_length:
        return
    own = rotate(multiply(rotations[hips], conjugate(figure.rest[hips])), across)
    rotations[hips] = multiply(shortest_arc(own, own * [1.0, 1.0, 0.0]), rotations[hips])


def straighten(linkage: Linkage, rotations: dict[int, FloatArray], top: int, chord: FloatArray) -> None:
    """Lean the spine until the line from hips to the bone `top` is within 2° of `chord` (F, 3), the source's.

    Rest poses lean differently, and spines of unequal length bend differently; `rotations` is changed in place.
    """
    spine = [bone for bone in linkage.figure.spine if bone in rotations]
    if not spine:
        return
    for _ in range(_ROUNDS):
        own = _chord(linkage, rotations, top)
        excess = np.maximum(angle_between(own, chord) - _OWN_POSTURE, 0.0)
        if float(excess.max()) <= _NEAR:
            return
        whole = to_rotation_vector(shortest_arc(own, chord))
        angle = np.linalg.norm(whole, axis=-1)
        lean = from_rotation_vector(whole * (excess / np.maximum(angle, 1e-9))[:, None])
        for bone in spine:
            rotations[bone] = multiply(lean, rotations[bone])


def _chord(linkage: Linkage, rotations: Mapping[int, FloatArray], top: int) -> FloatArray:
    """Return (F, 3) from the torso's start to the head of `top`."""
    figure = linkage.figure
    hips = figure.slots["hips"]
    path = [bone for bone in reversed(figure.skeleton.ancestors(top)) if bone in rotations]
    path = path[path.index(hips) :] if hips in path else [hips]
    heads = {hips: np.zeros(3)}
    for on, bone in zip(path, [*path[1:], top], strict=True):
        heads[bone] = linkage.hang(bone, on, rotations, heads)
    return chord_of(figure, heads, multiply(rotations[hips], conjugate(figure.rest[hips])), top)
