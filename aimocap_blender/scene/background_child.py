"""A script for a background Blender: runs another script, and ends when the Blender that started it is gone.

See ``background_blender.py``, which holds this process's standard input open as long as it lives.
"""

import os
import runpy
import shutil
import signal
import sys
import threading


def end_with_the_parent(folder: str) -> None:
    """Wait until standard input closes, then delete the folder, if one is named, and end this process."""
    while os.read(0, 4096):  # not `sys.stdin`, whose lock Python wants when it exits
        pass
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)  # with all processes that it started
    os._exit(1)


script, private_folder, *names = sys.argv[sys.argv.index("--") + 1 :]
threading.Thread(target=end_with_the_parent, args=(private_folder,), daemon=True).start()
sys.argv[sys.argv.index("--") + 1 :] = names
runpy.run_path(script, run_name="__main__")
