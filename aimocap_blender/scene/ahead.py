"""Putting a motion onto a rig with constraints or drivers, worked out ahead by a background Blender.

Its long measurements are `given` one after the other, there computed and recorded, here taken over: what is left to do
in the window is to write the keys, and to look at a few frames whether they give the same poses.
"""

import io
import logging
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..motion.retargeting.retarget_options import KeyOptions, RetargetOptions
from ..motion.skeleton import Clip
from ..motion.time_mapping import TimeMapping
from ..texts.faults import Fault
from ..while_enabled import lasting
from .background_blender import BackgroundBlender, write_copy
from .bone_maps import BoneMap
from .rigs.control_rigs import has_influences

_log = logging.getLogger(__name__)
_CHILD = Path(__file__).with_name("ahead_child.py")
_TIME_LIMIT_SEC = 3600.0
_ASKED, ANSWERS = "asked.pickle", "answers.pickle"
_PACKAGE, _CHILDS_PACKAGE = __name__.partition(".scene.")[0], "aimocap"


@dataclass(frozen=True, eq=False)
class Asked:
    """The arguments of `put_clip_on`, and the bone map that the character has then."""

    clip: Clip
    mapping: TimeMapping
    options: RetargetOptions
    keys: KeyOptions
    source_map: BoneMap | None
    any_figure: bool
    bone_map: BoneMap

    def is_same(self, other: "Asked") -> bool:
        """Return whether both lead to the same."""
        # the clip by identity: comparing all its poses would take as long as is to be saved
        return self.clip is other.clip and {**vars(self), "clip": None} == {**vars(other), "clip": None}


@dataclass
class _Last:
    """The motion that was worked out last, and its armature."""

    asked: Asked | None = None
    uid: int = 0
    answers: tuple[object, ...] = ()


_last = lasting(_Last)


def answers_to(obj: bpy.types.Object, asked: Asked) -> tuple[object, ...]:
    """Return what was worked out ahead for the same; nothing if it wasn't."""
    fits = _last.asked is not None and _last.uid == obj.session_uid and _last.asked.is_same(asked)
    return _last.answers if fits else ()


def is_long(obj: bpy.types.Object, bone_map: BoneMap, options: RetargetOptions) -> bool:
    """Return whether a motion is worked out ahead: on a rig that has to be evaluated at each frame.

    Not where the feet are put onto the scene's meshes, of which the background Blender has no copy.
    """
    return options.ground != "SCENE" and has_influences(obj, bone_map.bones().values())


class WorkingAhead(BackgroundBlender):
    """A motion that is being put onto a copy of the rig.

    Args:
        obj: the armature object.
        asked: what will be asked for.
        folder: for the copy; the caller removes it.

    Raises:
        Fault: the folder can't be written.
    """

    def __init__(self, obj: bpy.types.Object, asked: Asked, folder: Path) -> None:
        self._asked, self._uid = asked, obj.session_uid
        copied = write_copy(obj, (), folder, [bpy.context.scene.frame_current])
        (folder / _ASKED).write_bytes(pickle.dumps(asked))
        request: dict[str, object] = {"copied": copied, "package": _PACKAGE}
        task = "the retargeting"
        super().__init__(_CHILD, request, folder, task=task, time_limit_sec=_TIME_LIMIT_SEC, private_folder=folder)

    def keep(self) -> None:
        """Keep what it worked out, to be taken over; whatever failed there will be computed here."""
        try:
            # a copy that moves otherwise than the rig, as by scripts of the user's, says nothing of it
            if self.answer["same"]:
                _last.answers = tuple(unpickled(self.folder / ANSWERS, _CHILDS_PACKAGE))
                _last.asked, _last.uid = self._asked, self._uid
        except (Fault, OSError, pickle.UnpicklingError) as error:
            _log.warning("not worked out ahead: %s", error)


def asked_in(folder: Path, package: str) -> Asked:
    """Return what was asked for by a Blender in which the add-on has another name; for the background Blender."""
    return unpickled(folder / _ASKED, package)


def unpickled(file: Path, package: str) -> Any:  # noqa: ANN401 -- any of our own
    """Return what another process pickled, in which this package has another name."""
    return _Unpickler(file, package).load()


class _Unpickler(pickle.Unpickler):
    """Of what another process of this package wrote into a private folder: its own classes, and numpy's."""

    def __init__(self, file: Path, package: str) -> None:
        super().__init__(io.BytesIO(file.read_bytes()))
        self._package = f"{package}."

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 -- as its base
        # classes are pickled by their module's name, which in an extension begins with that of its repository
        if module.startswith(self._package):
            return super().find_class(f"{_PACKAGE}.{module.removeprefix(self._package)}", name)
        # anything else, such as a function of `os`, would be called by loading it
        if module.partition(".")[0] != "numpy":
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)
