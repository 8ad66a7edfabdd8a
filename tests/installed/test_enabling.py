"""Installed from the zip: all is registered, switching off leaves nothing, switching on again brings all back."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aimocap_blender.renamed import OPERATORS
from tests.installed.conftest import RunInBlender

PACKAGE = Path(__file__).resolve().parents[2] / "aimocap_blender"
MODULE = "bl_ext.user_default.aimocap_blender"
HEAVY = {"requests", "urllib3", "certifi", "idna", "charset_normalizer", "ssl", "http", "gpu_extras"}
"""Packages that are imported when they are first used."""
LATE = ("service.client", "service.wire", "service.transfers", "service.wire")
"""The add-on's own that need them. All others are there from the start: panels and operators are made of them."""

USED = {
    "command._command.handle",
    "scene.video.movie_lengths._asked_for",
    "takes.configuration._source.read",
    "takes.configuration._source.subscribers",
    "takes.captures.capture_takes._kept_sha256",
    "takes.session._current.session",
    "ui.panels._drawn.facts",
    "ui.setup.log_file._current.file",
    "ui.setup.preferences._kept.texts",
    "ui.setup.preferences._kept.writer",
    "ui.text.translation._phrases",
}
"""State that the add-on holds after some use."""
FOR_GOOD = {"ui.setup.log_file.versions", "ui.setup.log_file._secrets", "while_enabled._resets"}
"""Values that last as long as Blender runs: its versions, secrets that no text may show, and how state is set back."""


def operators_defined() -> Iterator[str]:
    """The `bl_idname` of every operator class in the sources."""
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    for source in sources:
        if "bl_idname" not in source:  # to parse takes long
            continue
        for node in ast.walk(ast.parse(source)):
            match node:
                case ast.Assign(targets=[ast.Name("bl_idname")], value=ast.Constant(str(name))):
                    if name.startswith("aimocap."):
                        yield name
                case _:
                    pass


def differences(one: dict[str, list[str]], other: dict[str, list[str]]) -> list[str]:
    """Names that one moment has more often than the other, in both directions."""
    return [
        f"{sign} {kind}: {name}"
        for kind in one
        for sign, more, less in (("+", other, one), ("-", one, other))
        for name in (Counter(more[kind]) - Counter(less[kind])).elements()
    ]


@pytest.fixture
def moments(run_in_blender: RunInBlender, extension_zip: Path, tmp_path: Path) -> dict[str, Any]:
    return run_in_blender("enabling_child.py", {"zip": str(extension_zip), "captures": str(tmp_path / "captures")})


def test_install_disable_enable_remove(moments: dict[str, Any]) -> None:
    imported = moments["imported"]
    assert f"{MODULE}.ui.panels" in imported
    assert [name for name in imported if name.partition(".")[0] in HEAVY] == []
    assert [name for name in LATE if f"{MODULE}.{name}" in imported] == []
    assert [name for name in imported if name.startswith(MODULE) and name.endswith("_child")] == []

    before, installed = moments["before"], moments["installed"]
    assert MODULE not in before["add-ons"]
    assert MODULE in installed["add-ons"]
    assert "__init__.py" in moments["files"]

    assert before["operators"] == []
    assert sorted(installed["operators"]) == sorted([*operators_defined(), *(f"aimocap.{old}" for old in OPERATORS)])
    assert "Scene.aimocap" in installed["properties"]
    assert any("aimocap.log" in logger for logger in installed["loggers"])

    assert set(moments["used"]) >= USED
    assert set(moments["left"]) <= FOR_GOOD
    assert differences(before, moments["disabled"]) == []
    assert differences(installed, moments["enabled"]) == []
    assert differences(before, moments["removed"]) == []
    assert not moments["folder_left"]
    assert "something to log" in moments["log"]  # which outlives the add-on
    assert "something else" in moments["log"]
