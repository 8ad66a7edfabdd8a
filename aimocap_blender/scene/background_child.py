"""A background Blender's part: it runs a script's ``main``, and ends when the Blender that started it is gone.

See ``background_blender.py``, which holds this process's standard input open as long as it lives.
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


def end_with_the_parent(folder: str) -> None:
    """Wait until standard input closes, then delete the folder, if one is named, and end this process."""
    while os.read(0, 4096):  # not `sys.stdin`, whose lock Python wants when it exits
        pass
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)  # with all processes that it started
    os._exit(1)


def result_of(script: Path, request: dict[str, Any]) -> object:
    """Return what the script makes of the request, or the words of the fault that it raises."""
    package = types.ModuleType("aimocap")  # not the add-on's own module, which would enable it
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules[package.__name__] = package
    sys.path.append(str(script.parent))
    try:
        return importlib.import_module(script.stem).main(request)
    except Exception as error:
        words: dict[str, Any] = {part: getattr(error, part, None) for part in ("what", "next_step")}
        if None in words.values():
            raise
        return {"fault": {part: text.to_json() if hasattr(text, "to_json") else text for part, text in words.items()}}


if __name__ == "__main__":
    script, private_folder, request_file, result_file = sys.argv[sys.argv.index("--") + 1 :]
    threading.Thread(target=end_with_the_parent, args=(private_folder,), daemon=True).start()
    status = 1
    try:
        result = result_of(Path(script), json.loads(Path(request_file).read_text(encoding="utf-8")))
        Path(result_file).write_text(json.dumps(result), encoding="utf-8")
        status = 0
    except BaseException:  # noqa: BLE001 -- reported in the log and by the status
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # Blender 4.5 may hang in a normal exit
