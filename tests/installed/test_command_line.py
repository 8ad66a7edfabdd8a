"""`blender --command aimocap`, from the installed zip, over real HTTP; each call is a Blender of its own."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.installed.child_blender import PERSONS_OWN
from tests.installed.conftest import ROOT, RunInBlender, blender_command
from tests.installed.flamenco import tasks_of
from tests.media.barcode_video import copied_video
from tests.media.metahuman_fbx import make_metahuman_fbx
from tests.standin import Results, StandIn
from tools.suites import BLENDER_PROGRAM

PROGRAM = os.environ.get(BLENDER_PROGRAM)
in_the_program = pytest.mark.skipif(PROGRAM is None, reason="only a Blender program has a command line")
_LONGEST_SEC = 120


@dataclass
class CommandLine:
    """A Blender program with the extension, a service, and what the calls need.

    Attributes:
        variables: the environment of each call.
    """

    folder: Path
    variables: dict[str, str]
    service: StandIn

    def start(self, *arguments: object, online: bool = True, **variables: str) -> subprocess.Popen[str]:
        assert PROGRAM
        mode = ["--online-mode"] if online else []
        return subprocess.Popen(
            [PROGRAM, *mode, "--command", "aimocap", *map(str, arguments)],
            cwd=self.folder,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: object, online: bool = True, **variables: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of one call."""
        return ended(self.start(*arguments, online=online, **variables))


def ended(child: subprocess.Popen[str]) -> tuple[int, str, str]:
    output, errors = child.communicate(timeout=_LONGEST_SEC)
    assert "Traceback" not in output + errors
    return child.returncode, output, errors


@pytest.fixture(scope="module")
def blender(extension_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a Blender into which the zip is installed."""
    assert PROGRAM
    inherited = {name: value for name, value in os.environ.items() if name not in PERSONS_OWN}
    variables = {**inherited, "BLENDER_USER_RESOURCES": str(tmp_path_factory.mktemp("config"))}
    install = [PROGRAM, "--command", "extension", "install-file", "-r", "user_default", "-e", str(extension_zip)]
    subprocess.run(install, env=variables, check=True, timeout=_LONGEST_SEC, stdout=subprocess.DEVNULL)
    return variables


@pytest.fixture(scope="module")
def motion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("motion") / "walk.fbx"
    make_metahuman_fbx(file, 0.5, 2.5)
    return file


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copied_video(tmp_path_factory.mktemp("video"))
    return made.replace(made.with_name("take.mp4"))


@pytest.fixture
def service(motion: Path) -> Iterator[StandIn]:
    with StandIn("A", results=Results(fbx=motion), polls=("completed",)) as standin:
        yield standin


@pytest.fixture
def command(blender: dict[str, str], service: StandIn, tmp_path: Path) -> CommandLine:
    of_service = {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key}
    return CommandLine(tmp_path, {**blender, **of_service}, service)


def with_a_tail(video: Path, file: Path, number: int) -> Path:
    """The same pictures in a file that differs: a `free` box behind them holds the number."""
    file.write_bytes(video.read_bytes() + (12).to_bytes(4, "big") + b"free" + number.to_bytes(4, "big"))
    return file


def most_at_a_time(service: StandIn) -> int:
    """Jobs that were submitted and whose motion had not been asked for, at the most."""
    under_way: set[str] = set()
    most = 0
    for request in service.requests:
        if request.step == "complete_upload" and request.job_id:
            under_way.add(request.job_id)
            most = max(most, len(under_way))
        if request.step == "result":
            under_way.discard(request.job_id or "")
    return most


@in_the_program
def test_a_range_to_a_file_then_to_a_character_without_paying_again(
    command: CommandLine, video: Path, motion: Path, tmp_path: Path, run_in_blender: RunInBlender
) -> None:
    hero, fbx, moved, applied = (tmp_path / name for name in ("hero.blend", "a.fbx", "moved.blend", "applied.blend"))
    subprocess.run([*blender_command(Path(__file__).with_name("character_child.py")), str(hero)], check=True)
    before = hero.read_bytes()
    asked = ("capture", video, "--start", 0.5, "--end", 2.5)

    status, _, errors = command.call(*asked, "--output", fbx)
    assert (status, errors) == (0, "")
    assert fbx.read_bytes() == motion.read_bytes()
    created = [request.body for request in command.service.requests if request.step == "create"][-1]
    assert (created["trimStartSec"], created["trimEndSec"]) == (0.5, 2.5)

    status, output, errors = command.call(*asked, "--character", hero, "--output", moved, "--json")
    assert (status, errors) == (0, "")
    steps = [json.loads(line) for line in output.splitlines()]
    assert [step["step"] for step in steps] == ["found", "state", "done"]
    assert steps[-1]["output"] == str(moved)

    done = steps[-1]
    status, output, _ = command.call("apply", done["capture"][:6], "--character", hero, "--output", applied)
    assert status == 0
    assert "Mannequin" in output

    fbx.unlink()
    shutil.rmtree(Path(done["files"]["fbx"]).parent)
    asked_of = len(command.service.requests)
    status, _, errors = command.call("recover", done["job"], "--output", fbx)
    assert (status, errors) == (0, "")
    assert fbx.read_bytes() == motion.read_bytes()
    assert {request.method for request in command.service.requests[asked_of:]} == {"GET"}

    assert [charge.credits for charge in command.service.charges] == [pytest.approx(2.0)]
    assert command.service.violations == []
    assert hero.read_bytes() == before
    found = run_in_blender("blends_child.py", {"files": [str(moved), str(applied)]})
    for of_file in found.values():
        assert of_file["Mannequin"]["frames"] == [pytest.approx(1.0), pytest.approx(49.0, abs=1.0)]
        assert of_file["Mannequin"]["travel"] > 0.1
        assert of_file["Mannequin"]["asset"].startswith("Captured from take.mp4, 0.50 to 2.50 s, on ")


@in_the_program
def test_two_calls_for_the_same_video_pay_once(command: CommandLine, video: Path, run_in_blender: RunInBlender) -> None:
    asked = ("capture", video, "--target", "unitree_g1", "--output")
    children = [command.start(*asked, name) for name in ("g1.json", "g1.blend")]
    assert [ended(child)[0] for child in children] == [0, 0]
    assert len(command.service.charges) == 1
    assert json.loads((command.folder / "g1.json").read_text())["robotType"] == "unitree_g1"
    (rigs,) = run_in_blender("blends_child.py", {"files": [str(command.folder / "g1.blend")]}).values()
    (rig,) = rigs.values()
    assert rig["frames"] == [pytest.approx(1.0), pytest.approx(97.0, abs=1.5)]


@in_the_program
def test_ten_videos_three_at_a_time(command: CommandLine, video: Path) -> None:
    videos = [with_a_tail(video, command.folder / f"take {number}.mp4", number) for number in range(10)]
    asked = (
        "capture",
        *videos,
        "--target",
        "unitree_g1",
        "--parallel",
        3,
        "--output",
        command.folder / "out",
        "--json",
    )
    status, _, errors = command.call(*asked, AIMOCAP_API_KEY="sk-no")
    assert (status, errors.count("refused the API key")) == (1, 10)
    status, output, errors = command.call(*asked)
    assert (status, errors) == (0, "")
    assert most_at_a_time(command.service) == 3
    assert len(command.service.charges) == 10
    assert command.service.violations == []
    done = [step for step in map(json.loads, output.splitlines()) if step["step"] == "done"]
    assert {step["label"] for step in done} == set(map(str, videos))
    assert {Path(step["output"]) for step in done} == set((command.folder / "out").glob("take ?.json"))


@in_the_program
def test_an_interrupted_call_cancels_what_is_unpaid_and_what_is_paid_is_followed(
    command: CommandLine, video: Path
) -> None:
    service = command.service
    service.polls = ["processing", "completed"]
    changed = with_a_tail(video, command.folder / "held.mp4", 99)
    asked = ("capture", changed, "--target", "unitree_g1", "--output", "held.json")
    unpaid = service.faults.add(step="upload", hold="before", acts=False)
    child = command.start(*asked)
    assert unpaid.reached.wait(_LONGEST_SEC)
    child.send_signal(signal.SIGTERM)
    assert ended(child)[0] == 130
    service.faults.clear()

    service.hold("processing")
    child = command.start(*asked)
    assert service.wait_until(lambda: bool(service.charges) and service.steps()[-1] == "job", _LONGEST_SEC)
    child.send_signal(signal.SIGINT)
    status, _, errors = ended(child)
    assert status == 130
    assert "follow" in errors
    assert not (command.folder / "held.json").exists()

    status, output, _ = command.call("list", "--json", online=False)
    assert status == 0
    held, cancelled = map(json.loads, output.splitlines()[:2])
    assert [(one["title"], one["state"]) for one in (held, cancelled)] == [("held", "running"), ("held", "stopped")]
    assert held["job"] == command.service.charges[0].job_id

    command.service.release()
    status, output, errors = command.call("follow", held["capture"][:8])
    assert (status, errors) == (0, "")
    assert "motion.json" in output
    assert len(command.service.charges) == 1


@in_the_program
def test_refused_call_says_why_and_costs_nothing(command: CommandLine, video: Path) -> None:
    refused = {
        "--online-mode": command.call("capture", video, online=False),
        "AIMOCAP_API_KEY": command.call("capture", video, AIMOCAP_API_KEY=""),
    }
    for word, (status, _, errors) in refused.items():
        assert status == 1
        assert word in errors
    assert command.service.charges == []


@in_the_program
def test_the_job_of_the_page(command: CommandLine, video: Path) -> None:
    """Run as a farm does, with a `blender` on the path that is the one under test, and run again after a fault."""
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    (job,) = re.findall(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    shots = command.folder / "shots"
    shots.mkdir()
    for number in range(2):
        with_a_tail(video, shots / f"{number}.mp4", 50 + number)
    assert PROGRAM
    (command.folder / "bin").mkdir()
    (command.folder / "bin" / "blender").symlink_to(shutil.which(PROGRAM) or PROGRAM)
    path = f"{command.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for _ in range(2):
        child = subprocess.run(
            ["sh", "-eu", "-c", job],
            cwd=command.folder,
            env={**command.variables, "PATH": path},
            capture_output=True,
            text=True,
            timeout=_LONGEST_SEC,
            check=False,
        )
        assert (child.returncode, child.stderr) == (0, "")
    assert sorted(file.name for file in (command.folder / "motion").iterdir()) == ["0.json", "1.json"]
    assert len(command.service.charges) == 2


@in_the_program
def test_a_task_of_the_flamenco_job(command: CommandLine, video: Path) -> None:
    """Run as a worker does, whose environment has the key."""
    take = with_a_tail(video, command.folder / "task.mp4", 70)
    (task,) = tasks_of(videos=str(take), target="unitree_g1", output=str(command.folder / "motion"), blender=PROGRAM)
    (run,) = (called["parameters"] for called in task["commands"])
    subprocess.run([run["exe"], *run["args"]], env=command.variables, check=True, timeout=_LONGEST_SEC)
    assert json.loads((command.folder / "motion" / "task.json").read_text())["robotType"] == "unitree_g1"
    assert len(command.service.charges) == 1


@pytest.mark.slow
@pytest.mark.skipif(PROGRAM is not None, reason="called in a process of its own there")
def test_called_in_this_blender(
    extension_zip: Path, service: StandIn, video: Path, tmp_path: Path, run_in_blender: RunInBlender
) -> None:
    capture = ["capture", str(video), "--target", "unitree_g1"]
    onto = ["capture", str(video), "--output", str(tmp_path / "b.blend"), "--character"]
    two, spoiled = tmp_path / "two.blend", tmp_path / "spoiled.blend"
    spoiled.write_text("no .blend")
    calls: dict[str, list[str]] = {
        "VIDEO": ["capture"],
        "avatar:ID": ["capture", str(video), "--target", "horse"],
        ".fbx": ["capture", str(video), "--output", str(tmp_path / "a.json")],
        "--character": ["capture", str(video), "--armature", "Hero"],
        "same name": ["capture", str(video), str(video), "--output", str(tmp_path / "all")],
        "is not within": [*capture, "--start", "3", "--end", "9"],
        "missing": [*onto, str(tmp_path / "no.blend")],
        "can't open": [*onto, str(spoiled)],
        "--armature: One, Two": [*onto, str(two)],
        "Give one of: One, Two": [*onto, str(two), "--armature", "Three", "--json"],
        "not a job ID": ["recover", "..", "--json"],
        "No captures begin": ["apply", "1", "--character", "a.blend", "--output", "b.blend"],
        "": [*capture, "--output", str(tmp_path / "a.json"), "--json"],
    }
    said = run_in_blender(
        "command_child.py",
        {"zip": str(extension_zip), "blend": str(two), "calls": [*calls.values(), calls[""], ["list"]]},
        {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
    )
    answers: list[list[Any]] = said["calls"]
    assert said["waited"] == 1  # for another call that was just beginning a capture
    assert [status for status, _, _ in answers] == [2] * 5 + [1] * 7 + [0] * 3
    for (word, call), (_, output, errors) in zip(calls.items(), answers, strict=False):
        assert word in errors
        assert "Traceback" not in errors
        if "--json" in call:  # what Blender prints while it opens a file is elsewhere
            assert all(isinstance(json.loads(line), dict) for line in output.splitlines())
    *_, (_, first, _), (_, again, _), (_, listed, _) = answers
    assert json.loads(first.splitlines()[-1])["output"] == str(tmp_path / "a.json")
    assert json.loads(again.splitlines()[0])["step"] == "found"
    assert "unitree_g1" in listed
    assert len(service.charges) == 1
