"""Walk with the add-on from a press to what it leaves, and tell through which calls. Runs in Blender.

The checkout is the working folder, its first argument the JSON file of the answer. A call counts, once, if it is from
one of the package's files to another, and leads to a station: a socket, a process, a file that is renamed or synced,
keys, or linear algebra. So nothing counts that only draws, checks or looks up, nor what other processes do.
"""

import importlib
import json
import os
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import bpy

sys.path.insert(0, str(Path.cwd()))

from tests.demo.character import add_character
from tests.media.barcode_video import barcode_video
from tests.media.figure.film import Film, filmed_person
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.scene.video.sequencer_acts import SIZE, add_movie
from tests.standin import Results, StandIn
from tests.ui.conftest import MODULE, WAITS
from tools.build_zip import build_zip

PLACE = Path(os.environ["BLENDER_USER_RESOURCES"])
STATIONS = {"sendall", "fork_exec", "rename", "replace", "fsync", "foreach_set"}
ALGEBRA = f"{os.sep}numpy{os.sep}linalg{os.sep}"
PACKAGE = f"{os.sep}user_default{os.sep}aimocap_blender{os.sep}"

Function = tuple[str, str]
"""A file in the package, and a function in it."""


def module(name: str) -> Any:
    return importlib.import_module(f"{MODULE}.{name}")


def session_module() -> Any:
    try:
        return module("takes.session")
    except ImportError:  # of a revision before takes
        return module("session.session")


def shorten_waits() -> None:
    timed = (
        module("takes.captures.captures") if session_module().__name__.endswith("takes.session") else session_module()
    )
    timed.Timing = partial(timed.Timing, **WAITS)


def function_of(code: CodeType) -> Function | None:
    _, inside, file = code.co_filename.partition(PACKAGE)
    is_own = inside and not code.co_name.startswith("<")  # no comprehension
    return (file.replace(os.sep, "/"), code.co_qualname) if is_own else None


def calls_of(act: Callable[[], object]) -> list[tuple[Function, Function]]:
    """The calls from file to file that lead to stations while it runs, in all threads that begin meanwhile."""
    found: set[tuple[Function, Function]] = set()

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            is_text = isinstance(getattr(argument, "__self__", None), str | bytes)
            reached = getattr(argument, "__name__", "") in STATIONS and not is_text
        else:
            reached = event == "call" and ALGEBRA in frame.f_code.co_filename
        last, here = None, frame if reached else None
        while here is not None:
            if (function := function_of(here.f_code)) is not None:
                if last is not None and function[0] != last[0]:
                    found.add((function, last))
                last = function
            here = here.f_back

    threading.setprofile(profile)
    session = session_module().open_session()
    while session.busy:
        session.pump()
    found.clear()  # what it reads at its start belongs to no walk
    sys.setprofile(profile)
    try:
        assert act() == {"FINISHED"}
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    session_module().close_session()
    return sorted(found)


def character_in_new_file(movie: Path | None = None) -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_character(bpy.context.scene).select_set(state=True)
    if movie is not None:
        add_movie(bpy.context.scene, movie)


def main() -> None:
    zip_file = build_zip(Path.cwd(), PLACE / "zip")
    bpy.ops.extensions.package_install_files(filepath=str(zip_file), repo="user_default", enable_on_install=True)
    bpy.context.preferences.system.use_online_access = True
    shorten_waits()
    fbx = PLACE / "walk.fbx"
    make_metahuman_fbx(fbx, 0.28, 1.5, 25)
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.captures_folder = str(PLACE / "captures")
    walks = {}
    with StandIn("B", results=Results(fbx=fbx), polls=("completed",)) as service:
        preferences.service_url, preferences.api_key = service.base_url, service.api_key
        character_in_new_file(barcode_video(PLACE, Fraction(25), 40, SIZE))
        walks["video strip to keyframes"] = calls_of(bpy.ops.aimocap.capture_motion)
    if module("vision.network_graph").networks_available():
        character_in_new_file(filmed_person(PLACE, Film(frames=20)))
        walks["video to preview"] = calls_of(bpy.ops.aimocap.preview_motion)
    character_in_new_file()
    robot_file = str(PLACE / "robot.csv")
    walks["human motion to robot file"] = [
        *calls_of(partial(bpy.ops.aimocap.retarget_to_g1, filepath=str(fbx))),
        *calls_of(partial(bpy.ops.aimocap.export_g1_motion, filepath=robot_file, format="CSV")),
    ]
    Path(sys.argv[1]).write_text(json.dumps(walks))


main()
sys.stdout.flush()
os._exit(0)
