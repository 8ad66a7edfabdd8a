"""The solution of a motion as arrays next to its `Sighting`, so that it can be corrected, and a sighting that is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..motion.bones.bone_detection import detect_bones
from ..motion.bones.humanoid import filled, slots_of
from ..motion.rotations import FloatArray, IntArray, continuous, norm, normalise
from ..motion.skeleton import Clip
from .clip_solution.seen import BY_FRAME, Seen
from .clip_solution.solution import Solution
from .clip_solution.terms import Floor
from .corrections import Correction, Steps, depth_of
from .ground import POINTS
from .motion_from_track import SeenMotion
from .pose import clip_of
from .sighting import Sighting, arrays_of, doubt_values, doubts_of, in_world, read_arrays, sighting_of
from .told_depths import ToldDepths
from .trust import HANDS, LIMBS, Doubt, Trust

_PREFIX = "solution_"
_LIMB_OF = {"elbow": "arm", "wrist": "arm", "knee": "leg", "ankle": "leg"}
_BONES = {
    "elbow": ("upper_arm", "lower_arm"),
    "wrist": ("lower_arm", "hand"),
    "knee": ("upper_leg", "lower_leg"),
    "ankle": ("lower_leg", "foot"),
}
"""The bone that a joint ends, and the one that begins there."""
_MOVED = 0.005
"""Metres: what moved less can't be seen."""


@dataclass(frozen=True, eq=False)
class KeptSolution:
    """The solution of a preview's motion, without corrections.

    Attributes:
        seen: what it was solved from.
        solution: the joints, bones and floor.
        times: (F,) seconds from the start of the range.
        rows: (K,) the frames that the motion has; those of longer gaps are missing.
        world: (4, 4) from the solution's axes to the world in which the body's rotations are found.
        other: (4, 4) from there to the motion's world, which may be another one that explains the video as well.
        frame: width and height of the video's frames, pixels.
        trust: in the motion.
        fingers: of the motion, as `pose.clip_of` takes them; None if an earlier version made it.
        other_frames: width and height of the frames of each other film that `seen` has.
        later: those of the later shots of a video with cuts.
        likely: (F, 8) how likely each of `corrections.JOINTS` is right; None if that is judged by what is seen.
    """

    seen: Seen
    solution: Solution
    times: FloatArray
    rows: IntArray
    world: FloatArray
    other: FloatArray
    frame: tuple[int, int]
    trust: Trust
    fingers: FloatArray | None = None
    other_frames: tuple[tuple[int, int], ...] = ()
    later: "tuple[KeptSolution, ...]" = ()
    likely: FloatArray | None = None

    @property
    def shots(self) -> "tuple[KeptSolution, ...]":
        """It and those of later shots."""
        return (self, *self.later)

    def at(self, second: float) -> "KeptSolution":
        """Return that of the shot of a moment, or of the nearest."""
        return min(self.shots, key=lambda one: max(one.times[0] - second, second - one.times[-1]))

    def joints_in_world(self, joints: FloatArray) -> FloatArray:
        """Return the joints that the motion has in the world in which the body's rotations are found."""
        return np.asarray(joints[self.rows] @ self.world[:3, :3].T + self.world[:3, 3])

    @cached_property
    def steps(self) -> Steps:
        """Its corrections, step by step."""
        return Steps(self.seen, self.solution, self.times, self.frame)

    def camera(self, row: int, film: int = 0) -> FloatArray:
        """Return the matrix (4, 4) from the motion's world to a film's camera's axes: x right, y down, z ahead."""
        return np.asarray(self.seen.films[film].camera(row) @ np.linalg.inv(self.other @ self.world))


def kept_solution(
    motion: SeenMotion, start: float, frame: tuple[int, int], other_frames: tuple[tuple[int, int], ...] = ()
) -> KeptSolution:
    """Return that of a motion.

    Args:
        motion: as it was found.
        start: seconds from the start of the range to that of the motion's track.
        frame: width and height of the video's frames, pixels.
        other_frames: the same of the other films that show it.
    """
    found, ground = motion.solved, motion.ground
    world_from_solution = np.eye(4)
    world_from_solution[:3, :3] = ground.axes
    world_from_solution[:3, 3] = -ground.axes @ ground.origin
    return KeptSolution(
        found.seen,
        found.solution,
        found.times + start,
        motion.frames - found.first,
        world_from_solution,
        np.eye(4),
        frame,
        motion.trust,
        motion.fingers,
        other_frames,
    )


@dataclass(frozen=True, eq=False)
class CorrectedShot:
    """A shot of a solution with corrections.

    Attributes:
        joints: (F, N, 3) as `Solution` has them.
        corrections: those of this shot by their number among all, with the seconds from and to which they hold.
    """

    joints: FloatArray
    corrections: Mapping[int, Correction]


def corrected_shots(kept: KeptSolution, corrections: Sequence[Correction]) -> list[CorrectedShot]:
    """Return each shot of a solution with just these corrections.

    Raises:
        Fault: one of them asks for what can't be.
    """
    shots: list[CorrectedShot] = []
    for shot in kept.shots:
        own = {number: one for number, one in enumerate(corrections) if kept.at(one.second) is shot}
        solution, found = shot.steps.corrected(list(own.values()))
        shots.append(CorrectedShot(solution.joints, dict(zip(own, found, strict=True))))
    return shots


def with_corrections(sighting: Sighting, kept: KeptSolution, corrections: Sequence[Correction]) -> Sighting:
    """Return a sighting whose motion has just these corrections; the body and the world stay.

    Raises:
        Fault: one of them asks for what can't be.
    """
    clip = sighting.clip
    clips: list[Clip] = []
    trusts: list[Trust] = []
    known: dict[int, Correction] = {}
    first = 0
    for shot, found in zip(kept.shots, corrected_shots(kept, corrections), strict=True):
        times = clip.times[first : first + len(shot.rows)]
        first += len(times)
        world = shot.joints_in_world(found.joints)
        clips.append(clip_of(world, clip.skeleton, clip.fps, times, shot.fingers))
        trusts.append(trusted(shot.trust, times, found.corrections.values()))
        known |= found.corrections
    return replace(
        sighting,
        clip=replace(in_world(joined_clips(clips), kept.other), eyes=clip.eyes),
        trust=joined_trust(trusts),
        corrections=tuple(map(known.__getitem__, sorted(known))),
    )


def joined_clips(clips: Sequence[Clip]) -> Clip:
    """Return the clips of one skeleton as one, in order of time."""
    if len(clips) == 1:
        return clips[0]
    return replace(
        clips[0],
        times=np.concatenate([clip.times for clip in clips]),
        positions=np.concatenate([clip.positions for clip in clips]),
        rotations=continuous(np.concatenate([clip.rotations for clip in clips])),
    )


def joined_trust(trusts: Sequence[Trust]) -> Trust:
    """Return the trust in such clips as one; a hand whose fingers are seen in some has none in the others."""
    known, doubts = set[str](), list[Doubt]()
    for trust in trusts:
        known.update(trust.limbs)
        doubts += trust.doubts
    limbs = (*LIMBS, *filter(known.__contains__, HANDS))
    values = np.concatenate([trust.of(limbs) for trust in trusts])
    return Trust(limbs, values, tuple(doubts), trusts[0].films)


def limb_depth(sighting: Sighting, kept: KeptSolution, joint: str, second: float) -> float:
    """Return metres by which a limb's end is farther from the camera than its start, in a motion as it is now.

    Args:
        sighting: the motion.
        kept: its solution.
        joint: one of `corrections.JOINTS`.
        second: the moment, from the start of the range.
    """
    shot = kept.at(second)
    joints = corrected_shots(kept, sighting.corrections)[kept.shots.index(shot)].joints
    return float(depth_of(shot.seen, joints, joint)[np.abs(shot.times - second).argmin()])


@dataclass(frozen=True)
class Change:
    """The effect of a correction.

    Attributes:
        degrees: by which its limb is rotated at its moment.
        start: first second in which anything moved; NaN if nothing did.
        end: the last one.
    """

    degrees: float
    start: float
    end: float


def change_between(before: Clip, after: Clip, joint: str, second: float) -> Change:
    """Return what differs between a motion before and after a limb was corrected at a moment."""
    row = int(np.abs(after.times - second).argmin())
    pointed, points_now = normalise(_limb_in(before, joint)[row]), normalise(_limb_in(after, joint)[row])
    # rounding may bring a cosine over 1
    degrees = float(np.degrees(np.arccos(np.clip(pointed @ points_now, -1.0, 1.0))))
    moved = np.flatnonzero(norm(after.positions - before.positions).max(axis=-1) > _MOVED)
    ends = after.times[moved[[0, -1]]] if len(moved) else np.full(2, np.nan)
    return Change(degrees, float(ends[0]), float(ends[1]))


def _limb_in(clip: Clip, joint: str) -> FloatArray:
    """Return (F, 3) from the start of the limb that a joint ends to that joint."""
    side, part = joint.split("_", 1)
    slots = detect_bones(clip.skeleton).indices_in(clip.skeleton.indices)
    start, end = filled(slots, slots_of(side, _BONES[part]))
    return np.asarray(clip.positions[:, end] - clip.positions[:, start])


def limb_of(joint: str) -> str:
    """Return the arm or leg, one of `trust.LIMBS`, that one of `corrections.JOINTS` belongs to."""
    side, part = joint.split("_", 1)
    return f"{side}_{_LIMB_OF[part]}"


def trusted(trust: Trust, times: FloatArray, corrections: Iterable[Correction]) -> Trust:
    """Return the trust in a motion: whole for a limb while it is corrected, which settles the doubt at that moment."""
    values = trust.values.copy()
    doubts = list(trust.doubts)
    for one in corrections:
        limb = limb_of(one.joint)
        held = (times >= one.first) & (times <= one.last)
        values[held, LIMBS.index(limb)] = 1.0
        # a doubt at another moment of the same limb stays
        doubts = [each for each in doubts if each.limb != limb or not each.start <= one.second <= each.end]
    return replace(trust, values=values, doubts=tuple(doubts))


def solution_arrays(kept: KeptSolution) -> dict[str, npt.NDArray[np.generic]]:
    """Return it as named arrays, for `solution_of`; they stand beside those of a `Sighting` in one file."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for number, shot in enumerate(kept.shots):
        prefix = _prefix(number)
        for name, values in _shot_arrays(shot).items():
            arrays[f"{prefix}{name}"] = values
    return arrays


def _prefix(shot: int) -> str:
    # the first one's names are those of versions that kept only one
    return f"{_PREFIX}{shot}_" if shot else _PREFIX


def _shot_arrays(kept: KeptSolution) -> dict[str, npt.NDArray[np.generic]]:
    seen, solution, floor = kept.seen, kept.solution, kept.solution.floor
    facts = {
        "fps": seen.fps,
        "focal": seen.focal,
        "frame": kept.frame,
        "others": [(film.focal, *frame) for film, frame in zip(seen.others, kept.other_frames, strict=True)],
        "floor": None if floor is None else floor.height,
        "limbs": kept.trust.limbs,
        "shown_by": kept.trust.films,
        "doubts": doubt_values(kept.trust),
    }
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "facts": np.array(json.dumps(facts)),
        **_seen_arrays(seen),
        "joints": solution.joints,
        "lengths": solution.lengths,
        "times": kept.times,
        "rows": kept.rows,
        "world": kept.world,
        "other": kept.other,
        "trust": kept.trust.values,
    }
    if kept.fingers is not None:
        arrays["fingers"] = kept.fingers
    if solution.pull is not None:
        arrays["pull"] = solution.pull
    if kept.likely is not None:
        arrays["likely"] = kept.likely
    if floor is not None:
        arrays |= {"up": floor.up, "planted": floor.planted}
    for number, film in enumerate(seen.others, 1):
        for name, values in _seen_arrays(film).items():
            arrays[f"film{number}_{name}"] = values
    return arrays


def _seen_arrays(seen: Seen) -> dict[str, npt.NDArray[np.generic]]:
    told: dict[str, npt.NDArray[np.generic]] = {"told_depth": seen.told.depth, "told_error": seen.told.error}
    return {name: getattr(seen, name) for name in (*BY_FRAME, "place")} | told


def solution_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> KeptSolution:
    """Return what `solution_arrays` made arrays of.

    Raises:
        KeyError, ValueError, TypeError: these are others, or of an earlier version that kept no solution.
    """
    later: list[KeptSolution] = []
    while f"{_prefix(len(later) + 1)}facts" in arrays:
        later.append(_shot_of(arrays, _prefix(len(later) + 1)))
    return replace(_shot_of(arrays, _PREFIX), later=tuple(later))


def _shot_of(arrays: Mapping[str, npt.NDArray[np.generic]], prefix: str) -> KeptSolution:
    facts = json.loads(str(arrays[f"{prefix}facts"]))

    def numbers(name: str) -> FloatArray:
        return np.asarray(arrays[f"{prefix}{name}"], dtype=np.float64)

    def known(name: str) -> FloatArray | None:
        return numbers(name) if f"{prefix}{name}" in arrays else None

    def seen_by(focal: float, film: str = "") -> Seen:
        told = ToldDepths(numbers(f"{film}told_depth"), numbers(f"{film}told_error"))
        parts = {name: numbers(f"{film}{name}") for name in BY_FRAME}
        seen = Seen(float(facts["fps"]), float(focal), **parts, told=told)  # pyrefly: ignore[bad-argument-type] -- arrays only
        place = known(f"{film}place")  # earlier versions didn't keep that of the first film
        return seen if place is None else replace(seen, place=place)

    others: list[Seen] = []
    other_frames: list[tuple[int, int]] = []
    beside = facts.get("others", ())  # earlier versions knew one film only
    for number, (focal, width, height) in enumerate(beside, 1):
        others.append(seen_by(focal, f"film{number}_"))
        other_frames.append((int(width), int(height)))
    seen = replace(seen_by(facts["focal"]), others=tuple(others))
    floor: Floor | None = None
    if facts["floor"] is not None:
        kept = np.asarray(arrays[f"{prefix}planted"], dtype=np.bool_)
        planted = np.zeros((len(kept), len(POINTS)), dtype=np.bool_)
        planted[:, : kept.shape[1]] = kept  # earlier versions held feet only, which are the first
        floor = Floor(numbers("up"), float(facts["floor"]), planted)
    return KeptSolution(
        seen,
        Solution(numbers("joints"), numbers("lengths"), floor, known("pull")),
        numbers("times"),
        np.asarray(arrays[f"{prefix}rows"], dtype=np.int64),
        numbers("world"),
        numbers("other"),
        (int(facts["frame"][0]), int(facts["frame"][1])),
        Trust(
            tuple(facts.get("limbs", LIMBS)),
            numbers("trust"),
            doubts_of(facts["doubts"]),
            tuple(facts.get("shown_by", ())),
        ),
        known("fingers"),
        tuple(other_frames),
        likely=known("likely"),
    )


def in_other_world(seen: Sighting, kept: KeptSolution | None) -> tuple[Sighting, KeptSolution | None]:
    """Return a sighting and its solution with the other world, as `Sighting.in_other_world` does."""
    assert seen.other is not None  # noqa: S101 -- the caller looked
    turned = None if kept is None else replace(kept, other=seen.other.matrix @ kept.other)
    return seen.in_other_world(), turned


def all_arrays(seen: Sighting, kept: KeptSolution | None) -> dict[str, npt.NDArray[np.generic]]:
    """Return both as the arrays of one file."""
    return arrays_of(seen) | ({} if kept is None else solution_arrays(kept))


def all_in(file: Path) -> tuple[Sighting, KeptSolution | None]:
    """Read a sighting and its solution from an npz file; earlier versions kept no solution.

    Raises:
        Fault: it is missing or broken.
    """
    return read_arrays(file, _all_of)


def _all_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> tuple[Sighting, KeptSolution | None]:
    return sighting_of(arrays), solution_of(arrays) if f"{_PREFIX}facts" in arrays else None
