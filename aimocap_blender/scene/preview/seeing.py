"""The process that sees a person's motion in the pictures of a video: numpy in a background Blender.

It begins with the first pictures, while others are still being written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from ...json_values import as_list
from ...vision import network_files
from ...vision.network import FREED, ONE_THREAD
from ...vision.video_check import VideoFacts
from ..background_blender import BackgroundBlender
from .frame_pictures import FramePictures

Several = Literal["", "PEOPLE", "SHOTS"]
_CHILD = Path(__file__).with_name("seeing_child.py")
_MOTION = "motion.npz"
_TIME_LIMIT_SEC = 4 * 3600.0


@dataclass(frozen=True)
class SeeingProgress:
    """How far the process is.

    Attributes:
        stage: `frames` (following the person through them), or `motion` (solving the clip).
        done: frames that are done.
        total: frames in all.
    """

    stage: str
    done: int
    total: int


class Seeing(BackgroundBlender):
    """A motion that is to be seen, being seen or complete.

    Args:
        pictures: being written; for a check only planned, as its process writes its few itself.
        folder: for the motion and the progress; created if missing.
        private_folder: deleted by the process if this Blender is gone.
        log: file for the process's output.
        person: number of the one to follow, from 0; None to see what hinders seeing a motion instead.
        others: of other videos of the same moment.
        offsets: of these, seconds of their range at the start of the first one's; None to find them.
        checkpoints: folder of what is seen, with which a later process goes on; None to keep nothing.
        several: see each person's motion instead, all in one world, or the person's in each shot alone.
    """

    def __init__(
        self,
        pictures: FramePictures,
        folder: Path,
        private_folder: Path,
        log: Path,
        *,
        person: int | None = 0,
        others: Sequence[FramePictures] = (),
        offsets: Sequence[float] | None = None,
        checkpoints: Path | None = None,
        several: Several = "",
    ) -> None:
        request = _video(pictures) | {
            "networks": str(network_files.NETWORKS_FOLDER),
            "person": person,
            "rendering": pictures.request if person is None else None,
            "others": [_video(other) for other in others],
            "offsets": None if offsets is None else list(offsets),
            "checkpoints": None if checkpoints is None else str(checkpoints),
            "motion": str(folder / _MOTION),
            "several": several,
        }
        task = "the preview"
        super().__init__(
            _CHILD,
            request,
            folder,
            task=task,
            time_limit_sec=_TIME_LIMIT_SEC,
            private_folder=private_folder,
            log=log,
            variables=ONE_THREAD | FREED,
        )

    @property
    def seen(self) -> SeeingProgress | None:
        """How far it is; None before it has begun."""
        return SeeingProgress(*cast("Any", self.progress)) if self.progress is not None else None

    @property
    def facts(self) -> VideoFacts:
        """The findings of a check.

        Raises:
            Fault: it failed.
            RuntimeError: it is still running.
        """
        return VideoFacts.of_json(self.answer["facts"])

    @property
    def result(self) -> Path:
        """The file with the motion, for `vision.sighting.sighting_of`.

        Raises:
            Fault: nobody was seen, or it failed.
            RuntimeError: it is still running.
        """
        return self.results[0]

    @property
    def results(self) -> list[Path]:
        """The files with the motions, of the most prominent person first; for all else see `result`."""
        files = self.answer.get("motions")
        return [Path(str(file)) for file in as_list(files) or ()]


def _video(pictures: FramePictures) -> dict[str, object]:
    """Return what the process has to know of a video's pictures."""
    return {
        "pictures": str(pictures.folder),
        "written": str(pictures.progress_file),
        "first": pictures.first,
        "step": pictures.step,
        "count": pictures.count,
        "order": list(pictures.order),
        "fps": pictures.fps,
        "sound": pictures.sound,
    }
