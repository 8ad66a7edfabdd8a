"""Every layout: where its facts are from, whether a file of it is read without a question, and how exactly.

Files are made as those who use a layout do (`tests/media/g1_layouts.py`), and in many ways in which labs save them
(`g1_layout_variants.py`); MuJoCo judges what is read. Files with known mistakes (`g1_mistakes.py`) are counted by what
becomes of them. Where PyTorch is in the training environment, it loads what is written for ProtoMotions.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aimocap_blender.motion.g1.files import SUFFIX_OF, read_g1_file, write_g1_file, written_file
from aimocap_blender.motion.g1.layouts import LAYOUT_OF
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1.reading import interpreted
from aimocap_blender.texts.faults import Fault
from tests.media.g1_layout_variants import VARIANTS, is_without_wrists
from tests.media.g1_layouts import NO_WRISTS, WRITERS
from tests.media.g1_mistakes import MISTAKES, sources
from tests.media.g1_mjcf import degrees_between, mujoco_poses

if TYPE_CHECKING:
    from aimocap_blender.motion.g1.source import G1Source
    from tests.media.g1_mistakes import Arrays

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "g1"
TORCH = ROOT / ".venvs" / "training" / "bin" / "python"
WRITTEN = {
    "phc": None,
    "gmr": "GMR_PICKLE",
    "mimickit": "MIMICKIT_PICKLE",
    "protomotions": "PROTOMOTIONS_TENSORS",
    "isaaclab_amp": "ISAACLAB_AMP_NPZ",
    "holosoma": "HOLOSOMA_NPZ",
    "mjlab": "MJLAB_NPZ",
    "sonic": "SONIC_CSV",
    "lafan": "CSV",
}
"""Layout → the format that writes it."""
_CLOSE_MM = 0.01
_FRAMES = 300
_SAME_RAD, _SAME_M = 0.02, 0.01


def main() -> None:
    """Print the table."""
    motion = read_g1_motion(DATA / "kimodo_dance.json")
    fixed = np.zeros_like(motion.dof_pos)
    fixed[:, NO_WRISTS] = motion.dof_pos[:, NO_WRISTS]
    print(f"{'whose':30} {'facts':10} {'questions':10} {'mm':>8} {'degrees':>8}  written as")
    for name, (layout, fps, write) in WRITERS.items():
        wanted = motion
        if name in ("ASAP", "PBHC", "TWIST"):
            wanted = G1Motion(motion.fps, motion.root_pos, motion.root_quat, fixed)
        with tempfile.TemporaryDirectory() as folder:
            reading = read_g1_file(write(Path(folder), wanted))
        asked = ", ".join(choice.name for choice in reading.unsure) or "none"
        millimetres, degrees = _apart(wanted, reading.motion)
        basis = LAYOUT_OF[layout].basis
        exact = reading.motion.fps == fps
        written = WRITTEN.get(layout) or "-"
        print(
            f"{name:30} {basis:10} {asked:10} {millimetres:8.4f} {degrees:8.5f}  {written}{'' if exact else '  RATE!'}"
        )
    for file in sorted((DATA / "files").iterdir()):
        reading = read_g1_file(file)
        asked = ", ".join(choice.name for choice in reading.unsure) or "none"
        layout = reading.source.layout.id if reading.source and reading.source.layout else "-"
        print(f"{file.name:45} {layout:14} questions: {asked}; {reading.motion.fps:g} fps, {reading.motion.variant}")
    _variants(motion, fixed)
    _mistakes()
    _torch(motion)


def _variants(motion: G1Motion, fixed: np.ndarray) -> None:
    """Print what labs' ways to save make of the layouts, of which only those with something to say have a line."""
    unasked = 0
    for name, (_, write) in VARIANTS.items():
        wanted = motion
        if is_without_wrists(name):
            wanted = G1Motion(motion.fps, motion.root_pos, motion.root_quat, fixed)
        with tempfile.TemporaryDirectory() as folder:
            reading = read_g1_file(write(Path(folder), wanted))
        asked = ", ".join(choice.name for choice in reading.unsure)
        millimetres, degrees = _apart(wanted, reading.motion)
        unasked += not asked
        if asked or millimetres > _CLOSE_MM:
            print(f"{name:45} questions: {asked or 'none'}; {millimetres:.4f} mm, {degrees:.5f} degrees")
    print(f"ways to save: {unasked} of {len(VARIANTS)} read without a question")


def _mistakes() -> None:
    """Print how many of the data folder's clips are read right, asked about, refused, or wrong without a word."""
    names = ("right", "asked", "refused", "wrong")
    print(f"{'mistake':34} {'file':12}" + "".join(f"{name:>8}" for name in names))
    every = Counter[str]()
    for mistake in ("none", *MISTAKES):
        outcomes: dict[str, Counter[str]] = {}
        for file in sorted(DATA.glob("*_*.json")):
            motion = read_g1_motion(file)
            sound = motion.root_pos[:_FRAMES], motion.root_quat[:_FRAMES], motion.dof_pos[:_FRAMES]
            for whose, source in sources(MISTAKES[mistake](sound) if mistake in MISTAKES else sound, sound):
                outcomes.setdefault(whose, Counter())[_outcome(source, sound)] += 1
        for whose, counts in outcomes.items():
            print(f"{mistake:34} {whose:12}" + "".join(f"{counts[name]:8}" for name in names))
            every += counts if mistake != "none" else Counter()
    print(f"{'all with a mistake':47}" + "".join(f"{every[name]:8}" for name in names))


def _outcome(source: G1Source, sound: Arrays) -> str:
    try:
        reading = interpreted(source)
    except Fault:
        return "refused"
    if reading.unsure:
        return "asked"
    motion = reading.motion
    is_same = motion.dof_pos.shape == sound[2].shape and np.abs(motion.dof_pos - sound[2]).max() < _SAME_RAD
    is_same = is_same and np.abs(motion.root_pos - sound[0]).max() < _SAME_M
    return "right" if is_same and degrees_between(motion.root_quat, sound[1]).max() < 1.0 else "wrong"


def _apart(one: G1Motion, other: G1Motion) -> tuple[float, float]:
    """How far MuJoCo's bodies are from one another at most, in millimetres and degrees."""
    (_, pos, quat), (_, at, turned) = (mujoco_poses(m.root_pos, m.root_quat, m.dof_pos) for m in (one, other))
    return float(np.abs(pos - at).max() * 1000), float(degrees_between(quat, turned).max())


def _torch(motion: G1Motion) -> None:
    if not TORCH.is_file():
        print("PyTorch is not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"dance{SUFFIX_OF['PROTOMOTIONS_TENSORS']}"
        write_g1_file(path, motion, "PROTOMOTIONS_TENSORS")
        code = (
            "import sys, torch; print({k: tuple(getattr(v, 'shape', ())) for k, v in torch.load(sys.argv[1]).items()})"
        )
        loaded = subprocess.run(
            [TORCH, "-c", code, written_file(path, "PROTOMOTIONS_TENSORS")], capture_output=True, text=True, check=False
        )
    print(f"torch.load: {(loaded.stdout or loaded.stderr).strip()}")


if __name__ == "__main__":
    main()
