"""The zip for Blender builds without `requests`: it captures there; where there is one, whose is imported."""

import os
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.installed.conftest import RunInBlender
from tests.media.barcode_video import copied_video
from tests.standin import StandIn
from tools.build_zip import build_zip
from tools.requests_wheels import fetched_wheels
from tools.suites import BLENDER_PROGRAM
from tools.validate_zip import validate

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def requests_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wheels = fetched_wheels(ROOT)
    if not wheels:
        pytest.skip("the wheels of requests are not here: `make zip` fetches them")
    return build_zip(ROOT, tmp_path_factory.mktemp("zip"), wheels=wheels)


def capture(run_in_blender: RunInBlender, zip_file: Path, folder: Path) -> dict[str, Any]:
    video = copied_video(folder)
    with StandIn("A", polls=("completed",)) as service:
        answer = run_in_blender(
            "no_requests_child.py",
            {"zip": str(zip_file), "video": str(video), "target": "UNITREE_G1"},
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
        )
        return {**answer, "charges": len(service.charges), "violations": service.violations}


@pytest.mark.slow
def test_captures_with_the_wheels(requests_zip: Path, run_in_blender: RunInBlender, tmp_path: Path) -> None:
    answer = capture(run_in_blender, requests_zip, tmp_path)
    assert (answer["fault"], answer["charges"], answer["violations"]) == ("", 1, [])
    assert answer["action"]
    assert Path(answer["requests"]).is_relative_to(tmp_path / "config")


@pytest.mark.slow
def test_a_requests_of_blenders_own_gives_way_at_the_next_start(
    requests_zip: Path, run_in_blender: RunInBlender, tmp_path: Path
) -> None:
    """Why the other zips have no wheels: these would take the place of Blender's own for every add-on."""
    if BLENDER_PROGRAM in os.environ:
        pytest.skip("that Blender starts with factory settings, in which no extension is enabled")
    for zip_file, of_the_wheel in ((str(requests_zip), False), ("", True)):
        answer = run_in_blender("which_requests_child.py", {"zip": zip_file})
        assert Path(answer["requests"]).is_relative_to(tmp_path / "config") == of_the_wheel


@pytest.mark.slow
def test_the_other_zips_say_what_is_missing(extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path) -> None:
    answer = capture(run_in_blender, extension_zip, tmp_path)
    assert "requests" in answer["fault"]
    assert "Traceback" not in answer["fault"]
    assert (answer["charges"], answer["changed"]) == (0, [])


def test_the_manifest_differs_by_the_wheels_alone(requests_zip: Path, extension_zip: Path) -> None:
    validate(requests_zip)
    manifests: list[dict[str, Any]] = []
    for file in (requests_zip, extension_zip):
        with zipfile.ZipFile(file) as archive:
            manifests.append(tomllib.loads(archive.read("blender_manifest.toml").decode()))
            names = archive.namelist()
        assert [f"./{name}" for name in names if name.endswith(".whl")] == manifests[-1].get("wheels", [])
    assert len(manifests[0].pop("wheels")) == 5
    assert set(manifests[0].pop("license")) > set(manifests[1].pop("license"))
    assert manifests[0] == manifests[1]
