"""Motions as BVH files whose rest pose says nothing: spine, arms and legs all run along one axis.

So do the files of LAFAN1 (along X), of Bandai-Namco Research (along Y) and of Rokoko (along X).
"""

from collections.abc import Mapping

import numpy as np

from aimocap_blender.motion.skeleton import Clip
from tests.media.matrices import degrees_zyx

MANNERS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "LAFAN1": (
        0,
        {
            "hips": "Hips",
            "spine": "Spine",
            "chest": "Spine1",
            "upper_chest": "Spine2",
            "neck": "Neck",
            "head": "Head",
            "shoulder": "{side}Shoulder",
            "upper_arm": "{side}Arm",
            "lower_arm": "{side}ForeArm",
            "hand": "{side}Hand",
            "upper_leg": "{side}UpLeg",
            "lower_leg": "{side}Leg",
            "foot": "{side}Foot",
            "toes": "{side}Toe",
        },
    ),
    "Bandai-Namco": (
        1,
        {
            "hips": "Hips",
            "spine": "Spine",
            "chest": "Chest",
            "neck": "Neck",
            "head": "Head",
            "shoulder": "Shoulder_{letter}",
            "upper_arm": "UpperArm_{letter}",
            "lower_arm": "LowerArm_{letter}",
            "hand": "Hand_{letter}",
            "upper_leg": "UpperLeg_{letter}",
            "lower_leg": "LowerLeg_{letter}",
            "foot": "Foot_{letter}",
            "toes": "Toes_{letter}",
        },
    ),
}
"""Axis, and slot without its side to name."""

_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])


def one_axis_bvh(clip: Clip, bones: Mapping[str, str], manner: str, unit: float = 100.0) -> str:
    """The text of a BVH file with a motion's own joints and turns.

    Args:
        clip: the motion.
        bones: humanoid slot to bone.
        manner: a key of `MANNERS`.
        unit: of the file to one metre.
    """
    axis, words = MANNERS[manner]
    slots = {slot: clip.skeleton.index(bone) for slot, bone in bones.items() if _word(slot) in words}
    order = sorted(slots, key=lambda slot: slots[slot])
    above = {slot: _above(clip, slots, slot) for slot in order}
    below = {slot: [other for other in order if above[other] == slot] for slot in order}
    matrices = _matrices(clip.rotations)
    turns: dict[str, np.ndarray] = {}
    offsets: dict[str, np.ndarray] = {"hips": np.zeros(3)}
    for slot in order:
        own = matrices[:, slots[slot]]
        away = {
            other: (own[0].T @ (clip.positions[0, slots[other]] - clip.positions[0, slots[slot]]))
            for other in below[slot]
        }
        main = away[_main(below[slot])] if below[slot] else own[0].T @ np.eye(3)[2]
        along = _turn_to(np.eye(3)[axis], main / np.linalg.norm(main))
        turns[slot] = _Y_UP @ own @ along
        offsets |= {other: along.T @ step * unit for other, step in away.items()}
    names = {slot: _name(slot, words[_word(slot)]) for slot in order}
    lines = ["HIERARCHY", *_joints("hips", names, below, offsets, axis, 0)]
    lines += ["MOTION", f"Frames: {len(clip.times)}", f"Frame Time: {1.0 / clip.fps:.7f}"]
    listed = _in_file_order("hips", below)
    places = clip.positions[:, slots["hips"]] @ _Y_UP.T * unit
    angles = [
        degrees_zyx(turns[slot] if above[slot] is None else np.swapaxes(turns[above[slot]], 1, 2) @ turns[slot])
        for slot in listed
    ]
    rows = np.concatenate([places, *angles], axis=1)
    return "\n".join([*lines, *(" ".join(f"{value:.6f}" for value in row) for row in rows), ""])


def _word(slot: str) -> str:
    return slot.removeprefix("left_").removeprefix("right_")


def _name(slot: str, template: str) -> str:
    side = "Left" if slot.startswith("left") else "Right"
    return template.format(side=side, letter=side[0])


def _above(clip: Clip, slots: Mapping[str, int], slot: str) -> str | None:
    by_bone = {bone: name for name, bone in slots.items()}
    return next((by_bone[bone] for bone in clip.skeleton.ancestors(slots[slot]) if bone in by_bone), None)


def _main(children: list[str]) -> str:
    """The child in the middle of the body, or the only one."""
    return next((slot for slot in children if not slot.startswith(("left", "right"))), children[0])


def _in_file_order(slot: str, below: Mapping[str, list[str]]) -> list[str]:
    return [slot, *(name for child in below[slot] for name in _in_file_order(child, below))]


def _joints(
    slot: str,
    names: Mapping[str, str],
    below: Mapping[str, list[str]],
    offsets: Mapping[str, np.ndarray],
    axis: int,
    depth: int,
) -> list[str]:
    pad = "  " * depth
    place = "Xposition Yposition Zposition " if not depth else ""
    lines = [
        f"{pad}{'JOINT' if depth else 'ROOT'} {names[slot]}",
        f"{pad}{{",
        f"{pad}  OFFSET " + " ".join(f"{value:.6f}" for value in offsets[slot]),
        f"{pad}  CHANNELS {3 if depth else 6} {place}Zrotation Yrotation Xrotation",
    ]
    for child in below[slot]:
        lines += _joints(child, names, below, offsets, axis, depth + 1)
    if not below[slot]:
        end = " ".join(f"{10.0 * value:.1f}" for value in np.eye(3)[axis])
        lines += [f"{pad}  End Site", f"{pad}  {{", f"{pad}    OFFSET {end}", f"{pad}  }}"]
    return [*lines, f"{pad}}}"]


def _turn_to(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(3, 3) a turn that brings one unit vector onto another."""
    axis = np.cross(a, b)
    skew = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    if a @ b < -0.999999:
        return np.diag([1.0 if part else -1.0 for part in np.arange(3) == int(np.argmin(np.abs(a)))])
    return np.eye(3) + skew + skew @ skew / (1.0 + a @ b)


def _matrices(q: np.ndarray) -> np.ndarray:
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))
