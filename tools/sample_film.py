"""The short film in the extension's zip: the tests' own figure, filmed as people film one another."""

from pathlib import Path

from .quiet_commands import run_quietly

ROOT = Path(__file__).resolve().parents[1]
NAME = "ui/capture/sample.mp4"
"""In the package."""
FRAMES, FPS = 90, 30


def made_sample_film(root: Path) -> dict[str, Path]:
    """Name in the package → file, if it was made under this root's build/ before; else nothing."""
    file = root / "build" / "sample" / Path(NAME).name
    return {NAME: file} if file.is_file() else {}


def make_sample_film(python: Path) -> None:
    """See that the film is there; make it if it is not.

    Args:
        python: an interpreter that has bpy.

    Raises:
        ToolFault: Blender could not make it.
    """
    if made_sample_film(ROOT):
        return
    file = ROOT / "build" / "sample" / Path(NAME).name
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".part.mp4")
    run_quietly(
        [str(python), "-m", "tests.media.figure.film", str(part), "--frames", str(FRAMES), "--fps", str(FPS)],
        "The sample film could not be made",
        "See what the lines above say.",
        waited_for="filming the sample",
        variables={"PYTHONPATH": str(ROOT)},
    )
    part.replace(file)
