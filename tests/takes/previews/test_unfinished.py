"""Previews that were ended before they were finished: listed after a restart, continued, with the same motion."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.scene.video.sequencer_acts import add_movie, move_ends
from tests.standin import StandIn
from tests.ui.acts import module, refusal, until
from tests.ui.conftest import MODULE, ROOT
from tests.with_networks import needs_networks

pytestmark = [in_newest, needs_networks]

CHILD = Path(__file__).with_name("killed_child.py")
LONGEST_SEC = 180.0


@pytest.fixture
def strip(service: StandIn, temporary: Path, tmp_path: Path) -> Any:
    """An active strip of a copy of a film, whose frames 5 to 24 it shows."""
    del service, temporary
    film = tmp_path / "film.mp4"
    film.write_bytes(filmed_person(FILMS, Film(frames=30)).read_bytes())
    bpy.context.scene.render.fps = 25
    movie = add_movie(bpy.context.scene, film)
    move_ends(movie, 5, -5)
    return movie


def previews() -> Any:
    return module("takes.session").open_session().previews


def seen_parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("captures/.previews/*/seen/*.npz"))


def same(made: np.ndarray, expected: np.ndarray) -> bool:
    if made.dtype.kind != "f":
        return made.tobytes() == expected.tobytes()
    return made.shape == expected.shape and np.allclose(made, expected, rtol=0.0, atol=1e-5, equal_nan=True)


def motion_in(preview_id: str) -> dict[str, np.ndarray]:
    with np.load(previews().kept.motion_of(preview_id)) as arrays:
        return dict(arrays)


@pytest.mark.long
@pytest.mark.fault(93)
def test_a_preview_of_a_blender_that_was_killed_goes_on(
    strip: object, character: bpy.types.Object, tmp_path: Path
) -> None:
    del strip
    blend, folder = tmp_path / "film.blend", tmp_path / "captures"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True)
    request = {"module": MODULE, "blend": str(blend), "captures_folder": str(folder), "part": "scan"}
    child = subprocess.run([sys.executable, str(CHILD), json.dumps(request)], cwd=ROOT, check=False)
    assert child.returncode == -signal.SIGKILL
    assert module("ui.capture.watching")._look_for_captures(folder)()
    (unfinished,) = previews().kept.unfinished.values()
    assert unfinished.share > 0.15
    assert [one for _, one in previews().order()] == [unfinished.record.id]
    row = module("ui.capture.list").row_of(module("takes.session").open_session(), unfinished.record.id)
    assert row.short == f"{unfinished.share:.0%}"
    scanned = {part.name: part.stat().st_mtime_ns for part in seen_parts(tmp_path)}

    # The character is in the file that was open, not in this one.
    preview_id = previews().resume(unfinished.record.id)
    assert preview_id == unfinished.record.id
    until(lambda: len(seen_parts(tmp_path)) > len(scanned))
    again = {part.name: part.stat().st_mtime_ns for part in seen_parts(tmp_path)}
    assert again | scanned == again  # none was seen again
    until(lambda: not previews().running)
    assert not previews().kept.unfinished
    assert sorted(each.name for each in (folder / ".previews" / preview_id).iterdir()) == ["motion.npz", "preview.json"]

    assert bpy.ops.aimocap.preview_motion() == {"FINISHED"}  # the same without any end
    whole = next(record.id for record in previews().kept.records() if record.id != preview_id)
    made, expected = motion_in(preview_id), motion_in(whole)
    assert made.keys() == expected.keys()
    # two processes may choose other products, which round differently; `test_checkpoints` compares bit for bit
    assert [name for name in made if not same(made[name], expected[name])] == []
    assert character.animation_data.action is not None


@pytest.mark.slow
def test_the_same_press_goes_on_and_a_changed_video_is_refused(
    strip: object, character: bpy.types.Object, tmp_path: Path
) -> None:
    del strip, character
    choices = module("takes.binding").choices_of(bpy.context.scene.aimocap)
    plan_preview = module("takes.previews.planning").plan_preview
    begun = previews().begin(plan_preview(bpy.context, choices))
    until(lambda: bool(seen_parts(tmp_path)))
    module("takes.session").close_session()
    (unfinished,) = previews().kept.unfinished
    assert unfinished == begun
    film = tmp_path / "film.mp4"
    content = film.read_bytes()
    film.write_bytes(content + b"\0")
    assert "has changed since" in refusal(lambda: bpy.ops.aimocap.resume_preview(preview_id=begun))
    other = previews().begin(plan_preview(bpy.context, choices))
    assert other != begun
    previews().stop(other)
    assert [folder.name for folder in (tmp_path / "captures" / ".previews").glob("preview-*")] == [begun]
    assert bpy.ops.aimocap.remove_preview(preview_id=begun) == {"FINISHED"}
    assert "no such preview" in refusal(lambda: bpy.ops.aimocap.remove_preview(preview_id=begun))
    assert not list((tmp_path / "captures" / ".previews").glob("preview-*"))

    again = previews().begin(plan_preview(bpy.context, choices))
    until(lambda: bool(seen_parts(tmp_path)))
    module("takes.session").close_session()
    assert bpy.ops.aimocap.preview_motion() == {"FINISHED"}
    assert [record.id for record in previews().kept.records()] == [again]
    assert not seen_parts(tmp_path)


@pytest.mark.slow
def test_the_same_call_goes_on(call: Any, strip: object, character_blend: Path, tmp_path: Path) -> None:
    del strip
    movie_source = module("scene.preview.seeing").movie_source
    planning, mapping = module("takes.previews.planning"), module("motion.time_mapping").TimeMapping(1.0, 24.0)
    source = movie_source(tmp_path / "film.mp4", mapping, 0.2, 1.0)
    choices = module("takes.binding").choices_of(bpy.context.scene.aimocap)
    begun = previews().begin(planning.plan_preview_of(None, bpy.context.scene, source, choices))
    until(lambda: bool(seen_parts(tmp_path)))
    module("takes.session").close_session()
    status, listed, _ = call("list", "--json")
    assert status == 0
    assert json.loads(listed.splitlines()[0])["preview"] == begun
    moved = tmp_path / "moved.blend"
    arguments = ("preview", tmp_path / "film.mp4", "--start", "0.2", "--end", "1.0", "--character", character_blend)
    status, output, _ = call(*arguments, "--output", moved, "--json")
    assert status == 0
    assert {json.loads(line)["preview"] for line in output.splitlines() if line.startswith("{")} == {begun}
