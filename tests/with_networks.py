"""The mark of tests that need the networks that see people."""

from pathlib import Path

import pytest

from tools.pose_networks import made_pose_networks

NO_NETWORKS = "the networks that see people are not here: `make zip` fetches them"

needs_networks = pytest.mark.skipif(not made_pose_networks(Path(__file__).resolve().parents[1]), reason=NO_NETWORKS)
