"""The networks that see people, for the zip: converted once from the pinned wheel that ships them, then kept.

They are BlazePose's detector and landmarks, and the hand's landmarks (Apache-2.0). What was made lies under
build/pose/, named after what it was made of and by.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from pathlib import Path

from .faults import ToolFault
from .quiet_commands import run_quietly
from .waiting import say

ROOT = Path(__file__).resolve().parents[1]
_PIN = Path(__file__).with_suffix(".txt")
_RECIPE = (
    _PIN,
    Path(__file__),
    *(Path(__file__).with_name(f"{name}.py") for name in ("network_conversion", "tflite_file")),
)
_IN_THE_WHEEL = {
    "pose-detector.npz": (
        "mediapipe/modules/pose_detection/pose_detection.tflite",
        "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        ("boxes=Identity", "scores=Identity_1"),
    ),
    "pose-landmarks.npz": (
        "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        ("landmarks=Identity", "presence=Identity_1", "heatmaps=Identity_3", "world=Identity_4"),
    ),
    "hand-landmarks.npz": (
        "mediapipe/modules/hand_landmark/hand_landmark_full.tflite",
        "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
        ("landmarks=Identity", "presence=Identity_1", "handedness=Identity_2", "world=Identity_3"),
    ),
}
"""Network → its file in the wheel, that one's SHA-256, and its outputs (all but the segmentation)."""
_LICENSE = "pose-networks-LICENSE.txt"
_LICENSE_IN_THE_WHEEL = "mediapipe-0.10.21.dist-info/LICENSE"
_NOTICE = """\
pose-detector.npz, pose-landmarks.npz and hand-landmarks.npz contain the networks of BlazePose and MediaPipe Hands
(pose_detection.tflite, pose_landmark_full.tflite and hand_landmark_full.tflite) from MediaPipe 0.10.21, https://github.com/google/mediapipe.

Copyright The MediaPipe Authors. Licensed under the Apache License, Version 2.0, whose text follows.

Changed from the originals: converted to another file format, all weights in 16 bits and with their zeros, padding
merged into the operations that follow it, and the segmentation mask left out.

"""
LICENCE = "SPDX:Apache-2.0"
"""Theirs, for the manifest."""
COPYRIGHT = "2019-2025 The MediaPipe Authors"
"""Theirs, for the manifest."""


def made_pose_networks(root: Path) -> dict[str, Path]:
    """Name in the package → file, if they were made under this root's build/ before; else nothing."""
    folder = _made(root)
    files = {f"vision/{name}": folder / name for name in (*_IN_THE_WHEEL, _LICENSE)}
    return files if all(file.is_file() for file in files.values()) else {}


def original_network(name: str) -> Path | None:
    """The .tflite that this npz was made of, if it was fetched before; for comparison."""
    file = _made(ROOT) / Path(_IN_THE_WHEEL[name][0]).name
    return file if file.is_file() else None


def make_pose_networks(python: Path) -> None:
    """See that the networks and their licence are there; fetch and convert them if not.

    Args:
        python: an interpreter that has numpy and pip.

    Raises:
        ToolFault: the wheel could not be fetched, or it is not what it was.
    """
    if made_pose_networks(ROOT):
        return
    made = _made(ROOT)
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=made.parent) as name:
        wheel, folder = _fetch(python, Path(name)), Path(name) / "made"
        folder.mkdir()
        with zipfile.ZipFile(wheel) as archive:
            for npz, (member, digest, outputs) in _IN_THE_WHEEL.items():
                tflite = folder / Path(member).name
                tflite.write_bytes(archive.read(member))
                if hashlib.sha256(tflite.read_bytes()).hexdigest() != digest:
                    raise ToolFault(f"{member} is not what it was.", "See what changed in its package.")
                run_quietly(
                    [str(python), "-m", "tools.network_conversion", str(tflite), str(folder / npz), *outputs],
                    f"{npz} could not be made",
                    "See what the lines above say.",
                    waited_for=f"converting {npz}",
                    variables={"PYTHONPATH": str(ROOT)},
                )
            text = archive.read(_LICENSE_IN_THE_WHEEL).decode()
            (folder / _LICENSE).write_text(_NOTICE + text, encoding="utf-8", newline="\n")
        folder.rename(made)


def make_pose_networks_or_say(python: Path) -> None:
    """The same for what can do without them: where they can't be had, that is said."""
    try:
        make_pose_networks(python)
    except ToolFault as fault:
        say(f"Without the networks that see people; what needs them is skipped. {fault}")


def _made(root: Path) -> Path:
    recipe = hashlib.sha256(b"".join(file.read_bytes() for file in _RECIPE)).hexdigest()
    return root / "build" / "pose" / f"networks-{recipe[:16]}"


def _fetch(python: Path, folder: Path) -> Path:
    """The wheel, for whatever platform it is made: only files are taken out of it."""
    say("Fetching the networks that see people (mediapipe 0.10.21, 36 MB)")
    pip = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    built_for = ["--only-binary=:all:", "--python-version", "3.11", "--platform", "manylinux_2_28_x86_64"]
    run_quietly(
        [*pip, *built_for, "--require-hashes", "--requirement", str(_PIN), "--dest", str(folder)],
        "The networks that see people could not be fetched",
        "See that the package index can be reached, or build only the zip without them: "
        "python3 -m tools.build_zip --without-assets",
        waited_for="downloading the networks that see people",
    )
    (wheel,) = folder.glob("*.whl")
    return wheel
