"""Fixtures for seeing people."""

from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision.network_graph import PoseNetworks, read_networks
from tests.media.clip_frames import clip_frames
from tests.with_networks import NO_NETWORKS
from tools.pose_networks import made_pose_networks

ROOT = Path(__file__).resolve().parents[2]
DANCER_FIRST = 125
"""The clip's frame that is the first of the fixture `dancer`."""


@pytest.fixture(scope="session")
def networks_folder() -> Path:
    """The folder of the networks that see people, or a skip that says so."""
    made = made_pose_networks(ROOT)
    if not made:
        pytest.skip(NO_NETWORKS)
    return made["vision/pose-detector.npz"].parent


@pytest.fixture(scope="session")
def networks(networks_folder: Path) -> PoseNetworks:
    return read_networks(networks_folder)


@pytest.fixture(scope="session")
def dancer(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """A real clip (90, 360, 480, 3) at 24 fps: a mannequin and a woman, after a cut a robot and the woman."""
    movie = shared_data / "videos" / "dancer_and_robot.mp4"
    if not movie.is_file():
        pytest.skip("the real video is not here")
    return clip_frames(movie, DANCER_FIRST, DANCER_FIRST + 90, (480, 360), tmp_path_factory.mktemp("dancer"))
