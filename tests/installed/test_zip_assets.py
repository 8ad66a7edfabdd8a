"""The assets in the zip (the robots' meshes, the networks): with their licences, small; and the zips without."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.with_networks import NO_NETWORKS
from tools.build_zip import build_zip
from tools.g1_assets import described_robots, made_g1_assets
from tools.pose_networks import made_pose_networks
from tools.sample_film import NAME as FILM
from tools.validate_zip import validate

ROOT = Path(__file__).resolve().parents[2]
ROBOTS = tuple(described_robots())
LICENCES = dict.fromkeys(ROBOTS, "HangZhou YuShu TECHNOLOGY") | {"booster_t1": "Apache License"}
MESHES = {f"scene/g1/meshes-{robot}{end}" for robot in ROBOTS for end in (".npz", "-LICENSE.txt")}
NETWORKS = {
    f"vision/{name}"
    for name in ("pose-detector.npz", "pose-landmarks.npz", "hand-landmarks.npz", "pose-networks-LICENSE.txt")
}
TOLD_DEPTHS = {"vision/told_depths.npz", "vision/told_depths.txt"}

pytestmark = in_newest


@pytest.fixture
def meshes() -> None:
    if not made_g1_assets(ROOT):
        pytest.skip("the robots' meshes are not here: `make zip` makes them")


@pytest.fixture
def networks() -> None:
    if not made_pose_networks(ROOT):
        pytest.skip(NO_NETWORKS)


def manifest_of(zip_file: Path) -> dict[str, Any]:
    with zipfile.ZipFile(zip_file) as archive:
        return tomllib.loads(archive.read("blender_manifest.toml").decode())


@pytest.mark.slow
@pytest.mark.usefixtures("meshes")
def test_the_zip_has_the_meshes_and_their_licence(sources: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_zip(sources, tmp_path)) as archive:
        assert set(archive.namelist()) >= MESHES
        for robot in ROBOTS:
            assert 0 < archive.getinfo(f"scene/g1/meshes-{robot}.npz").compress_size < 600_000
            licence = archive.read(f"scene/g1/meshes-{robot}-LICENSE.txt").decode()
            assert LICENCES[robot] in licence


@pytest.mark.slow
@pytest.mark.usefixtures("networks")
def test_the_zip_has_the_networks_and_their_licence(sources: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_zip(sources, tmp_path)) as archive:
        assert set(archive.namelist()) >= NETWORKS
        assert 0 < sum(archive.getinfo(name).compress_size for name in NETWORKS) < 13_000_000
        licence = archive.read("vision/pose-networks-LICENSE.txt").decode()
    assert "Copyright The MediaPipe Authors" in licence
    assert "Changed from the originals" in licence
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in licence


@pytest.mark.slow
@pytest.mark.usefixtures("networks")
def test_only_the_manifest_of_a_zip_with_networks_names_their_authors(sources: Path, tmp_path: Path) -> None:
    whole, store = build_zip(sources, tmp_path, with_meshes=False), build_zip(sources, tmp_path, with_assets=False)
    validate(whole)
    with_them, without = manifest_of(whole), manifest_of(store)
    assert "SPDX:Apache-2.0" in with_them["license"]
    assert with_them.pop("copyright") == [*without.pop("copyright"), "2019-2025 The MediaPipe Authors"]
    assert with_them == without


_ADDED = """
import json, os, sys
import bpy
sys.path.insert(0, sys.argv[1])
from unpacked.scene.g1.rig import add_g1_rig
bpy.ops.wm.read_factory_settings(use_empty=True)
rigs = [add_g1_rig(bpy.context, variant) for variant in sys.argv[2:]]
print(json.dumps([each.name for rig in rigs for each in rig.users_collection[0].children]), flush=True)
os._exit(0)
"""


@pytest.mark.slow
@pytest.mark.usefixtures("meshes")
@pytest.mark.parametrize(
    ("with_assets", "shown"),
    [(True, ["Unitree G1 Meshes", "Unitree H1 Meshes"]), (False, ["Unitree G1 Shapes", "Unitree H1 Capsules"])],
)
def test_the_rigs_out_of_each_zip(sources: Path, tmp_path: Path, with_assets: bool, shown: list[str]) -> None:
    with zipfile.ZipFile(build_zip(sources, tmp_path, with_assets=with_assets)) as archive:
        archive.extractall(tmp_path / "unpacked")
    (tmp_path / "unpacked" / "__init__.py").write_text("")  # as a package, not as an add-on
    run = subprocess.run(
        [sys.executable, "-c", _ADDED, str(tmp_path), "29dof", "unitree_h1"],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout.splitlines()[-1]) == shown


@pytest.mark.slow
@pytest.mark.usefixtures("meshes", "networks")
@pytest.mark.parametrize(
    ("make", "kind", "lacks"),
    [
        (partial(build_zip, with_meshes=False), "-for-the-store", MESHES),
        (partial(build_zip, with_assets=False), "-without-assets", MESHES | NETWORKS | TOLD_DEPTHS),
    ],
)
def test_the_stores_zip_and_the_one_without_assets_are_the_same_without_them(
    sources: Path, tmp_path: Path, make: Callable[[Path, Path], Path], kind: str, lacks: set[str]
) -> None:
    whole, other = build_zip(sources, tmp_path), make(sources, tmp_path)
    assert other.name == f"{whole.stem}{kind}.zip"
    with zipfile.ZipFile(whole) as with_them, zipfile.ZipFile(other) as without:
        assert set(with_them.namelist()) - set(without.namelist()) - {FILM} == lacks


def test_where_the_assets_were_not_made_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sources = tmp_path / "sources"
    (sources / "aimocap_blender").mkdir(parents=True)
    (sources / "LICENSE").write_text("")
    (sources / "blender_manifest.toml").write_text('id = "some"\nversion = "1.2.3"\n')
    with zipfile.ZipFile(build_zip(sources, tmp_path)) as archive:
        assert not (MESHES | NETWORKS) & set(archive.namelist())
    said = capsys.readouterr().err
    assert "without the robots' meshes" in said
    assert "without the networks that see people" in said
