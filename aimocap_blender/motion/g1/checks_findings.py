"""Results of a check: spans of frames with the worst of each, and the severity of every frame."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import LiteralString

import numpy as np

from ...texts.text import Text
from ..rotations import BoolArray, FloatArray, IntArray
from ..timeline_heat import LEAST_HEAT

MOST_FINDINGS = 1000  # listed per kind: nobody reads more, and noise has hundreds of thousands
_BRIDGED = 0.1  # seconds: faults of one subject with shorter gaps are one finding


class G1Fault(Enum):
    """The kinds of faults, in the order of reports."""

    JOINT_LIMIT = "joint_limit"
    STRICT_LIMIT = "strict_limit"
    VELOCITY = "velocity"
    SPIKE = "acceleration_spike"
    SLIDE = "foot_slide"
    FLOATING = "floating"
    SINKING = "sinking"
    COLLISION = "self_collision"
    ROOT_JUMP = "root_jump"
    ROOT_ACCELERATION = "root_acceleration"


class G1Estimate(Enum):
    """The kinds of what the robot lacks for a motion, by estimate: they are no faults, in the order of reports."""

    TORQUE = "estimated_torque"
    BALANCE = "estimated_balance"
    SUPPORT = "estimated_support"
    JERK = "estimated_jerk"


Kind = G1Fault | G1Estimate
"""Of findings."""


@dataclass(frozen=True)
class Subject:
    """The subject of a fault.

    Attributes:
        name: a joint's, a body's, or two bodies'.
        bodies: the bodies to colour, as indices of `G1Model.bodies`.
        says: such as "{name} is {amount:.1f}° past its limit at frame {frame}".
        factor: from the measured amount to `unit`.
        unit: of the reported amount: deg, rad/s, rad/s², m/s, m/s³, mm, cm, N or N m.
        values: for the other fields of `says`.
    """

    name: str
    bodies: tuple[int, ...]
    says: LiteralString
    factor: float
    unit: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class G1Finding:
    """One span of frames at fault.

    Attributes:
        kind: of fault or estimate.
        subject: the joint, foot, body, or pair of bodies.
        first: frame, counted from 0.
        last: frame; the span may include short gaps without fault.
        worst: the frame of the largest amount.
        amount: at the worst frame, in `subject.unit`.
        severity: at the worst frame, above 0 to 1.
    """

    kind: Kind
    subject: Subject
    first: int
    last: int
    worst: int
    amount: float
    severity: float

    def sentence(self, frame: object = None) -> Text:
        """Return what is wrong, for people.

        Args:
            frame: the displayed name of the worst frame; its number counted from 0 if None.
        """
        at = self.worst if frame is None else frame
        subject = self.subject
        return Text(subject.says, name=subject.name, amount=self.amount, frame=at, **subject.values)


@dataclass(frozen=True, eq=False)
class G1Check:
    """One kind of fault or estimate over a whole clip.

    Attributes:
        kind: of fault or estimate.
        findings: the worst first, `MOST_FINDINGS` of them at most.
        count: number of all findings.
        severity: (F,) 0 without fault, else from `LEAST_HEAT` to 1.
    """

    kind: Kind
    findings: tuple[G1Finding, ...]
    count: int
    severity: FloatArray

    @property
    def worst(self) -> G1Finding | None:
        """The worst finding, if there is one."""
        return self.findings[0] if self.findings else None

    @cached_property
    def frame_count(self) -> int:
        """The number of frames at fault."""
        return int(np.count_nonzero(self.severity))


@dataclass(frozen=True, eq=False)
class Samples:
    """Frames at fault, a row for each subject and frame.

    Attributes:
        subjects: (N,) row of the check's subjects.
        frames: (N,) counted from 0.
        amounts: (N,) size of the fault, in the measure's own unit.
        badness: (N,) 0 at the tolerance, 1 or more at the worst severity.
    """

    subjects: IntArray
    frames: IntArray
    amounts: FloatArray
    badness: FloatArray

    @classmethod
    def where(cls, amounts: FloatArray, over: FloatArray, full: float) -> "Samples":
        """Return measures (F, S) whose excess `over` (F, S) over the tolerance is positive; badness 1 at `full`."""
        frames, subjects = np.nonzero(over > 0.0)
        return cls(subjects, frames, amounts[frames, subjects], over[frames, subjects] / full)

    @classmethod
    def joined(cls, parts: "list[Samples]") -> "Samples":
        """Return all rows of several parts, with their subjects unchanged."""
        columns = zip(*(vars(part).values() for part in parts), strict=True)
        return cls(*map(np.concatenate, columns))

    def kept(self, mask: BoolArray) -> "Samples":
        """Return the rows of a mask (N,)."""
        return Samples(self.subjects[mask], self.frames[mask], self.amounts[mask], self.badness[mask])


def check_of(
    kind: Kind,
    samples: Samples,
    subjects: Callable[[int], Subject],
    body_heat: FloatArray,
    fps: float,
    most_severity: float = 1.0,
) -> G1Check:
    """Return the findings of a kind's samples; raise the heat of bodies (F, B) in place."""
    severity = np.zeros(len(body_heat), dtype=np.float64)
    shown = np.minimum(LEAST_HEAT + (1.0 - LEAST_HEAT) * np.minimum(samples.badness, 1.0), most_severity)
    np.maximum.at(severity, samples.frames, shown)
    numbers: list[int] = np.unique(samples.subjects).tolist()
    about = dict(zip(numbers, map(subjects, numbers), strict=True))
    starts, stops, order = spans(samples, fps)
    if not len(starts):
        return G1Check(kind, (), 0, severity)
    # all samples of a subject are one after the other in this order
    bounds = np.searchsorted(samples.subjects[order], [*about, max(about) + 1]).tolist()
    for subject, first, stop in zip(about.values(), bounds, bounds[1:], strict=False):
        rows = order[first:stop]
        for body in subject.bodies:
            np.maximum.at(body_heat[:, body], samples.frames[rows], shown[rows])
    # spans by their worst sample
    ranked = np.argsort(-np.maximum.reduceat(samples.badness[order], starts), kind="stable")[:MOST_FINDINGS]
    found: list[G1Finding] = []
    for start, stop in zip(starts[ranked].tolist(), stops[ranked].tolist(), strict=True):
        rows = order[start:stop]
        row = int(rows[np.argmax(samples.badness[rows])])
        subject = about[int(samples.subjects[row])]
        found.append(
            G1Finding(
                kind=kind,
                subject=subject,
                first=int(samples.frames[rows[0]]),
                last=int(samples.frames[rows[-1]]),
                worst=int(samples.frames[row]),
                amount=float(samples.amounts[row]) * subject.factor,
                severity=float(shown[row]),
            )
        )
    return G1Check(kind, tuple(found), len(starts), severity)


def spans(samples: Samples, fps: float) -> tuple[IntArray, IntArray, IntArray]:
    """Return starts and stops (R,) of runs in `order` (N,), which sorts the samples by subject, then frame."""
    order = np.lexsort((samples.frames, samples.subjects))
    if not len(order):
        return order, order, order
    subjects, frames = samples.subjects[order], samples.frames[order]
    # a short gap within a fault is part of it
    bridged = max(1, round(_BRIDGED * fps))
    cut = np.flatnonzero((np.diff(subjects) != 0) | (np.diff(frames) > bridged)) + 1
    return np.concatenate([[0], cut]), np.concatenate([cut, [len(order)]]), order


def findings_at(checks: Iterable[G1Check], row: int) -> tuple[tuple[float, G1Finding], ...]:
    """Return what was found at a frame, worst first: for each kind its heat and its worst finding there."""
    found: list[tuple[float, G1Finding]] = []
    for check in checks:
        heat = float(check.severity[row])
        finding = next((found for found in check.findings if found.first <= row <= found.last), None)
        if heat > 0.0 and finding is not None:
            found.append((heat, finding))
    return tuple(sorted(found, key=lambda pair: -pair[0]))
