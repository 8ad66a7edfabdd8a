"""In which versions of Blender a test runs."""

import os
from collections.abc import Iterable
from importlib import metadata
from typing import TYPE_CHECKING, TypeVar

import pytest

from tools.blenders import BLENDERS
from tools.suites import BLENDER_PROGRAM, IN_EVERY_BLENDER

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

T = TypeVar("T")

_VERSION = metadata.version("bpy").rpartition(".")[0]

in_oldest_and_newest = pytest.mark.skipif(
    _VERSION not in {BLENDERS[0].version, BLENDERS[-1].version} and IN_EVERY_BLENDER not in os.environ,
    reason=f"the oldest and the newest Blender stand for those between; {IN_EVERY_BLENDER}=1 runs it in all",
)
"""For what takes long and hardly depends on the version."""


in_newest = pytest.mark.skipif(
    BLENDER_PROGRAM in os.environ or (BLENDERS[-1].version != _VERSION and IN_EVERY_BLENDER not in os.environ),
    reason=f"the newest Blender stands for all; {IN_EVERY_BLENDER}=1 runs it in each",
)
"""For what takes long and has next to nothing to do with the version."""


def first_in_every(values: Iterable[T]) -> "list[T | ParameterSet]":
    """Values of a parameter: the first in every version, the others in the oldest and the newest."""
    first, *others = values
    return [first, *(pytest.param(value, marks=in_oldest_and_newest) for value in others)]
