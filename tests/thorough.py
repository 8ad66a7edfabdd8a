"""Tests that try very many cases of what others try a few of: in `make test-thoroughly`."""

import os

import pytest

from tools.suites import QUICKLY, THOROUGHLY

IS_THOROUGH = THOROUGHLY in os.environ
thoroughly = pytest.mark.skipif(
    not IS_THOROUGH, reason=f"{THOROUGHLY}=1 tries very many cases, as make test-thoroughly does"
)


def examples(count: int) -> int:
    """So many cases that hypothesis is to draw; a third of them where there is to be an answer soon."""
    return count // 3 if QUICKLY in os.environ else count
