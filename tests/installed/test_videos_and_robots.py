"""Other first acts with the installed zip: a video opened, in meta strips too, and a robot's motion imported."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.installed.conftest import RunInBlender
from tests.media.barcode_video import barcode_video
from tests.media.g1_files import JOINTS
from tests.media.g1_json import make_g1_json
from tests.standin import StandIn
from tests.standin.mp4_duration import mp4_duration

FPS = 25


@pytest.mark.slow
def test_a_video_in_meta_strips_is_captured_as_it_is_seen(
    extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path
) -> None:
    video = barcode_video(tmp_path, fps=FPS, frames=60, size=(160, 120))
    with StandIn("A", polls=("completed",)) as service:
        answer = run_in_blender(
            "videos_child.py",
            {"zip": str(extension_zip), "video": str(video)},
            {"AIMOCAP_SERVICE_URL": service.base_url, "AIMOCAP_API_KEY": service.api_key},
        )
        jobs, violations = service.jobs, service.violations
        charges = [charge.credits for charge in service.charges]
        clip, whole = jobs[0].upload, jobs[-1].upload
        assert clip is not None
        assert whole is not None
        clip_sec, sent = mp4_duration(clip), whole.read_bytes()
    assert answer["opened by"] == "FINISHED"
    assert answer["opened"] == [[1 + picture, picture] for picture in range(60)]

    assert "a meta strip hides it" in answer["hidden"]
    assert "Traceback" not in answer["hidden"]

    assert (answer["closed"], answer["open"], violations, len(jobs)) == ("", "", [], 2)
    assert clip_sec == pytest.approx(len(answer["outside"]) / FPS, abs=0.01)

    first, last = answer["inside"][0][1], answer["inside"][-1][1]
    assert answer["inside"] == [[1 + picture, picture] for picture in range(first, last + 1)]
    assert len(answer["inside"]) > len(answer["outside"]) > 0
    assert sent == video.read_bytes()
    assert jobs[1].trim == (pytest.approx(first / FPS), pytest.approx((last + 1) / FPS))
    assert charges == [pytest.approx(clip_sec), pytest.approx(len(answer["inside"]) / FPS)]


def test_a_robots_motion_is_imported(extension_zip: Path, run_in_blender: RunInBlender, tmp_path: Path) -> None:
    file = tmp_path / "walk.json"
    make_g1_json(file, 0.0, 2.0)
    request = {"zip": str(extension_zip), "motion": str(file), "joints": JOINTS}
    answer = run_in_blender("g1_motion_child.py", request)
    motion = json.loads(file.read_text())
    assert answer["frames"] == [1, motion["frameCount"]]
    assert np.abs(np.subtract(answer["root"], motion["root_pos"])).max() < 1e-5
    assert np.abs(np.subtract(answer["angles"], motion["dof_pos"])).max() < 1e-5
