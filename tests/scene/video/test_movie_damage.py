"""Movies that were cut off or overwritten: what is said to be lost is what Blender can't decode."""

import random
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.scene.video.movie_files import movie_facts
from aimocap_blender.scene.video.movie_lengths import require_decodable
from aimocap_blender.texts.faults import Fault
from tests.blender_versions import in_oldest_and_newest
from tests.faults.marks import Seen
from tests.media.barcode import NoBarcode, read_barcode
from tests.media.barcode_video import MOVIES, barcode_video, encode
from tests.media.rendered_frames import rendered_frames
from tests.scene.video.mp4_boxes import content, cut_off, index_first
from tests.thorough import examples

FPS, FRAMES, SIZE = Fraction(25), 310, (160, 120)
FRACTION = 0.1
Spoil = Callable[[bytes, int], bytes]


def zeros(data: bytes, at: int) -> bytes:
    return data[:at] + bytes(len(data) - at)


def noise(data: bytes, at: int) -> bytes:
    return data[:at] + random.Random(1).randbytes(len(data) - at)  # noqa: S311 -- no secret


def cut(data: bytes, at: int) -> bytes:
    return data[:at]


@pytest.fixture(scope="session")
def movie() -> Path:
    return barcode_video(MOVIES, FPS, FRAMES, SIZE)


@pytest.fixture(scope="session")
def matroska(movie: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("matroska") / "take.mkv"
    encode(movie, file, FPS, FRAMES, SIZE, (sys.executable,))
    return file


def spoiled(kind: str, spoil: Spoil, movie: Path, matroska: Path, folder: Path) -> Path:
    """A file of which about a tenth is left."""
    data = index_first(movie) if kind == "mp4" else matroska.read_bytes()
    begin = len(data) - len(content(data, (b"mdat",))) if kind == "mp4" else 0
    file = folder / f"take.{kind}"
    file.write_bytes(spoil(data, begin + round((len(data) - begin) * FRACTION)))
    return file


def decoded(file: Path, frames: range, folder: Path) -> list[int]:
    """Which of the frames Blender shows as they are."""
    found = []
    for frame, picture in zip(frames, rendered_frames(file, frames, SIZE, folder), strict=True):
        try:
            found += [frame] if read_barcode(picture) == frame else []
        except NoBarcode:
            continue
    return found


@pytest.mark.long
@pytest.mark.fault(92)
@in_oldest_and_newest
@pytest.mark.parametrize("spoil", [cut, zeros, noise])
@pytest.mark.parametrize("kind", ["mp4", "mkv"])
def test_lost_span_is_the_one_that_blender_can_t_decode(
    kind: str, spoil: Spoil, movie: Path, matroska: Path, tmp_path: Path, seen: Seen
) -> None:
    file = spoiled(kind, spoil, movie, matroska, tmp_path)
    ((first, last),) = movie_facts(file).lost
    assert last == pytest.approx(FRAMES / FPS, abs=0.05)
    frames = decoded(file, range(FRAMES // 5), tmp_path)
    assert frames == [*range(frames[-1] + 1)]
    assert frames[-1] + 1 == pytest.approx(first * FPS, abs=1.01)
    seen(f"{kind}, {spoil.__name__}: {frames[-1] + 1} of {FRAMES} frames decode, {first:.2f} s are said to")


@in_oldest_and_newest
def test_damage_in_the_middle_reaches_to_the_next_complete_frame(movie: Path, tmp_path: Path) -> None:
    whole = index_first(movie)
    begin, length = whole.index(b"mdat") + 4, len(content(whole, (b"mdat",)))
    some = slice(begin + length * 3 // 10, begin + length * 4 // 10)
    file = tmp_path / "take.mp4"
    file.write_bytes(whole[: some.start] + bytes(some.stop - some.start) + whole[some.stop :])
    ((first, last),) = movie_facts(file).lost
    frames = range(round(first * FPS) - 4, round(last * FPS) + 4)
    shown = decoded(file, frames, tmp_path)
    assert set(shown) >= {*range(frames.start, frames.start + 3), *range(frames.stop - 4, frames.stop)}
    assert len(shown) <= 10


def test_nothing_is_lost_of_whole_movies(movie: Path, matroska: Path, shared_data: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved.mp4"
    moved.write_bytes(index_first(movie))
    for file in (movie, moved, matroska, shared_data / "videos" / "dancer_and_robot.mp4"):
        assert movie_facts(file).lost == ()


def test_a_last_frame_that_is_incomplete_hinders_nothing(movie: Path, tmp_path: Path) -> None:
    file = tmp_path / "take.mp4"
    file.write_bytes(index_first(movie)[:-1])
    ((first, last),) = lost = movie_facts(file).lost
    assert last - first == pytest.approx(1 / FPS)
    require_decodable("take.mp4", lost, (0.0, last), float(FPS))
    with pytest.raises(Fault):
        require_decodable("take.mp4", ((first - 0.5, last),), (0.0, last), float(FPS))


def test_a_real_movie_that_was_not_downloaded_whole(shared_data: Path, tmp_path: Path) -> None:
    file = tmp_path / "dancer.mp4"
    file.write_bytes(cut_off(shared_data / "videos" / "dancer_and_robot.mp4", FRACTION))
    ((first, last),) = movie_facts(file).lost
    assert 0.5 < first < 3.0
    assert last == pytest.approx(310 / 24)


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_matroska_file_breaks_the_reading(data: st.DataObject, matroska: Path, tmp_path: Path) -> None:
    whole = bytearray(matroska.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 2000) | st.integers(0, len(whole) - 9))
        whole[at : at + 8] = data.draw(st.sampled_from([bytes(8), b"\xff" * 8, b"\x01" * 8]) | st.binary(max_size=8))
    file = tmp_path / "take.mkv"
    file.write_bytes(whole[: data.draw(st.just(len(whole)) | st.integers(0, len(whole)))])
    for first, last in movie_facts(file).lost:
        assert first <= last
