"""The extension store's page says what manifest and add-on say; its pictures have the sizes that the store asks for."""

import re
import struct
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "docs" / "store"
LISTING = (STORE / "listing.md").read_text(encoding="utf-8")
MANIFEST = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))


def test_the_permissions_are_the_manifests() -> None:
    reported = LISTING.partition("### Permissions")[2].partition("###")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", reported, re.MULTILINE)) == MANIFEST["permissions"]


def test_it_opens_with_the_manifests_tagline() -> None:
    assert f"## Description\n\n*{MANIFEST['tagline']}*\n" in LISTING


def test_licences_and_their_holders_are_named() -> None:
    reported = " ".join(LISTING.partition("### License")[2].partition("###")[0].split())
    assert [name for name in MANIFEST["license"] if name.removeprefix("SPDX:") not in reported] == []
    assert [holder for holder in MANIFEST["copyright"] if holder not in reported] == []


def test_the_service_is_named_by_the_address_that_the_add_on_has() -> None:
    source = (ROOT / "aimocap_blender" / "ui" / "setup" / "preferences.py").read_text(encoding="utf-8")
    (address,) = re.findall(r'^DEFAULT_SERVICE_URL = "(.+)"$', source, re.MULTILINE)
    assert f"`{address}`" in LISTING.partition("### The service")[2]


@pytest.mark.parametrize(("name", "size"), [("icon.png", (256, 256)), ("featured.png", (1920, 1080))])
def test_a_picture_has_the_size_that_the_store_asks_for(name: str, size: tuple[int, int]) -> None:
    head = (STORE / name).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:]) == size
