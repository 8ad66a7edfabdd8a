"""The whole capture, from the installed zip, over real HTTP: what goes over the wire, what is charged, what changes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.blender_versions import first_in_every, in_oldest_and_newest
from tests.installed.conftest import RunInBlender, blender_command
from tests.media.barcode_video import copied_video
from tests.standin import Results, StandIn

TARGET_IDS = {"DEFAULT": "default", "UNITREE_G1": "unitree_g1", "AVATAR": "avatar:hero-7"}
ITS_OWN = re.compile(
    r"actions\[|objects\[Mannequin\](\.animation_data|\.pose|\['aimocap_bone_map'\])"
    r"|objects\[Mannequin.*\]\.(bound_box|dimensions)"  # follow the pose
)
A_NEW_RIG = re.compile(
    r"(actions|armatures|objects|collections|meshes|materials)\[|scenes\[Scene\]\.(collection|view_layers|objects)"
)
"""Changes that a capture may make, by target; everything else in the file stays as it is."""


@pytest.fixture(scope="session")
def character(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .blend with a character in it, whose skeleton the service knows as an avatar.

    Saved by the Blender that opens it: an older one cannot read a newer one's file.
    """
    file = tmp_path_factory.mktemp("character") / "hero.blend"
    child = Path(__file__).with_name("character_child.py")
    subprocess.run([*blender_command(child), str(file)], check=True, timeout=120)
    return file


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied_video(tmp_path_factory.mktemp("video"))


@pytest.mark.slow_cases
@pytest.mark.parametrize("generation", first_in_every(["B", "A"]))
@pytest.mark.parametrize("target", first_in_every(TARGET_IDS))
def test_capture_from_the_installed_zip(
    generation: str,
    target: str,
    extension_zip: Path,
    video: Path,
    run_in_blender: RunInBlender,
    request: pytest.FixtureRequest,
) -> None:
    character = request.getfixturevalue("character") if target == "AVATAR" else None
    avatars = {"hero-7": character} if character else {}
    results = Results(avatars=avatars, make_with=Path(sys.executable))
    with StandIn(generation, results=results, polls=("processing", "completed"), takes_avatars=True) as service:
        answer = run_in_blender(
            "capture_child.py",
            {
                "zip": str(extension_zip),
                "video": str(video),
                "target": target,
                "avatar_id": "hero-7",
                "blend": str(character or ""),
            },
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
        )
        steps = service.steps()
        created = [request.body for request in service.requests if request.step == "create"][-1]
        violations, charges = service.violations, [charge.credits for charge in service.charges]
    assert answer["fault"] == ""
    assert violations == []
    assert charges == [pytest.approx(2.0)]
    assert steps.count("complete_upload") == steps.count("upload") == 1
    assert steps[-3:].count("download") >= 1
    field, value = {"A": ("targetId", TARGET_IDS[target]), "B": ("targetIds", [TARGET_IDS[target]])}[generation]
    assert created[field] == value
    assert (created["trimStartSec"], created["trimEndSec"]) == (pytest.approx(1.0), pytest.approx(3.0))
    assert created.get("sourceBytes") == {"A": video.stat().st_size, "B": None}[generation]
    assert answer["action"].startswith("Capture · ")
    assert answer["frames"] == [pytest.approx(35.0, abs=0.1), pytest.approx(85.0, abs=1.2)]
    assert answer["moves"] > 0.1
    its_own = A_NEW_RIG if target == "UNITREE_G1" else ITS_OWN
    assert [path for path in answer["changed"] if not its_own.match(path)] == []


@pytest.mark.slow
@in_oldest_and_newest
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
