"""Reads a motion file in the background, while the window keeps drawing."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from ..jobs.capture import ResultFile
from ..jobs.file_digest import is_as_delivered
from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import read_g1_file
from ..motion.g1.motion import G1Motion, read_g1_motion
from ..motion.g1.reading import interpreted
from ..motion.g1.source import G1Source
from ..motion.skeleton import Clip
from ..scene.context_override import threads
from ..scene.fbx.fbx_sampling import FbxSampling, check_fbx
from ..service.contract import FBX, ROBOT_MOTION
from ..texts.faults import Fault
from ..texts.text import Text
from .private_folder import PrivateFolder

if TYPE_CHECKING:
    from ..motion.g1.reading import G1Reading

Motion = Clip | G1Motion


class MotionReading:
    """One motion file being read: an FBX in a background Blender, a robot's motion in a thread.

    Attributes:
        motion: the motion, once `poll` returns True; None if the file can't be used.
        g1_reading: how it was interpreted, if it is a robot's.
        notes: sentences on oddities in the file that don't prevent reading.
        fault: why it can't be used.
        is_damaged: it is not the file that was delivered.
    """

    def __init__(
        self,
        kind: str,
        path: Path,
        chosen: ReadingChoices | None = None,
        source: G1Source | None = None,
        delivered: ResultFile | None = None,
    ) -> None:
        """Start reading.

        Args:
            kind: `FBX`, or `ROBOT_MOTION` for any robot motion file.
            path: of the file.
            chosen: how to interpret a robot's file; None to detect it.
            source: the numbers of the robot's file, if already read: then they are only interpreted again.
            delivered: what the file was when it was delivered; None for a file of the user's.
        """
        self.motion: Motion | None = None
        self.g1_reading: G1Reading | None = None
        self.notes: tuple[Text, ...] = ()
        self.fault: Fault | None = None
        self.is_damaged = False
        self._sampling: FbxSampling | None = None
        self._thread: threading.Thread | None = None
        self._folder: PrivateFolder | None = None
        self._closed = False
        try:
            if kind == FBX:
                self._folder = PrivateFolder()
            self._thread = threading.Thread(
                target=self._read_beside, args=(path, chosen, source, delivered, self._folder), daemon=True
            )
            self._thread.start()
        except OSError as error:
            self.fault = Fault(
                Text("A temporary folder can't be created: {reason}.", reason=error.strerror),
                "Free up disk space, then press Apply.",
            )

    def poll(self) -> bool:
        """Return whether reading has finished, successfully or not; never waits."""
        if self._thread is not None and self._thread.is_alive():
            return False
        self._thread = None
        if self._sampling is not None and self._sampling.poll():
            self._take_samples()
        return self._sampling is None

    def wait(self) -> None:
        """Block until it has finished."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._sampling is not None:
            self._sampling.wait()
            self._take_samples()

    def close(self) -> None:
        """Cancel it."""
        self._closed = True  # whoever comes later, this or the thread, kills the process
        if self._sampling is not None:
            self._sampling.kill()
        if self._folder is not None:
            self._folder.remove()

    def _take_samples(self) -> None:
        sampling, self._sampling = self._sampling, None
        assert sampling is not None  # noqa: S101 -- both callers checked
        try:
            self.motion = sampling.clip()
            self.notes = sampling.notes
        except Fault as fault:
            self.fault = fault

    def _read_beside(
        self,
        path: Path,
        chosen: ReadingChoices | None,
        source: G1Source | None,
        delivered: ResultFile | None,
        folder: PrivateFolder | None,
    ) -> None:
        with threads.computing():
            self.is_damaged = delivered is not None and not is_as_delivered(path.parent, delivered)
            if self.is_damaged:
                return
            try:
                if folder is None:
                    self._read_g1(path, chosen, source)
                    return
                self._sampling = FbxSampling.start(path, folder.path / "read", folder.path)
            except Fault as fault:
                self.fault = fault
        if self._closed and self._sampling is not None:
            self._sampling.kill()

    def _read_g1(self, path: Path, chosen: ReadingChoices | None, source: G1Source | None) -> None:
        self.g1_reading = read_g1_file(path, chosen) if source is None else interpreted(source, chosen)
        self.motion, self.notes = self.g1_reading.motion, self.g1_reading.notes


def check_motion_file(kind: str, path: Path) -> None:
    """Raise unless a downloaded file is valid; a runner calls this before a capture is done."""
    with threads.computing():
        if kind == FBX:
            check_fbx(path)
        elif kind == ROBOT_MOTION:
            read_g1_motion(path)
