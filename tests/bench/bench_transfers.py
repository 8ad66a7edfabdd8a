"""How fast 2 GiB go up and down over loopback beside curl, and how much memory that takes.

`python -m tests.bench.bench_transfers [MEBIBYTES]`
"""

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aimocap_blender.service.client import Service

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20
ROUNDS = 3
LEAST_RATIO = 0.8
MOST_MEMORY_MIB = 16
"""By which the peak may rise in a transfer of any size."""
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 -- so that no disk's speed is measured


def main() -> int:
    mebibytes = int(sys.argv[1]) if sys.argv[1:] else 2048
    size = mebibytes * MIB
    if shutil.which("curl") is None:
        print("curl is not installed: what the add-on does is measured, and compared with nothing")
    in_memory = MEMORY_DISK.is_dir() and shutil.disk_usage(MEMORY_DISK).free > 2 * size
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if in_memory else None) as name:
        source, fetched = Path(name, "source.mp4"), Path(name, "fetched.fbx")
        with source.open("wb") as file:
            file.truncate(size)  # sparse: takes no room
        command = [sys.executable, "-m", "tests.bench.transfer_server", str(source)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin is not None
            assert server.stdout is not None
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
            good = _measure(url, source, fetched, size)
            server.stdin.close()
    return 0 if good else 1


def _measure(url: str, source: Path, fetched: Path, size: int) -> bool:
    service = Service(url, "sk-bench")

    def upload() -> None:
        service.storage.upload(f"{url}/put", source, size, lambda _done, _total: None)

    def download() -> None:
        service.storage.download(f"{url}/get", fetched, size, lambda _done, _total: None)
        assert fetched.stat().st_size == size

    quiet = ["curl", "--silent", "--show-error", "--fail"]
    curl_up = [*quiet, "--header", "Expect:", "--upload-file", str(source), f"{url}/put"]
    curl_down = [*quiet, "--output", str(fetched), f"{url}/get"]
    before = _peak_mib()
    print(f"{size // MIB} MiB each way over loopback, the best of {ROUNDS}")
    good = True
    for way, ours, curls in (("up", upload, curl_up), ("down", download, curl_down)):
        own, others = _best_of_both(ours, curls, fetched)
        line = f"  {way:5} {size / own / MIB:7.0f} MiB/s"
        if others is not None:
            line += f"   curl {size / others / MIB:7.0f} MiB/s   ratio {others / own:.2f}"
            good &= others / own >= LEAST_RATIO
        print(line)
    rise = _peak_mib() - before
    print(f"  peak of memory {_peak_mib():.0f} MiB, {rise:.1f} MiB more than before the first byte")
    return good and rise <= MOST_MEMORY_MIB


def _best_of_both(ours: Callable[[], None], curls: list[str], fetched: Path) -> tuple[float, float | None]:
    """Seconds of the add-on and of curl, in turns, as the machine may have other work meanwhile."""
    own, others = list[float](), list[float]()
    for _ in range(ROUNDS):
        fetched.unlink(missing_ok=True)
        own.append(_seconds(ours))
        if shutil.which("curl") is not None:
            fetched.unlink(missing_ok=True)
            others.append(_seconds(lambda: subprocess.run(curls, check=True)))
    return min(own), min(others, default=None)


def _seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
