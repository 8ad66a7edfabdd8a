"""`make demo` as its users run it: both figures do what the person in the film did, and all that is said is so."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.media.barcode_video import encode
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.media.raw_avi import write_raw_avi
from tests.media.rendered_frames import rendered_frames
from tests.pages import blocks_in
from tools.blenders import BLENDERS
from tools.pose_networks import made_pose_networks, make_pose_networks_or_say

bpy = pytest.importorskip("bpy", reason="needs Blender")

from tests.bench.moving_picture import DEMO, PICTURE, picture_moving  # noqa: E402

from .character import PREFIX  # noqa: E402
from .figures_child import CHARACTER, ROBOT, hide_between, spans_seen  # noqa: E402
from .pictures_child import LABELS, layout  # noqa: E402

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MADE_FILM, OWN_VIDEO = blocks_in(README, "sh")[0].splitlines()
FOLDER = ROOT / "build" / "demo"
OPENING = Path(__file__).with_name("opening_child.py")
LIMBS = {"upperarm": "Arm", "lowerarm": "ForeArm", "hand": "Hand", "thigh": "UpLeg", "calf": "Leg", "foot": "Foot"}
JOINTS = {
    "pelvis": "Hips",
    "neck_01": "Neck",
    **{f"{part}_l": f"Left{bone}" for part, bone in LIMBS.items()},
    **{f"{part}_r": f"Right{bone}" for part, bone in LIMBS.items()},
}
"""The performer's joint → the character's."""
HINGES = {
    "upperarm": "shoulder_pitch",
    "lowerarm": "elbow",
    "hand": "wrist_yaw",
    "thigh": "hip_pitch",
    "calf": "knee",
    "foot": "ankle_pitch",
}
ROBOT_JOINTS = {
    "pelvis": ("waist_yaw_joint",),
    "neck_01": ("left_shoulder_pitch_joint", "right_shoulder_pitch_joint"),
    **{f"{part}_{side[0]}": (f"{side}_{hinge}_joint",) for part, hinge in HINGES.items() for side in ("left", "right")},
}
"""The performer's joint → those of the robot whose middle is there."""

Positions = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Gait:
    """A person's motion, independent of their size and position.

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
    ahead: np.ndarray = np.cross(left, (0.0, 0.0, 1.0))
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
    """The results of a run of the demo.

    Attributes:
        said: all lines.
        seen: what each figure does.
        true: what the person does.
        camera: where the film's stood, degrees about Z, from -Y.
        camera_seen: where that of the .blend stands.
    """

    said: str
    seen: Mapping[str, Gait]
    true: Gait
    camera: float
    camera_seen: float


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=variables(), capture_output=True, text=True, check=False)


def variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("AIMOCAP_")}


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "tests.demo", *options)


def frames_of(movie: Path) -> int:
    return bpy.data.movieclips.load(str(movie)).frame_duration


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
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "stroll.blend"))
    scene, film = bpy.context.scene, Film()
    frames = range(scene.frame_start, scene.frame_end + 1)
    assert list(frames) == list(range(1, film.frames + 1))
    joints: dict[str, Mapping[str, tuple[str, ...]]] = {
        CHARACTER: {joint: (PREFIX + bone,) for joint, bone in JOINTS.items()},
        ROBOT: ROBOT_JOINTS,
    }
    found: dict[str, dict[str, list[np.ndarray]]] = {name: {joint: [] for joint in JOINTS} for name in joints}
    for frame in frames:
        scene.frame_set(frame)
        for name, bones in joints.items():
            figure = bpy.data.objects[name]
            for joint, among in bones.items():
                heads = [np.array(figure.matrix_world @ figure.pose.bones[bone].head) for bone in among]
                found[name][joint].append(np.mean(heads, axis=0))
    seen = {name: gait_of({joint: np.array(way) for joint, way in places.items()}) for name, places in found.items()}
    ahead = scene.camera.matrix_world.to_3x3().col[2]
    return Shown(
        done.stdout,
        seen,
        gait_of(film.posed.positions),
        float(np.degrees(film.camera_angle)),
        float(np.degrees(np.arctan2(ahead[0], -ahead[1]))),
    )


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


each_figure = pytest.mark.parametrize("figure", [CHARACTER, ROBOT])


@each_figure
def test_the_right_arm_waves_as_the_person_does(shown: Shown, figure: str) -> None:
    seen, faces = shown.seen[figure], np.abs(shown.true.facing - shown.camera) < 45
    assert np.mean(faces) > 0.6
    assert likeness(seen.wave[faces], shown.true.wave[faces]) > 0.85
    assert np.ptp(seen.wave[faces]) == pytest.approx(np.ptp(shown.true.wave[faces]), rel=0.25)
    assert seen.raised.min() > 0.1


@each_figure
def test_the_left_arm_swings_and_the_feet_step(shown: Shown, figure: str) -> None:
    seen = shown.seen[figure]
    assert likeness(seen.swing, shown.true.swing) > 0.5
    assert likeness(seen.step, shown.true.step) > 0.7
    assert np.ptp(seen.step) > 0.5 * np.ptp(shown.true.step)


@each_figure
def test_the_figure_walks_as_far_and_turns_as_much(shown: Shown, figure: str) -> None:
    seen = shown.seen[figure]
    assert seen.travel[-1] == pytest.approx(shown.true.travel[-1], rel=0.25)
    turned = seen.facing[-1] - seen.facing[0]
    assert turned == pytest.approx(shown.true.facing[-1] - shown.true.facing[0], abs=20)


@each_figure
def test_the_camera_stands_as_the_film_s_did(shown: Shown, figure: str) -> None:
    seen = shown.seen[figure]
    assert np.median(np.abs(seen.facing - shown.camera_seen - (shown.true.facing - shown.camera))) < 15
    assert seen.way - shown.camera_seen == pytest.approx(shown.true.way - shown.camera, abs=15)
    assert np.median(seen.lean) < 10


def test_all_blenders_that_are_here_open_the_file(shown: Shown) -> None:
    oldest = re.search(r"opens in Blender ([\d.]+) and later", shown.said)
    writer = next(one for one in BLENDERS if one.version == (oldest[1] if oldest else BLENDERS[0].version))
    pythons = [ROOT / ".venvs" / f"bpy-{one.wheel}/bin/python" for one in BLENDERS[BLENDERS.index(writer) :]]
    blend = FOLDER / "stroll.blend"
    seen: list[list[list[float]]] = []
    for python in filter(Path.exists, pythons):
        opened = json.loads(run(str(python), str(OPENING), str(blend)).stdout.splitlines()[-1])
        assert opened["behind"] == str(FOLDER / "stroll.mp4")
        assert (opened["is_there"], opened["shown"], opened["end"]) == (True, Film().frames, Film().frames)
        seen.append(opened["places"])
    assert seen
    for places in seen:
        assert np.abs(np.array(places) - seen[0]).max() < 1e-5


def test_it_says_what_is_shown_and_what_was_paid_for(shown: Shown) -> None:
    lines = shown.said.splitlines()
    steps = [match[1] for line in lines if (match := re.match(r"\d+\. (the [a-z ]+)", line))]
    assert steps == ["the film", "the free preview", "the pictures", "the paid path", "the results"]
    assert "no picture shows it" in shown.said
    assert "1 charge of 6.00" in shown.said
    assert not [line for line in lines if re.match(r"(Info|Saved|Fra|Time|Read|Warning)\b", line.strip())]
    named = [ROOT / line.strip() for line in lines if line.startswith("   build/")]
    assert {file.suffix for file in named} == {".mp4", ".png", ".blend"}
    assert all(file.is_file() and file.stem.startswith("stroll") for file in named)
    assert frames_of(FOLDER / "stroll_side_by_side.mp4") == Film().frames


@pytest.mark.skipif(shutil.which("convert") is None, reason="ImageMagick is not on PATH")
@pytest.mark.usefixtures("shown")
def test_the_readmes_picture_is_what_its_caption_says(tmp_path: Path) -> None:
    assert PICTURE.stat().st_size < 3_000_000
    caption = re.search(r"\]\(docs/preview\.gif\)\n\n\*(.+?)\*\n\n", README, re.DOTALL)
    assert caption is not None
    order = [caption[1].index(word) for word in ("film", "**Free Preview**", "character", "Unitree G1", "`make demo`")]
    assert order == sorted(order)
    assert [cell.part for cell in layout(640, 480)[1]] == ["film", CHARACTER, ROBOT]
    assert [label.partition(",")[0] for label in LABELS.values()][1:] == ["Free preview"] * 2
    picture_moving(DEMO, tmp_path / "now.gif", Film().frames)
    first = [first_picture(file, tmp_path) for file in (PICTURE, tmp_path / "now.gif")]
    assert first[0].shape == first[1].shape
    assert np.abs(first[0] - first[1]).mean() < 8.0 / 255


def first_picture(gif: Path, folder: Path) -> np.ndarray:
    png = folder / f"{gif.stem}.png"
    subprocess.run(["convert", f"{gif}[0]", png], check=True)
    image = bpy.data.images.load(str(png))
    return np.array(image.pixels, np.float32).reshape(image.size[1], image.size[0], -1)[..., :3]


def movie_of(pictures: list[np.ndarray], file: Path) -> Path:
    height, width, _ = pictures[0].shape
    raw = file.with_suffix(".avi")
    write_raw_avi(raw, pictures, len(pictures), width, height, Fraction(25))
    encode(raw, file, Fraction(25), len(pictures), (width, height), (sys.executable,))
    return file


def test_a_span_without_the_person_is_left_out(tmp_path: Path) -> None:
    seen, empty = 40, 20
    film = Film(frames=seen)
    pictures = [
        np.round(255 * picture[::-1, :, :3]).astype(np.uint8)
        for picture in rendered_frames(filmed_person(FILMS, film), range(seen), film.size, tmp_path)
    ]
    pictures += [np.full_like(pictures[0], 120)] * empty
    video = movie_of(pictures, tmp_path / "ein Täñzer.mp4")
    done = run("sh", "-c", OWN_VIDEO.replace("dance.mp4", f"'{video}'") + " TARGET=unitree_g1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out: 1.6 to 2.4 s of the film" in done.stdout
    assert frames_of(FOLDER / "ein Täñzer_side_by_side.mp4") == seen


def test_only_spans_with_samples_are_shown() -> None:
    times = np.concatenate([np.arange(6, 20), np.arange(40, 50)]) / 30.0
    assert spans_seen(times, 30.0, 30.0) == [[6, 20], [40, 50]]
    assert spans_seen(times[::2], 15.0, 30.0) == [[6, 19], [40, 49]]


def test_nothing_is_seen_between_the_spans() -> None:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    body = bpy.data.objects.new("Body", bpy.data.meshes.new("Body"))
    scene.collection.objects.link(body)
    hide_between([[0, 3], [6, 9]])
    hidden: list[bool] = []
    for frame in range(1, 10):
        scene.frame_set(frame)
        assert body.hide_render == body.hide_viewport
        hidden.append(body.hide_render)
    assert hidden == [False] * 3 + [True] * 3 + [False] * 3


def test_a_video_of_nobody_is_refused_in_words(tmp_path: Path) -> None:
    film = movie_of([np.full((240, 320, 3), 120, np.uint8)] * 8, tmp_path / "empty.mp4")
    done = demo("--folder", str(tmp_path / "results"), "--video", str(film))
    assert done.returncode == 1
    assert "No person is seen" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not (tmp_path / "results").exists()


def test_a_video_that_is_missing_is_refused_in_words(tmp_path: Path) -> None:
    done = demo("--video", str(tmp_path / "no.mp4"))
    assert done.returncode == 2
    assert "there is no file" in done.stderr


@pytest.mark.parametrize("when", ["1. ", " frames are looked at"])
def test_ctrl_c_ends_it_at_once_and_nothing_is_left(when: str, tmp_path: Path) -> None:
    temporary, folder = tmp_path / "temporary", tmp_path / "results"
    temporary.mkdir()
    command = [sys.executable, "-m", "tests.demo", "--folder", str(folder)]
    if when != "1. ":
        command += ["--video", str(filmed_person(FILMS))]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**variables(), "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = ""
        while when not in said and (line := process.stdout.readline()):
            said += line
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
    assert process.returncode == 130
    assert said.endswith("\nStopped.\n")
    assert "Traceback" not in said
    assert not list(temporary.iterdir())
    assert not folder.exists()
