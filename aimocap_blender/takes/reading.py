"""Reads a motion file in the background, while the window keeps drawing."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..motion.bones.humanoid import BoneMap
from ..motion.g1.choices import ReadingChoices
from ..motion.g1.files import read_g1_file
from ..motion.g1.motion import G1Motion
from ..motion.g1.reading import interpreted
from ..motion.g1.source import G1Source
from ..motion.skeleton import Clip
from ..scene.fbx.fbx_sampling import FbxSampling
from ..scene.operator_calls import threads
from ..texts.faults import Fault
from ..texts.text import Text
from ..vision.delivered_motion import Layer, layer_in
from ..vision.sighting import Sighting, sighting_in
from .private_folder import PrivateFolder

if TYPE_CHECKING:
    from ..motion.g1.reading import G1Reading

Motion = Clip | G1Motion


class MotionKind(StrEnum):
    """Content of a motion file: a human's motion as FBX, BVH or glTF, a robot's, or one that was seen in a video."""

    HUMAN = "HUMAN"
    ROBOT = "ROBOT"
    SEEN = "SEEN"


@dataclass(frozen=True, eq=False)
class ReadMotion:
    """A motion in memory.

    Attributes:
        motion: the motion.
        notes: sentences on oddities in its file that didn't prevent reading.
        seen: all that was seen with it, of a motion that was seen in a video.
        bone_map: its humanoid bones; None to detect them.
        shown_by: the armature object that plays it; None if none does.
        layer: the corrections that lie over it; None if it has none.
        delivered: the motion without those; None if it has none.
    """

    motion: Motion
    notes: tuple[Text, ...] = ()
    seen: Sighting | None = None
    bone_map: BoneMap | None = None
    shown_by: bpy.types.Object | None = None
    layer: Layer | None = None
    delivered: Clip | None = None


def with_layer(read: ReadMotion, layer: Layer) -> ReadMotion:
    """Return a motion with just these corrections over what was delivered."""
    delivered = read.delivered or read.motion
    assert isinstance(delivered, Clip)  # noqa: S101 -- no layer lies over a robot's
    seen = layer.seen(delivered)
    return replace(read, motion=seen.clip, seen=seen, layer=layer, delivered=delivered)


def kind_of(motion: Motion) -> MotionKind:
    """Return whether a motion in memory is a human's or a robot's."""
    return MotionKind.ROBOT if isinstance(motion, G1Motion) else MotionKind.HUMAN


class MotionReading:
    """One motion file being read: a human's in a background Blender, any other in a thread.

    Attributes:
        read: the motion, once `poll` returns True; None if the file can't be used.
        g1_reading: how it was interpreted, if it is a robot's.
        fault: why it can't be used.
        is_damaged: it is no longer the file that was made.
    """

    def __init__(
        self,
        kind: MotionKind,
        path: Path,
        chosen: ReadingChoices | None = None,
        source: G1Source | None = None,
        is_whole: Callable[[], bool] | None = None,
        layer: Path | None = None,
    ) -> None:
        """Start reading.

        Args:
            chosen: how to interpret a robot's file; None to detect it.
            source: the numbers of the robot's file, if already read: then they are only interpreted again.
            is_whole: returns whether the file is what was made; None for a file of the user's.
            layer: file with the corrections that lie over a human's, if there is one.
        """
        self.read: ReadMotion | None = None
        self.g1_reading: G1Reading | None = None
        self.fault: Fault | None = None
        self.is_damaged = False
        self._sampling: FbxSampling | None = None
        self._thread: threading.Thread | None = None
        self._folder: PrivateFolder | None = None
        self._closed = False
        self._layer: Layer | None = None
        self._notes: tuple[Text, ...] = ()
        try:
            # importing a foreign file may crash Blender, so that is done by another one
            if kind is MotionKind.HUMAN:
                self._folder = PrivateFolder()
            self._thread = threading.Thread(
                target=self._read_beside, args=(kind, path, chosen, source, is_whole, layer), daemon=True
            )
            self._thread.start()
        except Fault as fault:
            self.fault = fault

    def poll(self) -> bool:
        """Return whether reading has finished, successfully or not; never waits."""
        # it starts the process, which isn't known before
        if self._thread is not None and self._thread.is_alive():
            return False
        if self._sampling is not None and self._sampling.poll():
            self._take_samples()
        return self._sampling is None

    @property
    def result(self) -> ReadMotion:
        """The motion, once it has finished.

        Raises:
            Fault: the file can't be used.
        """
        if self.read is None:
            raise self.fault or Fault("The file contains no motion.", "Choose another file.")
        return self.read

    def to_the_end(self) -> ReadMotion:
        """Block until it has finished, and close it; return the motion.

        Raises:
            Fault: the file can't be used.
        """
        try:
            self.wait()
            return self.result
        finally:
            self.close()

    def wait(self) -> None:
        """Block until it has finished."""
        if self._thread is not None:
            self._thread.join()
        if self._sampling is not None:
            self._sampling.wait()
            self._take_samples()

    def close(self) -> None:
        """Cancel it."""
        # whoever comes later, this or the thread, kills the process
        self._closed = True
        if self._sampling is not None:
            self._sampling.kill()
        if self._folder is not None:
            self._folder.remove()

    def _take_samples(self) -> None:
        # taken out first: whatever follows, `poll` says that it is over
        sampling, self._sampling = self._sampling, None
        assert sampling is not None  # noqa: S101 -- both callers checked
        try:
            self.read = ReadMotion(sampling.clip(), (*sampling.notes, *self._notes))
            if self._layer is not None:
                self.read = with_layer(self.read, self._layer)
        except Fault as fault:
            self.fault = fault

    def _read_beside(
        self,
        kind: MotionKind,
        path: Path,
        chosen: ReadingChoices | None,
        source: G1Source | None,
        is_whole: Callable[[], bool] | None,
        layer: Path | None,
    ) -> None:
        with threads.computing():
            # before it is read: what was changed since it was delivered may be anything
            self.is_damaged = is_whole is not None and not is_whole()
            if self.is_damaged:
                return
            try:
                if self._folder is not None:
                    self._read_layer(layer)
                    self._sampling = FbxSampling(path, self._folder.path / "read", self._folder.path).begin()
                elif kind is MotionKind.SEEN:
                    seen = sighting_in(path)
                    self.read = ReadMotion(seen.clip, seen=seen)
                else:
                    reading = read_g1_file(path, chosen) if source is None else interpreted(source, chosen)
                    self.g1_reading, self.read = reading, ReadMotion(reading.motion, reading.notes)
            except Fault as fault:
                self.fault = fault
        # closed while this thread was starting the process, which nobody else knew then
        if self._closed and self._sampling is not None:
            self._sampling.kill()

    def _read_layer(self, layer: Path | None) -> None:
        if layer is None or not layer.exists():
            return
        try:
            self._layer = layer_in(layer)
        # the motion was paid for, and is of use without them
        except Fault:
            self._notes = (Text("Its corrections can't be read, so it is as it was delivered."),)
