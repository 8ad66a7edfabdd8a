"""`make demo`: a strip, a capture over real HTTP against the stand-in service, and the motion on a character.

Leaves a .blend and a contact sheet in the folder it is given.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.standin import StandInProcess
from tests.tools.pose_networks import make_pose_networks_or_say

ROOT = Path(__file__).resolve().parents[2]
_PICTURES = 6
OLD_HANDLES = ("frame_final_start", "frame_final_end")
"""Names until Blender 5.1."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--video", type=Path, help="a movie file; one is made otherwise")
    parser.add_argument("--target", choices=("default", "unitree_g1"), default="default")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "demo")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["BLENDER_USER_RESOURCES"] = str(folder / "blender")
    make_pose_networks_or_say(Path(sys.executable))
    steps = _steps()

    next(steps)(f"the video: {options.video or 'a walking figure with a frame counter, made here'}")
    video = options.video.resolve() if options.video else _make_video(folder)
    next(steps)("the service: a stand-in on this machine, whose motion is made up, not seen in the video")
    with StandInProcess("--make-with", sys.executable) as service:
        os.environ["AIMOCAP_SERVICE_URL"], os.environ["AIMOCAP_API_KEY"] = service.base_url, service.api_key
        _capture(video, options.target, folder, steps)
        state = service.state()
    charged = sum(charge["credits"] for charge in state["charges"])
    next(steps)(f"the bill: {len(state['charges'])} charge of {charged:.2f} v-credits; requests: {_summary(state)}")
    sys.stdout.flush()
    os._exit(0)  # Blender 4.5 may hang in a normal exit


def _steps() -> Iterator:
    number = 0
    while True:
        number += 1
        yield lambda text, number=number: print(f"{number}. {text}", flush=True)


def _make_video(folder: Path) -> Path:
    from tests.media.barcode_video import barcode_video

    return barcode_video(folder, fps=25, frames=150)


def _capture(video: Path, target: str, folder: Path, steps: Iterator) -> None:
    import bpy  # first: it makes Blender's own modules importable
    import addon_utils  # isort: skip

    from tests.demo.character import add_character
    from tests.demo.contact_sheet import contact_sheet

    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.system.use_online_access = True
    addon_utils.enable("aimocap_blender", default_set=True)
    scene = bpy.context.scene
    scene.render.fps = 24
    strip = _add_strip(scene, video)
    first, last = _trim(strip)
    scene.frame_start, scene.frame_end = first, last
    next(steps)(f"the strip: {video.name}, trimmed to timeline frames {first} to {last}")
    armature = None
    if target == "default":
        armature = add_character(scene)
        bpy.context.view_layer.objects.active = armature
        next(steps)(f"the character: {armature.name}, {len(armature.data.bones)} bones with Mixamo's names, T-pose")
    scene.aimocap.target = target.upper()
    scene.aimocap.title = f"Demo {video.stem}"
    bpy.ops.aimocap.capture_motion()
    armature = armature or next(found for found in bpy.data.objects if found.type == "ARMATURE")
    action = armature.animation_data.action
    start, end = action.frame_range
    next(steps)(f"the motion: “{action.name}” on {armature.name}, frames {start:.1f} to {end:.1f}")
    blend = folder / f"demo_{target}.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend), relative_remap=True)
    sheet = folder / f"contact_sheet_{target}.png"
    frames = [round(first + (last - first) * (picture + 0.5) / _PICTURES) for picture in range(_PICTURES)]
    contact_sheet(scene, armature, frames, sheet)
    next(steps)(f"the results: {_shown(blend)}, {_shown(sheet)}")


def _add_strip(scene, video: Path):  # noqa: ANN001, ANN202 -- bpy is imported late, so that the demo can name what it lacks
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strip = strips.new_movie(name=video.stem, filepath=str(video), channel=1, frame_start=1)
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
