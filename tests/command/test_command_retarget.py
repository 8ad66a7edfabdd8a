"""The verb `retarget`: a folder of human motion onto a character, one file after the other, some of them broken."""

import json
import shutil
from pathlib import Path
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.command.written_limbs import Limbs, limbs_apart, limbs_in
from tests.ui.acts import module

pytestmark = [in_oldest_and_newest, pytest.mark.usefixtures("addon")]


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short human motion: a body of 19 joints that waves an arm, three frames of it."""
    file = tmp_path_factory.mktemp("walk") / "walk.bvh"
    file.write_text(_bvh(frames=3))
    return file


def test_a_folder_becomes_files_that_are_what_their_names_say(
    call: Any,
    shared_data: Path,
    character_blend: Path,
    tmp_path: Path,
) -> None:
    """Each is imported again and compared with the motion that its own name says, applied in a file of its own."""
    mocap, out = tmp_path / "mocap", tmp_path / "out"
    mocap.mkdir()
    names = ("cmu1_jumping_jacks.bvh", "kenney_attack.fbx")
    for name in names:
        shutil.copyfile(shared_data / "motions" / name, mocap / name)
    (mocap / "broken.fbx").write_bytes(b"Kaydara FBX Binary  \0 and no more")
    (mocap / "notes.txt").write_text("not motion")
    asked = ("retarget", mocap, "--character", character_blend, "--output")
    status, output, errors = call(*asked, out, "--format", "blend,fbx,glb", "--json")
    assert status == 1
    assert "broken.fbx" in errors
    steps = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert [one["step"] for one in steps] == ["failed", "done", "done", "summary"]
    assert {name: steps[-1][name] for name in ("files", "done", "failed")} == {
        "files": 3,
        "done": 2,
        "failed": [str(mocap / "broken.fbx")],
    }
    limbs: dict[str, Limbs] = {}
    for name, step in zip(names, steps[1:3], strict=True):
        stem = Path(name).stem
        outputs = [out / f"{stem}{suffix}" for suffix in (".blend", ".fbx", ".glb")]
        assert step["outputs"] == list(map(str, outputs))
        wanted = limbs[name] = limbs_in(outputs[0])
        (armature,) = [found for found in bpy.data.objects if found.type == "ARMATURE"]
        action = module("scene.armatures").action_of(armature)
        assert module("scene.action_source").source_of(action).file == name
        for other in outputs[1:]:
            assert limbs_apart(limbs_in(other), wanted) < 0.1
    one, other = limbs.values()
    assert len(next(iter(one.values()))) != len(next(iter(other.values()))), "two different motions"


@pytest.mark.long
@in_newest
@pytest.mark.usefixtures("sampled_once")
def test_many_files_and_one_summary(call: Any, walk: Path, character_blend: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = [tmp_path / f"take_{number:03}.bvh" for number in range(9)]
    for file in files:
        shutil.copyfile(walk, file)
    broken = [tmp_path / name for name in ("broken.bvh", "film.mp4", "robot.csv")]
    for file in broken:
        file.write_text("HIERARCHY, and no more")
    named = (*files[:5], *broken, *files[5:])
    asked = ("retarget", *named, "--character", character_blend, "--output", out, "--format", "bvh")
    status, output, errors = call(*asked)
    assert status == 1
    lines = output.splitlines()
    assert lines[-1] == f"Files on the character: 9 of 12. Failed: {', '.join(map(str, broken))}."
    done = [line.partition(": ")[0] for line in lines if line.startswith(str(tmp_path))]  # Blender prints its own
    assert done == list(map(str, files))
    for file, says in zip(broken, ("is neither FBX, BVH", "with preview or capture", "with g1"), strict=True):
        assert any(line.startswith(f"{file}: ") and says in line for line in errors.splitlines())
    assert sorted(file.name for file in out.iterdir()) == [file.name for file in files]


def test_all_is_well(call: Any, walk: Path, character_blend: Path, tmp_path: Path) -> None:
    asked = ("retarget", walk, "--character", character_blend, "--output", tmp_path / "a.fbx")
    status, output, _ = call(*asked)
    assert status == 0
    assert output.splitlines()[-1] == "Files on the character: 1 of 1."
    before = (tmp_path / "a.fbx").read_bytes()
    status, _, errors = call(*asked)
    assert (status, "--overwrite" in errors) == (1, True)
    assert (tmp_path / "a.fbx").read_bytes() == before
    assert call(*asked, "--overwrite")[0] == 0


@in_newest
@pytest.mark.usefixtures("sampled_once")
def test_onto_part_of_the_body(call: Any, walk: Path, character_blend: Path, tmp_path: Path) -> None:
    asked = ("retarget", walk, "--character", character_blend, "--output", tmp_path / "a.blend", "--parts")
    assert call(*asked, "left_arm,Left_Hand")[0] == 0
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    (armature,) = [found for found in bpy.data.objects if found.type == "ARMATURE"]
    keyed = {path.split('"')[1] for path, _ in module("scene.keys.keyframes").curves_of(armature)}
    assert "mixamorig:LeftForeArm" in keyed
    assert all(bone.startswith("mixamorig:Left") and "Leg" not in bone for bone in keyed)
    assert call(*asked, "left_wing")[0] == 2


def _bvh(frames: int) -> str:
    joint = "{0}JOINT {1}\n{0}{{\n{0}OFFSET {2}\n{0}CHANNELS 3 Zrotation Xrotation Yrotation\n{3}{0}}}\n"
    end = "End Site\n{\nOFFSET 0 8 0\n}\n"

    def chain(*parts: tuple[str, str]) -> str:
        (name, offset), *below = parts
        return joint.format("", name, offset, chain(*below) if below else end)

    sides = (("Left", 1), ("Right", -1))
    arms = "".join(
        chain(
            (f"{side}Shoulder", f"{sign * 4} 10 0"),
            (f"{side}Arm", f"{sign * 14} 0 0"),
            (f"{side}ForeArm", f"{sign * 28} 0 0"),
            (f"{side}Hand", f"{sign * 25} 0 0"),
        )
        for side, sign in sides
    )
    legs = "".join(
        chain(
            (f"{side}UpLeg", f"{sign * 10} -5 0"),
            (f"{side}Leg", "0 -42 0"),
            (f"{side}Foot", "0 -42 0"),
            (f"{side}ToeBase", "0 -6 14"),
        )
        for side, sign in sides
    )
    neck = chain(("Neck", "0 18 0"), ("Head", "0 12 0"))
    spine = joint.format("", "Spine", "0 12 0", joint.format("", "Spine1", "0 20 0", neck + arms))
    root = "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    head = f"HIERARCHY\nROOT Hips\n{{\nOFFSET 0 0 0\n{root}\n{spine}{legs}}}\n"
    names = head.count("CHANNELS 3")
    rows = [
        " ".join(["0 95 0", *["0 0 0"] * 5, f"0 0 {10 * frame}", *["0 0 0"] * (names - 5)]) for frame in range(frames)
    ]
    return f"{head}MOTION\nFrames: {frames}\nFrame Time: 0.04\n" + "\n".join(rows) + "\n"
