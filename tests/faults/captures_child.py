"""Begins captures until there are so many, follows all of them to where nothing more happens by itself; to be killed.

`python -m tests.faults.captures_child FOLDER BASE_URL KEY VIDEO COUNT`
"""

import sys
from pathlib import Path

from tests.jobs.desk import Desk


def main(folder: str, base_url: str, key: str, video: str, count: str) -> None:
    with Desk(Path(folder), base_url, key) as desk:
        for _ in range(int(count) - len(desk.runner.captures())):
            desk.begin(Path(video))
        desk.until(lambda: not any(view.followed for view in desk.runner.captures()))


if __name__ == "__main__":
    main(*sys.argv[1:])
