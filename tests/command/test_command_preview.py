"""The verb `preview`: a character's file that moves as a filmed person, without key, network or selection."""

import json
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_parts import action_of, the_armature
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.ui.acts import module
from tests.with_networks import needs_networks

pytestmark = [in_oldest_and_newest, needs_networks]


@pytest.fixture(scope="module")
def film() -> Path:
    return filmed_person(FILMS, Film(frames=30))


@pytest.mark.slow
def test_the_character_moves_in_its_own_file(
    call: Any,
    service: Any,
    film: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    moved = tmp_path / "moved.blend"
    arguments = ("preview", film, "--start", "0.2", "--end", "1.0", "--character", character_blend, "--output", moved)
    status, output, _ = call(*arguments, "--json")
    assert status == 0
    steps = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert [step["step"] for step in steps] == ["started", "done"]
    assert steps[1]["output"] == str(moved)
    assert not service.requests
    bpy.ops.wm.open_mainfile(filepath=str(moved), load_ui=False)
    action = action_of(the_armature())
    assert [*action.frame_range.to_tuple()] == [1.0, np.floor(1.0 + 19 * 24 / 25)]
    assert module("scene.action_source").source_of(action).preview == steps[1]["preview"]
    status, _, _ = call(*arguments)  # what it wrote itself may be replaced
    assert status == 0
    moved.write_bytes(b"mine")
    status, _, errors = call(*arguments)
    assert status == 1
    assert "--overwrite" in errors


@pytest.mark.slow
@in_newest
def test_one_video_that_cannot_be_used_does_not_stop_the_others(
    call: Any,
    service: Any,
    film: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    del service
    missing = tmp_path / "missing.mp4"
    common = ("--character", character_blend, "--output", tmp_path / "all", "--end", "0.5")
    status, output, errors = call("preview", missing, film, *common)
    assert status == 1
    assert "missing" in errors
    moved = tmp_path / "all" / f"{film.stem}.blend"
    assert str(moved) in output
    assert moved.is_file()


@pytest.mark.slow
@in_newest
def test_two_films_of_one_moment_make_one_motion(
    call: Any,
    service: Any,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    first = filmed_person(FILMS, Film(frames=42))
    second = filmed_person(FILMS, Film(frames=40, late_sec=0.24, beside=70.0))
    moved = tmp_path / "moved.blend"
    common = ("--together", "--character", character_blend, "--output", moved)
    status, output, _ = call("preview", first, second, *common, "--json")
    assert status == 0
    assert not service.requests
    done = [json.loads(line) for line in output.splitlines() if line.startswith("{")][-1]
    assert done["outputs"] == [str(moved)]
    (kept,) = (tmp_path / "captures" / ".previews").glob(f"{done['preview']}/motion.npz")
    sighting, solution = module("vision.kept_solution").all_in(kept)
    assert sighting.beside[0].offset == pytest.approx(-0.24, abs=0.03)
    ahead = [film.turn[0][2] for film in solution.seen.films]
    assert np.degrees(np.arccos(ahead[0] @ ahead[1])) == pytest.approx(70.0, abs=8.0)
    status, _, errors = call("preview", first, first, first, first, first, *common)
    assert status == 1
    assert "5 videos are too many" in errors
