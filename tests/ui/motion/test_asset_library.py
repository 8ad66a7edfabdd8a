"""A motion that is kept for every file: its catalog, its author, and the shelf of another file that applies it."""

import uuid
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from tests.blender_versions import in_oldest_and_newest
from tests.demo.character import bring_character
from tests.standin import StandIn
from tests.ui.acts import captures, preferences, refusal

pytestmark = in_oldest_and_newest
CAPTURES, IMPORTED = "AIMoCap/Captures", "AIMoCap/Imported"


@pytest.fixture(autouse=True)
def libraries(addon: object) -> Iterator[list[str]]:
    """The names of the asset libraries of before, which are listed alone afterwards."""
    del addon
    known = bpy.context.preferences.filepaths.asset_libraries
    before = [library.name for library in known]
    yield before
    for library in [one for one in known if one.name not in before]:
        known.remove(library)


def in_file(file: Path) -> list[bpy.types.Action]:
    with bpy.data.libraries.load(str(file), assets_only=True) as (found, wanted):
        wanted.actions = found.actions
    return wanted.actions


@pytest.mark.usefixtures("strip", "sampled_once")
def test_a_capture_in_the_library_is_applied_from_another_file(
    character: bpy.types.Object,
    character_blend: Path,
    libraries: list[str],
    service: StandIn,
    movies: Callable[[Fraction], Path],
) -> None:
    del movies
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    known = bpy.context.preferences.filepaths.asset_libraries
    assert [library.name for library in known] == libraries  # none before it is asked for
    name = character.animation_data.action.name
    for _ in range(2):  # once more replaces the file
        assert bpy.ops.aimocap.add_to_library() == {"FINISHED"}
    (added,) = [library for library in known if library.name not in libraries]
    folder = Path(preferences().captures_folder) / ".assets"
    assert Path(added.path) == folder
    (file,) = folder.glob("*.blend")
    assert captures()[0].id.endswith(file.stem[-8:])
    (action,) = in_file(file)
    data = action.asset_data
    lines = (folder / "blender_assets.cats.txt").read_text().splitlines()
    catalogs = dict(line.split(":")[:2] for line in lines if not line.startswith(("#", "VERSION")))
    assert (data.author, catalogs[data.catalog_id]) == ("AIMoCap", CAPTURES)
    assert len(catalogs) == 4

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    other = bring_character(character_blend)
    result = bpy.ops.aimocap.retarget_asset(
        asset_library_type="CUSTOM",
        asset_library_identifier=added.name,
        relative_asset_identifier=f"{file.name}/Action/{name}",
    )
    assert result == {"FINISHED"}
    assert other.animation_data.action is not None
    assert len(service.charges) == 1


def test_a_file_has_no_author_and_catalogs_of_people_stay(
    character: bpy.types.Object, motion_fbx: Path, tmp_path: Path
) -> None:
    preferences().captures_folder, preferences().mark_assets = str(tmp_path), False
    assert refusal(bpy.ops.aimocap.add_to_library).startswith("The selected object has no motion.")
    folder, own = tmp_path / ".assets", f"{uuid.uuid4()}:Mine:Mine"
    folder.mkdir()
    (folder / "blender_assets.cats.txt").write_text(f"VERSION 1\n\n{own}\n")
    assert bpy.ops.aimocap.import_motion_fbx(filepath=str(motion_fbx)) == {"FINISHED"}
    assert character.animation_data.action.asset_data is None
    character.animation_data.action.name = "Läufer: 舞"
    assert bpy.ops.aimocap.add_to_library() == {"FINISHED"}
    data = character.animation_data.action.asset_data
    kept = (folder / "blender_assets.cats.txt").read_text().splitlines()
    assert own in kept
    assert f"{data.catalog_id}:{IMPORTED}:AIMoCap-Imported" in kept
    assert data.author == ""
    (file,) = folder.glob("*.blend")
    assert file.name.startswith("Läufer__舞-")
