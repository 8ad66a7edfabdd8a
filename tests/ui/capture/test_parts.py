"""A part of a video's range that is captured already is not paid again unasked, and is applied where it belongs."""

from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.blender_versions import in_newest
from tests.scene.video.sequencer_acts import Strip, move_ends
from tests.standin import StandIn
from tests.takes.delivered_motion import avatar_fbx
from tests.ui.acts import captures, module, preferences, refusal
from tests.ui.capture.questions import answers, plans, question

__all__ = ["avatar_fbx"]

pytestmark = pytest.mark.usefixtures("character", "sampled_once")
FPS, FIRST, END = 25.0, 7, 51
"""Of the movie, and which of its pictures `strip` shows."""


@pytest.fixture(autouse=True)
def agreed(service: StandIn) -> None:
    preferences().consented_urls = service.base_url


def capture(**options: object) -> str:
    before = {view.id for view in captures()}
    assert bpy.ops.aimocap.capture_motion(**options) == {"FINISHED"}
    return next(view.id for view in captures() if view.id not in before)


def ranges() -> list[tuple[float, float]]:
    """The pictures that were sent to be captured, the newest first."""
    return [tuple(round(second * FPS, 6) for second in view.range_sec) for view in captures()]


@pytest.mark.usefixtures("strip")
def test_a_range_that_a_script_sets_is_paid_alone_also_before_the_movie_was_opened(service: StandIn) -> None:
    settings, opened = bpy.context.scene.aimocap, module("scene.video.movie_lengths")._known
    opened.clear()
    assert (settings.range_start, settings.range_end) == (FIRST, END - 1)
    opened.clear()
    settings.range_start = 20
    opened.clear()
    settings.range_end = 29
    capture()
    assert ranges() == [(20.0, 30.0)]
    assert [charge.credits for charge in service.charges] == pytest.approx([0.4])


frame_numbers = st.integers(0, 40)


@in_newest
@given(
    st.tuples(frame_numbers, frame_numbers).filter(lambda ends: ends[1] > ends[0]),
    st.lists(st.tuples(frame_numbers, frame_numbers)),
)
@pytest.mark.usefixtures("installed")
def test_missing_ranges_are_the_frames_that_no_capture_covers(
    wanted: tuple[int, int], captured: list[tuple[int, int]]
) -> None:
    parts = module("takes.captures.capture_takes").missing_ranges(
        tuple(end / FPS for end in wanted),
        [(one / FPS, other / FPS) for one, other in captured if other > one],
        1 / FPS,
    )
    missing = [set(range(round(start * FPS), round(end * FPS))) for start, end in parts]
    covered = {frame for one, other in captured for frame in range(one, other)}
    assert sorted(frame for part in missing for frame in part) == sorted(set(range(*wanted)) - covered)
    assert all(missing)


class TestWithinWhatWasCaptured:
    @in_newest
    def test_it_is_offered_free_of_charge_and_can_be_paid_again(self, strip: Strip, service: StandIn) -> None:
        earlier = capture()
        move_ends(strip, 8, -9)
        found = question()
        assert found.sentences[0] == "“Take 1” is part of what was already captured (just now)."
        assert answers(found) == ["Apply Earlier (free)", "Capture Again (1.1 credits)"]
        apply, again = found.answers
        assert dict(apply.properties) == {"capture_id": earlier, "strip": "Take 1"}
        assert again.properties["agreed"] == module("ui.capture.before_capture").agreement(plans())
        assert "captured already" in refusal(bpy.ops.aimocap.capture_motion, only_missing=True)
        assert len(service.charges) == 1
        capture()
        assert len(service.charges) == 2
        assert question().sentences[0] == "“Take 1” was already captured (just now)."

    @in_newest
    def test_another_target_or_video_is_none(self, strip: Strip, tmp_path: Path) -> None:
        capture()
        move_ends(strip, 8, -9)
        bpy.context.scene.aimocap.export_fps = "60"
        assert question() is None
        bpy.context.scene.aimocap.export_fps = "30"
        other = tmp_path / "other.mp4"
        other.write_bytes(Path(bpy.path.abspath(strip.filepath)).read_bytes() + (8).to_bytes(4, "big") + b"free")
        strip.filepath = str(other)
        assert question() is None
        message = refusal(bpy.ops.aimocap.apply_capture, capture_id=captures()[0].id, strip="Take 1")
        assert "doesn't show the video of this capture" in message

    @in_newest
    def test_a_strip_that_shows_more_is_refused(self, strip: Strip, character: bpy.types.Object) -> None:
        earlier = capture()
        action = character.animation_data.action
        move_ends(strip, 0, 3)
        message = refusal(bpy.ops.aimocap.apply_capture, capture_id=earlier, strip="Take 1")
        assert "shows more than was captured" in message
        assert "no strip “Take 7”" in refusal(bpy.ops.aimocap.apply_capture, capture_id=earlier, strip="Take 7")
        assert character.animation_data.action == action


def posed(character: bpy.types.Object, frames: list[int]) -> np.ndarray:
    """Where each bone is at these frames, as evaluated."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(frame)
        shown = character.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([shown.matrix_world @ bone.matrix for bone in shown.pose.bones])
    return np.array(found)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_part_is_put_where_the_strip_shows_it(
    strip: Strip, character: bpy.types.Object, service: StandIn, avatar_fbx: Path, *, backwards: bool
) -> None:
    """An avatar's motion goes over as it is: at each moment of the video its pose is that of the whole motion."""
    service.results.avatars = {"hero-7": avatar_fbx}
    settings = bpy.context.scene.aimocap
    settings.target, settings.avatar_id = "AVATAR", "hero-7"
    earlier = capture()
    shown = [17 + picture for picture in range(8, 35, 5)]  # the strip begins to show at frame 17
    whole = posed(character, shown)
    assert np.ptp(whole[..., :3, 3], axis=0).max() > 0.3
    character.animation_data_clear()
    strip.use_reverse_frames = backwards
    move_ends(strip, *((11, -6) if backwards else (8, -9)))
    for name in ("frame_start", "content_start"):
        if hasattr(strip, name):
            setattr(strip, name, getattr(strip, name) + 40)
            break
    assert bpy.ops.aimocap.apply_capture(capture_id=earlier, strip="Take 1") == {"FINISHED"}
    first, last = character.animation_data.action.frame_range
    mirrored = 2 * 10 + 60 - 1  # where a picture of the whole movie, from frame 10 on, is shown backwards
    there = [40 + (mirrored - frame if backwards else frame) for frame in shown]
    left, right = module("scene.video.strips").handles_of(strip)
    assert left - 1 - 1e-3 <= first <= left + 1e-3
    assert right - 1 - 1e-3 <= last < right + 1
    assert np.abs(posed(character, there) - whole).max() < 2e-3


class TestPartlyCaptured:
    @in_newest
    def test_the_rest_is_offered_first(self, strip: Strip, service: StandIn) -> None:
        capture()
        move_ends(strip, -5, 4)
        found = question()
        assert found.title == "Capture only the rest?"
        assert found.sentences[0].startswith("1.8 of 2.1 s of “Take 1” were already captured.")
        assert answers(found) == ["Capture the Rest (0.4 credits)", "Capture All Again (2.1 credits)"]
        rest, every = found.answers
        left = module("ui.capture.before_capture").without_captured_parts(plans())
        assert rest.properties["agreed"] == module("ui.capture.before_capture").agreement(left)
        assert rest.properties["only_missing"]
        assert every.properties["agreed"] == module("ui.capture.before_capture").agreement(plans())
        assert bpy.ops.aimocap.capture_motion(only_missing=True) == {"FINISHED"}
        assert sorted(ranges()) == [(2.0, 7.0), (7.0, 51.0), (51.0, 55.0)]
        assert sorted(charge.credits for charge in service.charges) == pytest.approx([0.16, 0.2, 1.76])
        assert "All of this range" in refusal(bpy.ops.aimocap.capture_motion, only_missing=True)
        assert len(service.charges) == 3

    @in_newest
    @pytest.mark.parametrize("upload", ["AUTO", "TRIMMED_CLIP"])
    def test_the_rest_plays_where_the_strip_shows_it(self, upload: str, strip: Strip) -> None:
        bpy.context.scene.aimocap.upload = upload
        capture()
        before = plans()[0].request.binding
        move_ends(strip, 0, 9)
        (rest,) = module("ui.capture.before_capture").without_captured_parts(plans())
        whole = plans()[0].request.binding
        for name, passed in (("by_strip", 44), ("real_time", 44 / FPS * 30)):
            assert whole[name] == before[name]
            assert rest.request.binding[name]["frame_at_zero"] == pytest.approx(17 + passed)
        assert rest.request.binding["previous_action"] == "IN_TURN"
        assert (rest.source is not None) == (upload == "TRIMMED_CLIP")
        assert (rest.strip.first_frame, rest.strip.last_frame) == (END, 59)

    @in_newest
    def test_without_anything_earlier_it_is_all(self, strip: Any) -> None:
        assert bpy.ops.aimocap.capture_motion(only_missing=True) == {"FINISHED"}
        assert ranges() == [(FIRST, END)]
        assert strip
