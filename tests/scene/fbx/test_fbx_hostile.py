"""No FBX file hurts: it is refused before an importer sees it, or is imported where nothing can be lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest

from aimocap_blender.scene.fbx import fbx_check, fbx_sampling, fbx_sampling_child
from aimocap_blender.scene.fbx.fbx_sampling import FbxSampling
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest, in_oldest_and_newest
from tests.media.fbx_text import TEXT, spoiled_texts
from tests.media.hostile_fbx import broken_files, cut_files, whole
from tests.media.hostile_fbx_scenes import spoiled_scenes, textured_scene

from ..one_by_one import sampled_one_by_one
from ..scene_dump import changes, dump

_TAKEN_MIB = 512
"""More than a small file has a reason to take, Blender's own 300 included."""


def is_in_words(sentences: list[object]) -> bool:
    """Whether these are one sentence of what happened, and one of what to do."""
    return len(sentences) == 2 and all(
        str(text).endswith(".") and (str(text)[0].isupper() or str(text)[0] == "“") for text in sentences
    )


@pytest.mark.slow
def test_a_broken_structure_is_refused_before_an_importer_sees_it(tmp_path: Path) -> None:
    file = tmp_path / "any.fbx"
    file.write_bytes(whole()[0])
    assert fbx_check.problem_of_fbx(file) is None
    broken = {**broken_files(), **dict(cut_files())}
    assert len(broken) > 1000
    for name, data in broken.items():
        file.write_bytes(data)
        problem = fbx_check.problem_of_fbx(file)
        assert problem is not None, name
        assert is_in_words([problem.what, problem.next_step]), name


@pytest.mark.slow
@in_newest
def test_file_of_a_sound_structure_is_read_or_refused_in_words(tmp_path: Path) -> None:
    found = dict(sampled_one_by_one(spoiled_scenes(), tmp_path))
    assert len(found) > 100
    odd = {name: outcome for name, outcome in found.items() if outcome[2] not in {"read", "refused"}}
    assert not odd
    for name, (_seconds, peak_mib, what, *sentences) in found.items():
        assert what == "read" or is_in_words(sentences), (name, sentences)
        assert peak_mib < _TAKEN_MIB, name
    assert {outcome[2] for outcome in found.values()} == {"read", "refused"}


@pytest.mark.slow
@in_oldest_and_newest
@pytest.mark.skipif("fbx_import" not in dir(bpy.ops.wm), reason="this Blender reads no ASCII FBX")
def test_spoiled_text_is_read_or_refused_or_crashes_alone(tmp_path: Path) -> None:
    for name, outcome in sampled_one_by_one(spoiled_texts(), tmp_path):
        if outcome[0] != "crashed":
            _seconds, peak_mib, what, *sentences = outcome
            assert what == "read" or (what == "refused" and is_in_words(sentences)), (name, what, sentences)
            assert peak_mib < _TAKEN_MIB, name


@pytest.mark.slow
@in_newest
def test_the_scene_and_the_machine_are_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bpy.ops.mesh.primitive_cube_add()
    bpy.ops.object.armature_add()
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 25, 1.001
    scene.frame_set(77)
    scenes, before = spoiled_scenes(), dump()
    files = {
        "broken": broken_files()["no Connections"],
        "read": whole()[0],
        "refused": scenes["values that are no numbers"],
        "overfull": scenes["500 bones in a chain"],
    }
    monkeypatch.setattr(fbx_sampling, "_MOST_SAMPLES", 1000)
    running: dict[str, FbxSampling] = {}
    for name, data in files.items():
        (tmp_path / f"{name}.fbx").write_bytes(data)
        running[name] = FbxSampling(tmp_path / f"{name}.fbx", tmp_path / name).begin()
    for name, sampling in running.items():
        sampling.wait()
        if name == "read":
            assert sampling.clips()
        else:
            with pytest.raises(Fault) as raised:
                sampling.clips()
            assert is_in_words([raised.value.what, raised.value.next_step])
    assert not changes(before, dump())
    own = {path for folder in tmp_path.glob("*/user") for path in folder.rglob("*")}
    left = {path.name for path in {*tmp_path.rglob("*")} - own if path.is_file() and path.suffix != ".fbx"}
    assert left == {"request.json", "result.json", "log.txt", "clips.npz"}
    if sys.platform == "linux":
        for task in Path("/proc/self/task").iterdir():
            assert not (task / "children").read_text(encoding="ascii").strip()


def limits_of_a_guarded_process(tmp_path: Path, then: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "guarded.py"
    folder = Path(fbx_sampling_child.__file__).parent
    script.write_text(f"import sys\nsys.path.insert(0, {str(folder)!r})\nimport fbx_sampling_child\n{then}", "utf-8")
    return subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)


def test_the_importing_process_is_held_within_limits(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("other systems set fewer limits")
    names = ("RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_FSIZE")
    ran = limits_of_a_guarded_process(
        tmp_path,
        "import os, resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))\n"
        "fbx_sampling_child.guard(64, 7)\n"
        f"print('limits', *(resource.getrlimit(getattr(resource, name))[1] for name in {names}), flush=True)\n"
        "try:\n    bytearray(96 << 20)\nexcept MemoryError:\n    print('no memory', flush=True)\nos._exit(0)\n",
    )
    cpu_sec, memory, file = (int(word) for word in ran.stdout.split("limits")[1].split()[:3])
    assert (cpu_sec, file) == (7, 1 << 30)
    assert 0 < memory < 1 << 40
    assert "no memory" in ran.stdout


@in_oldest_and_newest
def test_where_no_limit_can_be_set_a_process_ends_itself(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows tells no process's memory in this way")
    ran = limits_of_a_guarded_process(
        tmp_path,
        "import os, threading\n"
        "threading.Thread(target=fbx_sampling_child.watch_memory, args=(64,), daemon=True).start()\n"
        "taken = []\nwhile len(taken) < 4000:\n    taken.append(b'x' * (1 << 20))\nos._exit(0)\n",
    )
    assert ran.returncode == fbx_sampling_child._OUT_OF_MEMORY


TEXTURE = """	Texture: 50, "Texture::t", "" {{
		Type: "TextureVideoClip"
		{name}: {path}
		RelativeFilename: "{path_only}"
		Media: "Video::v"
	}}
	Video: 51, "Video::v", "Clip" {{
		Type: "Clip"
		Properties70:  {{
			P: "Path", "KString", "XRefUrl", "", "{path_only}"
		}}
		Filename: "{path_only}"
		RelativeFilename: "{path_only}"
	}}
	Material: 52, "Material::m", "" {{
	}}
	Geometry: 53, "Geometry::g", "Mesh" {{
		Vertices: *9 {{
			a: 0,0,0,1,0,0,0,1,0
		}}
		PolygonVertexIndex: *3 {{
			a: 0,1,-3
		}}
	}}
	Model: 54, "Model::body", "Mesh" {{
	}}
"""
LINKS = """	C: "OP",50,52, "DiffuseColor"
	C: "OO",51,50
	C: "OO",52,54
	C: "OO",53,54
	C: "OO",54,0
"""


@pytest.mark.slow_cases
@pytest.mark.fault(75)
@pytest.mark.skipif(sys.platform == "win32", reason="what tells that it was opened is a FIFO")
@pytest.mark.parametrize("place", ["absolute", "beside the file", "above it", "after a comment"])
@pytest.mark.skipif("fbx_import" not in dir(bpy.ops.wm), reason="this Blender reads no ASCII FBX")
def test_a_picture_that_a_file_names_is_not_opened(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens the FIFO waits for ever."""
    fifo = tmp_path / "picture.png"
    os.mkfifo(fifo)
    path = {"beside the file": fifo.name, "above it": f"../{tmp_path.name}/{fifo.name}"}.get(place, str(fifo))
    quoted = f'; "\n "{path}"' if place == "after a comment" else f'"{path}"'
    texture = TEXTURE.format(name="FileName", path=quoted, path_only=path)
    text = TEXT.replace('	AnimationStack: 30, "', texture + '	AnimationStack: 30, "', 1)
    file = tmp_path / "textured.fbx"
    file.write_text(text.replace('	C: "OO",10,0\n', '	C: "OO",10,0\n' + LINKS, 1), encoding="utf-8")
    monkeypatch.setattr(fbx_sampling, "_TIME_LIMIT_SEC", 40.0)
    sampling = FbxSampling(file, tmp_path / "read").begin()
    sampling.wait()
    (clip,) = sampling.clips()
    assert clip.skeleton.names == ("hips", "spine")


@pytest.mark.fault(75)
@pytest.mark.skipif(sys.platform == "win32", reason="what tells that it was opened is a FIFO")
def test_a_picture_that_a_binary_file_names_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = tmp_path / "picture.png"
    os.mkfifo(fifo)
    file = tmp_path / "textured.fbx"
    file.write_bytes(textured_scene(str(fifo)))
    monkeypatch.setattr(fbx_sampling, "_TIME_LIMIT_SEC", 40.0)
    sampling = FbxSampling(file, tmp_path / "read").begin()
    sampling.wait()
    assert sampling.clips()
