"""`make faults`: makes every known fault for real and prints what came of it, one line each.

`python -m tests.faults` needs an interpreter with bpy, as some of them are Blender's.
"""

import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tools.suites import IN_EVERY_BLENDER, run_pytest

from .carried import modules_with_faults
from .known import KNOWN
from .marks import RESULTS

LONGEST = 150


@dataclass
class Came:
    """The results of one fault: how its tests ended, and what they reported."""

    outcomes: list[str] = field(default_factory=list[str])
    seen: list[str] = field(default_factory=list[str])

    @property
    def passed(self) -> bool:
        return bool(self.seen) and "passed" in self.outcomes and "failed" not in self.outcomes

    @property
    def skipped(self) -> bool:
        """Whether it can't be made here, such as in a window without a Blender program."""
        return set(self.outcomes) == {"skipped"}


def main() -> int:
    came = {number: Came() for number in KNOWN}
    statuses: list[int] = []
    modules = modules_with_faults()
    blender = [module for module in modules if module.startswith(("tests/ui/", "tests/command/"))]
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder, "results")
        for some in ([module for module in modules if module not in blender], blender):
            run = run_pytest(
                Path(sys.executable), ["-q", "-m", "fault", *some], {RESULTS: str(results), IN_EVERY_BLENDER: "1"}
            )
            print(run.output)
            statuses.append(run.status)
        for line in results.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            for number in told["numbers"]:
                came[number].outcomes.append(told["outcome"])
                came[number].seen += [text for text in told["seen"] if text not in came[number].seen]
    for number, (fault, expected) in KNOWN.items():
        seen = "; ".join(came[number].seen) or "nothing"
        verdict = "pass" if came[number].passed else "skip" if came[number].skipped else "FAIL"
        print(f"{number:2}  {verdict}  {fault}\n          right: {expected}\n          seen:  {_short(seen)}")
    passed = sum(one.passed for one in came.values())
    tests = sum(len(one.outcomes) for one in came.values())
    print(f"\n{passed} of {len(KNOWN)} faults came out right, in {tests} tests.")
    skipped = sum(one.skipped for one in came.values())
    return int(passed + skipped < len(KNOWN) or any(statuses))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


if __name__ == "__main__":
    sys.exit(main())
