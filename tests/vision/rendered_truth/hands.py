"""Arms, hands and fingers that do what a script says, for rendered truth: keys on a character that moves already."""

import math
from dataclasses import asdict, dataclass
from functools import partial

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from tests.blender_parts import armature_of, pose_of

from .recipes import Recipe

FINGERS = ("thumb", "index", "middle", "ring", "little")
PHALANGES = ("proximal", "intermediate", "distal")
FINGER_BONES = {
    "rocketbox_male17.fbx": "Bip01 {S} Finger{number}{joint0}",
    "gdquest_mannequiny.glb": "{word}_0{joint}.{s}",
    "ue4_run.fbx": "{word}_0{joint}_{s}",
}
"""Character → the names of its finger bones, as people read them off the file."""
_WORDS = dict(zip(FINGERS, ("thumb", "index", "middle", "ring", "pinky"), strict=True))
_SIDES = {"left": 1.0, "right": -1.0}

SHAPES = {
    "open": (0.0, 0.0, 0.0, 0.0, 0.0, 0.3),
    "spread": (0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    "fist": (0.9, 1.0, 1.0, 1.0, 1.0, 0.0),
    "point": (0.7, 0.0, 0.95, 1.0, 1.0, 0.0),
    "two": (0.8, 0.0, 0.0, 0.95, 1.0, 0.6),
    "claw": (0.4, 0.5, 0.5, 0.5, 0.5, 0.6),
    "thumb": (0.0, 0.9, 0.95, 0.95, 0.9, 0.0),
    "half": (0.3, 0.25, 0.35, 0.45, 0.5, 0.1),
}
"""How far each finger is curled, from 0 (as at rest) to 1, and how far they are apart."""
_CURL = {"thumb": (20.0, 35.0, 50.0), "": (75.0, 95.0, 55.0)}
"""Degrees of each joint of a curled finger."""
_SPREAD = {"thumb": 0.0, "index": 10.0, "middle": 2.0, "ring": -6.0, "little": -14.0}
_HOLD_SEC, _CHANGE_SEC = 0.4, 0.2

_ARMS = {
    "raised": ((0.7, -0.1, -0.7), (0.25, -0.35, 0.9), (0.05, -0.1, 1.0), (0.0, -1.0, -0.1)),
    "ahead": ((0.35, -0.3, -0.9), (-0.05, -1.0, 0.25), (-0.1, -0.9, 0.45), (-0.7, -0.3, -0.6)),
    "backs": ((0.5, -0.2, -0.85), (-0.35, -0.6, 0.7), (-0.6, -0.3, 0.75), (-0.2, 0.95, 0.1)),
    "low": ((0.3, -0.1, -0.95), (0.15, -0.5, -0.85), (0.1, -0.4, -0.9), (-0.8, 0.0, 0.1)),
}
"""Where the left upper arm, forearm, hand and palm point, of someone who faces -Y; the right ones are mirrored."""


@dataclass(frozen=True)
class HandsRecipe(Recipe):
    """A clip with hands that are seen.

    Attributes:
        arms: what the arms do, of `_ARMS`.
        left: the shapes of the left hand, one after the other.
        right: those of the right hand.
        swing: degrees by which the hands turn about their own length and back.
    """

    arms: str = "raised"
    left: tuple[str, ...] = ("open", "fist", "two", "claw")
    right: tuple[str, ...] = ("spread", "point", "thumb", "half")
    swing: float = 25.0

    def values(self) -> dict[str, object]:
        return asdict(self)


_MAN, _BOXING = "rocketbox_male17.fbx", "boxing_toes.bvh"
_seen = partial(HandsRecipe, start=45, fps=15, frames=36, size=(720, 720), fill=1.0)
HANDS = (
    _seen("hands_raised", _MAN, _BOXING, 180.0, arms="raised"),
    _seen(
        "hands_backs",
        _MAN,
        _BOXING,
        205.0,
        arms="backs",
        left=("fist", "two", "half", "thumb"),
        right=("claw", "open", "point", "spread"),
    ),
    _seen(
        "hands_ahead",
        _MAN,
        _BOXING,
        145.0,
        arms="ahead",
        left=("half", "open", "fist", "point"),
        right=("open", "two", "claw", "fist"),
    ),
    _seen(
        "hands_mannequin",
        "gdquest_mannequiny.glb",
        _BOXING,
        165.0,
        arms="raised",
        left=("point", "half", "open", "fist"),
        right=("two", "claw", "fist", "spread"),
    ),
)
"""The clips that the accuracy of fingers is stated for."""
SHORT = HandsRecipe(
    "hands_short",
    _MAN,
    _BOXING,
    190.0,
    start=90,
    frames=30,
    size=(720, 720),
    fill=1.0,
    antialiasing="FXAA",
    arms="backs",
    left=("claw", "open"),
    right=("two", "fist"),
)
"""For a test."""


def finger_names(obj: bpy.types.Object, character: str) -> dict[str, str]:
    """Slot → bone of the fingers that the character has."""
    bones = armature_of(obj).bones
    names: dict[str, str] = {}
    for side in _SIDES:
        for number, finger in enumerate(FINGERS):
            for joint, phalanx in enumerate(PHALANGES):
                names[f"{side}_{finger}_{phalanx}"] = FINGER_BONES[character].format(
                    S=side[0].upper(),
                    s=side[0],
                    number=number,
                    word=_WORDS[finger],
                    joint=joint + 1,
                    joint0=joint or "",
                )
    return {slot: bone for slot, bone in names.items() if bone in bones}


def move_hands(obj: bpy.types.Object, names: dict[str, str], recipe: HandsRecipe, frames: range | list[int]) -> None:
    """Key arms, hands and fingers.

    Args:
        obj: the character.
        names: slot → bone, with those of fingers.
        recipe: what they do.
        frames: to key.
    """
    scripts = {"left": recipe.left, "right": recipe.right}
    axes = {side: _finger_axes(obj, names, side) for side in _SIDES}
    for count, frame in enumerate(frames):
        bpy.context.scene.frame_set(frame)
        seconds, heading = count / recipe.fps, _heading(obj, names)
        for side, sign in _SIDES.items():
            mirror = np.array([sign, 1.0, 1.0])
            sway = 0.12 * np.array([math.sin(1.7 * seconds + sign), 0.0, math.sin(2.3 * seconds)])
            upper, lower, hand, palm = (heading @ (np.array(each) * mirror) for each in _ARMS[recipe.arms])
            _point(obj, names[f"{side}_upper_arm"], names[f"{side}_lower_arm"], upper + sway)
            _point(obj, names[f"{side}_lower_arm"], names[f"{side}_hand"], lower + sway)
            turned = Quaternion(vector(hand), math.radians(recipe.swing) * math.sin(1.3 * seconds + sign))
            _turn_hand(obj, names, side, hand, np.array(turned @ vector(palm)))
            curls = _shape(scripts[side], seconds)
            for slot, bone in names.items():
                if slot in axes[side]:
                    _curl(obj, bone, slot, axes[side][slot], curls, sign)


def tips(obj: bpy.types.Object, names: dict[str, str], frames: range | list[int]) -> dict[str, np.ndarray]:
    """Slot → (F, 3) the fingertip, straight on from the last joint at rest."""
    found: dict[str, list[list[float]]] = {}
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        for slot, bone in names.items():
            if slot.endswith("distal"):
                at_rest = armature_of(obj).bones[bone]
                tip = at_rest.matrix_local.inverted() @ (at_rest.head_local + 0.8 * _ahead(obj, names, slot))
                tip = obj.matrix_world @ pose_of(obj).bones[bone].matrix @ tip
                found.setdefault(slot.replace("distal", "tip"), []).append([*tip.to_tuple()])
    return {slot: np.array(rows) for slot, rows in found.items()}


def vector(values: np.ndarray) -> Vector:
    return Vector(values.tolist())


def _heading(obj: bpy.types.Object, names: dict[str, str]) -> np.ndarray:
    """The (3, 3) turn about the vertical from -Y to where the character faces."""
    legs = [obj.matrix_world @ pose_of(obj).bones[names[f"{side}_upper_leg"]].head for side in _SIDES]
    across = (legs[0] - legs[1]).normalized()
    cosine, sine = np.array((across.x, across.y)) / np.hypot(across.x, across.y)
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def _shape(script: tuple[str, ...], seconds: float) -> np.ndarray:
    step, within = divmod(seconds, _HOLD_SEC + _CHANGE_SEC)
    share = min(max((within - _HOLD_SEC) / _CHANGE_SEC, 0.0), 1.0)
    share = share * share * (3.0 - 2.0 * share)
    now, after = (np.array(SHAPES[script[(int(step) + ahead) % len(script)]]) for ahead in (0, 1))
    return now + share * (after - now)


def _finger_axes(obj: bpy.types.Object, names: dict[str, str], side: str) -> dict[str, tuple[Vector, Vector]]:
    """Slot → the axes, in the bone's own, about which it curls and goes aside."""
    bones = armature_of(obj).bones

    def head(slot: str) -> np.ndarray:
        return np.array(bones[names[f"{side}_{slot}"]].head_local)

    last = "little" if f"{side}_little_proximal" in names else "ring"
    along = head("middle_proximal") - head("hand")
    palm = _SIDES[side] * np.cross(along, head("index_proximal") - head(f"{last}_proximal"))
    found: dict[str, tuple[Vector, Vector]] = {}
    for slot, name in names.items():
        if not slot.startswith(side) or not slot.endswith(PHALANGES):
            continue
        bone, ahead = bones[name], _ahead(obj, names, slot)
        to = head(f"{last}_proximal") - head("thumb_proximal") if "thumb" in slot else palm
        own = bone.matrix_local.to_3x3().inverted()
        curl, aside = vector(np.cross(np.array(ahead), to)).normalized(), vector(palm).normalized()
        found[slot] = own @ curl, own @ aside
    return found


def _ahead(obj: bpy.types.Object, names: dict[str, str], slot: str) -> Vector:
    """Where a finger's bone leads to at rest; the last one where the one before does: its tail leads anywhere."""
    start, end = (
        (slot, slot.replace("proximal", "intermediate"))
        if "proximal" in slot
        else (
            slot.replace(slot.rpartition("_")[2], "intermediate"),
            slot.replace(slot.rpartition("_")[2], "distal"),
        )
    )
    bones = armature_of(obj).bones
    return bones[names[end]].head_local - bones[names[start]].head_local


def _curl(
    obj: bpy.types.Object, bone: str, slot: str, axes: tuple[Vector, Vector], shape: np.ndarray, sign: float
) -> None:
    _, finger, phalanx = slot.split("_")
    joint = PHALANGES.index(phalanx)
    degrees = shape[FINGERS.index(finger)] * _CURL["thumb" if finger == "thumb" else ""][joint]
    turned = Quaternion(axes[0], math.radians(degrees))
    if joint == 0:
        turned = turned @ Quaternion(axes[1], -sign * math.radians(shape[-1] * _SPREAD[finger]))
    posed = pose_of(obj).bones[bone]
    posed.rotation_mode = "QUATERNION"
    posed.rotation_quaternion = turned
    posed.keyframe_insert("rotation_quaternion")


def _point(obj: bpy.types.Object, bone: str, child: str, wanted: np.ndarray) -> None:
    posed = pose_of(obj).bones[bone]
    own = obj.matrix_world.to_3x3() @ (pose_of(obj).bones[child].head - posed.head)
    _turn(obj, posed, own.rotation_difference(vector(wanted)).to_matrix())


def _turn_hand(obj: bpy.types.Object, names: dict[str, str], side: str, along: np.ndarray, palm: np.ndarray) -> None:
    def head(slot: str) -> np.ndarray:
        return np.array(obj.matrix_world @ pose_of(obj).bones[names[f"{side}_{slot}"]].head)

    last = "little" if f"{side}_little_proximal" in names else "ring"
    now = head("middle_proximal") - head("hand")
    own = _frame(now, _SIDES[side] * np.cross(now, head("index_proximal") - head(f"{last}_proximal")))
    turn = Matrix((_frame(along, palm) @ own.T).tolist())
    _turn(obj, pose_of(obj).bones[names[f"{side}_hand"]], turn)


def _frame(along: np.ndarray, palm: np.ndarray) -> np.ndarray:
    x: np.ndarray = along / np.linalg.norm(along)
    z: np.ndarray = palm - x * (palm @ x)
    z /= np.linalg.norm(z)
    return np.stack([x, np.cross(z, x), z], axis=1)


def _turn(obj: bpy.types.Object, posed: bpy.types.PoseBone, turn: Matrix) -> None:
    """Turn a bone about its head, in the world, and key that."""
    world = obj.matrix_world @ posed.matrix
    turned = turn.to_4x4() @ world
    turned.translation = world.translation
    posed.matrix = obj.matrix_world.inverted() @ turned
    bpy.context.view_layer.update()
    quaternion = posed.rotation_mode == "QUATERNION"
    posed.keyframe_insert("rotation_quaternion" if quaternion else "rotation_euler")
