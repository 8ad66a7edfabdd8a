"""Tables of a G1's motion come in as they are written, or not at all; and go out without loss."""

import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aimocap_blender.motion.g1.csv_files import csv_pieces, parse_g1_csv
from aimocap_blender.motion.g1.motion import G1Motion
from aimocap_blender.motion.g1.source import G1Source
from aimocap_blender.texts.faults import Fault
from tests.media.g1_files import COLUMNS, JOINTS, Written
from tests.media.g1_mjcf import random_states

ROOT = ("root_pos_x", "root_pos_y", "root_pos_z", "root_rot_x", "root_rot_y", "root_rot_z", "root_rot_w")


def written(frames: int = 3, **how: str) -> Written:
    return Written(random_states(frames, seed=3), **how)


def assert_read(source: G1Source, expected: Written) -> None:
    assert (source.root_pos == expected.pos).all()
    assert (source.root_rot == expected.rot).all()
    assert (source.angles == expected.angles).all()


@pytest.mark.parametrize("joints", ["29dof", "23dof", "23dof_without_wrists"])
@pytest.mark.parametrize("separator", [",", ";", " ", "\t", ", ", "; "])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_numbers_come_in_exactly_whatever_stands_between_them(joints: str, separator: str, end: str) -> None:
    expected = written(joints=joints)
    assert_read(parse_g1_csv(expected.csv(separator, end=end)), expected)


def test_decimal_commas_and_trailing_separators_and_comments_and_blank_lines_are_no_trouble() -> None:
    expected = written()
    plain = expected.csv(";")
    assert_read(parse_g1_csv(plain.replace(b".", b",")), expected)
    assert_read(parse_g1_csv(expected.csv().replace(b"\n", b",\n")), expected)
    assert_read(parse_g1_csv(b"\xef\xbb\xbf\n\n" + expected.csv().replace(b"\n", b"\n# said\n\n")), expected)
    assert_read(parse_g1_csv(expected.csv(header=",".join(map(str, range(36))))), expected)


def test_names_over_the_columns_say_where_they_belong() -> None:
    expected = written()
    columns = np.concatenate([expected.pos, expected.rot[:, [0, 1, 2, 3]], expected.angles], axis=1)
    names = [*ROOT, *JOINTS]
    shuffled = np.random.default_rng(1).permutation(36)
    text = ",".join(["Frame", *(names[index] for index in shuffled), "speed"]) + "\n"
    text += "\n".join(",".join([str(row), *map(repr, columns[row, shuffled].tolist()), "9"]) for row in range(3))
    source = parse_g1_csv(text.encode())
    assert source.joints is not None
    order = [source.joints.index(name) for name in JOINTS]
    assert (source.angles[:, order] == expected.angles).all()
    assert (source.root_pos == expected.pos).all()
    assert source.quaternion_order == "wxyz"
    assert (source.root_rot == expected.rot[:, [3, 0, 1, 2]]).all()
    assert source.ignored == ("the column “speed”",)


@pytest.mark.parametrize("form", ["{}", "{}_dof", '"{}"', "dof_{}", " {} (rad)"])
def test_names_are_known_in_the_forms_that_people_write(form: str) -> None:
    names = [
        "qx",
        "x",
        "qw",
        "z",
        "y",
        "qy",
        "qz",
        *(form.format(name.removesuffix("_joint")) for name in JOINTS[::-1]),
    ]
    source = parse_g1_csv((",".join(names) + "\n" + ",".join(map(str, range(36)))).encode())
    assert source.joints == JOINTS[::-1]
    assert source.root_pos.tolist() == [[1, 4, 3]]
    assert source.root_rot.tolist() == [[2, 0, 5, 6]]


def test_a_column_of_times_says_the_fps_and_one_of_frames_nothing() -> None:
    expected = written(4)
    rows = expected.csv().split(b"\n")[:-1]
    timed = b"\n".join(f"{frame / 50:.4f},".encode() + row for frame, row in enumerate(rows))
    source = parse_g1_csv(timed)
    assert source.fps == 50
    assert_read(source, expected)
    counted = b"\n".join(f"{frame},".encode() + row for frame, row in enumerate(rows))
    source = parse_g1_csv(counted)
    assert source.fps is None
    assert_read(source, expected)
    header = ",".join(["time", *ROOT, *JOINTS]).encode()
    assert parse_g1_csv(header + b"\n" + timed).fps == 50


def test_a_row_of_units_under_the_names_is_left_out() -> None:
    expected = written(4)
    header = ",".join([*ROOT, *JOINTS]).encode()
    units = ",".join([*["[m]"] * 3, *["-"] * 4, *["rad", "(deg)", "°", ""] * 7, "Radians"]).encode()
    assert (parse_g1_csv(b"\n".join([header, units, expected.csv()])).angles == expected.angles).all()
    with pytest.raises(Fault, match="line 3"):
        parse_g1_csv(b"\n".join([header, units, b"moved" + expected.csv()]))


def test_bones_seeds_angles_of_the_pelvis_are_taken_as_they_stand() -> None:
    names = ["Frame", *(f"root_translate{axis}" for axis in "XYZ"), *(f"root_rotate{axis}" for axis in "XYZ")]
    names += [f"{name}_dof" for name in JOINTS]
    source = parse_g1_csv((",".join(names) + "\n" + ",".join(map(str, range(36)))).encode())
    assert source.root_pos.tolist() == [[1, 2, 3]]
    assert source.root_rot.tolist() == [[4, 5, 6]]
    assert source.joints == JOINTS


def cell(frame: int, column: int, text: str) -> bytes:
    rows = [line.split(",") for line in written(4).csv().decode().split("\n")[:-1]]
    rows[frame][column] = text
    return "\n".join(",".join(row) for row in rows).encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (cell(2, 10, "nan"), ("Frame 2", "left_knee_joint")),
        (cell(3, 35, "inf"), ("Frame 3", "right_wrist_yaw_joint")),
        (cell(3, 35, "1e400"), ("Frame 3", "right_wrist_yaw_joint")),
        (cell(1, 7, "1e9"), ("Frame 1", "left_hip_pitch_joint")),
        (cell(1, 2, "-inf"), ("Frame 1", "number 3 of the pelvis's position")),
        (cell(1, 6, "nan"), ("Frame 1", "number 4 of the pelvis's rotation")),
        (cell(2, 10, "abc"), ("Frame 2", "line 3", "left_knee_joint", "“abc”")),
        (cell(2, 10, "1_0"), ("Frame 2", "left_knee_joint", "“1_0”")),
        (cell(2, 10, ""), ("Frame 2", "left_knee_joint", "“”")),
        (cell(2, 10, "1,2"), ("Frame 2", "line 3", "37 columns, not 36")),
        (written(3).csv() + b"1,2\n", ("Frame 3", "2 columns, not 36")),
        (b"", ("no frames",)),
        (b"\n\n", ("no frames",)),
        (b"#\n\v\n# #\n", ("no frames",)),
        (b"1,2,3\n4,5,6\n", ("3 columns", "19, 23, 27, 29 or 43")),
        (",".join(["x"] * 36).encode(), ("no frames",)),
        (",".join([*ROOT, *JOINTS, JOINTS[3]]).encode() + b"\n" + b"0," * 36 + b"0", ("left_knee_joint twice",)),
        (",".join([*ROOT[1:], *JOINTS]).encode() + b"\n" + b"0," * 34 + b"0", ("the position's x",)),
        (",".join([*ROOT[:6], *JOINTS]).encode() + b"\n" + b"0," * 34 + b"0", ("the rotation's w",)),
        (b"0," * 10**6, ("Line 1 is too long",)),
        (b"x" * 10**6, ("Line 1 is too long",)),
    ],
)
def test_each_fault_is_refused_and_placed(text: bytes, says: tuple[str, ...]) -> None:
    with pytest.raises(Fault) as fault:
        parse_g1_csv(text)
    for words in says:
        assert words in fault.value.what
    assert re.fullmatch(r".*\.", fault.value.next_step)


@example(b'"')
@given(
    st.one_of(
        st.binary(max_size=2000),
        st.text("0123456789.,;-+eE nxayw_#\n\t", max_size=2000).map(str.encode),
        st.lists(st.lists(st.floats().map(repr), min_size=30, max_size=37).map(",".join), max_size=4)
        .map("\n".join)
        .map(str.encode),
    )
)
def test_any_table_is_read_or_refused(text: bytes) -> None:
    try:
        source = parse_g1_csv(text)
    except Fault:
        return
    assert np.isfinite(source.angles).all()
    assert source.angles.shape[1] in {len(columns) for columns in COLUMNS.values()} | {43}


def test_memory_stays_in_proportion_to_the_text() -> None:
    text = b"0 " * 36 + b"\n"
    text *= 20_000
    tracemalloc.start()
    try:
        with pytest.raises(Fault, match="37 columns"):
            parse_g1_csv(text + b"0 " * 37)
        assert tracemalloc.get_traced_memory()[1] < 8 * len(text)
    finally:
        tracemalloc.stop()


@given(st.integers(1, 20), st.integers(0, 10_000), st.booleans())
def test_out_and_in_again_is_the_same(frames: int, seed: int, header: bool) -> None:
    pos, quat, dof = random_states(frames, seed)
    source = parse_g1_csv(b"".join(csv_pieces(G1Motion(30.0, pos, quat, dof), header=header)))
    assert (source.root_pos == pos).all()
    assert (source.root_rot == (quat if header else quat[:, [1, 2, 3, 0]])).all()
    assert (source.angles == dof).all()


def test_lafans_readers_find_what_they_expect() -> None:
    pos, quat, dof = random_states(5, seed=1)
    text = b"".join(csv_pieces(G1Motion(30.0, pos, quat, dof))).decode()
    table = np.loadtxt(text.splitlines(), delimiter=",")
    assert (table == np.concatenate([pos, quat[:, [1, 2, 3, 0]], dof], axis=1)).all()


def test_axes_by_number_leave_the_quaternion_s_order_open() -> None:
    expected = written()
    columns = np.concatenate([expected.angles, expected.rot, expected.pos], axis=1)
    names = [*JOINTS, *(f"root_rot_{axis}" for axis in range(4)), *(f"root_pos[{axis}]" for axis in range(3))]
    text = ",".join(names) + "\n" + "\n".join(",".join(map(repr, row)) for row in columns.tolist())
    source = parse_g1_csv(text.encode())
    assert_read(source, expected)
    assert source.quaternion_order is None


def test_columns_of_no_robot_are_named() -> None:
    with pytest.raises(Fault, match=re.escape("no robot's joints: Frame, Pelvis x, Pelvis y, ….")):
        parse_g1_csv(b"Frame;Pelvis x;Pelvis y\n0;0,1;0,2\n1;0,1;0,2\n")
