"""Enabling the add-on stays cheap, and a Python without `requests` gets words, not a traceback."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

CHEAP = """
import sys
sys.modules["bpy"] = None
sys.modules["aimocap_blender"] = type(sys)("aimocap_blender")
sys.modules["aimocap_blender"].__path__ = ["aimocap_blender"]
import aimocap_blender.jobs.runner, aimocap_blender.service.contract, aimocap_blender.service.faults
print(sorted({"requests", "urllib3", "numpy"} & set(sys.modules)))
"""
WITHOUT = """
import sys
sys.modules["requests"] = None
sys.modules["aimocap_blender"] = type(sys)("aimocap_blender")
sys.modules["aimocap_blender"].__path__ = ["aimocap_blender"]
from aimocap_blender.service.faults import ServiceFault
for _ in range(2):
    try:
        import aimocap_blender.service.client
    except ServiceFault as fault:
        print(fault.kind, "|", fault.what)
"""


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_captures_list_needs_no_requests() -> None:
    assert run(CHEAP) == "[]\n"


def test_without_requests_it_is_said() -> None:
    reported = run(WITHOUT).splitlines()
    assert len(reported) == 2
    assert all(line.startswith("no_requests | ") and "'requests'" in line for line in reported)
