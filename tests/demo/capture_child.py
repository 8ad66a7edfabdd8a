"""The demo's paid path: the command line's `capture`, against whatever the environment names as the service.

Run by `child.py`.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any, cast

import bpy  # first: it makes Blender's own modules importable

import addon_utils  # isort: skip

from tests.demo.child import Saying, answering


class _Relayed(io.TextIOBase):
    """A stream that says printed lines one by one, without Blender's own lines and the folder of temporary files."""

    def __init__(self, saying: Saying, label: str, work: str) -> None:
        self._saying, self._label, self._work, self._line = saying, label, f"{work}/", ""

    def write(self, text: str) -> int:
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            if not line.startswith("Info: "):
                self._saying.say(line.removeprefix(self._label).replace(self._work, ""))
        return len(text)


def main(request: dict[str, Any], saying: Saying) -> dict[str, Any]:
    """Run the command line; return its exit status."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.system.use_online_access = True
    cast("Any", addon_utils).enable("aimocap_blender", default_set=True)

    from aimocap_blender.command.verbs import run_verb

    relayed = _Relayed(saying, f"{request['video']}: ", request["work"])
    with contextlib.redirect_stdout(relayed), contextlib.redirect_stderr(relayed):
        return {"status": run_verb(request["arguments"])}


if __name__ == "__main__":
    answering(main)
