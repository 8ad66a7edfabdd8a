"""The networks take the filmed person for one, in every frame, and find their joints where the performance has them."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.media.figure.film import Film, filmed_person
from tools.pose_networks import made_pose_networks, make_pose_networks_or_say

pytest.importorskip("bpy", reason="needs Blender")

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).with_name("watching_child.py")
JOINTS = {"upperarm": "shoulder", "lowerarm": "elbow", "hand": "wrist", "thigh": "hip", "calf": "knee", "foot": "ankle"}
"""The performer's joint → the landmark."""
SIDES = {"l": "left", "r": "right"}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(640, 480), (360, 640)])
def test_the_filmed_person_is_seen_in_every_frame(size: tuple[int, int], tmp_path: Path) -> None:
    from aimocap_blender.vision.person_track import LANDMARKS

    make_pose_networks_or_say(Path(sys.executable))
    networks = made_pose_networks(ROOT)
    if not networks:
        pytest.skip("the networks that see people could not be fetched")
    film = Film(fps=Fraction(5), frames=18, size=size)
    files = [filmed_person(tmp_path, film), next(iter(networks.values())).parent, tmp_path / "watched.npz"]
    done = subprocess.run([sys.executable, CHILD, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    watched = np.load(files[-1])
    assert watched["people"] == 1
    assert not watched["cuts"].size
    assert not watched["gaps"].size
    assert not watched["camera_moves"]
    assert tuple(watched["size"]) == size
    assert len(watched["confidence"]) == film.frames
    assert watched["confidence"].min() > 0.9

    tall = film.camera.seen(film.posed.positions["foot_l"]) - film.camera.seen(film.posed.positions["head"])
    height = np.linalg.norm(tall, axis=-1)
    for bone, landmark in JOINTS.items():
        for side, whose in SIDES.items():
            seen = watched["pixels"][:, LANDMARKS.index(f"{whose}_{landmark}")]
            off = np.linalg.norm(seen - film.camera.seen(film.posed.positions[f"{bone}_{side}"]), axis=-1)
            assert np.median(off / height) < 0.03, f"{whose} {landmark}"
