"""Enable the zip where numpy can't be imported, disable it, and enable it with numpy; answer what is there."""

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import bpy

sys.path.insert(0, str(Path(__file__).parent))
import blender_knows


class Column:
    """Takes down what is drawn."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def column(self, **_: object) -> "Column":
        return self

    def label(self, text: str, **_: object) -> None:
        self.lines.append(text)


def enabled() -> bool:
    return blender_knows.MODULE in bpy.context.preferences.addons


request = json.loads(Path(sys.argv[-1]).read_text())
numpy = sys.modules.pop("numpy", None)
cast("dict[str, ModuleType | None]", sys.modules)["numpy"] = None  # importing it raises ImportError
before = blender_knows.all_of_it()
blender_knows.install(request["zip"])
stand_in = importlib.import_module(f"{blender_knows.MODULE}.without_numpy")
tabs = [cls for cls in stand_in._CLASSES if cls.is_registered]
column = Column()
tabs[0].draw(SimpleNamespace(layout=column), bpy.context)
answer = {
    "enabled": enabled(),
    "tabs": [(cls.bl_space_type, cls.bl_category) for cls in tabs],
    "lines": column.lines,
    "command": stand_in._run(["list"]),
}
bpy.ops.preferences.addon_disable(module=blender_knows.MODULE)
after = blender_knows.all_of_it()
answer["left"] = [name for kind, names in after.items() for name in set(names) - set(before[kind])]
del sys.modules["numpy"]
if numpy is not None:
    sys.modules["numpy"] = numpy
bpy.ops.preferences.addon_enable(module=blender_knows.MODULE)
answer["whole"] = enabled() and not tabs[0].is_registered and "capture_motion" in dir(cast("Any", bpy.ops).aimocap)
Path(request["answer"]).write_text(json.dumps(answer))
sys.stdout.flush()
os._exit(0)
