"""The zip of this checkout, which a whole run builds once."""

import os
from pathlib import Path

from tools.build_zip import ROOT, build_zip
from tools.suites import BUILT_ZIP


def built_zip(folder: Path) -> Path:
    """The run's, or one built into `folder` where a test runs by itself."""
    return Path(os.environ[BUILT_ZIP]) if BUILT_ZIP in os.environ else build_zip(ROOT, folder)
