"""Rendered truth: pictures of a character with a known motion, and where its joints really are.

Rendered once, by a process of its own, and kept under build/ by a hash of the recipe.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .recipes import Recipe

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT.parent / "shared" / "data"
KEPT = ROOT / "build" / "rendered_truth"

_TRIES = 8
_RENDERING = 2
"""To be raised when `render.py` renders the same recipe differently, or a scripted motion is another."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Truth:
    """A rendered clip.

    Attributes:
        recipe: what was rendered.
        folder: with a picture for each frame, 0000.png, 0001.png …
        heads: slot to (F, 3) the head of its bone, in the axes of the first frame's camera: x right, y down, z away
            from the camera; metres.
        focal: pixels.
        up: (3,) the direction away from the ground, in the same axes.
        homographies: (F, 3, 3) from a frame's pixels to the first frame's, of what is far away.
    """

    recipe: Recipe
    folder: Path
    heads: dict[str, Array]
    focal: float
    up: Array
    homographies: Array

    @cached_property
    def pictures(self) -> list[Path]:
        """The frames' files in order."""
        return sorted(self.folder.glob("[0-9]*.png"))


def truth_of(recipe: Recipe) -> Truth:
    """The clip of a recipe, rendered now if that has not been done before."""
    text = f"{_RENDERING} {json.dumps(recipe.values(), sort_keys=True)}"
    key = hashlib.sha256(text.encode()).hexdigest()[:12]
    folder = KEPT / f"{recipe.name}-{key}"
    if not folder.is_dir():
        part = folder.with_suffix(".part")
        part.mkdir(parents=True, exist_ok=True)
        _render(recipe, part)
        part.rename(folder)
    with np.load(folder / "truth.npz") as kept:
        width, height = recipe.size
        focal = recipe.focal_in_pixels
        lens = np.array([[focal, 0.0, width / 2.0], [0.0, focal, height / 2.0], [0.0, 0.0, 1.0]])
        turned = np.linalg.inv(lens) @ kept["homographies"] @ lens  # from each frame's camera axes to the first's
        heads = np.einsum("fij,fsj->sfi", turned, kept["heads"])
        slots = kept["slots"].tolist()
        up = kept["up"][0]
        return Truth(recipe, folder, dict(zip(slots, heads, strict=True)), focal, up, kept["homographies"])


def _render(recipe: Recipe, folder: Path) -> None:
    """Render what the folder lacks; Workbench without a screen crashes after a hundred pictures or so."""
    command = [sys.executable, "-m", "tests.vision.rendered_truth.render", json.dumps(recipe.values()), str(folder)]
    said = ""
    for _ in range(_TRIES):
        with tempfile.TemporaryDirectory() as settings:
            environment = os.environ | {"BLENDER_USER_RESOURCES": settings}
            ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode == 0:
            return
        said = f"{ended.stdout}\n{ended.stderr}"
    raise RuntimeError(f"“{recipe.name}” could not be rendered:\n{said}")
