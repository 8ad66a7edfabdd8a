"""Limbs that move by chance within what joints allow: sitting, folding and reaching as nobody was recorded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tests.media.matrices import X_AXIS, Y_AXIS, Z_AXIS, about

if TYPE_CHECKING:
    from aimocap_blender.motion.skeleton import Skeleton
    from tests.media.matrices import Array

STEPS = (3.0, 10.0)  # pictures, between which is how long a limb takes to move on
HELD, MOVED = 0.8, 0.6  # how much of a joint's turn stays for the shot, and how much comes and goes
TOGETHER, ALONE = 0.75, 0.66  # how much left and right, or joints of a group, have in common, and each of its own
GROUPS = 6
LIMBS, FOLD = 0.75, 0.5  # the shares of shots in which legs, arms and the back move so
SIDES = (("l", 1.0), ("r", -1.0))  # the figure's left is towards +X, its front towards -Y


class Range(NamedTuple):
    """Degrees of a joint from `least` to `most`, about what joints allow; a larger `power` is nearer the least."""

    least: float
    most: float
    group: int
    power: float = 1.0


HIP_BEND, HIP_SPREAD, HIP_TWIST = Range(-20, 125, 0), Range(-8, 45, 2, 1.5), Range(-20, 30, 3)
KNEE, BACK = Range(0, 145, 1, 1.6), Range(-25, 65, 0)
ARM_RAISE, ARM_SPREAD, ARM_TWIST = Range(-40, 185, 4), Range(0, 100, 5, 1.5), Range(-70, 70, 3)
ELBOW = Range(0, 145, 2, 1.5)


def by_chance(skeleton: Skeleton, turns: Array, heads: Array, chance: np.random.Generator) -> tuple[Array, Array]:
    """Return rotations (F, B, 3, 3) and heads (F, B, 3) of bones with limbs that move by chance, smoothly."""
    names, parents, count = list(skeleton.names), skeleton.parents, len(turns)
    own = turns.copy()
    for bone, parent in enumerate(parents):
        if parent >= 0:
            own[:, bone] = turns[:, parent].swapaxes(1, 2) @ turns[:, bone]
    shared = [_wander(chance, count) for _ in range(GROUPS)]

    def angles(of: Range) -> Array:
        value = TOGETHER * shared[of.group] + ALONE * _wander(chance, count)
        share = 0.5 * (1.0 + np.array([math.erf(each / math.sqrt(2.0)) for each in value]))
        return np.radians(of.least + (of.most - of.least) * share**of.power)

    has_legs, has_arms, folds = (chance.random() < share for share in (LIMBS, LIMBS, FOLD))
    for side, sign in SIDES:
        if has_legs:
            bend, knee, spread, twist = (angles(of) for of in (HIP_BEND, KNEE, HIP_SPREAD, HIP_TWIST))
            own[:, names.index(f"thigh_{side}")] = (
                about(Y_AXIS, -sign * spread) @ about(X_AXIS, -bend) @ about(Z_AXIS, -sign * twist)
            )
            own[:, names.index(f"calf_{side}")] = about(X_AXIS, knee)
        if has_arms:
            raised, spread, twist, elbow = (angles(of) for of in (ARM_RAISE, ARM_SPREAD, ARM_TWIST, ELBOW))
            upper, lower = names.index(f"upperarm_{side}"), names.index(f"lowerarm_{side}")
            arm = skeleton.heads[lower] - skeleton.heads[upper]
            arm /= np.linalg.norm(arm)
            across = np.cross(arm, (0.0, 0.0, -1.0))
            hanging = about(across, np.arctan2(np.linalg.norm(across), -arm[2]))
            own[:, upper] = about(Y_AXIS, -sign * spread) @ about(X_AXIS, -raised) @ about(Z_AXIS, twist) @ hanging
            own[:, lower] = about(np.cross(arm, (0.0, -1.0, 0.0)), elbow)
    if folds:
        spine = [bone for bone, name in enumerate(names) if name.startswith("spine")]
        bend = angles(BACK) / len(spine)
        for bone in spine:
            own[:, bone] = about(X_AXIS, bend) @ own[:, bone]
    return _moved(skeleton, turns, heads, own)


def _moved(skeleton: Skeleton, turns: Array, heads: Array, own: Array) -> tuple[Array, Array]:
    """Rotations and heads of bones that turn by `own` (F, B, 3, 3) from their parents' instead of as they did."""
    turned, placed = turns.copy(), heads.copy()
    for bone, parent in enumerate(skeleton.parents):
        if parent < 0:
            turned[:, bone] = own[:, bone]
        else:
            offset = turns[:, parent].swapaxes(1, 2) @ (heads[:, bone] - heads[:, parent])[..., None]
            turned[:, bone] = turned[:, parent] @ own[:, bone]
            placed[:, bone] = placed[:, parent] + (turned[:, parent] @ offset)[..., 0]
    return turned, placed


def _wander(chance: np.random.Generator, count: int) -> Array:
    """(count,) values of about a normal distribution that change smoothly."""
    width = chance.uniform(*STEPS)
    reach = int(3 * width)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    weights /= np.sqrt((weights**2).sum())
    return HELD * chance.normal() + MOVED * np.convolve(chance.normal(size=count + 2 * reach), weights, "valid")
