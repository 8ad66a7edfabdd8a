"""Rate, length, gaps, edits and rotation in a movie file's header; and that no file can break the reading."""

import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aimocap_blender.scene.video.movie_files import movie_facts
from tests.blender_versions import in_oldest_and_newest
from tests.scene.video.mp4_boxes import (
    SAMPLES,
    changed,
    with_edits,
    with_rotation,
    with_sound,
    with_steps,
    without_samples,
)
from tests.thorough import examples

pytestmark = in_oldest_and_newest

FPS = Fraction(25)
NTSC = Fraction(30000, 1001)
Movies = Callable[[Fraction], Path]


def saved(folder: Path, data: bytes, name: str = "phone.mp4") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.slow_cases
@pytest.mark.parametrize("fps", [Fraction(24), FPS, NTSC, Fraction(60)])
def test_a_plain_movie(fps: Fraction, movies: Movies) -> None:
    facts = movie_facts(movies(fps))
    assert facts.understood
    assert facts.codec == "avc1"
    assert facts.frames == 60
    assert facts.fps == pytest.approx(float(fps), rel=1e-9)
    assert facts.duration_sec == pytest.approx(float(60 / fps), rel=1e-9)
    assert facts.first_frame_sec == 0.0
    assert facts.last_frame_sec == pytest.approx(float(59 / fps), rel=1e-9)
    assert not facts.variable_rate
    assert not facts.cut_by_edits
    assert facts.rotation_deg == 0


def test_a_real_movie(shared_data: Path) -> None:
    facts = movie_facts(shared_data / "videos" / "dancer_and_robot.mp4")
    assert (facts.frames, facts.fps, facts.variable_rate, facts.cut_by_edits) == (310, 24.0, False, False)


def test_when_the_sound_begins(movies: Movies, tmp_path: Path) -> None:
    """Encoders fill the start of a track, which an edit skips; phones begin it late, which another one says."""
    assert movie_facts(movies(FPS)).first_sound_sec is None
    for edits, later in (([(2.0, 0.04)], 0.0), ([(0.08, None), (2.0, 0.04)], 0.08)):
        facts = movie_facts(saved(tmp_path, with_sound(movies(FPS), edits)))
        assert facts.first_sound_sec == pytest.approx(later, abs=1e-3)
        assert (facts.frames, facts.first_frame_sec) == (60, 0.0)


@pytest.mark.parametrize(
    ("runs", "variable"),
    [
        ([(60, 1)], False),
        ([(20, 1), (20, 1.002), (20, 0.998)], False),  # a clock that jitters
        ([(59, 1), (1, 3)], False),  # only how long the last picture stays
        ([(30, 1), (30, 2)], True),
        ([(29, 1), (1, 3), (30, 1)], True),  # two pictures dropped
        ([(60 - n, 1 + n / 100) for n in (59,)] + [(59, 1)], True),
    ],
)
def test_a_varying_rate(*, runs: list[tuple[int, float]], variable: bool, movies: Movies, tmp_path: Path) -> None:
    facts = movie_facts(saved(tmp_path, with_steps(movies(FPS), runs)))
    assert facts.frames == 60
    assert facts.variable_rate is variable


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation(degrees: int, movies: Movies, tmp_path: Path) -> None:
    assert movie_facts(saved(tmp_path, with_rotation(movies(FPS), degrees))).rotation_deg == degrees


@pytest.mark.parametrize(
    ("edits", "first", "cut"),
    [
        ([(2.4, 0.0)], 0.0, False),
        ([(0.0, 0.0)], 0.0, False),  # zero: to the end
        ([(0.5, None), (2.4, 0.0)], 0.5, False),
        ([(2.0, 0.4)], -0.4, True),
        ([(1.0, 0.0)], 0.0, True),
        ([(1.0, 0.0), (1.4, 1.0)], 0.0, True),
        ([(1.0, 0.0), (0.5, None), (1.4, 1.0)], 0.0, True),
    ],
)
def test_edits(
    *, edits: list[tuple[float, float | None]], first: float, cut: bool, movies: Movies, tmp_path: Path
) -> None:
    facts = movie_facts(saved(tmp_path, with_edits(movies(FPS), edits)))
    assert facts.cut_by_edits is cut
    if facts.first_frame_sec >= 0:
        assert facts.first_frame_sec == pytest.approx(max(first, 0.0), abs=1e-3)


def test_pictures_that_are_stored_in_another_order(movies: Movies, tmp_path: Path) -> None:
    step = struct.unpack(">I", movies(FPS).read_bytes().split(b"stts", 1)[1][12:16])[0]
    # I P B B P B B …: shown one later than stored, except what waits for its reference
    delays = [1, *([3, 0, 0] * 19), 2, 0]
    table = struct.pack(">II", 0, 60) + b"".join(struct.pack(">II", 1, delay * step) for delay in delays)
    facts = movie_facts(saved(tmp_path, changed(movies(FPS).read_bytes(), (*SAMPLES, b"ctts"), lambda _: table)))
    assert facts.fps == pytest.approx(25.0)
    assert not facts.variable_rate
    assert facts.first_frame_sec == pytest.approx(0.04, abs=1e-6)


def test_a_file_whose_index_is_spread_over_it(movies: Movies, tmp_path: Path) -> None:
    assert not movie_facts(saved(tmp_path, without_samples(movies(FPS)))).understood


@pytest.mark.parametrize("data", [b"", b"\x00", b"RIFF" * 300, b"\x1a\x45\xdf\xa3" + bytes(3000), bytes(5000)])
def test_bytes_that_are_no_movie_are_not_understood(data: bytes, tmp_path: Path) -> None:
    assert not movie_facts(saved(tmp_path, data, "a.mkv")).understood


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        movie_facts(tmp_path / "none.mp4")


@settings(max_examples=examples(300), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_damage_never_breaks_the_reading(data: st.DataObject, movies: Movies, tmp_path: Path) -> None:
    whole = bytearray(movies(FPS).read_bytes())
    index = whole.rindex(b"moov") - 4
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(index, len(whole) - 5))
        whole[at : at + 4] = data.draw(
            st.sampled_from([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x01", b"\x80\0\0\0"])
            | st.binary(min_size=4, max_size=4)
        )
    end = data.draw(st.just(len(whole)) | st.integers(index, len(whole)))
    facts = movie_facts(saved(tmp_path, bytes(whole[:end])))
    if facts.understood:
        assert facts.frames
        assert facts.frames >= 1
        assert facts.fps
        assert facts.fps > 0
