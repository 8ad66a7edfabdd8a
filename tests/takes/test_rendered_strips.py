"""A strip that is rendered: what is uploaded shows just its pictures, and goes away at the end."""

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest

from tests.scene.video.sequencer_acts import Strip, add_movie, seen
from tests.standin import StandIn
from tests.takes.rendered_strips import SHAPES, left_over, meta, trimmed_clip
from tests.ui.acts import captures, refusal

FPS = 30
"""Of the motion, and of the scene."""


def pictures_of(movie: Path, folder: Path) -> list[int]:
    """The barcodes of all pictures of a movie, in a scene of their own."""
    home = bpy.context.window.scene
    scene = bpy.data.scenes.new("uploaded")
    bpy.context.window.scene = scene
    scene.render.fps = 25
    strip = add_movie(scene, movie, start=1)
    numbers = seen(scene, range(1, int(strip.frame_final_duration) + 1), folder)
    bpy.context.window.scene = home
    return list(numbers.values())


@pytest.mark.slow_cases
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_just_the_strips_pictures_are_uploaded(
    shape: Callable[[Strip], None], strip: Strip, character: bpy.types.Object, service: StandIn, tmp_path: Path
) -> None:
    shape(strip)
    pictures, rate = SHAPES[shape]
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}

    (job,) = service.jobs
    sent = tmp_path / "sent.mp4"
    sent.write_bytes(job.upload.read_bytes())
    assert job.trim == (0.0, pytest.approx(44 / abs(rate), abs=2e-3))
    assert [charge.credits for charge in service.charges] == [pytest.approx(44 / abs(rate), abs=2e-3)]
    assert job.order.filename == "Take 1.mp4"
    assert service.violations == []

    start = 17 if rate > 0 else 60
    assert character.animation_data.action.name.startswith("Capture · Mannequin · ")
    first, last = sorted([start, start + 52 / FPS * rate])
    assert character.animation_data.action.frame_range[:] == (np.ceil(first - 1e-3), np.floor(last + 1e-3))
    assert left_over() == []
    assert pictures_of(sent, tmp_path) == list(pictures)


@pytest.mark.usefixtures("character")
def test_a_refused_capture_leaves_no_clip_either(strip: Strip, service: StandIn) -> None:
    trimmed_clip(strip)
    service.credits = 0.5
    assert "credits" in refusal(bpy.ops.aimocap.capture_motion)
    assert captures()[0].state == "rejected"
    assert service.charges == []
    assert left_over() == []


@pytest.mark.usefixtures("character")
def test_a_whole_file_that_would_be_the_wrong_one_is_refused(strip: Strip, service: StandIn) -> None:
    meta(strip)
    bpy.context.scene.aimocap.upload = "WHOLE_FILE"
    assert "can't be sent as a whole file" in refusal(bpy.ops.aimocap.capture_motion)
    assert service.requests == []
