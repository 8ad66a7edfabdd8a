"""GMR's, ASAP's and PHC's pickles, made by the real libraries, are read; what could run code or fill memory isn't."""

import builtins
import bz2
import gzip
import lzma
import os
import pickle
import re
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest

from aimocap_blender.motion.g1.files import read_g1_file
from aimocap_blender.motion.g1.motion import G1Motion, read_g1_motion
from aimocap_blender.motion.g1.npz_files import read_g1_pickle
from aimocap_blender.texts.faults import Fault
from tests.media.g1_files import JOINTS, Written
from tests.media.g1_layout_variants import objects

MIB = 2**20


@pytest.fixture(scope="module")
def walk(shared_data: Path) -> G1Motion:
    return read_g1_motion(shared_data / "g1" / "kimodo_walk.json")


@pytest.fixture(scope="module")
def asap(shared_data: Path) -> G1Motion:
    """A clip of ASAP's, whose wrists are at 0."""
    return read_g1_motion(shared_data / "g1" / "asap_CR7_level2.json")


def gmr(motion: G1Motion) -> dict[str, object]:
    """The data that GMR's scripts save."""
    return {
        "fps": motion.fps,
        "root_pos": motion.root_pos,
        "root_rot": motion.root_quat[:, [1, 2, 3, 0]],
        "dof_pos": motion.dof_pos,
        "local_body_pos": None,
        "link_body_list": None,
    }


def phc(motion: G1Motion) -> dict[str, object]:
    """The data that PHC's retargeting saves, and ASAP and PBHC publish."""
    written = Written((motion.root_pos, motion.root_quat, motion.dof_pos), "23dof_without_wrists")
    frames = len(written.pos)
    return {
        "root_trans_offset": written.pos,
        "pose_aa": np.zeros((frames, 27, 3), np.float32),
        "dof": written.angles,
        "root_rot": written.rot,
        "smpl_joints": np.zeros((frames, 24, 3), np.float32),
        "fps": 30,
    }


def is_same(path: Path, motion: G1Motion, close: float = 1e-12) -> None:
    reading = read_g1_file(path)
    assert not reading.unsure
    assert reading.motion.fps == motion.fps
    assert np.abs(reading.motion.root_pos - motion.root_pos).max() <= close
    assert np.abs(reading.motion.root_quat - motion.root_quat).max() <= close
    assert np.abs(reading.motion.dof_pos - motion.dof_pos).max() <= close


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_gmrs_pickles_are_read(walk: G1Motion, tmp_path: Path, protocol: int) -> None:
    (tmp_path / "walk.pkl").write_bytes(pickle.dumps(gmr(walk), protocol))
    is_same(tmp_path / "walk.pkl", walk)


@pytest.mark.parametrize("core", [b"numpy.core.", b"numpy._core."], ids=["before 2", "since 2"])
def test_pickles_made_with_either_numpy_are_read(walk: G1Motion, tmp_path: Path, core: bytes) -> None:
    data = pickle.dumps(gmr(walk) | {"fps": np.float64(30.0)}, 2)
    named, names = re.subn(rb"numpy\._?core\.", core, data)
    assert names
    (tmp_path / "walk.pkl").write_bytes(named)
    is_same(tmp_path / "walk.pkl", walk)


def test_gmrs_later_pickles_with_the_robots_links_are_read(walk: G1Motion, tmp_path: Path) -> None:
    links = {"local_body_pos": np.zeros((150, 38, 3), np.float32), "link_body_list": ["pelvis", *"abc"]}
    (tmp_path / "walk.pkl").write_bytes(pickle.dumps(gmr(walk) | links | {"fps": np.float64(30.0)}))
    is_same(tmp_path / "walk.pkl", walk)


@pytest.mark.parametrize("compress", [0, 3, 9, ("zlib", 1), ("gzip", 3)])
def test_asaps_and_phcs_files_of_joblib_are_read(asap: G1Motion, tmp_path: Path, compress: object) -> None:
    joblib.dump({"0-CR7_level2_filter_amass": phc(asap)}, tmp_path / "a.pkl", compress=compress)
    is_same(tmp_path / "a.pkl", asap)


def test_the_content_says_that_it_is_a_pickle(walk: G1Motion, tmp_path: Path) -> None:
    for name, data in (("a.csv", pickle.dumps(gmr(walk))), ("b.pickle", pickle.dumps(gmr(walk), 0))):
        (tmp_path / name).write_bytes(data)
        is_same(tmp_path / name, walk)


@pytest.mark.parametrize("change", [np.asfortranarray, lambda array: array.astype(">f8"), lambda array: array.tolist()])
@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump])
def test_arrays_in_any_layout_are_read(
    walk: G1Motion, tmp_path: Path, change: Callable[[np.ndarray], object], dump: Callable[..., object]
) -> None:
    content = {name: change(value) if isinstance(value, np.ndarray) else value for name, value in gmr(walk).items()}
    with (tmp_path / "a.pkl").open("wb") as file:
        dump(content, file)
    is_same(tmp_path / "a.pkl", walk)


def test_single_precision_and_a_list_for_each_angle_are_read(asap: G1Motion, tmp_path: Path) -> None:
    content = {name: np.asarray(value, np.float32) for name, value in phc(asap).items()}
    content["dof"] = content["dof"][..., None]
    joblib.dump({"one": content}, tmp_path / "a.pkl")
    is_same(tmp_path / "a.pkl", asap, close=1e-6)


def test_joints_are_taken_by_their_names(walk: G1Motion, tmp_path: Path) -> None:
    names = [*JOINTS[::-1]]
    for words in (names, np.array(names)):
        content = gmr(walk) | {"dof_pos": walk.dof_pos[:, ::-1], "joint_names": words}
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(content))
        is_same(tmp_path / "a.pkl", walk)


def test_several_motions_are_named(asap: G1Motion, tmp_path: Path) -> None:
    joblib.dump({"run": phc(asap), "jump": phc(asap)}, tmp_path / "a.pkl")
    with pytest.raises(Fault, match="2 motions: run, jump"):
        read_g1_pickle(tmp_path / "a.pkl")


class Calling:
    """Pickled, it calls something where it is opened."""

    def __init__(self, call: object, *arguments: object) -> None:
        self.reduced = call, arguments

    def __reduce__(self) -> object:
        return self.reduced


class Setting(dict):
    """Pickled, it is an instance of a class of its own."""


TRICKS: dict[str, Callable[[Path], tuple[object, str]]] = {
    "os.system": lambda path: (Calling(os.system, f"touch {path}"), rf"{os.name}\.system|posix\.system"),
    "eval": lambda path: (Calling(builtins.eval, f"open({str(path)!r}, 'w')"), r"builtins\.eval|__builtin__\.eval"),
    "open": lambda path: (Calling(open, str(path), "w"), r"io\.open|_io\.open"),
    "getattr": lambda _: (Calling(getattr, 1, "real"), r"getattr"),
    "a module's load": lambda _: (Calling(np.load, "a.npy"), r"numpy\.load"),
    "a class": lambda _: (Setting(a=1), r"Setting|_reconstructor"),
    "a set": lambda _: ({1, 2}, r"set|0x8f"),
    "a complex number": lambda _: (1j, r"complex"),
    "joblib's load": lambda _: (Calling(joblib.load, "a.pkl"), r"joblib\.numpy_pickle\.load"),
}
PLACES: dict[str, Callable[[object], object]] = {
    "alone": lambda trick: trick,
    "in place of the rate": lambda trick: {"fps": trick},
    "nested": lambda trick: {"walk": {"fps": 30, "dof_pos": [[(trick,)]]}},
    "in an array of objects": lambda trick: {"fps": 30, "dof_pos": objects(1.0, trick)},
}
WRITERS: dict[str, Callable[[object, Path], object]] = {
    "protocol 0": lambda value, path: path.write_bytes(pickle.dumps(value, 0)),
    "protocol 2": lambda value, path: path.write_bytes(pickle.dumps(value, 2)),
    "protocol 5": lambda value, path: path.write_bytes(pickle.dumps(value, 5)),
    "joblib": joblib.dump,
    "joblib, packed": lambda value, path: joblib.dump(value, path, compress=3),
    "gzip": lambda value, path: path.write_bytes(gzip.compress(pickle.dumps(value))),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_pickle_that_calls_anything_is_refused_by_its_name(tmp_path: Path, trick: str) -> None:
    touched = tmp_path / "touched"
    value, says = TRICKS[trick](touched)
    for place in PLACES.values():
        for write in WRITERS.values():
            write(place(value), tmp_path / "a.pkl")
            with pytest.raises(Fault) as fault:
                read_g1_file(tmp_path / "a.pkl")
            assert re.search(f"asks for “[^”]*({says})", fault.value.what), fault.value.what
            assert "could run any code" in fault.value.what
            assert "np.savez" in fault.value.next_step
    assert not touched.exists()


def test_the_tricks_are_real(tmp_path: Path) -> None:
    for trick in ("os.system", "eval", "open"):
        value, _ = TRICKS[trick](tmp_path / trick)
        pickle.loads(pickle.dumps(value))  # noqa: S301 -- made here
        assert (tmp_path / trick).exists()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"ios\nsystem\n.", "os.system"),
        (b"cnumpy\nndarray\n(I4\nttR.", "damaged"),  # an array by its class
        (b"cnumpy\ndtype\n(V[('a', 'f8')]\ntR.", "numpy.dtype"),
        (b"P1\n.", "0x50"),
        (b"\x80\x05\x8f.", "0x8f"),
        (b"\x80\x05\x97.", "0x97"),
        (b"\x80\x04\x82\x01.", "0x82"),
        (b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x01x\x85R.", "os.system"),
        (b"\x80\x04K\x01K\x02\x93.", "damaged"),
        (b"\x80\x04]\x94a.", "damaged"),
        (b"\x80\x04}K\x01.", "no arrays by name"),
        (b"\x80\x04", "damaged"),
        (b"\x80\x04.", "damaged"),
        (b"\x80\x04(1.", "damaged"),
        (b"\x80\x04h\x05.", "damaged"),
        (b"\x80\x04]]s.", "damaged"),
        (b"\x80\x04}(]K\x01u.", "damaged"),
        (b"\x80\x04})\x85K\x01s.", "damaged"),  # a key that is a tuple
        (b"\x80\x04}(\x8a\x08" + (2**61 - 1).to_bytes(8, "little") + b"K\x01u.", "damaged"),  # and a large number
        (b"\x80\x04N.", "no arrays by name"),
        (b"\x80\x04]\x94h\x00a.", "no arrays by name"),
    ],
)
def test_pickles_written_by_hand_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.pkl").write_bytes(data)
    with pytest.raises(Fault, match=re.escape(says)):
        read_g1_file(tmp_path / "a.pkl")


def array_of(shape: tuple[int, ...], size: int = 0) -> bytes:
    """A pickle of an array that says one shape, and has other bytes."""
    good = pickle.dumps({"dof_pos": np.zeros((7, 5))}, 4)
    at = good.index(b"K\x07K\x05\x86")
    sizes = b"(" + b"".join(b"J" + struct.pack("<i", length) for length in shape) + b"t"
    return (good[:at] + sizes + good[at + 5 :]).replace(bytes(280), bytes(280 if size == 0 else size))


MANY = MIB // 8
FILLING = {
    "states a huge text": b"\x80\x04\x8d" + struct.pack("<Q", 2**40) + b"a.",
    "states huge bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**40) + b"a.",
    "states a huge bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**62) + b"a.",
    "states a huge number": b"\x80\x04\x8b" + struct.pack("<I", 2**31) + b"a.",
    "puts at a huge index": b"\x80\x04]r" + struct.pack("<I", 2**32 - 1) + b".",
    "states a huge array": array_of((2**31 - 1, 2**31 - 1, 2**31 - 1)),
    "lists": b"\x80\x04" + b"]" * MANY + b".",
    "dicts": b"\x80\x04" + b"}" * MANY + b".",
    "marks": b"\x80\x04" + b"(" * MANY + b".",
    "nothing": b"\x80\x04(" + b"N" * MANY + b"l.",
    "numbers": b"\x80\x04](" + b"K\x01" * MANY + b"e.",
    "copies": b"\x80\x04]" + b"2" * MANY + b".",
    "memos": b"\x80\x04]" + b"\x94" * MANY + b".",
    "gets": b"\x80\x04]\x94" + b"h\x00" * MANY + b".",
    "nested tuples": b"\x80\x04)" + b"\x85" * MANY + b".",
    "a dict's items": b"\x80\x04}("
    + b"".join(b"J" + struct.pack("<i", key) + b"N" for key in range(MANY // 4))
    + b"u.",
    "wide text": b"\x80\x04X" + struct.pack("<I", MANY) + b"a" * (MANY - 4) + "\U0001f600".encode() + b"0" + b".",
    "packed zeros": zlib.compress(b"\x80\x04" + b"\0" * 2**28, 1),
    "lists that contain one another": b"\x80\x04}\x8c\x07dof_pos](]"
    + b"".join(b"q%c](%s" % (level, b"h%c" % level * 200 + b"e") for level in range(1, 9))
    + b"eu.",
}


@pytest.mark.slow_cases
@pytest.mark.parametrize("kind", FILLING)
def test_a_pickle_takes_no_more_than_eight_times_its_size(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(FILLING[kind])
    tracemalloc.start()
    try:
        with pytest.raises(Fault):
            read_g1_pickle(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * path.stat().st_size + 2 * MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("protocol", [4, 5])
def test_an_array_for_each_of_many_frames_is_read(walk: G1Motion, tmp_path: Path, protocol: int) -> None:
    """AMI's files of more than ten seconds were refused, as would fill far more memory than their size."""
    parts = (walk.root_pos, walk.root_quat[:, [1, 2, 3, 0]], walk.dof_pos)
    names = ("root_position", "root_quaternion", "joint_positions")
    content: dict[str, object] = {"joints_list": list(JOINTS), "fps": 30.0}
    content |= {name: [row.copy() for row in np.tile(part, (20, 1))] for name, part in zip(names, parts, strict=True)}
    (tmp_path / "a.pkl").write_bytes(pickle.dumps(content, protocol))
    motion = read_g1_file(tmp_path / "a.pkl").motion
    assert np.abs(motion.dof_pos - np.tile(walk.dof_pos, (20, 1))).max() < 1e-9


def test_lists_that_contain_one_another_are_refused_at_once(tmp_path: Path) -> None:
    inner: object = [0.0] * 100
    for _ in range(3):
        inner = [inner] * 100  # a hundred million numbers in a file of two kB
    content: dict[str, object] = {"fps": 30, "dof_pos": inner}
    endless: list[object] = []
    endless.append(endless)
    empty: list[object] = [[[]] * 30000] * 30000
    for value in (inner, endless, empty, [[1.0], [1.0, 2.0]], [[1.0], 2.0], ["a"], [None], [10**400], {}):
        (tmp_path / "a.pkl").write_bytes(pickle.dumps(content | {"dof_pos": value}))
        with pytest.raises(Fault):
            read_g1_pickle(tmp_path / "a.pkl")


@pytest.mark.parametrize("dump", [pickle.dump, joblib.dump])
def test_a_large_motion_fits_in_what_it_may_take(tmp_path: Path, dump: Callable[..., object]) -> None:
    frames = 2000
    for change in (np.asarray, np.ndarray.tolist):
        content = {
            "fps": 50,
            "root_pos": change(np.full((frames, 3), 0.123)),
            "root_rot": change(np.tile([0.0, 0.0, 0.0, 1.0], (frames, 1))),
            "dof_pos": change(np.full((frames, 29), 0.123)),
        }
        with (tmp_path / "a.pkl").open("wb") as file:
            dump(content, file)
        assert read_g1_pickle(tmp_path / "a.pkl").angles.shape == (frames, 29)


@pytest.mark.parametrize("start", [b"\x04\x22\x4d\x18", b"ZF0x"])
def test_other_ways_to_pack_are_refused(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "a.pkl").write_bytes(start + bytes(40))
    with pytest.raises(Fault, match="packed in a way"):
        read_g1_file(tmp_path / "a.pkl")


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress, partial(lzma.compress, format=lzma.FORMAT_ALONE)])
def test_cut_or_hugely_packed_pickles_are_refused(
    walk: G1Motion, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(pickle.dumps(gmr(walk)))
    for data, says in ((packed[: len(packed) // 2], "damaged"), (pack(bytes(64 * MIB)), "memory")):
        (tmp_path / "a.pkl").write_bytes(data)
        tracemalloc.start()
        with pytest.raises(Fault, match=says):
            read_g1_file(tmp_path / "a.pkl")
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB  # xz itself takes 8
        tracemalloc.stop()


def old_torch(value: object) -> bytes:
    """A file of PyTorch's before 1.6 without storages."""
    head = bytes.fromhex("80028a0a6cfc9c46f9206aa850192e") + b"\x80\x02M\xe9\x03."
    return head + b"".join(pickle.dumps(part, 2) for part in ({"little_endian": True}, value, []))


def in_itself(data: bytes, times: int) -> bytes:
    """A pickle that asks for the storage in bytes that are such a pickle."""
    for _ in range(times):
        call = b"ctorch.storage\n_load_from_bytes\nB" + struct.pack("<I", len(data)) + data + b"\x85R."
        data = old_torch(0)[:15] + b"\x80\x02M\xe9\x03." + pickle.dumps({"little_endian": True}, 2) + call + b"]."
    return data


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04" + bytes(40), "damaged"),
        (old_torch({})[:20], "damaged"),
        (old_torch({"little_endian": True})[:60], "damaged"),
        (old_torch({"dof_pos": 1}).replace(b"\x88", b"\x89"), "damaged"),  # of a computer with another order of bytes
        (old_torch(Calling(os.system, "true")), "system"),
        (in_itself(old_torch(0), 40), "damaged"),
    ],
)
def test_pytorchs_damaged_and_hostile_files_are_refused(tmp_path: Path, data: bytes, says: str) -> None:
    (tmp_path / "a.pth").write_bytes(data)
    with pytest.raises(Fault, match=says):
        read_g1_file(tmp_path / "a.pth")
