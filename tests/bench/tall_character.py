"""A character to measure with: 52 bones with Mixamo's names, T-pose, long legs, short arms, random rolls."""

import bpy
import numpy as np
from mathutils import Vector

from tests.media.posing import the_body

_MIDDLE = {
    "hips": ("pelvis", "Hips"),
    "spine": ("spine_01", "Spine"),
    "chest": ("spine_03", "Spine1"),
    "upper_chest": ("spine_05", "Spine2"),
    "neck": ("neck_01", "Neck"),
    "head": ("head", "Head"),
}
_SIDED = {
    "shoulder": ("clavicle", "Shoulder"),
    "upper_arm": ("upperarm", "Arm"),
    "lower_arm": ("lowerarm", "ForeArm"),
    "hand": ("hand", "Hand"),
    "upper_leg": ("thigh", "UpLeg"),
    "lower_leg": ("calf", "Leg"),
    "foot": ("foot", "Foot"),
    "toes": ("ball", "ToeBase"),
    **{
        f"{slot}_{phalanx}": (f"{finger}_0{number}", f"Hand{slot.title()}{number}")
        for finger, slot in (("thumb", "thumb"), ("index", "index"), ("middle", "middle"), ("ring", "ring"))
        for number, phalanx in enumerate(("proximal", "intermediate", "distal"), 1)
    },
    **{
        f"little_{phalanx}": (f"pinky_0{number}", f"HandPinky{number}")
        for number, phalanx in enumerate(("proximal", "intermediate", "distal"), 1)
    },
}
SLOTS = {
    **{slot: (theirs, f"mixamorig:{ours}") for slot, (theirs, ours) in _MIDDLE.items()},
    **{
        f"{side}_{slot}": (f"{theirs}_{side[0]}", f"mixamorig:{side.title()}{ours}")
        for side in ("left", "right")
        for slot, (theirs, ours) in _SIDED.items()
    },
}
"""Humanoid slot to the performance's bone and the character's."""

_LONGER = {"upper_leg": 1.15, "lower_leg": 1.1, "upper_arm": 0.85, "lower_arm": 0.9, "spine": 1.05}
_BONE_LENGTH = 0.03


def add_tall_character(scene: bpy.types.Scene, seed: int) -> bpy.types.Object:
    """The armature, on the scene's ground, facing -Y."""
    rng = np.random.default_rng(seed)
    heads = _heads()
    armature = bpy.data.objects.new("Tall", bpy.data.armatures.new("Tall"))
    scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    theirs = {bone: slot for slot, (bone, _) in SLOTS.items()}
    for slot, (bone, name) in SLOTS.items():
        above = next((theirs[parent] for parent in _ancestors(bone) if parent in theirs), None)
        made = armature.data.edit_bones.new(name)
        made.head = Vector(heads[slot])
        made.tail = made.head + Vector((0.0, 0.0, _BONE_LENGTH))
        made.roll = rng.uniform(-np.pi, np.pi)
        if above:
            made.parent = armature.data.edit_bones[SLOTS[above][1]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def add_mesh(armature: bpy.types.Object, vertices: int) -> None:
    """A tube about each bone, as thick as a body is there, its corners bound to the four bones that are nearest."""
    starts, ends, radii = _limbs(armature)
    along, around = np.meshgrid(*[np.linspace(0.0, 1.0, round((vertices / len(starts)) ** 0.5))] * 2, indexing="ij")
    sides = len(along)
    points: list[np.ndarray] = []
    for start, end, radius in zip(starts, ends, radii, strict=True):
        way = end - start
        across = np.cross(way, (0.0, 1.0, 0.0) if abs(way[1]) < 0.7 * np.linalg.norm(way) else (1.0, 0.0, 0.0))
        across /= np.linalg.norm(across)
        third = np.cross(way, across) / np.linalg.norm(way)
        turn = 2.0 * np.pi * around[..., None]
        points.append(start + along[..., None] * way + radius * (np.cos(turn) * across + np.sin(turn) * third))
    places = np.concatenate([point.reshape(-1, 3) for point in points])
    first = np.arange(len(places)).reshape(len(starts), sides, sides)
    corners = [first[:, :-1, :-1], first[:, :-1, 1:], first[:, 1:, 1:], first[:, 1:, :-1]]
    mesh = bpy.data.meshes.new("Body")
    mesh.from_pydata(places.tolist(), [], np.stack(corners, axis=-1).reshape(-1, 4).tolist())
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    ways = ends - starts
    after = places[:, None] - starts
    share = ((after * ways).sum(axis=-1) / (ways**2).sum(axis=-1)).clip(0.0, 1.0)
    near = 1.0 / (np.linalg.norm(after - share[..., None] * ways, axis=-1) + 0.01) ** 4
    bones = np.argsort(-near, axis=1)[:, :4]
    weights = np.take_along_axis(near, bones, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    groups = [body.vertex_groups.new(name=bone.name) for bone in armature.data.bones]
    for vertex, (nearest, each) in enumerate(zip(bones.tolist(), weights.tolist(), strict=True)):
        for bone, weight in zip(nearest, each, strict=True):
            groups[bone].add([vertex], weight, "REPLACE")
    body.modifiers.new("Armature", "ARMATURE").object = armature


_THICK = {
    **dict.fromkeys(("Hips", "Spine"), 0.12),
    **dict.fromkeys(("Neck", "Shoulder", "Leg"), 0.05),
    "Head": 0.09,
    "UpLeg": 0.08,
    "Arm": 0.04,
    "Foot": 0.035,
    "ToeBase": 0.02,
}
_THIN, _TIPS = 0.009, {"Head": (0.0, 0.0, 0.2), "ToeBase": (0.0, -0.07, 0.0)}
"""Metres: half the width of a body by the ends of bones' names, of fingers, and from last joints to its ends."""


def _limbs(armature: bpy.types.Object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each bone's part of the body begins and ends, and half its width, metres."""
    starts: list[list[float]] = []
    ends: list[list[float]] = []
    radii: list[float] = []
    for bone in armature.data.bones:
        head = np.array(bone.head_local)
        name = bone.name.rstrip("123")
        if bone.children:
            end = np.mean([list(child.head_local) for child in bone.children], axis=0)
        else:
            tip = next((tip for part, tip in _TIPS.items() if name.endswith(part)), None)
            end = head + (0.8 * (head - np.array(bone.parent.head_local)) if tip is None else np.array(tip))
        starts.append(head.tolist())
        ends.append(end.tolist())
        ends_so = [part for part in _THICK if name.endswith(part)]
        radii.append(_THICK[max(ends_so, key=len)] if ends_so else _THIN)
    return np.array(starts), np.array(ends), np.array(radii)


def _heads() -> dict[str, np.ndarray]:
    """Joints of the performance's skeleton, its limbs of other lengths and its arms stretched out, metres."""
    body = the_body()
    theirs = {bone: slot for slot, (bone, _) in SLOTS.items()}
    heads: dict[str, np.ndarray] = {}
    for slot, (bone, _) in SLOTS.items():
        above = next((theirs[parent] for parent in _ancestors(bone) if parent in theirs), None)
        if above is None:
            heads[slot] = body.at(bone)
            continue
        step = body.at(bone) - body.at(SLOTS[above][0])
        step = step * next((by for part, by in _LONGER.items() if above.endswith(part)), 1.0)
        if any(
            part in above for part in ("upper_arm", "lower_arm", "hand", "thumb", "index", "middle", "ring", "little")
        ):
            step = _stretched_out(above.split("_")[0], step)
        heads[slot] = heads[above] + step
    lift = -heads["left_toes"][2] + body.at("ball_l")[2]
    return {slot: head + np.array([0.0, 0.0, lift]) for slot, head in heads.items()}


def _stretched_out(side: str, step: np.ndarray) -> np.ndarray:
    """The step as a straight arm has it, which an A-pose holds down."""
    body = the_body()
    arm = body.at(f"hand_{side[0]}") - body.at(f"upperarm_{side[0]}")
    out = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
    turn = Vector(arm).rotation_difference(Vector(out)).to_matrix()
    return np.array(turn @ Vector(step))


def _ancestors(bone: str) -> list[str]:
    body = the_body()
    found: list[str] = []
    parent = body.parents[body.names.index(bone)]
    while parent >= 0:
        found.append(body.names[parent])
        parent = body.parents[parent]
    return found
