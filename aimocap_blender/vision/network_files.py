"""The networks that see people; built extensions have them, except the one without assets."""

from dataclasses import dataclass
from pathlib import Path

from .network_graph import NetworkGraph, read_network

NETWORKS_FOLDER = Path(__file__).parent
"""Holds the networks in a built extension, none in a source checkout."""
DETECTOR, LANDMARKS, HANDS = "pose-detector.npz", "pose-landmarks.npz", "hand-landmarks.npz"


@dataclass(frozen=True, eq=False)
class PoseNetworks:
    """All of them; any number of threads may use them."""

    detector: NetworkGraph
    landmarks: NetworkGraph
    hands: NetworkGraph


def networks_available(folder: Path | None = None) -> bool:
    """Return whether a folder, or the package's own, holds the networks."""
    return all(((folder or NETWORKS_FOLDER) / name).is_file() for name in (DETECTOR, LANDMARKS, HANDS))


def read_networks(folder: Path = NETWORKS_FOLDER) -> PoseNetworks:
    """Read the networks.

    Raises:
        Fault: one of them can't be read.
    """
    return PoseNetworks(read_network(folder / DETECTOR), read_network(folder / LANDMARKS), read_network(folder / HANDS))
