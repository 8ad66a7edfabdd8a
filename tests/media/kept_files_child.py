"""Does with one revision's add-on all that leaves files, and tells what is in them. Run by `kept_files.py`, in it."""

import dataclasses
import importlib
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path.cwd()))
platform.node = lambda: "studio"

from tests.demo.character import add_character
from tests.media.barcode_video import barcode_video
from tests.media.figure.film import Film, filmed_person
from tests.media.g1_json import make_g1_json
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import Results, StandIn
from tests.ui.conftest import MODULE, WAITS
from tools.build_zip import build_zip

FPS, SIZE = 25, (64, 48)
"""Of the movie, which is kept too: a small one."""
SETTINGS = {
    "target": "DEFAULT", "avatar_id": "hero-7", "title": "Jump", "upload": "WHOLE_FILE", "export_fps": "60",
    "capture_type": "UPPER_BODY", "mirror_bones": False, "show_contacts": True,
    "timing": "REAL_TIME", "root_motion": "FULL", "scale": 1.75, "root_carrier": "OBJECT", "start": "CAPTURE",
    "source_reference": "REST", "source_frame": 4, "target_reference": "FRAME", "target_frame": 7,
    "lock_feet": False, "lock_strength": 0.25, "ground": "SCENE", "hold_hands": True, "hand_strength": 0.75,
    "smoothing": 0.125, "limbs": "IK", "sampling": "SAMPLES", "key_tolerance": 1.5, "previous_action": "IN_TURN",
}  # fmt: skip
OPERATORS: dict[str, dict[str, Any]] = {
    "export_motion": {"format": "BVH"},
    "apply_capture": {"scale": 1.5, "previous_action": "LEAVE", "lock_strength": 0.5},
    "retarget_from": {"root_motion": "IN_PLACE", "previous_action": "IN_TURN", "sampling": "SAMPLES"},
    "retarget_to_g1": {"travel": 0.75, "hold_feet": False, "ground": "SOURCE"},
    "import_motion_fbx": {"limbs": "IK_LEGS", "smoothing": 0.25},
}
"""Those that have presets, and what is chosen in them."""


def module(name: str) -> Any:
    return importlib.import_module(f"{MODULE}.{name}")


def session() -> Any:
    return module("session.session").open_session()


def until(happened: Callable[[], object], *, pump: bool = True) -> None:
    latest = time.monotonic() + 60.0
    while not happened():
        assert time.monotonic() < latest, [(view.state, view.what) for view in session().runner.captures()]
        if pump:
            session().pump()
        session().runner.wait_for_change(0.02)


def planned() -> Any:
    return module("session.planning").plan_captures(bpy.context, bpy.context.scene.aimocap.wishes())[0]


def begun(*states: str, pump: bool = True) -> str:
    """Begin a capture and go on until its state is one of these; nothing is applied without pumping."""
    known = {view.id for view in session().runner.captures()}

    def new() -> set[str]:
        return {view.id for view in session().runner.captures()} - known

    session().begin(planned())
    until(new)  # a clip may be rendered first
    (view_id,) = new()
    until(lambda: came_to(view_id, *states), pump=pump)
    return view_id


def came_to(view_id: str, *states: str) -> bool:
    """Whether a capture's state is one of these; if it is done, with its preview video, which comes last."""
    view = session().view(view_id)
    return view.state in states and (view.state != "done" or "preview" in view.files)


def main(place: Path, address: str, key: str) -> None:
    zip_file = build_zip(Path.cwd(), Path.cwd() / "zip")
    bpy.ops.extensions.package_install_files(filepath=str(zip_file), repo="user_default", enable_on_install=True)
    bpy.context.preferences.system.use_online_access = True
    whole = module("session.session")
    whole.Timing = partial(whole.Timing, **WAITS)
    make_metahuman_fbx(Path.cwd() / "walk.fbx", 0.28, 0.6, FPS)
    make_g1_json(Path.cwd() / "walk.json", 0.28, 0.6, FPS)
    results = Results(fbx=Path.cwd() / "walk.fbx", motion_json=Path.cwd() / "walk.json")
    port = int(address.rpartition(":")[2])
    with StandIn("B", results=results, polls=("processing", "completed"), api_key=key, port=port) as service:
        set_preferences(place, address, key)
        captures = capture_all(place, service)
        reported = {**captures, **file_told(place), "preferences": preferences_told(), "presets": presets(place)}
    (place / "kept.json").write_text(json.dumps(reported, indent=1), encoding="utf-8")


def set_preferences(place: Path, address: str, key: str) -> None:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.service_url, preferences.api_key = address, key
    preferences.captures_folder, preferences.poll_seconds = str(place / "captures"), 42.0
    preferences.plan, preferences.mark_assets = "PREMIUM", True
    module("ui.setup.preferences").remember_consent()
    bpy.ops.wm.save_userpref()


def preferences_told() -> dict[str, object]:
    preferences = bpy.context.preferences.addons[MODULE].preferences
    names = ("service_url", "api_key", "captures_folder", "poll_seconds", "plan", "mark_assets", "consented_urls")
    return {name: getattr(preferences, name) for name in names}


def capture_all(place: Path, service: StandIn) -> dict[str, Any]:
    hero = new_file(place)
    film = filmed_person(place / "movies", Film(frames=30))
    take = barcode_video(place / "movies", Fraction(FPS), 36, SIZE).rename(place / "take.mp4")
    show("Seen", film, 5, 15)
    bpy.ops.aimocap.preview_motion()
    ends = {"preview": session().previews.kept.records()[0].id}
    preview = hero.animation_data.action
    ends |= capture_to_the_end(take)
    ends |= capture_otherwise(place, take, service)
    views = {view.id: view for view in session().runner.captures()}
    reported = {name: view_told(views[one]) for name, one in ends.items() if one in views}
    records = {record.id: record for record in session().previews.kept.records()}
    module("session.session").close_session()
    hero.animation_data.action.name = "Of Both"
    return {"ids": ends, "captures": reported, "preview": preview_told(records[ends["preview"]], preview)}


def new_file(place: Path) -> bpy.types.Object:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.fps = FPS
    hero = add_character(bpy.context.scene, "Hero")
    bpy.data.objects.remove(bpy.data.objects["Hero Body"])
    bpy.data.orphans_purge()
    hero.select_set(state=True)
    bpy.ops.aimocap.detect_bones()
    bpy.ops.wm.save_as_mainfile(filepath=str(place / "film.blend"))
    return hero


def show(name: str, movie: Path, first: int, last: int) -> None:
    """Make a strip of these frames of a movie the only one; no two are of the same frames."""
    module("session.session").close_session()  # its threads must not run while another context is read
    scene = bpy.context.scene
    for old in tuple(scene.sequence_editor.sequences if scene.sequence_editor else ()):
        scene.sequence_editor.sequences.remove(old)
    added = add_movie(scene, movie)
    frames = int(added.frame_final_duration)
    added.name = name
    move_ends(added, first, last - frames)


def capture_to_the_end(take: Path) -> dict[str, str]:
    settings, ids = bpy.context.scene.aimocap, {}
    show("Applied", take, 0, 8)
    bpy.ops.aimocap.capture_motion()
    ids["applied"] = session().runner.captures()[0].id
    show("Both", take, 8, 16)
    settings.also_unitree_g1 = True
    bpy.ops.aimocap.capture_motion()
    settings.also_unitree_g1 = False
    ids["both"] = session().runner.captures()[0].id
    show("Unapplied", take, 16, 24)
    ids["unapplied"] = begun("done", pump=False)
    show("Clip", take, 24, 32)
    settings.upload = "TRIMMED_CLIP"
    ids["clip"] = begun("done")
    settings.upload = "AUTO"
    return ids


def capture_otherwise(place: Path, take: Path, service: StandIn) -> dict[str, str]:
    ids = {}
    show("Failed", take, 26, 34)
    service.faults.add(step="job", skip=1, times=None, merge={"job": {"status": "failed"}})
    ids["failed"] = begun("failed")
    service.faults.clear()
    show("Blocked", take, 28, 36)
    service.faults.add(step="create", times=None, status=401, code="api_key_invalid")
    ids["blocked"] = begun("blocked")
    service.faults.clear()
    show("Forgotten", take, 1, 9)
    ids["forgotten"] = begun("done", pump=False)
    session().runner.forget(ids["forgotten"])
    until(lambda: session().view(ids["forgotten"]) is None)
    show("Recovered", take, 2, 10)
    lost = begun("done", pump=False)
    job_id = session().view(lost).job_id
    module("session.session").close_session()
    shutil.rmtree(place / "captures" / lost)
    ids["recovered"] = session().runner.recover(job_id)
    until(lambda: came_to(ids["recovered"], "done"), pump=False)
    show("Running", take, 3, 11)
    service.hold("processing")
    ids["running"] = begun("running")
    until(lambda: session().view(ids["running"]).events)
    module("session.session").close_session()
    return ids


def view_told(view: Any) -> dict[str, object]:
    names = ("state", "title", "video", "range_sec", "target_ids", "base_url", "job_id", "credits", "paid", "applied")
    return {
        **{name: getattr(view, name) for name in names},
        "what": str(view.what),
        "files": {kind: file.name for kind, file in view.files.items()},
    }


def preview_told(record: Any, action: Any) -> dict[str, object]:
    trust = module("scene.preview.action_trust").trust_on(action)
    names = ("id", "title", "video", "range_sec", "people", "captured_by")
    return {
        **{name: getattr(record, name) for name in names},
        "action": action.name,
        "trust": {"limbs": trust.limbs, "frames": trust.frames.tolist(), "values": trust.values.tolist()},
    }


def file_told(place: Path) -> dict[str, Any]:
    scene = bpy.context.scene
    for name, value in SETTINGS.items():
        setattr(scene.aimocap, name, value)
    scene.aimocap.character = bpy.data.objects["Hero"]
    for mesh in tuple(bpy.data.meshes):  # the robot's looks and the assets' pictures are large
        bpy.data.meshes.remove(mesh)
    for action in bpy.data.actions:
        if action.preview is not None:
            action.preview.image_size = (0, 0)
    bpy.data.orphans_purge(do_recursive=True)
    bpy.ops.aimocap.add_motion_preset(name="Mine")
    bpy.ops.wm.save_as_mainfile(filepath=str(place / "film.blend"), compress=False)
    source_of = module("scene.action_source").source_of
    return {
        "settings": {name: getattr(scene.aimocap, name) for name in SETTINGS},
        "actions": {
            action.name: {**dataclasses.asdict(source_of(action)), "frames": list(action.frame_range)}
            for action in bpy.data.actions
        },
        "bone map": json.loads(bpy.data.objects["Hero"]["aimocap_bone_map"]),
        "robots": [thing.name for thing in bpy.data.objects if module("scene.g1.rig").is_g1_rig(thing)],
    }


def presets(place: Path) -> dict[str, Any]:
    """Save presets as the redo panel's menu does; without a window no operator is the active one."""
    from bl_operators.presets import AddPresetOperator

    reported = {}
    for name, chosen in OPERATORS.items():
        last = f'op = bpy.context.window_manager.operator_properties_last("aimocap.{name}")'
        properties = bpy.context.window_manager.operator_properties_last(f"aimocap.{name}")
        for option, value in chosen.items():
            setattr(properties, option, value)
        AddPresetOperator.preset_defines = [last]
        bpy.ops.wm.operator_preset_add(name="Mine", operator=f"AIMOCAP_OT_{name}")
        (file,) = (place / "scripts" / "presets").rglob(f"*.{name}/*.py")
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(last, "op = bpy.context.active_operator"), encoding="utf-8")
        reported[name] = chosen
    return reported


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
    sys.stdout.flush()
    os._exit(0)
