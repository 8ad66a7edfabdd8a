"""Imports go one way, and what needs no Blender runs without it."""

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from tests.source_parts import parts_of

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "aimocap_blender"
COMMON = "*.py"
"""The modules at the top besides the package's own: every room may import them, and they import no room."""
ROOMS = {
    COMMON: frozenset[str](),
    "texts": frozenset[str](),
    "service": frozenset({"texts"}),
    "jobs": frozenset({"texts", "service"}),
    "motion": frozenset({"texts"}),
    "vision": frozenset({"texts", "motion"}),
    "scene": frozenset({"texts", "motion", "vision"}),
    "takes": frozenset({"texts", "service", "jobs", "motion", "vision", "scene"}),
    "ui": frozenset({"texts", "service", "jobs", "motion", "vision", "scene", "takes"}),
    "command": frozenset({"texts", "service", "jobs", "motion", "vision", "scene", "takes"}),
    "without_numpy": frozenset[str](),
    "": frozenset({"ui", "command", "without_numpy"}),
}
"""Room → the other rooms that it may import, besides the common modules; the package's own module has no name."""
WITHOUT_BLENDER = ("texts", "service", "jobs", "motion", "vision", COMMON)
BLENDERS_OWN = {"bpy", "bpy_extras", "bmesh", "mathutils", "gpu", "blf", "aud", "freestyle", "addon_utils", "imbuf"}
LONGEST = 800
MODULES = sorted(PACKAGE.rglob("*.py"))
COMMON_MODULES = [module for module in MODULES if module.parent == PACKAGE and module.name != "__init__.py"]

IMPORT_ALL_WITHOUT_BLENDER = """
import importlib, importlib.abc, pkgutil, sys

class NoBlender(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blenders_own!r}:
            raise ImportError(f"{{name}} is Blender's")

sys.meta_path.insert(0, NoBlender())
sys.path.insert(0, {rooms!r})
try:
    import bpy
except ImportError:
    pass
else:
    sys.exit("bpy can be imported here: this proves nothing")
count = 0
package = importlib.import_module({room!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
    count += 1
print(count)
"""


def room_of(module: Path) -> str:
    parts = module.relative_to(PACKAGE).parts
    if module in COMMON_MODULES:
        return COMMON
    return parts[0] if len(parts) > 1 else ""


def rooms_imported(module: Path) -> set[str]:
    """The rooms that the module's relative imports reach, its own among them."""
    home = module.relative_to(PACKAGE).parent.parts
    rooms: set[str] = set()
    for level, name in parts_of(module).imports:
        if level == 0:
            continue
        above = level - 1
        assert above <= len(home), f"{module.name}: an import leaves the package"
        target = (*home[: len(home) - above], *name)
        common = target[0] in {module.stem for module in COMMON_MODULES}
        rooms.add(COMMON if common else target[0] if target[0] in ROOMS else "")
    return rooms


def test_modules_import_only_the_rooms_below() -> None:
    assert len(MODULES) > 200
    wrong: list[str] = []
    for module in MODULES:
        room = room_of(module)
        above = rooms_imported(module) - ROOMS[room] - {room, COMMON}
        wrong += [f"{module.relative_to(PACKAGE)}: {other}" for other in above]
    assert not wrong


def test_modules_import_the_package_relatively() -> None:
    absolute = [(module, name) for module in MODULES for level, name in parts_of(module).imports if level == 0]
    assert len(absolute) > 200
    assert not [str(module.relative_to(PACKAGE)) for module, name in absolute if name[0] == PACKAGE.name]


def test_no_module_imports_what_is_private_to_another() -> None:
    imported = [(module, name[-1]) for module in MODULES for level, name in parts_of(module).imports if level > 0]
    assert len(imported) > 1000
    private = [(module, name) for module, name in imported if name.startswith("_") and not name.endswith("__")]
    assert not [f"{module.relative_to(PACKAGE)}: {name}" for module, name in private]


def test_modules_import_blender_only_where_blender_is() -> None:
    importing = [
        module
        for module in MODULES
        if any(level == 0 and name[0] in BLENDERS_OWN for level, name in parts_of(module).imports)
    ]
    assert len(importing) > 50
    assert not [str(module.relative_to(PACKAGE)) for module in importing if room_of(module) in WITHOUT_BLENDER]


@pytest.mark.parametrize("folder", [PACKAGE, ROOT / "tests"], ids=lambda path: path.name)
def test_no_file_is_long(folder: Path) -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in folder.rglob("*.py")}
    assert not [str(path.relative_to(ROOT)) for path, lines in lengths.items() if lines > LONGEST]


def test_no_test_module_is_imported() -> None:
    """Tests share what they need in modules beside them, whose names say what is in them."""
    files = [file for folder in ("tests", "tools") for file in (ROOT / folder).rglob("*.py")]
    importing = [
        f"{file.relative_to(ROOT)}: {'.'.join(name)}"
        for file in files
        for _, name in parts_of(file).imports
        if any(part.startswith("test_") for part in name)
    ]
    assert len(files) > 500
    assert not importing


@cache
def modules_imported(module: Path) -> set[Path]:
    """The files of the package that the module's relative imports reach."""
    home = module.parent
    found: set[Path] = set()
    for level, name in parts_of(module).imports:
        if level:
            base = home.joinpath(*[".."] * (level - 1)).resolve()
            ends = (base.joinpath(*name), base.joinpath(*name[:-1]))
            files = (file for end in ends for file in (end.with_suffix(".py"), end / "__init__.py"))
            found |= {file for file in (next(filter(Path.is_file, files), None),) if file is not None}
    return found


def circle_in(arrows: Mapping[T, set[T]]) -> list[T]:
    """A way from something back to itself along the arrows; empty where there is none."""
    done: set[T] = set()
    for start in arrows:
        way, branches = [start], [iter(arrows[start])]
        while way:
            following = next(branches[-1], None)
            if following in way:
                return [*way[way.index(following) :], following]
            if following is None:
                done.add(way.pop())
                branches.pop()
            elif following not in done:
                way.append(following)
                branches.append(iter(arrows.get(following, ())))
    return []


def test_no_file_imports_in_a_circle() -> None:
    arrows = {module: modules_imported(module) for module in MODULES}
    assert [str(module.relative_to(PACKAGE)) for module in circle_in(arrows)] == []


def test_no_sub_room_imports_in_a_circle() -> None:
    """A sub-room counts as one; the files that lie in a room itself, beside its sub-rooms, count each for itself."""

    def node(module: Path) -> str:
        parts = module.relative_to(PACKAGE).parts
        return "/".join(parts[:2])

    arrows: dict[str, set[str]] = {}
    for module in MODULES:
        reached = {node(other) for other in modules_imported(module)}
        arrows.setdefault(node(module), set()).update(reached - {node(module)})
    assert circle_in(arrows) == []


def test_a_circle_is_found() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_only_captures_know_the_service() -> None:
    """Of all takes; a session and what follows it to its end have captures among their takes."""
    others = [module for module in MODULES if module.is_relative_to(PACKAGE / "takes")]
    others = [module for module in others if not module.is_relative_to(PACKAGE / "takes" / "captures")]
    knowing = {
        module.name
        for module in others
        for reached in modules_imported(module)
        if reached.relative_to(PACKAGE).parts[0] in {"jobs", "service"} or "captures" in reached.parts
    }
    assert knowing == {"session.py", "private_folder.py"}  # the last for its folder's lock


def test_contexts_are_overridden_in_one_place() -> None:
    """Where the add-on's threads are held still meanwhile."""
    overriding = {path.name for path in MODULES if ".temp_override(" in path.read_text(encoding="utf-8")}
    assert overriding == {"operator_calls.py"}


@pytest.mark.parametrize(
    ("call", "kit"),
    [
        (".draw_handler_add(", "overlays.py"),
        (".progress_begin(", "modal_work.py"),
        (".status_text_set(", "modal_work.py"),
        ("subprocess.Popen(", "background_blender.py"),
        ("sys.argv", "background_child.py"),
    ],
)
def test_overlays_modal_work_and_children_have_one_lifecycle(call: str, kit: str) -> None:
    assert {path.name for path in MODULES if call in path.read_text(encoding="utf-8")} == {kit}


def test_every_room_has_a_rule() -> None:
    assert {room_of(module) for module in MODULES} == set(ROOMS)


@pytest.mark.parametrize("room", [room for room in WITHOUT_BLENDER if room != COMMON])
def test_room_is_imported_whole_where_bpy_cannot_be(room: str, tmp_path: Path) -> None:
    alone = tmp_path / "rooms"
    alone.mkdir()
    for name in {room, *ROOMS[room], *(module.name for module in COMMON_MODULES)}:
        (alone / name).symlink_to(PACKAGE / name)
    # They stand in a package of their own, since the add-on's module needs Blender.
    program = IMPORT_ALL_WITHOUT_BLENDER.format(blenders_own=BLENDERS_OWN, rooms=str(tmp_path), room=f"rooms.{room}")
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) == len(list((PACKAGE / room).rglob("*.py"))) - 1
