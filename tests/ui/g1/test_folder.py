"""A folder of robot motion in the window: its motions are listed, that with most wrong first, and imported."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.g1.files import write_g1_csv, write_g1_file
from aimocap_blender.motion.g1.motion import read_g1_motion
from tests.blender_versions import in_oldest_and_newest
from tests.media import torch_files
from tests.media.g1_layouts import gmr
from tests.ui.acts import module, refusal

pytestmark = [in_oldest_and_newest, pytest.mark.usefixtures("addon")]


@pytest.fixture
def folder(shared_data: Path, tmp_path: Path) -> Path:
    """A good motion, a set with one that jumps, a table that doesn't say its rate, and what is no motion."""
    walk = read_g1_motion(shared_data / "g1" / "kimodo_walk.json")
    names = ("root_pos", "root_quat", "dof_pos")
    still = replace(walk, **{name: np.repeat(getattr(walk, name)[:1], 40, axis=0) for name in names})
    low = still.root_pos - (0.0, 0.0, 0.3)
    source = tmp_path / "lab"
    (source / "day 1").mkdir(parents=True)
    write_g1_file(source / "day 1" / "still.json", still, "JSON")
    sunk = replace(still, root_pos=low, dof_pos=still.dof_pos + np.where(np.arange(40) == 20, 2.0, 0.0)[:, None])
    tensors = {
        name: {key: value for key, value in gmr(one, [*range(29)]).items() if value is not None}
        for name, one in (("still", still), ("sunk", sunk))
    }
    torch_files.save(source / "set.pt", tensors)
    write_g1_csv(tmp_path / "table.csv", still)
    (source / "table.txt").write_text((tmp_path / "table.csv").read_text(), encoding="utf-16")
    (source / "broken.npz").write_bytes(b"PK\x03\x04 and no more")
    (source / "notes.md").write_text("no motion")
    (source / "README.txt").write_text("Motion of 29 joints, 30 fps.\n1. Kimodo 2. walks 3. 2026")
    return source


def listed() -> list[Any]:
    return list(module("ui.g1.folder")._listed.motions)


def test_motions_are_listed_by_what_is_wrong_and_imported(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module("ui.text.wrapped_text"), "_region_width", lambda: 290.0)  # without a window
    assert bpy.ops.aimocap.import_g1_folder(directory=str(folder)) == {"FINISHED"}
    motions = listed()
    names = [(motion.path.name, motion.motion) for motion in motions]
    assert names[:3] == [("broken.npz", ""), ("table.txt", ""), ("set.pt", "sunk")]
    assert sorted(names[3:]) == [("set.pt", "still"), ("still.json", "")]
    assert [motion.fault is not None for motion in motions] == [True, False, False, False, False]
    assert "fps" in {choice.name for choice in motions[1].unsure}
    assert motions[2].faults > motions[3].faults
    said = [[str(one) for one in module("ui.g1.folder").sentences_of(motion)] for motion in motions]
    assert "damaged" in said[0][0]
    assert "asked" in said[1][0]
    assert "The file doesn't say; 30 is usual." in said[1]
    assert any("Sinking" in sentence or "Spikes" in sentence for sentence in said[2])

    called: list[tuple[str, dict[str, Any]]] = []
    draw_panel(called)
    assert ("aimocap.import_g1_motion", {"filepath": str(folder / "broken.npz"), "motion": ""}) in called
    bpy.context.window_manager.aimocap_robot_motion = 2
    called.clear()
    draw_panel(called)
    options = dict(called)["aimocap.import_g1_motion"]
    assert options == {"filepath": str(folder / "set.pt"), "motion": "sunk"}
    assert bpy.ops.aimocap.import_g1_motion(**options) == {"FINISHED"}
    assert bpy.context.view_layer.objects.active.animation_data.action is not None

    panel = module("ui.g1.folder").G1FolderPanel
    assert panel.poll(bpy.context)
    bpy.ops.aimocap.forget_g1_folder()
    assert not panel.poll(bpy.context)
    assert (folder / "table.txt").is_file()


def test_a_folder_s_files_are_found_once_and_facts_beside_them_left_out(folder: Path) -> None:
    (folder / "splits.csv").write_text("name,frames,split\nwalk,150,train\n")
    (folder / "config.json").write_text('{"robot": "g1", "fps": 30}')
    (folder / "quoted.csv").write_text(",".join(['"0.5"'] * 36) + "\n")
    (folder / "empty.csv").write_text("")
    (folder / "motion.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (folder / "day 1" / "loop").symlink_to(folder, target_is_directory=True)
    found = [path.name for path in module("takes.robots.robot_retargeting").motions_below(folder)]
    expected = ["broken.npz", "still.json", "empty.csv", "motion.h5", "quoted.csv", "set.pt", "table.txt"]
    assert found == expected
    (told,) = module("takes.robots.robot_retargeting").checked_motions(folder / "motion.h5")
    assert "is a file of HDF5, which isn't read here" in str(told.fault)


def test_a_folder_without_motion_is_refused_and_the_list_stays(folder: Path, tmp_path: Path) -> None:
    bpy.ops.aimocap.import_g1_folder(directory=str(folder))
    (tmp_path / "empty").mkdir()
    assert "no robot motion" in refusal(bpy.ops.aimocap.import_g1_folder, directory=str(tmp_path / "empty"))
    assert "is missing" in refusal(bpy.ops.aimocap.import_g1_folder, directory=str(tmp_path / "none"))
    assert "No folder is selected" in refusal(bpy.ops.aimocap.import_g1_folder)
    assert len(listed()) == 5


def draw_panel(called: list[tuple[str, dict[str, Any]]]) -> None:
    """Draw it into a layout that notes the operators and what they are called with."""
    drawn = SimpleNamespace(layout=Noted(called))
    module("ui.g1.folder").G1FolderPanel.draw(drawn, bpy.context)


class Noted:
    """A layout that notes its operators."""

    def __init__(self, called: list[tuple[str, dict[str, Any]]]) -> None:
        self.__dict__["called"] = called

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        def draw(*arguments: Any, **_: Any) -> Any:
            if name != "operator":
                return self
            given = SimpleNamespace()
            self.called.append((arguments[0], vars(given)))
            return given

        return draw
