"""A pytest plugin: once all is reported, end the process at once if it holds Blender (4.5 can hang at exit)."""

from __future__ import annotations

import os
import sys
from typing import ClassVar

import pytest


class _Status:
    """pytest's exit status, kept from the end of the session to the end of the process."""

    value: ClassVar[int] = 0


def pytest_sessionfinish(exitstatus: int) -> None:
    """Keep the status that pytest is about to exit with."""
    _Status.value = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Leave without Blender's own clean-up."""
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_Status.value)
