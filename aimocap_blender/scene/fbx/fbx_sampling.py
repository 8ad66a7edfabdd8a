"""Reading motions from an FBX, BVH or glTF file without blocking the window or changing the scene.

A background Blender imports and samples (`fbx_sampling_child.py`); only arrays come back.
"""

import os
import zipfile
from pathlib import Path
from typing import Any, cast

import numpy as np

from ...motion.bones.humanoid import CORE_SLOTS
from ...motion.rotations import FloatArray
from ...motion.skeleton import Clip, Skeleton
from ...plain_files import NOT_PLAIN, open_plain
from ...texts.faults import Fault
from ...texts.text import Text
from ..background_blender import BackgroundBlender
from ..bone_maps import bones_of
from .fbx_check import is_ascii_fbx, problem_of_ascii_fbx, problem_of_fbx, unreadable

OTHER_SUFFIXES = (".bvh", ".glb", ".gltf", ".vrm")
"""Of files that are read besides FBX; a VRM file is a glTF file."""

_CHILD = Path(__file__).with_name("fbx_sampling_child.py")

_MEMORY_MIB = 6144
"""Memory that an import may always use; half of the machine's memory if that is more (`_memory_mib`)."""

_CPU_SEC = 600
"""Half an hour of a hundred bones at 30 fps took 10 GB and, on a busy machine, five minutes."""

_TIME_LIMIT_SEC = 2.0 * _CPU_SEC
_MOST_SAMPLES = 20_000_000
"""Bones times frames of a file: an hour at 30 fps of a skeleton of 180 bones."""

_OUT_OF_MEMORY = (
    b"MemoryError",
    b"alloc returns null",
    b"bad_alloc",
    b"Cannot allocate memory",
    b"failed to map segment",
)
"""Messages about exhausted memory from Python, Blender, its libraries and the system."""

_LOG_END = 65536

_HUMANOID = 9
"""Core slots, of 15, that a skeleton needs to count as a humanoid."""


def check_fbx(path: Path) -> None:
    """Check an FBX file without importing it; safe in any thread.

    An ASCII file may still turn out to be broken when it is imported, in a process of its own.

    Raises:
        Fault: it can't be read, or is broken.
    """
    _require_plain(path)
    problem = problem_of_ascii_fbx(path) if _is_ascii(path) else problem_of_fbx(path)
    if problem is not None:
        raise Fault(Text(problem.template, **problem.values), problem.next_step)


def _require_plain(path: Path) -> None:
    """Raise Fault if it is missing, or a pipe or a device, which the check would wait for."""
    try:
        open_plain(path).close()
    except OSError as error:
        if error.strerror == NOT_PLAIN:
            raise Fault(
                Text("“{file}” can't be read: {reason}.", file=path.name, reason=Text.of(NOT_PLAIN)),
                "Choose another file.",
            ) from error
        # Blender's importers of BVH and glTF say of a missing file only that they can't read it
        problem = unreadable(path, error)
        raise Fault(Text(problem.template, **problem.values), problem.next_step) from error


class FbxSampling(BackgroundBlender):
    """A motion file that is read in a background Blender.

    Args:
        path: the file; its type is known by its suffix, and FBX if that is none of the others.
        folder: for the arrays and a log, until the clips are read; created if missing, not removed here.
        private_folder: see `BackgroundBlender`.

    Raises:
        Fault: it is no plain file.
    """

    def __init__(self, path: Path, folder: Path, private_folder: Path | None = None) -> None:
        _require_plain(path)
        self._path = path
        request = {
            "file": str(path.absolute()),
            "arrays": str((folder / "clips.npz").absolute()),
            "copies": str((folder / "copies").absolute()),
            "memory_mib": _memory_mib(),
            "cpu_sec": _CPU_SEC,
            "most_samples": _MOST_SAMPLES,
        }
        task = Text("the import of “{file}”", file=path.name)
        super().__init__(
            _CHILD, request, folder, task=task, time_limit_sec=_TIME_LIMIT_SEC, private_folder=private_folder
        )

    @property
    def notes(self) -> tuple[Text, ...]:
        """Sentences about the file for the user, once it is read."""
        answer = cast("dict[str, Any]", self.answer)
        if not answer["is_ascii"]:
            return tuple(Text(note["template"], **note["values"]) for note in answer["notes"])
        return (Text("“{path}” is an ASCII FBX file, which Blender reads since version 4.5.", path=self._path.name),)

    def clips(self) -> tuple[Clip, ...]:
        """Return all motions of the file, each animated armature in each take, in the file's order.

        Times start at 0 at the take's first key; positions and rotations are in world space and include the motion of
        the armature object; the skeleton's `world` is the armature's transform without animation.

        Raises:
            Fault: the file can't be read, or has no animated skeleton.
            RuntimeError: it is still being read.
        """
        try:
            result = cast("dict[str, Any]", self.answer)
        except Fault as fault:
            raise self._in_words(fault) from fault
        skeletons: dict[str, Skeleton] = {}
        clips: list[Clip] = []
        try:
            with np.load(self.folder / "clips.npz", allow_pickle=False) as arrays:
                for entry in result["clips"]:

                    def array(name: str, key: str = entry["key"]) -> FloatArray:
                        return np.asarray(arrays[f"{key}.{name}"], dtype=np.float64)

                    if entry["armature"] not in skeletons:
                        skeletons[entry["armature"]] = Skeleton(
                            names=tuple(entry["bones"]),
                            parents=np.array(entry["parents"], dtype=np.int64),
                            rest=array("rest"),
                            tails=array("tails"),
                            world=array("world"),
                        )
                    clips.append(
                        Clip(
                            skeleton=skeletons[entry["armature"]],
                            times=array("times"),
                            fps=float(entry["fps"]),
                            positions=array("positions"),
                            rotations=array("rotations"),
                        )
                    )
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise Fault(
                Text(
                    "The data read from “{path}” could not be saved in {folder}.",
                    path=self._path.name,
                    folder=self.folder,
                ),
                "Check that there is space on that disk, then try again.",
            ) from error
        return tuple(clips)

    def clip(self) -> Clip:
        """Return the longest motion of a humanoid in the file; without a humanoid, the longest motion.

        Raises:
            Fault: the file can't be read, or has no animated skeleton.
        """
        return longest_of_humanoid(self.clips())

    def _in_words(self, fault: Fault) -> Fault:
        """Return the fault, or "out of memory", which importers report in many ways or not at all."""
        try:
            with (self.folder / "log.txt").open("rb") as log:
                log.seek(max(log.seek(0, os.SEEK_END) - _LOG_END, 0))
                output = log.read() + fault.what.encode("utf-8", "replace")
        except OSError:
            return fault
        if not any(words in output for words in _OUT_OF_MEMORY):
            return fault
        return Fault(
            Text(
                "“{path}” needs more than the {memory:.3g} GB of memory allowed for an import.",
                path=self._path.name,
                memory=_memory_mib() / 1024,
            ),
            "Split it into shorter files, or export the skeleton alone, without meshes.",
        )


def _is_ascii(path: Path) -> bool:
    try:
        return path.suffix.lower() not in OTHER_SUFFIXES and is_ascii_fbx(path)
    except OSError:  # reading it will raise this
        return False


def _memory_mib() -> int:
    """Return how much memory an import may use, MiB."""
    # these systems set no limit either
    if not hasattr(os, "sysconf"):
        return _MEMORY_MIB
    return max(_MEMORY_MIB, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 21)


def longest_of_humanoid(clips: tuple[Clip, ...]) -> Clip:
    """Return the longest clip of a humanoid, or of any skeleton if none is one; the first of equally long ones."""
    humanoid: dict[int, bool] = {}
    for clip in clips:
        # the takes of one armature share its skeleton, whose bones are found once
        if id(clip.skeleton) not in humanoid:
            found = bones_of(clip.skeleton).matches
            humanoid[id(clip.skeleton)] = sum(slot in found for slot in CORE_SLOTS) >= _HUMANOID
    return max(clips, key=lambda clip: (humanoid[id(clip.skeleton)], clip.times[-1]))
