"""Any file that people choose is read by one call or refused with the reason; a written one is whole and reads back."""

import gzip
import json
import pickle
import re
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.files import json_walker
from aimocap_blender.motion.files.file_writing import write_whole
from aimocap_blender.motion.g1 import csv_files, files
from aimocap_blender.motion.g1.choices import ChoiceName, ReadingChoices
from aimocap_blender.motion.g1.files import read_g1_file, write_g1_csv, write_g1_json, write_g1_npz
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.texts.faults import Fault
from tests.faults.small_disk import SmallDisk

WRITERS: dict[str, Callable[[Path, G1Motion], None]] = {
    "motion.json": write_g1_json,
    "lafan.csv": write_g1_csv,
    "named.csv": lambda path, motion: write_g1_csv(path, motion, header=True),
    "beyondmimic.npz": write_g1_npz,
    "mjlab.npz": lambda path, motion: write_g1_npz(path, motion, "mujoco"),
}


@pytest.fixture(scope="module")
def walk(shared_data: Path) -> G1Motion:
    return read_g1_motion(shared_data / "g1" / "kimodo_walk.json")


def test_the_content_says_what_a_file_is_not_its_name(walk: G1Motion, tmp_path: Path) -> None:
    for name, write in WRITERS.items():
        path = tmp_path / f"{name}.txt"
        write(path, walk)
        assert np.abs(read_g1_file(path).motion.dof_pos - walk.dof_pos).max() < 1e-6


def test_the_services_json_leaves_nothing_to_ask(walk: G1Motion, tmp_path: Path) -> None:
    write_g1_json(tmp_path / "a.json", walk)
    reading = read_g1_file(tmp_path / "a.json", ReadingChoices(angle_unit="deg"))
    assert (reading.motion.dof_pos == walk.dof_pos).all()
    assert [choice.name for choice in reading.choices] == list(get_args(ChoiceName))
    assert reading.source is None


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_parsed_or_written_in_one_long_call_that_other_threads_wait_for(
    walk: G1Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """C code keeps Python's lock while it parses: what it is given at once must be a frame, or a piece of an array."""
    longest = {"parsed": 0, "written": 0}

    def no_parser(*_: object, **__: object) -> None:
        raise AssertionError("the whole file is parsed in one call")

    class Decoder(json.JSONDecoder):
        def decode(self, s: str, *more: object) -> object:
            longest["parsed"] = max(longest["parsed"], len(s))
            return super().decode(s, *more)

    def cells(
        line: bytes, separator: bytes | None, split: Callable[..., list[bytes]] = csv_files._cells
    ) -> list[bytes]:
        longest["parsed"] = max(longest["parsed"], len(line))
        return split(line, separator)

    def written_in_pieces(path: Path, pieces: Iterable[bytes]) -> None:
        whole = list(pieces)
        longest["written"] = max(map(len, whole))
        write_whole(path, whole)

    for module, parsers in ((json, ["loads", "load"]), (np, ["loadtxt", "genfromtxt", "fromstring", "load"])):
        for parser in parsers:
            monkeypatch.setattr(module, parser, no_parser)
    monkeypatch.setattr(json_walker, "_decoder", Decoder(parse_int=float))
    monkeypatch.setattr(csv_files, "_cells", cells)
    monkeypatch.setattr(files, "write_whole", written_in_pieces)
    rows = np.arange(3000) % len(walk.dof_pos)
    WRITERS[name](tmp_path / name, G1Motion(30.0, walk.root_pos[rows], walk.root_quat[rows], walk.dof_pos[rows]))
    assert len(read_g1_file(tmp_path / name).motion.dof_pos) == 3000
    assert max(longest.values()) < 2048
    assert bool(longest["parsed"]) == (not name.endswith(".npz"))


def test_a_full_disk_says_that_space_is_needed(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "disk", "64k") as disk:
        disk.fill()
        with pytest.raises(Fault, match=r"can't be written: No space left on device\. Free up disk space\."):
            write_whole(disk.folder / "robot.csv", [bytes(4096)])


class Touching:
    """Pickled, it makes a file where it is opened."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress])
@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("name", ["a.pkl", "a.joblib", "a.npz"])
def test_pickles_that_call_anything_are_refused_with_the_way_to_convert_them(
    tmp_path: Path, pack: Callable[[bytes], bytes], protocol: int, name: str
) -> None:
    touched = tmp_path / "touched"
    (tmp_path / name).write_bytes(pack(pickle.dumps({"fps": Touching(touched)}, protocol)))
    with pytest.raises(Fault) as fault:
        read_g1_file(tmp_path / name)
    if protocol or name != "a.npz":
        assert "open”" in fault.value.what
        assert "np.savez" in fault.value.next_step
    assert not touched.exists()


def test_the_way_to_convert_works(walk: G1Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.pkl").write_bytes(pickle.dumps({"fps": 1j}))
    with pytest.raises(Fault) as fault:
        read_g1_file(tmp_path / "in.pkl")
    code = re.search(r'-c "import joblib, (.*)"\.$', fault.value.next_step)[1]
    xyzw = walk.root_quat[:, [1, 2, 3, 0]]
    clip = {"fps": 30, "root_pos": walk.root_pos, "root_rot": xyzw, "dof_pos": walk.dof_pos, "names": None}

    class Joblib:
        """The part of joblib that the code calls."""

        loaded: dict[str, object] = clip

        @classmethod
        def load(cls, _name: str) -> dict[str, object]:
            return cls.loaded

    monkeypatch.chdir(tmp_path)
    for loaded in (clip, {"walk": clip}):
        Joblib.loaded = loaded
        exec("import " + code, {"joblib": Joblib})  # noqa: S102 -- it is what people are told to run
        assert (read_g1_file(tmp_path / "out.npz").motion.dof_pos == walk.dof_pos).all()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "isn't a text file"),
        (b"[1, 2]", "no arrays by name"),
        (b'{"a": [', "a damaged JSON"),
        (b"\x89HDF\r\n\x1a\n\0", "a file of HDF5"),
        (b"SQLite format 3\0", "a file of ROS 2"),
        (b"fps: 30\nroot_pos:\n- [0, 0, 1]\n", "a file of YAML"),
        (b"# of walks\n\nmotions:\n- file: a.pkl\n", "a file of YAML"),
        (b"- 'file-name': a.pkl\n  weight: 1.0\n", "a file of YAML"),
        (b"Coordinates\nversion=1\nendheader\ntime\n", "a file of OpenSim"),
        (
            b'<?xml version="1.0"?>\n<!-- of a lab -->\n<robot name="g1">\n',
            "URDF, which .* choose a file of its motion",
        ),
        (b'<mujoco model="g1">\n', "MJCF, which .* choose a file of its motion"),
        (b'<?xml version="1.0"?>\n<mvnx version="4">\n', "MVNX, which .* from MVN as BVH"),
        (b"<motion>\n</motion>\n", "a file of XML, which .* arrays as npz"),
        (b"Format Version,1.23,Take Name,walk\n\n", "a file of OptiTrack"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:72\nsize 520425\n", "Git LFS's pointer"),
        (b"PK\x03\x04", "damaged"),
        (b"\x93NUMPY\x01\x00", "a damaged array"),
        ("1,2\n".encode("utf-16"), "has 2 columns"),
        (b"1\n2\n", "has 1 column;"),
        (b"<html></html>", "a web page"),
        (b"\xef\xbb\xbf\n\n<!DOCTYPE html>\n<html lang=en>", "a web page"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.dat").write_bytes(data)
    with pytest.raises(Fault, match=says):
        read_g1_file(tmp_path / "a.dat")


def test_missing_and_huge_files_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="can't be read"):
        read_g1_file(tmp_path / "nowhere.csv")
    with pytest.raises(Fault, match="can't be read"):
        read_g1_file(tmp_path)
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(Fault, match="larger"):
        read_g1_file(tmp_path / "a.csv")


@given(
    st.one_of(
        st.binary(max_size=300),
        st.sampled_from([b"PK\x03\x04", b"\x80", b"{", b"1,"]).flatmap(
            lambda start: st.binary(max_size=300).map(lambda rest: start + rest)
        ),
    )
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    with pytest.raises(Fault):
        read_g1_file(path)


@pytest.mark.parametrize("name", WRITERS)
def test_failed_writing_leaves_the_folder_as_it_was(walk: G1Motion, tmp_path: Path, name: str) -> None:
    with pytest.raises(Fault, match="can't be written"):
        WRITERS[name](tmp_path / "nowhere" / name, walk)
    (tmp_path / name).mkdir()
    with pytest.raises(Fault, match="can't be written"):
        WRITERS[name](tmp_path / name, walk)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_write_that_fails_halfway_leaves_what_was_there(walk: G1Motion, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_g1_json(path, walk)
    before = path.read_bytes()
    torn = G1Motion(walk.fps, walk.root_pos, walk.root_quat, np.array([object()] * 3))
    with pytest.raises((TypeError, AttributeError)):
        write_g1_json(path, torn)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    write_g1_json(path, walk)
    assert json.loads(path.read_text())["frameCount"] == 150
