"""Checks of a whole motion of the G1: one call that returns a report."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...texts.text import Sentence, Text
from .. import rotations
from ..rotations import FloatArray
from ..spans import chunks_of
from .capsules import G1Capsules, g1_capsules
from .checks_body import (
    both_soles_subject,
    floating,
    limit_subject,
    past_limits,
    past_speeds,
    push_subject,
    pushes,
    restless_ends,
    root_jumps,
    root_subject,
    sinking,
    sliding,
    sliding_subject,
    speed_subject,
    spike_subject,
    spikes,
    strict_ranges,
    sunk_subject,
)
from .checks_findings import G1Check, G1Fault, G1Finding, Samples, Subject, check_of
from .dynamics import g1_inertias
from .feasibility import Feasibility
from .ground_forces import FRICTION
from .model import G1Model
from .motion import G1Motion
from .soles import Soles, foot_bodies, sole_corners
from .spikes import SpikeTolerance
from .variants import WITH_HANDS, Variant, g1_variant

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
_SPIKE = SpikeTolerance(times=8.0, least=float(np.radians(1.0)), most=float(np.radians(15.0)))
_ROOT_CUT = SpikeTolerance(times=8.0, least=0.015, most=0.1)
_ROOT_TURN_CUT = SpikeTolerance(times=8.0, least=float(np.radians(2.0)), most=float(np.radians(15.0)))
_NO_FINGERS = "Fingers are not checked for self-collision; each hand is checked as a rubber hand."
_ADVICE = 0.25  # severity of angles within the hardware's limits but past the stricter ones


@dataclass(frozen=True)
class G1Tolerances:
    """The tolerances of the checks.

    Attributes:
        ground: height of the ground, metres; None for the level that the clip itself stands on.
        limit: rad past a joint's limit; rounding to four decimals or single precision is far less.
        velocity: share of a joint's maximum speed by which it may be exceeded.
        spike: of joints, rad off their course.
        spike_acceleration: rad/s² by which the acceleration of a joint, or of the pelvis's rotation, may always differ
            from those of the adjacent frames: at low frame rates brisk motion is further off its course.
        slide_speed: m/s of a sole in contact with the ground.
        slide_way: minimum length of a slide, and of creeping within a second, metres.
        floating: metres above the ground of the lower sole.
        sinking: metres below the ground of a sole's corner.
        collision: metres that two links' capsules may overlap; capsules fill hollows of the real surfaces.
        root_speed: m/s of the pelvis.
        root_turn: rad/s of the pelvis.
        root_cut: metres off the pelvis's course.
        root_turn_cut: rad off the pelvis's course.
        root_acceleration: m/s² by which the pelvis's acceleration may always differ, since landings are abrupt.
        friction: of the ground, on whatever touches it.
        push_noise: m/s² by which accelerations of the center of mass may be off: our own, as if each position were by
            1.5 mm at 30 fps. Kimodo's walk needs 4.2.
    """

    ground: float | None = 0.0
    limit: float = 2e-3
    velocity: float = 1e-3
    spike: SpikeTolerance = _SPIKE
    spike_acceleration: float = 100.0
    slide_speed: float = 0.15
    slide_way: float = 0.03
    floating: float = 0.01
    sinking: float = 0.01
    collision: float = 0.01
    root_speed: float = 5.0
    root_turn: float = 15.0
    root_cut: SpikeTolerance = _ROOT_CUT
    root_turn_cut: SpikeTolerance = _ROOT_TURN_CUT
    root_acceleration: float = 100.0
    friction: float = FRICTION
    push_noise: float = 5.4

    def joint_spike(self, fps: float) -> SpikeTolerance:
        """Return the tolerance for spikes of a joint at a frame rate, in rad off its course."""
        return self.spike.never_below(self.spike_acceleration, fps)

    def root_cuts(self, fps: float) -> tuple[SpikeTolerance, SpikeTolerance]:
        """Return the tolerances for cuts of the pelvis's position, in metres, and of its rotation, in rad."""
        return (
            self.root_cut.never_below(self.root_acceleration, fps),
            self.root_turn_cut.never_below(self.spike_acceleration, fps),
        )


@dataclass(frozen=True, eq=False)
class G1Report:
    """The findings of all checks on a clip.

    Attributes:
        fps: frame rate.
        ground: height of the ground that was used, metres.
        tolerances: the tolerances that were used.
        checks: one for each kind of fault, in the order of `G1Fault`.
        body_heat: (F, B) severity of each body at each frame, 0 to 1, in the order of `model.bodies`: the pelvis, and
            the body that each joint rotates.
        ends: sentences on a start and an end that aren't at rest; no faults.
        variant: the G1 that was checked; joints that it lacks are not checked.
    """

    fps: float
    ground: float
    tolerances: G1Tolerances
    checks: tuple[G1Check, ...]
    body_heat: FloatArray
    ends: tuple[Text, ...]
    variant: Variant = "29dof"

    @property
    def model(self) -> G1Model:
        """The G1 that was checked."""
        return g1_variant(self.variant)

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """Sentences on the ends, and on what was not checked."""
        return (*self.ends, *((_NO_FINGERS,) if self.variant == WITH_HANDS else ()))

    @property
    def heat(self) -> FloatArray:
        """(F,) severity of each frame, 0 to 1."""
        return np.asarray(np.max([check.severity for check in self.checks], axis=0), dtype=np.float64)

    @property
    def worst(self) -> tuple[G1Finding, ...]:
        """The worst finding of each kind, in the order of `G1Fault`."""
        return tuple(check.findings[0] for check in self.checks if check.findings)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.worst

    def check(self, kind: G1Fault) -> G1Check:
        """Return the check of a kind of fault."""
        return next(check for check in self.checks if check.kind is kind)

    def to_json(self, feasibility: Feasibility) -> str:
        """Return the report as JSON: faults, forces and estimates, a summary with the worst of each kind before each.

        Frames count from 0.
        """
        report = {
            "version": VERSION,
            "robotType": self.model.robot.id,
            "variant": self.variant,
            "notes": self.notes,
            "fps": self.fps,
            "frameCount": len(self.body_heat),
            "ground": self.ground,
            "tolerances": asdict(self.tolerances),
            "summary": _summary(self.checks, self.model),
            **feasibility.to_json(),
            "estimates": {
                "summary": _summary(feasibility.checks, self.model),
                "findings": _rows(feasibility.checks, self.model),
            },
            "findings": _rows(self.checks, self.model),
        }
        return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def check_g1_motion(motion: G1Motion, tolerances: G1Tolerances | None = None) -> G1Report:
    """Check a whole clip for every kind of fault."""
    allow = tolerances or G1Tolerances()
    model, capsules = motion.model, g1_capsules(motion.variant)
    joints = model.joints
    # all that needs bodies' poses, in one go: forward kinematics take longest
    soles, lowest, centre, touching = _posed(motion, capsules, allow.collision)
    ground = soles.level() if allow.ground is None else allow.ground
    heat = np.zeros((len(motion.dof_pos), len(model.bodies)))
    fps, dof = motion.fps, motion.dof_pos
    ranges, strict = model.ranges, strict_ranges(model)
    # angles past the hardware's limits are reported as such
    within = np.clip(dof, ranges[:, 0], ranges[:, 1])
    root_limits = (allow.root_speed, allow.root_turn)
    root = root_jumps(motion.root_pos, motion.root_quat, fps, root_limits, allow.root_cuts(fps))
    slides = sliding(soles, ground, allow.slide_speed, allow.slide_way)
    sunk = sinking(soles, lowest, ground, (allow.sinking, allow.sinking + allow.collision))
    kinds: list[tuple[G1Fault, Samples, Callable[[int], Subject]]] = [
        (
            G1Fault.JOINT_LIMIT,
            past_limits(dof, ranges, allow.limit),
            lambda n: limit_subject(joints[n], n, "its limit"),
        ),
        (
            G1Fault.STRICT_LIMIT,
            past_limits(within, strict, allow.limit),
            lambda n: limit_subject(joints[n], n, "the stricter limit"),
        ),
        (
            G1Fault.VELOCITY,
            past_speeds(dof, model.speeds, fps, allow.velocity),
            lambda n: speed_subject(joints[n], n),
        ),
        (G1Fault.SPIKE, spikes(dof, fps, allow.joint_spike(fps)), lambda n: spike_subject(joints[n], n)),
        (G1Fault.SLIDE, slides, lambda n: sliding_subject(model, n)),
        (G1Fault.FLOATING, floating(soles, lowest, ground, allow.floating), lambda _: both_soles_subject(model)),
        (G1Fault.SINKING, sunk, lambda n: sunk_subject(model, n)),
        (G1Fault.COLLISION, touching, lambda n: _pair_subject(capsules, n)),
        (G1Fault.ROOT_JUMP, root, root_subject),
        (G1Fault.ROOT_ACCELERATION, pushes(centre, fps, allow.friction, allow.push_noise), lambda _: push_subject()),
    ]
    checks: list[G1Check] = []
    for kind, samples, subjects in kinds:
        # the stricter limits are advice, and never red
        most = _ADVICE if kind is G1Fault.STRICT_LIMIT else 1.0
        checks.append(check_of(kind, samples, subjects, heat, fps, most))
    return G1Report(fps, ground, allow, tuple(checks), heat, restless_ends(motion), motion.variant)


def _posed(motion: G1Motion, capsules: G1Capsules, collision: float) -> tuple[Soles, FloatArray, FloatArray, Samples]:
    """Return what needs all bodies' poses.

    These are the soles, (F, B) the heights of the bodies' lowest places, of feet aside, (F, 3) the center of mass, and
    links inside one another by more than `collision` metres.
    """
    corners: list[FloatArray] = []
    lowest: list[FloatArray] = []
    centres: list[FloatArray] = []
    inertias = g1_inertias(motion.variant)
    parts: list[Samples] = []
    for rows in chunks_of(len(motion.dof_pos)):
        pose = motion.model.body_poses(motion.root_pos[rows], motion.root_quat[rows], motion.dof_pos[rows])
        corners.append(sole_corners(motion.model, *pose))
        lowest.append(capsules.lowest(*pose))
        # a body's centre of mass isn't at its frame
        masses = pose[0] + rotations.rotate(pose[1], inertias.centres)
        centres.append(inertias.centre_of(np.swapaxes(masses, 0, 1)))
        frames, pairs, depth = capsules.overlaps(*pose, collision)
        parts.append(Samples(pairs, frames + rows.start, depth, (depth - collision) / 0.04))
    # of feet their soles say it more exactly
    heights = np.concatenate(lowest)
    heights[:, foot_bodies(motion.model)] = np.inf
    soles = Soles(np.concatenate(corners), motion.root_pos[:, 2], motion.fps)
    return soles, heights, np.concatenate(centres), Samples.joined(parts)


def _pair_subject(capsules: G1Capsules, pair: int) -> Subject:
    one, other = map(int, capsules.body_pairs[pair])
    names = capsules.model.bodies
    says = "{name} is {amount:.0f} mm inside {other} at frame {frame}"
    return Subject(names[one], (one, other), says, 1000.0, "mm", {"other": names[other]})


def _summary(checks: tuple[G1Check, ...], model: G1Model) -> list[dict[str, object]]:
    summary: list[dict[str, object]] = []
    for check in checks:
        worst = _row(check.worst, model) if check.worst else None
        summary.append({"kind": check.kind.value, "findings": check.count, "frames": check.frame_count, "worst": worst})
    return summary


def _rows(checks: tuple[G1Check, ...], model: G1Model) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for check in checks:
        rows += [_row(finding, model) for finding in check.findings]
    return rows


def _row(finding: G1Finding, model: G1Model) -> dict[str, object]:
    return {
        "kind": finding.kind.value,
        "subject": finding.subject.name,
        "bodies": list(map(model.bodies.__getitem__, finding.subject.bodies)),
        "first": finding.first,
        "last": finding.last,
        "worst": finding.worst,
        "amount": round(finding.amount, 6),
        "unit": finding.subject.unit,
        "severity": round(finding.severity, 4),
        "sentence": finding.sentence() + ".",
    }
