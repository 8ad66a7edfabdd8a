"""The log and the report: what happened to a capture is in them, and nothing that is nobody's business."""

import importlib
import json
import logging
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import bpy
import pytest

from tests.special_files import kind_of, special_file
from tests.standin import StandIn
from tests.ui.acts import captures, module, preferences, refusal
from tests.ui.conftest import MODULE

MANIFEST = tomllib.loads((Path(__file__).parents[3] / "blender_manifest.toml").read_text(encoding="utf-8"))
SIGNATURE = "X-Amz-Signature=5ecr3t"
WRITER = """
import importlib, logging, os, pathlib, sys, types
sys.modules["bpy"] = types.ModuleType("bpy")  # takes its time, and writing needs none
for name in ("addon", "addon.ui", "addon.ui.setup"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = ["/".join([{package!r}, *name.split(".")[1:]])]
log_file = importlib.import_module("addon.ui.setup.log_file")
logger = logging.getLogger("writer")
logger.propagate = False
logger.addHandler(log_file.LogFile(pathlib.Path({folder!r}), lambda: "begun", 4000))
logger.setLevel(logging.INFO)
for number in range(300):
    logger.info("%s number %03d end", sys.argv[1], number)
    if number == 0:
        print("writes", flush=True)
        sys.stdin.readline()
"""
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ \S.*")


@pytest.fixture
def log(addon: ModuleType, tmp_path: Path) -> Iterator[Path]:
    """The file that the add-on's log goes to; one of this test alone."""
    del addon
    log_file = module("ui.setup.log_file")
    log_file.unregister()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_file, "log_folder", lambda: tmp_path / "log")
        log_file.register()
        yield tmp_path / "log" / "aimocap.log"
        log_file.unregister()
    log_file.register()


def logger() -> logging.Logger:
    return logging.getLogger(f"{MODULE}.jobs.anything")


@pytest.mark.usefixtures("strip", "character", "sampled_once")
def test_a_captures_life_is_logged(service: StandIn, log: Path, tmp_path: Path) -> None:
    service.faults.add(step="upload", status=503)
    preferences().captures_folder = str(tmp_path / "captures")
    bpy.context.scene.aimocap.title = "Secret Project"
    assert bpy.ops.aimocap.capture_motion() == {"FINISHED"}
    (capture,) = captures()
    module("takes.session").close_session()  # its preview is here, or given up
    reported = log.read_text(encoding="utf-8")
    assert [line for line in reported.splitlines() if not LINE.fullmatch(line)] == []
    about = [line for line in reported.splitlines() if f"capture {capture.id}" in line]
    states = re.findall(r": (\w+) -> (\w+)", "\n".join(about))
    assert states[0] == ("queued", "creating")
    assert [one for _, one in states[:-1]] == [one for one, _ in states[1:]]
    assert states[-1][1] == "done"
    job = service.jobs[-1].id
    assert sum(f"job {job}" in line for line in about) > 5
    assert sum("WARNING" in line and "upload failed: server, HTTP 503, 1 in a row" in line for line in about) == 1
    assert "on a character" in reported
    first = reported.splitlines()[0]
    for version in (f"AIMoCap {MANIFEST['version']}", f"Blender {bpy.app.version_string}", "Python 3.", "requests 2."):
        assert version in first
    assert not stat.S_IMODE(log.stat().st_mode) & 0o077
    check_nothing_private(reported, service)


def check_nothing_private(reported: str, service: StandIn) -> None:
    private = [service.api_key, "Bearer", "Secret Project", "Take 1", "Signature", "?", str(Path.home()), ".mp4"]
    assert [text for text in private if text in reported] == []


def test_the_report(service: StandIn, strip: object, character: bpy.types.Object, log: Path, tmp_path: Path) -> None:
    del strip, character
    service.polls = ["failed"]
    bpy.context.scene.aimocap.title = "Secret Project"
    refusal(bpy.ops.aimocap.capture_motion)
    (capture,) = captures()
    file = tmp_path / "report.txt"
    assert bpy.ops.aimocap.copy_report(filepath=str(file)) == {"FINISHED"}
    reported = file.read_text(encoding="utf-8")
    check_nothing_private(reported, service)
    (line,) = [line for line in reported.split("Log:")[0].splitlines() if capture.id in line]
    assert "failed" in line
    assert service.jobs[-1].id in line
    assert "may be paid" in line
    assert "Captures: 1" in reported
    assert f"Service: {service.base_url}" in reported
    assert "Key: in its file" in reported
    assert reported.split("Log:\n")[1].rstrip("\n") == log.read_text(encoding="utf-8").rstrip("\n")
    module("takes.session").close_session()  # its threads may still save the record
    (record,) = Path(preferences().captures_folder).glob("*/capture.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "created_at": 1e300}))
    assert bpy.ops.aimocap.copy_report(filepath=str(file)) == {"FINISHED"}
    assert f"no date {capture.id}" in file.read_text(encoding="utf-8")


def test_without_a_clipboard_a_file_is_asked_for(addon: ModuleType, tmp_path: Path) -> None:
    del addon
    assert "Save to a file" in refusal(bpy.ops.aimocap.copy_report)
    (tmp_path / "file").touch()
    assert "can't be saved" in refusal(bpy.ops.aimocap.copy_report, filepath=str(tmp_path / "file" / "report.txt"))


@pytest.mark.fault(86)
def test_where_the_report_is_written(addon: ModuleType, tmp_path: Path) -> None:
    del addon
    (tmp_path / "link.txt").symlink_to("report.txt")
    assert bpy.ops.aimocap.copy_report(filepath=str(tmp_path / "link.txt")) == {"FINISHED"}
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "report.txt").read_text(encoding="utf-8")
    pipe = special_file("pipe", tmp_path / "pipe.txt")
    before = kind_of(pipe)
    assert "pipe or a device" in refusal(bpy.ops.aimocap.copy_report, filepath=str(pipe))
    assert kind_of(pipe) == before


def test_the_net_below_what_is_chosen(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preferences().api_key = "5trange-Key.Without_prefix"
    module("ui.setup.preferences").api_key()
    monkeypatch.setenv("HOME", "/srv/people/ada")
    logger().error("key %s", "5trange-Key.Without_prefix")
    logger().error("header %s", "Authorization: Bearer abc.def")
    logger().error("link https://host/file.fbx?%s#part", SIGNATURE)
    logger().error("paths %s and %s", "/srv/people/ada/film/shot.mp4", r"C:\Users\Ada L\shot.mp4")
    logger().error("two\n2026-01-01T00:00:00.000Z INFO lines")
    reported = log.read_text(encoding="utf-8")
    for private in ("5trange", "abc.def", "5ecr3t", "people/ada", "Ada L"):
        assert private not in reported
    assert "https://host/file.fbx" in reported
    assert reported.count("\n2026") == reported.count("ERROR")  # the line within a record begins with a space


def test_a_fault_of_our_own_tells_where_and_quotes_nothing(log: Path) -> None:
    def inner() -> None:
        raise KeyError("Secret Project.mp4")

    try:
        try:
            inner()
        except KeyError as error:
            raise ValueError("Secret Project") from error
    except ValueError:
        logger().exception("It failed")
    reported = log.read_text(encoding="utf-8")
    assert re.search(r"ValueError.*KeyError", reported, re.DOTALL)
    assert "in inner" in reported
    assert reported.count("Secret Project") == 2  # of the two lines of this test's source, not of the exceptions


def test_others_logs_are_left_alone(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    logging.getLogger("somebody.else").error("not ours")
    logger().error("ours")
    assert logging.getLogger().handlers == before
    assert "not ours" not in log.read_text(encoding="utf-8")
    assert "ours" not in "".join(capfd.readouterr()).replace("not ours", "")


def test_a_log_that_can_not_be_written_disturbs_nobody(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log.parent.write_text("a file where the folder should be")
    logger().error("nowhere")
    assert "".join(capfd.readouterr()) == ""
    log.parent.unlink()
    logger().error("there again")
    assert "there again" in log.read_text(encoding="utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_disturbs_nobody(log: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log.parent.mkdir()
    log.symlink_to("/dev/full")
    for _ in range(3):
        logger().error("nowhere")
    assert "".join(capfd.readouterr()) == ""


def test_blenders_that_write_at_once(tmp_path: Path, addon: ModuleType) -> None:
    """Each has a file of its own, of bounded size; no line is torn; one too many writes nothing and goes on."""
    package = Path(str(addon.__file__)).parent
    folder = tmp_path / "log"
    program = WRITER.format(package=str(package), folder=str(folder))
    names = "abcde"
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for name in names
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writes\n"
    for writer in writers:
        assert writer.communicate(b"\n", 60)[1] == b""
        assert writer.returncode == 0
    files = sorted(folder.glob("*.log*"))
    assert len(files) == 2 * 4
    heard = set()
    for file in files:
        assert file.stat().st_size <= 4100
        lines = file.read_text(encoding="utf-8").splitlines()
        assert "begun" in lines[0]
        (name,) = {re.fullmatch(r".*Z INFO (.) number \d{3} end", line)[1] for line in lines[1:]}
        heard.add(name)
        if not file.name.endswith(".1"):
            assert lines[-1].endswith("number 299 end")
    assert len(heard) == 4


@pytest.mark.usefixtures("log")
def test_lines_of_an_earlier_blender_are_in_the_report() -> None:
    log_file = module("ui.setup.log_file")
    logger().error("the last word of a crash")
    log_file.unregister()
    log_file.register()
    assert "the last word of a crash" in "\n".join(log_file.last_lines(200))
    for number in range(300):
        logger().error("line %d", number)
    assert len(log_file.last_lines(200)) == 200
    assert log_file.last_lines(200)[-1].endswith("line 299")


def test_nothing_is_left_when_it_is_switched_off(addon: ModuleType) -> None:
    del addon
    log_file = importlib.import_module(f"{MODULE}.ui.setup.log_file")
    ours = logging.getLogger(MODULE)
    assert len(files(ours)) == 1
    assert not ours.propagate
    log_file.unregister()
    assert (files(ours), ours.propagate, ours.level) == ([], True, logging.NOTSET)
    log_file.register()
    assert len(files(ours)) == 1


def files(logger: logging.Logger) -> list[logging.Handler]:
    return [handler for handler in logger.handlers if isinstance(handler, logging.FileHandler)]


def test_a_timer_of_ours_outlives_a_fault(
    log: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Blender drops a timer that raises, and nobody would follow what is paid."""

    def broken() -> None:
        raise LookupError("Secret Project")

    monkeypatch.setattr(module("ui.capture.watching"), "current_session", broken)
    assert module("ui.capture.watching")._wake() > 1.0
    reported = log.read_text(encoding="utf-8")
    assert "LookupError" in reported
    assert "in broken" in reported
    assert "".join(capfd.readouterr()) == ""
