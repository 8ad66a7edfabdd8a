"""Leftovers of a killed Blender in the temporary folder go when the next one looks at its captures."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.standin import StandIn
from tests.ui.acts import module

ROOT = Path(__file__).resolve().parents[2]
READS = (
    "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
    "from aimocap_blender.takes.private_folder import PrivateFolder\n"
    "folder = PrivateFolder(); (folder.path / 'clips.npz').touch(); print(folder.path, flush=True); sys.stdin.read()"
)


@pytest.mark.fault(76)
def test_temporary_folders_go_at_the_next_start(
    service: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del service
    temporary, documents = tmp_path / "temporary", tmp_path / "documents"
    for folder in (temporary, documents):
        folder.mkdir()
    (documents / "letter.txt").touch()
    (temporary / "aimocap_private_link").symlink_to(documents, target_is_directory=True)
    (temporary / "somebody_else_s").mkdir()
    # a process that still writes while another one deletes the folder makes it again, without its lock
    written_again, unclaimed = temporary / "aimocap_private_again", temporary / "aimocap_private_new"
    (written_again / "2").mkdir(parents=True)
    (written_again / "2" / "frame_0094.jpg").touch()
    os.utime(written_again, (time.time() - 86400,) * 2)
    unclaimed.mkdir()
    command = [sys.executable, "-c", READS, str(temporary)]
    others = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    left, used = (Path(str(other.stdout and other.stdout.readline()).strip()) for other in others)
    others[0].kill()
    others[0].wait(20)
    monkeypatch.setattr(module("takes.private_folder").tempfile, "tempdir", str(temporary))
    runner = module("takes.session").open_session().captures.runner
    for _ in range(300):
        if not left.exists() and not written_again.exists():
            break
        runner.wait_for_change(0.05)
    assert sorted(temporary.iterdir()) == sorted(
        [temporary / "aimocap_private_link", temporary / "somebody_else_s", used, unclaimed]
    )
    assert (used / "clips.npz").exists()
    assert [file.name for file in documents.iterdir()] == ["letter.txt"]
    others[1].communicate()


def test_a_blender_that_quits_leaves_none(tmp_path: Path) -> None:
    command = [sys.executable, "-c", READS, str(tmp_path)]
    quits = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    assert Path(quits.stdout.strip()).parent == tmp_path
    assert not list(tmp_path.iterdir())
