"""A motion's file on its way into memory, while the window keeps drawing."""

import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..motion.faults import MotionFault
from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import read_g1_file
from ..motion.g1.motion import G1Motion
from ..motion.g1.reading import interpreted
from ..motion.g1.source import G1Source
from ..motion.skeleton import Clip
from ..scene.context_override import threads
from ..scene.faults import SceneFault
from ..scene.fbx.fbx_sampling import FbxSampling

if TYPE_CHECKING:
    from ..motion.g1.reading import G1Reading

Motion = Clip | G1Motion
FBX = "fbx"
G1_JSON = "robot_motion_json"


class MotionReading:
    """One motion file being read: an FBX in a background Blender, a robot's motion in a thread.

    Attributes:
        motion: what was read, once `poll` says so; None where the file can't be used.
        g1_reading: how it was read, where it is a robot's.
        notes: sentences on what was odd in the file and is read all the same.
        fault: why it can't be used.
    """

    def __init__(
        self, kind: str, path: Path, chosen: ReadingChoices | None = None, source: G1Source | None = None
    ) -> None:
        """Begin.

        Args:
            kind: `FBX` or `G1_JSON`, which stands for all of a robot's files.
            path: of the file.
            chosen: how a robot's file is meant, where that isn't left to the evidence.
            source: the robot's file's numbers, where they are at hand: only how they are meant is found anew then.
        """
        self.motion: Motion | None = None
        self.g1_reading: G1Reading | None = None
        self.notes: tuple[str, ...] = ()
        self.fault: SceneFault | MotionFault | None = None
        self._sampling: FbxSampling | None = None
        self._thread: threading.Thread | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="aimocap_", ignore_cleanup_errors=True)
            if kind == FBX:
                self._sampling = FbxSampling.start(path, Path(self._folder.name))
            else:
                self._thread = threading.Thread(target=self._read_g1, args=(path, chosen, source), daemon=True)
                self._thread.start()
        except (SceneFault, MotionFault) as fault:
            self.fault = fault
        except OSError as error:
            self.fault = SceneFault(
                f"A temporary folder can't be created: {error.strerror}.", "Free up disk space, then press Apply."
            )

    def poll(self) -> bool:
        """Is the reading over, well or not? Returns at once."""
        if self._sampling is not None and self._sampling.poll():
            self._take_samples()
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        return self._sampling is None and self._thread is None

    def wait(self) -> None:
        """Block until it is over."""
        if self._sampling is not None:
            self._sampling.wait()
            self._take_samples()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Give it up."""
        if self._sampling is not None:
            self._sampling.kill()
        if self._folder is not None:
            self._folder.cleanup()

    def _take_samples(self) -> None:
        sampling, self._sampling = self._sampling, None
        assert sampling is not None  # noqa: S101 -- both callers looked
        try:
            self.motion = sampling.clip()
            self.notes = sampling.notes
        except (SceneFault, MotionFault) as fault:
            self.fault = fault

    def _read_g1(self, path: Path, chosen: ReadingChoices | None, source: G1Source | None) -> None:
        try:
            with threads.computing():
                self.g1_reading = read_g1_file(path, chosen) if source is None else interpreted(source, chosen)
            self.motion, self.notes = self.g1_reading.motion, self.g1_reading.notes
        except MotionFault as fault:
            self.fault = fault
