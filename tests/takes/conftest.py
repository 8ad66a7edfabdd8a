"""The fixtures of the tests of the command line, and those that several tests of takes share."""

from collections.abc import Iterator

import pytest

from tests.command.conftest import *  # noqa: F403 -- pytest finds fixtures by their names here
from tests.takes.applied_captures import captured
from tests.takes.delivered_motion import avatar_fbx
from tests.takes.killed_blender import start

__all__ = ["avatar_fbx", "captured", "start"]


@pytest.fixture
def no_traceback(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    assert "Traceback" not in "".join(capfd.readouterr())
