"""Online Manual opens a heading of a page that is in the zip, for each operator and each option."""

import re
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote, urlsplit

import bpy
import pytest
from bl_operators.wm import WM_OT_doc_view_manual


def page_of(rna_id: str) -> tuple[Path, str]:
    url = urlsplit(WM_OT_doc_view_manual._lookup_rna_url(rna_id, verbose=False) or "")
    assert url.scheme == "file", f"{rna_id} has no page"
    return Path(unquote(url.path)), url.fragment


def known(page: Path, heading: str) -> bool:
    return f'id="{heading}"' in page.read_text(encoding="utf-8")


def test_every_operator_has_a_page(addon: ModuleType) -> None:
    del addon
    for name in dir(bpy.ops.aimocap):
        page, heading = page_of(f"bpy.ops.aimocap.{name}")
        assert known(page, heading), (name, page.name, heading)
    assert page_of("bpy.ops.aimocap.make_loop")[1] == "make-a-loop"


def test_every_option_and_preference_has_a_page(addon: ModuleType) -> None:
    preferences = bpy.context.preferences.addons[addon.__name__].preferences
    for owner in (bpy.context.scene.aimocap, preferences):
        own = [prop for prop in type(owner).bl_rna.properties if not prop.is_hidden and prop.identifier not in NOT_OURS]
        assert len(own) > 5
        for prop in own:
            page, heading = page_of(f"bpy.types.{type(owner).__name__}.{prop.identifier}")
            assert known(page, heading), (prop.identifier, page.name, heading)


NOT_OURS = {"rna_type", "name", "bl_idname", "bl_system_properties"}


def test_links_within_the_manual_lead_somewhere(addon: ModuleType) -> None:
    del addon
    folder = page_of("bpy.ops.aimocap.make_loop")[0].parent
    for page in folder.glob("*.html"):
        for link in re.findall(r'href="([^"]+)"', page.read_text(encoding="utf-8")):
            file, _, heading = link.partition("#")
            if not link.startswith("https://"):
                target = folder / file if file else page
                assert target.is_file(), (page.name, link)
                assert not heading or known(target, heading), (page.name, link)


@pytest.mark.usefixtures("addon")
def test_blenders_own_pages_are_found_as_before() -> None:
    url = WM_OT_doc_view_manual._lookup_rna_url("bpy.ops.object.delete", verbose=False)
    assert url.startswith("https://docs.blender.org/manual/")
