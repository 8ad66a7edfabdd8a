"""Makes the pictures of Blender's window in docs/ from those that the window tests save.

AIMOCAP_SCREENSHOTS=folder AIMOCAP_SHOWN_HOST=aimocap.net … -m pytest tests/window
python3 -m tools.doc_pictures folder
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

DOCS = Path(__file__).resolve().parents[1] / "docs"
COLOURS = 250
WHOLE: Mapping[str, str] = MappingProxyType(
    {
        "correct_preview": "preview_free_corrected",
        "free_preview": "preview_free_previewed",
        "g1_checked": "table_by_drop_checked",
        "redo_panel": "first_run_redo_panel",
        "sequence_editor_ready": "sequence_editor_ready",
        "view_3d_applied": "view_3d_applied",
        "view_3d_consent": "first_run_offline",
        "view_3d_following": "view_3d_following",
    }
)
"""By their names: the window as it was."""
PARTS: Mapping[str, tuple[str, Sequence[str]]] = MappingProxyType(
    {
        "first_run": (
            "282x400+958+84",
            [f"first_run_{state}" for state in ("first", "ready")],
        ),
        "capture_states": (
            "276x384+4+460",
            [f"states_dark_en_1x_{state}_300" for state in ("running", "stopped", "refused", "failed", "done")],
        ),
    }
)
"""By their names: the same part of several windows, side by side."""


def main(folder: Path) -> None:
    """Replace each picture whose windows are all in the folder."""
    for name, shot in WHOLE.items():
        join(name, [folder / f"{shot}.png"], [])
    for name, (part, shots) in PARTS.items():
        join(name, [folder / f"{shot}.png" for shot in shots], ["-crop", part, "+repage"])


def join(name: str, shots: Sequence[Path], change: Sequence[str]) -> None:
    missing = [shot.name for shot in shots if not shot.is_file()]
    if missing:
        print(f"{name}: no {', '.join(missing)}")
        return
    result = ["+append", "+dither", "-colors", str(COLOURS), f"PNG8:{DOCS / f'{name}.png'}"]
    subprocess.run(["convert", *map(str, shots), *change, *result], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
