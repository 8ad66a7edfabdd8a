"""The judge of what rests finds nothing in a motion on its own figure, and what is then done to it."""

from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector

from tests.media.floor.bvh import CM, bvh_of
from tests.media.floor.clips import floor_clip
from tests.media.floor.figure import JOINTS, SURFACE

from .body_contact_judge import Body, Sampled, Verdict, judged
from .real_files import load

CLIPS = ("crawl", "clap")


@pytest.fixture(scope="module", params=["bare", "skin"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Body, Sampled]]:
    """The figure with its own motion, as BVH, without or with balls for skin."""
    return {name: _own(name, tmp_path_factory.mktemp(name), skin=request.param == "skin") for name in CLIPS}


def _own(name: str, folder: Path, *, skin: bool) -> tuple[Body, Sampled]:
    floor = floor_clip(name)
    file = folder / f"{name}.bvh"
    file.write_text(bvh_of(floor), encoding="utf-8")
    obj = load(file, folder)
    obj.data.pose_position = "REST"
    obj.location.z = CM * JOINTS["Hips"][2]  # stands on the floor at rest; as BVH its hips are at the origin
    bpy.context.view_layer.update()
    if skin:
        for point in SURFACE:
            bpy.ops.mesh.primitive_uv_sphere_add(radius=CM * max(point.radius, 1e-4), segments=16, ring_count=16)
            ball = bpy.context.object
            ball.parent = obj
            place = obj.matrix_world @ obj.data.bones[point.bone].head_local + CM * Vector(point.offset.tolist())
            ball.matrix_world = Matrix.Translation(place)
            ball.vertex_groups.new(name=point.bone).add(range(len(ball.data.vertices)), 1.0, "REPLACE")
            ball.modifiers.new("Armature", "ARMATURE").object = obj
    bpy.context.view_layer.update()
    body = Body(obj)
    obj.data.pose_position, obj.location.z = "POSE", 0.0
    return body, body.sampled(len(floor.clip.times))


def _verdict(name: str, body: Body, sampled: Sampled) -> Verdict:
    return judged(floor_clip(name), body, sampled, CM)


def _moved(sampled: Sampled, slot: str | None, by: np.ndarray, skin: np.ndarray | None = None) -> Sampled:
    """With a joint, or all of them, and skin, moved: (F, 3) centimetres."""
    heads = {each: path + by if slot in (None, each) else path for each, path in sampled.heads.items()}
    return replace(
        sampled, heads=heads, skin=sampled.skin + (by[:, None] if skin is None else by[:, None] * skin[:, None])
    )


@pytest.mark.slow_cases
@pytest.mark.parametrize("name", CLIPS)
def test_nothing_is_wrong_with_its_own_motion(shown: dict[str, tuple[Body, Sampled]], name: str) -> None:
    verdict = _verdict(name, *shown[name])
    assert verdict.height < 0.6  # the ball of 16 rings that a knee is
    assert verdict.slide < 0.05
    assert verdict.sink < 0.6
    assert verdict.touch < 0.5
    assert verdict.step < 0.05
    assert verdict.free < 0.05


def test_a_body_that_is_raised_floats_and_one_that_is_lowered_sinks(shown: dict[str, tuple[Body, Sampled]]) -> None:
    body, sampled = shown["crawl"]
    up = np.tile([0.0, 0.0, 10.0], (len(sampled.skin), 1))
    raised, lowered = (_verdict("crawl", body, _moved(sampled, None, by)) for by in (up, -up))
    assert raised.height == pytest.approx(10.0 * body.size * CM, abs=0.6)
    assert "+" in raised.where
    assert raised.sink == 0.0
    assert lowered.height == pytest.approx(raised.height, abs=0.6)
    assert lowered.sink > 8.0


def test_a_hand_that_creeps_slides(shown: dict[str, tuple[Body, Sampled]]) -> None:
    body, sampled = shown["crawl"]
    creep = np.outer(np.arange(len(sampled.skin)), [0.2, 0.0, 0.0])  # 0.2 cm a frame: 6 cm/s
    verdict = _verdict("crawl", body, _moved(sampled, "left_hand", creep, np.zeros(sampled.skin.shape[1])))
    assert verdict.slide == pytest.approx(6.0 * body.size * CM, rel=0.02)


def test_a_hand_that_is_too_far_does_not_touch(shown: dict[str, tuple[Body, Sampled]]) -> None:
    body, sampled = shown["clap"]
    away = np.tile([5.0, 0.0, 0.0], (len(sampled.skin), 1))
    verdict = _verdict("clap", body, _moved(sampled, "left_hand", away, body.region("left_hand")))
    assert verdict.touch == pytest.approx(5.0 * body.size * CM, abs=0.7)
    assert verdict.height < 0.6


def test_a_bone_that_jumps_and_a_limb_that_points_elsewhere_are_seen(shown: dict[str, tuple[Body, Sampled]]) -> None:
    body, sampled = shown["clap"]
    turn = np.array([[np.cos(0.2), -np.sin(0.2), 0.0], [np.sin(0.2), np.cos(0.2), 0.0], [0.0, 0.0, 1.0]])
    turns = {slot: matrices.copy() for slot, matrices in sampled.turns.items()}
    turns["head"][50:] = turn @ turns["head"][50:]
    verdict = _verdict("clap", body, replace(sampled, turns=turns))
    assert verdict.step == pytest.approx(np.degrees(0.2), abs=0.1)
    feet = np.zeros((len(sampled.skin), 3))
    feet[:5, 0] = 5.0  # the hand's contacts are later than half a second after it
    assert _verdict("clap", body, _moved(sampled, "left_hand", feet)).free > 5.0
