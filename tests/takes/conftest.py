"""The add-on as an extension, a service, a strip and a character, as the tests of the user interface have them."""

from tests.ui.conftest import (
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
]
