"""Motion JSON comes in exactly or not at all, and says where it is wrong; it goes out without loss."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimocap_blender.motion.g1.files import read_g1_file
from aimocap_blender.motion.g1.motion import G1Motion, parse_g1_json, parse_g1_motion, read_g1_motion, to_json
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import random_states

CLIPS = ("kimodo_walk", "kimodo_wave", "kimodo_dance", "asap_CR7_level2", "g1moves_B_BowKarate")


def motion_dict(frames: int = 4) -> dict:
    pos, quat, dof = random_states(frames, seed=2)
    return {
        "version": 1,
        "robotType": "unitree_g1",
        "fps": 30,
        "frameCount": frames,
        "root_pos": pos.tolist(),
        "root_rot_xyzw": quat[:, [1, 2, 3, 0]].tolist(),
        "dof_pos": dof.tolist(),
    }


def parse(data: dict) -> G1Motion:
    return parse_g1_motion(json.dumps(data).encode())


@pytest.mark.parametrize("clip", CLIPS)
def test_real_clips_come_in_as_the_standard_library_reads_them(shared_data: Path, clip: str) -> None:
    path = shared_data / "g1" / f"{clip}.json"
    motion, plain = read_g1_motion(path), json.loads(path.read_text())
    assert motion.fps == plain["fps"]
    assert (motion.root_pos == np.array(plain["root_pos"])).all()
    assert (motion.dof_pos == np.array(plain["dof_pos"])).all()
    xyzw = motion.root_quat[:, [1, 2, 3, 0]]
    source = np.array(plain["root_rot_xyzw"])
    assert np.minimum(np.abs(xyzw - source), np.abs(xyzw + source)).max() < 1e-6
    assert np.linalg.norm(motion.root_quat, axis=1) == pytest.approx(1, abs=1e-12)
    assert ((motion.root_quat[1:] * motion.root_quat[:-1]).sum(axis=1) > 0).all()
    assert motion.times[-1] == pytest.approx((plain["frameCount"] - 1) / plain["fps"])


@given(st.integers(1, 20), st.integers(0, 10_000), st.floats(0.01, 1000))
def test_out_and_in_again_is_the_same(frames: int, seed: int, fps: float) -> None:
    pos, quat, dof = random_states(frames, seed)
    quat = quat * np.sign((quat * quat[0]).sum(axis=1, keepdims=True))
    first = parse_g1_motion(to_json(G1Motion(fps, pos, quat, dof)).encode())
    again = parse_g1_motion(to_json(first).encode())
    assert again.fps == first.fps == fps
    assert (first.root_pos == pos).all()
    assert (first.dof_pos == dof).all()
    assert again.root_quat == pytest.approx(first.root_quat, abs=1e-15)


def test_written_motion_is_the_services_json() -> None:
    motion = parse(motion_dict())
    plain = json.loads(to_json(motion))
    assert (plain["version"], plain["robotType"], plain["fps"], plain["frameCount"]) == (1, "unitree_g1", 30, 4)
    assert isinstance(plain["fps"], int)
    assert json.loads(to_json(replace(motion, fps=29.97)))["fps"] == 29.97


def test_order_of_fields_layout_and_unknown_fields_do_not_matter() -> None:
    data = motion_dict()
    expected = parse(data)
    odd = {"notes": {"deep": [[{"x": "]}"}]]}, **dict(reversed(data.items())), "extra": [[1, 2], ["a"]]}
    for text in (json.dumps(odd), json.dumps(odd, indent=8), "\ufeff" + json.dumps(odd, separators=(",", ":"))):
        motion = parse_g1_motion(text.encode())
        assert (motion.dof_pos == expected.dof_pos).all()
        assert (motion.root_quat == expected.root_quat).all()


def test_quaternions_are_made_unit_and_continuous() -> None:
    data = motion_dict(3)
    data["root_rot_xyzw"] = [[0, 0, 0, 1.0004], [0, 0, -0.1, -0.995], [0, 0, 0.2, 0.98]]
    motion = parse(data)
    assert np.linalg.norm(motion.root_quat, axis=1) == pytest.approx(1, abs=1e-12)
    assert (motion.root_quat[:, 0] > 0).all()


def quoted(data: object) -> object:
    """The same, with every number in quotes."""
    if isinstance(data, dict):
        return {key: quoted(value) for key, value in data.items()}
    if isinstance(data, list):
        return [quoted(value) for value in data]
    return json.dumps(data) if isinstance(data, int | float) else data


def test_numbers_in_quotes_are_read_and_reported() -> None:
    data = motion_dict(3)
    expected = parse(data)
    motion, notes = parse_g1_json(json.dumps(quoted(data)).encode())
    assert motion.fps == 30.0
    for name in ("root_pos", "root_quat", "dof_pos"):
        assert (getattr(motion, name) == getattr(expected, name)).all()
    assert notes == ("Numbers in quotes were read as numbers: 111.",)
    assert parse_g1_json(json.dumps(data).encode())[1] == ()


@pytest.mark.parametrize("length", [0.991, 0.998, 1.002, 1.009])
def test_a_quaternion_that_is_nearly_a_units_is_normalised_and_reported(length: float) -> None:
    data = motion_dict(3)
    expected = parse(data)
    data["root_rot_xyzw"][1] = [length * part for part in data["root_rot_xyzw"][1]]
    motion, notes = parse_g1_json(json.dumps(data).encode())
    assert motion.root_quat == pytest.approx(expected.root_quat, abs=1e-12)
    (note,) = notes
    assert f"{abs(length - 1):.1%} off unit length" in note


@pytest.mark.parametrize("version", [2, 1.5, "3"])
def test_a_later_version_is_read_where_all_fields_of_this_one_are_right(version: object) -> None:
    data = motion_dict()
    motion, notes = parse_g1_json(json.dumps(data | {"version": version, "hands": [[0.0]]}).encode())
    assert (motion.dof_pos == parse(data).dof_pos).all()
    assert f"version is {float(version):g}" in notes[0]


def test_reading_reports_each_correction(tmp_path: Path) -> None:
    data = motion_dict(3) | {"version": 2, "fps": "30"}
    data["root_rot_xyzw"][2] = [0.0, 0.0, 0.0, 0.998]
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(data))
    reading = read_g1_file(path)
    assert (len(reading.notes), reading.unsure) == (3, ())
    assert (read_g1_motion(path).dof_pos == reading.motion.dof_pos).all()


def put(field: str, frame: int, column: int, value: object) -> Callable[[dict], None]:
    return lambda data: data[field][frame].__setitem__(column, value)


def set_(field: str, value: object) -> Callable[[dict], None]:
    return lambda data: data.__setitem__(field, value)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (put("dof_pos", 2, 3, float("nan")), ("Frame 2", "left_knee_joint")),
        (put("dof_pos", 1, 28, float("inf")), ("Frame 1", "right_wrist_yaw_joint")),
        (put("dof_pos", 3, 14, "half"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "0,5"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, ""), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "NaN"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "1e400"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "0x10"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "1_0"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 14, "٣"), ("Frame 3", "waist_pitch_joint")),
        (put("dof_pos", 3, 0, True), ("Frame 3", "left_hip_pitch_joint")),
        (put("dof_pos", 0, 0, None), ("Frame 0", "left_hip_pitch_joint")),
        (put("dof_pos", 0, 1, [0.0]), ("Frame 0", "dof_pos")),
        (put("dof_pos", 0, 1, {"a": 1}), ("Frame 0", "left_hip_roll_joint")),
        (lambda data: data["dof_pos"][2].pop(), ("Frame 2", "right_wrist_yaw_joint", "28 of 29 numbers")),
        (lambda data: data["dof_pos"][2].append(0.0), ("Frame 2", "30 numbers, not 29")),
        (lambda data: data["dof_pos"][1].clear(), ("Frame 1", "left_hip_pitch_joint")),
        (put("root_pos", 1, 2, float("-inf")), ("Frame 1", "root_pos", "z of the pelvis")),
        (lambda data: data["root_pos"][1].pop(), ("Frame 1", "root_pos", "z of the pelvis")),
        (put("root_rot_xyzw", 3, 3, float("nan")), ("Frame 3", "root_rot_xyzw", "w of the pelvis")),
        (put("root_pos", 0, 0, 1e9), ("Frame 0", "root_pos, x of the pelvis is far too large")),
        (put("dof_pos", 1, 0, 1e308), ("Frame 1", "left_hip_pitch_joint is far too large")),
        (put("root_rot_xyzw", 0, 0, 1e308), ("Frame 0", "is not a rotation")),
        (lambda data: data["root_rot_xyzw"].__setitem__(2, [0, 0, 0, 0]), ("Frame 2", "root_rot_xyzw")),
        (lambda data: data["root_rot_xyzw"].__setitem__(2, [0.5, 0.5, 0.5, 0.6]), ("Frame 2", "root_rot_xyzw")),
        (lambda data: data["root_rot_xyzw"].__setitem__(2, [0, 0, 0, 1.011]), ("Frame 2", "length 1.011")),
        (lambda data: data["root_rot_xyzw"].__setitem__(2, [0, 0, 0, 0.989]), ("Frame 2", "length 0.989")),
        (lambda data: data["root_rot_xyzw"].__setitem__(1, 0.5), ("Frame 1", "root_rot_xyzw")),
        (lambda data: data["dof_pos"].pop(), ("rows of dof_pos are 3", "frameCount 4")),
        (lambda data: data["root_pos"].append([0, 0, 0]), ("rows of root_pos are 5", "frameCount 4")),
        (lambda data: data["root_rot_xyzw"].clear(), ("rows of root_rot_xyzw are 0", "frameCount 4")),
        (set_("frameCount", 5), ("frameCount 5",)),
        (set_("frameCount", 0), ("frameCount",)),
        (set_("frameCount", -4), ("frameCount",)),
        (set_("frameCount", 4.5), ("frameCount",)),
        (set_("frameCount", "four"), ("frameCount",)),
        (set_("frameCount", "5"), ("frameCount 5",)),
        (set_("frameCount", True), ("frameCount",)),
        (lambda data: data.pop("frameCount"), ("frameCount",)),
        (set_("fps", 0), ("fps",)),
        (set_("fps", -30), ("fps",)),
        (set_("fps", float("nan")), ("fps",)),
        (set_("fps", float("inf")), ("fps",)),
        (set_("fps", "1e400"), ("fps",)),
        (set_("fps", 1e6), ("fps",)),
        (set_("fps", 1e-300), ("fps", "1e-300")),
        (set_("fps", [30]), ()),
        (lambda data: data.pop("fps"), ("fps",)),
        (set_("version", 0), ("version is 0",)),
        (set_("version", -2), ("version is -2",)),
        (set_("version", float("inf")), ("version is inf",)),
        (set_("version", True), ("version",)),
        (set_("version", "one"), ("version",)),
        (lambda data: data.update(version=2, fps="fast"), ("version is 2", "knows version 1")),
        (lambda data: (data.update(version=2), data.pop("dof_pos")), ("version is 2",)),
        (lambda data: data.update(version=2, robotType="unitree_b2"), ("unitree_b2",)),
        (lambda data: data.pop("version"), ("version", "missing")),
        (set_("robotType", "unitree_b2"), ("unitree_b2",)),
        (set_("robotType", "unitree_h1"), ("unitree_h1",)),
        (set_("robotType", None), ("robot",)),
        (lambda data: data.pop("robotType"), ("robot",)),
        (lambda data: data.pop("dof_pos"), ("no dof_pos",)),
        (set_("dof_pos", {"0": [0.0]}), ("dof_pos",)),
        (set_("dof_pos", None), ("dof_pos",)),
    ],
)
def test_each_fault_is_refused_and_placed(spoil: Callable[[dict], object], says: tuple[str, ...]) -> None:
    data = motion_dict()
    spoil(data)
    with pytest.raises(Fault) as fault:
        parse(data)
    for words in says:
        assert words in fault.value.what
    assert re.fullmatch(r".*\.", fault.value.next_step)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400])
def test_a_number_too_large_for_a_float_is_placed(number: str) -> None:
    text = json.dumps(motion_dict())
    angle = re.search(r'"dof_pos": \[\[([^,]+),', text)
    with pytest.raises(Fault, match=r"Frame 0.*left_hip_pitch_joint"):
        parse_g1_motion((text[: angle.start(1)] + number + text[angle.end(1) :]).encode())


@pytest.mark.parametrize("field", ["fps", "dof_pos", "frameCount", "version"])
def test_a_field_given_twice_is_refused(field: str) -> None:
    data = motion_dict()
    text = json.dumps(data)[:-1] + f', "{field}": {json.dumps(data[field])}}}'
    with pytest.raises(Fault, match=f"{field} twice"):
        parse_g1_motion(text.encode())


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"null", b"{}", b"<html>404</html>", b"[" * 10**6, b'{"dof_pos":[' + b"[" * 10**6, b"\x00" * 99],
)
def test_other_files_are_refused(text: bytes) -> None:
    with pytest.raises(Fault):
        parse_g1_motion(text)


@given(st.data())
def test_a_file_cut_off_anywhere_is_refused(data: st.DataObject) -> None:
    text = json.dumps(motion_dict(2)).encode()
    with pytest.raises(Fault):
        parse_g1_motion(text[: data.draw(st.integers(0, len(text) - 1))])


def test_a_missing_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="can't be read"):
        read_g1_motion(tmp_path / "nowhere.json")


def test_a_file_larger_than_any_motion_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(300 * 2**20)
    with pytest.raises(Fault, match="larger"):
        read_g1_motion(path)


def test_more_frames_than_any_motion_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aimocap_blender.motion.g1.motion.MAX_FRAMES", 2)
    assert len(parse_g1_motion(json.dumps(motion_dict(2)).encode()).root_pos) == 2
    with pytest.raises(Fault, match="more than 2 rows"):
        parse_g1_motion(json.dumps(motion_dict(3)).encode())


@pytest.mark.parametrize("robot", ["x" * 4000, "a\u0000\n\u202eb\ud800"])
def test_a_files_own_words_are_shown_in_part_and_on_one_line(robot: str) -> None:
    text = json.dumps({"version": 1, "robotType": robot}).encode()
    with pytest.raises(Fault) as raised:
        parse_g1_motion(text)
    assert raised.value.what.isprintable()
    assert len(raised.value.what) < 200
