"""Both sidebars in German, and how they follow each other; see `hands.py`."""

import subprocess
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    REQUEST,
    Steps,
    answer,
    area_of,
    click,
    hold,
    let_go,
    main,
    open_tab,
    point_at,
    session,
    shot,
    sidebar_of,
    start_capture,
    states,
    taken,
    view_of,
    window,
)

EDITORS = ("VIEW_3D", "SEQUENCE_EDITOR")
NARROW = (200, 300)


def german() -> Steps:
    """German, and English again; with `pictures` in the request both sidebars, narrow, after a capture."""
    area = area_of("VIEW_3D")
    view = bpy.context.preferences.view
    answer["english"] = words()
    view.language = "de_DE"
    view.use_translate_interface = view.use_translate_tooltips = view.use_translate_reports = True
    answer["german"] = words()
    view.language = "zh_HANS"
    answer["chinese"] = choices("contacts")
    view.language = "de_DE"
    yield from open_tab(area)
    shot("ready")
    if REQUEST.get("pictures"):
        yield from start_capture(area)
        yield lambda: states() == ["done"] and bool(session().application.notes)
        for editor in EDITORS:
            area.ui_type = editor
            area.spaces.active.show_region_ui = False
            yield 0.5
            yield from open_tab(area)
            for width in NARROW:
                yield from widen(area, width)
                yield from pictured_whole(area, f"{editor.lower()}_{width}")
    view.language = "en_US"
    answer["english_again"] = words()


def follow_each_other() -> Steps:
    """Strips are clicked in the sequencer, then objects selected: what either sidebar was last drawn for."""
    drawn: dict[str, list[str]] = {}
    note_what_is_drawn(drawn)
    scene, view = bpy.context.scene, area_of("VIEW_3D")
    strips = scene.sequence_editor.sequences
    other = strips.new_movie("Take 2", REQUEST["video"], channel=1, frame_start=150)
    with bpy.context.temp_override(window=window(), area=view, region=view_of(view)):
        bpy.ops.screen.area_split(direction="HORIZONTAL", factor=0.4)
    below, view = sorted((area for area in window().screen.areas if area.type == "VIEW_3D"), key=lambda area: area.y)
    below.ui_type = "SEQUENCE_EDITOR"
    yield 0.6
    for area in (below, view):
        yield from open_tab(area)
    with bpy.context.temp_override(window=window(), area=below, region=view_of(below)):
        bpy.ops.sequencer.view_all()
    yield 1.5
    answer["sidebars"] = [dict(drawn)]
    for strip in (other, strips["Take 1"]):
        at = view_of(below).view2d.view_to_region(strip.frame_final_start + 20, strip.channel + 0.5)
        point_at(view_of(below).x + at[0], view_of(below).y + at[1])
        yield 0.3
        click()
        yield 1.0
        answer["sidebars"].append(dict(drawn))
        shot(strip.name.replace(" ", "_"))
    bpy.context.view_layer.objects.active = None
    yield 1.0
    answer["sidebars"].append(dict(drawn))


def note_what_is_drawn(drawn: dict[str, list[str]]) -> None:
    """Keep the strip and the armature that each editor's Capture panel was last drawn for."""
    panel = sys.modules["bl_ext.user_default.aimocap_blender.ui.panels"]
    draw = panel.CapturePanel.draw

    def noted(self: object, context: bpy.types.Context) -> None:
        armature = panel.character_of(context)
        strip = context.scene.sequence_editor.active_strip
        drawn[context.area.type] = [strip.name, armature.name if armature else ""]
        draw(self, context)

    panel.CapturePanel.draw = noted


def words() -> list[str]:
    """A button, a setting, a tooltip, a report and a sentence with a value in it."""
    find = bpy.app.translations
    try:
        bpy.ops.aimocap.apply_capture(capture_id="none")
    except RuntimeError as error:
        report = str(error).partition(": ")[2].strip()
    addon = "bl_ext.user_default.aimocap_blender"
    translation, text = sys.modules[f"{addon}.ui.text.translation"], sys.modules[f"{addon}.texts.text"]
    hidden = text.Text.joined((text.Text("“{armature}” is hidden.", armature="Bob"), "Show it, then choose it again."))
    return [
        find.pgettext_iface("Capture Motion", "Operator"),
        find.pgettext_iface("Root Motion"),
        find.pgettext_tip("Whether the character travels"),
        report,
        translation.translated(hidden),
    ]


def choices(setting: str) -> list[str]:
    """The choices of a setting in the language of the window, as it draws them."""
    declared = bpy.context.scene.aimocap.bl_rna.properties[setting]
    find = bpy.app.translations.pgettext_iface
    return [find(item.name, declared.translation_context) for item in declared.enum_items]


def pictured_whole(area: bpy.types.Area, name: str) -> Steps:
    """Picture the sidebar, and the part of it that is scrolled out of sight."""
    region = sidebar_of(area)
    shot(name)
    yield taken
    point_at(region.x + region.width * 0.4, region.y + region.height * 0.5)
    for button, last in (("5", True), ("4", False)):
        subprocess.run(["xdotool", "click", "--repeat", "40", "--delay", "5", button], check=True)
        yield 0.8
        if last:
            shot(f"{name}_below")
            yield taken


def use_theme(name: str) -> None:
    (folder,) = bpy.utils.preset_paths("interface_theme")[:1]
    for file in (Path(folder) / f"{name}.xml", Path(folder) / "Blender_Dark.xml"):
        if file.exists():
            bpy.ops.script.execute_preset(filepath=str(file), menu_idname="USERPREF_MT_interface_theme_presets")
            return


def widen(area: bpy.types.Area, width: float) -> Steps:
    """Drag the sidebar's edge, which isn't in both editors as far from where the region begins."""
    region, scale = sidebar_of(area), bpy.context.preferences.view.ui_scale
    y = region.y + region.height * 0.93  # beside a panel: below them a click goes through to the view
    for inside in (6.0, 1.0, 3.0):
        left, before = region.x + inside * scale, region.width
        point_at(left + 30, y)
        yield 0.2
        point_at(left, y)
        yield 0.3
        hold()
        yield 0.2
        for part in (0.3, 0.7, 1.0):
            point_at(left + (before - width) * part, y)
            yield 0.15
        let_go()
        yield 0.3
        if abs(region.width - width) < 15.0 * scale:
            break
    point_at(area.x + 60, area.y + 200)
    yield 0.8


if __name__ == "__main__":
    main(globals())
