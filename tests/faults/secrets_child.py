"""Captures one video after the other, all that any library logs going to a file; tells each state. For a sandbox.

`python -m tests.faults.secrets_child FOLDER BASE_URL KEY VIDEO`: a line on stdin begins a capture.
"""

import logging
import os
import sys
from pathlib import Path

from tests.jobs.desk import Desk


def main(folder: str, base_url: str, key: str, video: str) -> None:
    logging.basicConfig(level=logging.DEBUG, filename=Path(os.environ["HOME"], "debug.log"), force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("urllib3.connectionpool").debug("this logger is on")
    with Desk(Path(folder), base_url, key) as desk:
        for line in sys.stdin:
            capture_id = desk.begin(Path(video), title=line.strip())
            view = desk.to_the_end(capture_id)
            print(capture_id, view.state, flush=True)
            logging.getLogger(__name__).info("%r", view)


if __name__ == "__main__":
    main(*sys.argv[1:])
