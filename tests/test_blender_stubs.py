"""The type checker learns from Blender's stubs what Blender promises."""

from pathlib import Path

import pytest

from tools.blender_stubs import NEVER_NONE, correct_stubs
from tools.faults import ToolFault

PROPERTY = "    @property\n    def {name}(self) -> {kind}:\n"


def written(packages: Path, without: str = "") -> Path:
    path = packages / "bpy-stubs" / "types" / "__init__.pyi"
    path.parent.mkdir(parents=True)
    kinds = {name: f"None | {name.title()} | None" for name in (*NEVER_NONE, "window") if name != without}
    context = "".join(PROPERTY.format(name=name, kind=kind) for name, kind in kinds.items())
    other = PROPERTY.format(name="scene", kind="None | Scene | None")
    path.write_text(
        f"class Area:\n    type: typing.Literal[bpy.stub_internal.rna_enums.AreaTypeItems]\n\n"
        f"class Context(bpy_struct):\n{context}\nclass Window(bpy_struct):\n{other}"
    )
    return path


def test_a_context_has_a_scene_and_words_are_those_of_their_list(tmp_path: Path) -> None:
    path = written(tmp_path)
    correct_stubs(tmp_path)
    area, context, window = path.read_text().split("class ")[1:]
    assert "    type: bpy.stub_internal.rna_enums.AreaTypeItems\n" in area
    assert "def scene(self) -> Scene:" in context
    assert context.count("None") == 2
    assert "def window(self) -> None | Window | None:" in context
    assert "def scene(self) -> None | Scene | None:" in window


def test_stubs_that_are_right_by_now_are_told_of(tmp_path: Path) -> None:
    written(tmp_path, without="scene")
    with pytest.raises(ToolFault, match=r"context\.scene"):
        correct_stubs(tmp_path)


def test_packages_without_stubs_are_left_alone(tmp_path: Path) -> None:
    correct_stubs(tmp_path)
    assert list(tmp_path.iterdir()) == []
