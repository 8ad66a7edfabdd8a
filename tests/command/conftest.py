"""The add-on as an extension, a service, a strip and a character, as tests of the interface have them; a call."""

import importlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from tests.standin import StandIn
from tests.ui.conftest import (
    MODULE,
    addon,
    character,
    character_blend,
    clips,
    fresh_file,
    installed,
    motion_fbx,
    movies,
    sampled_once,
    service,
    strip,
)

__all__ = [
    "addon",
    "call",
    "character",
    "character_blend",
    "clips",
    "fresh_file",
    "installed",
    "motion_fbx",
    "movies",
    "sampled_once",
    "service",
    "strip",
    "video",
]


@pytest.fixture
def video(service: StandIn, movies: Callable[[Fraction], Path], tmp_path: Path) -> Path:
    del service
    file = tmp_path / "take.mp4"
    file.write_bytes(movies(Fraction(25)).read_bytes())
    return file


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, standard output and standard error of a call."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = importlib.import_module(f"{MODULE}.command.verbs").run_verb(list(map(str, arguments)))
        written = capfd.readouterr()
        return status, written.out, written.err

    return run
