"""Watches a whole video with the networks, and saves the person's track. Arguments: video, networks, result.npz.

A process of its own, because the networks want one thread beneath numpy, which is chosen before numpy is loaded.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from tests.demo.seen_fbx import watch

video, networks, result = map(Path, sys.argv[-3:])
watched = watch(video, networks, 0.0, 3600.0)
track = watched.track
if track is None:
    sys.exit("nobody is seen")
np.savez(
    result,
    people=len(watched.people),
    cuts=watched.cuts,
    gaps=watched.gaps,
    camera_moves=watched.camera_moves,
    size=track.size,
    pixels=track.pixels,
    confidence=track.confidence,
)
sys.stdout.flush()
os._exit(0)  # some versions hang while the interpreter ends
