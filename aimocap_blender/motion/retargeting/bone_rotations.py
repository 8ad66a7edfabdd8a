"""The first stage of retargeting: rotate every bone that has a counterpart in the source."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from ..bones.humanoid import LIMB_JOINTS, SIDES, filled
from ..bones.twist_bones import bone_at_end
from ..feet.body_pose import BodyPose
from ..figures.figure import Figure
from ..figures.rest_alignment import align, lean, segments, top_of
from ..figures.torso import chord_of, lean_far_hips, level_wide_hips, spread, straighten
from ..rotations import FloatArray, conjugate, multiply, rotate, shortest_arc
from .task import RetargetTask


def rotated(task: RetargetTask) -> BodyPose:
    """Return the character's pose with its bones rotated and its hips still at the origin."""
    samples = len(task.clip.times)
    rotations = {**_shared_rotations(task), **_chain_rotations(task)}
    for bone in task.linkage.held:
        rotations[bone] = np.broadcast_to(task.target.rest[bone], (samples, 4))
    for side, joints in product(SIDES, LIMB_JOINTS):
        for start, end in segments(task.source, task.target, side, joints):
            bone = task.target.slots[start]
            rotations[bone] = _pointed(task, start, end, rotations[bone])
    top = top_of(task.source, task.target)
    if top is not None:
        hips, above = task.source.slots["hips"], task.source.slots[top]
        heads = {hips: task.head(hips), above: task.head(above)}
        chord = chord_of(task.source, heads, task.rotation(hips), above)
        lean_far_hips(task.linkage, rotations, chord)
        level_wide_hips(task.linkage, rotations)
        straighten(task.linkage, rotations, task.target.slots[top], chord)
    return BodyPose(task.linkage, rotations, np.zeros((samples, 3)))


def _shared_rotations(task: RetargetTask) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of the bones that both figures have, by the target's bones."""
    source, target = task.source, task.target
    alignment = align(source, target)
    # of a bone that twists along its length what its end has
    bones = [bone_at_end(source.skeleton, source.slots, slot) for slot in task.shared]
    own_bones = filled(target.slots, task.shared)
    body_from_bones = multiply(source.to_body, task.clip.rotations[:, bones])
    # away from the source's rest, applied to the target's rest that is turned like that one
    aligned = multiply(np.stack(filled(alignment, task.shared)), target.rest[own_bones])
    rotations = multiply(body_from_bones, multiply(conjugate(source.rest[bones]), aligned))
    return {bone: rotations[:, column] for column, bone in enumerate(own_bones)}


def _chain_rotations(task: RetargetTask) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of spine and neck, by the target's bones."""
    source, target = task.source, task.target
    hips = task.rotation(source.slots["hips"])
    chest = task.rotation(source.spine[-1]) if source.spine else hips
    head = task.rotation(source.slots["head"]) if source.has("head") else None
    rotations = _bent(task, "spine", (source.spine, target.spine), (hips, None))
    if head is not None or source.neck:
        rotations |= _bent(task, "neck", (source.neck, target.neck), (chest, head))
    return rotations


def _bent(
    task: RetargetTask,
    name: str,
    chains: tuple[Sequence[int], Sequence[int]],
    ends: tuple[FloatArray, FloatArray | None],
) -> dict[int, FloatArray]:
    """Return the rotations (F, 4) of the target's chain, bent along its length as the source's.

    Args:
        task: the task.
        name: "spine" or "neck".
        chains: the source's bones from below, and the target's.
        ends: rotations (F, 4) of the source's bones below and, where known, above its chain.
    """
    source, target = task.source, task.target
    if not chains[1]:
        return {}
    upright = multiply(conjugate(source.stand), multiply(lean(source, target), target.stand))
    heads = (_chain_heads(source, chains[0], name), _chain_heads(target, chains[1], name))
    bends = spread(chains[0], chains[1], ends, {bone: task.rotation(bone) for bone in chains[0]}, heads)
    rotations: dict[int, FloatArray] = {}
    for bone, bend in zip(chains[1], bends, strict=True):
        rotations[bone] = multiply(bend, multiply(upright, target.rest[bone]))
    return rotations


def _chain_heads(figure: Figure, bones: Sequence[int], name: str) -> FloatArray:
    """Return the heads (N + 2, 3) at rest of the bone below a chain, of its bones, and of the bone above."""
    below = figure.slots["hips"] if name == "spine" or not figure.spine else figure.spine[-1]
    above = filled(figure.slots, ["head"] if name == "neck" else ["neck", "head", "left_upper_arm", "right_upper_arm"])
    chain = [below, *bones]
    # without a bone above, a chain ends where its last bone does
    tip = figure.heads[above[0]] if above else rotate(figure.to_body, figure.skeleton.world_tails[chain[-1]])
    return np.concatenate([figure.heads[chain], tip[None]])


def _pointed(task: RetargetTask, start: str, end: str, rotation: FloatArray) -> FloatArray:
    """Return a limb bone's rotation (F, 4) pointed exactly along the source's joints, even where it stretches."""
    source, target = task.source.slots, task.target.slots
    wanted = task.head(source[end]) - task.head(source[start])
    bone = target[start]
    along = rotate(conjugate(task.target.rest[bone]), task.target.heads[target[end]] - task.target.heads[bone])
    return multiply(shortest_arc(rotate(rotation, along), wanted), rotation)
