"""Finished previews on disk: a folder for each, in the captures folder, with a record and the motion."""

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...jobs.record_json import UnreadableRecordError, from_json, to_json
from ...texts.faults import Fault
from ...texts.text import Text
from ...vision.sighting import Sighting, sighting_of
from ...whole_files import write_whole

FOLDER = ".previews"
MOTION = "motion.npz"
_RECORD = "preview.json"


@dataclass(frozen=True)
class PreviewRecord:
    """A finished preview.

    Attributes:
        id: also the name of its folder.
        title: of the preview.
        video: name of the video file; '' for a strip without one.
        range_sec: first and last second of the video.
        created_at: seconds since 1970.
        binding: where its motion belongs, as plain JSON.
        applied: its motion was applied.
        people: how many are in the video.
        captured_by: id of the capture whose motion has replaced it; '' if none has.
    """

    id: str
    title: str
    video: str
    range_sec: tuple[float, float]
    created_at: float
    binding: Mapping[str, object]
    applied: bool = False
    people: int = 1
    captured_by: str = ""


class KeptPreviews:
    """The finished previews of a captures folder, newest first.

    Args:
        captures_folder: where their folder is, created when first needed.

    Attributes:
        folder: theirs.
    """

    def __init__(self, captures_folder: Path) -> None:
        self.folder = captures_folder / FOLDER
        found = (_read(file) for file in self.folder.glob(f"*/{_RECORD}"))
        self._records = {one.id: one for one in found if one is not None}

    def records(self) -> list[PreviewRecord]:
        """Return all of them, newest first."""
        return sorted(self._records.values(), key=lambda one: (one.created_at, one.id), reverse=True)

    def record(self, preview_id: str) -> PreviewRecord | None:
        """Return one, or None."""
        return self._records.get(preview_id)

    def keep(self, record: PreviewRecord, motion: Path) -> None:
        """Keep a new preview; its motion file is moved.

        Raises:
            Fault: it can't be saved.
        """
        folder = self.folder / record.id
        try:
            folder.mkdir(parents=True)
            shutil.move(motion, folder / MOTION)
            self._save(record)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise Fault(
                Text("The preview can't be saved: {reason}.", reason=error.strerror),
                "Check the captures folder in the preferences.",
            ) from error

    def change(self, preview_id: str, **values: object) -> None:
        """Change fields of a record; nothing if it is gone."""
        if (record := self._records.get(preview_id)) is not None:
            self._save(replace(record, **values))  # pyright: ignore[reportArgumentType] -- the caller knows the fields

    def remove(self, preview_id: str) -> None:
        """Delete one; its Actions stay in their files."""
        self._records.pop(preview_id, None)
        shutil.rmtree(self.folder / preview_id, ignore_errors=True)

    def motion(self, preview_id: str) -> Sighting:
        """Read the motion of one.

        Raises:
            Fault: its file is missing or broken.
        """
        try:
            with np.load(self.folder / preview_id / MOTION, allow_pickle=False) as arrays:
                return sighting_of(arrays)
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise Fault("The motion of this preview can't be read.", "Remove it and make it again.") from error

    def _save(self, record: PreviewRecord) -> None:
        self._records[record.id] = record
        write_whole(self.folder / record.id / _RECORD, [json.dumps(to_json(record), indent=1).encode()])


def _read(file: Path) -> PreviewRecord | None:
    """Return the record in a file; None if it is broken, or doesn't belong to its folder."""
    try:
        record = from_json(PreviewRecord, json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, UnreadableRecordError):
        return None
    return record if record.id == file.parent.name else None
