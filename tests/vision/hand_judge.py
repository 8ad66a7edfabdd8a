"""How far fingers seen in a video are from the true ones: figures by the tests' own code."""

import numpy as np
import numpy.typing as npt

from aimocap_blender.motion.skeleton import Clip

from .judge import degrees
from .rendered_truth.truth import Truth

Array = npt.NDArray[np.float64]

FINGERS = ("thumb", "index", "middle", "ring", "little")
PHALANGES = ("proximal", "intermediate", "distal")


def true_hand(truth: Truth, side: str) -> Array:
    """(F, 21, 3) the wrist, and four points of each finger from its first joint to its tip; NaN of lacking fingers."""
    wrist = truth.heads[f"{side}_hand"]
    slots = [f"{side}_{finger}_{part}" for finger in FINGERS for part in (*PHALANGES, "tip")]
    return np.stack([wrist, *(truth.heads.get(slot, np.full_like(wrist, np.nan)) for slot in slots)], axis=1)


def clip_hand(clip: Clip, side: str) -> Array:
    """The same of a preview's motion, in its world."""
    bones = clip.skeleton
    points = [clip.positions[:, bones.index(f"{side.capitalize()}Hand")]]
    for finger in FINGERS:
        chain = [bones.index(f"{side}_{finger}_{part}".title().replace("_", "")) for part in PHALANGES]
        points += [clip.positions[:, bone] for bone in chain]
        ahead = turned(clip.rotations[:, chain[-1]], np.array([0.0, 1.0, 0.0]))  # bones point along their own Y
        points.append(points[-1] + ahead * np.linalg.norm(bones.tails[chain[-1]] - bones.heads[chain[-1]]))
    return np.stack(points, axis=1)


def bends(hand: Array) -> Array:
    """(F, 5, 3) degrees by which each finger's bones are bent away from what they hang on."""
    chains = hand[:, 1:].reshape(len(hand), 5, 4, 3)
    bones = np.concatenate([chains[:, :, :1] - hand[:, None, :1], np.diff(chains, axis=2)], axis=2)
    return degrees(bones[:, :, 1:], bones[:, :, :-1])


def palms(hand: Array, side: str) -> Array:
    """(F, 3) the directions in which the palm looks."""
    knuckles = hand[:, [5, 9, 13, 17]]
    last = np.where(np.isnan(knuckles[:, 3]), knuckles[:, 2], knuckles[:, 3])
    palm = np.cross(knuckles[:, 1] - hand[:, 0], knuckles[:, 0] - last)
    palm /= np.linalg.norm(palm, axis=-1, keepdims=True)
    return palm if side == "left" else -palm


def turned(rotations: Array, vector: Array) -> Array:
    """(F, 3) a vector turned by each rotation wxyz."""
    w, axis = rotations[:, :1], rotations[:, 1:]
    return vector + 2.0 * np.cross(axis, np.cross(axis, vector) + w * vector)
