"""Where the networks that see people are; built extensions have them, except the one without assets."""

from pathlib import Path

NETWORKS_FOLDER = Path(__file__).parent
"""Holds the networks in a built extension, none in a source checkout."""
DETECTOR, LANDMARKS = "pose-detector.npz", "pose-landmarks.npz"


def networks_available() -> bool:
    """Return whether both networks are there."""
    return all((NETWORKS_FOLDER / name).is_file() for name in (DETECTOR, LANDMARKS))
