"""Watches a whole video with the networks, and saves the person's track. Arguments: video, networks, result.npz.

A process of its own, because the networks want one thread beneath numpy, which is chosen before numpy is loaded.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import bpy
import numpy as np

from aimocap_blender.vision.network_graph import read_networks
from aimocap_blender.vision.scanning import ClipFrames
from aimocap_blender.vision.watching import Watching
from tests.media.rendered_frames import rendered_frames

video, networks, result = map(Path, sys.argv[-3:])
movie = bpy.data.movieclips.load(str(video))
fps, frames = float(movie.fps), range(movie.frame_duration)
width, height = cast("Any", movie.size)
with tempfile.TemporaryDirectory() as folder:
    pictures = [
        np.ascontiguousarray(np.round(255 * picture[::-1, :, :3]).astype(np.uint8))
        for picture in rendered_frames(video, frames, (width, height), Path(folder))
    ]
watched = Watching(ClipFrames(len(pictures), fps, pictures.__getitem__), read_networks(networks)).watch()
if not watched.shots:
    sys.exit("nobody is seen")
(shot,) = watched.shots
track = shot.track
np.savez(
    result,
    people=len(watched.people),
    cuts=watched.cuts,
    gaps=shot.gaps,
    camera_moves=shot.camera_moves,
    size=track.size,
    pixels=track.pixels,
    confidence=track.confidence,
)
sys.stdout.flush()
os._exit(0)  # some versions hang while the interpreter ends
