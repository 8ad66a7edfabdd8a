"""A judge of what rests: a scripted motion's known contacts against a character's evaluated poses and meshes.

Lengths are told for a figure of a man's size (`MAN`). A point with skin rests with its lowest vertex; one without rests
as high as the motion's own joint, soles as high as at rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import bpy
import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.retargeting import put_clip_on
from aimocap_blender.takes.applying import note_on
from tests.media.floor.figure import BONES, JOINTS, SHIN, SLOTS, SURFACE, THIGH
from tests.media.floor.script import FPS, Contact, FloorClip, ground_under

from .real_files import at_rest, degrees_apart, skeleton, turn_to_match
from .retarget_judge import LIMBS, MAN, SIDES, TILTED, beyond_steps, leg_length, most, unit

CM = 100.0
SIZE = MAN / (THIGH + SHIN)
"""Of the motion's figure."""
GRASPED = 0.005  # metres from a joint to what it rests on, below which the joint itself rests: a hand around a bar
AS_AT_REST = 0.005  # metres that the joint of a foot is from its height at rest where it stands on its sole
ON_WORLD = 0.2  # metres: a bare skeleton whose lowest joint is nearer to height 0 stands there
NEAR = 0.5  # seconds from a contact up to which a limb may be bent for it
CLOSE = 0.06  # metres of the motion's figure: a hand or foot so near to what it rests on would be in it on another
NEAREST = 5  # frames between those in which skins that touch are measured
REGIONS = {
    "hand": ("hand", "", 0.0),
    "foot": ("foot", "", 0.0),
    "toes": ("foot", "", 0.0),
    "head": ("head", "", 0.0),
    "lower_leg": ("lower_leg upper_leg", "foot", 0.3),
    "lower_arm": ("lower_arm upper_arm", "hand", 0.3),
    "upper_leg": ("upper_leg hips", "lower_leg", 0.5),
    "upper_arm": ("upper_arm shoulder chest upper_chest neck", "lower_arm", 0.7),
    "hips": ("hips spine upper_leg", "left_upper_arm", 0.6),
}
"""The parts of the body that rest for a joint, within a fraction of the way from it to another joint."""
BESIDE = 1.3
"""Times the distance of the nearest vertex: as far away others of a part count at least."""
TOLD = "proportions don't allow all contacts"
TURNED = ("hips", "spine", "chest", "neck", "head", *(f"{s}_{p}" for s in SIDES for limb in LIMBS for p in limb))


@dataclass(frozen=True)
class Verdict:
    """How far a character is from a motion's contacts; limits in `LIMITS`.

    Attributes:
        height: cm at most from what rests to what it rests on.
        where: the slot, and the frame, of that.
        slide: cm/s over the ground at most of a joint that rests and doesn't roll; what it rises is told by `height`.
        sink: cm at most that the body is under the floor beyond the motion's own.
        touch: cm at most between parts that touch each other.
        step: degrees a frame that a bone turns beyond the motion's.
        free: degrees at most between directions of limbs, half a second away from what they rest on or come close to.
        told: whether the add-on says itself that the body doesn't rest as it should.
    """

    height: float
    where: str
    slide: float
    sink: float
    touch: float
    step: float
    free: float
    told: bool = False

    def beyond(self) -> list[str]:
        """Names of what is beyond its limit."""
        return [name for name, limit in LIMITS.items() if not getattr(self, name) <= limit]


LIMITS = {"height": 2.0, "slide": 1.0, "sink": 1.0, "touch": 2.0, "step": 3.0, "free": 0.1}
NAMES = tuple(LIMITS)


class Body:
    """A character in the scene: its joints and skin, at rest and as Blender evaluates them."""

    def __init__(self, obj: bpy.types.Object) -> None:
        """Measure a character that is at rest, see `at_rest`."""
        self.obj = obj
        self.bones = detect_bones(skeleton(obj)).bones()
        self.meshes = [mesh for mesh in bpy.data.objects if _is_skin(mesh, obj)]
        self.heads, _ = self._pose()
        self.rest, self.faces = self._skin(), self._faces()
        self._regions: dict[str, np.ndarray] = {}
        self.size = MAN / leg_length({slot: head[None] for slot, head in self.heads.items()})
        self.ground = self._ground()

    def _ground(self) -> float:
        """The height of what it stands on at rest; the world's if it doesn't stand."""
        ankles = [self.heads[f"{side}_foot"] for side in SIDES]
        if degrees_apart(self.heads["head"] - sum(ankles) / 2, np.array([0.0, 0.0, 1.0])) > TILTED:
            return 0.0
        soles = self.rest[self.region("left_foot") | self.region("right_foot"), 2]
        if len(soles):
            return float(soles.min())
        lowest = min(head[2] for slot, head in self.heads.items() if slot.endswith(("_foot", "_toes")))
        bare = min(ankle[2] for ankle in ankles) - JOINTS["LeftFoot"][2] * SIZE / self.size
        return 0.0 if abs(lowest) * self.size < ON_WORLD else float(bare)

    @cached_property
    def parts(self) -> np.ndarray:
        """(V,) the slot, or "", of the bone that moves a vertex most: the bone's own or that of one above it."""
        slots = {bone: _part(slot) for slot, bone in self.bones.items()}
        found = []
        for mesh in self.meshes:
            names = [group.name for group in mesh.vertex_groups]
            for vertex in mesh.data.vertices:
                most_of = max(vertex.groups, key=lambda group: group.weight, default=None)
                name = mesh.parent_bone if mesh.parent_type == "BONE" else names[most_of.group] if most_of else ""
                found.append(next((slots[bone] for bone in _upwards(self.obj, name) if bone in slots), ""))
        return np.array(found, dtype=object)

    def region(self, slot: str) -> np.ndarray:
        """(V,) whether a vertex is of what rests for a joint."""
        if slot not in self._regions:
            self._regions[slot] = self._region(slot)
        return self._regions[slot]

    def _region(self, slot: str) -> np.ndarray:
        side, part = _side_and_part(slot)
        parts, end, fraction = REGIONS[part]
        sides = (side,) if side else ("", "left_", "right_")
        found = np.isin(self.parts, [f"{each}{one}" for each in {*sides, ""} for one in parts.split()])
        if not end or not np.any(found):
            return found
        joint = self.heads[slot] if side else (self.heads["left_upper_leg"] + self.heads["right_upper_leg"]) / 2
        away = np.linalg.norm(self.rest - joint, axis=-1)
        reach = fraction * np.linalg.norm(self.heads[f"{side}{end}"] - joint)
        return found & (away < max(reach, BESIDE * away[found].min()))

    def _faces(self) -> list[list[int]]:
        """The vertices of each face."""
        found, first = [], 0
        for mesh in self.meshes:
            found += [[first + vertex for vertex in face.vertices] for face in mesh.data.polygons]
            first += len(mesh.data.vertices)
        return found

    def over(self, part: np.ndarray, other: np.ndarray, skin: np.ndarray) -> np.ndarray:
        """Metres from the vertices of a part (V,) to the surface of another one; below 0 inside."""
        faces = [face for face in self.faces if all(other[face])]
        surface = BVHTree.FromPolygons(skin.tolist(), faces)
        found = []
        for point in map(Vector, skin[part].tolist()):
            place, normal, _, away = surface.find_nearest(point)
            found.append(away if (point - place).dot(normal) >= 0.0 else -away)
        return np.array(found)

    def sampled(self, count: int) -> "Sampled":
        """Joints, turns and skin at frames from 1 on."""
        heads, turns, skin = [], [], []
        for frame in range(1, count + 1):
            bpy.context.scene.frame_set(frame)
            posed = self._pose()
            heads.append(posed[0])
            turns.append(posed[1])
            skin.append(self._skin())
        return Sampled(
            {slot: np.array([frame[slot] for frame in heads]) for slot in self.bones},
            {slot: np.array([frame[slot] for frame in turns]) for slot in self.bones},
            np.array(skin),
        )

    def _pose(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        posed = {slot: self.obj.matrix_world @ self.obj.pose.bones[bone].matrix for slot, bone in self.bones.items()}
        heads = {slot: np.array(matrix.translation) for slot, matrix in posed.items()}
        return heads, {slot: np.array(matrix.to_3x3().normalized()) for slot, matrix in posed.items()}

    def _skin(self) -> np.ndarray:
        """(V, 3) vertices in the world."""
        graph = bpy.context.evaluated_depsgraph_get()
        found = [np.zeros((0, 3), np.float32)]
        for mesh in self.meshes:
            shown = mesh.evaluated_get(graph)
            vertices = np.empty(3 * len(mesh.data.vertices), np.float32)
            shown.data.vertices.foreach_get("co", vertices)
            world = np.array(shown.matrix_world, dtype=np.float32)
            found.append(vertices.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3])
        return np.concatenate(found)


@dataclass(frozen=True)
class Sampled:
    """Slot to heads (F, 3) and turns (F, 3, 3), and skin (F, V, 3), in the world."""

    heads: Mapping[str, np.ndarray]
    turns: Mapping[str, np.ndarray]
    skin: np.ndarray


def _side_and_part(slot: str) -> tuple[str, str]:
    side = next((f"{side}_" for side in SIDES if slot.startswith(side)), "")
    return side, slot.removeprefix(side)


def _part(slot: str) -> str:
    """The slot whose skin this is: fingers are of the hand, toes of the foot."""
    side, part = _side_and_part(slot)
    if part.endswith(("_proximal", "_intermediate", "_distal")):
        return f"{side}hand"
    return f"{side}foot" if part == "toes" else slot


def table(rows: Sequence[tuple[str, str, Verdict]]) -> str:
    """Lines of a table, its medians and its worst; what is beyond its limit has a star."""
    lines = [f"{'':36}" + "".join(f"{name:>9}" for name in NAMES)]
    for played, character, verdict in rows:
        cells = "".join(f"{getattr(verdict, name):8.2f}{'*' if name in verdict.beyond() else ' '}" for name in NAMES)
        lines.append(f"{played:14}{character[:21]:22}{cells}  {verdict.where}")
    return "\n".join([*lines, *summary([verdict for _, _, verdict in rows])])


def summary(verdicts: Sequence[Verdict]) -> list[str]:
    """Lines with the medians, the worst, and how many are beyond the limit."""
    figures = np.array([[getattr(verdict, name) for name in NAMES] for verdict in verdicts])
    beyond = np.array([[name in verdict.beyond() for name in NAMES] for verdict in verdicts])
    told = np.array([verdict.told for verdict in verdicts])
    cells = {"median": np.median(figures, axis=0), "worst": figures.max(axis=0)}
    lines = [f"{said:36}" + "".join(f"{value:8.2f} " for value in values) for said, values in cells.items()]
    counts = {f"beyond, of {len(verdicts)}": beyond, "not told": beyond & ~told[:, None]}
    return [*lines, *(f"{said:36}" + "".join(f"{n:8d} " for n in those.sum(axis=0)) for said, those in counts.items())]


def _is_skin(mesh: bpy.types.Object, obj: bpy.types.Object) -> bool:
    return mesh.type == "MESH" and (mesh.find_armature() == obj or (mesh.parent == obj and mesh.parent_type == "BONE"))


def _upwards(obj: bpy.types.Object, bone: str) -> list[str]:
    if bone not in obj.data.bones:
        return []
    return [bone, *(parent.name for parent in obj.data.bones[bone].parent_recursive)]


def judge_on(floor: FloorClip, body: Body, options: RetargetOptions) -> Verdict:
    """Put a motion on a character as a user would, and judge it."""
    at_rest(body.obj)
    outcome = put_clip_on(body.obj, floor.clip, TimeMapping(1.0, floor.clip.fps), options, "Judged")
    verdict = judged(floor, body, body.sampled(len(floor.clip.times)), outcome.report.scale)
    bpy.data.actions.remove(body.obj.animation_data.action)
    return replace(verdict, told=TOLD in str(note_on("It", outcome).warning))


def judged(floor: FloorClip, body: Body, shown: Sampled, scale: float) -> Verdict:
    """The verdict on a character that follows a motion.

    Args:
        floor: the motion.
        body: the character.
        shown: it, at each sample of the motion.
        scale: the character's way to the motion's.
    """
    known = [contact for contact in floor.contacts if contact.slot in body.bones]
    on_ground = [contact for contact in known if not contact.other]
    heights = [(_height(floor, body, shown, contact, scale), contact) for contact in on_ground]
    worst, contact = max(
        ((most(np.abs(off)), of) for off, of in heights), key=lambda pair: pair[0], default=(0.0, None)
    )
    off = next((off for off, of in heights if of is contact), np.zeros(1))
    frame = int(np.argmax(np.abs(off)))
    return Verdict(
        height=worst,
        where=f"{contact.slot} {off[frame]:+.1f} at {contact.first + frame}" if contact else "",
        slide=max((_slide(body, shown, each) for each in on_ground if not each.rolls), default=0.0),
        sink=_sink(floor, body, shown),
        touch=max((_apart(floor, body, shown, each, scale) for each in known if each.other), default=0.0),
        step=max(most(beyond_steps(floor.turns[BONES[s]], shown.turns[s])) for s in TURNED if s in shown.turns),
        free=_free(floor, shown),
    )


def _height(floor: FloorClip, body: Body, shown: Sampled, contact: Contact, scale: float) -> np.ndarray:
    """Cm (n,) from what rests to what it rests on, in the frames in which it does."""
    frames = slice(contact.first, contact.last + 1)
    level = body.ground + contact.level * scale
    above = contact.height - contact.level
    region = body.region(contact.slot)
    if above > GRASPED and np.any(region):
        return (shown.skin[frames][:, region, 2].min(axis=1) - level) * body.size * CM
    bone = BONES[contact.slot]
    # toes' joints of feet that lie on the instep, upside down, are as high in the motion as of those that stand
    stands = abs(above - JOINTS[bone][2]) < AS_AT_REST and floor.turns[bone][contact.first, 2, 2] > 0.0
    if contact.slot.endswith(("foot", "toes")) and stands:
        wanted = (body.heads[contact.slot][2] - body.ground) * body.size
    else:
        wanted = above * SIZE
    return ((shown.heads[contact.slot][frames, 2] - level) * body.size - wanted) * CM


def _slide(body: Body, shown: Sampled, contact: Contact) -> float:
    path = shown.heads[contact.slot][contact.first : contact.last + 1, :2]
    speed = np.linalg.norm(np.diff(path, axis=0), axis=-1) * FPS
    return most(speed) * body.size * CM


def _sink(floor: FloorClip, body: Body, shown: Sampled) -> float:
    """Cm at most that skin, or joints where there is none, are under the floor beyond the motion's own surface."""
    theirs = np.min([path[:, 2] - radius for path, radius in floor.surface().values()], axis=0)
    if shown.skin.shape[1]:
        points, rest = shown.skin[..., 2], float(body.rest[:, 2].min())
    else:
        joints = BONES.keys() - {"hips", "spine"}  # the motion has one finger, and no thumb that its flat hand bends up
        points = np.stack([head[:, 2] for slot, head in shown.heads.items() if slot in joints], axis=1)
        rest = body.ground
    ours = (points.min(axis=1) - min(body.ground, rest)) * body.size
    return most(np.minimum(theirs, 0.0) * SIZE - ours) * CM


def _apart(floor: FloorClip, body: Body, shown: Sampled, contact: Contact, scale: float) -> float:
    """Cm at most between the skins of two parts that touch; without skin, by which joints are too near or too far."""
    frames = range(contact.first, contact.last + 1, NEAREST)
    regions = [body.region(slot) for slot in (contact.slot, contact.other)]
    if all(np.any(region) for region in regions):
        return max(float(np.abs(body.over(*regions, shown.skin[frame])).min()) for frame in frames) * body.size * CM
    wanted = _between(*(floor.path(slot)[frames] for slot in (contact.slot, *_middle(contact.other))))
    nearer = wanted * scale - _between(*(shown.heads[slot][frames] for slot in (contact.slot, *_middle(contact.other))))
    return most(np.abs(nearer)) * body.size * CM


def _middle(slot: str) -> tuple[str, ...]:
    """The joints that a point of the body is in the middle of: bones of hips may be anywhere."""
    return ("left_upper_leg", "right_upper_leg") if slot == "hips" else (slot,)


def _between(path: np.ndarray, *others: np.ndarray) -> np.ndarray:
    """Metres (n,) from a joint to the middle of others."""
    return np.asarray(np.linalg.norm(path - sum(others) / len(others), axis=-1))


def _limb_of(slot: str) -> str:
    """Side and limb that a joint ends or bends, or "" for one of the trunk."""
    side, part = _side_and_part(slot)
    if part in ("hand", "lower_arm", "middle_proximal"):
        return f"{side}arm"
    return f"{side}leg" if part in ("foot", "toes", "lower_leg") else ""


def _free(floor: FloorClip, shown: Sampled) -> float:
    """Degrees at most between directions of limbs that neither rest nor are close to it within half a second."""
    pairs = [(f"{side}_{start}", f"{side}_{end}") for side in SIDES for limb in LIMBS for start, end in pairwise(limb)]
    pairs = [pair for pair in pairs if all(slot in shown.heads for slot in pair)]
    want = unit(np.array([floor.path(end) - floor.path(start) for start, end in pairs]))
    got = unit(np.array([shown.heads[end] - shown.heads[start] for start, end in pairs]))
    held = {_limb_of(end): _near_floor(floor, _limb_of(end)) for _, end in pairs}
    for contact in floor.contacts:
        there = np.zeros(len(floor.clip.times), dtype=bool)
        there[contact.first : contact.last + 1] = True
        if contact.other:
            apart = _between(*(floor.path(slot) for slot in (contact.slot, *_middle(contact.other))))
            there |= apart < apart[there].max() + CLOSE
        for limb in {_limb_of(contact.slot), _limb_of(contact.other)} & held.keys():
            held[limb] |= there
    free = np.array([~_around(held[_limb_of(end)], round(NEAR * floor.clip.fps)) for _, end in pairs])
    return most(degrees_apart(got[free] @ turn_to_match(got[free], want[free]).T, want[free]))


def _near_floor(floor: FloorClip, limb: str) -> np.ndarray:
    """(F,) whether a limb is so near what the motion rests on that another body's would be in it."""
    held = np.zeros(len(floor.clip.times), dtype=bool)
    for point in (point for point in SURFACE if _limb_of(SLOTS[point.bone]) == limb):
        path, radius = floor.surface()[point.name]
        held |= path[:, 2] - radius - ground_under(path, floor.ledge) < CLOSE
    return held


def _around(held: np.ndarray, reach: int) -> np.ndarray:
    return np.convolve(held, np.ones(2 * reach + 1), mode="same") > 0.0
