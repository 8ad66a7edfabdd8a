"""Property of others before and after each operator: the user's files, and the wheels of other extensions."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.blender_versions import in_newest
from tests.faults.marks import Seen
from tests.installed.conftest import LONGEST_SEC, RunInBlender
from tests.installed.neighbour import changed, neighbour_zip, tree_of
from tests.media.barcode_video import MOVIES, barcode_video
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.standin import Results, StandIn
from tests.with_networks import needs_networks
from tools.suites import BLENDER_PROGRAM

ITS_OWN = re.compile(
    r"/extensions/user_default/aimocap_blender/(.*/)?__pycache__/"  # Python's, when a module is first imported
    r"|/datafiles/aimocap/"  # its log, and captures where no other folder is chosen
    r"|/scripts/presets/aimocap/"  # the user's own, by `add_motion_preset`
    r"|/config/aimocap/submitted\.log$"  # the second witness of what is submitted, beside the key
)
"""Files of the add-on's in the user's folders, which it may change."""
STARTS_A_BLENDER = {
    *("check_video", "preview_motion", "capture_motion", "render_review", "import_motion_fbx", "retarget_to_g1"),
    *(f"--command aimocap {verb}" for verb in ("capture", "apply", "export", "preview", "g1")),
}


@pytest.mark.slow
@pytest.mark.fault(91)
@in_newest
@needs_networks
def test_no_operator_or_verb_touches_the_users_files(
    extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path, seen: Seen
) -> None:
    motion = tmp_path / "walk.fbx"
    make_metahuman_fbx(motion, 0.2, 1.0)
    home = tmp_path / "home"
    home.mkdir()
    with StandIn(results=Results(fbx=motion), polls=("completed",)) as service:
        answer = run_in_blender(
            "neighbour_child.py",
            {
                "zip": str(extension_zip),
                "neighbour": str(neighbour_zip(tmp_path)),
                "video": str(filmed_person(FILMS, Film(frames=30))),
                "motion": str(motion),
                "captures": str(tmp_path / "captures"),
                "users": [str(tmp_path / "config"), str(home)],
            },
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key, "HOME": str(home)},
        )
    assert any(".local/" in path and "neighbour_wheel" in path for path in answer["installed"])
    assert {name: said for name, said in answer["refused"].items() if name in STARTS_A_BLENDER} == {}
    others = {name: of_others(paths) for name, paths in answer["changed"].items()}
    assert {name: paths for name, paths in others.items() if paths} == {}
    seen(f"{len(others)} operators and verbs, no file of others changed")


@pytest.mark.skipif(BLENDER_PROGRAM not in os.environ, reason="only a Blender program has a command line")
def test_the_command_line_of_the_users_own_blender(extension_zip: Path, tmp_path: Path) -> None:
    """Where both extensions are enabled in the saved preferences, which a call reads."""
    blender, home, config = os.environ.get(BLENDER_PROGRAM, ""), tmp_path / "home", tmp_path / "config"
    variables = {**os.environ, "HOME": str(home), "BLENDER_USER_RESOURCES": str(config)}
    video = barcode_video(MOVIES, 25, 60, (160, 120))

    def status_of(*arguments: object) -> int:
        command = [blender, "--online-mode", "--command", *map(str, arguments)]
        return subprocess.run(
            command, env=variables, check=False, timeout=LONGEST_SEC, stdout=subprocess.DEVNULL
        ).returncode

    home.mkdir()
    config.mkdir()
    for extension in (neighbour_zip(tmp_path), extension_zip):
        assert status_of("extension", "install-file", "-r", "user_default", "-e", extension) == 0
    motion = tmp_path / "walk.fbx"
    make_metahuman_fbx(motion, 0.2, 0.6)
    assert status_of("aimocap", "list") == 0
    before = tree_of(home, config)
    assert any("neighbour_wheel" in path for path in before)
    with StandIn(polls=("completed",)) as service:
        variables |= {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key}
        onto_a_new_rig = ("--target", "unitree_g1", "--output", tmp_path / "robot.blend")
        assert status_of("aimocap", "capture", video, *onto_a_new_rig) == 0
    finds_faults = 3
    assert status_of("aimocap", "g1", motion, "--no-fix", "--output", tmp_path / "robot") in {0, finds_faults}
    assert of_others(changed(before, tree_of(home, config))) == []


def of_others(paths: list[str]) -> list[str]:
    """Those that the add-on must not change."""
    return [path for path in paths if not ITS_OWN.search(path)]
