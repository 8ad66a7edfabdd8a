"""Fixtures for captures: a video, a result, the stand-in, a desk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.standin import Results, StandIn

from .desk import FBX_START, Desk


@pytest.fixture
def video(tmp_path: Path) -> Path:
    file = tmp_path / "walk.mp4"
    file.write_bytes(bytes(range(256)) * 800)
    return file


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    file = tmp_path / "result.fbx"
    file.write_bytes(FBX_START + bytes(range(256)) * 400)
    return file


@pytest.fixture
def standin(motion: Path) -> Iterator[StandIn]:
    with StandIn(results=Results(fbx=motion)) as standin:
        yield standin


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "captures"


@pytest.fixture
def desk(standin: StandIn, folder: Path) -> Iterator[Desk]:
    with Desk(folder, standin.base_url, standin.api_key) as desk:
        yield desk
