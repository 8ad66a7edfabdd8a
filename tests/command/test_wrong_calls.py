"""Calls that can't be meant, or that name the wrong thing: each is refused in sentences that say what to use."""

from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.standin import StandIn

pytestmark = in_newest

NOT_MEANT = [
    ("capture VIDEO --also-unitree-g1 --target unitree_g1", "can't be combined with --target unitree_g1. Remove one"),
    ("capture VIDEO --also-unitree-g1 --output a.blend", ".fbx or .json, or give a .blend file with --character"),
    ("capture VIDEO --also-unitree-g1 --character HERO --output a.fbx", "Use a name that ends in .blend or .json."),
    ("capture VIDEO --fps 25", "'25' is not one of 24, 30, 60, 120"),
    ("capture VIDEO --fps x", "'x' is not one of"),
    ("capture VIDEO --start abc", "'abc' is not a number of seconds (0 or more)"),
    ("capture VIDEO --end -1", "'-1' is not a number of seconds"),
    ("capture VIDEO --end nan", "'nan' is not a number of seconds"),
    ("capture VIDEO --parallel x", "'x' is not a whole number (1 or more)"),
    ("capture VIDEO --parallel 0", "'0' is not a whole number"),
    ("capture VIDEO --start 3 --end 1", "The range is empty. Give an --end later than --start."),
    ("capture VIDEO --start 1 --end 1", "The range is empty. Give an --end later than --start."),
    ("capture VIDEO --end 0", "The range is empty. Give an --end later than --start."),
    ("capture VIDEO --body legs", "'legs' is not one of full_body, upper_body"),
    ("capture VIDEO --target unitree", "'unitree' is not default, unitree_g1 or avatar:ID"),
    ("capture VIDEO --armature Hero", "--armature is given without --character. Give its .blend file"),
    ("capture VIDEO --character HERO", "--character is given without --output. Give the .blend file to write"),
    ("capture VIDEO OTHER --output a.fbx", "a.fbx is a single file, but there are several videos. Give a folder"),
    ("apply 3f --character HERO --output a.fbx", "a.fbx can't hold a character. Use a name that ends in .blend."),
    ("recover job --output a.bvh", "a.bvh can't hold this motion. Use a name that ends in .fbx or .json."),
    ("export --character HERO --output WALK", "walk.bvh is a file, or the name of one. Give a folder with --output."),
    ("export --character HERO --output out --format usd", "'usd' is not one of fbx, bvh, glb"),
    ("preview VIDEO --character HERO --output a.usd", "a.usd can't hold this motion. Use a name that ends in .blend."),
    ("preview VIDEO --character HERO --output a.fbx --format bvh", "Use a name that ends in .bvh."),
    ("preview VIDEO --character HERO --output out --format fbx,usd", "'usd' is not one of blend, fbx, bvh, glb"),
    ("preview VIDEO OTHER --character HERO --output a.fbx", "a.fbx is a single file, but there are several to write."),
    ("preview VIDEO --start 2 --end 1 --character HERO --output a.fbx", "The range is empty. Give an --end later"),
    ("retarget FOLDER --character HERO --output out", "contains no FBX, BVH or glTF files. Name the files"),
    ("retarget WALK WALK --character HERO --output out", "Two files have the same name. Write them into separate"),
    ("retarget WALK ARM --character HERO --output HERE --format bvh", "walk.bvh would be overwritten. Give another"),
    ("retarget WALK --character HERO", "The following arguments are required: --output. See "),
    ("g1 WALK --output a.npz", "a.npz is a file, or the name of one. Give a folder with --output."),
    ("g1 ROBOT --output HERE --format csv --overwrite", "robot.csv would be overwritten. Give another folder with"),
    ("g1 WALK --output out --format urdf", "'urdf' is not one of json, csv"),
    ("g1 WALK --start 1 --output out", "--start and --end are for videos only. Leave them out, or name only videos."),
    ("g1 VIDEO --start 1 --end 0.5 --output out", "The range is empty. Give an --end later than --start."),
    ("dance VIDEO", "invalid choice: 'dance'"),
]
"""They end with status 2, and nothing is begun."""
NAMES_THE_WRONG_THING = [
    ("capture WALK", "walk.bvh is a motion file, not a video. Put it onto a character with retarget, or onto a robot"),
    ("preview WALK --character HERO --output a.fbx", "walk.bvh is a motion file, not a video. Put it onto a character"),
    (
        "preview ROBOT --character HERO --output a.fbx",
        "is a file of robot motion, not a video. Repair and check it with",
    ),
    ("preview FOLDER --character HERO --output a.fbx", "is a folder, not a video. Name the videos in it, such as"),
    ("preview VIDEO --character WALK --output a.fbx", "walk.bvh is no .blend file. Import the character in Blender"),
    ("retarget VIDEO --character HERO --output a.fbx", "is a video, not a motion file. Put it onto the character with"),
    ("retarget ROBOT --character HERO --output a.fbx", "or if it is a robot's, repair and check it with g1."),
    (
        "retarget HERO --character HERO --output a.fbx",
        "is no FBX, BVH or glTF file. Export the motion as one of these.",
    ),
    ("retarget WALK --character HERO --output WALK", "walk.bvh would be overwritten. Give another --output, or"),
    ("retarget gone.bvh --character HERO --output a.fbx", "gone.bvh is missing. Check its path."),
    ("g1 FOLDER --output out", "There is no motion in the folder. Name a folder with files of motion"),
]
"""They end with status 1."""


@pytest.mark.parametrize(("calls", "status"), [(NOT_MEANT, 2), (NAMES_THE_WRONG_THING, 1)], ids=["not meant", "wrong"])
def test_a_wrong_call_says_what_to_use(
    calls: list[tuple[str, str]],
    status: int,
    call: Any,
    service: StandIn,
    video: Path,
    character_blend: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    paths = {
        "VIDEO": video,
        "OTHER": tmp_path / "other.mp4",
        "HERO": character_blend,
        "WALK": tmp_path / "walk.bvh",
        "ARM": tmp_path / "arm.bvh",
        "ROBOT": tmp_path / "robot.csv",
        "FOLDER": tmp_path / "empty",
        "HERE": tmp_path,
    }
    for name in ("WALK", "ARM", "ROBOT"):
        paths[name].write_text("mine")
    paths["FOLDER"].mkdir()
    before = {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()}
    for words, says in calls:
        ended, output, errors = call(*(paths.get(word, word) for word in words.split()))
        assert (ended, says in errors) == (status, True), (words, errors)
        assert "Traceback" not in output + errors, words
        assert service.requests == []
        assert {path: path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()} == before
