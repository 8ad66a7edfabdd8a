"""A second Blender without a window, running one script in a process of its own: request, progress, result or fault.

Whatever could block the window, change the open file, or crash (importing foreign files, rendering) runs there. It is
started as::

    blender --background --factory-startup … --python background_child.py -- SCRIPT …
    python background_child.py -- SCRIPT FOLDER READY REQUEST.json RESULT.json  # where Blender is the ``bpy`` module

The script is a file with a function ``main(request)``, which gets and returns a JSON object; ``background_child.py``
does the rest, and of a `BackgroundWorker` calls it for one request after another. It can import files next to it by
their names, and the package's rooms as ``aimocap.ROOM``; one that reads foreign files imports nothing that it doesn't
need. How far it is it may write as JSON to the file ``request["progress"]``.

To fail in words of its own it raises a `Fault`, or another exception with ``what`` and ``next_step``, each a string or
``{"template": "… {name} …", "values": {"name": "…"}}``. Anything else that goes wrong (another exception, a crash, no
result) becomes a general `Fault`, and the script's output stays in ``log.txt``; that of a private folder, which is
deleted, in a file that the fault names.
"""

import atexit
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, cast
from weakref import WeakSet

import bpy
import numpy as np

from ..motion.rotations import FloatArray
from ..record_json import as_object
from ..texts.faults import Fault
from ..texts.text import Sentence, Text
from .armatures import drivers_of
from .isolated_evaluation import isolated, isolated_scene

_NO_VARIABLES: Mapping[str, str] = MappingProxyType({})

_NICENESS = 10
"""Low enough in priority that the window stays responsive, high enough to finish soon on an idle machine."""

# what a process needs is listed, not what is secret: nobody knows under which names a user's tools keep their keys
_NEEDED = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERNAME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE"),
    *("LD_LIBRARY_PATH", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "OCIO", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"),
}
_NEEDED_BEGINNINGS = ("LC_", "XDG_", "BLENDER_", "OMP_", "OPENBLAS_", "MESA_", "LIBGL_", "EGL_", "VK_", "__GL", "__EGL")
"""Variables of the system, its graphics and Blender. All others, keys among them, are withheld from a process that
reads foreign files."""

_KEPT_LOGS = "AIMOCAP_KEPT_LOGS"
"""Variable with the folder of logs that outlast their private folders, as a process's own temporary one is private."""

_USER_FOLDERS = ("RESOURCES", "CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES")
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")

_CHILD = Path(__file__).with_name("background_child.py")

_running: "WeakSet[BackgroundBlender]" = WeakSet()

_COPY, _POSES = "scene.blend", "poses.npy"
_SAME = 1e-4  # of the armature's size: what the same rig may differ by from one process to another


class BackgroundBlender:
    """A background Blender that is planned, running or ended; a subclass has what it makes. Only `wait` blocks.

    Args:
        script: a Python file with a function ``main(request)``.
        request: plain JSON for it.
        folder: where request, progress, result, log and the process's own user folders are; created if missing, not
            removed here.
        task: completes "Blender quit in the background before finishing …".
        time_limit_sec: killed after this long.
        log: file for the script's output; None for ``log.txt`` in the folder.
        private_folder: what the process deletes if this Blender is gone before it ends, and its owner after use.
        variables: added to its environment.
    """

    def __init__(
        self,
        script: Path,
        request: Mapping[str, object],
        folder: Path,
        *,
        task: Sentence = "its work",
        time_limit_sec: float = 1800.0,
        log: Path | None = None,
        private_folder: Path | None = None,
        variables: Mapping[str, str] = _NO_VARIABLES,
    ) -> None:
        self.folder = folder
        self.progress_file = folder / "progress.json"
        self._request = {**request, "progress": str(self.progress_file)}
        self._command = [str(script), str(private_folder or ""), ""]
        self._request_file, self._result_file = folder / "request.json", folder / "result.json"
        self._log = log or folder / "log.txt"
        self._kept_log = None if private_folder and self._log.is_relative_to(private_folder) else self._log
        self._task = Text.of(task)
        self._time_limit_sec, self._deadline = time_limit_sec, 0.0
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None
        self._progress: object = None
        self._overdue = False
        self._killed = False

    def begin(self) -> Self:
        """Start the process, in any thread; return this.

        Raises:
            Fault: no process can be started, or the folder can't be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write_request()
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as output:
                self._process = subprocess.Popen(  # noqa: S603 -- Blender itself and a script of this package
                    [*_program(), "--", *self._command, str(self._request_file), str(self._result_file)],
                    stdin=subprocess.PIPE,  # closes when this process ends, however it ends
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env={
                        **_environment(),
                        **_own_folders(self.folder.absolute() / "user"),
                        _KEPT_LOGS: _kept_logs(),
                        **self._variables,
                    },
                    # a group of its own, which `kill` ends with all that it started
                    start_new_session=sys.platform != "win32",
                    creationflags=_creation_flags(),
                )
        except OSError as error:
            raise Fault(
                Text("Blender could not be started in the background: {reason}.", reason=error.strerror or error),
                Text(
                    "Check that the folder {folder} is writable and that Blender's executable exists.",
                    folder=self.folder,
                ),
            ) from error
        _running.add(self)
        if sys.platform != "win32":
            # already over, or not allowed here
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICENESS)
        return self

    @property
    def progress(self) -> object:
        """The JSON value that the script last wrote of how far it is; None before it has."""
        # not begun, or being written
        with contextlib.suppress(OSError, ValueError):
            self._progress = json.loads(self.progress_file.read_text(encoding="utf-8"))
        return self._progress

    def poll(self) -> bool:
        """Return whether it has ended, successfully or not; end it when its time is up."""
        if self._process is None:
            return False
        if self._process.poll() is None and time.monotonic() > self._deadline:
            self._overdue = True
            self.kill()
        return self._process.poll() is not None

    def wait(self, timeout_sec: float | None = None) -> Self:
        """Block until it has ended, successfully or not; killed after the timeout, or its time limit."""
        if self._process is not None:
            try:
                self._process.wait(self._time_limit_sec if timeout_sec is None else timeout_sec)
            except subprocess.TimeoutExpired:
                self._overdue = True
                self.kill()
        return self

    def kill(self) -> None:
        """End it, with all processes that it started; harmless when it is over or not begun."""
        if self._process is None or self._process.poll() is not None:
            return
        self._killed = True
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def check(self) -> None:
        """Raise unless it succeeded.

        Raises:
            Fault: the script failed, crashed, was killed, or took too long.
            RuntimeError: it is still running, or has not begun.
        """
        _ = self.answer

    @property
    def has_answered(self) -> bool:
        """Whether the script came to its end, successfully or with a fault in words of its own."""
        return self._process is not None and self._process.poll() is not None and self._written() is not None

    @property
    def answer(self) -> dict[str, object]:
        """The JSON object that the script returned; raises as `check` does."""
        if self._process is None or not self.poll():
            raise RuntimeError("asked for the result of a background Blender that has not ended")
        status = self._process.poll() or 0
        result = self._written()
        # a fault in words of its own counts for more than how the process ended
        words = as_object(result.get("fault")) if result else None
        if words is not None:
            raise Fault(Text.from_json(words.get("what")) or "", Text.from_json(words.get("next_step")) or "")
        if result is None or status != 0:
            raise self._fault(status)
        return result

    def _write_request(self) -> None:
        # what an earlier request left would be taken for this one's
        for left in (self._result_file, self.progress_file):
            left.unlink(missing_ok=True)
        self._request_file.write_text(json.dumps(self._request), encoding="utf-8")
        self._deadline = time.monotonic() + self._time_limit_sec

    def _written(self) -> dict[str, object] | None:
        try:
            return as_object(json.loads(self._result_file.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return None

    def _log_to_send(self) -> Path:
        """Return the log, or a copy of it if it is deleted with a private folder."""
        if self._kept_log is None:
            # no space left for it
            with contextlib.suppress(OSError):
                number, name = tempfile.mkstemp("_log.txt", "aimocap_", _kept_logs())
                os.close(number)
                self._kept_log = Path(shutil.copyfile(self._log, name))
        return self._kept_log or self._log

    def _fault(self, status: int) -> Fault:
        if self._killed and not self._overdue:
            return Fault(
                Text("Blender was stopped in the background during {task}.", task=self._task), "Start it again."
            )
        log = self._log_to_send()
        if self._overdue:
            return Fault(
                Text("Blender took too long in the background for {task} and was stopped.", task=self._task),
                Text("Try again with a shorter or simpler file; the log is in {log}.", log=log),
            )
        return Fault(
            Text(
                "Blender quit in the background before finishing {task} (status {status}).",
                task=self._task,
                status=status,
            ),
            Text("Try again; if it fails again, send the file {log} with a report.", log=log),
        )


class BackgroundWorker(BackgroundBlender):
    """A background Blender that runs its script for one request after another, which saves the start of Blender.

    It has ended, for `poll` and `answer`, as soon as its last request has. What crashes it, takes too long or leaves
    it too large only ends the process: the next request gets a new one. It is polled, not waited for.

    Args:
        script: as for `BackgroundBlender`.
        folder: likewise, also deleted if this Blender is gone.
        variables: likewise.
    """

    def __init__(self, script: Path, folder: Path, variables: Mapping[str, str] = _NO_VARIABLES) -> None:
        super().__init__(script, {}, folder, private_folder=folder, variables=variables)
        self._ready_file = folder / "ready"
        self._command[-1] = str(self._ready_file)

    def hand_over(self, request: Mapping[str, object], task: Sentence) -> None:
        """Have a request run, once the one before has ended.

        Raises:
            Fault: no process can be started, or the folder can't be written.
        """
        self._kept_log = None
        self._request, self._task = {**request, "progress": str(self.progress_file)}, Text.of(task)
        waits = self._ready_file.exists()  # and its process, unless that has crashed since
        # gone before the request is handed over, so that it tells of this one
        self._ready_file.unlink(missing_ok=True)
        if not (waits and self._asked()):
            self.kill()
            self._overdue = self._killed = False
            self.begin()

    def poll(self) -> bool:
        """Return whether the last request has ended, successfully or not; end the process when its time is up."""
        return self._ready_file.exists() or super().poll()

    def _asked(self) -> bool:
        """Hand the request to the process that waits for one; return whether it is still there."""
        assert self._process is not None  # noqa: S101 -- it has said that it is ready
        assert self._process.stdin is not None  # noqa: S101 -- as it is started
        try:
            self._write_request()
            os.write(self._process.stdin.fileno(), b"1")
        except OSError:
            return False
        return True


def _program() -> list[str]:
    # the bpy module
    if not bpy.app.binary_path:
        return [sys.executable, str(_CHILD)]
    # no scripts of files that others made, no network, and nothing that the user's add-ons and start-up file do
    return [
        bpy.app.binary_path,
        "--background",
        "--factory-startup",
        "--offline-mode",
        "--disable-autoexec",
        "--python-exit-code",
        "1",
        "--python",
        str(_CHILD),
    ]


def _environment() -> dict[str, str]:
    # in capitals, as Windows doesn't tell cases apart
    return {name: value for name, value in os.environ.items() if _is_needed(name.upper())}


def _is_needed(variable: str) -> bool:
    return variable in _NEEDED or variable.startswith(_NEEDED_BEGINNINGS)


def _kept_logs() -> str:
    return os.environ.get(_KEPT_LOGS) or tempfile.gettempdir()


def _own_folders(folder: Path) -> dict[str, str]:
    """Create empty user folders, and return the variables that name them.

    In the user's own, a Blender that resets its preferences would delete the Python wheels of all extensions. Each has
    to be named, as the user may have set it, and to exist, as Blender uses the user's otherwise.

    Raises:
        OSError: they can't be created.
    """
    own = {"XDG_CACHE_HOME": str(folder / "cache"), **dict.fromkeys(_TEMPORARY, str(folder / "temp"))}
    for kind in _USER_FOLDERS:
        own[f"BLENDER_USER_{kind}"] = str(folder / kind.lower())
    for path in own.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    return own


def _creation_flags() -> int:
    if sys.platform != "win32":
        return 0
    return subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NO_WINDOW  # pyrefly: ignore[missing-attribute] -- Windows has them


@atexit.register
def _kill_all() -> None:
    for blender in list(_running):
        blender.kill()


def write_copy(
    obj: bpy.types.Object, others: Iterable[bpy.types.Object], folder: Path, some: Sequence[int]
) -> dict[str, object]:
    """Write an armature object, other objects and what all of them depend on, in a scene like the current one.

    Args:
        obj: the armature object.
        others: to be in its scene, too.
        some: frames at which it must move there as it does here.

    Returns:
        What `open_copy` needs, for a request.

    Raises:
        Fault: the folder can't be written.
    """
    shown, objects = bpy.context.scene, (obj, *others)
    # what is being edited is otherwise in the data only once Edit Mode is left
    for each in objects:
        each.update_from_editmode()
    poses = _poses(obj, some)
    try:
        with isolated_scene(objects) as scene:
            scene.render.fps, scene.render.fps_base = shown.render.fps, shown.render.fps_base
            # exporters scale by the scene's units
            scene.unit_settings.system = shown.unit_settings.system
            scene.unit_settings.scale_length = shown.unit_settings.scale_length
            scene.view_layers[0].objects.active = obj
            bpy.data.libraries.write(str(folder / _COPY), {scene}, path_remap="ABSOLUTE")
        np.save(folder / _POSES, poses)
    except (OSError, RuntimeError) as error:  # RuntimeError from Blender
        raise Fault(
            Text("The scene can't be copied for a background Blender: {error}.", error=str(error).strip()),
            Text("Free up space in {folder}, then try again.", folder=folder),
        ) from error
    return {"folder": str(folder), "scene": shown.name, "armature": obj.name, "some": [*map(int, some)]}


def open_copy(copied: Mapping[str, Any]) -> bpy.types.Object | None:
    """Open it, in the background Blender; return the armature object, None if it moves otherwise there.

    It does where scripts move it that only run in the user's Blender.
    """
    folder = Path(copied["folder"])
    # appended, as exporters would name it as the project's file if it were opened
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True, load_ui=False)
    (empty,), libraries = bpy.data.scenes, cast("Any", bpy.data.libraries)
    with libraries.load(str(folder / _COPY)) as (written, appended):
        appended.scenes = written.scenes
    (cast("Any", bpy.context).window.scene,) = appended.scenes
    bpy.data.scenes.remove(empty)
    bpy.context.scene.name = copied["scene"]
    obj: bpy.types.Object = bpy.data.objects[str(copied["armature"])]
    wanted, here = np.load(folder / _POSES), _poses(obj, copied["some"])
    size = np.ptp(wanted[0, :, :3, 3], axis=0).max(initial=0.0)
    return obj if np.allclose(wanted, here, rtol=0.0, atol=_SAME * max(size, 1.0)) else None


def needs_scripts(keys: bpy.types.Key) -> bool:
    """Return whether shape keys are driven by expressions of Python, which only run in the user's Blender."""
    # Blender evaluates simple expressions itself, also where scripts are off
    for curve in drivers_of(keys):
        driver = curve.driver
        if driver is not None and driver.type == "SCRIPTED" and not driver.is_simple_expression:
            return True
    return False


def _poses(obj: bpy.types.Object, some: Iterable[int]) -> FloatArray:
    with isolated(obj) as alone:
        return np.stack([alone.world() @ alone.at(float(frame)) for frame in some])
