"""`make demo`: a strip, a free preview, a capture over real HTTP against the stand-in service, motion on a character.

Leaves a .blend and a contact sheet in the folder it is given.
"""

import argparse
import itertools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.media.figure.film import Film, filmed_person
from tests.standin import StandInProcess
from tests.tools.pose_networks import made_pose_networks, make_pose_networks_or_say

ROOT = Path(__file__).resolve().parents[2]
_PICTURES = 6
OLD_HANDLES = ("frame_final_start", "frame_final_end")
"""Names until Blender 5.1."""


@dataclass(frozen=True)
class Demo:
    """What is shown.

    Attributes:
        video: a movie file.
        film: how it was filmed, if it was made here.
        target: `default` or `unitree_g1`.
        networks: those that see people; None if they could not be fetched.
        folder: for the results.
    """

    video: Path
    film: Film | None
    target: str
    networks: Path | None
    folder: Path

    @property
    def name(self) -> str:
        """Of the strip."""
        return "Stroll" if self.film else self.video.stem

    @property
    def sees(self) -> bool:
        """Whether the motion is seen in the video, not made up."""
        return self.networks is not None and self.target == "default"

    @property
    def filmed_from(self) -> float:
        """Where the camera stood: radians about Z, from -Y; motion that is seen is turned as the video shows it."""
        return 0.0 if self.sees or self.film is None else self.film.camera_angle

    def service_options(self) -> list[str]:
        """Options of the stand-in: made-up motion is the filmed person's."""
        options = ["--make-with", sys.executable]
        if self.film:
            walk = self.film.performance
            options += ["--step-sec", str(walk.step_sec), "--step-length", str(walk.step_length)]
            options += ["--radius", str(walk.radius)]
        return options + (["--networks", str(self.networks)] if self.sees else [])


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--video", type=Path, help="a movie file; one is made otherwise")
    parser.add_argument("--target", choices=("default", "unitree_g1"), default="default")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    options = parser.parse_args()
    if options.video and not options.video.is_file():
        parser.error(f"there is no file {options.video}; VIDEO is the path of a movie")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["BLENDER_USER_RESOURCES"] = str(folder / "blender")
    say = _steps()

    say(f"the video: {options.video or 'a person who strolls and waves, filmed here'}")
    film = None if options.video else Film()
    video = options.video.resolve() if film is None else filmed_person(folder, film)
    demo = Demo(video, film, options.target, _networks(), folder)
    say(f"the service: a stand-in on this machine; {_origin(demo)}")
    with StandInProcess(*demo.service_options()) as service:
        os.environ["AIMOCAP_SERVICE_URL"], os.environ["AIMOCAP_API_KEY"] = service.base_url, service.api_key
        try:
            _run(demo, say)
        except RuntimeError as error:  # from an operator, which has said why
            say(f"no motion: {str(error).removeprefix('Error: ').strip()}")
            service.close()
            sys.stdout.flush()
            os._exit(1)
        state = service.state()
    charged = sum(charge["credits"] for charge in state["charges"])
    say(f"the bill: {len(state['charges'])} charge of {charged:.2f} v-credits; requests: {_summary(state)}")
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 may hang in a normal exit


def _steps() -> Callable[[str], None]:
    numbers = itertools.count(1)
    return lambda text: print(f"{next(numbers)}. {text}", flush=True)


def _networks() -> Path | None:
    make_pose_networks_or_say(Path(sys.executable))
    files = made_pose_networks(ROOT)
    return next(iter(files.values())).parent if files else None


def _origin(demo: Demo) -> str:
    if demo.sees:
        return "it sees the motion in the video, with the add-on's own networks"
    reason = "for the robot" if demo.target == "unitree_g1" else "as the networks that see people are missing"
    return f"its motion is made up, not seen in the video, {reason}"


def _run(demo: Demo, say: Callable[[str], None]) -> None:
    import bpy  # first: it makes Blender's own modules importable
    import addon_utils  # isort: skip

    from tests.demo.character import add_character
    from tests.demo.contact_sheet import contact_sheet

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.system.use_online_access = True
    addon_utils.enable("aimocap_blender", default_set=True)
    scene = bpy.context.scene
    scene.render.fps = 24
    strip = _add_strip(scene, demo)
    first, last = _trim(strip)
    scene.frame_start, scene.frame_end = first, last
    say(f"the strip: {demo.video.name}, trimmed to timeline frames {first} to {last}")
    scene.aimocap.target = demo.target.upper()
    scene.aimocap.title = f"Demo {demo.name}"
    armature = None
    if demo.target == "default":
        armature = add_character(scene)
        bpy.context.view_layer.objects.active = armature
        say(f"the character: {armature.name}, {len(armature.data.bones)} bones with Mixamo's names, T-pose")
        if demo.networks:
            _preview(demo.networks)
            say(f"the free preview, made without the service: {_motion_of(armature)}")
    bpy.ops.aimocap.capture_motion()
    armature = armature or next(found for found in bpy.data.objects if found.type == "ARMATURE")
    say(f"the captured motion: {_motion_of(armature)}")
    blend = demo.folder / f"demo_{demo.target}.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), relative_remap=True)
    sheet = demo.folder / f"contact_sheet_{demo.target}.png"
    frames = [round(first + (last - first) * (picture + 0.5) / _PICTURES) for picture in range(_PICTURES)]
    contact_sheet(scene, strip, armature, frames, sheet, demo.filmed_from)
    say(f"the results: {_shown(blend)}, {_shown(sheet)}")


def _preview(networks: Path) -> None:
    """Preview the strip with these networks, which only built extensions contain."""
    import bpy

    from aimocap_blender.vision import network_files

    network_files.NETWORKS_FOLDER = networks
    bpy.ops.aimocap.preview_motion()


def _motion_of(armature) -> str:  # noqa: ANN001 -- bpy is imported late, so that the demo can name what it lacks
    action = armature.animation_data.action
    start, end = action.frame_range
    return f"“{action.name}” on {armature.name}, frames {start:.1f} to {end:.1f}"


def _add_strip(scene, demo: Demo):  # noqa: ANN001, ANN202 -- as above
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie(name=demo.name, filepath=str(demo.video), channel=1, frame_start=1)
    editor.active_strip = strip
    return strip


def _trim(strip) -> tuple[int, int]:  # noqa: ANN001 -- as above
    """Take a fifth off the start and the end; the first and last timeline frames that are left."""
    left, right = ("left_handle", "right_handle") if hasattr(strip, "left_handle") else OLD_HANDLES
    first, after_last = getattr(strip, left), getattr(strip, right)
    fifth = (after_last - first) // 5
    setattr(strip, left, first + fifth)
    setattr(strip, right, after_last - fifth)
    return first + fifth, after_last - fifth - 1


def _summary(state: dict) -> str:
    counts: dict[str, int] = {}
    for request in state["requests"]:
        counts[request["step"]] = counts.get(request["step"], 0) + 1
    return json.dumps(counts).strip("{}").replace('"', "")


def _shown(file: Path) -> str:
    return str(file.relative_to(ROOT) if file.is_relative_to(ROOT) else file)


if __name__ == "__main__":
    main()
