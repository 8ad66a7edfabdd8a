"""The figures of the house, of a made one of which they are known, and of this one."""

import shutil
from pathlib import Path

import pytest

from tools.faults import ToolFault
from tools.house_figures import ROOT, checkout_of, figures_of

LOOK = '''"""Look."""
import bpy

_SLOW = 0.1  # metres a second: a foot that is slower is planted
_FAST = 9.0  # metres a second that a hand moves


def look(one, other):
    found = one.look(other)
    if found is None:
        return bpy.nothing(one, other)
    for part in found.parts:
        one.take(part, other)
    return one.end(found, other)
'''
MODULES = {
    "options.py": "hand_strength = 1\n",
    "ui/look.py": LOOK + "\n\nspace.draw_handler_add(look, (), 'WINDOW')\n",
    "ui/same.py": LOOK.replace("def look", "def same"),
    "ui/renamed.py": LOOK.replace("planted", "seen").replace("found", "known").replace("part", "limb"),
    "scene/child.py": "subprocess.Popen([])\nBackgroundBlender.start()\nThread.start()\n# why\n[1 for _ in ()]\n",
    "takes/binding.py": "KEYS = ('by_strip', 'real_time')\n",
    "takes/other.py": "if RENDERED_FROM in view.binding:\n    binding['together'] = {**view.binding}.get(1)\n",
}


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    for name, text in MODULES.items():
        file = tmp_path / "aimocap_blender" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return figures_of(tmp_path)


def test_a_made_house(made: dict[str, str]) -> None:
    assert made["lines, all"].startswith("54 in 7 files;")
    assert made["lines, scene/"] == "5 in 1 files; a thousand have 200.0 comprehensions, 200.0 comment lines"
    assert made["lines, beside the rooms"].startswith("1 in 1 files;")
    assert made["files that name an option, its translations too"] == "1"
    assert made["definitions of a planted body point"] == "2: ui/look ui/same"
    assert made["modules that know the binding's keys"] == "2: takes/binding takes/other"
    assert made["places that read or edit a raw binding"] == "3"
    assert made["overlays' lifecycles"] == "1: ui/look"
    assert made["modal lifecycles"] == "0:"
    assert made["children's lifecycles"] == "1: scene/child"
    assert made["passages of six lines or more that are there twice"] == "2 (12 lines)"
    assert made["the same with other names and values"] == "3 (24 lines)"


@pytest.mark.slow
def test_this_house_has_all_of_them(made: dict[str, str]) -> None:
    assert {name for name in made if not name.startswith("lines")} <= figures_of(ROOT).keys()


@pytest.mark.skipif(shutil.which("git") is None, reason="revisions come out of git, which is not here")
def test_a_revision_that_is_not_here() -> None:
    with pytest.raises(ToolFault, match="no revision v9"), checkout_of("v9"):
        pass
