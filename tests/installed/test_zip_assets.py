"""The robot's meshes in the zip: with their licence, small; and the store's zip without."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tools.build_zip import build_zip
from tests.tools.g1_assets import made_g1_assets

ROOT = Path(__file__).resolve().parents[2]
MEMBERS = {"scene/g1/g1-meshes.npz", "scene/g1/g1-meshes-LICENSE.txt"}


@pytest.fixture(autouse=True)
def _where_the_meshes_are(request: pytest.FixtureRequest) -> None:
    if "sources" in request.fixturenames and not made_g1_assets(ROOT):
        pytest.skip("the robot's meshes are not here: `make zip` makes them")


def test_the_zip_has_the_meshes_and_their_licence(sources: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_zip(sources, tmp_path)) as archive:
        assert set(archive.namelist()) >= MEMBERS
        assert 0 < archive.getinfo("scene/g1/g1-meshes.npz").file_size < 1_000_000
        licence = archive.read("scene/g1/g1-meshes-LICENSE.txt").decode()
    assert "Redistribution and use in source and binary forms" in licence
    assert "Unitree Robotics" in licence


_ADDED = """
import json, os, sys
import bpy
sys.path.insert(0, sys.argv[1])
from unpacked.scene.g1.rig import add_g1_rig
bpy.ops.wm.read_factory_settings(use_empty=True)
rig = add_g1_rig(bpy.context)
print(json.dumps([collection.name for collection in rig.users_collection[0].children]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize(("with_assets", "shown"), [(True, "Unitree G1 Meshes"), (False, "Unitree G1 Shapes")])
def test_the_rig_out_of_each_zip(sources: Path, tmp_path: Path, with_assets: bool, shown: str) -> None:
    with zipfile.ZipFile(build_zip(sources, tmp_path, with_assets=with_assets)) as archive:
        archive.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked" / "__init__.py").write_text("")  # as a package, not as an add-on
    run = subprocess.run(
        [sys.executable, "-c", _ADDED, str(tmp_path)],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout.splitlines()[-1]) == [shown]


def test_the_stores_zip_is_the_same_without_them(sources: Path, tmp_path: Path) -> None:
    whole, store = build_zip(sources, tmp_path), build_zip(sources, tmp_path, with_assets=False)
    assert store.name == f"{whole.stem}-without-assets.zip"
    with zipfile.ZipFile(whole) as with_them, zipfile.ZipFile(store) as without:
        assert set(with_them.namelist()) - set(without.namelist()) == MEMBERS


def test_where_the_meshes_were_not_made_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = tmp_path / "sources"
    (sources / "aimocap_blender").mkdir(parents=True)
    (sources / "LICENSE").write_text("")
    (sources / "blender_manifest.toml").write_text('id = "some"\nversion = "1.2.3"\n')
    with zipfile.ZipFile(build_zip(sources, tmp_path)) as archive:
        assert not MEMBERS & set(archive.namelist())
    assert "without the robot's meshes" in capsys.readouterr().err
