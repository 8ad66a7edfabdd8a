"""The versions that the tests run with are printed, one by one."""

import re
import sys
import tomllib
from importlib import metadata

from packaging.requirements import Requirement

from tools.environment import CONSTRAINTS, ROOT

NOT_PINNED = {"pip", "setuptools", "wheel"}
ITS_OWN = {"bpy", "numpy", "cython", "zstandard", "ml-dtypes"}
"""Blender's module, what it needs, and what follows its numpy."""


def name_of(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def test_every_package_here_has_the_version_that_the_project_names() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    lines = [line for line in CONSTRAINTS.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    named = [Requirement(line) for line in (*(line for group in groups.values() for line in group), *lines)]
    pinned = {name_of(each.name): str(each.specifier).removeprefix("==") for each in named}
    installed = {
        name_of(each.name): each.version
        for each in metadata.distributions(path=[path for path in sys.path if "site-packages" in path])
    }
    others = {name: version for name, version in installed.items() if name not in NOT_PINNED | ITS_OWN}
    assert "pytest" in others
    assert {name: pinned.get(name) for name in others} == others
