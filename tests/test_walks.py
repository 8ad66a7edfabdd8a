"""The walks of the page for developers go through what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "changing-the-code.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^\| `([\w/]+\.py)` \| `([\w.]+)` \|", PAGE.partition("### Three walks")[2], re.MULTILINE)


@pytest.mark.parametrize(("file", "function"), WALKS)
def test_each_station_is_there(file: str, function: str) -> None:
    text = (ROOT / "aimocap_blender" / file).read_text(encoding="utf-8")
    for name in function.split("."):
        assert re.search(rf"^ *(class|def) {name}\b", text, re.MULTILINE)


def test_there_are_three() -> None:
    assert len(WALKS) == 23
