"""Every file that a verb writes is read again, with nothing of the add-on, and is the motion that its name says.

The service delivers a walk of its own for each capture, on the skeleton of the characters here, which therefore show it
unchanged. Each character has an Action of another walk, and stands beside another one and a robot.
"""

from __future__ import annotations

import itertools
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import bpy
import numpy as np
import pytest

from aimocap_blender.motion.g1.files import FORMATS as ROBOT_FORMATS
from aimocap_blender.motion.g1.variants import ROBOTS, VARIANTS
from aimocap_blender.motion.g1_retargeting.adjusting_fit import adjusted_throughout
from aimocap_blender.motion.g1_retargeting.onto_g1 import retargeted_to_g1
from aimocap_blender.scene.bone_maps import bones_of
from aimocap_blender.vision.sighting import sighting_in
from tests.blender_parts import action_of
from tests.blender_versions import in_newest
from tests.command.captures_on_disk import another, left_over
from tests.command.delivered import (
    FPS,
    Poses,
    RobotMotion,
    limbs_apart,
    performed,
    poses_apart,
    poses_in,
    rig_apart,
    robot_motion,
    robot_motion_in,
    robots_apart,
)
from tests.media.figure.film import FILMS, Film, filmed_person
from tests.media.g1_json import g1_motion, make_g1_json
from tests.media.metahuman_fbx import frame_times, make_metahuman_fbx
from tests.media.performance import Performance
from tests.media.performance_clip import performance_clip
from tests.standin import Results
from tests.ui.acts import module
from tests.with_networks import needs_networks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aimocap_blender.motion.g1.variants import Variant
    from tests.command.delivered import Apart
    from tests.standin import StandIn
    from tests.standin.results import ResultOrder

pytestmark = in_newest

MOST_DEGREES, MOST_MM = 0.1, 1.0
EARLIER = Performance(step_sec=0.4, step_length=0.3, radius=2.0)
FORMATS = ("blend", "fbx", "bvh", "glb")


@dataclass(frozen=True)
class Take:
    """A walk of its own, and the range of the video that it is captured from."""

    performance: Performance
    start: float
    options: tuple[str, ...] = ()

    @property
    def end(self) -> float:
        return self.start + 0.4

    @property
    def asked(self) -> tuple[object, ...]:
        """The arguments of `capture`; all have the same title."""
        return ("--start", self.start, "--end", self.end, "--title", "Walk", *self.options)

    @property
    def human(self) -> Poses:
        return performed(self.performance, self.start, self.end)

    @property
    def robot(self) -> RobotMotion:
        pos, xyzw, angles = g1_motion(frame_times(self.start, self.end, FPS), self.performance)
        return robot_motion(pos, xyzw[:, [3, 0, 1, 2]], angles)

    def make(self, file: Path) -> Path:
        """A human's or a robot's file of it."""
        make = make_g1_json if file.suffix == ".json" else make_metahuman_fbx
        make(file, self.start, self.end, FPS, performance=self.performance)
        return file


HUMAN = Take(Performance(step_sec=0.6, step_length=0.4, radius=1.5), 0.0)
ROBOT = Take(Performance(step_sec=0.5, step_length=0.5, radius=1.2), 0.4, ("--target", "unitree_g1"))
AGAIN = Take(Performance(step_sec=0.45, step_length=0.35, radius=1.0), 0.8)
BOTH = Take(Performance(step_sec=0.55, step_length=0.45, radius=1.8), 1.2, ("--also-unitree-g1",))
TAKES = (HUMAN, ROBOT, AGAIN, BOTH)
FILMED_FPS = 25
FILMED = {"one": (0.0, 0.32, FORMATS), "two": (0.6, 0.92, ("glb",))}
"""Films, copies of one, by name: the seconds of each that are seen, and what is written."""
LIMBS = (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"))
"""Of a motion that is seen: a bone, and the one where it ends."""
OWN = {
    "UpperArm": "upperarm",
    "LowerArm": "lowerarm",
    "Hand": "hand",
    "UpperLeg": "thigh",
    "LowerLeg": "calf",
    "Foot": "foot",
}
"""The characters' names of these bones."""
RIG = "Unitree G1"
TWIN = "Twin of two"


class Walks(Results):
    """The service's: each job gets the walk of its range."""

    def file_for(self, order: ResultOrder) -> Path:
        (take,) = [one for one in TAKES if one.start == order.start]
        return take.make(order.folder / f"{order.job_id}{'.fbx' if order.target == 'default' else '.json'}")


class Row(NamedTuple):
    """A line of the table."""

    verb: str
    target: str
    format: str


Table = dict[Row, list["Apart"]]


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """The deviations, printed once the module has run."""
    rows: Table = {}
    yield rows
    lines = [f"{'verb':10}{'onto':24}{'format':20}{'files':>5}{'worst degrees':>15}{'worst mm':>10}"]
    for row, apart in rows.items():
        degrees, mm = np.max(apart, axis=0)
        lines.append(f"{row.verb:10}{row.target:24}{row.format:20}{len(apart):5}{degrees:15.4f}{mm:10.3f}")
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("", *lines, sep="\n")


@pytest.fixture
def same(table: Table) -> Callable[..., None]:
    """Note how far a delivered file is from what its name says, which must be next to nothing."""

    def note(apart: Apart, *row: str) -> None:
        table.setdefault(Row(*row), []).append(apart)
        assert apart[0] < MOST_DEGREES, row
        assert apart[1] < MOST_MM, row

    return note


@pytest.fixture(scope="module")
def characters(installed: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two characters of the delivered skeleton, Hero and Twin, and a robot.

    An earlier Action is Twin's, and plays on Hero in the NLA; it moves the objects, too.
    """
    del installed
    folder = tmp_path_factory.mktemp("characters")
    make_metahuman_fbx(folder / "earlier.fbx", 0.0, 0.4, performance=EARLIER)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    for name in ("Hero", "Twin"):
        bpy.ops.import_scene.fbx(filepath=str(folder / "earlier.fbx"))
        cast("bpy.types.Object", bpy.context.object).name = name
    data, action = bpy.data.objects["Hero"].animation_data, action_of(bpy.data.objects["Hero"])
    assert data is not None
    data.nla_tracks.new().strips.new("Earlier", 1, action)
    data.action = None
    module("scene.g1.rig").add_g1_rig(bpy.context)
    scene.render.fps = round(FPS)
    settings = cast("Any", scene).aimocap
    settings.start, settings.lock_feet = "CAPTURE", False
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "two.blend"), copy=True)
    scene.render.fps = FILMED_FPS
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "filmed.blend"), copy=True)
    return folder / "two.blend"


def steps_in(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


@pytest.fixture
def capture(
    call: Callable[..., tuple[int, str, str]], service: StandIn, video: Path
) -> Callable[..., tuple[str, list[str]]]:
    """Capture a take, or find it; the capture's id and the outputs."""
    service.generation, service.results = "B", Walks()

    def run(take: Take, *arguments: object) -> tuple[str, list[str]]:
        status, output, errors = call("capture", video, *take.asked, "--json", *arguments)
        assert status == 0, errors
        done = steps_in(output)[-1]
        return done["capture"], done["outputs"]

    return run


@pytest.fixture
def library(capture: Callable[..., tuple[str, list[str]]]) -> dict[str, Take]:
    """Captures of humans and robots, by id."""
    return {capture(take)[0]: take for take in TAKES}


@pytest.fixture
def same_files(same: Callable[..., None]) -> Callable[..., None]:
    """As `same`, of files as the service delivers them."""

    def note(files: list[str], take: Take, verb: str) -> None:
        for file in map(Path, files):
            if file.suffix == ".json":
                same(robots_apart(robot_motion_in(file, "mujoco"), take.robot), verb, "29dof", "json")
            else:
                same(poses_apart(poses_in(file), take.human), verb, "the service's own", "fbx")

    return note


@pytest.mark.usefixtures("sampled_once")
def test_captures(
    call: Any,
    library: dict[str, Take],
    capture: Any,
    characters: Path,
    same: Callable[..., None],
    same_files: Callable[..., None],
    tmp_path: Path,
) -> None:
    """Beside the character's file is the robot's, if there is one."""
    blend = tmp_path / "out" / "on.blend"
    twin, rig = (("--character", characters, "--armature", name, "--overwrite") for name in ("Twin", RIG))
    for capture_id, take in library.items():
        place = blend.with_name(f"{take.start}.{'json' if take is ROBOT else 'fbx'}")
        same_files(capture(take, "--output", place)[1], take, "capture")
        if take is not ROBOT:
            same_files(capture(take, "--output", blend, *twin)[1][1:], take, "capture")
            same(poses_apart(poses_in(blend, "Twin"), take.human), "capture", TWIN, "blend")
            assert call("apply", capture_id, "--output", blend, *twin)[0] == 0
            same(poses_apart(poses_in(blend, "Twin"), take.human), "apply", TWIN, "blend")
        if take in (ROBOT, BOTH):
            assert call("apply", capture_id, "--output", blend, *rig)[0] == 0
            same(rig_apart(blend, take.robot, RIG), "apply", "robot beside two", "blend")
    for target, more in (("new robot", ("--overwrite",)), ("robot beside two", rig)):
        capture(ROBOT, "--output", blend, *more)
        same(rig_apart(blend, ROBOT.robot, RIG), "capture", target, "blend")


@pytest.mark.long
@pytest.mark.usefixtures("sampled_once")
def test_exported_captures(
    call: Any,
    library: dict[str, Take],
    characters: Path,
    same: Callable[..., None],
    tmp_path: Path,
) -> None:
    """Captures with the same title have their ids in their files' names."""
    for form in FORMATS[1:]:
        asked = ("export", "--character", characters, "--armature", "Twin", "--output", tmp_path / form)
        assert call(*asked, "--format", form)[0] == 0
        named = {f"Walk_{capture_id[:8]}": take for capture_id, take in library.items() if take is not ROBOT}
        files = {file.stem: file for file in (tmp_path / form).iterdir()}
        assert files.keys() == named.keys()
        for name, take in named.items():
            same(poses_apart(poses_in(files[name]), take.human), "export", TWIN, form)


def test_captures_that_were_unfinished_or_lost(
    call: Any,
    video: Path,
    library: dict[str, Take],
    same_files: Callable[..., None],
    tmp_path: Path,
) -> None:
    """The unfinished one is of the same range as the first."""
    left_over(tmp_path, another(video, "other.mp4"))
    status, output, _ = call("follow", "--json")
    assert status == 0
    same_files(steps_in(output)[-1]["outputs"], HUMAN, "follow")
    for capture_id, take in library.items():
        folder = tmp_path / "captures" / capture_id
        job = json.loads((folder / "capture.json").read_text())["job_id"]
        shutil.rmtree(folder)
        place = tmp_path / f"{take.start}.{'json' if take is ROBOT else 'fbx'}"
        status, output, _ = call("recover", job, "--output", place, "--json")
        assert status == 0
        same_files(steps_in(output)[-1]["outputs"], take, "recover")


def test_motion_files(call: Any, service: object, characters: Path, same: Callable[..., None], tmp_path: Path) -> None:
    """Each of several files onto one of two characters, then what was written onto the other."""
    del service
    takes = {"human": HUMAN, "again": AGAIN}
    named = [take.make(tmp_path / f"{name}.fbx") for name, take in takes.items()]
    for armature in ("Twin", "Hero"):
        out = tmp_path / armature
        asked = ("retarget", *named, "--character", characters, "--armature", armature, "--output", out)
        assert call(*asked, "--format", ",".join(FORMATS))[0] == 0
        for name, take in takes.items():
            for form in FORMATS:
                got = poses_in(out / f"{name}.{form}", armature if form == "blend" else "")
                same(poses_apart(got, take.human), "retarget", f"{armature} of two", form)
        named = [out / "human.bvh", out / "again.glb"]


def seen_limbs(motion: Path) -> np.ndarray:
    """Directions (F, L, 3) of the limbs in the file that is kept of a preview."""
    kept = np.load(motion)
    heads = dict(zip(kept["names"].tolist(), kept["positions"].transpose(1, 0, 2), strict=True))
    return _directions([(heads[side + start], heads[side + end]) for side in ("Left", "Right") for start, end in LIMBS])


def shown_limbs(poses: Poses) -> np.ndarray:
    """Of one of the characters."""
    heads = {bone: matrices[:, :3, 3] for bone, matrices in poses.items()}
    return _directions(
        [(heads[f"{OWN[start]}_{side}"], heads[f"{OWN[end]}_{side}"]) for side in "lr" for start, end in LIMBS]
    )


def _directions(spans: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    along = np.stack([end - start for start, end in spans], axis=1)
    return along / np.linalg.norm(along, axis=2, keepdims=True)


@pytest.mark.long
@needs_networks
def test_films(
    call: Any,
    library: dict[str, Take],
    characters: Path,
    same: Callable[..., None],
    tmp_path: Path,
) -> None:
    """Limbs are those that were seen, and a robot moves as retargeting and adjusting make of the last film.

    Millimetres are from the first file of the same preview.
    """
    assert library
    film, out = filmed_person(FILMS, Film(frames=30)), tmp_path / "out"
    who = ("--character", characters.with_name("filmed.blend"), "--armature", "Twin", "--output")
    previews: list[tuple[str, tuple[object, ...], Path]] = []
    for name, (start, end, formats) in FILMED.items():
        files = [out / f"{name}.{form}" for form in formats]
        several = (out, "--format", ",".join(formats)) if len(files) > 1 else (*files, "--no-meshes")
        named = (shutil.copyfile(film, tmp_path / f"{name}.mp4"), "--start", start, "--end", end, "--json")
        status, output, _ = call("preview", *named, *who, *several)
        assert status == 0
        done = steps_in(output)[-1]
        assert done["outputs"] == list(map(str, files))
        assert {file for file in out.iterdir() if file.stem == name} == set(files)
        motion = tmp_path / "captures" / ".previews" / done["preview"] / "motion.npz"
        previews.append((name, named, motion))
        first = poses_in(files[0], "Twin" if formats[0] == "blend" else "", FILMED_FPS)
        bones = {bone: first[bone] for bone in HUMAN.human}
        for file in files:
            got = first if file == files[0] else poses_in(file, "", FILMED_FPS)
            apart = limbs_apart(shown_limbs(got), seen_limbs(motion)), poses_apart(got, bones)[1]
            same(apart, "preview", TWIN, file.suffix[1:])
    name, named, motion = previews[-1]
    assert call("g1", *named, "--output", tmp_path)[0] in (0, 3)
    clip = sighting_in(motion).clip
    robot, _ = adjusted_throughout(retargeted_to_g1(clip, bones_of(clip.skeleton)).motion)
    got = robot_motion_in(tmp_path / f"{name}.json", "mujoco")
    same(robots_apart(got, robot_motion(robot.root_pos, robot.root_quat, robot.dof_pos)), "g1", "29dof", "json")


AS_IT_IS = [form for form in ROBOT_FORMATS if form not in {"PROTOMOTIONS_TENSORS", "SONIC_CSV"}]
"""The others have another waist or another rate than the motion: tests/motion/g1/test_trainers_files.py."""


@pytest.mark.slow_cases
@pytest.mark.usefixtures("addon")
@pytest.mark.parametrize(("form", "variant"), list(zip(AS_IT_IS, itertools.cycle(VARIANTS))))
def test_robot_files(form: str, variant: Variant, call: Any, same: Callable[..., None], tmp_path: Path) -> None:
    """A human's is what retargeting makes of the walk in arrays; a robot's is its own; bodies are MuJoCo's of both."""
    files = [HUMAN.make(tmp_path / "human.fbx"), ROBOT.make(tmp_path / "robot.json")]
    files = files if variant == "29dof" else files[:1]
    robot = ("--robot", variant) if variant in ROBOTS else ("--variant", variant)
    asked = ("g1", *files, "--output", tmp_path / "made", "--format", form, *robot, "--no-fix", "--json")
    status, output, errors = call(*asked)
    assert status in (0, 3), errors
    clip = performance_clip(HUMAN.start, HUMAN.end, FPS, HUMAN.performance)
    motion = retargeted_to_g1(clip, bones_of(clip.skeleton), variant).motion
    wanted = {
        "human": (variant, robot_motion(motion.root_pos, motion.root_quat, motion.dof_pos, variant)),
        "robot": ("29dof", ROBOT.robot),
    }
    for step in steps_in(output):
        name = Path(step["label"]).stem
        got = robot_motion_in(Path(step["output"]), "isaac" if form == "BEYONDMIMIC_NPZ" else "mujoco", wanted[name][0])
        same(robots_apart(got, wanted[name][1]), "g1", wanted[name][0], form.lower())
