"""Prints how far each delivered file is from the motion that its name says: `tests/command/test_delivered.py`."""

import os
import sys

import pytest

from tools.suites import IN_EVERY_BLENDER

os.environ[IN_EVERY_BLENDER] = "1"
sys.exit(pytest.main(["-q", "-p", "tools.leave_at_once", "tests/command/test_delivered.py"]))
