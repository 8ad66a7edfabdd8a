"""Applied motion, wherever from: its Action is an asset that names its source, found from another file."""

import datetime as dt
import json
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from tests.demo.character import bring_character
from tests.media.g1_json import make_g1_json
from tests.scene.action_assets import assets, assets_in, kept_on, saved
from tests.standin import StandIn
from tests.takes.delivered_motion import FPS, RANGE_SEC
from tests.ui.acts import captures, module, preferences

MOVIE_FPS, FIRST, LAST = 25, 7, 50
"""Of the strip: it shows these pictures of its movie."""


def tags_of(action: bpy.types.Action) -> set[str]:
    return {tag.name for tag in action.asset_data.tags}


def capture() -> None:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}


@pytest.mark.usefixtures("strip", "sampled_once")
class TestCaptures:
    def test_action_of_a_capture_names_its_source(
        self, character: bpy.types.Object, service: StandIn, movies: Callable[[Fraction], Path], tmp_path: Path
    ) -> None:
        begun = dt.datetime.now(dt.UTC).replace(microsecond=0)
        capture()
        (view,) = captures()
        bpy.data.objects.remove(character)
        (found,) = assets_in(saved(tmp_path))
        kept = kept_on(found)
        when = dt.datetime.fromisoformat(kept.pop("aimocap_captured_at"))
        assert begun <= when <= dt.datetime.now(dt.UTC)
        assert set(kept.pop("aimocap_worst").keys()) == {"slot", "bone", "degrees"}
        assert json.loads(kept.pop("aimocap_choices"))["contacts"] == "BODY"
        assert kept.pop("aimocap_trust_frames") == pytest.approx(list(found.frame_range), abs=1.0)
        assert kept.pop("aimocap_range_sec") == pytest.approx([FIRST / MOVIE_FPS, (LAST + 1) / MOVIE_FPS])
        assert kept == {
            "aimocap_fps": 30.0,
            "aimocap_file": movies(Fraction(MOVIE_FPS)).name,
            "aimocap_capture": view.id,
            "aimocap_job": service.charges[0].job_id,
            "aimocap_target": "default",
            "aimocap_service": service.base_url.removeprefix("http://"),
        }
        reported = found.asset_data.description
        assert reported == f"Captured from {kept['aimocap_file']}, 0.28 to 2.04 s, on {when.date().isoformat()}."
        assert tags_of(found) == {"AIMoCap", "mocap", "humanoid"}
        texts = [str(value) for value in (*kept.values(), reported)]
        assert not [text for text in texts if service.api_key in text or "/" in text or "\\" in text]

    def test_both_motions_of_a_capture(self, character: bpy.types.Object, service: StandIn, tmp_path: Path) -> None:
        service.generation = "B"
        service.results.motion_json = tmp_path / "walk.json"
        make_g1_json(service.results.motion_json, *RANGE_SEC, FPS)
        bpy.context.scene.aimocap.also_unitree_g1 = True
        capture()
        human = character.animation_data.action.name
        found = {action.name: action for action in assets_in(saved(tmp_path))}
        assert len(found) == 2
        (robot,) = set(found) - {human}
        assert found[human]["aimocap_target"], found[robot]["aimocap_target"] == ("default", "unitree_g1")
        assert found[human]["aimocap_capture"] == found[robot]["aimocap_capture"]
        assert tags_of(found[human]) ^ tags_of(found[robot]) == {"humanoid", "Unitree G1"}

    def test_the_redo_panel_and_another_apply_leave_one_asset(self, character: bpy.types.Object) -> None:
        capture()
        (view,) = captures()
        name = character.name
        bpy.ops.ed.undo_push(message="before")
        for scale in (1.5, 2.0):  # the redo panel: back, then again with another choice
            bpy.ops.aimocap.apply_capture("EXEC_DEFAULT", True, capture_id=view.id, scale=scale)
            assert len(bpy.data.actions) == 1
            assert assets() == [bpy.data.objects[name].animation_data.action.name]
            bpy.ops.ed.undo()
        assert assets() == [bpy.data.objects[name].animation_data.action.name]
        assert len(bpy.data.actions) == 1

    def test_no_assets_where_the_preference_says_so(self, character: bpy.types.Object) -> None:
        preferences().mark_assets = False
        capture()
        action = character.animation_data.action
        assert action["aimocap_capture"] == captures()[0].id
        assert assets() == []
        assert not action.use_fake_user

    def test_a_recovered_capture_tells_what_is_known(self, character: bpy.types.Object) -> None:
        capture()
        (lost,) = captures()
        assert bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=lost.id) == {"FINISHED"}
        assert bpy.ops.aimocap.recover_capture(job_id=lost.job_id) == {"FINISHED"}
        (view,) = captures()
        assert bpy.ops.aimocap.apply_capture(capture_id=view.id) == {"FINISHED"}
        action = character.animation_data.action
        known = ("fps", "capture", "job", "target", "service", "choices", "worst", "trust_frames")
        assert set(kept_on(action)) == {f"aimocap_{name}" for name in known}
        assert (action["aimocap_job"], action["aimocap_capture"]) == (lost.job_id, view.id)
        assert assets() == [action.name]  # of the same job: the one before gave up its place

    def test_retargeted_action_keeps_the_facts_of_its_capture(
        self, character: bpy.types.Object, character_blend: Path
    ) -> None:
        capture()
        action = character.animation_data.action
        other = bring_character(character_blend)
        assert bpy.ops.aimocap.retarget_from(source=character.name) == {"FINISHED"}
        found = kept_on(other.animation_data.action)
        assert found.pop("aimocap_worst") != kept_on(action)["aimocap_worst"]  # each has its own
        of_the_take = ("aimocap_worst", "aimocap_trust_frames", "aimocap_choices")
        assert found == {
            **{name: kept for name, kept in kept_on(action).items() if name not in of_the_take},
            "aimocap_armature": character.name,
            "aimocap_fps": 30.0,  # of the keys on whole frames
        }
        assert len(assets()) == 2


@pytest.mark.usefixtures("sampled_once")
def test_the_command_lines_files_hold_assets(
    service: StandIn, character_blend: Path, movies: Callable[[Fraction], Path], tmp_path: Path
) -> None:
    video, blend = movies(Fraction(MOVIE_FPS)), tmp_path / "out.blend"
    asked = ("capture", video, "--character", character_blend, "--output", blend)
    assert module("command.verbs").run_verb([str(part) for part in asked]) == 0
    (found,) = assets_in(blend)
    assert (found["aimocap_file"], found["aimocap_job"]) == (video.name, service.charges[0].job_id)


@pytest.mark.usefixtures("sampled_once")
def test_an_fbx_tells_its_file(character: bpy.types.Object, motion_fbx: Path, tmp_path: Path) -> None:
    del character
    bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx))
    (found,) = assets_in(saved(tmp_path))
    kept = kept_on(found)
    del kept["aimocap_worst"]
    checksum = f"{zlib.crc32(motion_fbx.read_bytes()):08x}"
    assert kept == {"aimocap_fps": 30.0, "aimocap_file": "walk.fbx", "aimocap_checksum": checksum}
    assert found.asset_data.description == "Motion of walk.fbx."
    assert tags_of(found) == {"AIMoCap", "mocap", "humanoid"}


def test_an_armature_that_nothing_is_known_of(character: bpy.types.Object) -> None:
    source = bpy.data.objects.new("Dancer", character.data.copy())
    bpy.context.scene.collection.objects.link(source)
    bpy.context.view_layer.update()
    bone = source.pose.bones[0]
    for frame in (1, 20):
        bone.location.x = frame / 10
        bone.keyframe_insert("location", frame=frame)
    assert bpy.ops.aimocap.retarget_from(source="Dancer") == {"FINISHED"}
    action = character.animation_data.action
    assert action["aimocap_armature"] == "Dancer"
    assert action.asset_data.description == "Motion of the armature “Dancer”."
    assert assets() == [action.name]


@pytest.mark.usefixtures("addon")
def test_a_robots_motion_and_what_it_is_adjusted_to(shared_data: Path, tmp_path: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()
    bpy.ops.aimocap.import_g1_motion(filepath=str(shared_data / "g1" / "kimodo_walk.json"))
    rig = bpy.context.view_layer.objects.active
    first = rig.animation_data.action
    assert (first["aimocap_file"], first.asset_data.description) == ("kimodo_walk.json", "Motion of kimodo_walk.json.")
    assert tags_of(first) == {"AIMoCap", "mocap", "Unitree G1"}
    first.asset_data.tags.new("walks")
    for step in ("MIRROR", "GROUND", "MIRROR"):
        assert bpy.ops.aimocap.fix_g1_motion(step=step, ground=0.1) == {"FINISHED"}
    replaced = rig.animation_data.action
    assert replaced.name not in {action.name for action in bpy.data.actions if action.asset_data is None}
    assert len(bpy.data.actions) == 4
    (found,) = assets_in(saved(tmp_path))
    assert found["aimocap_file"] == "kimodo_walk.json"
    assert tags_of(found) == {"AIMoCap", "mocap", "Unitree G1", "walks"}
