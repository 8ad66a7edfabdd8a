"""Character and video run together: feet strike the ground where the sequencer shows the pictures of those strikes."""

import importlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest

from tests.blender_versions import in_newest
from tests.media.metahuman_fbx import frame_times, make_metahuman_fbx
from tests.media.performance import Performance
from tests.media.posing import pose
from tests.scene.video.sequencer_acts import add_movie, move_ends, seen, set_rate, slip, split
from tests.standin import StandIn
from tests.standin.results import ResultOrder
from tests.ui.conftest import MODULE
from tests.ui.posing import heads

NTSC = Fraction(30000, 1001)
STEP_PICTURES = {Fraction(25): 12, NTSC: 15}
"""Pictures from one strike to the next: each strike is a picture of the movie."""

FEET = {"l": "mixamorig:LeftFoot", "r": "mixamorig:RightFoot"}
STILL = 0.1  # of a foot's fastest frame
EDGE_SEC = 0.2  # a strike so near to the strip's ends isn't seen as one
Scene = Any


def plain(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)


def trimmed(scene: Scene, movie: Path) -> None:
    move_ends(add_movie(scene, movie), 7, -9)


def split_right(scene: Scene, movie: Path) -> None:
    add_movie(scene, movie)
    split(scene, 27, 1)


def slipped(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    slip(scene, strip, -4)


def backwards(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie)
    move_ends(strip, 7, -9)
    strip.use_reverse_frames = True


def adjusted(scene: Scene, movie: Path) -> None:
    move_ends(add_movie(scene, movie, adjusted=True), 7, -9)


def adjusted_backwards(scene: Scene, movie: Path) -> None:
    strip = add_movie(scene, movie, adjusted=True)
    move_ends(strip, 7, -9)
    strip.use_reverse_frames = True


SHAPES = (plain, trimmed, split_right, slipped, backwards, adjusted, adjusted_backwards)


def performance_of(fps: Fraction) -> Performance:
    return Performance(step_sec=float(STEP_PICTURES[fps] / fps))


class RangeResults:
    """Results that are the performance of just the range that the job was asked for, made in this process."""

    def __init__(self, performance: Performance) -> None:
        self._performance = performance

    def file_for(self, order: ResultOrder) -> Path:
        file = order.folder / f"{order.job_id}.fbx"
        make_metahuman_fbx(file, order.start, order.end, order.fps, performance=self._performance)
        return file


@pytest.fixture
def without_fbx(service: StandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[[Performance], None]:
    """Have the performance of the job's range taken as it is, not from its FBX, whose import takes a second."""
    skeleton = importlib.import_module(f"{MODULE}.motion.skeleton")
    rotations = importlib.import_module(f"{MODULE}.motion.rotations")

    def clip(performance: Performance) -> object:
        job = service.jobs[-1]
        times = frame_times(*job.trim, job.order.export_fps)
        posed = pose(times, performance)
        rest = np.tile(np.eye(4), (len(posed.body.names), 1, 1))
        rest[:, :3, :3], rest[:, :3, 3] = posed.body.axes, posed.body.positions
        return skeleton.Clip(
            skeleton.Skeleton(
                names=tuple(posed.body.names),
                parents=np.array(posed.body.parents),
                rest=rest,
                tails=rest[:, :3, 3] + 0.05 * rest[:, :3, 0],
                world=np.eye(4),
            ),
            times - times[0],
            float(job.order.export_fps),
            np.stack([posed.positions[name] for name in posed.body.names], axis=1),
            rotations.from_matrix(np.stack([posed.rotations(name) for name in posed.body.names], axis=1)),
        )

    reading = importlib.import_module(f"{MODULE}.takes.reading")

    def use(performance: Performance) -> None:
        class Reading:
            fault = None
            is_damaged = False

            def __init__(self, kind: str, path: Path, **_whole: object) -> None:
                assert (kind, path.exists()) == ("HUMAN", True)
                self.read = reading.ReadMotion(clip(performance))

            def poll(self) -> bool:
                return True

            def wait(self) -> None:
                pass

            def close(self) -> None:
                pass

        monkeypatch.setattr(importlib.import_module(f"{MODULE}.takes.application"), "MotionReading", Reading)

    return use


def visible(scene: Scene) -> range:
    strip = scene.sequence_editor.active_strip
    if hasattr(strip, "left_handle"):
        return range(strip.left_handle, strip.right_handle)
    return range(strip.frame_final_start, strip.frame_final_end)


def strikes_of(armature: bpy.types.Object, frames: list[int]) -> list[tuple[int, str]]:
    """Timeline frames, in the order given, at which a foot has just come to stand, and which foot."""
    found = []
    for side, path in heads(armature, FEET.values(), frames).items():
        speed = np.linalg.norm(np.diff(path, axis=0), axis=1)
        still = speed < STILL * speed.max()
        onsets = [i for i in range(1, len(still) - 2) if not still[i - 1] and still[i : i + 3].all()]
        found += [(index, frames[index], side) for index in onsets]
    return [(frame, side) for _, frame, side in sorted(found)]


def check_strikes(scene: Scene, armature: bpy.types.Object, service: StandIn, fps: Fraction, folder: Path) -> None:
    start, end = service.jobs[-1].trim
    frames = list(visible(scene))
    if scene.sequence_editor.active_strip.use_reverse_frames:
        frames.reverse()
    strikes = strikes_of(armature, frames)
    around = {near for frame, _ in strikes for near in (frame - 1, frame, frame + 1)}
    shown = seen(scene, sorted(around & {*frames}), folder)
    expected = performance_of(fps).contacts(start + EDGE_SEC, end - EDGE_SEC)
    assert len(expected) >= 2
    for contact in expected:
        pictures = [
            [shown[near] for near in (frame - 1, frame, frame + 1) if near in shown]
            for frame, foot in strikes
            if foot == FEET[contact.side]
        ]
        strike = round(contact.start * fps)
        assert any(min(near) <= strike <= max(near) for near in pictures), (strike, pictures)


@pytest.mark.slow_cases
@in_newest
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("scene_fps", [Fraction(24), Fraction(30), NTSC], ids=["in 24", "in 30", "in 29.97"])
@pytest.mark.parametrize("fps", [Fraction(25), NTSC], ids=["25 fps", "29.97 fps"])
def test_feet_strike_where_the_video_shows_it(
    fps: Fraction,
    scene_fps: Fraction,
    shape: Callable[[Scene, Path], None],
    service: StandIn,
    character: bpy.types.Object,
    movies: Callable[[Fraction], Path],
    without_fbx: Callable[[Performance], None],
    tmp_path: Path,
) -> None:
    scene = bpy.context.scene
    without_fbx(performance_of(fps))
    set_rate(scene, float(scene_fps))
    shape(scene, movies(fps))
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    check_strikes(scene, character, service, fps, tmp_path)


@pytest.mark.long
@pytest.mark.slow_cases
@pytest.mark.parametrize(
    ("fps", "scene_fps", "shape"),
    [(Fraction(25), Fraction(24), trimmed), (NTSC, Fraction(30), adjusted_backwards)],
    ids=["25 fps trimmed in 24", "29.97 fps adjusted backwards in 30"],
)
def test_the_same_from_the_file_that_the_service_delivers(
    fps: Fraction,
    scene_fps: Fraction,
    shape: Callable[[Scene, Path], None],
    service: StandIn,
    character: bpy.types.Object,
    movies: Callable[[Fraction], Path],
    tmp_path: Path,
) -> None:
    scene = bpy.context.scene
    service.results = RangeResults(performance_of(fps))
    set_rate(scene, float(scene_fps))
    shape(scene, movies(fps))
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    check_strikes(scene, character, service, fps, tmp_path)
