"""All selected strips captured in one go, and what is said before one pays."""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.g1_json import make_g1_json
from tests.scene.scene_dump import changes
from tests.standin import Limits, StandIn
from tests.takes.delivered_motion import FPS, RANGE_SEC
from tests.ui.acts import captures, module, preferences, refusal, whole_state

pytestmark = pytest.mark.usefixtures("sampled_once")


def test_each_becomes_a_capture(three: list[object], character: bpy.types.Object, service: StandIn) -> None:
    assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
    assert sorted(view.title for view in captures()) == ["Take 1", "Take 2", "Take 3"]
    assert len(service.charges) == len(three)
    starts = sorted(action.frame_range[0] for action in bpy.data.actions if action.name.startswith("Capture"))
    assert starts == pytest.approx([take.frame_final_start for take in three], abs=1.0)
    assert character.animation_data.action is not None
    assert_plays_in_turn(three, character, "mixamorig:RightHand")


@pytest.mark.long
@in_newest
@pytest.mark.usefixtures("character")
def test_one_robot_takes_all_of_their_motions(three: list[object], service: StandIn, tmp_path: Path) -> None:
    service.results.motion_json = tmp_path / "walk.json"
    make_g1_json(service.results.motion_json, *RANGE_SEC, FPS)
    service.generation = "B"
    bpy.context.scene.aimocap.also_unitree_g1 = True
    assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
    (rig,) = [thing for thing in bpy.data.objects if module("scene.g1.rig").is_g1_rig(thing)]
    assert_plays_in_turn(three, rig, "left_wrist_yaw_joint")


def assert_plays_in_turn(takes: list[Any], armature: bpy.types.Object, bone: str) -> None:
    """Each motion is seen where its strip is; in between nothing moves."""
    for take in takes:
        first, last = int(take.frame_final_start), int(take.frame_final_end) - 1
        assert way_of(armature, bone, first, last) > 0.2
        assert way_of(armature, bone, last + 20, last + 40) == pytest.approx(0.0, abs=1e-6)


def way_of(armature: bpy.types.Object, bone: str, first: int, last: int) -> float:
    """How far a bone's head travels between two frames, metres."""
    places = []
    for frame in range(first, last + 1):
        bpy.context.scene.frame_set(frame)
        places.append(np.array(armature.matrix_world @ armature.pose.bones[bone].head))
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


@in_newest
@pytest.mark.slow
@pytest.mark.usefixtures("character")
def test_clips_are_rendered_one_after_the_other(three: list[object], service: StandIn) -> None:
    bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"
    bpy.context.scene.aimocap.title = "Dance"
    session = module("takes.session").open_session()
    for plan in module("takes.captures.planning").plan_captures(
        bpy.context, bpy.context.scene.aimocap.wishes(), all_selected=True
    ):
        session.captures.begin(plan)
    most = 0
    while len(captures()) < len(three):
        session.pump()
        most = max(most, renderers())
        session.captures.runner.wait_for_change(0.02)
    assert most == 1
    assert sorted(view.title for view in captures()) == ["Dance – Take 1", "Dance – Take 2", "Dance – Take 3"]
    while any(view.followed for view in captures()):
        session.captures.runner.wait_for_change(0.1)
    assert len(service.charges) == len(three)


def renderers() -> int:
    """How many processes of this one render clips."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            found += parent == os.getpid() and b"render_clip_child" in (process / "cmdline").read_bytes()
    return found


@in_newest
@pytest.mark.usefixtures("character")
def test_refused_capture_keeps_no_other_from_beginning(
    three: list[object], service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = module("jobs.runner")
    begin, refused = runner.Runner.begin, runner.Fault("The captures folder can't be written to.", "Free it.")

    def full(self: object, request: Any, *more: float) -> str:
        if request.title == "Take 2":
            raise refused
        return begin(self, request, *more)

    monkeypatch.setattr(runner.Runner, "begin", full)
    assert "can't be written to" in refusal(bpy.ops.aimocap.capture_motion, all_selected=True)
    assert sorted(view.title for view in captures()) == ["Take 1", "Take 3"]  # what keeps one keeps no other
    assert len(service.charges) == len(three) - 1


@in_newest
@pytest.mark.usefixtures("character")
def test_more_than_the_plan_takes_at_a_time_wait_for_each_other(three: list[object], service: StandIn) -> None:
    service.limits = Limits(running_jobs=1)
    service.hold("queued")

    def let_it_run_when_another_was_refused() -> bool:
        refused = service.wait_until(lambda: any(request.status == 429 for request in service.requests), 60)
        service.release()
        return refused

    with ThreadPoolExecutor() as pool:
        refused = pool.submit(let_it_run_when_another_was_refused)
        assert bpy.ops.aimocap.capture_motion(all_selected=True) == {"FINISHED"}
        assert refused.result()
    assert [view.state for view in captures()] == ["done"] * len(three)
    assert len(service.charges) == len(three)


@in_newest
@pytest.mark.usefixtures("character")
def test_the_active_one_alone_is_meant_unless_all_are_asked_for(three: list[object], service: StandIn) -> None:
    bpy.context.scene.sequence_editor.active_strip = three[1]
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    assert [view.title for view in captures()] == ["Take 2"]
    assert len(service.charges) == 1


@in_newest
@pytest.mark.usefixtures("character")
def test_one_that_cannot_be_sent_keeps_all_from_being_sent(
    three: list[object], service: StandIn, tmp_path: Path
) -> None:
    three[1].filepath = str(tmp_path / "gone.mp4")
    before = whole_state()
    assert "gone.mp4 is missing" in refusal(bpy.ops.aimocap.capture_motion, all_selected=True)
    assert changes(before, whole_state()) == set()
    assert service.requests == []
    for take in three:
        take.select = False
    assert "No video strip is selected" in refusal(bpy.ops.aimocap.capture_motion, all_selected=True)


def warnings() -> str:
    source, words = module("scene.video.strips").video_of(bpy.context), module("ui.capture.before_capture")
    settings = bpy.context.scene.aimocap
    return " ".join(words.warnings_before_paying(words.upload_of_strip(source, settings), settings))


class TestWarnings:
    """The movie has 2.4 s, of which the strip shows 1.76."""

    pytestmark = pytest.mark.usefixtures("strip")

    def test_more_than_the_free_plan_takes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """As if the plan were less, since a movie beyond it takes a minute to make."""
        limits = module("ui.capture.before_capture")
        monkeypatch.setattr(limits, "_FREE_PLANS_SEC", 2.0)
        assert "2 s; the free plan" in warnings()
        assert "Only the Range" in warnings()
        bpy.context.scene.aimocap.upload = "TRIMMED_CLIP"
        assert warnings() == ""
        bpy.context.scene.aimocap.upload = "AUTO"
        monkeypatch.setattr(limits, "_FREE_PLANS_BYTES", 1000)
        assert "MB; the free plan" in warnings()
        preferences().plan = "STARTER"
        assert warnings() == ""
