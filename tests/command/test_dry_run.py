"""Notices before paying: by `--dry-run` instead of paying, and by `list` afterwards."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.blender_versions import in_newest
from tests.command.captures_on_disk import another, left_over, records
from tests.standin import StandIn
from tests.ui.acts import module

pytestmark = in_newest


def steps_in(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def on_disk(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns if path.is_file() else 0 for path in folder.rglob("*")}


def test_a_dry_run_pays_and_creates_nothing_and_says_what_is_paid_then(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    other = another(video, "other.mp4")
    before = on_disk(tmp_path)
    asked = ("capture", video, other, "--start", 0.4, "--end", 2, "--fps", 60, "--output", tmp_path / "deep" / "out")
    status, output, errors = call(*asked, "--dry-run", "--json")
    assert (status, errors) == (0, "")
    assert (service.requests, on_disk(tmp_path)) == ([], before)
    first, second, total = steps_in(output)
    assert [one["step"] for one in (first, second, total)] == ["price", "price", "total"]
    assert (total["credits"], total["spared"]) == (3.2, 0)
    status, output, _ = call(*asked, "--json")
    assert status == 0
    prices = [one for one in steps_in(output) if one["step"] == "price"]
    assert sorted(prices, key=lambda one: one["label"]) == sorted([first, second], key=lambda one: one["label"])
    assert [charge.credits for charge in service.charges] == [one["credits"] for one in prices]
    assert first["range"] == [0.4, 2.0]
    assert (first["bytes"], first["address"]) == (video.stat().st_size, service.base_url)
    before, asked_of = on_disk(tmp_path), len(service.requests)
    status, output, _ = call(*asked, "--dry-run", "--json")
    *spared, total = steps_in(output)
    assert status == 0
    assert [(one["step"], one["state"]) for one in spared] == [("spared", "done")] * 2
    assert (total["credits"], total["spared"]) == (0.0, 2)
    assert (len(service.requests), on_disk(tmp_path)) == (asked_of, before)


def test_the_price_is_said_before_it_is_paid(call: Any, service: StandIn, video: Path) -> None:
    status, output, _ = call("capture", video, "--end", 1.5)
    assert status == 0
    size = f"{video.stat().st_size / 1e6:.1f} MB"
    assert output.splitlines()[0] == (
        f"{video}: 0.00 to 1.50 s for default (30 fps, full body) cost 1.50 credits; "
        f"the file of {size} is sent to {service.base_url}."
    )
    status, output, _ = call("capture", video, "--end", 1.5)
    assert (status, "credits" in output) == (0, False)


def test_a_dry_run_makes_the_same_checks(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    calls = (
        ("capture", video, "--end", 99),
        ("capture", tmp_path / "missing.mp4"),
        ("capture", empty),
        ("capture", video, "--output", tmp_path / "file" / "a.fbx"),
        ("capture", video, "--character", tmp_path / "no.blend", "--output", tmp_path / "a.blend"),
    )
    for arguments in calls:
        dry, real = (call(*arguments, *more) for more in (("--dry-run",), ()))
        said = [errors.splitlines()[-1].partition(" written: ")[0] for *_, errors in (dry, real)]  # Blender prints
        assert (dry[0], real[0], said[0]) == (1, 1, said[1])
    service.polls = ["failed"]
    assert call("capture", video, "--patience", 0)[0] == 1
    dry, real = (call("capture", video, *more) for more in (("--dry-run",), ()))
    assert (dry[0], dry[2]) == (1, real[2])
    assert "--again" in dry[2]
    assert len(service.charges) == 1


def test_a_dry_run_counts_what_is_yet_to_be_paid(call: Any, service: StandIn, video: Path, tmp_path: Path) -> None:
    assert call("capture", video)[0] == 0
    unpaid = another(video, "b.mp4", b"b")
    left_over(tmp_path, unpaid)
    status, output, _ = call("capture", unpaid, "--dry-run", "--json")
    spared, total = steps_in(output)
    assert (status, spared["step"], total["credits"]) == (0, "spared", spared["credits"])
    assert len(service.charges) == 1


def test_the_list_has_captures_and_previews_with_price_range_and_options(
    call: Any,
    service: StandIn,
    video: Path,
    tmp_path: Path,
) -> None:
    assert call("capture", video, "--start", 0.4, "--end", 1.6, "--fps", 60, "--body", "upper_body")[0] == 0
    kept = module("takes.previews.kept")
    record = kept.PreviewRecord("preview-12345678-1", "Walk", "take.mp4", (0.5, 1.5), time.time() - 7200, {})
    folder = tmp_path / "captures" / kept.FOLDER / record.id
    folder.mkdir(parents=True)
    (folder / "preview.json").write_text(json.dumps(module("record_json").to_json(record)))
    asked_of = len(service.requests)
    status, output, _ = call("list")
    capture, preview = (line.split("  ") for line in output.splitlines())
    assert status == 0
    assert (capture[2], capture[-4:]) == (
        "default",
        ["0.40–1.60 s", "1.20 credits", "60 fps, upper body", "capture"],
    )
    assert (preview[0], preview[1], preview[-4:]) == ("12345678 Walk", "2 h", ["0.50–1.50 s", "free", "-", "preview"])
    capture, preview = steps_in(call("list", "--json")[1])
    seen = [[one[name] for name in ("step", "kind", "range", "credits")] for one in (capture, preview)]
    assert seen == [["capture", "capture", [0.4, 1.6], 1.2], ["preview", "preview", [0.5, 1.5], 0]]
    assert capture["options"] == {"fps": 60, "body": "upper_body"}
    (job,) = {json.loads(file.read_text())["job_id"] for file in records(tmp_path)}
    assert call("recover", job, "--output", tmp_path / "again.fbx")[0] == 0
    assert len(service.requests) == asked_of


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("AIMOCAP_API_KEY", "sk-wrong", "The service refused the API key."),
        ("AIMOCAP_KEY", "sk two words", "The API key contains invalid characters."),
        ("AIMOCAP_SERVICE_URL", "ftp://aimocap.net", "The service address is not a web address."),
    ],
)
def test_a_variable_that_is_wrong_is_named(
    name: str,
    value: str,
    says: str,
    call: Any,
    service: StandIn,
    video: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(name, value)
    status, _, errors = call("capture", video)
    assert status == 1
    assert says in errors
    assert f"Set the environment variable {name} to " in errors
    assert "preferences" not in errors
    assert service.charges == []
