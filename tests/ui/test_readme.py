"""The README's script does what it says."""

import re
from pathlib import Path

import bpy
import pytest

from tests.standin import StandIn

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.usefixtures("strip")
def test_the_script_in_the_readme(service: StandIn, character: bpy.types.Object) -> None:
    (script,) = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    exec(compile(script, str(README), "exec"), {})  # noqa: S102 -- our own
    assert len(service.charges) == 1
    assert character.animation_data.action is not None
