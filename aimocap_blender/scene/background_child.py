"""A background Blender's part: it runs a script's ``main``, and ends when the Blender that started it is gone.

See ``background_blender.py``, which holds this process's standard input open as long as it lives, and writes a byte to
a worker's for each further request.
"""

import importlib
import json
import os
import shutil
import signal
import sys
import threading
import traceback
import types
from pathlib import Path
from typing import Any

LARGEST_MIB = 2048
"""Memory, MiB, that a worker may have taken and go on; our own value: a minute of motion takes some 500 MiB."""


def end_with_the_parent(folder: str, asked: threading.Semaphore) -> None:
    """Pass on requests until standard input closes, then delete the folder, if one is named, and end this process."""
    # not `sys.stdin`, whose lock Python wants when it exits
    while os.read(0, 1):
        asked.release()
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    if sys.platform != "win32":
        # with all processes that it started
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def result_of(script: Path, request: dict[str, Any]) -> object:
    """Return what the script makes of the request, or the words of the fault that it raises."""
    # not the add-on's own module, which would enable it
    package = types.ModuleType("aimocap")
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules[package.__name__] = package
    sys.path.append(str(script.parent))
    try:
        return importlib.import_module(script.stem).main(request)
    except Exception as error:
        what, next_step = getattr(error, "what", None), getattr(error, "next_step", None)
        if what is None or next_step is None:
            raise
        return {"fault": {"what": _plain(what), "next_step": _plain(next_step)}}


def _plain(text: Any) -> object:  # noqa: ANN401 -- a sentence of the add-on's, or of a script that can't import it
    """Return a sentence as JSON."""
    return text.to_json() if hasattr(text, "to_json") else text


def answer(script: Path, request_file: Path, result_file: Path) -> bool:
    """Run the script and write what it makes; return whether that was possible."""
    try:
        result = result_of(script, json.loads(request_file.read_text(encoding="utf-8")))
        result_file.write_text(json.dumps(result), encoding="utf-8")
    except BaseException:  # noqa: BLE001 -- reported in the log and by the status
        traceback.print_exc()
        return False
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return True


def is_too_large() -> bool:
    """Return whether this process has taken more memory than a worker may; Windows doesn't say."""
    try:
        import resource
    except ImportError:
        return False
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit > LARGEST_MIB << 20


if __name__ == "__main__":
    arguments = sys.argv[sys.argv.index("--") + 1 :]
    script, private_folder, ready_file, *files = arguments
    asked = threading.Semaphore(0)
    # a thread, since whatever the script does for hours looks at no pipe
    threading.Thread(target=end_with_the_parent, args=(private_folder, asked), daemon=True).start()
    while succeeded := answer(Path(script), *map(Path, files)):
        if not ready_file or is_too_large():
            break
        Path(ready_file).touch()
        asked.acquire()
    os._exit(0 if succeeded else 1)  # Blender 4.5 may hang in a normal exit
