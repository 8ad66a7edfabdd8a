"""One screen and one video for all window tests, or a skip that says what is missing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.media.barcode_video import copied_video
from tests.standin import StandIn
from tests.window.real_window import Screen, missing_tools, play, virtual_display

Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def display() -> Iterator[Screen]:
    missing = missing_tools()
    if missing:
        pytest.skip(f"no window here: {', '.join(missing)} not installed")
    with virtual_display() as screen:
        yield screen


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_video(tmp_path_factory.mktemp("video"))


@pytest.fixture
def drive(display: Screen, video: Path, tmp_path: Path) -> Drive:
    """Play a scenario of `drive.py`; its answer."""

    def run(service: StandIn, scenario: str, **more: object) -> dict[str, Any]:
        return play(display, service, scenario, tmp_path, video, **more)

    return run
