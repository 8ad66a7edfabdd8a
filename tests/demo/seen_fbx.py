"""Makes the FBX of the motion that the add-on's own networks see in a range of a video.

`python -m tests.demo.seen_fbx result.fbx --video dance.mp4 --networks folder --start 1.2 --end 3.6`, with a Python that
has bpy. The world of the FBX is turned so that the camera looks along +Y: who faces it, faces -Y.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.media.clip_fbx import SampledClip, rotation_matrices, write_clip_fbx
from tests.media.matrices import Z_AXIS, about
from tests.media.metahuman_fbx import frame_times
from tests.media.rendered_frames import rendered_frames

if TYPE_CHECKING:
    from aimocap_blender.vision.motion_from_track import SeenMotion
    from aimocap_blender.vision.watching import Watched

LONGEST_SIDE = 960  # pixels of the frames that are looked at


def make_seen_fbx(file: Path, video: Path, networks: Path, start: float, end: float, fps: float) -> None:
    """Writes the motion of a range of source seconds; the file's time begins at 0.

    Args:
        file: the FBX.
        video: a movie file.
        networks: the folder of the networks that see people.
        start: source seconds.
        end: source seconds.
        fps: of the FBX.

    Raises:
        RuntimeError: nobody is seen.
    """
    seen, since = motion_seen(video, networks, start, end)
    clip = seen.clip
    sampled = SampledClip(
        clip.skeleton.names,
        clip.skeleton.parents.tolist(),
        clip.skeleton.rest,
        clip.times + since,
        clip.positions,
        rotation_matrices(clip.rotations),
    )
    ahead = seen.ground.axes @ np.array([0.0, 0.0, 1.0])
    towards_y = about(Z_AXIS, np.arctan2(ahead[0], ahead[1]))
    write_clip_fbx(file, sampled.turned(towards_y).at(frame_times(start, end, fps) - start), fps)


def motion_seen(video: Path, networks: Path, start: float, end: float) -> tuple[SeenMotion, float]:
    """What is seen in a range of source seconds, and how long after its start the motion begins, seconds."""
    from aimocap_blender.vision.motion_from_track import motion_from_track

    watched = watch(video, networks, start, end)
    if watched.track is None:
        raise RuntimeError("no person is seen in the video")
    return motion_from_track(watched.track), watched.first / watched.track.fps


def watch(video: Path, networks: Path, start: float, end: float) -> Watched:
    """Who is seen in a range of source seconds; the scene is replaced by an empty one."""
    import bpy
    from aimocap_blender.vision.scanning import ClipFrames
    from aimocap_blender.vision.watching import Watching

    from aimocap_blender.vision.network_files import read_networks

    movie = bpy.data.movieclips.load(str(video))
    fps, size = float(movie.fps), np.array(movie.size)
    frames = range(round(start * fps), min(max(round(end * fps), round(start * fps) + 2), movie.frame_duration))
    width, height = (int(side) for side in np.round(size * min(1.0, LONGEST_SIDE / size.max())))
    with tempfile.TemporaryDirectory() as folder:
        pictures = [_bytes(one) for one in rendered_frames(video, frames, (width, height), Path(folder))]
    return Watching(ClipFrames(len(pictures), fps, pictures.__getitem__), read_networks(networks)).watch()


def _bytes(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """(height, width, 3), from the top down, of one from the bottom up."""
    return np.ascontiguousarray(np.round(255 * picture[::-1, :, :3]).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--networks", type=Path, required=True)
    parser.add_argument("--start", type=float, required=True, help="source seconds")
    parser.add_argument("--end", type=float, required=True, help="source seconds")
    parser.add_argument("--fps", type=float, default=30.0)
    options = parser.parse_args()
    make_seen_fbx(options.file, options.video, options.networks, options.start, options.end, options.fps)
    sys.stdout.flush()
    os._exit(0)  # some versions hang while the interpreter ends


if __name__ == "__main__":
    main()
