"""Files that own readers refuse, and the libraries that would be shorter don't; else the reader can go."""

import io
import pickle
import pickletools
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pytest

from aimocap_blender.motion.files.npz_archive import NpzArchive
from aimocap_blender.motion.files.pickle_archive import PickleArchive
from aimocap_blender.texts.faults import Fault

MIB = 2**20
NESTED = b"\x80\x04})" + b"\x85" * 200_000 + b"K\x01s."
STATED = b"\x80\x05\x96" + (256 * MIB).to_bytes(8, "little") + b"a."


def npz_that_states(count: int) -> bytes:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (count,)})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("dof_pos.npy", header.getvalue())
    return file.getvalue()


def most_memory(act: Callable[[], object], error: type[Exception]) -> int:
    """Bytes that something takes before it raises."""
    tracemalloc.start()
    try:
        with pytest.raises(error):
            act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def unpickled(data: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run Python's own unpickler on a file, although no name may be looked up."""
    script = """
import io, pickle, sys, threading
class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        raise ValueError
unpickler = Unpickler(io.BytesIO(sys.stdin.buffer.read()))
threading.stack_size(1 << 20)  # however large the main thread's is
thread = threading.Thread(target=unpickler.load)
thread.start()
thread.join()
"""
    return subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=False)


def test_a_nested_key_is_refused_and_ends_a_process_with_pythons_unpickler(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(NESTED)
    with pytest.raises(Fault):
        PickleArchive(tmp_path / "a.pkl")
    ended = unpickled(NESTED)
    assert ended.returncode != 0, ended.stderr
    assert unpickled(b"\x80\x04}.").returncode == 0


def test_a_stated_size_takes_no_memory_here_and_all_of_it_with_pythons_unpickler(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(STATED)
    assert most_memory(lambda: PickleArchive(tmp_path / "a.pkl"), Fault) < MIB
    assert most_memory(lambda: pickle.loads(STATED), pickle.UnpicklingError) > 255 * MIB  # noqa: S301 -- made here


def test_opcodes_of_joblibs_files_cannot_be_looked_at_beforehand(tmp_path: Path) -> None:
    joblib.dump({"dof_pos": np.full((9, 9), 0.1)}, tmp_path / "a.pkl")
    assert PickleArchive(tmp_path / "a.pkl").numbers("dof_pos").shape == (9, 9)
    with pytest.raises(ValueError, match="opcode"):
        list(pickletools.genops((tmp_path / "a.pkl").read_bytes()))


def test_a_stated_shape_takes_no_memory_here_and_all_of_it_with_numpy(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(npz_that_states(32 * MIB))
    assert most_memory(lambda: NpzArchive(path).numbers("dof_pos"), Fault) < MIB
    assert most_memory(lambda: np.load(path)["dof_pos"], ValueError) > 255 * MIB
