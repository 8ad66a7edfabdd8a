"""`make demo` as its users run it: the character does what the person in the video did."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.media.figure.film import Film, filmed_person
from tests.test_readme import blocks_in
from tests.tools.pose_networks import made_pose_networks, make_pose_networks_or_say

bpy = pytest.importorskip("bpy", reason="needs Blender")

from tests.bench.moving_picture import DEMO, PICTURE, picture_moving  # noqa: E402

from .character import PREFIX  # noqa: E402
from .test_contact_sheet import movie_with_edges  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MADE_FILM, ROBOT, OWN_VIDEO = blocks_in(README, "sh")[0].splitlines()
LIMBS = {"upperarm": "Arm", "lowerarm": "ForeArm", "hand": "Hand", "thigh": "UpLeg", "calf": "Leg", "foot": "Foot"}
JOINTS = {
    "pelvis": "Hips",
    "neck_01": "Neck",
    **{f"{part}_l": f"Left{bone}" for part, bone in LIMBS.items()},
    **{f"{part}_r": f"Right{bone}" for part, bone in LIMBS.items()},
}
"""The performer's joint → the character's."""

Positions = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Gait:
    """What someone does, whatever their size, and wherever they are.

    Attributes:
        wave: degrees of the right forearm to the person's left, from upright.
        swing: the left hand, in leg lengths ahead of its shoulder.
        step: the left foot, in leg lengths ahead of the right.
        travel: leg lengths from where they were first.
        facing: degrees about Z, from -Y.
        way: degrees about Z, from -Y, from the first place to the last.
        lean: degrees that the trunk leans, in any direction.
        raised: the right hand, in leg lengths above its shoulder.
    """

    wave: np.ndarray
    swing: np.ndarray
    step: np.ndarray
    travel: np.ndarray
    facing: np.ndarray
    way: float
    lean: np.ndarray
    raised: np.ndarray


def gait_of(at: Positions) -> Gait:
    left = (at["thigh_l"] - at["thigh_r"]) * (1.0, 1.0, 0.0)
    left /= np.linalg.norm(left, axis=-1, keepdims=True)
    ahead = np.cross(left, (0.0, 0.0, 1.0))
    thigh, calf = at["calf_l"] - at["thigh_l"], at["foot_l"] - at["calf_l"]
    leg = np.median(np.linalg.norm(thigh, axis=-1) + np.linalg.norm(calf, axis=-1))
    forearm, trunk = at["hand_r"] - at["lowerarm_r"], at["neck_01"] - at["pelvis"]
    gone = (at["pelvis"] - at["pelvis"][0]) * (1.0, 1.0, 0.0)
    return Gait(
        wave=np.degrees(np.arctan2(np.sum(forearm * left, axis=-1), forearm[:, 2])),
        swing=np.sum((at["hand_l"] - at["upperarm_l"]) * ahead, axis=-1) / leg,
        step=np.sum((at["foot_l"] - at["foot_r"]) * ahead, axis=-1) / leg,
        travel=np.linalg.norm(gone, axis=-1) / leg,
        facing=np.degrees(np.unwrap(np.arctan2(ahead[:, 0], -ahead[:, 1]))),
        way=float(np.degrees(np.arctan2(gone[-1, 0], -gone[-1, 1]))),
        lean=np.degrees(np.arccos(trunk[:, 2] / np.linalg.norm(trunk, axis=-1))),
        raised=(at["hand_r"] - at["upperarm_r"])[:, 2] / leg,
    )


@dataclass(frozen=True)
class Shown:
    """What a run of the demo left."""

    said: str
    seen: Gait
    true: Gait
    camera: float  # degrees about Z, from -Y
    actions: int
    captured: bool  # what the sheet was made of


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIMOCAP_")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "tests.demo", *options)


@pytest.fixture(scope="module", autouse=True)
def networks() -> None:
    make_pose_networks_or_say(Path(sys.executable))
    if not made_pose_networks(ROOT):
        pytest.skip("the networks that see people could not be fetched")


@pytest.fixture(scope="module")
def shown() -> Shown:
    if shutil.which("make") is None:
        pytest.skip("there is no make on PATH")
    done = run("sh", "-c", MADE_FILM)
    assert done.returncode == 0, done.stdout + done.stderr
    bpy.ops.wm.open_mainfile(filepath=str(ROOT / "build" / "demo" / "demo_default.blend"))
    scene, armature = bpy.context.scene, bpy.data.objects["Mannequin"]
    found: dict[str, list[np.ndarray]] = {joint: [] for joint in JOINTS}
    frames = range(scene.frame_start, scene.frame_end + 1)
    for frame in frames:
        scene.frame_set(frame)
        for joint, bone in JOINTS.items():
            found[joint].append(np.array(armature.matrix_world @ armature.pose.bones[PREFIX + bone].head))
    film, pictures = Film(), np.array(frames) - 1
    true = {joint: film.posed.positions[joint][pictures] for joint in JOINTS}
    seen = gait_of({joint: np.array(places) for joint, places in found.items()})
    captured = "aimocap_capture" in armature.animation_data.action
    return Shown(
        done.stdout, seen, gait_of(true), float(np.degrees(film.camera_angle)), len(bpy.data.actions), captured
    )


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def test_the_right_arm_waves_as_the_person_does(shown: Shown) -> None:
    assert likeness(shown.seen.wave, shown.true.wave) > 0.85
    assert np.ptp(shown.seen.wave) == pytest.approx(np.ptp(shown.true.wave), rel=0.25)
    assert shown.seen.raised.min() > 0.1


def test_the_left_arm_swings_and_the_feet_step(shown: Shown) -> None:
    assert likeness(shown.seen.swing, shown.true.swing) > 0.5
    assert likeness(shown.seen.step, shown.true.step) > 0.7
    assert np.ptp(shown.seen.step) > 0.5 * np.ptp(shown.true.step)


def test_the_character_walks_as_far_and_turns_as_much(shown: Shown) -> None:
    assert shown.seen.travel[-1] == pytest.approx(shown.true.travel[-1], rel=0.25)
    turned = shown.seen.facing[-1] - shown.seen.facing[0]
    assert turned == pytest.approx(shown.true.facing[-1] - shown.true.facing[0], abs=20)


def test_the_world_is_as_the_camera_sees_it(shown: Shown) -> None:
    assert np.median(np.abs(shown.seen.facing - (shown.true.facing - shown.camera))) < 15
    assert shown.seen.way == pytest.approx(shown.true.way - shown.camera, abs=15)
    assert np.median(shown.seen.lean) < 10


def test_the_preview_comes_before_the_capture(shown: Shown) -> None:
    steps = re.findall(r"^\d+\. (the [a-z ]+)", shown.said, re.MULTILINE)
    assert steps.index("the free preview") == steps.index("the captured motion") - 1
    assert "it sees the motion in the video" in shown.said
    assert "1 charge of" in shown.said
    assert shown.actions == 2


@pytest.mark.skipif(shutil.which("convert") is None, reason="ImageMagick is not on PATH")
@pytest.mark.usefixtures("shown")
def test_the_readmes_picture_is_what_its_caption_says(tmp_path: Path) -> None:
    assert "](docs/preview.gif)" in README
    assert PICTURE.stat().st_size < 3_000_000
    assert "the motion that **Preview Free** finds in it" in README
    action = picture_moving(DEMO, tmp_path / "short.gif", 60)
    assert action.name == "Stroll"  # the capture's is Stroll.001
    assert (tmp_path / "short.gif").read_bytes().startswith(b"GIF89a")


def test_the_contact_sheet_shows_the_capture(shown: Shown) -> None:
    assert "captured from the tests' stand-in" in (ROOT / "docs" / "store" / "listing.md").read_text(encoding="utf-8")
    assert shown.captured


def test_the_other_lines_of_the_readme(tmp_path: Path) -> None:
    assert f"\nstep {ROBOT}\n" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    video = filmed_person(tmp_path, Film(frames=40))
    done = run("sh", "-c", OWN_VIDEO.replace("dance.mp4", f"'{video}'"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"“{video.stem}.001” on Mannequin" in done.stdout


def test_a_video_of_nobody_is_refused_in_words(tmp_path: Path) -> None:
    movie = movie_with_edges(tmp_path, 320, 240)
    done = demo("--folder", str(tmp_path), "--video", str(movie))
    assert done.returncode == 1
    assert "no motion: No person is seen" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_a_video_that_is_missing_is_refused_in_words(tmp_path: Path) -> None:
    done = demo("--video", str(tmp_path / "no.mp4"))
    assert done.returncode == 2
    assert "there is no file" in done.stderr
