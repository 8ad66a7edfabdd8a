"""Whether the G1 could follow a motion: estimates of its motors' torques and its balance, from inverse dynamics.

They know no controller, no impacts and no give of the ground: simulation does.

How hard a motion is, is the help that the robot would need to follow it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import LiteralString

import numpy as np

from ...texts.text import Sentence, Text
from .. import rotations
from ..contacts import LOW
from ..rotations import BoolArray, FloatArray, norm
from ..spans import chunks_of, runs
from .capsules import g1_capsules
from .checks_findings import G1Check, G1Estimate, Samples, Subject, check_of
from .dynamics import GRAVITY, Movement, NeededForces, g1_inertias, movement_of, needed_forces
from .model import G1Model
from .motion import G1Motion
from .soles import Soles, foot_bodies, soles_of
from .variants import Variant, g1_variant
from .velocities import derivative

TIPPED = 0.05
"""Metres outside the support polygon, on average over `FALL_SEC`: about a foot's width."""
FALL_SEC = 0.2
"""An inverted pendulum as high as the robot's centre of mass, 0.7 m, doubles its lean in this time."""
CARRIED = 0.25
"""Share of the weight that may be missing on average over `FALL_SEC`: landings shake the curves."""
JERK = 50.0
"""m/s³ of the pelvis on average over `JERK_SEC`, from which on PHUMA (KAIST, 2025) drops a smoothed clip."""
JERK_SEC = 4.0
"""The length of its clips."""
_NEAR = 0.03
"""Metres above the ground from which on a motion is too high: 2 cm that bodies bear from, 1 cm that is no fault."""
_MOST_HEAT = 0.5
"""Of estimates: red is for faults."""
_CARRIED_BY_NOTHING = Subject(
    Text("pelvis"), (0,), "{name} needs {amount:.0f} N that neither feet nor motors provide at frame {frame}", 1.0, "N"
)
_JERKY = Subject(
    Text("pelvis"), (0,), "{name} moves with {amount:.0f} m/s³ of jerk on average around frame {frame}", 1.0, "m/s³"
)
LEVER = 0.35
"""Metres: half of the height of a standing G1's centre of mass."""
_GRADES: tuple[tuple[float, LiteralString], ...] = (
    (0.15, "easy"),
    (0.22, "moderate"),
    (0.3, "hard"),
    (0.5, "very hard"),
    (np.inf, "extreme"),
)
"""Largest score of each grade: of the clips that the weights below were fitted to, each has some."""
_WEIGHTS = {"balance": 0.62, "contact": 0.47, "impact": 1.31, "torque": 0.23}
"""Of the root of each demand in the logarithm of the help, fitted by `make bench ONLY=difficulty`."""
_LEAST = 0.074
"""Help for a robot of which nothing is demanded, fitted too."""


@dataclass(frozen=True)
class Difficulty:
    """The demands of a motion, and the help that it would need by them.

    A helping force and moment at the pelvis make a simulated robot follow a motion that its motors can't follow alone.

    Attributes:
        demands: English word → average over the frames. Of balance: force and moment that neither feet nor motors
            provide, as shares of the weight and of what it does on `LEVER`. Of contact: how fast the torques of the
            hips change, as a share of what their motors have, a second. Of impact: how fast soles come down onto the
            ground, metres a second. Of torque: what the motor that lacks most lacks, as a share of what it has.
    """

    demands: Mapping[str, float]

    @property
    def score(self) -> float:
        """The estimated help: mean of force and moment, as shares of the weight and of what it does on `LEVER`."""
        # fitted in logarithms, as each demand multiplies the help
        return _LEAST * float(np.exp(sum(self._parts.values())))

    @property
    def mostly(self) -> str:
        """The name of the demand that counts most."""
        return max(self._parts, key=lambda name: self._parts[name])

    @property
    def grade(self) -> LiteralString:
        """A word for the score."""
        for most, grade in _GRADES[:-1]:
            if self.score <= most:
                return grade
        return _GRADES[-1][1]

    @property
    def sentence(self) -> Text:
        """The grade and the demand that counts most, for people, without full stop."""
        mostly = Text.of(self.mostly)
        return Text("Difficulty: {grade}, mostly for {demand}", grade=Text(self.grade), demand=mostly)

    @property
    def _parts(self) -> dict[str, float]:
        return {name: weight * self.demands[name] ** 0.5 for name, weight in _WEIGHTS.items()}

    def to_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        demands = {name: round(share, 3) for name, share in self.demands.items()}
        return {"grade": self.grade, "score": round(self.score, 3), "mostly": self.mostly, "demands": demands}


@dataclass(frozen=True, eq=False)
class Feasibility:
    """Estimates for a motion.

    Attributes:
        variant: the robot.
        fps: frame rate.
        torques: (F, J) the torque of each motor, N m, without its sign.
        bears: (F, 2) whether the left and the right foot stand on the ground.
        outside: (F,) metres from the support polygon to the centre of pressure, averaged over 0.2 s; 0 within it.
        missing: (F,) newtons that nothing provides, averaged over 0.2 s.
        turning: (F,) newton metres about the centre of mass that nothing provides, averaged over 0.2 s.
        jerk: (F,) m/s³ of the pelvis, averaged over 4 s.
        loading: (F,) how fast the torques of the hips change, all together, as a share of the largest ones, a second.
        landing: (F,) m/s downward of the fastest corner of a sole that is near the ground.
    """

    variant: Variant
    fps: float
    torques: FloatArray
    bears: BoolArray
    outside: FloatArray
    missing: FloatArray
    turning: FloatArray
    jerk: FloatArray
    loading: FloatArray
    landing: FloatArray

    @property
    def model(self) -> G1Model:
        """The robot."""
        return g1_variant(self.variant)

    @cached_property
    def over(self) -> BoolArray:
        """(F,) whether a motor needs more than its largest torque."""
        return self._shares.max(axis=1) > 1.0

    @cached_property
    def _busiest(self) -> tuple[int, int]:
        """Frame and joint of the largest share of a motor's torque."""
        return divmod(int(self._shares.argmax()), self.torques.shape[1])

    @cached_property
    def falls(self) -> BoolArray:
        """(F,) whether the robot would fall, by its centre of pressure or because nothing carries it."""
        return (self.outside > TIPPED) | (self.missing > self._most_missing)

    @property
    def _shares(self) -> FloatArray:
        return self.torques / self.model.efforts

    @property
    def _most_missing(self) -> float:
        return CARRIED * g1_inertias(self.variant).mass * GRAVITY

    @property
    def checks(self) -> tuple[G1Check, ...]:
        """Of what the robot lacks, one for each kind, in the order of `G1Estimate`."""
        return self._checked[0]

    @property
    def body_heat(self) -> FloatArray:
        """(F, B) of each body at each frame, 0 to 0.5, in the order of `G1Model.bodies`."""
        return self._checked[1]

    @cached_property
    def _checked(self) -> tuple[tuple[G1Check, ...], FloatArray]:
        heat = np.zeros((len(self.torques), len(self.model.bodies)))
        torques = Samples.where(self.torques, self._shares - 1.0, full=1.0)
        checks = [check_of(G1Estimate.TORQUE, torques, self._motor, heat, self.fps, _MOST_HEAT)]
        for kind, values, most, subject in (
            (G1Estimate.BALANCE, self.outside, TIPPED, _off_balance(self.model)),
            (G1Estimate.SUPPORT, self.missing, self._most_missing, _CARRIED_BY_NOTHING),
            (G1Estimate.JERK, self.jerk, JERK, _JERKY),
        ):
            samples = Samples.where(values[:, None], (values / most - 1.0)[:, None], full=3.0)
            checks.append(check_of(kind, samples, lambda _, one=subject: one, heat, self.fps, _MOST_HEAT))
        return tuple(checks), heat

    def _motor(self, index: int) -> Subject:
        joint = self.model.joints[index]
        says = "{name} needs {amount:.0f} N m, {limit:g} is its motor's limit, at frame {frame}"
        return Subject(joint.name, (index + 1,), says, 1.0, "N m", {"limit": joint.effort})

    @cached_property
    def difficulty(self) -> Difficulty:
        """How hard the motion is."""
        weight = g1_inertias(self.variant).mass * GRAVITY
        # no more than all of it: one jump of the pelvis must not decide for the whole clip
        lacks = np.minimum(self.missing / weight, 1.0) + np.minimum(self.turning / (weight * LEVER), 1.0)
        return Difficulty(
            {
                "balance": float(lacks.mean()),
                "contact": float(self.loading.mean()),
                "impact": float(self.landing.mean()),
                "torque": float(np.maximum(self._shares.max(axis=1) - 1.0, 0.0).mean()),
            }
        )

    @property
    def contacts(self) -> list[dict[str, object]]:
        """When each foot stands: first and last frame, counted from 0, the left foot's first."""
        contacts: list[dict[str, object]] = []
        for foot, name in enumerate(self.model.robot.feet):
            stances = runs(self.bears[:, foot]).tolist()
            contacts.extend({"foot": name, "first": first, "last": stop - 1} for first, stop in stances)
        return contacts

    def sentences(self, frames: FloatArray) -> list[Sentence]:
        """Return how hard the motion is, and what is within the robot's means.

        Args:
            frames: (F,) timeline frames of the motion's frames.
        """
        said: list[Sentence] = [self.difficulty.sentence]
        row, joint = self._busiest
        if not self.over.any():
            said.append(
                Text(
                    "Most for its motor: {joint}, {torque:.0f} of {limit:.0f} N m at frame {frame}",
                    joint=self.model.joints[joint].name,
                    torque=float(self.torques[row, joint]),
                    limit=float(self.model.efforts[joint]),
                    frame=f"{frames[row]:.0f}",
                )
            )
        if not self.falls.any():
            said.append("Balanced in all frames")
        return said

    def to_json(self) -> dict[str, object]:
        """Return the difficulty, the contacts and the forces as JSON objects; frames count from 0."""
        torques: list[dict[str, object]] = []
        for joint, needed in zip(self.model.joints, self.torques.T, strict=True):
            worst = int(needed.argmax())
            amount = round(float(needed[worst]), 3)
            torques.append(
                {"joint": joint.name, "worst": worst, "amount": amount, "limit": joint.effort, "unit": "N m"}
            )
        forces = {
            "torques": torques,
            "framesOverTorque": np.flatnonzero(self.over).tolist(),
            "framesOffBalance": np.flatnonzero(self.falls).tolist(),
            "centerOfPressureOutside": _worst(self.outside, "m"),
            "missingForce": _worst(self.missing, "N"),
            "missingMoment": _worst(self.turning, "N m"),
            "jerk": _worst(self.jerk, "m/s³"),
        }
        return {"difficulty": self.difficulty.to_json(), "contacts": self.contacts, "forces": forces}


def feasibility_of(motion: G1Motion, ground: float) -> Feasibility:
    """Return the estimates for a motion; one that is only too high is put onto the ground first.

    Args:
        ground: height, metres.
    """
    movement, soles = movement_of(motion), soles_of(motion)
    level = _level(motion, soles, ground)
    needed = needed_forces(movement, motion.variant, level)
    span = max(1, round(FALL_SEC * motion.fps))
    # hips bear the whole body: how fast their torques change tells landings and abrupt steps
    hips = [column for column, name in enumerate(motion.model.joint_names) if "hip" in name.lower()]
    return Feasibility(
        motion.variant,
        motion.fps,
        np.abs(needed.torques),
        needed.bears,
        _averaged(np.maximum(np.nan_to_num(needed.outside), 0.0), span),
        _averaged(norm(needed.force), span),
        _averaged(norm(_about_the_centre(needed, movement)), span),
        _averaged_within(_jerk(movement, motion.fps), max(1, round(JERK_SEC * motion.fps))),
        rotations.norm(derivative(needed.torques[:, hips] / motion.model.efforts[hips], motion.fps)),
        _landing(soles, level),
    )


def _level(motion: G1Motion, soles: Soles, ground: float) -> float:
    """Return the height that the robot is mostly on, by all its bodies, if above the ground; else the ground's."""
    capsules, lowest = g1_capsules(motion.variant), list[FloatArray]()
    for rows in chunks_of(len(motion.root_pos)):
        pose = motion.model.body_poses(motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows])
        # of feet their soles say it more exactly
        lowest.append(np.delete(capsules.lowest(*pose), foot_bodies(motion.model), axis=1).min(axis=1))
    height = np.minimum(soles.lowest, np.concatenate(lowest))
    # frames in which the robot flies don't tell what it stands on
    carried = ~soles.flying(float(np.median(height)))
    level = float(np.median(height[carried])) if carried.any() else float(height.min())
    return level if level > ground + _NEAR else ground


def _landing(soles: Soles, ground: float) -> FloatArray:
    """Return (F,) how fast the fastest corner of a sole comes down near the ground, m/s."""
    heights = soles.corners[..., 2].reshape(-1, 8)
    down = np.maximum(-derivative(heights, soles.fps), 0.0)
    # what comes down further above doesn't land yet
    return np.where(heights < ground + LOW, down, 0.0).max(axis=1)


def _off_balance(model: G1Model) -> Subject:
    says = "{name} is {amount:.0f} cm outside the feet at frame {frame}"
    return Subject(Text("center of pressure"), tuple(foot_bodies(model).tolist()), says, 100.0, "cm")


def _about_the_centre(needed: NeededForces, movement: Movement) -> FloatArray:
    """Return (F, 3) the moment that nothing provides, about the centre of mass, N m."""
    # a force that doesn't go through the centre turns the body about it as well
    return needed.moment - rotations.cross(needed.centre - movement.root_pos, needed.force)


def _jerk(movement: Movement, fps: float) -> FloatArray:
    """Return (F,) the change of the pelvis's acceleration, m/s³."""
    return rotations.norm(derivative(movement.root_acc, fps))


def _averaged(values: FloatArray, span: int) -> FloatArray:
    """Return (F,) means over as many frames around each, fewer at the ends."""
    window = np.ones(min(span, len(values)))
    # divided by how many frames the window has, which are fewer at the ends
    return np.asarray(np.convolve(values, window, "same") / np.convolve(np.ones(len(values)), window, "same"))


def _averaged_within(values: FloatArray, span: int) -> FloatArray:
    """Return (F,) means over as many frames around each, at the ends those of the first and of the last frames."""
    span = min(span, len(values))
    means = np.convolve(values, np.ones(span) / span, "valid")
    before = (len(values) - len(means)) // 2
    return np.pad(means, (before, len(values) - len(means) - before), "edge")


def _worst(values: FloatArray, unit: str) -> dict[str, object]:
    return {"worst": int(values.argmax()), "amount": round(float(values.max()), 4), "unit": unit}
