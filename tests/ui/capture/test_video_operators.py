"""Videos in Blender: one that is opened can be captured at once; those of a capture run with its motion."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.media.barcode_video import MOVIES, barcode_video
from tests.scene.scene_dump import changes
from tests.scene.video.mp4_boxes import with_steps
from tests.scene.video.sequencer_acts import SIZE, add_movie, all_strips, move_ends, seen, top_strips
from tests.standin import StandIn
from tests.ui.acts import capture_ids, captures, module, refusal, whole_state
from tests.ui.conftest import FRAMES

Movies = Callable[[Fraction], Path]
Strip = Any
FPS = Fraction(25)
PREVIEW_FPS = 30
SHOWN = range(17, 61)
"""Timeline frames at which the strip that is captured shows pictures 7 to 50 of its movie."""


def the_strip() -> Strip:
    return bpy.context.scene.sequence_editor.active_strip


def kinds_of_strips() -> list[str]:
    scene = bpy.context.scene
    return [strip.type for strip in all_strips(scene)] if scene.sequence_editor else []


def remove_all() -> None:
    for strip in list(all_strips(bpy.context.scene)):
        top_strips(bpy.context.scene.sequence_editor).remove(strip)


def shown(capture_id: str, video: str, place: str, **more: str) -> None:
    assert bpy.ops.aimocap.show_video(capture_id=capture_id, video=video, place=place, **more) == {"FINISHED"}


@pytest.fixture
def preview(service: StandIn) -> Path:
    """The service's preview video: of the range, at another rate, its pictures numbered from 100 on."""
    service.preview = barcode_video(MOVIES, PREVIEW_FPS, 53, SIZE, first_number=100)
    return service.preview


@pytest.fixture
def captured(strip: Strip, character: bpy.types.Object, preview: Path, service: StandIn, sampled_once: None) -> str:
    """The id of a finished capture, whose preview is here."""
    del strip, character, preview, service, sampled_once
    return capture()


def capture() -> str:
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    return with_preview()


def with_preview() -> str:
    """The id of the newest capture, once its preview, which is fetched last, has come."""
    runner = module("takes.session").open_session().captures.runner
    for _ in range(300):
        if "preview" in captures()[0].files:
            return capture_ids()[0]
        runner.wait_for_change(0.1)
    raise AssertionError("the preview never came")


@pytest.mark.usefixtures("character", "sampled_once")
def test_a_video_that_is_opened_can_be_captured(service: StandIn, movies: Movies) -> None:
    assert bpy.ops.aimocap.open_video(filepath=str(movies(FPS))) == {"FINISHED"}
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert service.jobs[-1].trim == (0.0, pytest.approx(FRAMES / float(FPS), abs=0.02))
    assert service.jobs[-1].upload.read_bytes() == movies(FPS).read_bytes()


@pytest.mark.usefixtures("addon")
def test_opening_is_one_undo_step(movies: Movies) -> None:
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.aimocap.open_video("EXEC_DEFAULT", True, filepath=str(movies(FPS))) == {"FINISHED"}
    assert bpy.context.scene.render.fps == 25
    bpy.ops.ed.undo()
    assert kinds_of_strips() == []
    assert bpy.context.scene.render.fps == 24
    bpy.ops.ed.redo()
    assert kinds_of_strips() == ["MOVIE"]


def test_a_video_that_is_shown_has_the_only_character_selected(character: bpy.types.Object, movies: Movies) -> None:
    layer = bpy.context.view_layer
    for chosen in (character, None):  # then there are two
        layer.objects.active = None
        bpy.ops.aimocap.open_video(filepath=str(movies(FPS)), show_in_viewport=True)
        assert layer.objects.active == chosen
        bpy.context.scene.collection.objects.link(character.copy())


@pytest.mark.usefixtures("addon")
def test_no_video_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_text("not a movie")
    before = whole_state()
    message = refusal(bpy.ops.aimocap.open_video, filepath=str(tmp_path / "take.mp4"))
    assert "take.mp4" in message
    assert message.count(". ") == 1
    assert "No file is selected" in refusal(bpy.ops.aimocap.open_video)
    assert changes(before, whole_state()) == set()


def offered(handler: str, editor: str) -> bool:
    area = bpy.context.window.screen.areas[-1]
    before, area.ui_type = area.ui_type, editor
    try:
        with bpy.context.temp_override(area=area):
            return getattr(bpy.types, handler).poll_drop(bpy.context)
    finally:
        area.ui_type = before


@pytest.mark.usefixtures("addon")
def test_files_are_dropped_where_they_belong() -> None:
    video, fbx = (getattr(bpy.types, f"AIMOCAP_FH_{name}") for name in ("video", "motion_fbx"))
    assert video.bl_import_operator == "aimocap.open_video"
    assert {".mp4", ".mov", ".mkv", ".avi", ".webm", ".mts", ".3gp", ".flv", ".qt"} <= set(
        video.bl_file_extensions.split(";")
    )
    assert fbx.bl_import_operator == "aimocap.import_motion_fbx"
    assert fbx.bl_file_extensions == ".fbx;.bvh;.glb;.gltf;.vrm"
    assert offered("AIMOCAP_FH_video", "VIEW_3D")
    assert not offered("AIMOCAP_FH_video", "SEQUENCE_EDITOR")
    assert not offered("AIMOCAP_FH_motion_fbx", "VIEW_3D")  # onto nobody


@pytest.mark.usefixtures("sampled_once")
def test_dropped_files_are_taken_at_once(character: bpy.types.Object, motion_fbx: Path, movies: Movies) -> None:
    assert offered("AIMOCAP_FH_motion_fbx", "VIEW_3D")
    assert not offered("AIMOCAP_FH_motion_fbx", "SEQUENCE_EDITOR")
    bpy.context.scene.aimocap.root_motion = "IN_PLACE"
    assert bpy.ops.aimocap.import_motion_fbx("INVOKE_DEFAULT", filepath=str(motion_fbx)) == {"FINISHED"}
    assert character.animation_data.action.name == "walk"
    assert bpy.ops.aimocap.open_video("INVOKE_DEFAULT", filepath=str(movies(FPS))) == {"FINISHED"}
    assert the_strip().type == "MOVIE"


@pytest.mark.slow_cases
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.usefixtures("character", "preview", "sampled_once")
def test_both_videos_run_with_the_motion(*, backwards: bool, strip: Strip, tmp_path: Path) -> None:
    strip.use_reverse_frames = backwards
    before = seen(bpy.context.scene, SHOWN, tmp_path)
    capture_id = capture()
    remove_all()
    shown(capture_id, "SOURCE", "STRIP")
    assert seen(bpy.context.scene, SHOWN, tmp_path) == before
    assert the_strip().select

    remove_all()
    shown(capture_id, "PREVIEW", "STRIP")
    previewed = seen(bpy.context.scene, SHOWN, tmp_path)
    first = min(before.values())
    for frame, picture in before.items():
        moment = (picture - first) / float(FPS)
        assert abs((previewed[frame] - 100) / PREVIEW_FPS - moment) <= 0.5 / PREVIEW_FPS + 1e-6


def test_in_real_time_if_the_motion_is(captured: str, tmp_path: Path) -> None:
    bpy.context.scene.render.fps = 30
    remove_all()
    shown(captured, "SOURCE", "STRIP", timing="REAL_TIME")
    frames = range(17, 17 + 52)  # 44 pictures of 25 a second
    pictures = seen(bpy.context.scene, frames, tmp_path)
    assert all(abs((pictures[frame] - 7) / 25 - (frame - 17) / 30) <= 0.02 + 1e-6 for frame in frames)


def test_a_video_that_is_shown_is_not_captured_next(captured: str, strip: Strip) -> None:
    for video in ("SOURCE", "PREVIEW"):
        shown(captured, video, "STRIP")
        assert the_strip() == strip
    assert kinds_of_strips().count("MOVIE") == 3


def test_behind_the_character(captured: str) -> None:
    scene = bpy.context.scene
    assert scene.camera is None
    shown(captured, "PREVIEW", "CAMERA")
    (background,) = scene.camera.data.background_images
    user = background.image_user
    for frame in SHOWN:
        scene.frame_set(frame)
        picture = user.frame_offset + frame - user.frame_start  # from 0: Blender counts both from 1
        assert abs(picture / PREVIEW_FPS - (frame - SHOWN[0]) / 25) <= 0.5 / PREVIEW_FPS + 1e-6


def test_showing_is_one_undo_step_and_sends_nothing(captured: str, service: StandIn) -> None:
    sent = len(service.requests)
    count = len(kinds_of_strips())
    bpy.ops.ed.undo_push(message="before")
    for place in ("STRIP", "CAMERA"):
        options = {"capture_id": captured, "video": "PREVIEW", "place": place}
        assert bpy.ops.aimocap.show_video("EXEC_DEFAULT", True, **options) == {"FINISHED"}
    assert bpy.context.scene.camera is not None
    bpy.ops.ed.undo()
    assert bpy.context.scene.camera is None
    assert len(kinds_of_strips()) > count
    bpy.ops.ed.undo()
    assert len(kinds_of_strips()) == count
    assert len(service.requests) == sent


def test_a_recovered_capture_is_shown_from_the_current_frame(captured: str, tmp_path: Path) -> None:
    job_id = captures()[0].job_id
    assert bpy.ops.aimocap.forget_capture("EXEC_DEFAULT", capture_id=captured) == {"FINISHED"}
    assert bpy.ops.aimocap.recover_capture(job_id=job_id) == {"FINISHED"}
    recovered = with_preview()
    remove_all()
    message = refusal(bpy.ops.aimocap.show_video, capture_id=recovered, video="SOURCE")
    assert "recovered" in message
    bpy.context.scene.frame_current = 40
    shown(recovered, "PREVIEW", "STRIP")
    assert seen(bpy.context.scene, [40, 70], tmp_path) == {40: 100, 70: 130}


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.mp4"))


def overwritten(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 255
    path.write_bytes(content)


@pytest.mark.slow_cases
@pytest.mark.usefixtures("character", "preview", "sampled_once", "service")
@pytest.mark.parametrize(("act", "reported"), [(moved, "no longer in"), (overwritten, "changed since")])
def test_a_source_that_is_not_what_it_was(
    act: Callable[[Path], None], reported: str, movies: Movies, tmp_path: Path
) -> None:
    video = tmp_path / "take.mp4"
    video.write_bytes(movies(FPS).read_bytes())
    move_ends(add_movie(bpy.context.scene, video), 7, -9)
    capture_id = capture()
    os.utime(video, (1, 1))  # touched, that is all
    shown(capture_id, "SOURCE", "STRIP")
    act(video)
    before = whole_state()
    for place in ("STRIP", "CAMERA"):
        refused = refusal(bpy.ops.aimocap.show_video, capture_id=capture_id, video="SOURCE", place=place)
        assert reported in refused
        assert "preview" in refused
    assert changes(before, whole_state()) == set()
    shown(capture_id, "PREVIEW", "STRIP")


@pytest.mark.slow
@pytest.mark.usefixtures("strip", "character", "preview", "sampled_once")
def test_a_clip_that_was_rendered_is_not_kept(tmp_path: Path) -> None:
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"
    capture_id = capture()
    before = whole_state()
    assert "clip that was rendered" in refusal(bpy.ops.aimocap.show_video, capture_id=capture_id)
    assert changes(before, whole_state()) == set()
    remove_all()
    shown(capture_id, "PREVIEW", "STRIP")
    assert seen(bpy.context.scene, [17], tmp_path) == {17: 100}


@pytest.mark.usefixtures("strip", "character", "sampled_once")
def test_a_preview_whose_rate_varies_is_not_lined_up(preview: Path, service: StandIn, tmp_path: Path) -> None:
    service.preview = tmp_path / "phone.mp4"
    service.preview.write_bytes(with_steps(preview, [(30, 1), (23, 2)]))
    capture_id = capture()
    before = whole_state()
    for place in ("STRIP", "CAMERA"):
        message = refusal(bpy.ops.aimocap.show_video, capture_id=capture_id, video="PREVIEW", place=place)
        assert "frame rate varies" in message
    assert changes(before, whole_state()) == set()


def test_unknown_capture_and_missing_preview_are_refused(captured: str) -> None:
    before = whole_state()
    for operator in ("show_video", "open_capture_folder", "play_preview"):
        assert "no such capture" in refusal(getattr(bpy.ops.aimocap, operator), capture_id="none")
    captures()[0].files["preview"].unlink()
    assert "no preview" in refusal(bpy.ops.aimocap.show_video, capture_id=captured, video="PREVIEW")
    assert "no preview" in refusal(bpy.ops.aimocap.play_preview, capture_id=captured)
    assert changes(before, whole_state()) == set()


def test_without_a_window_no_program_is_started(captured: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.parent.mkdir()
    opener.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    opener.chmod(0o700)
    monkeypatch.setenv("PATH", f"{opener.parent}:{os.environ['PATH']}")
    view = captures()[0]
    assert str(view.folder) in refusal(bpy.ops.aimocap.open_capture_folder, capture_id=captured)
    assert str(view.files["preview"]) in refusal(bpy.ops.aimocap.play_preview, capture_id=captured)
    assert not (tmp_path / "started").exists()
