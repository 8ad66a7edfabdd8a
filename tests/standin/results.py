"""Where a job's result comes from: files named at the start, or a Python that makes the job's own range."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
G1_JOINTS = 29
STAND_HEIGHT = 0.79  # metres, of the G1's pelvis
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}  # beneath numpy: several are made at the same time


class ResultFailed(Exception):  # noqa: N818 - what it is, not that it is an error
    """A result could not be made."""


@dataclass(frozen=True)
class ResultOrder:
    """A result to deliver."""

    job_id: str
    target: str  # 'default', 'unitree_g1' or 'avatar:{id}'
    start: float  # seconds in the source video
    end: float
    fps: int
    folder: Path  # for what is made


@dataclass
class Results:
    """The files that are served. A missing one is made by `make_with`, or else is a tiny placeholder."""

    fbx: Path | None = None
    motion_json: Path | None = None
    avatars: Mapping[str, Path] = field(default_factory=dict[str, Path])  # by ID: .fbx, or .blend with its armature
    make_with: Path | None = None  # a Python with numpy; with bpy, too, for avatars
    step_sec: float = 0.5  # of the performance that is made
    step_length: float | None = None  # metres; None: the usual
    radius: float | None = None  # of its circle, metres; None: the usual

    def file_for(self, order: ResultOrder) -> Path:
        """The file of a job's target. May take seconds where it is made. Raises ResultFailed."""
        if order.target == "unitree_g1":
            return self.motion_json or self._robot_motion(order)
        avatar = self.avatars.get(order.target.removeprefix("avatar:")) if order.target != "default" else None
        if avatar and avatar.suffix.lower() == ".fbx":
            return avatar
        if avatar and self.make_with:
            more = ("--step-sec", repr(self.step_sec), "--blend", str(avatar))
            return self._made(order, "media.avatar_fbx", ".fbx", *more)
        if self.fbx:
            return self.fbx
        return self._performed(order, "metahuman_fbx", ".fbx") if self.make_with else _empty_fbx(order)

    def _robot_motion(self, order: ResultOrder) -> Path:
        return self._performed(order, "g1_json", ".json") if self.make_with else _standing_still(order)

    def _performed(self, order: ResultOrder, maker: str, suffix: str) -> Path:
        more = ["--step-sec", repr(self.step_sec)]
        for name, value in (("--step-length", self.step_length), ("--radius", self.radius)):
            more += [] if value is None else [name, repr(value)]
        return self._made(order, f"media.{maker}", suffix, *more)

    def _made(self, order: ResultOrder, maker: str, suffix: str, *more: str) -> Path:
        file = order.folder / f"{order.job_id}{suffix}"
        if file.exists():
            return file
        command = [str(self.make_with), "-m", f"tests.{maker}", str(file)]
        command += ["--start", repr(order.start), "--end", repr(order.end), "--fps", str(order.fps)]
        command += more
        environment = {**os.environ, **ONE_THREAD}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode or not file.exists():
            raise ResultFailed((done.stderr.strip() or done.stdout.strip() or "no file was made").splitlines()[-1])
        return file


def _standing_still(order: ResultOrder) -> Path:
    """A valid G1 motion of the range's length in which nothing moves."""
    frames = max(1, round((order.end - order.start) * order.fps))
    motion = {
        "version": 1,
        "robotType": "unitree_g1",
        "fps": order.fps,
        "frameCount": frames,
        "root_pos": [[0.0, 0.0, STAND_HEIGHT]] * frames,
        "root_rot_xyzw": [[0.0, 0.0, 0.0, 1.0]] * frames,
        "dof_pos": [[0.0] * G1_JOINTS] * frames,
    }
    file = order.folder / f"{order.job_id}.json"
    file.write_text(json.dumps(motion), encoding="utf-8")
    return file


def _empty_fbx(order: ResultOrder) -> Path:
    """A binary FBX 7.4 header with no nodes: enough for who only looks at the magic."""
    file = order.folder / f"{order.job_id}.fbx"
    file.write_bytes(b"Kaydara FBX Binary  \x00\x1a\x00" + (7400).to_bytes(4, "little") + bytes(13))
    return file
