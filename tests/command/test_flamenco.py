"""The job type for Flamenco: what its tasks call is what the add-on's own command line takes."""

from pathlib import Path
from types import ModuleType, SimpleNamespace

import bpy
import dukpy
import pytest

from tests.blender_versions import in_newest
from tests.installed.flamenco import settings_of_the_job_type, tasks_of
from tests.ui.acts import module

pytestmark = in_newest


@pytest.mark.parametrize(("target", "suffix"), [("unitree_g1", ".json"), ("default", ".fbx"), ("avatar:7", ".fbx")])
def test_each_video_is_a_task_that_the_command_line_takes(target: str, suffix: str, addon: ModuleType) -> None:
    del addon
    videos = [Path("/shots/a take.mp4"), Path("/more/b.mov")]
    tasks = tasks_of(videos="; ".join([*map(str, videos), ""]), target=target, output="/motion")
    assert [(task["name"], task["type"]) for task in tasks] == [(video.name, "blender") for video in videos]
    for task, video in zip(tasks, videos, strict=True):
        (command,) = task["commands"]
        assert (command["name"], command["parameters"]["exe"]) == ("exec", "{blender}")
        *blender, name = command["parameters"]["args"][:3]
        assert (blender, name) == (["--online-mode", "--command"], "aimocap")
        asked = module("command.verbs")._parser().parse_args(command["parameters"]["args"][3:])
        assert (asked.verb, asked.videos, asked.target) == ("capture", [video], target)
        assert (asked.output, asked.json, asked.again) == (Path("/motion") / f"{video.stem}{suffix}", True, False)


@pytest.mark.parametrize(
    ("word", "settings"),
    [
        ("No video", {"videos": " ; "}),
        ("named take", {"videos": "/a/take.mp4;/b/take.mov"}),
        ("in full", {"videos": "/a/take.mp4", "output": "//motion"}),
    ],
)
def test_settings_that_name_no_video_or_no_full_path_make_no_job(word: str, settings: dict[str, str]) -> None:
    with pytest.raises(dukpy.JSRuntimeError, match=word):
        tasks_of(**{"output": "/motion", **settings})


def test_its_settings_are_ones_that_flamenco_shows(tmp_path: Path) -> None:
    settings = {one["key"]: one for one in settings_of_the_job_type()}
    assert {one["type"] for one in settings.values()} <= {"string", "int32", "float", "bool"}
    assert {one.get("visible", "visible") for one in settings.values()} <= {"visible", "hidden", "submission", "web"}
    for name in ("b.mp4", "a.mp4", "c.txt"):
        (tmp_path / name).touch()
    for pattern, found in (("*.mp4", ["a.mp4", "b.mp4"]), ("none", [])):
        names = {"bpy": bpy, "settings": SimpleNamespace(pattern=str(tmp_path / pattern))}
        value = eval(settings["videos"]["eval"], {}, names)  # noqa: S307 -- as Flamenco's add-on does
        assert value == "; ".join(str(tmp_path / name) for name in found)
