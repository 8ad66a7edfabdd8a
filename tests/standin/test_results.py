"""Results that are made for the job's own range."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.standin import Results, StandIn

from .conftest import Caller, ask


def result_of(caller: Caller, **changes: object) -> bytes:
    """The bytes behind a completed job's only result link."""
    job_id = caller.submitted(**changes)
    assert caller.standin.wait_until(caller.standin.jobs[job_id].made.is_set, timeout=120)
    for _ in caller.standin.polls:
        caller.status(job_id)
    result = caller.call("GET", f"{caller.jobs_url}/{job_id}/result").data
    return ask("GET", result.get("fbxUrl") or result["motionJsonUrl"]).body


@pytest.fixture
def making() -> Results:
    pytest.importorskip("numpy", reason="the makers need it")
    return Results(make_with=Path(sys.executable))


def test_a_range_is_made(making: Results, tmp_path: Path) -> None:
    from tests.media.g1_json import make_g1_json
    from tests.media.metahuman_fbx import make_metahuman_fbx

    make_metahuman_fbx(tmp_path / "expected.fbx", 1.5, 4.0)
    make_g1_json(tmp_path / "expected.json", 1.5, 4.0)
    with StandIn("A", results=making) as standin:
        caller = Caller(standin)
        assert result_of(caller) == (tmp_path / "expected.fbx").read_bytes()
        assert result_of(caller, targetId="unitree_g1") == (tmp_path / "expected.json").read_bytes()


def test_another_walk_is_made(making: Results, tmp_path: Path) -> None:
    from tests.media.metahuman_fbx import make_metahuman_fbx
    from tests.media.performance import Performance

    walk = Performance(step_sec=0.4, step_length=0.3, radius=2.0)
    make_metahuman_fbx(tmp_path / "expected.fbx", 1.5, 4.0, performance=walk)
    making.step_sec, making.step_length, making.radius = 0.4, 0.3, 2.0
    with StandIn("A", results=making) as standin:
        assert result_of(Caller(standin)) == (tmp_path / "expected.fbx").read_bytes()


def test_an_avatar_is_made(making: Results, tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="needs Blender")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    armature = bpy.data.objects.new("Hero", bpy.data.armatures.new("Hero"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("middle")
    bone.head, bone.tail = (0, 0, 1), (0, 0, 1.2)
    bpy.ops.object.mode_set(mode="OBJECT")
    blend = tmp_path / "hero.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    blend.with_suffix(".bones.json").write_text(json.dumps({"hips": "middle"}))
    making.avatars = {"hero": blend}
    with StandIn("A", results=making) as standin:
        assert b"middle\x00\x01Model" in result_of(Caller(standin), targetId="avatar:hero")


def test_job_whose_result_can_t_be_made_fails(tmp_path: Path) -> None:
    with StandIn("A", results=Results(make_with=Path(sys.executable), avatars={"x": tmp_path / "no.blend"})) as standin:
        caller = Caller(standin)
        job_id = caller.submitted(targetId="avatar:x")
        assert standin.wait_until(standin.jobs[job_id].made.is_set, timeout=60)
        assert "failed" in [caller.status(job_id) for _ in standin.polls]
        assert "error" in [event["type"] for event in standin.jobs[job_id].events]
        assert len(standin.charges) == 1


def test_results_of_the_third_shape(caller: Caller) -> None:
    job_id = caller.completed()
    caller.standin.nested_results = True
    result = caller.call("GET", f"{caller.jobs_url}/{job_id}/result").data
    assert set(result) == {"job", "previewVideoUrl", "outputs"}
    assert result["job"] == {"id": job_id, "status": "completed"}
    assert ask("GET", result["outputs"][0]["fbxUrl"]).status == 200
