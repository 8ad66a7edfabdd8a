"""A file system of a few kilobytes, in memory, that can be made larger, full or read-only; needs root and Linux."""

import subprocess
from pathlib import Path
from typing import Self

import pytest


class SmallDisk:
    """Mounted at a folder while in the context; the test is skipped where that is not allowed."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self._size = size

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True)
        options = ["-t", "tmpfs", "-o", f"size={self._size}", "tmpfs"]
        try:
            done = subprocess.run(["mount", *options, str(self.folder)], capture_output=True, check=False)
        except OSError:
            pytest.skip("no mount here")
        if done.returncode:
            pytest.skip("this user may not mount a small disk")
        return self

    def __exit__(self, *exception: object) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def change(self, options: str) -> None:
        """Mount it anew: `size=10m`, `ro`, `rw`."""
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.folder)], check=True)

    def fill(self) -> Path:
        """Leave no byte free; the file that takes them all."""
        hog = self.folder / "hog"
        with hog.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return hog
        raise AssertionError("endless")
