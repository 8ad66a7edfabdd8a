"""Feet on the meshes of a scene: real walks over a ramp and over steps, judged on poses that Blender evaluates."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.bones.bone_detection import detect_bones
from aimocap_blender.motion.retargeting.retarget_options import RetargetOptions
from aimocap_blender.motion.skeleton import Clip
from aimocap_blender.motion.time_mapping import TimeMapping
from aimocap_blender.scene.action_contacts import contacts_on
from aimocap_blender.scene.retargeting import RetargetOutcome, put_clip_on
from tests.blender_versions import in_newest

from .cleanup.recorded_takes import recordings
from .real_files import at_rest, degrees_apart, load, motion, skeleton
from .retarget_judge import (
    LIMITS,
    SIDES,
    Joints,
    joints_of_character,
    joints_of_motion,
    jolts,
    skate,
    standing,
    steps,
)

pytestmark = in_newest

SLOPE = float(np.tan(np.radians(12.0)))
STEP = 0.17  # metres of a man's size
FAR = 50.0
LEGS = [
    (f"{side}_{a}", f"{side}_{b}") for side in SIDES for a, b in (("upper_leg", "lower_leg"), ("lower_leg", "foot"))
]


@dataclass(frozen=True)
class Walker:
    """A character in the scene, and the motion for it."""

    obj: bpy.types.Object
    clip: Clip

    @property
    def bones(self) -> dict[str, str]:
        return detect_bones(skeleton(self.obj)).bones()

    def put(self, **options: object) -> tuple[RetargetOutcome, Joints]:
        """Put the motion on the character, and return its joints."""
        mapping = TimeMapping(1.0, self.clip.fps)
        outcome = put_clip_on(self.obj, self.clip, mapping, RetargetOptions(**options), "Walk")
        return outcome, joints_of_character(self.obj, self.bones, self.clip.times)

    def stances(self) -> list[tuple[str, int, int]]:
        """Side, first and last frame of each time that a foot of the motion stands, in time."""
        source = joints_of_motion(self.clip)
        found = []
        for side in SIDES:
            edges = np.flatnonzero(np.diff(np.concatenate([[0], standing(source, side, low=False), [0]])))
            found += [(int(start), int(stop), side) for start, stop in edges.reshape(-1, 2)]
        return [(side, start, stop) for start, stop, side in sorted(found)]

    def rest_height(self, slot: str) -> float:
        rest = skeleton(self.obj)
        return float(rest.heads[rest.index(self.bones[slot])][2])


@dataclass(frozen=True)
class Ground:
    """A surface whose height follows a line over the ground, from its slope or its steps.

    Attributes:
        ahead: (2,) direction of the line.
        slope: metres up for each metre.
        edges: where along it the surface steps up.
        step: metres of each.
    """

    ahead: np.ndarray
    slope: float = 0.0
    edges: Sequence[float] = ()
    step: float = 0.0

    def height(self, points: np.ndarray) -> np.ndarray:
        along = points[..., :2] @ self.ahead
        return along * self.slope + np.searchsorted(self.edges, along) * self.step

    def built(self) -> bpy.types.Object:
        """Add it to the scene as one mesh, a face for each step."""
        aside = np.array([-self.ahead[1], self.ahead[0]])
        corners, faces = [], []
        for number, (start, stop) in enumerate(zip([-FAR, *self.edges], [*self.edges, FAR], strict=True)):
            faces.append(range(4 * number, 4 * number + 4))
            for along, across in ((start, -FAR), (stop, -FAR), (stop, FAR), (start, FAR)):
                height = along * self.slope + number * self.step
                corners.append([*(along * self.ahead + across * aside), height])
        mesh = bpy.data.meshes.new("Ground")
        mesh.from_pydata(corners, [], faces)
        obj = bpy.data.objects.new("Ground", mesh)
        bpy.context.scene.collection.objects.link(obj)
        bpy.context.view_layer.update()
        return obj

    def off(self, walker: Walker, shown: Joints) -> float:
        """Greatest distance of standing ankles and toes from where they are over the ground at rest, cm of a man's."""
        worst = 0.0
        for side, start, stop in walker.stances():
            for slot in (f"{side}_foot", f"{side}_toes"):
                if slot in shown.heads:
                    heads = shown.heads[slot][start : stop + 1] / shown.size
                    over = (heads[:, 2] - self.height(heads)) / np.sqrt(1.0 + self.slope**2)
                    worst = max(worst, float(np.abs(over - walker.rest_height(slot)).max()) * shown.size)
        return worst * 100.0


def walker(shared_data: Path, scratch: Path, character: str, name: str = "xia_strut.bvh") -> Walker:
    """A character, with its meshes, and a walk."""
    clip = motion(shared_data / "motions" / name, scratch, 300).clip
    return Walker(at_rest(load(shared_data / "characters" / character, scratch)), clip)


def ahead(shown: Joints) -> np.ndarray:
    """(2,) the direction in which a character walks."""
    way = shown.heads["hips"][-1, :2] - shown.heads["hips"][0, :2]
    return np.asarray(way / np.linalg.norm(way))


def legs_apart(one: Joints, other: Joints) -> float:
    """Degrees at most between the legs of two."""
    return max(float(degrees_apart(one.between(*pair), other.between(*pair)).max()) for pair in LEGS)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ground")


def stands(walks: Walker, ground: Ground, free: Joints) -> Joints:
    """Put the motion onto the ground, and return the joints; feet stand on it and legs move smoothly."""
    outcome, shown = walks.put(ground="SCENE")
    source = joints_of_motion(walks.clip)
    assert outcome.report.missed == 0
    assert ground.off(walks, shown) < LIMITS["sole"]
    assert max(skate(source, shown, side, low=False) for side in SIDES) < LIMITS["high"]
    assert outcome.report.leg_change_degrees == pytest.approx(legs_apart(shown, free), abs=0.1)
    for slot in {"hips", *(upper for upper, _ in LEGS), "left_foot", "right_foot"}:
        assert (steps(shown.turns[slot]) - steps(source.turns[slot])).max() < LIMITS["step"], slot
    assert (jolts(shown) - jolts(free)).max() * 100.0 < LIMITS["jolt"]
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("up", [1.0, -1.0])
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "kaykit_rig_medium.glb"])
def test_feet_stand_on_a_ramp(shared_data: Path, scratch: Path, up: float, character: str) -> None:
    walks = walker(shared_data, scratch, character)
    _, free = walks.put(contacts="OFF")
    ground = Ground(ahead(free), slope=up * SLOPE)
    ground.built()
    stands(walks, ground, free)


@pytest.mark.slow_cases
@pytest.mark.parametrize("up", [1.0, -1.0])
@pytest.mark.parametrize("character", ["mh_mixamo.blend", "kaykit_rig_medium.glb"])
def test_feet_stand_on_steps(shared_data: Path, scratch: Path, up: float, character: str) -> None:
    """One step to each stride, its edge halfway between the feet."""
    walks = walker(shared_data, scratch, character)
    _, free = walks.put(contacts="OFF")
    _, plain = walks.put()
    soles = [
        np.mean([plain.heads[f"{side}_{joint}"][start, :2] for joint in ("foot", "toes")], axis=0) / plain.size
        for side, start, _ in walks.stances()
    ]
    along = np.sort(np.array(soles) @ ahead(plain))
    strides = np.diff(along) * plain.size > 2.0 * STEP
    assert strides.sum() >= 2
    ground = Ground(ahead(plain), edges=(along[:-1] + np.diff(along) / 2.0)[strides], step=up * STEP / plain.size)
    ground.built()
    shown = stands(walks, ground, free)
    ends = [shown.heads[f"{side}_foot"][-1, 2] - plain.heads[f"{side}_foot"][-1, 2] for side in SIDES]
    assert abs(ends[0] - ends[1]) < STEP / 3.0  # one foot swings where the motion ends, and isn't left behind


@pytest.mark.long
def test_only_visible_meshes_of_others_are_ground(shared_data: Path, scratch: Path) -> None:
    walks = walker(shared_data, scratch, "quaternius_casual.glb")
    assert [obj for obj in bpy.context.scene.objects if obj.type == "MESH" and obj.visible_get()]  # its own
    Ground(np.array([1.0, 0.0]), slope=SLOPE).built().hide_set(True)
    _, plain = walks.put()
    bpy.context.scene.frame_set(7)
    mapping = TimeMapping(1.0, walks.clip.fps)
    outcome = put_clip_on(walks.obj, walks.clip, mapping, RetargetOptions(ground="SCENE"), "Walk")
    assert (bpy.context.scene.frame_current, len(bpy.data.scenes)) == (7, 1)
    assert outcome.report.missed == outcome.report.contacts > 0
    shown = joints_of_character(walks.obj, walks.bones, walks.clip.times)
    for slot, track in shown.heads.items():
        assert track == pytest.approx(plain.heads[slot], abs=1e-3)


@pytest.mark.slow
def test_where_the_ground_ends_feet_go_on_at_its_height(shared_data: Path, scratch: Path) -> None:
    walks = walker(shared_data, scratch, "mh_mixamo.blend")
    _, plain = walks.put()
    way = ahead(plain)
    (first, *_), (last, start, stop) = walks.stances()[0], walks.stances()[-1]
    reached = plain.heads[f"{first}_foot"][0, :2] @ way / plain.size
    floor = Ground(way).built()
    floor.location = *((reached + 0.5 - FAR) * way), 0.1
    bpy.context.view_layer.update()
    outcome, shown = walks.put(ground="SCENE")
    assert 0 < outcome.report.missed < outcome.report.contacts
    ankle = shown.heads[f"{last}_foot"][start : stop + 1, 2] / shown.size
    assert ankle == pytest.approx(walks.rest_height(f"{last}_foot") + 0.1, abs=0.02)


def test_ground_that_moves_is_met_where_it_is(shared_data: Path, scratch: Path) -> None:
    walks = walker(shared_data, scratch, "mh_mixamo.blend")
    floor = Ground(np.array([1.0, 0.0])).built()
    for frame, height in ((1, 0.0), (len(walks.clip.times), 0.3)):
        floor.location.z = height
        floor.keyframe_insert("location", frame=frame)
    outcome, shown = walks.put(ground="SCENE")
    assert outcome.report.missed == 0
    for side, start, stop in walks.stances():
        ankles = shown.heads[f"{side}_foot"][start : stop + 1, 2] / shown.size - walks.rest_height(f"{side}_foot")
        bpy.context.scene.frame_set((start + stop) // 2 + 1)
        assert ankles == pytest.approx(floor.matrix_world.translation.z, abs=0.02)


@pytest.mark.parametrize(("take", "stances"), [("walk", 3), ("slow walk", 5)])
def test_feet_that_a_recording_holds_nowhere_still_stand_on_a_ramp(
    shared_data: Path, scratch: Path, take: str, stances: int
) -> None:
    """Ankles go at 5 to 20 cm/s while these feet stand; nothing tells it but that the body is far faster."""
    clip = recordings(scratch, [take])[take]
    walks = Walker(at_rest(load(shared_data / "characters" / "quaternius_knight.glb", scratch)), clip)
    _, free = walks.put(contacts="OFF")
    _, plain = walks.put()
    ground = Ground(ahead(free), slope=SLOPE)
    ground.built()
    on_ramp, shown = walks.put(ground="SCENE")
    contacts = contacts_on(walks.obj.animation_data.action)
    assert contacts is not None
    assert (on_ramp.report.missed, on_ramp.report.contacts) == (0, sum(map(len, contacts.feet.values())))
    source, seen = joints_of_motion(clip), 0
    hips = np.convolve(steps_along(source.heads["hips"]), np.ones(15) / 15.0, "same")
    for side in SIDES:
        foot = f"{side}_foot"
        slow = steps_along(source.heads[foot]) < 0.15 * hips
        edges = np.flatnonzero(np.diff(np.concatenate([[0], slow, [0]]))).reshape(-1, 2)
        for start, stop in edges[np.ptp(edges, axis=1) >= 5].tolist():
            seen += 1
            # in the middle of a stance, as it begins and ends at different speeds
            part = slice(start + 1, stop)
            assert any(first < part.stop and part.start < end for first, end in contacts.feet[side])
            went = source.heads[foot][part, :2] - source.heads[foot][part.start, :2]
            goes = plain.heads[foot][part, :2] - plain.heads[foot][part.start, :2]
            assert np.linalg.norm(goes, axis=1).max() < np.linalg.norm(went, axis=1).max() + 0.01
            heads = shown.heads[foot][part] / shown.size
            over = (heads[:, 2] - ground.height(heads)) / np.sqrt(1.0 + SLOPE**2) - walks.rest_height(foot)
            assert float(np.median(np.abs(over))) * shown.size < 0.02
    assert seen >= stances


def test_a_foot_that_leaves_a_ramp_as_the_motion_ends_turns_no_faster(shared_data: Path, scratch: Path) -> None:
    """A frame after its stance a foot is about as steep as in it, although nothing tells where it goes."""
    clip = recordings(scratch, ["slow walk"])["slow walk"]
    walks = Walker(at_rest(load(shared_data / "characters" / "quaternius_knight.glb", scratch)), clip)
    walks.put()
    contacts = contacts_on(walks.obj.animation_data.action)
    assert contacts is not None
    end = contacts.feet["left"][1][1]
    short = Clip(clip.skeleton, clip.times[:end], clip.fps, clip.positions[:end], clip.rotations[:end])
    walks = Walker(walks.obj, short)
    _, plain = walks.put()
    Ground(ahead(plain), slope=SLOPE).built()
    _, shown = walks.put(ground="SCENE")
    contacts = contacts_on(walks.obj.animation_data.action)
    assert contacts is not None
    assert contacts.feet["left"][1][1] == end  # its last frame is the one before
    turned = steps(shown.turns["left_foot"]) - steps(plain.turns["left_foot"])
    assert turned[-3:].max() < LIMITS["step"]


def steps_along(path: np.ndarray) -> np.ndarray:
    """(F - 1,) how far a joint goes over the ground from frame to frame."""
    return np.asarray(np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1))
