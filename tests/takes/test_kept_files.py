"""The files that an earlier revision's add-on wrote are taken over as they are; see `tests/media/kept_files.py`."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.media.kept_files import KEY, PLACE, SERVICE, unpacked
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import StandIn
from tests.standin.contract import Order
from tests.standin.jobs import Job
from tests.ui.acts import captures, module, preferences, until, whole_state

pytestmark = [in_oldest_and_newest, pytest.mark.usefixtures("sampled_once")]

DONE = ("applied", "both", "unapplied", "clip", "recovered")
START = {"applied": 10.0, "both": 18.0, "unapplied": 26.0, "clip": 34.0}
"""First frames of their strips."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def kept(service: StandIn, folder: Path) -> Iterator[dict[str, Any]]:
    """The known facts of the files; the service and the disk have other addresses, nothing else differs."""
    known = unpacked(folder)
    for file in folder.glob("captures/**/*"):
        if file.suffix in {".json", ".log"}:
            text = file.read_text(encoding="utf-8").replace(f"{PLACE}/", f"{folder}/")
            file.write_text(text.replace(SERVICE, service.base_url), encoding="utf-8")
    record = json.loads((folder / "captures" / known["ids"]["applied"] / "capture.json").read_text(encoding="utf-8"))
    os.utime(folder / "take.mp4", ns=(record["source"]["mtime_ns"],) * 2)
    service.generation = "B"
    service.keys.add(KEY)
    preferences().api_key, preferences().captures_folder = KEY, str(folder / "captures")
    bpy.context.preferences.system.use_online_access = False
    bpy.ops.wm.open_mainfile(filepath=str(folder / "film.blend"))
    yield known
    bpy.context.preferences.system.use_online_access = True


def contents(folder: Path) -> dict[str, bytes]:
    files = [path for path in (folder / "captures").rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def reported(view: Any, names: Any) -> dict[str, object]:
    """The facts of a capture, in the form of JSON."""
    found = {**{name: getattr(view, name) for name in names if name not in {"what", "files"}}, "what": str(view.what)}
    found["files"] = {kind: file.name for kind, file in view.files.items()}
    return json.loads(json.dumps(found))


def test_captures_are_read_and_nothing_is_written(kept: dict[str, Any], service: StandIn, folder: Path) -> None:
    before = contents(folder)
    kept["captures"]["running"]["what"] = "Paused: Blender's online access is off."
    until(lambda: "Paused" in " ".join(str(view.what) for view in captures()))
    names = {kept["ids"][name]: name for name in kept["captures"]}
    views = {names[view.id]: view for view in captures()}
    for name, known in kept["captures"].items():
        expected = {**known, "base_url": service.base_url}
        assert reported(views.pop(name), known) == expected
    assert views == {}
    (record,) = module("takes.session").open_session().previews.kept.records()
    assert [record.id, record.title, list(record.range_sec)] == [
        kept["preview"][name] for name in ("id", "title", "range_sec")
    ]
    module("takes.session").close_session()
    assert contents(folder) == before
    assert service.requests == []


def test_the_forgotten_one_can_be_restored(kept: dict[str, Any], folder: Path) -> None:
    forgotten = kept["ids"]["forgotten"]
    assert forgotten not in {view.id for view in captures()}
    bpy.ops.aimocap.restore_capture(capture_id=forgotten)
    until(lambda: forgotten in {view.id for view in captures()})
    (view,) = [view for view in captures() if view.id == forgotten]
    assert (view.state, view.title) == ("done", "Forgotten")
    assert view.folder == folder / "captures" / forgotten


def test_the_running_one_comes_to_its_end(kept: dict[str, Any], service: StandIn, motion_fbx: Path) -> None:
    known = kept["captures"]["running"]
    job = Job(
        known["job_id"], KEY, "B", Order("walk.mp4", ("default",), "", None, None, 0.12, 0.52, 30, ""), ("default",), ""
    )
    job.status, job.upcoming, job.files = "processing", ["completed"], {"default": motion_fbx}
    job.made.set()
    service.jobs._all[job.id] = job
    bpy.context.preferences.system.use_online_access = True

    def running() -> Any:
        (view,) = [view for view in captures() if view.id == kept["ids"]["running"]]
        return view

    until(lambda: running().state == "done" and running().applied)
    assert service.charges == []
    assert not {"create", "upload", "complete_upload"} & set(service.steps())
    assert running().files["fbx"].read_bytes() == motion_fbx.read_bytes()
    assert module("scene.action_source").source_of(hero().animation_data.action).capture == running().id


def hero() -> bpy.types.Object:
    return bpy.data.objects["Hero"]


@pytest.mark.parametrize("name", DONE)
def test_motion_is_applied_without_a_network(name: str, kept: dict[str, Any], service: StandIn) -> None:
    for thing in bpy.context.view_layer.objects:
        thing.select_set(state=thing == hero())
    bpy.context.view_layer.objects.active = hero()
    assert bpy.ops.aimocap.apply_capture(capture_id=kept["ids"][name]) == {"FINISHED"}
    action = hero().animation_data.action
    assert module("scene.action_source").source_of(action).capture == kept["ids"][name]
    if name in START:
        assert tuple(action.frame_range) == (START[name], START[name] + 7.0)
    assert [view.applied for view in captures() if view.id == kept["ids"][name]] == [True]
    assert service.requests == []


@pytest.mark.parametrize(("name", "later", "charges"), [("unapplied", 0, 0), ("clip", 0, 0), ("unapplied", 1, 1)])
def test_only_another_range_is_paid(
    name: str, later: int, charges: int, kept: dict[str, Any], service: StandIn, folder: Path
) -> None:
    """Also where a clip is rendered, which is known as the same by the range of the file."""
    del kept
    bpy.context.preferences.system.use_online_access = True
    first = int(START[name]) - 10 + later
    move_ends(add_movie(bpy.context.scene, folder / "take.mp4"), first, first + 8 - 36)
    settings = bpy.context.scene.aimocap
    settings.export_fps, settings.capture_type = "30", "FULL_BODY"
    settings.upload = "TRIMMED_CLIP" if name == "clip" else "AUTO"
    assert bpy.ops.aimocap.capture_motion(skip_captured=True) == {"FINISHED"}
    assert len(service.charges) == charges


def test_the_preview_is_applied_again_with_its_trust(kept: dict[str, Any]) -> None:
    assert bpy.ops.aimocap.apply_preview(preview_id=kept["preview"]["id"]) == {"FINISHED"}
    action = hero().animation_data.action
    assert module("scene.action_source").source_of(action).preview == kept["preview"]["id"]
    check_trust(action, kept)


def check_trust(action: bpy.types.Action, kept: dict[str, Any]) -> None:
    trust, known = module("scene.preview.action_trust").trust_on(action), kept["preview"]["trust"]
    assert list(trust.limbs) == known["limbs"]
    assert trust.values.tolist() == known["values"]


def test_the_file_has_its_settings_character_actions_and_robot(kept: dict[str, Any]) -> None:
    settings = bpy.context.scene.aimocap
    assert {name: getattr(settings, name) for name in kept["settings"]} == kept["settings"]
    assert settings.character == hero()
    source_of = module("scene.action_source").source_of
    for name, known in kept["actions"].items():
        source = source_of(bpy.data.actions[name])
        assert list(bpy.data.actions[name].frame_range) == known.pop("frames")
        reported = json.loads(json.dumps(vars(source)))
        assert {name: reported[name] for name in known} == known
    check_trust(bpy.data.actions[kept["preview"]["action"]], kept)
    assert module("scene.bone_maps").kept_bone_map(hero()) is not None
    assert json.loads(hero()["aimocap_bone_map"]) == kept["bone map"]
    (robot,) = [bpy.data.objects[name] for name in kept["robots"]]
    assert module("scene.g1.rig").is_g1_rig(robot)
    bpy.context.view_layer.objects.active = robot
    assert bpy.ops.aimocap.check_g1_motion() == {"FINISHED"}
    before = whole_state()
    captures()  # opens the session
    assert whole_state() == before


def test_presets_are_taken(kept: dict[str, Any], folder: Path) -> None:
    settings = bpy.context.scene.aimocap
    by_default = bpy.data.scenes.new("Other").aimocap
    (file,) = (folder / "scripts").rglob("motion/*.py")
    chosen = [line.split(" ")[0].removeprefix("settings.") for line in file.read_text().splitlines()[2:]]
    for name in kept["settings"]:
        settings.property_unset(name)
    assert bpy.ops.script.execute_preset(filepath=str(file), menu_idname="AIMOCAP_PT_motion_presets") == {"FINISHED"}
    for name, value in kept["settings"].items():
        assert getattr(settings, name) == (value if name in chosen else getattr(by_default, name))
    assert len(chosen) > len(kept["settings"]) / 2
    for name, known in kept["presets"].items():
        (file,) = (folder / "scripts").rglob(f"*.{name}/*.py")
        last = f'bpy.context.window_manager.operator_properties_last("aimocap.{name}")'
        exec(file.read_text().replace("bpy.context.active_operator", last), {})  # noqa: S102 -- as Blender does
        properties = bpy.context.window_manager.operator_properties_last(f"aimocap.{name}")
        assert {option: getattr(properties, option) for option in known} == known
