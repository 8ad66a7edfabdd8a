"""A connection that is gone ends a request, and not Blender, whatever Blender does with signals."""

import os
from pathlib import Path

import pytest

from tests.installed.conftest import RunInBlender
from tools.suites import BLENDER_PROGRAM


@pytest.mark.skipif(BLENDER_PROGRAM not in os.environ, reason="the bpy modules' Python ignores SIGPIPE by itself")
def test_writing_to_a_connection_that_is_gone(run_in_blender: RunInBlender, extension_zip: Path) -> None:
    assert run_in_blender("pipe_child.py", {"zip": str(extension_zip)}) == {
        "said": "BrokenPipeError",
        "as_before": True,
    }
