"""Records, chosen videos and motion files that are pipes or devices: refused at once, instead of waited for."""

from pathlib import Path

import pytest

from aimocap_blender.jobs.ledger import RECORD
from aimocap_blender.jobs.source_file import sha256_of
from aimocap_blender.motion.g1.files import read_g1_file
from aimocap_blender.plain_files import open_plain, read_plain
from aimocap_blender.scene.video.movie_files import movie_facts
from aimocap_blender.texts.faults import Fault
from aimocap_blender.ui.setup import preferences
from tests.jobs.desk import Desk
from tests.special_files import KINDS, special_file
from tests.standin import StandIn

from .conftest import Ended

pytestmark = pytest.mark.fault(88)


@pytest.mark.parametrize("kind", KINDS)
def test_no_reader_opens_a_special_file(kind: str, tmp_path: Path) -> None:
    path = special_file(kind, tmp_path / "chosen")
    for read in (open_plain, read_plain, sha256_of, movie_facts):
        with pytest.raises(OSError):  # noqa: PT011 -- a folder is refused in the system's own words
            read(path)
    assert preferences.read(path) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_file_by_a_link_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"plain")
    (tmp_path / "link").symlink_to("file")
    assert read_plain(tmp_path / "link") == b"plain"
    special_file(kind, tmp_path / "special")
    (tmp_path / "other").symlink_to("special")
    with pytest.raises(OSError):  # noqa: PT011 -- a folder is refused in the system's own words
        read_plain(tmp_path / "other")


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_another_capture_s_record(kind: str, desk: Desk, folder: Path, video: Path, ended: Ended) -> None:
    (folder / "11111111-1111-4111-8111-111111111111").mkdir(parents=True)
    special_file(kind, folder / "11111111-1111-4111-8111-111111111111" / RECORD)
    assert ended(desk, desk.begin(video)) == "done"
    assert len(desk.runner.captures()) == 1


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_chosen_video(kind: str, standin: StandIn, desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="video file can't be read"):
        desk.begin(special_file(kind, tmp_path / "walk.mp4"))
    assert standin.requests == []


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_a_video_that_became_one(
    kind: str, standin: StandIn, desk: Desk, tmp_path: Path, video: Path, ended: Ended
) -> None:
    held = standin.faults.add(step="job", hold="before")
    capture_id = desk.begin(video)
    assert held.reached.wait(20)
    special_file(kind, tmp_path / "special").rename(video)
    held.release()
    assert ended(desk, capture_id) == "blocked"
    assert "upload" not in standin.steps()


@pytest.mark.parametrize("kind", ["pipe", "device", "socket"])
@pytest.mark.parametrize("suffix", [".json", ".csv", ".npz", ".pkl"])
def test_a_robot_s_motion(kind: str, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(Fault, match="can't be read"):
        read_g1_file(special_file(kind, tmp_path / f"walk{suffix}"))
