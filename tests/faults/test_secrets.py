"""Every byte that a process leaves, after captures that went well and ill: no key, no signature of a presigned link.

A record may hold the link of the upload, for its owner alone, for as long as the video may still have to be uploaded,
and the links of the results while they are fetched; both are gone at the next step.
"""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from aimocap_blender.jobs.ledger import Ledger
from tests.jobs.desk import Desk
from tests.standin import Results, StandIn

from .marks import Seen

ROOT = Path(__file__).resolve().parents[2]
LEAK = "X-Signature=5ecr3tsignature"


@pytest.fixture
def signatures(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Those of all links that the stand-in hands out."""
    from tests.standin.links import Links

    signed: set[str] = {LEAK.partition("=")[2]}
    honest = Links.signature

    def remember(self: Links, *parts: str) -> str:
        signature = honest(self, *parts)
        signed.add(signature)
        return signature

    monkeypatch.setattr(Links, "signature", remember)
    return signed


def ill(key: str) -> list[tuple[str, dict[str, object]]]:
    """Faults whose words often contain a secret."""
    echo = f"{key} (Bearer {key}) may not open https://s3.example/a?{LEAK}"
    job = {"job": {"status": "processing", "message": echo}, "events": [echo, {"message": echo}]}
    return [
        ("create", {"reset": True}),
        ("create", {"status": 400, "code": "odd", "message": echo}),
        ("create", {"status": 401, "message": echo}),
        ("create", {"status": 302, "headers": {"Location": f"https://elsewhere.example/?{LEAK}"}}),
        ("create", {"merge": {"uploadUrl": f"file:///tmp/x?{LEAK}"}}),
        ("upload", {"status": 403}),
        ("upload", {"status": 400, "code": echo}),
        ("upload", {"status": 303, "headers": {"Location": f"https://elsewhere.example/?{LEAK}"}}),
        ("upload", {"reset": True, "after_bytes": 1000}),
        ("complete_upload", {"acts": True, "close": True}),
        ("complete_upload", {"acts": False, "status": 503, "message": echo}),
        ("complete_upload", {"acts": False, "status": 422, "message": echo}),
        ("job", {"merge": job, "skip": 1}),
        ("job", {"merge": {"job": {"status": f"working for {echo}"}}, "skip": 1}),
        (
            "job",
            {
                "merge": {"job": {"status": "failed", "error": {"code": "odd", "message": echo}}},
                "skip": 1,
                "times": None,
            },
        ),
        ("result", {"body": json.dumps({"fbxUrl": f"https://s3.example/a?{LEAK}", "status": 5})}),
        ("result", {"merge": {"fbxUrl": f"https://8.8.8.8/a?{LEAK}"}, "times": None}),
        ("download", {"status": 403}),
        ("download", {"acts": True, "after_bytes": 50_000, "reset": True}),
        ("download", {"body": b"not a motion", "times": None}),
    ]


def encodings(secret: str) -> set[bytes]:
    return {secret.encode(), quote(secret, safe="").encode(), base64.b64encode(secret.encode()).rstrip(b"=")}


@pytest.mark.slow
def test_nothing_that_is_written_holds_a_secret(
    tmp_path: Path, motion: Path, video: Path, signatures: set[str], told: Seen
) -> None:
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    folder = home / "captures"
    places = ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")
    variables = {**os.environ, **dict.fromkeys(places, str(home)), "TMPDIR": str(home / "tmp"), "PYTHONPATH": str(ROOT)}
    states: list[str] = []
    with StandIn(results=Results(fbx=motion)) as standin, (home / "stderr").open("wb") as errors:
        command = [sys.executable, "-m", "tests.faults.secrets_child", str(folder)]
        command += [standin.base_url, standin.api_key, str(video)]
        with subprocess.Popen(
            command, cwd=ROOT, env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            for step, fault in [("create", {"times": 0}), *ill(standin.api_key)]:
                standin.faults.add(step=step, **fault)
                child.stdin.write(f"{step}\n")
                child.stdin.flush()
                line = child.stdout.readline()
                assert line, (home / "stderr").read_text()
                states.append(line.split()[1])
                standin.faults.clear()
            child.stdin.close()
        secrets = set[bytes]().union(*(encodings(secret) for secret in {standin.api_key, *signatures}))
    assert {"done", "blocked", "rejected", "failed", "unconfirmed"} <= set(states)
    assert "this logger is on" in (home / "debug.log").read_text()
    total = allowed = 0
    ledger = Ledger(folder)
    for file in (file for file in home.rglob("*") if file.is_file()):
        content = file.read_bytes()
        total += len(content)
        found = [secret for secret in secrets if secret in content]
        capture = ledger.load(file.parent.name) if file.name == "capture.json" else None
        if found and capture is not None and capture.needs_source:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            content = content.replace(json.dumps(capture.upload_url).encode(), b"")
            found = [secret for secret in secrets if secret in content]
            allowed += 1
        assert not found, f"{file.relative_to(home)}: {found}"
    kinds = ", ".join(sorted(set(states)))
    told(f"{len(states)} captures ({kinds}), {total} bytes searched for {len(secrets)} secrets")
    told(f"{allowed} records hold the link of an upload that may still come, nothing else holds any")


def test_a_record_holds_links_only_while_they_are_needed(
    standin: StandIn, desk: Desk, folder: Path, video: Path, signatures: set[str]
) -> None:
    held = {
        step: standin.faults.add(step=step, hold="before", skip=skip)
        for step, skip in (("upload", 0), ("complete_upload", 0), ("result", 0), ("download", 0))
    }
    capture_id = desk.begin(video)
    record = folder / capture_id / "capture.json"
    with_links: list[str] = []
    for step, fault in held.items():
        assert fault.reached.wait(20)
        assert stat.S_IMODE(record.stat().st_mode) == 0o600
        if any(signature in record.read_text(encoding="ascii") for signature in signatures):
            with_links.append(step)
        fault.release()
    assert with_links == ["upload", "download"]
    assert desk.to_the_end(capture_id).state == "done"
    assert desk.until(lambda: not any(signature in record.read_text(encoding="ascii") for signature in signatures))
