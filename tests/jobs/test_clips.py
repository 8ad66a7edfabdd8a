"""Clips left by a killed Blender go at the next start; those that a capture or a Blender needs stay."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.jobs.capture import Source, State
from aimocap_blender.jobs.ledger import Ledger
from aimocap_blender.jobs.own_folders import Clips
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.jobs.trash import Trash
from tests.jobs.example_captures import EXAMPLE

from .desk import Desk

ROOT = Path(__file__).resolve().parents[2]
RENDERS = (
    "import sys, time; from pathlib import Path; from aimocap_blender.jobs.own_folders import Clips\n"
    "folder, lock = Clips(Path(sys.argv[1])).new('mine'); (folder / 'scene.blend').touch()\n"
    "print(lock is not None, flush=True); sys.stdin.read()"
)


def old(file: Path, content: bytes = b"clip") -> Path:
    file.write_bytes(content)
    yesterday = time.time() - 86400
    os.utime(file, (yesterday, yesterday))
    return file


@pytest.mark.fault(76)
def test_clips_that_a_killed_blender_left_go_at_the_next_start(folder: Path) -> None:
    command = [sys.executable, "-c", RENDERS, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        clips = Clips(folder)
        clips.sweep(list)
        assert (clips.folder / "clip-mine" / "scene.blend").exists()
        other.kill()
        other.wait(20)
    rendered, needed = old(clips.folder / "clip-left.mp4"), old(clips.folder / "clip-needed.mp4")
    forgotten, fresh = old(clips.folder / "clip-forgotten.mp4"), clips.folder / "clip-fresh.mp4"
    foreign = old(clips.folder / "holiday.mp4")
    fresh.touch()
    ledger = Ledger(folder)
    for number, file in enumerate((needed, forgotten)):
        source = Source(str(file), "clip.mp4", 4, 1, "", temporary=True)
        ledger.save(replace(EXAMPLE, id=str(number), state=State.BLOCKED, source=source))
    Trash(ledger, Timing()).put("1", None)
    swept: list[str] = []
    with Desk(folder, "http://localhost:9", "sk-key", leftovers=lambda: swept.append("elsewhere")) as desk:
        assert desk.until(lambda: swept == ["elsewhere"])
    assert not rendered.exists()
    assert sorted(clips.folder.iterdir()) == sorted([needed, forgotten, fresh, foreign])


def test_without_all_records_no_clip_goes(folder: Path) -> None:
    clips = Clips(folder)
    clips.folder.mkdir(parents=True)
    left = old(clips.folder / "clip-left.mp4")
    clips.sweep(lambda: None)
    assert left.exists()


def test_a_link_among_the_clips_is_not_followed(folder: Path, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "letter.txt").touch()
    clips = Clips(folder)
    clips.folder.mkdir(parents=True)
    (clips.folder / "clip-link").symlink_to(documents, target_is_directory=True)
    clips.sweep(list)
    assert [file.name for file in documents.iterdir()] == ["letter.txt"]


@pytest.mark.fault(88)
def test_a_clips_folder_that_is_a_link_is_left_alone(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "videos"
    (elsewhere / "clip-holiday").mkdir(parents=True)
    mine = old(elsewhere / "clip-mine.mp4")
    folder.mkdir()
    clips = Clips(folder)
    clips.folder.symlink_to(elsewhere)
    with pytest.raises(OSError, match="directory"):
        clips.new("fresh")
    clips.sweep(list)
    clips.discard(Source(str(clips.folder / mine.name), "clip.mp4", 4, 1, "", temporary=True))
    clips.discard(Source(str(mine), "clip.mp4", 4, 1, "", temporary=True))
    assert {file.name for file in elsewhere.iterdir()} == {"clip-holiday", "clip-mine.mp4"}
