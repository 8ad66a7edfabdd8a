"""The tab has few controls in each state: they are counted as its panels draw them, and printed."""

from types import SimpleNamespace
from typing import Any

import bpy
import pytest

from tests.blender_versions import in_newest
from tests.ui.acts import module

CONTROLS = (
    *("operator", "operator_menu_enum", "menu", "popover", "prop", "prop_search"),
    *("template_list", "template_popup_confirm"),
)
"""Elements of a layout that can be clicked."""
MOST = {"first run": 7, "ready": 12, "done": 22, "robot": 10}


class Layout:
    """A layout that notes the controls that are drawn into it."""

    def __init__(self, controls: list[str]) -> None:
        self.__dict__["controls"] = controls

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        def draw(*arguments: Any, **options: Any) -> Any:
            if name in CONTROLS:
                named = [one for one in (*arguments, *options.values()) if isinstance(one, str)]
                self.controls.append(options.get("text") or named[0])
                return SimpleNamespace()
            return (self, None) if name == "panel" else self

        return draw


def controls_by_panel() -> dict[str, list[str]]:
    """Return the controls of each panel of the tab that is drawn, as long as nobody opens or closes one."""
    found: dict[str, list[str]] = {}
    panels = [panel for panel in bpy.types.Panel.__subclasses__() if panel.is_registered]
    for panel in (one for one in panels if getattr(one, "bl_category", "") == "AIMoCap"):
        drawn, is_open = SimpleNamespace(), "DEFAULT_CLOSED" not in getattr(panel, "bl_options", ())
        if panel.bl_space_type != "VIEW_3D" or not getattr(panel, "poll", lambda _: True)(bpy.context):
            continue
        controls = found[getattr(panel, "bl_label", "")] = []
        drawn.layout = Layout(controls)
        for name in ("draw_header", "draw_header_preset", *(("draw",) if is_open else ())):
            getattr(panel, name, lambda *_: None)(drawn, bpy.context)
    return found


@pytest.fixture(autouse=True)
def at_default_width(addon: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw as in a new sidebar: without a window there is no region. Nobody forgot a capture yet."""
    del addon
    monkeypatch.setattr(module("ui.capture.list")._listed, "had_rows", False)
    monkeypatch.setattr(module("ui.text.wrapped_text"), "_region_width", lambda: 290.0)


def count(state: str) -> int:
    found = controls_by_panel()
    total = sum(map(len, found.values()))
    print(f"{state}: {total}")
    for panel, controls in found.items():
        print(f"  {panel}: {len(controls)}  {', '.join(controls)}")
    return total


@pytest.mark.usefixtures("service")
def test_a_first_look_shows_few_controls() -> None:
    """With the sample, which only a zip brings, there is one more."""
    assert 1 <= count("first run") <= MOST["first run"]


@pytest.mark.usefixtures("strip", "character")
def test_few_controls_are_needed_to_capture() -> None:
    module("scene.video.strips").video_of(bpy.context)  # opens the movie
    bpy.ops.aimocap.video_in_viewport()
    assert 8 <= count("ready") <= MOST["ready"]


@in_newest
@pytest.mark.usefixtures("service", "strip", "character", "sampled_once")
def test_a_result_adds_few_controls() -> None:
    """3 s of CPU, for a capture."""
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    module("ui.capture.list").update_list()
    assert count("done") <= MOST["done"]


@pytest.mark.usefixtures("service")
def test_a_selected_robot_has_few_controls() -> None:
    bpy.ops.aimocap.add_g1_rig()
    assert count("robot") <= MOST["robot"]
