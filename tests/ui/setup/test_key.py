"""Where the API key is: in a file of its own, that only its owner can read; nowhere else."""

import logging
import stat
from pathlib import Path
from types import ModuleType

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn
from tests.ui.acts import files_below, module, preferences, refusal

KEY = "sk-0123456789abcdefSECRET"


@pytest.fixture
def key_path(addon: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    del addon
    monkeypatch.delenv("AIMOCAP_API_KEY", raising=False)
    return Path(bpy.utils.user_resource("CONFIG", path="aimocap")) / "api_key"


def test_it_is_kept_in_a_file_that_only_its_owner_can_read(key_path: Path) -> None:
    preferences().api_key = KEY
    assert preferences().api_key == KEY
    assert key_path.read_text().strip() == KEY
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    preferences().api_key = f"{KEY}2"
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    beside = {"captures_folder", "submitted.log"}
    assert {file.name for file in key_path.parent.iterdir()} - beside == {"api_key"}
    preferences().api_key = ""
    assert not key_path.exists()
    assert preferences().api_key == ""


@pytest.mark.fault(86)
def test_a_link_to_it_is_kept(key_path: Path, tmp_path: Path) -> None:
    target = tmp_path / "kept elsewhere"
    key_path.parent.mkdir(parents=True, exist_ok=True)
    key_path.symlink_to(target)
    try:
        preferences().api_key = KEY
        assert key_path.is_symlink()
        assert target.read_text().strip() == KEY
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    finally:
        key_path.unlink()


def test_it_is_not_in_blenders_preferences(key_path: Path) -> None:
    del key_path
    preferences().api_key = KEY
    preferences().captures_folder = "/somewhere/captures"
    bpy.ops.wm.save_userpref()
    configuration = Path(bpy.utils.user_resource("CONFIG"))
    saved = (configuration / "userpref.blend").read_bytes()
    if saved[:4] == b"\x28\xb5\x2f\xfd":
        pytest.fail("userpref.blend is compressed: its bytes can't be searched")
    assert b"/somewhere/captures" in saved
    assert KEY.encode() not in saved
    holding = [file for file in files_below(configuration) if KEY.encode() in file.read_bytes()]
    assert holding == [configuration / "aimocap" / "api_key"]


def test_it_is_not_in_the_blend_file(key_path: Path, tmp_path: Path) -> None:
    del key_path
    preferences().api_key = KEY
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"), copy=True, compress=False)
    assert KEY.encode() not in (tmp_path / "film.blend").read_bytes()


PASTED = (
    f"{KEY}\n",
    f"  {KEY}\t",
    f'"{KEY}"',
    f"'{KEY}'",
    f"\u201c{KEY}\u201d",
    f"`{KEY}`\r\n",
    f' "{KEY}" ',
    f"Bearer {KEY}",
    f"Authorization: Bearer {KEY}\n",
    f"\u201cBearer {KEY}\u201d",
    f"\ufeff{KEY}\u200b",
    f"{KEY}\u00a0",
)


def test_characters_that_pasting_adds_are_removed(key_path: Path) -> None:
    for typed in PASTED:
        preferences().api_key = ""
        preferences().api_key = typed
        assert key_path.read_text().strip() == KEY, typed


def test_an_address_in_its_place_is_reported(key_path: Path) -> None:
    preferences().api_key = "https://aimocap.net/keys"
    assert not key_path.exists()
    assert "web address" in module("ui.setup.preferences")._last_refusal.text
    preferences().api_key = ""


@pytest.mark.parametrize("typed", ["sk-12 34", "sk-12\n34", "sk-ключ", "sk-12\x0734", "sk-12\u00a034"])
def test_a_bad_one_is_refused_and_not_repeated(typed: str, key_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    preferences().api_key = KEY
    preferences().api_key = typed
    assert key_path.read_text().strip() == KEY
    reported = module("ui.setup.preferences")._last_refusal.text
    assert "characters" in reported
    shown = reported + "".join(capfd.readouterr())
    assert typed not in shown
    assert KEY not in shown
    assert module("ui.setup.preferences").api_key() == KEY
    preferences().api_key = KEY
    assert module("ui.setup.preferences")._last_refusal.text == ""


@pytest.mark.parametrize("variable", ["AIMOCAP_API_KEY", "AIMOCAP_KEY"])
def test_the_environment_goes_first(
    variable: str, key_path: Path, service: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences().api_key = "sk-of-the-file"
    preferences().service_url = "https://service.invalid"
    monkeypatch.setenv(variable, f" \u201cBearer {service.api_key}\u201d\n")
    monkeypatch.setenv("AIMOCAP_SERVICE_URL", f"{service.base_url}/")
    assert bpy.ops.aimocap.check_service() == {"FINISHED"}
    assert service.requests[-1].headers["authorization"] == f"Bearer {service.api_key}"
    assert key_path.read_text().strip() == "sk-of-the-file"


@in_newest
@pytest.mark.usefixtures("strip", "character")
def test_a_capture_writes_it_nowhere(
    service: StandIn,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    service.polls = ["failed"]
    reported = [refusal(bpy.ops.aimocap.capture_motion)]
    service.keys.clear()
    reported += [refusal(bpy.ops.aimocap.capture_motion), refusal(bpy.ops.aimocap.check_service)]
    key = service.api_key
    files = files_below(tmp_path / "captures")
    assert len(files) > 3
    assert [file for file in files if key.encode() in file.read_bytes()] == []
    assert key not in "\n".join([*reported, caplog.text, *capfd.readouterr()])
    authorized = [request for request in service.requests if "authorization" in request.headers]
    assert {request.server for request in authorized} == {"api"}
    assert {request.headers["authorization"] for request in authorized} == {f"Bearer {key}"}


class TestCheckService:
    """`aimocap.check_service` says what is wrong, and costs nothing."""

    def test_all_is_well(self, service: StandIn) -> None:
        assert bpy.ops.aimocap.check_service() == {"FINISHED"}
        assert service.steps() == ["job"]

    def test_another_key(self, service: StandIn) -> None:
        preferences().api_key = "sk-another"
        assert "key" in refusal(bpy.ops.aimocap.check_service)
        assert len(service.requests) == 1

    def test_another_page(self, service: StandIn) -> None:
        service.faults.add(step="job", status=404, body="<html>Not found</html>", headers={"Content-Type": "text/html"})
        assert "no AIMoCap service" in refusal(bpy.ops.aimocap.check_service)

    def test_nobody_there(self, service: StandIn) -> None:
        service.close()
        assert "No connection to the service" in refusal(bpy.ops.aimocap.check_service)

    def test_offline(self, service: StandIn) -> None:
        bpy.context.preferences.system.use_online_access = False
        try:
            assert "online access is off" in refusal(bpy.ops.aimocap.check_service)
        finally:
            bpy.context.preferences.system.use_online_access = True
        assert service.requests == []
