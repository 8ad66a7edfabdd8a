"""All that was seen of a clip so far, kept in a folder: where a process was killed, the next one goes on.

A part is a file of arrays that is written whole. Its numbers have 32 bits, and whoever makes a part uses it as it is
kept. So the same motion comes out bit for bit, whether its parts were kept or just seen.
"""

import contextlib
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..plain_files import open_plain, read_plain
from ..record_json import as_number, as_object
from ..whole_files import name_beside, replacing
from .sighting import write_arrays

Arrays = Mapping[str, npt.NDArray[np.generic]]

_VERSION = 2  # of the parts: those of another one are not used
_SO_FAR = "so_far.json"


@dataclass(frozen=True)
class SoFar:
    """How far a process was when it kept the last part.

    Attributes:
        share: of the frames that are done, 0 to 1.
        first: index of the first frame that is still needed.
    """

    share: float = 0.0
    first: int = 0


class Checkpoints:
    """The parts of one clip; any thread may keep one."""

    def __init__(self, folder: Path | None = None) -> None:
        """Start with what is kept.

        Args:
            folder: theirs, created when first needed; None to keep nothing.
        """
        self._folder = folder
        self.so_far = SoFar()
        """Kept with the next part."""

    def kept(self, name: str) -> Arrays | None:
        """Return a part; None if there is none, or it is damaged."""
        if self._folder is None:
            return None
        try:
            with open_plain(self._file(name)) as file, np.load(file, allow_pickle=False) as found:
                return dict(found)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def keep(self, name: str, arrays: Arrays) -> Arrays:
        """Keep a part, and return it as it is kept. Where the disk is full, it is only returned."""
        as_kept = rounded(arrays)
        if self._folder is not None:
            with contextlib.suppress(OSError):
                self._folder.mkdir(parents=True, exist_ok=True)
                write_arrays(self._file(name), as_kept)
                self._note()
        return as_kept

    def part(self, name: str, see: Callable[[], Arrays]) -> Arrays:
        """Return a part that is kept, or else what is seen now, which is kept."""
        kept = self.kept(name)
        return self.keep(name, see()) if kept is None else kept

    def _file(self, name: str) -> Path:
        assert self._folder is not None  # noqa: S101 -- the caller looked
        return self._folder / f"{name}.{_VERSION}.npz"

    def _note(self) -> None:
        assert self._folder is not None  # noqa: S101 -- the caller looked
        file, so_far = self._folder / _SO_FAR, self.so_far
        with replacing(file, name_beside(file, ".part")) as new:
            new.write_text(json.dumps({"share": so_far.share, "first": so_far.first}), encoding="ascii")


def so_far_in(folder: Path) -> SoFar:
    """Return how far the parts in a folder are; at the start if there are none."""
    with contextlib.suppress(OSError, ValueError, OverflowError, RecursionError):
        told = as_object(json.loads(read_plain(folder / _SO_FAR))) or {}
        share, first = as_number(told.get("share")), as_number(told.get("first"))
        if share is not None and first is not None and first >= 0:
            return SoFar(min(max(share, 0.0), 1.0), int(first))
    return SoFar()


def rounded(arrays: Arrays) -> Arrays:
    """Return arrays as a part keeps them."""
    kept = dict(arrays)
    for name, values in arrays.items():
        if np.issubdtype(values.dtype, np.floating):
            kept[name] = values.astype(np.float32)
    return kept


def folder_of_film(checkpoints: Path | None, number: int) -> Path | None:
    """Return the folder of a film's checkpoints, of films that show the same; None to keep none."""
    return checkpoints / f"film{number}" if checkpoints is not None and number else checkpoints
