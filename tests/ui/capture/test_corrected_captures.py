"""Corrections that lie over a capture's motion, while what was delivered stays as it is on disk."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from tests.blender_versions import in_newest
from tests.demo.character import bring_character
from tests.ui.acts import captures, module, refusal
from tests.ui.capture.drawn_rows import drawn
from tests.vision.made_tracks import made_track

FRAME = 40.0
BONES = ("Hips", "LeftForeArm", "LeftHand", "RightForeArm", "RightFoot", "Head")


@pytest.fixture
def captured(sampled_once: object, strip: object, character: bpy.types.Object) -> Any:
    del sampled_once, strip, character
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    return captures()[0]


@pytest.fixture(scope="module")
def solution(installed: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a free preview whose person moves as the captured one."""
    del installed
    solutions, made = module("vision.kept_solution"), made_track(2.0)
    motion = module("vision.motion_from_track").motion_from_track(made.track)
    kept = solutions.kept_solution(motion, 0.0, made.track.size)
    sighting = module("vision.sighting").Sighting(motion.clip, motion.trust, (), (), 0, 0.0, None)
    file = tmp_path_factory.mktemp("solution") / "motion.npz"
    np.savez(file, **solutions.all_arrays(sighting, kept))
    return file


@pytest.fixture
def previewed(captured: Any, solution: Path, tmp_path: Path) -> Iterator[Any]:
    """The same range as a free preview."""
    session = module("takes.session").open_session()
    shutil.copyfile(solution, tmp_path / "motion.npz")
    record = module("takes.previews.kept").PreviewRecord(
        "p", "Both", Path(captured.source.path).name, captured.range_sec, 0.0, {}
    )
    session.previews.kept.add(session.previews.kept.keep(record, tmp_path / "motion.npz")[0])
    yield record
    module("takes.session").open_session().previews.kept.remove("p")


def poses(character: bpy.types.Object, frame: float) -> np.ndarray:
    bpy.context.scene.frame_set(int(frame))
    matrices = [character.matrix_world @ character.pose.bones[f"mixamorig:{name}"].matrix for name in BONES]
    return np.array(matrices)


def degrees(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By which each bone points elsewhere."""
    a, b = one[:, :3, 1], other[:, :3, 1]
    cosine = (a * b).sum(axis=-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0)))


def corrections(character: bpy.types.Object) -> tuple[Any, ...]:
    return module("scene.preview.action_trust").corrections_on(character.animation_data.action)


def correct(capture: Any, value: float, joint: str = "left_wrist") -> None:
    done = bpy.ops.aimocap.correct_take(capture_id=capture.id, kind="DEPTH", joint=joint, frame=FRAME, value=value)
    assert done == {"FINISHED"}


def test_a_limb_is_corrected_kept_put_on_another_character_and_removed(
    captured: Any,
    previewed: Any,
    character: bpy.types.Object,
    character_blend: Path,
) -> None:
    delivered = {file: file.read_bytes() for file in captured.folder.rglob("*.fbx")}
    first, last = map(int, character.animation_data.action.frame_range)
    assert last - first > 40
    before = {frame: poses(character, frame) for frame in (first, FRAME, last)}
    for value in (0.15, -0.1):  # the second one takes the place of the first one, as in the redo panel
        correct(captured, value)
        (one,) = corrections(character)
        assert one.values == pytest.approx((value,))
    after = poses(character, FRAME)
    turned = degrees(before[FRAME], after)
    assert turned[BONES.index("LeftForeArm")] > 10.0
    assert turned[[BONES.index(name) for name in ("RightForeArm", "Head")]].max() < 5.0
    for frame in (first, last):
        assert degrees(before[frame], poses(character, frame)).max() < 0.3
        assert np.abs(before[frame] - poses(character, frame))[:, :3, 3].max() < 0.001
    assert {file: file.read_bytes() for file in captured.folder.rglob("*.fbx")} == delivered

    module("takes.session").close_session()
    module("takes.session").open_session().previews.kept.remove(previewed.id)  # needed no more
    other = bring_character(character_blend)
    assert bpy.ops.aimocap.apply_capture(capture_id=captured.id) == {"FINISHED"}
    assert degrees(after, poses(other, FRAME)).max() < 0.1
    assert corrections(other) == (one,)

    assert bpy.ops.aimocap.remove_correction(capture_id=captured.id, number=0) == {"FINISHED"}
    assert degrees(before[FRAME], poses(other, FRAME)).max() < 0.1
    assert corrections(other) == ()
    assert not list(captured.folder.rglob("corrections*"))


@in_newest
@pytest.mark.usefixtures("previewed")
def test_a_correction_keeps_how_and_where_the_motion_was_applied(captured: Any, character: bpy.types.Object) -> None:
    # measured in several frames, in which its Action moves it
    character.pose.bones["mixamorig:LeftHand"].constraints.new("LIMIT_ROTATION")
    chosen = {"mirror": True, "root_carrier": "OBJECT"}
    assert bpy.ops.aimocap.apply_capture(capture_id=captured.id, **chosen) == {"FINISHED"}
    first, last = map(int, character.animation_data.action.frame_range)
    before = [poses(character, frame) for frame in (first, FRAME, last)]
    correct(captured, 0.15)
    assert degrees(before[1], poses(character, FRAME)).max() > 10.0
    assert bpy.ops.aimocap.remove_correction(capture_id=captured.id, number=0) == {"FINISHED"}
    for pose, frame in zip(before, (first, FRAME, last), strict=True):
        assert np.allclose(pose, poses(character, frame), atol=1e-5)


@in_newest
@pytest.mark.usefixtures("previewed")
def test_an_undo_takes_a_correction_from_the_capture_too(captured: Any, character: bpy.types.Object) -> None:
    name = character.name

    def known() -> list[int]:
        file = captured.folder / "corrections.npz"
        on_disk = module("vision.delivered_motion").layer_in(file).corrections if file.exists() else ()
        return [len(corrections(bpy.data.objects[name])), len(on_disk)]

    bpy.ops.ed.undo_push(message="before")
    how = {"capture_id": captured.id, "joint": "right_wrist", "frame": FRAME, "value": 0.1}
    assert bpy.ops.aimocap.correct_take("EXEC_DEFAULT", True, **how) == {"FINISHED"}
    assert known() == [1, 1]
    bpy.ops.ed.undo()
    assert known() == [0, 0]
    bpy.ops.ed.redo()
    assert known() == [1, 1]


@in_newest
@pytest.mark.usefixtures("previewed")
def test_frames_in_which_a_correction_holds_are_moved(captured: Any, character: bpy.types.Object) -> None:
    correct(captured, 0.15)
    (one,), moves = corrections(character), {"capture_id": captured.id, "number": 0}
    played = module("ui.capture.correcting").played_take(bpy.context, captured.id)
    first, end = module("ui.capture.correction_bars").bar_of(one, played.mapping)
    frame_sec = played.mapping.second(1.0) - played.mapping.second(0.0)
    assert bpy.ops.aimocap.move_correction(**moves, first_frame=first, last_frame=end + 3) == {"FINISHED"}
    (longer,) = corrections(character)
    assert longer.second == pytest.approx(one.second)
    assert longer.last - one.last == pytest.approx(4 * frame_sec, abs=0.6 * frame_sec)
    assert bpy.ops.aimocap.move_correction(**moves, first_frame=first - 4, last_frame=end - 1) == {"FINISHED"}
    (later,) = corrections(character)
    assert later.second == pytest.approx(one.second - 4 * frame_sec)
    assert later.last - later.first == pytest.approx(longer.last - longer.first)
    assert "There is no such correction" in refusal(bpy.ops.aimocap.move_correction, **{**moves, "number": 1})


@in_newest
def test_a_corrected_preview_is_known_before_it_is_written(previewed: Any) -> None:
    kept, corrections = module("takes.session").open_session().previews.kept, module("vision.corrections")
    waiting: list[Any] = []
    one = corrections.Correction(corrections.Kind.DEPTH, "left_wrist", 1.0, (0.1,))
    corrected = kept.correct(previewed.id, [one], waiting.append)
    on_disk = module("vision.sighting").sighting_in(kept.motion_of(previewed.id))
    assert on_disk.corrections == ()
    assert kept.solved(previewed.id)[0] is corrected
    (write,) = waiting
    write()
    on_disk = module("vision.sighting").sighting_in(kept.motion_of(previewed.id))
    assert on_disk.corrections == corrected.corrections
    assert kept.solved(previewed.id)[0] is corrected
    kept.motion_of(previewed.id).unlink()
    with pytest.raises(module("texts.faults").Fault):
        kept.solved(previewed.id)


@in_newest
def test_without_a_preview_of_the_video_it_says_what_to_do(captured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said = refusal(bpy.ops.aimocap.correct_take, capture_id=captured.id, frame=FRAME)
    assert "Make a free preview of the same range of the video" in said
    assert ("aimocap.correct_preview", "Correct Capture") not in drawn(monkeypatch)


@in_newest
@pytest.mark.usefixtures("previewed")
def test_the_capture_has_the_same_buttons_and_list_as_a_preview(captured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ("aimocap.correct_preview", "Correct Capture") in drawn(monkeypatch)
    correct(captured, 0.1)
    assert ("", "Left Forearm") in drawn(monkeypatch)
    assert ("aimocap.remove_correction", "") in drawn(monkeypatch)


@pytest.mark.usefixtures("previewed")
def test_the_videos_camera_sees_the_character_where_the_solved_figure_is(
    captured: Any,
    character: bpy.types.Object,
) -> None:
    scene, session = bpy.context.scene, module("takes.session").open_session()
    assert bpy.ops.aimocap.add_film_camera(capture_id=captured.id) == {"FINISHED"}
    (background,) = scene.camera.data.background_images
    assert Path(bpy.path.abspath(background.image.filepath)) == Path(captured.source.path)
    _, kept = session.corrected.solved(session.take(captured.id))
    index = module("vision.joints").INDEX
    played = module("ui.capture.correcting").played_take(bpy.context, captured.id)
    upper_legs = [character.pose.bones[f"mixamorig:{side}UpLeg"] for side in ("Left", "Right")]
    for row in range(0, len(kept.times), 7):
        frame = float(played.mapping.frames(kept.times[row]))
        scene.frame_set(int(frame), subframe=frame % 1)
        local = kept.seen.in_camera(kept.solution.joints)[row]
        places = kept.seen.focal * local[:, :2] / local[:, 2:]
        size = np.array([scene.render.resolution_x, scene.render.resolution_y])
        middle = character.matrix_world @ ((upper_legs[0].head + upper_legs[1].head) / 2.0)
        x, y, _ = world_to_camera_view(scene, scene.camera, middle)
        seen = np.array([x - 0.5, 0.5 - y]) * size * (np.array(kept.frame) / size).max()
        hips = (places[index["left_hip"]] + places[index["right_hip"]]) / 2.0
        assert np.linalg.norm(seen - hips) < 0.5


@in_newest
@pytest.mark.usefixtures("previewed")
def test_corrections_that_are_broken_leave_the_motion_as_delivered(captured: Any, character: bpy.types.Object) -> None:
    before = poses(character, FRAME)
    correct(captured, 0.25)
    (captured.folder / "corrections.npz").write_bytes(b"spoiled")
    module("takes.session").close_session()
    assert bpy.ops.aimocap.apply_capture(capture_id=captured.id) == {"FINISHED"}
    note = module("takes.session").open_session().application.notes[captured.id]
    assert "Its corrections can't be read, so it is as it was delivered." in map(str, note.details)
    assert degrees(before, poses(character, FRAME)).max() < 0.1
