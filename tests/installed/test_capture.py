"""The whole capture, from the installed zip, over real HTTP: what goes over the wire, what is charged, what changes."""

import sys
from pathlib import Path

import pytest

from tests.installed.conftest import RunInBlender
from tests.media.barcode_video import barcode_video
from tests.standin import Results, StandIn

TARGET_IDS = {"DEFAULT": "default", "UNITREE_G1": "unitree_g1", "AVATAR": "avatar:hero-7"}
STEPS_BEFORE_POLLING = ["create", "job", "upload", "complete"]


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What a service would make of the first two seconds and more; made once, whatever range is asked for."""
    return Results(make_with=Path(sys.executable))


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return barcode_video(tmp_path_factory.mktemp("video"), fps=25, frames=100)


@pytest.mark.parametrize("generation", ["A", "B"])
@pytest.mark.parametrize("target", list(TARGET_IDS))
def test_capture_from_the_installed_zip(
    generation: str,
    target: str,
    extension_zip: Path,
    video: Path,
    results: Results,
    run_in_blender: RunInBlender,
) -> None:
    with StandIn(generation, results=results, takes_avatars=True) as service:
        answer = run_in_blender(
            "capture_child.py",
            {"zip": str(extension_zip), "video": str(video), "target": target, "avatar_id": "hero-7"},
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
        )
    assert answer["fault"] == ""
    assert service.violations == []
    assert [charge.credits for charge in service.charges] == [pytest.approx(2.0, abs=0.05)]
    steps = [step for step in service.steps() if step not in {"control"}]
    assert steps.count("complete") == 1
    assert steps.count("upload") == 1
    created = [request.json for request in service.requests if request.step == "create"]
    wanted = {"A": ("targetId", TARGET_IDS[target]), "B": ("targetIds", [TARGET_IDS[target]])}[generation]
    assert created[-1][wanted[0]] == wanted[1]
    assert created[-1]["trimStartSec"] == pytest.approx(1.0)
    assert created[-1]["trimEndSec"] == pytest.approx(3.0)
    assert created[-1]["sourceBytes"] == video.stat().st_size
    assert answer["action"].startswith("Take 1")
    assert answer["frames"][0] == pytest.approx(35.0, abs=0.1)
    assert answer["frames"][1] == pytest.approx(84.0, abs=1.1)
    assert answer["moves"] > 0.1
    allowed = ("actions/", "armatures/Unitree G1", "objects/Unitree G1", "collections/Unitree G1")
    left = [name for name in answer["changed"] if not name.startswith(allowed)]
    if target != "UNITREE_G1":
        assert left == []


def test_a_refused_capture_changes_nothing(extension_zip: Path, video: Path, run_in_blender: RunInBlender) -> None:
    with StandIn("A") as service:
        service.credits = 0.5
        answer = run_in_blender(
            "capture_child.py",
            {"zip": str(extension_zip), "video": str(video), "target": "DEFAULT"},
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
        )
    assert "credits" in answer["fault"]
    assert "Traceback" not in answer["fault"]
    assert service.charges == []
    assert answer["changed"] == []
