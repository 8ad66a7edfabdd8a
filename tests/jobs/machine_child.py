"""Follow the captures of a folder as a process of another machine, and say what is shown of them; to be killed.

`python -m tests.jobs.machine_child MACHINE FOLDER BASE_URL KEY VIDEO COUNT SILENT_SEC SETTLE_SEC`, the machine as
JSON. Begins captures until there are so many. Each line of its input is the id of a capture that its user has taken
over.
"""

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from aimocap_blender.texts.faults import Fault

from .desk import QUICK, Desk
from .machines import Machine, pretend


def main(machine: str, folder: str, base_url: str, key: str, video: str, count: str, *seconds: str) -> None:
    pretend(Machine(**json.loads(machine)), pytest.MonkeyPatch())
    silent_sec, settle_sec = map(float, seconds)
    timing = replace(QUICK, lease_silent_sec=silent_sec, lease_settle_sec=settle_sec)
    with Desk(Path(folder), base_url, key, timing, start=False) as desk:
        # a request that the stand-in holds is not given up while another process starts on a busy machine
        desk.timeouts = replace(desk.timeouts, answer=600, whole=600, stall=600)
        desk.runner.start()
        for _ in range(int(count) - len(desk.runner.captures())):
            desk.begin(Path(video))
        threading.Thread(target=listen, args=(desk,), daemon=True).start()
        shown: dict[str, str] = {}
        while not shown or any(view.state != "done" for view in desk.runner.captures()):
            for view in desk.runner.captures():
                if shown.get(view.id) != view.what:
                    shown[view.id] = str(view.what)
                    print(view.id, view.what, flush=True)
            desk.runner.wait_for_change(0.1)
        print("all are done", flush=True)


def listen(desk: Desk) -> None:
    for line in sys.stdin:
        try:
            desk.runner.take_over(line.strip())
        except Fault as fault:
            print(fault, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
