"""Records of the captures that calls leave on disk, of other processes too, and videos that differ from each other."""

import json
import uuid
from pathlib import Path
from typing import Any

from tests.ui.acts import module


def records(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "captures").glob("*/capture.json"), key=lambda file: file.stat().st_mtime_ns)


def left_over(tmp_path: Path, video: Path, **changes: Any) -> str:
    """An unpaid capture of the video as an earlier process left it, made from a record that is there; its id."""
    capture_id = f"0000000{len(records(tmp_path))}{str(uuid.uuid4())[8:]}"
    record = json.loads(records(tmp_path)[0].read_text())
    looks = module("jobs.source_file").fingerprint(video, video.name, temporary=False)
    folder = tmp_path / "captures" / capture_id
    folder.mkdir()
    ledger = module("jobs.ledger").Ledger(folder.parent)
    capture = module("jobs.capture").Capture(
        id=capture_id,
        base_url=record["base_url"],
        source=looks,
        order=ledger.load(record["id"]).order,
        binding=record["binding"],
        **{"created_at": record["created_at"], **changes},
    )
    ledger.save(capture)
    return capture_id


def state_of(tmp_path: Path, capture_id: str) -> str:
    return str(json.loads((tmp_path / "captures" / capture_id / "capture.json").read_text())["state"])


def another(video: Path, name: str, fill: bytes = b"") -> Path:
    """Of other bytes with the same pictures, if `fill` is given alike at its first and last mebibytes."""
    file = video.with_name(name)
    size = (8 + 2 * 2**20 + 16).to_bytes(4, "big")
    file.write_bytes(video.read_bytes() + size + b"free" + bytes(2**20) + (fill * 16)[:16] + bytes(2**20))
    return file
