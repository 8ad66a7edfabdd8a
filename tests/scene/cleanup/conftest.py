"""The mannequin of the clean-up's tests."""

from pathlib import Path

import pytest

from .walks import keep_mannequin


@pytest.fixture(scope="module")
def mannequin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep_mannequin(tmp_path_factory.mktemp("cleanup"))
