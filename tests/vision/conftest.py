"""What tests of seeing people share."""

from pathlib import Path

import pytest

from tests.tools.pose_networks import made_pose_networks

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def networks() -> Path:
    """The folder of the networks that see people, or a skip that says so."""
    made = made_pose_networks(ROOT)
    if not made:
        pytest.skip("the networks that see people are not here: `make zip` fetches them")
    return made["vision/pose-detector.npz"].parent
