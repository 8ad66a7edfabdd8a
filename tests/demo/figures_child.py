"""The demo's figures: a free preview of a film on a character and on a G1, in a .blend with the film behind them.

Run by `child.py`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip
import numpy as np

from tests.demo.character import bring_character, keep_character
from tests.demo.child import Saying, answering
from tests.demo.contact_sheet import cameras_around, joints

if TYPE_CHECKING:
    from aimocap_blender.motion.g1.motion import G1Motion
    from aimocap_blender.scene.video.movie_lengths import Movie
    from aimocap_blender.scene.video.strips import StripSource
    from aimocap_blender.vision.kept_solution import KeptSolution
    from aimocap_blender.vision.sighting import Sighting

CHARACTER, ROBOT = "Mannequin", "Unitree G1"
LONGEST_SEC = 30.0
"""Of the film: what is beyond would only make the demo longer."""
FIRST = 1
"""The timeline frame of the film's first."""
_TICK_SEC = 0.1


def main(request: dict[str, Any], saying: Saying) -> dict[str, Any]:
    """Make what the request says; return which frames show the person, where the camera stood, and their seconds."""
    video, character = Path(request["video"]), keep_character(Path(request["character"]))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cast("Any", addon_utils).enable("aimocap_blender", default_set=True)

    from aimocap_blender.motion.time_mapping import TimeMapping
    from aimocap_blender.scene.preview.seeing import movie_source
    from aimocap_blender.scene.video.movie_lengths import movie_at

    movie, scene = movie_at(video), bpy.context.scene
    scene.render.fps = round(movie.fps)
    scene.render.fps_base = round(movie.fps) / movie.fps
    source = movie_source(video, TimeMapping(FIRST, movie.fps), 0.0, LONGEST_SEC)
    if source.last_frame < movie.frames - 1:
        saying.say(f"of its {movie.duration_sec:.0f} s the demo takes the first {LONGEST_SEC:.0f}")
    armature = bring_character(character)
    motion, seen, kept = _preview(source, armature, Path(request["networks"]), saying)
    rig = _robot(motion, seen, armature, source, Path(request["robot_motion"]), request["meshes"], saying)
    shots = _shots(kept, source)
    spans = spans_seen(seen.clip.times, seen.clip.fps, movie.fps)
    for before, after in pairwise([[0, 0], *spans, [source.last_frame + 1] * 2]):
        if after[0] > before[1]:
            start, end = before[1] / movie.fps, after[0] / movie.fps
            saying.say(f"left out: {start:.1f} to {end:.1f} s of the film, without the person")
    scene.frame_start, scene.frame_end = spans[0][0] + FIRST, spans[-1][1] - 1 + FIRST
    hide_between(spans)
    _export(armature, Path(request["character_motion"]))
    _show_behind(movie, source, armature, rig, shots)
    _save(Path(request["blend"]), request["shown_video"], video)
    return {
        "spans": spans,
        "shots": shots,
        "seconds": [spans[0][0] / movie.fps, spans[-1][1] / movie.fps],
    }


def _preview(
    source: StripSource, armature: bpy.types.Object, networks: Path, saying: Saying
) -> tuple[Path, Sighting, KeptSolution]:
    """Put the preview of a film on the character as **Free Preview** does; return its file and what is in it."""
    from aimocap_blender.takes.binding import choices_of
    from aimocap_blender.takes.previews.planning import plan_preview_of
    from aimocap_blender.takes.session import open_session, preview_to_the_end
    from aimocap_blender.vision import network_graph

    network_graph.NETWORKS_FOLDER = networks  # only built extensions contain them
    scene = bpy.context.scene
    session = open_session(())
    preview_id = session.previews.begin(
        plan_preview_of(armature, scene, source, choices_of(cast("Any", scene).aimocap))
    )
    saying.say(f"{source.last_frame + 1} frames are looked at")
    preview = session.previews.running[preview_id]
    session.pump(may_wait=False)  # begins it
    while not preview.run.poll():
        progress = preview.progress
        saying.do(f"{progress.what}, {progress.share:.0%}")
        time.sleep(_TICK_SEC)
    saying.do("putting the motion on the character")
    note = preview_to_the_end(session, preview_id)
    saying.say(f"on the character: {note.sentence}")
    kept = session.previews.kept
    return kept.motion_of(preview_id), *kept.solved(preview_id)


def _robot(
    motion: Path,
    seen: Sighting,
    armature: bpy.types.Object,
    source: StripSource,
    file: Path,
    meshes: str,
    saying: Saying,
) -> bpy.types.Object:
    """Make the robot's checked file of the motion as the verb `g1` does, and put it on a rig.

    As the camera sees it, the rig stands to the right of the character, which is at the origin.
    """
    from aimocap_blender.motion.time_mapping import TimeMapping
    from aimocap_blender.scene.g1.rig import add_g1_rig, place_robot, placement_next_to
    from aimocap_blender.takes.applying import put_motion_on
    from aimocap_blender.takes.reading import MotionKind, MotionReading
    from aimocap_blender.takes.robots.robot_retargeting import RobotFileWishes, make_robot_file

    saying.do("putting the motion on the robot")
    made = make_robot_file(motion, MotionKind.SEEN, file, RobotFileWishes("29dof", "JSON", None, None, adjusts=True))
    findings = cast("dict[str, int]", made["findings"])
    found = ", ".join(f"{kind} {count}" for kind, count in findings.items()) or "no faults found"
    saying.say(f"on the robot: {made['frames']} frames at {made['fps']:g} fps, checked: {found}")
    read = MotionReading(MotionKind.ROBOT, file).to_the_end()
    rig = add_g1_rig(bpy.context, meshes=Path(meshes))
    begins = FIRST + seen.clip.times[0] * source.fps
    put_motion_on(bpy.context, read, rig, TimeMapping(begins, source.fps), source.name)
    next_to = placement_next_to(armature)
    to_the_right = np.array([np.cos(seen.camera_angle), np.sin(seen.camera_angle), 0.0])
    place_robot(rig, cast("G1Motion", read.motion), replace(next_to, position=next_to.distance * to_the_right))
    return rig


def spans_seen(times: np.ndarray, fps: float, film_fps: float) -> list[list[int]]:
    """First frame, and the one after the last, of each span of a film that samples of a motion belong to.

    Args:
        times: of the samples, seconds.
        fps: at which they follow each other.
        film_fps: of the film.
    """
    gaps: list[int] = np.flatnonzero(np.diff(times) > 1.5 / fps).tolist()
    starts, ends = times[[0, *(gap + 1 for gap in gaps)]], times[[*gaps, -1]]
    return np.round(np.stack([starts * film_fps, ends * film_fps + 1], axis=1)).astype(int).tolist()


def _shots(kept: KeptSolution, source: StripSource) -> list[tuple[int, float]]:
    """The first frame of each shot in the timeline, and where its camera stands: radians about Z, from -Y."""
    sight = [shot.camera(0)[2, :2] for shot in kept.shots]
    firsts = np.round(source.mapping.frames(np.array([shot.times[0] for shot in kept.shots]))).astype(int)
    return [(int(first), float(np.arctan2(-x, y))) for first, (x, y) in zip(firsts, sight, strict=True)]


def hide_between(spans: list[list[int]]) -> None:
    """Let nothing of the figures be seen between the spans; keys between two poses would make motion up."""
    for (_, hidden), (shown, _) in pairwise(spans):
        for body in (obj for obj in bpy.data.objects if obj.type == "MESH"):
            for frame, hides in ((hidden - 1, False), (hidden, True), (shown, False)):
                body.hide_render = body.hide_viewport = hides
                for path in ("hide_render", "hide_viewport"):
                    body.keyframe_insert(path, frame=frame + FIRST)


def _export(armature: bpy.types.Object, file: Path) -> None:
    """Write the character's motion for the stand-in, which has no other."""
    from aimocap_blender.motion.own_motion_options import ExportOptions
    from aimocap_blender.scene.motion_files.exporting import export_motion

    export_motion(bpy.context, armature, file, ExportOptions(format="FBX"))


def _show_behind(
    movie: Movie,
    source: StripSource,
    armature: bpy.types.Object,
    rig: bpy.types.Object,
    shots: list[tuple[int, float]],
) -> None:
    """Add cameras that stand as the film's did, with the film behind the figures, and look through them."""
    from aimocap_blender.motion.time_mapping import MovieTiming
    from aimocap_blender.scene.video.viewport_video import show_behind

    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = movie.width, movie.height
    aspect = scene.render.resolution_x / scene.render.resolution_y
    frames = range(scene.frame_start, scene.frame_end + 1, 5)
    points = np.concatenate([joints(scene, figure, frames) for figure in (armature, rig)])
    range_sec = (source.trim_start_sec, source.trim_end_sec)
    timing = MovieTiming.of_range(source.mapping, movie.fps, movie.frames, range_sec)
    for camera in cameras_around(scene, points, shots, aspect):
        scene.camera = camera
        show_behind(scene, movie, timing, None)
    scene.frame_set(scene.frame_start)
    for screen in bpy.data.screens:
        for area in (area for area in screen.areas if area.type == "VIEW_3D"):
            cast("Any", area.spaces[0]).region_3d.view_perspective = "CAMERA"


def _save(blend: Path, shown_video: str, video: Path) -> None:
    """Save the file; it finds the film where it will lie then."""
    for image in bpy.data.images:
        if image.source == "MOVIE" and Path(bpy.path.abspath(image.filepath)) == video:
            image.filepath = shown_video
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), relative_remap=False, compress=True)


if __name__ == "__main__":
    answering(main)
