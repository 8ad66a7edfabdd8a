"""Fixtures for pictures in private folders."""

from pathlib import Path

import pytest

from tests.ui.acts import module


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(module("takes.private_folder").tempfile, "tempdir", str(folder))
    return folder
