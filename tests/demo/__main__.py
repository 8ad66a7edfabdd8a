"""`make demo`: a film, its free preview on a character and on a G1, beside each other; then the paid path, as a list.

Leaves an MP4, a contact sheet of it and a .blend in a folder, named after the film. The paid path is the same contract
against a stand-in, which knows no better motion than the preview's, so nothing of it is shown.
"""

import argparse
import contextlib
import itertools
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.standin import StandInProcess
from tools.blenders import BLENDERS, Blender, newest_for
from tools.environment import blender_python
from tools.faults import ToolFault, run_tool
from tools.g1_assets import made_g1_meshes, make_g1_assets
from tools.pose_networks import made_pose_networks, make_pose_networks
from tools.pythons import find_python, found_python, python_name
from tools.waiting import longest_silence, say

from .child import run_child

ROOT = Path(__file__).resolve().parents[2]
MADE_FILM = "stroll.mp4"
"""Where none is given."""
_LOOK_AGAIN_SEC = 0.1
_LARGE = {"default": "", "unitree_g1": "Unitree G1"}


@dataclass(frozen=True)
class Demo:
    """A film to show, and how.

    Attributes:
        python: has bpy.
        work: the folder of all that is temporary.
        video: the film.
        is_made: it is made here.
        large: the part of the pictures that is large; '' for none.
    """

    python: Path
    work: Path
    video: Path
    is_made: bool
    large: str

    @property
    def blend(self) -> Path:
        """The file of the figures."""
        return self.work / f"{self.video.stem}.blend"

    @property
    def mp4(self) -> Path:
        """The moving picture."""
        return self.work / f"{self.video.stem}_side_by_side.mp4"

    @property
    def sheet(self) -> Path:
        """The contact sheet."""
        return self.work / f"{self.video.stem}_contact_sheet.png"

    @property
    def results(self) -> list[Path]:
        """The files that are kept."""
        return [self.mp4, self.sheet, self.blend, *([self.video] if self.is_made else [])]

    def _child(self, module: str, waited_for: str, request: dict[str, object], **variables: str) -> dict[str, Any]:
        own = {"BLENDER_USER_RESOURCES": str(self.work / "blender"), "OPENBLAS_NUM_THREADS": "1"}
        whole = {"work": str(self.work), "video": str(self.video), **request}
        return run_child(self.python, module, whole, self.work, {**own, **variables}, waited_for)

    def film(self) -> None:
        """Make the film."""
        self._child("film_child", "rendering the film", {})

    def figures(self) -> dict[str, Any]:
        """Make the figures; return what `figures_child.py` answers."""
        request: dict[str, object] = {
            "shown_video": f"//{self.video.name}" if self.is_made else str(self.video),
            "networks": str(next(iter(made_pose_networks(ROOT).values())).parent),
            "meshes": str(made_g1_meshes(ROOT)),
            "character": str(self.work / "character.blend"),
            "character_motion": str(self.work / "character.fbx"),
            "robot_motion": str(self.work / "robot.json"),
            "blend": str(self.blend),
        }
        return self._child("figures_child", "starting Blender", request)

    def pictures(self, shown: dict[str, Any]) -> None:
        """Make the pictures of the figures."""
        request: dict[str, object] = {
            "blend": str(self.blend),
            "name": "made by this demo" if self.is_made else self.video.name,
            "spans": shown["spans"],
            "shots": shown["shots"],
            "large": self.large,
            "mp4": str(self.mp4),
            "sheet": str(self.sheet),
        }
        made = self._child("pictures_child", "starting Blender", request)
        say("   {} frames of {}×{} pixels".format(made["frames"], *made["size"]))

    def paid_path(self, shown: dict[str, Any]) -> None:
        """Capture the film from a stand-in, which delivers what the preview found."""
        start, end = map(repr, shown["seconds"])
        arguments = ["capture", str(self.video), "--start", start, "--end", end, "--also-unitree-g1"]
        arguments += ["--character", str(self.work / "character.blend"), "--output", str(self.work / "captured.blend")]
        results = ("--fbx", str(self.work / "character.fbx"), "--motion-json", str(self.work / "robot.json"))
        options = ("--generation", "B", *results, "--folder", str(self.work / "service"))
        with StandInProcess(*options, python=str(self.python)) as service:
            service_of = {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key}
            done = self._child("capture_child", "waiting for the stand-in", {"arguments": arguments}, **service_of)
            if done["status"] != 0:
                raise ToolFault("The capture from the stand-in failed.", "The lines above say why.")
            state = service.state()
        charged = sum(charge["credits"] for charge in state["charges"])
        counts = Counter(request["step"] for request in state["requests"])
        requests = ", ".join(f"{step} {count}" for step, count in counts.items())
        say(f"   {len(state['charges'])} charge of {charged:.2f} v-credits; requests: {requests}")


def main() -> int:
    """Show what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--video", type=Path, help="a movie file; one is made otherwise")
    parser.add_argument("--target", choices=tuple(_LARGE), default="default", help="unitree_g1 shows the robot large")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo", help="for the results")
    options = parser.parse_args()
    if options.video and not options.video.is_file():
        parser.error(f"there is no file {options.video}; VIDEO is the path of a movie")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell has its background jobs ignore the first
        signal.signal(number, signal.default_int_handler)
    with contextlib.redirect_stderr(sys.stdout), _work_folder() as work:
        blender = _blender()
        os.environ["TMPDIR"] = tempfile.tempdir = str(work)  # of all that is started: Blender leaves folders behind
        video = options.video.resolve() if options.video else work / MADE_FILM
        python = blender_python(blender)
        make_pose_networks(python)
        make_g1_assets(python)
        _show(Demo(python, work, video, not options.video, _LARGE[options.target]), options.folder.resolve())
        used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpu = sum(each.ru_utime + each.ru_stime for each in used)
        say(f"CPU used: {cpu:.0f} s; longest silence: {longest_silence():.1f} s")
        if blender is not BLENDERS[0]:
            oldest = f"with {python_name(BLENDERS[0].python)} here it would be one of {BLENDERS[0].version}"
            say(f"The .blend opens in Blender {blender.version} and later; {oldest}")
    return 0


@contextlib.contextmanager
def _work_folder() -> Generator[Path]:
    """A folder that is gone at the end, with every process that was started to work in it.

    It stays after a fault, which may name a log in it.
    """
    folder = Path(tempfile.mkdtemp(prefix="aimocap-demo-")).resolve()
    try:
        yield folder
    finally:
        # What a killed Blender had started has a session of its own: no signal to a group reaches it, and it notices
        # the end of its parent only when it next says something.
        while left := _working_in(folder):
            for process in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(_LOOK_AGAIN_SEC)
        if not isinstance(sys.exception(), ToolFault):
            shutil.rmtree(folder)


def _working_in(folder: Path) -> list[int]:
    """The processes that were told of this folder, for temporary files or for Blender's own."""
    found: list[int] = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it has ended, or is somebody else's
            if os.fsencode(folder) in environment.read_bytes():
                found.append(int(environment.parent.name))
    return found


def _blender() -> Blender:
    """The oldest, whose files all others open, where its Python is here; else the newest that can be had."""
    return BLENDERS[0] if find_python(BLENDERS[0].python) else newest_for(found_python())


def _show(demo: Demo, folder: Path) -> None:
    """Make all, and keep the results in a folder."""
    numbers = itertools.count(1)

    def step(text: str) -> None:
        say(f"{next(numbers)}. {text}")

    step(f"the film: {'a person who strolls and waves, rendered here' if demo.is_made else demo.video}")
    if demo.is_made:
        demo.film()
    step("the free preview: its motion is found on this computer, without the service")
    shown = demo.figures()
    step("the pictures: film, character and robot side by side")
    demo.pictures(shown)
    step("the paid path, against a stand-in that delivers the preview's motion; no picture shows it")
    demo.paid_path(shown)
    step("the results:")
    folder.mkdir(parents=True, exist_ok=True)
    for file in demo.results:
        kept = folder / file.name
        shutil.move(file, kept)
        say(f"   {kept.relative_to(ROOT) if kept.is_relative_to(ROOT) else kept}")


if __name__ == "__main__":
    run_tool(main)
