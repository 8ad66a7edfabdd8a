"""A child Blender: its result, its faults in words, and that nothing of it is left running."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from aimocap_blender.scene.background_blender import BackgroundBlender, BackgroundWorker
from aimocap_blender.texts.faults import Fault
from tests.faults.marks import Seen

ROOT = Path(__file__).resolve().parents[2]
HEAD = "import json, os, subprocess, sys, time\nrequest_file, result = sys.argv[-2:]\n\ndef main(request):\n"


def script(folder: Path, body: str) -> Path:
    path = folder / "child.py"
    path.write_text(HEAD + textwrap.indent(textwrap.dedent(body) or "pass", "    "), encoding="utf-8")
    return path


def begun(script: Path, request: Mapping[str, object], folder: Path, task: str = "its work") -> BackgroundBlender:
    return BackgroundBlender(script, request, folder, task=task).begin()


def wait_for(path: Path, seconds: float = 60) -> str:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if path.exists():
            return path.read_text(encoding="utf-8")
        time.sleep(0.02)
    raise AssertionError(f"{path.name} was not written")


def runs(pid: int) -> bool:
    """Return whether a thread of the process is left: its files stay open until the last, not only the first, ends."""
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        # ended meanwhile
        with contextlib.suppress(OSError):
            if thread.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z":
                return True
    return False


def gone(pid: int, seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not runs(pid)


def test_runs_a_blender_of_the_same_version_at_low_priority_without_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import bpy

    monkeypatch.setenv("AIMOCAP_API_KEY", "secret")
    monkeypatch.setenv("CLOUD_SECRET_KEY", "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    body = """
    import bpy
    answer = {"sum": request["a"] + request["b"], "version": list(bpy.app.version), "name": request["name"],
              "key": os.environ.get("AIMOCAP_API_KEY"), "other": os.environ.get("CLOUD_SECRET_KEY"),
              "threads": os.environ.get("OMP_NUM_THREADS"),
              "nice": os.getpriority(os.PRIO_PROCESS, 0), "own_group": os.getpgid(0) == os.getpid()}
    return answer
    """
    folder = tmp_path / "a folder with späces"
    child = begun(script(tmp_path, body), {"a": 2, "b": 3, "name": "日本"}, folder)
    answer = child.wait(120).answer
    nice = answer.pop("nice")
    assert isinstance(nice, int)
    assert nice >= 10
    assert answer == {
        "sum": 5,
        "version": list(bpy.app.version),
        "name": "日本",
        "key": None,
        "other": None,
        "threads": "1",
        "own_group": True,
    }
    assert child.poll()
    assert child.answer["sum"] == 5


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('inner words')",
        "os.abort()",
        "os._exit(0)",
        "open(result, 'w').write('{\"half'); os._exit(0)",
        "open(result, 'w').write('[1]'); os._exit(0)",
        "open(result, 'w').write('{}'); os._exit(3)",
    ],
)
def test_every_way_to_fail_is_a_fault_without_a_traceback(tmp_path: Path, body: str) -> None:
    child = begun(script(tmp_path, body), {}, tmp_path / "run", task="reading the motion file")
    with pytest.raises(Fault) as caught:
        child.wait(60).check()
    assert "reading the motion file" in caught.value.what
    assert "log.txt" in caught.value.next_step
    assert "Traceback" not in str(caught.value)
    assert "inner words" not in str(caught.value)
    with pytest.raises(Fault):
        _ = child.answer


def test_the_log_is_kept(tmp_path: Path) -> None:
    child = begun(script(tmp_path, "raise ValueError('inner words')"), {}, tmp_path / "run")
    with pytest.raises(Fault):
        child.wait(60).check()
    assert "ValueError: inner words" in (tmp_path / "run" / "log.txt").read_text(encoding="utf-8")


def test_the_log_of_a_private_folder_outlasts_it_also_that_of_a_process_within(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(kept))
    private = tmp_path / "private"
    body = "raise ValueError('kept in ' + os.environ['AIMOCAP_KEPT_LOGS'])"
    child = BackgroundBlender(script(tmp_path, body), {}, private / "run", private_folder=private).begin().wait(60)
    for _ in range(2):
        with pytest.raises(Fault) as caught:
            child.check()
    shutil.rmtree(private)
    (log,) = kept.iterdir()
    assert str(log) in caught.value.next_step
    assert f"kept in {kept}" in log.read_text(encoding="utf-8")


def test_a_script_fails_in_its_own_words(tmp_path: Path) -> None:
    body = """
    error = OSError("inner words")
    error.what, error.next_step = "The file is empty.", "Choose another."
    raise error
    """
    with pytest.raises(Fault) as caught:
        _ = begun(script(tmp_path, body), {}, tmp_path / "run").wait(60).answer
    assert (caught.value.what, caught.value.next_step) == ("The file is empty.", "Choose another.")


def test_a_script_fails_in_words_with_a_value(tmp_path: Path) -> None:
    body = """
    from aimocap.texts.faults import Fault, Text
    raise Fault(Text("“{file}” is empty.", file="{0}.fbx"), "Choose another.")
    """
    with pytest.raises(Fault) as caught:
        _ = begun(script(tmp_path, body), {}, tmp_path / "run").wait(60).answer
    what = caught.value.what
    assert (what, what.template) == ("“{0}.fbx” is empty.", "“{file}” is empty.")
    assert what.values == {"file": "{0}.fbx"}


def test_progress_is_the_last_that_was_written_whole(tmp_path: Path) -> None:
    body = """
    for text, step in (("[1, 2]", "one"), ("[3", "two")):
        open(request["progress"], "w").write(text)
        open(f"{request['steps']}/{step}", "w").close()
        while not os.path.exists(f"{request['steps']}/after {step}"):
            time.sleep(0.02)
    """
    child = begun(script(tmp_path, body), {"steps": str(tmp_path)}, tmp_path / "run")
    wait_for(tmp_path / "one")
    assert child.progress == [1, 2]
    (tmp_path / "after one").touch()
    wait_for(tmp_path / "two")
    assert child.progress == [1, 2]
    child.kill()


@pytest.mark.fault(91)
def test_the_users_folders_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: Seen) -> None:
    kinds = ("RESOURCES", "CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES")
    for kind in kinds:
        monkeypatch.setenv(f"BLENDER_USER_{kind}", str(tmp_path / "user" / kind))
        (tmp_path / "user" / kind).mkdir(parents=True)
    cache, temporary = tmp_path / "user" / "cache", tmp_path / "user" / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    wheel = tmp_path / "user" / "EXTENSIONS" / ".local" / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    wheel = wheel / "site-packages" / "of_another" / "__init__.py"
    wheel.parent.mkdir(parents=True)
    wheel.write_text("ANSWER = 42", encoding="utf-8")
    before = sorted((tmp_path / "user").rglob("*"))
    body = """
    import tempfile
    import bpy
    bpy.ops.wm.read_factory_settings(use_empty=True)
    kinds = ("CONFIG", "SCRIPTS", "EXTENSIONS", "DATAFILES")
    used = [bpy.utils.user_resource(kind) for kind in kinds] + [bpy.app.tempdir, tempfile.gettempdir()]
    return {"used": used}
    """
    answer = begun(script(tmp_path, body), {}, tmp_path / "run").wait(120).answer
    used = answer["used"]
    assert isinstance(used, list)
    assert [path for path in used if not str(path).startswith(str(tmp_path / "run"))] == []
    assert sorted((tmp_path / "user").rglob("*")) == before
    seen(f"{len(used)} folders of its own, another extension's wheel is still there")


def test_an_old_result_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "result.json").write_text('{"old": 1}', encoding="utf-8")
    with pytest.raises(Fault):
        _ = begun(script(tmp_path, "os._exit(0)"), {}, tmp_path / "run").wait(60).answer


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Fault):
        begun(script(tmp_path, ""), {}, tmp_path / "file" / "run")


HANGS = """
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(request_file + ".half", "w").write(f"{os.getpid()} {inner.pid}")
os.replace(request_file + ".half", request_file + ".pid")
time.sleep(600)
"""


def started(tmp_path: Path, **options: float) -> tuple[BackgroundBlender, list[int]]:
    child = BackgroundBlender(script(tmp_path, HANGS), {}, tmp_path / "run", **options).begin()
    return child, [int(pid) for pid in wait_for(tmp_path / "run" / "request.json.pid").split()]


def test_kill_ends_it_and_what_it_started(tmp_path: Path) -> None:
    child, pids = started(tmp_path)
    assert not child.poll()
    with pytest.raises(RuntimeError):
        _ = child.answer
    child.kill()
    child.kill()
    assert child.poll()
    assert all(gone(pid) for pid in pids)
    with pytest.raises(Fault):
        _ = child.answer


def test_too_long_while_waiting_is_a_fault_and_ends_it(tmp_path: Path) -> None:
    child, pids = started(tmp_path)
    with pytest.raises(Fault, match="too long"):
        child.wait(0.01).check()
    assert all(gone(pid) for pid in pids)


def test_poll_ends_what_is_over_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child, pids = started(tmp_path, time_limit_sec=1000)
    assert not child.poll()
    now = time.monotonic()
    monkeypatch.setattr("aimocap_blender.scene.background_blender.time.monotonic", lambda: now + 1001)
    assert child.poll()
    monkeypatch.undo()
    assert all(gone(pid) for pid in pids)
    with pytest.raises(Fault, match="too long"):
        _ = child.answer


def test_nothing_is_left_when_the_parent_exits(tmp_path: Path) -> None:
    parent = tmp_path / "parent.py"
    parent.write_text(
        textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from aimocap_blender.scene.background_blender import BackgroundBlender
        child = BackgroundBlender(Path({str(script(tmp_path, HANGS))!r}), {{}}, Path({str(tmp_path / "run")!r})).begin()
        while not Path({str(tmp_path / "run" / "request.json.pid")!r}).exists():
            time.sleep(0.02)
        sys.exit(0)
        """),
        encoding="utf-8",
    )
    subprocess.run([sys.executable, str(parent)], check=True, timeout=120)
    pids = [int(pid) for pid in wait_for(tmp_path / "run" / "request.json.pid").split()]
    assert all(gone(pid) for pid in pids)


def test_nothing_is_left_when_the_parent_is_killed(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir()
    parent = tmp_path / "parent.py"
    parent.write_text(
        textwrap.dedent(f"""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from aimocap_blender.scene.background_blender import BackgroundBlender
        child = BackgroundBlender(
            Path({str(script(tmp_path, HANGS))!r}), {{}}, Path({str(private)!r}), private_folder=Path({str(private)!r})
        ).begin()
        time.sleep(600)
        """),
        encoding="utf-8",
    )
    process = subprocess.Popen([sys.executable, str(parent)])
    pids = [int(pid) for pid in wait_for(private / "request.json.pid").split()]
    process.kill()
    process.wait()
    assert all(gone(pid) for pid in pids)
    assert not private.exists()


ANSWERS = """
what = request["what"]
if what == "abort":
    os.abort()
if what == "grow":
    sys.modules["__main__"].LARGEST_MIB = 1
if what == "hang":
    time.sleep(600)
if what == "refuse":
    error = OSError()
    error.what, error.next_step = "The file is empty.", "Choose another."
    raise error
return {"pid": os.getpid(), "number": request["number"]}
"""


def ended(worker: BackgroundWorker, seconds: float = 60) -> BackgroundWorker:
    end = time.monotonic() + seconds
    while not worker.poll():
        assert time.monotonic() < end
        time.sleep(0.005)
    return worker


def test_a_worker_does_one_request_after_another_until_one_crashes_or_fills_it(tmp_path: Path) -> None:
    worker = BackgroundWorker(script(tmp_path, ANSWERS), tmp_path / "run")
    pids: list[object] = []
    for number, what in enumerate(("", "refuse", "", "abort", "", "grow", "", "")):
        worker.hand_over({"what": what, "number": number}, f"file {number}")
        ended(worker)
        if what in ("", "grow"):
            assert worker.answer["number"] == number
            pids.append(worker.answer["pid"])
        else:
            with pytest.raises(Fault, match="file 3" if what == "abort" else "empty"):
                _ = worker.answer
    first, same, after_crash, grown, after_growth, last = pids
    assert (first, after_crash, after_growth) == (same, grown, last)
    assert len({first, after_crash, after_growth}) == 3
    worker.kill()
    assert gone(int(str(last)))


def test_a_worker_that_was_killed_between_requests_or_takes_too_long_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = BackgroundWorker(script(tmp_path, ANSWERS), tmp_path / "run")
    worker.hand_over({"what": "", "number": 0}, "file 0")
    pid = int(str(ended(worker).answer["pid"]))
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    worker.hand_over({"what": "hang", "number": 1}, "file 1")
    now = time.monotonic()
    assert not worker.poll()
    monkeypatch.setattr("aimocap_blender.scene.background_blender.time.monotonic", lambda: now + 2000)
    assert worker.poll()
    monkeypatch.undo()
    with pytest.raises(Fault, match=r"too long.*file 1"):
        _ = worker.answer
    worker.hand_over({"what": "", "number": 2}, "file 2")
    assert ended(worker).answer["number"] == 2
    worker.kill()
