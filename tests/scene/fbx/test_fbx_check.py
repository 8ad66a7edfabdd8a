"""Files that would mislead an importer are refused before one sees them, and real ones are not."""

import mmap
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.scene.fbx.fbx_check import FbxLimits, is_ascii_fbx, problem_of_ascii_fbx, problem_of_fbx
from aimocap_blender.scene.fbx.fbx_sampling import check_fbx
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_newest
from tests.media.fbx_text import TEXT
from tests.thorough import examples

from .fbx_bytes import HEAD, Node, doubles, file_of, scene_with, text

pytestmark = in_newest  # it reads bytes

REAL = (
    "motions/ue4_run.fbx",
    "motions/cmu_91_48.fbx",
    "motions/assimp_skeleton.fbx",
    "characters/kenney.fbx",
    "characters/rocketbox_male17.fbx",
    "characters/maya_character.fbx",
)


def problem(tmp_path: Path, data: bytes, limits: FbxLimits | None = None) -> str:
    file = tmp_path / "any.fbx"
    file.write_bytes(data)
    found = problem_of_fbx(file, limits)
    return found.what if found else ""


@pytest.mark.parametrize("name", REAL)
def test_real_files_are_sound(shared_data: Path, name: str) -> None:
    assert problem_of_fbx(shared_data / name) is None


@pytest.mark.parametrize("version", [7100, 7400, 7500, 7700])
def test_well_formed_file_is_sound(tmp_path: Path, version: int) -> None:
    model = Node(b"Model", [text(b"Hips\x00\x01Model"), doubles([1.0, 2.0]), doubles([0.5] * 999, packed=True)])
    assert problem(tmp_path, file_of(scene_with(model), version)) == ""


@pytest.mark.parametrize("version", [7400, 7500])
@pytest.mark.parametrize(
    "node",
    [
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"end": 1}), id="ends late"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"end": -3}), id="ends early"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"end": 1 << 30}), id="ends far away"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"count": 1}), id="one property more"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"count": -1}), id="one property less"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"count": 1 << 31}), id="billions of properties"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"length": -2}), id="properties too short"),
        pytest.param(Node(b"Model", [text(b"Hips")], lie={"length": 1 << 20}), id="properties too long"),
        pytest.param(Node(b"Model", [b"S" + struct.pack("<I", 1 << 31) + b"Hips"]), id="a text of 2 GB"),
        pytest.param(Node(b"Model", [b"q"]), id="an unknown type"),
        pytest.param(Node(b"Model", [doubles([1.0], length=3)]), id="an array longer than its bytes"),
        pytest.param(Node(b"Model", [doubles([1.0] * 50, length=49, packed=True)]), id="a packed array shorter"),
        pytest.param(Node(b"Model", [doubles([1.0] * 50, length=51, packed=True)]), id="a packed array longer"),
        pytest.param(Node(b"Model", [doubles([1.0], length=1 << 29, packed=True)]), id="an array said to be 4 GB"),
        pytest.param(Node(b"Model", [b"d" + struct.pack("<III", 1, 1, 4) + b"junk"]), id="no packed data"),
        pytest.param(Node(b"Model", [b"d" + struct.pack("<III", 1, 7, 8) + bytes(8)]), id="an unknown packing"),
        pytest.param(Node(b"Model", [b"d\x01"]), id="an array cut off in its numbers"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(tmp_path: Path, version: int, node: Node) -> None:
    assert "broken" in problem(tmp_path, file_of(scene_with(node), version))


def test_an_array_that_unpacks_to_more_than_it_says_is_not_unpacked_whole(tmp_path: Path) -> None:
    tracked = doubles([0.0] * 4_000_000, length=10, packed=True)  # 32 MB in 31 kB
    assert "stated size" in problem(tmp_path, file_of(scene_with(Node(b"Model", [tracked]))))


def test_nesting_has_an_end(tmp_path: Path) -> None:
    node = Node(b"Model")
    for _ in range(80):
        node = Node(b"Model", [], [node])
    assert "nested" in problem(tmp_path, file_of(scene_with(node)))


def test_each_limit_is_kept(tmp_path: Path) -> None:
    keys = Node(b"KeyTime", [doubles([0.0] * 60)])
    data = file_of(scene_with(*[Node(b"Model")] * 5, Node(b"AnimationCurve", [], [keys, keys])))
    assert problem(tmp_path, data, FbxLimits(nodes=11, models=5, keys=120, inflated_bytes=960)) == ""
    for limits in (FbxLimits(nodes=10), FbxLimits(models=4), FbxLimits(keys=119), FbxLimits(inflated_bytes=959)):
        assert "more than" in problem(tmp_path, data, limits)
    assert "MB" in problem(tmp_path, data, FbxLimits(file_bytes=len(data) - 1))


@pytest.mark.parametrize("packed", [False, True])
def test_keys_may_reach_over_as_many_seconds_as_the_limit_says(tmp_path: Path, packed: bool) -> None:
    def curve(*ticks: int) -> Node:
        many = struct.pack(f"<{200_000 + len(ticks)}q", *[5] * 200_000, *ticks)  # more than is looked at at once
        stored = zlib.compress(many) if packed else many
        times = b"l" + struct.pack("<III", len(many) // 8, packed, len(stored)) + stored
        return Node(b"AnimationCurve", [], [Node(b"KeyTime", [times])])

    limits = FbxLimits(seconds=10)
    end = 5 + 10 * 46186158000
    assert problem(tmp_path, file_of(scene_with(curve(end))), limits) == ""
    assert "hours" in problem(tmp_path, file_of(scene_with(curve(end + 1))), limits)
    assert "hours" in problem(tmp_path, file_of(scene_with(curve(), curve(end + 1))), limits)
    assert "hours" in problem(tmp_path, file_of(scene_with(curve(4, end))), limits)


@pytest.mark.parametrize("missing", [b"GlobalSettings", b"Objects", b"Connections"])
def test_a_file_without_a_scene_is_refused(tmp_path: Path, missing: bytes) -> None:
    nodes = [node for node in scene_with(Node(b"Model")) if node.name != missing]
    assert "no scene" in problem(tmp_path, file_of(nodes))


def test_other_files_are_refused_in_words(tmp_path: Path) -> None:
    assert "version 6100" in problem(tmp_path, file_of(scene_with(), 6100))
    assert "version 8000" in problem(tmp_path, file_of(scene_with(), 8000))
    for data in (b"", HEAD, b"HIERARCHY\nROOT Hips", b"; FBX 7.4.0 project file\n"):
        assert "not a binary FBX" in problem(tmp_path, data)
    (tmp_path / "robot.csv").write_text("0,0,0.8\n")
    with pytest.raises(Fault, match="is neither FBX, BVH nor glTF"):
        check_fbx(tmp_path / "robot.csv")
    with pytest.raises(Fault, match="could not be read"):
        check_fbx(tmp_path / "absent.fbx")
    with pytest.raises(Fault, match="could not be read"):
        check_fbx(tmp_path)


def test_text_and_binary_are_distinguished(tmp_path: Path, shared_data: Path) -> None:
    ascii_file = tmp_path / "ascii.fbx"
    ascii_file.write_text("; FBX 7.4.0 project file\nFBXHeaderExtension:  {\n}\n", encoding="utf-8")
    assert is_ascii_fbx(ascii_file)
    assert not any(is_ascii_fbx(shared_data / name) for name in (*REAL, "motions/boxing_toes.bvh"))


def test_text_is_sound_where_it_describes_a_scene(tmp_path: Path) -> None:
    file = tmp_path / "ascii.fbx"
    file.write_text(TEXT, encoding="utf-8")
    check_fbx(file)
    for cut in (TEXT.index("Objects:"), TEXT.index("Connections:")):
        file.write_text(TEXT[:cut], encoding="utf-8")
        with pytest.raises(Fault, match="no scene"):
            check_fbx(file)
    file.write_text(TEXT, encoding="utf-8")
    found = problem_of_ascii_fbx(file, FbxLimits(file_bytes=100))
    assert found is not None
    assert "MB limit" in found.what


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(150))
@given(cut=st.floats(0.0, 1.0, exclude_max=True))
def test_a_file_cut_off_before_its_last_node_is_refused(tmp_path: Path, shared_data: Path, cut: float) -> None:
    whole = (shared_data / "motions/cmu_91_48.fbx").read_bytes()
    assert problem(tmp_path, whole[: int(cut * (len(whole) - 200))])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(200))
@given(data=st.data())
def test_no_damage_makes_the_check_fail(tmp_path: Path, shared_data: Path, data: st.DataObject) -> None:
    damaged = bytearray((shared_data / "motions/cmu_91_48.fbx").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(27, len(damaged) - 9))
        patch = data.draw(st.binary(min_size=1, max_size=8))
        damaged[place : place + len(patch)] = patch
    problem(tmp_path, bytes(damaged))  # any answer will do, but an answer


def test_the_file_is_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps: list[mmap.mmap] = []

    class Remembered(mmap.mmap):
        def __init__(self, *_args: object, **_options: object) -> None:
            maps.append(self)

    monkeypatch.setattr(mmap, "mmap", Remembered)
    problem(tmp_path, file_of(scene_with(Node(b"Model", [b"q"]))))
    assert maps
    assert all(one.closed for one in maps)
