"""The free preview, with the networks and a filmed person: no service, nothing left behind, applied as any motion."""

import dataclasses
import os
import re
import shutil
import signal
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.demo.character import bring_character
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.media.raw_avi import write_raw_avi
from tests.pages import run_script
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import StandIn
from tests.ui.acts import captures, module, refusal, until, whole_state
from tests.ui.conftest import ROOT
from tests.ui.posing import hips_at
from tests.with_networks import needs_networks

pytestmark = [in_oldest_and_newest, needs_networks, pytest.mark.usefixtures("no_traceback")]


@pytest.fixture(scope="module")
def film() -> Path:
    """A video of someone who strolls, 30 frames at 25 fps."""
    return filmed_person(FILMS, Film(frames=30))


@pytest.fixture
def strip(service: StandIn, film: Path, temporary: Path) -> Any:
    """An active strip of the film's frames 5 to 24, from timeline frame 15 on."""
    del service, temporary
    bpy.context.scene.render.fps = 25
    movie = add_movie(bpy.context.scene, film)
    move_ends(movie, 5, -5)
    return movie


@pytest.fixture
def short_strip(strip: Any) -> Any:
    """The same, of frames 5 to 12 alone, which are seen in half the time."""
    move_ends(strip, 0, -12)
    return strip


@pytest.fixture(scope="module")
def made() -> list[tuple[Any, bytes]]:
    """The record and the motion of the strip's preview, once it was made: what is seen is the same each time."""
    return []


@pytest.fixture
def previewed(
    strip: object,
    character: bpy.types.Object,
    service: StandIn,
    temporary: Path,
    made: list[tuple[Any, bytes]],
    tmp_path: Path,
) -> Any:
    """The record of the strip's preview, whose motion is on the character; nothing was sent for it, nothing is left."""
    del strip, character
    kept = previews().kept
    if not made:
        assert bpy.ops.aimocap.preview_motion() == {"FINISHED"}
        assert not service.requests
        assert not list(temporary.iterdir())
        (record,) = kept.records()
        made.append((record, kept.motion_of(record.id).read_bytes()))
        return record
    record, motion_of_it = made[0]
    (tmp_path / "seen.npz").write_bytes(motion_of_it)
    kept.add(kept.keep(record, tmp_path / "seen.npz")[0])
    assert bpy.ops.aimocap.apply_preview(preview_id=record.id) == {"FINISHED"}
    return record


def session() -> Any:
    return module("takes.session").open_session()


def previews() -> Any:
    return session().previews


def motion(record: Any) -> Any:
    take = session().required(record.id)
    return session().application.read_now(take, (take.human,))[0].seen


def begin(**options: str) -> str:
    """Begin as a click does in a window, with its first tick; what goes on is pumped."""
    choices = module("takes.binding").choices_of(bpy.context.scene.aimocap)
    begun = previews().begin(module("takes.previews.planning").plan_preview(bpy.context, choices, **options))
    previews().pump()
    return begun


def sources(armature: bpy.types.Object) -> Any:
    return module("scene.action_source").source_of(armature.animation_data.action)


@in_newest
@pytest.mark.usefixtures("previewed")
def test_a_strips_motion_is_on_the_character_and_nothing_was_sent(film: Path, character: bpy.types.Object) -> None:
    action = character.animation_data.action
    assert tuple(action.frame_range) == (15.0, 34.0)
    source = sources(character)
    assert source.preview
    assert source.file == film.name
    assert source.range_sec == pytest.approx((0.2, 1.0))
    trust = module("scene.preview.action_trust").trust_on(action)
    assert trust.frames[[0, -1]] == pytest.approx([15.0, 34.0], abs=0.01)
    assert set(trust.limbs) == {"head", "torso", "left_arm", "right_arm", "left_leg", "right_leg"}
    assert np.median(trust.values) > 0.5
    hips = [hips_at(character, frame) for frame in (15, 34)]
    assert 0.1 < np.linalg.norm(hips[1] - hips[0]) < 2.0  # strolls


@pytest.mark.slow
@in_newest
def test_without_a_key_and_offline(short_strip: object, character: bpy.types.Object, addon: object) -> None:
    del short_strip, addon
    bpy.context.preferences.system.use_online_access = False
    try:
        assert bpy.ops.aimocap.preview_motion() == {"FINISHED"}
    finally:
        bpy.context.preferences.system.use_online_access = True
    assert character.animation_data.action is not None


@in_newest
def test_other_up_is_taken_and_given_back(previewed: Any, character: bpy.types.Object) -> None:
    record = previewed
    has_other_up(record)
    heights = [_head_over_hips(character)]
    for _ in range(2):
        assert bpy.ops.aimocap.turn_preview(preview_id=record.id) == {"FINISHED"}
        heights.append(_head_over_hips(character))
    assert heights[0] > 0.4
    assert heights[1] < -0.3
    assert heights[2] == pytest.approx(heights[0], abs=1e-3)


@in_newest
def test_an_undo_gives_other_up_back_too(previewed: Any, character: bpy.types.Object) -> None:
    record, name = previewed, character.name
    has_other_up(record)
    kept = previews().kept

    def ups() -> list[bool]:
        clip = module("vision.sighting").sighting_in(kept.motion_of(record.id)).clip
        hips, head = (clip.positions[0, clip.skeleton.index(joint)] for joint in ("Hips", "Head"))
        return [_head_over_hips(bpy.data.objects[name]) > 0.0, bool(head[2] > hips[2])]

    bpy.ops.ed.undo_push(message="previewed")
    for _ in range(2):
        assert bpy.ops.aimocap.turn_preview("EXEC_DEFAULT", True, preview_id=record.id) == {"FINISHED"}
        assert ups() == [False, False]
        bpy.ops.ed.undo()
        assert ups() == [True, True]
    bpy.ops.ed.redo()
    assert ups() == [False, False]
    bpy.ops.ed.undo()
    assert ups() == [True, True]


def has_other_up(record: Any) -> None:
    sightings = module("vision.sighting")
    file = previews().kept.motion_of(record.id)
    over = sightings.OtherWorld(np.diag([1.0, -1.0, -1.0, 1.0]), 0.5)
    np.savez(file, **sightings.arrays_of(dataclasses.replace(sightings.sighting_in(file), other=over)))
    previews().kept.change(record.id, has_other_up=True)


def _head_over_hips(character: bpy.types.Object) -> float:
    hips = hips_at(character, 15)
    return float((character.matrix_world @ character.pose.bones["mixamorig:Head"].head).z - hips[2])


def _forearm(character: bpy.types.Object, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    bone = character.pose.bones["mixamorig:LeftForeArm"]
    return np.array((character.matrix_world @ bone.matrix).to_3x3().col[1])


@in_newest
def test_a_corrected_limb_is_keyed_kept_undone_and_removed(
    previewed: Any,
    character: bpy.types.Object,
    character_blend: Path,
) -> None:
    record = previewed
    corrections_on = module("scene.preview.action_trust").corrections_on
    before, hips = _forearm(character, 24), hips_at(character, 24)
    limb = {"preview_id": record.id, "joint": "left_wrist", "frame": 24.0}
    for value in (0.2, -0.2):  # the second one takes the place of the first one, as in the redo panel
        assert bpy.ops.aimocap.correct_take(kind="DEPTH", value=value, **limb) == {"FINISHED"}
        (one,) = corrections_on(character.animation_data.action)
        assert one.values == pytest.approx((value,))
    after = _forearm(character, 24)
    assert np.degrees(np.arccos(before @ after / np.linalg.norm(before) / np.linalg.norm(after))) > 15.0
    assert hips_at(character, 24) == pytest.approx(hips, abs=0.01)
    assert refusal(lambda: bpy.ops.aimocap.correct_take(**{**limb, "frame": 900.0}))
    (kept,) = module("vision.sighting").sighting_in(previews().kept.motion_of(record.id)).corrections
    assert kept == one

    other = bring_character(character_blend)
    assert bpy.ops.aimocap.apply_preview(preview_id=record.id) == {"FINISHED"}
    assert np.allclose(_forearm(other, 24), after, atol=1e-3)
    assert corrections_on(other.animation_data.action) == (one,)

    assert "no such correction" in refusal(bpy.ops.aimocap.remove_correction, preview_id=record.id, number=-1)
    assert "No other direction" in refusal(bpy.ops.aimocap.turn_preview, preview_id=record.id)
    assert bpy.ops.aimocap.remove_correction(preview_id=record.id, number=0) == {"FINISHED"}
    assert np.allclose(_forearm(other, 24), before, atol=1e-3)
    assert corrections_on(other.animation_data.action) == ()


@in_newest
def test_an_undo_takes_a_correction_from_the_preview_too(previewed: Any, character: bpy.types.Object) -> None:
    record, name = previewed, character.name
    corrections_on = module("scene.preview.action_trust").corrections_on

    def corrections() -> list[int]:
        action = bpy.data.objects[name].animation_data.action
        kept = module("vision.sighting").sighting_in(previews().kept.motion_of(record.id)).corrections
        return [len(corrections_on(action)), len(kept)]

    bpy.ops.ed.undo_push(message="before")
    limb = {"preview_id": record.id, "joint": "right_wrist", "frame": 17.0, "value": 0.1}
    assert bpy.ops.aimocap.correct_take("EXEC_DEFAULT", True, **limb) == {"FINISHED"}
    assert corrections() == [1, 1]
    bpy.ops.ed.undo()
    assert corrections() == [0, 0]
    bpy.ops.ed.redo()
    assert corrections() == [1, 1]


@in_newest
def test_the_videos_camera_sees_the_character_where_the_person_was(
    previewed: Any,
    film: Path,
    character: bpy.types.Object,
) -> None:
    """The video fits into the scene's frame as a background does: it fills the width, or the height."""
    record = previewed
    scene, (_, kept) = bpy.context.scene, previews().kept.solved(record.id)
    index, tall, size = module("vision.joints").INDEX, float(np.median(kept.seen.size)), np.array(kept.frame)
    joints = kept.seen.in_camera(kept.solution.joints)
    for rendered in (np.array([2000, 1000]), np.array([1000, 1000])):
        scene.render.resolution_x, scene.render.resolution_y = map(int, rendered)
        assert bpy.ops.aimocap.add_film_camera(preview_id=record.id) == {"FINISHED"}
        (background,) = scene.camera.data.background_images
        assert Path(bpy.path.abspath(background.image.filepath)) == film
        for row, local in enumerate(joints):
            scene.frame_set(15 + row)

            def off(bones: tuple[str, ...], wanted: np.ndarray, rendered: np.ndarray) -> float:
                heads = [np.array(character.pose.bones[f"mixamorig:{bone}"].head) for bone in bones]
                x, y, _ = world_to_camera_view(
                    scene, scene.camera, character.matrix_world @ Vector(np.mean(heads, axis=0))
                )
                seen = np.array([x - 0.5, 0.5 - y]) * rendered * (size / rendered).max()
                return float(np.linalg.norm(seen - kept.seen.focal * wanted[:2] / wanted[2]))

            hips = (local[index["left_hip"]] + local[index["right_hip"]]) / 2.0
            assert off(("LeftUpLeg", "RightUpLeg"), hips, rendered) < 1.0
            for side in ("left", "right"):
                hand = (f"{side.capitalize()}Hand",)
                # its legs are short: as near as its hips and feet say, its arms are long
                assert off(hand, local[index[f"{side}_wrist"]], rendered) < 0.15 * tall


@pytest.mark.slow
@in_newest
def test_strip_and_file_of_the_same_frames_give_the_same_motion_with_its_corrections(
    service: StandIn, film: Path, character: bpy.types.Object, temporary: Path
) -> None:
    del service, character, temporary
    bpy.context.scene.render.fps = 25
    add_movie(bpy.context.scene, film)
    assert bpy.ops.aimocap.preview_motion() == {"FINISHED"}
    (record,) = previews().kept.records()
    limb = {"preview_id": record.id, "kind": "OTHER_WAY", "joint": "left_wrist", "frame": 24.0}
    assert bpy.ops.aimocap.correct_take(**limb) == {"FINISHED"}
    assert bpy.ops.aimocap.preview_motion(filepath=str(film)) == {"FINISHED"}
    again, before = map(motion, previews().kept.records())
    assert len(again.corrections) == 1
    assert again.corrections == before.corrections
    of_file, of_strip = again.clip, before.clip
    for name in ("times", "positions", "rotations"):
        assert np.array_equal(getattr(of_file, name), getattr(of_strip, name)), name


def test_stop_leaves_nothing(strip: object, character: bpy.types.Object, temporary: Path) -> None:
    del strip
    preview_id = begin()
    until(lambda: previews().running[preview_id].progress.share > 0)
    (folder,) = temporary.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    previews().running[preview_id].run.seeing._process.send_signal(signal.SIGSTOP)
    until(lambda: not previews().pump())  # nothing is redrawn while no frame is done
    bpy.ops.aimocap.stop_preview(preview_id=preview_id)
    assert not list(temporary.iterdir())
    assert not previews().running
    assert not previews().kept.records()
    assert character.animation_data is None


@pytest.mark.parametrize("process", ["pictures", "seeing"])
def test_a_process_that_is_killed_is_reported_and_leaves_nothing(
    strip: object, character: bpy.types.Object, temporary: Path, process: str
) -> None:
    del strip
    running = previews().running[begin()]
    killed = running.run._pictures[0] if process == "pictures" else running.run.seeing
    killed._process.kill()
    until(lambda: not previews().running)
    (message,) = module("takes.session").open_session().messages.take()
    assert "Blender quit in the background" in message.sentence
    assert not list(temporary.iterdir())
    assert character.animation_data is None


@in_newest
def test_one_after_the_other(strip: object, character: bpy.types.Object) -> None:
    del strip, character
    first, second = begin(), begin()
    assert previews().running[first].run.begun
    assert not previews().running[second].run.begun
    previews().stop(first)
    until(lambda: previews().running[second].run.begun)
    previews().stop(second)


def test_nobody_is_refused_and_the_scene_stays(
    service: StandIn, character: bpy.types.Object, tmp_path: Path, temporary: Path
) -> None:
    del service, character
    empty = tmp_path / "empty.avi"
    write_raw_avi(empty, (np.zeros((120, 160, 3), np.uint8) for _ in range(12)), 12, 160, 120, Fraction(25))
    before = whole_state()
    said = refusal(bpy.ops.aimocap.preview_motion, filepath=str(empty))
    assert said == (
        "No person is seen in this part of the video. Choose a part in which one person is in view from head to foot."
    )
    assert whole_state() == before
    assert not list(temporary.iterdir())


def test_leftovers_of_a_killed_blender_go_with_the_next_preview(
    strip: object, character: bpy.types.Object, temporary: Path
) -> None:
    del strip, character
    left = temporary / "aimocap_private_left"
    left.mkdir()
    (left / "lock").touch()
    (left / "frame_0001.jpg").touch()
    previews().stop(begin())
    assert not list(temporary.iterdir())


@pytest.mark.slow
@in_newest
def test_applied_again_to_another_character(
    short_strip: object, character: bpy.types.Object, character_blend: Path, service: StandIn
) -> None:
    del short_strip, service
    bpy.ops.aimocap.preview_motion()
    (record,) = previews().kept.records()
    other = bring_character(character_blend)
    assert bpy.ops.aimocap.apply_preview(preview_id=record.id) == {"FINISHED"}
    assert sources(other).preview == sources(character).preview == record.id
    module("takes.session").close_session()
    assert [one.id for one in previews().kept.records()] == [record.id]
    bpy.ops.aimocap.remove_preview(preview_id=record.id)
    assert not previews().kept.records()
    assert "no such preview" in refusal(bpy.ops.aimocap.apply_preview, preview_id=record.id)


@pytest.mark.slow
@pytest.mark.usefixtures("sampled_once")
@pytest.mark.parametrize("previous", ["PUSH_DOWN", pytest.param("IN_TURN", marks=in_newest)])
def test_a_capture_of_the_same_range_takes_its_place(
    short_strip: object, character: bpy.types.Object, previous: str
) -> None:
    del short_strip
    bpy.context.scene.aimocap.previous_action = previous
    bpy.ops.aimocap.preview_motion()
    preview = character.animation_data.action
    bpy.ops.aimocap.capture_motion()
    assert sources(character).capture == captures()[0].id
    (track,) = character.animation_data.nla_tracks
    assert track.mute
    assert [one.action for one in track.strips] == [preview]
    (record,) = previews().kept.records()
    assert record.captured_by == captures()[0].id


@pytest.mark.slow
@in_newest
def test_the_script_of_the_page_for_pipelines(
    film: Path, character: bpy.types.Object, tmp_path: Path, temporary: Path
) -> None:
    del temporary
    shutil.copyfile(film, tmp_path / "take.mp4")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    run_script("docs/pipeline.md", 1)
    assert sources(character).preview


@pytest.mark.slow
@in_newest
def test_a_check_tells_what_hinders_the_capture(
    strip: Any,
    character: bpy.types.Object,
    service: StandIn,
    temporary: Path,
) -> None:
    del strip, character
    assert bpy.ops.aimocap.check_video() == {"FINISHED"}
    source = module("scene.video.strips").video_of(bpy.context)
    checks = module("takes.session").open_session().video_checks
    assert checks.found(source).sentences == ("Good: one person is in view from head to foot.",)
    move_ends(bpy.context.scene.sequence_editor.active_strip, 1, 0)
    assert checks.found(module("scene.video.strips").video_of(bpy.context)) is None
    assert not service.requests
    assert not list(temporary.iterdir())


@pytest.mark.slow
@in_newest
def test_another_person_is_followed_by_their_number(service: StandIn, character: bpy.types.Object) -> None:
    del service
    bpy.context.scene.render.fps = 24
    move_ends(add_movie(bpy.context.scene, _dancer()), 30, -(310 - 75))
    reported = {}
    for number in (1, 2):
        bpy.ops.aimocap.preview_motion(person=number)
        record = previews().kept.records()[0]
        reported[number] = " ".join(session().application.notes[record.id].details)
        assert f"This is person {number}." in reported[number]
        assert record.people >= 2
        seen = motion(record)
        assert (seen.person, len(seen.people)) == (number - 1, record.people)
    first, second = (motion(record).clip for record in previews().kept.records()[:2])
    assert np.abs(first.positions[:20] - second.positions[:20]).max() > 0.02  # both box alike
    del character


def _dancer() -> Path:
    video = ROOT.parent / "shared" / "data" / "videos" / "dancer_and_robot.mp4"
    if not video.exists():
        pytest.skip("../shared has the video")
    return video


@pytest.mark.slow
@in_newest
def test_a_check_of_a_video_with_a_cut_and_a_moving_camera(service: StandIn) -> None:
    del service
    bpy.context.scene.render.fps = 24
    add_movie(bpy.context.scene, _dancer())
    bpy.ops.aimocap.check_video()
    source = module("scene.video.strips").video_of(bpy.context)
    found = " ".join(module("takes.session").open_session().video_checks.found(source).sentences)
    start, end = (float(one) for one in re.search(r"cut between ([0-9.]+) and ([0-9.]+) s", found).groups())
    assert start <= 155 / 24 <= end
    assert "several people are in view" in found


@in_newest
def test_more_than_ten_minutes_are_refused(strip: object, character: bpy.types.Object) -> None:
    del strip
    planning = module("takes.previews.planning")
    source = dataclasses.replace(
        module("scene.video.strips").video_of(bpy.context), trim_start_sec=10.0, trim_end_sec=670.0
    )
    with pytest.raises(module("texts.faults").Fault, match=r"11 minutes long; a preview covers up to 10\. Shorten"):
        planning.plan_preview_of(character, bpy.context.scene, source, {})


def test_a_build_without_networks_says_which_has_them(
    strip: object, character: bpy.types.Object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del strip, character
    monkeypatch.setattr(module("vision.network_graph"), "NETWORKS_FOLDER", tmp_path)
    assert "repository" in refusal(bpy.ops.aimocap.preview_motion)


@pytest.mark.slow
@in_newest
def test_a_file_that_is_gone_when_it_is_applied(short_strip: object, character: bpy.types.Object) -> None:
    del short_strip, character
    bpy.ops.aimocap.preview_motion()
    (record,) = previews().kept.records()
    os.truncate(previews().kept.folder / record.id / "motion.npz", 100)
    module("takes.session").close_session()
    assert refusal(bpy.ops.aimocap.apply_preview, preview_id=record.id) == (
        "The motion of this preview can't be read. Remove it and make it again."
    )
