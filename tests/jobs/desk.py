"""A user at a desk: captures against the stand-in, with waits in milliseconds. Also run as a process of its own."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from aimocap_blender.jobs.capture import CaptureRequest
from aimocap_blender.jobs.runner import CaptureView, Runner
from aimocap_blender.jobs.timing import Timing
from aimocap_blender.service.client import Service
from aimocap_blender.service.interruption import Timeouts
from tests.standin import StandIn

ROOT = Path(__file__).resolve().parents[2]
QUICK = Timing(
    first_poll_sec=0.005,
    longest_poll_sec=0.01,
    first_retry_sec=0.005,
    longest_retry_sec=0.02,
    busy_sec=0.01,
    settle_sec=0.05,
    draft_patience_sec=0.2,
    delivery_patience_sec=0.05,
    end_patience_sec=0.1,
    garbled_patience_sec=0.06,
    look_around_sec=0.05,
    lease_settle_sec=0.2,
    offline_sec=0.01,
)
PATIENCE_SEC = 30.0
FBX_START = b"Kaydara FBX Binary  \x00"


def check_file(kind: str, path: Path) -> None:
    """Verify a file for the runner."""
    if kind == "fbx":
        assert path.read_bytes().startswith(FBX_START), "no FBX"
    else:
        assert json.loads(path.read_text(encoding="utf-8"))["robotType"] == "unitree_g1"


def big(tmp_path: Path) -> Path:
    """More than all buffers between two sockets hold."""
    file = tmp_path / "big.mov"
    file.write_bytes(bytes(48 * 2**20))
    return file


class Desk:
    """One process's runner, and what its user can switch."""

    def __init__(
        self,
        folder: Path,
        base_url: str,
        key: str,
        timing: Timing = QUICK,
        *,
        start: bool = True,
        leftovers: Callable[[], None] = lambda: None,
        witness: Path | None = None,
    ) -> None:
        self.base_url = base_url
        self.key = key
        self.online = True
        self.verify: Callable[[str, Path], None] = check_file
        self.timeouts = Timeouts(connect=5, send=5, answer=5, whole=10, stall=5)
        self.runner = Runner(
            folder,
            connect=lambda base_url: Service(base_url, self.key, self.timeouts),
            default_base_url=lambda: self.base_url,
            may_go_online=lambda: self.online,
            verify=self._verify,
            timing=timing,
            leftovers=leftovers,
            witness=witness,
        )
        if start:
            self.runner.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.runner.close()

    def _verify(self, kind: str, path: Path) -> None:
        self.verify(kind, path)

    def request(self, video: Path, **changes: Any) -> CaptureRequest:
        request = CaptureRequest(
            source=video,
            source_name=video.name,
            duration_sec=10.0,
            trim_start_sec=1.5,
            trim_end_sec=4.0,
            target_ids=("default",),
            title="Walk",
            export_fps=None,
            mocap_type=None,
            binding={"armature": "Hero", "frames": [1, 2.5]},
            temporary_source=False,
        )
        return replace(request, **changes)

    def begin(self, video: Path, **changes: Any) -> str:
        return self.runner.begin(self.request(video, **changes))

    def view(self, capture_id: str) -> CaptureView:
        return next(view for view in self.runner.captures() if view.id == capture_id)

    def wait(self, capture_id: str, holds: Callable[[CaptureView], bool]) -> CaptureView:
        """Wait until the capture's view is as wished."""
        for _ in range(int(PATIENCE_SEC / 0.1)):
            view = self.view(capture_id)
            if holds(view):
                return view
            self.runner.wait_for_change(0.1)
        raise AssertionError(f"never came true: {self.view(capture_id)}")

    def until(self, holds: Callable[[], bool]) -> bool:
        """Wait until something is so, asked again whenever a view changes."""
        return any(holds() or (self.runner.wait_for_change(0.1) and False) for _ in range(int(PATIENCE_SEC / 0.1)))

    def to_the_end(self, capture_id: str) -> CaptureView:
        """Wait until nothing more happens by itself."""
        return self.wait(capture_id, lambda view: not view.followed)


def run_desk(folder: Path, standin: StandIn, video: Path, *targets: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.jobs.desk", str(folder), standin.base_url, standin.api_key, str(video)]
    return subprocess.Popen([*command, *targets], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def main(folder: str, base_url: str, key: str, video: str, *targets: str) -> None:
    """Begin a capture if there is none, follow all, tell each state; for tests that kill this process."""
    with Desk(Path(folder), base_url, key) as desk:
        views = desk.runner.captures()
        capture_id = views[0].id if views else desk.begin(Path(video), target_ids=targets or ("default",))
        sys.stdout.write(capture_id + "\n")
        sys.stdout.flush()
        sys.stdout.write(desk.to_the_end(capture_id).state + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
