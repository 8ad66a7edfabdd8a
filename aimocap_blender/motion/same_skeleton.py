"""A motion of the character's own skeleton, in whatever units and rolls of a file: bones go over as they are."""

from dataclasses import dataclass

import numpy as np

from .pose_motion import PoseMotion, RetargetReport
from .rotations import FloatArray, conjugate, continuous, from_matrix, multiply, rotate
from .skeleton import Clip, Skeleton

_FEWEST = 3
_NEARLY_ALL = 0.9
_ONE_BONE = 1
_ALIKE = 0.01  # of the skeleton's size: how far the rest poses' joints may lie apart
_TRAVELS = 5e-4  # of the skeleton's size: a bone that leaves its place by less only turns


@dataclass(frozen=True, eq=False)
class _Fit:
    """The move that lays one rest pose onto the other: turn (4,), then scale, then shift (3,), in world space."""

    turn: FloatArray
    scale: float
    shift: FloatArray
    apart: float

    def points(self, points: FloatArray) -> FloatArray:
        return rotate(self.turn, points) * self.scale + self.shift


def is_same_skeleton(source: Skeleton, target: Skeleton) -> bool:
    """Whether the skeletons have nearly all bone names in common and the same rest pose, in whatever units and axes.

    Bones that only one has (tips that an exporter adds, a root that an importer makes the object) don't count, as long
    as nine in ten of the smaller skeleton are in both.
    """
    names = _common(source, target)
    if len(names) < max(_FEWEST, _NEARLY_ALL * min(len(source), len(target)) - _ONE_BONE):
        return False
    return _fit(source, target, names).apart < _ALIKE


def transfer(clip: Clip, target: Skeleton) -> PoseMotion:
    """The motion of a skeleton that `is_same_skeleton` as the target: every bone turns as it does in the source.

    Bones that travel against what they hang on, the uppermost ones first of all, get location channels.

    Raises:
        MotionFault: an armature object is scaled unevenly.
    """
    source = clip.skeleton
    names = _common(source, target)
    fit = _fit(source, target, names)
    bones = [target.index(name) for name in names]
    of_source = [source.index(name) for name in names]
    place = {bone: number for number, bone in enumerate(bones)}
    above = [next((a for a in target.ancestors(bone) if a in place), -1) for bone in bones]
    turned = multiply(
        multiply(fit.turn, multiply(clip.rotations[:, of_source], conjugate(source.rest_rotations[of_source]))),
        conjugate(fit.turn),
    )  # away from rest, world axes
    rest = target.rest_rotations[bones]
    over = np.concatenate([turned, np.broadcast_to(_unturned(), (len(clip.times), 1, 4))], axis=1)
    inherits = [
        place[a] if a >= 0 and target.option(bone).inherit_rotation else -1
        for bone, a in zip(bones, above, strict=True)
    ]
    basis = multiply(multiply(conjugate(rest), conjugate(over[:, inherits])), multiply(turned, rest))
    wanted = fit.points(clip.positions[:, of_source])
    locations: dict[str, FloatArray] = {}
    size = _size(target.heads[bones])
    for number, (bone, on) in enumerate(zip(bones, above, strict=True)):
        hangs = target.heads[bone]
        if on >= 0:
            hangs = wanted[:, place[on]] + rotate(turned[:, place[on]], target.heads[bone] - target.heads[on])
        shift = wanted[:, number] - hangs
        if target.option(bone).connected or float(np.linalg.norm(shift, axis=-1).max()) < _TRAVELS * size:
            # what follows hangs on where this bone is, not on where the source's was
            wanted[:, number] = hangs
            continue
        parent = int(target.parents[bone])
        local = target.option(bone).local_location
        axes = target.rest_rotations[bone if local else parent] if local or parent >= 0 else target.world_rotation
        if on >= 0:
            axes = multiply(turned[:, place[on]], axes)
        locations[names[number]] = rotate(conjugate(axes), shift) / target.scale
    return PoseMotion(
        times=clip.times,
        fps=clip.fps,
        bones=names,
        rotations=continuous(basis),
        locations=locations,
        unmoved=(),
        report=RetargetReport(scale=fit.scale, yaw_degrees=0.0),
    )


def _unturned() -> FloatArray:
    return np.array([1.0, 0.0, 0.0, 0.0])


def _common(source: Skeleton, target: Skeleton) -> tuple[str, ...]:
    return tuple(name for name in target.names if name in source.indices)


def _size(heads: FloatArray) -> float:
    return float(np.linalg.norm(heads.max(axis=0) - heads.min(axis=0)))


def _fit(source: Skeleton, target: Skeleton, names: tuple[str, ...]) -> _Fit:
    """The best even move of the source's rest joints onto the target's (Kabsch, Umeyama)."""
    ours = source.heads[[source.index(name) for name in names]]
    theirs = target.heads[[target.index(name) for name in names]]
    middle, goal = ours.mean(axis=0), theirs.mean(axis=0)
    u, singular, vt = np.linalg.svd((theirs - goal).T @ (ours - middle))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt)) or 1.0])
    spread = float(((ours - middle) ** 2).sum())
    scale = float((singular * signs).sum()) / spread if spread > 0.0 else 1.0
    turn = from_matrix((u * signs) @ vt)
    shift = goal - rotate(turn, middle) * scale
    fit = _Fit(turn, scale, shift, 0.0)
    apart = float(np.linalg.norm(fit.points(ours) - theirs, axis=-1).max()) / max(_size(theirs), 1e-9)
    return _Fit(turn, scale, shift, apart if scale > 0.0 else np.inf)
