"""The capture script in a Blender whose own Python has no `requests`: what is there before the zip is hidden."""

import importlib.abc
import importlib.machinery
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

NAMES = {"requests", "urllib3", "idna", "certifi", "charset_normalizer"}
HERE_BEFORE = list(sys.path)


class OnlyInWheels(importlib.abc.MetaPathFinder):
    """Looks for those packages only where Blender unpacks an extension's wheels."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        del target
        if path is not None or fullname not in NAMES:
            return None
        added = [folder for folder in sys.path if folder not in HERE_BEFORE]
        found = importlib.machinery.PathFinder.find_spec(fullname, added)
        if found is None:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)
        return found


for loaded in [name for name in sys.modules if name.partition(".")[0] in NAMES]:
    del sys.modules[loaded]  # 5.2 imports them itself
sys.meta_path.insert(0, OnlyInWheels())
runpy.run_path(str(Path(__file__).with_name("capture_child.py")), run_name="__main__")
