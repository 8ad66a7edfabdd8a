"""The demo's film. Run by `child.py`."""

from pathlib import Path
from typing import Any

from tests.demo.child import Saying, answering
from tests.media.figure.film import Film


def main(request: dict[str, Any], _: Saying) -> dict[str, Any]:
    """Render it."""
    Film().make(Path(request["video"]))
    return {}


if __name__ == "__main__":
    answering(main)
