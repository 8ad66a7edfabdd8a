"""The pairs that the networks of depths learn from: read motion, figures of all builds, what is seen of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aimocap_blender.vision.joints import INDEX
from aimocap_blender.vision.network_graph import PoseNetworks
from tools.training import depth_pairs
from tools.training.bvh import ANKLE, LEG, read_bvh
from tools.training.figures import figure
from tools.training.poses import by_chance
from tools.training.shots import MOST, Performed, Shot, Staging, performed

BENT_KNEE = """HIERARCHY
ROOT hip
{{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT lThigh
  {{
    OFFSET 2 0 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    JOINT lShin
    {{
      OFFSET 0 -5 0
      CHANNELS 3 Zrotation Yrotation Xrotation
      JOINT lFoot
      {{
        OFFSET 0 -5 0
        CHANNELS 3 Zrotation Yrotation Xrotation
        End Site
        {{
          OFFSET 0 0 1
        }}
      }}
    }}
  }}
}}
MOTION
Frames: 3
Frame Time: 0.05
{none}
{none}
0 20 0 0 90 0 {leg}
"""


def test_a_motion_is_read_in_metres_with_z_up() -> None:
    none = " ".join(["0"] * 15)
    clip = read_bvh(BENT_KNEE.format(none=none, leg="0 0 0 0 0 90 0 0 0"))
    assert clip.fps == pytest.approx(20.0)
    assert len(clip.times) == 2  # the first is no frame of the motion
    assert clip.skeleton.heads[clip.skeleton.index("lFoot")] == pytest.approx([0.2 * LEG, 0.0, ANKLE])
    # turned a quarter about the vertical, then the shin a quarter forwards: from Y up to Z up
    hip, knee, foot = (clip.positions[1, clip.skeleton.index(name)] for name in ("hip", "lShin", "lFoot"))
    assert hip == pytest.approx([0.0, 0.0, 2.0 * LEG])
    assert knee - hip == pytest.approx([0.0, 0.2 * LEG, -0.5 * LEG])
    assert foot - knee == pytest.approx([-0.5 * LEG, 0.0, 0.0])


@pytest.mark.long
def test_figures_differ_in_build_and_stand_on_the_ground() -> None:
    legs: list[float] = []
    for number in range(2):
        person = figure(number)
        heads = person.skeleton.heads
        hip, knee = (heads[person.skeleton.index(bone)] for bone in ("thigh_l", "calf_l"))
        legs.append(float(np.linalg.norm(hip - knee)))
        assert person.places[:, 2].min() == pytest.approx(0.0, abs=1e-6)
        assert 1.4 < person.places[:, 2].max() < 2.1
        mirror = heads[person.skeleton.index("hand_l")] * [-1.0, 1.0, 1.0]
        assert heads[person.skeleton.index("hand_r")] == pytest.approx(mirror, abs=1e-6)
    assert np.ptp(legs) > 0.01


@pytest.mark.long
def test_landmarks_in_a_filmed_shot_are_where_the_figure_is(
    networks: PoseNetworks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del networks  # skips where they are not
    pytest.importorskip("ai_edge_litert.interpreter", reason="no LiteRT for this system")
    shot = Shot("clap", 0, build=3, speed=4.0, azimuth=0.5, high=1.4, away=3.0, aside=(0.1, 0.0))
    monkeypatch.setattr(depth_pairs, "shots", lambda: [shot])
    depth_pairs.film(tmp_path)
    (file,) = tmp_path.iterdir()
    with np.load(file) as kept:
        rays, body = kept["rays"].astype(float), kept["body"].astype(float)
    bones = {"left_elbow": "lowerarm_l", "right_wrist": "hand_r", "left_knee": "calf_l", "right_ankle": "foot_r"}
    true = performed(shot).seen([(bone, (0.0, 0.0, 0.0)) for bone in bones.values()])
    off = np.linalg.norm(rays[:, [INDEX[joint] for joint in bones]] - true[..., :2] / true[..., 2:], axis=-1)
    assert np.median(off) < 0.03 * 1.7 / 3.0  # of the figure's size in the picture
    assert body.shape == (len(rays), len(INDEX), 3)
    before = file.stat().st_mtime_ns
    depth_pairs.film(tmp_path)
    assert file.stat().st_mtime_ns == before


def lengths_of(true: Performed) -> np.ndarray:
    """(F, B) of the bones to their parents."""
    parents = true.figure.skeleton.parents
    return np.linalg.norm(true.heads[:, 1:] - true.heads[:, parents[1:]], axis=-1)


def test_who_is_turned_lies_and_stays_at_one_place() -> None:
    tilts: list[float] = []
    for take in range(8):
        shot = Shot("clap", take, 3, 1.0, 0.5, 1.0, 3.0, (0.0, 0.0), Staging.TURNED)
        true, upright = performed(shot), performed(replace(shot, staging=Staging.RECORDED))
        assert len(true.heads) == len(true.cameras) <= MOST
        index = true.figure.skeleton.index
        trunk = (true.heads[:, index("neck_01")] - true.heads[:, index("pelvis")])[..., 2]
        tilts.append(float(np.median(trunk)))
        hips = true.heads[:, [index("thigh_l"), index("thigh_r")]].mean(axis=1)
        assert np.ptp(hips, axis=0).max() < 1e-6
        assert true.heads[..., 2].min() > -0.5
        # nothing but the whole has turned
        assert lengths_of(true) == pytest.approx(lengths_of(upright), abs=1e-9)
        own, before = (
            each.turns[:, index("pelvis")].swapaxes(1, 2) @ each.turns[:, index("calf_l")] for each in (true, upright)
        )
        assert own == pytest.approx(before, abs=1e-9)
    assert np.median(tilts) < 0.25  # metres that the neck is above the pelvis: 0.5 for who stands


def test_limbs_by_chance_keep_their_bones_and_bend_as_knees_do() -> None:
    true = performed(Shot("clap", 0, 3, 1.0, 0.5, 1.0, 3.0, (0.0, 0.0)))
    index = true.figure.skeleton.index
    bends: list[float] = []
    for seed in range(12):
        turns, heads = by_chance(true.figure.skeleton, true.turns, true.heads, np.random.default_rng(seed))
        made = replace(true, turns=turns, heads=heads)
        assert lengths_of(made) == pytest.approx(lengths_of(true), abs=1e-9)
        foot = heads[:, index("foot_l")] - heads[:, index("pelvis")]
        assert np.linalg.norm(np.diff(foot, axis=0), axis=-1).max() < 0.5  # metres in a tenth of a second
        thigh, shin = (turns[:, index(bone)] for bone in ("thigh_l", "calf_l"))
        knee = thigh.swapaxes(1, 2) @ shin
        # about the line to the right: a shin that goes back from the thigh
        bends.extend(np.degrees(np.arctan2(knee[:, 2, 1], knee[:, 2, 2])))
    assert min(bends) > -15.0  # some legs are as they were recorded
    assert max(bends) < 150.0
    assert np.percentile(bends, 90) > 60.0
