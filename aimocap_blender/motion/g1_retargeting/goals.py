"""The goals of a fit: poses and paths that the robot is to show in every frame, and how much each counts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..body.body_points import SOLES
from ..bones.humanoid import SIDES, sided
from ..feet.stances import Stances
from ..g1.capsules import G1Capsules
from ..g1.soles import foot_bodies
from ..rotations import BoolArray, FloatArray, IntArray, rotate
from ..smoothing import covered, least_bent_lines, smooth_vectors, softened
from ..spans import runs
from .footsteps import Footsteps, forced_turns
from .intent import Intent
from .puppet import Place, hips_in_root
from .state import State
from .supports import Surface, sharing, supports_of, surface_of

_FIRMING = 0.1  # seconds in which a foot's path becomes as firm as a planted foot's
_NEAR, _HALF = 0.02, 0.6  # metres over the ground at which height and tilt of a foot that moves are half as firm
_EVEN = 0.05, 0.02  # seconds over which the pelvis's path is averaged, as legs make up for it: over the ground, upwards
# Seconds within which what only the robot's own size asks for doesn't bend over the ground, of who stands and who lies:
# a pelvis that turns there swings further than a human's, and has nothing to hold its balance for.
_OWN = 0.15, 0.8
_FIRMLY = 1e3  # such paths are followed rather than the origin is
_LIES, _BLEND = 0.5, 0.2  # of `Intent.lies`, and seconds over which what rests comes to where the feet stand
_TIPS = 0.4  # of the way from where a foot stands to where it would rest on its edge: legs splay as it slips so far
_TURNS = 0.8  # of the weight of a foot's attitude that one which rests gives up: the ground says how it lies
_ALONG = np.array([1.0, 1.0, 0.0])  # the ground
_GIVES = 0.5  # of a standing foot's attitude, as a share of its weights' ratio, that who sits or lies gives up
_RISEN = np.radians(10.0)  # of a sole on one of its ends: the other end, 2 cm over the ground then, doesn't rest
_PASSING = 0.3  # of what rests, how much what only passes close to the ground is held on it
_CLEAR = 1.0  # seconds before and after resting on more than the feet within which the pose counts as it does there
_GIVEN = 0.7  # of the arms' directions that is given up for hands that reach


@dataclass(frozen=True)
class Weights:
    """How much each part of the intent counts: a direction or attitude off by a radian, a position by a metre.

    Attributes:
        arm: directions of upper arms and forearms.
        leg: directions of thighs and shins.
        pelvis: attitude of the pelvis.
        trunk: attitude of the trunk.
        hand: attitudes of the hands, and of the head.
        foot: attitude and position of a foot in the air.
        planted: the same of a planted foot.
        reach: positions of hands that touch, or that are to reach what the source's reach.
        place: position of the pelvis.
        ground: heights under the ground, and above it of what rests: a centimetre counts as a radian.
        stays: positions over the ground of points that rest, of the feet and of the rest of the body.
        apart: gaps between links.
        neutral: joint angles to come back to, where nothing else matters.
        wrist: the same of wrists: a bend as a direction off by a fourteenth of it. It points the forearm by up to a
            third of the bend, and would hide that an elbow is at its limit.
        strict: angles within the stricter limits.
        smooth: seconds: accelerations count as what they do within this time, squared.
        root: the pelvis's acceleration off the source's by a metre a second squared, along the ground and upwards:
            as a limb's direction off by 11 degrees and by 2. Upwards less, or straight knees would jerk.
        lying: the same along the ground of who rests on more than the feet: as 41 degrees.
        free: times as much that arms which touch nothing count, and that legs, pelvis and trunk do, of who rests on the
            feet alone: the ground doesn't ask for other poses there, and joints jerk no more for it.
    """

    arm: float = 1.0
    leg: float = 1.0
    pelvis: float = 1.0
    trunk: float = 1.2
    hand: float = 0.3
    foot: tuple[float, float] = (0.35, 4.0)
    planted: tuple[float, float] = (12.0, 250.0)
    reach: float = 8.0
    place: float = 3.0
    ground: float = 100.0
    stays: tuple[float, float] = (50.0, 12.0)
    apart: float = 60.0
    neutral: float = 0.03
    wrist: float = 0.07
    strict: float = 0.3
    smooth: float = 0.035
    root: tuple[float, float] = (0.2, 0.04)
    lying: float = 0.72
    free: tuple[float, float] = (2.5, 1.5)


@dataclass(frozen=True, eq=False)
class Limb:
    """The direction (F, 3) from one place to another, and its weight (F,)."""

    start: Place
    end: Place
    direction: FloatArray
    weight: FloatArray

    def at(self, frames: IntArray) -> "Limb":
        """Return it at some frames."""
        return replace(self, direction=self.direction[frames], weight=self.weight[frames])


@dataclass(frozen=True, eq=False)
class Path:
    """The path of a body's point: (F, 3) metres in the world, and its weights (F, 3) along the world's axes."""

    body: int
    offset: FloatArray
    pos: FloatArray
    weight: FloatArray

    def at(self, frames: IntArray, firm: float) -> "Path":
        """Return it at some frames, with weights of at most `firm`."""
        return replace(self, pos=self.pos[frames], weight=np.minimum(self.weight[frames], firm))


@dataclass(frozen=True, eq=False)
class Resting:
    """A part of the robot that rests on the ground.

    Attributes:
        rows: the balls of its surface of which one does.
        weight: (F,) 0 to 1, how much.
        place: the point that stays where it is.
        stays: (F,) whether it does.
        is_seat: who rests on it sits.
    """

    rows: IntArray
    weight: FloatArray
    place: Place
    stays: BoolArray
    is_seat: bool

    def at(self, frames: IntArray) -> "Resting":
        """Return it at some frames."""
        return replace(self, weight=self.weight[frames], stays=self.stays[frames])

    def touching(self, surface: Surface, heights: FloatArray) -> "Resting":
        """Return it with the point that is on the ground: of a foot on its edge, the edge.

        Args:
            surface: of the robot.
            heights: (F, S) of its balls.
        """
        share = sharing(heights[:, self.rows]) * self.weight[:, None]
        offset = share.sum(axis=0) @ surface.centres[self.rows] / max(float(share.sum()), 1e-9)
        return replace(self, place=replace(self.place, offset=offset))

    @property
    def held(self) -> FloatArray:
        """(F,) 0 to 1, how much it rests where it stays."""
        return self.weight * self.stays

    def stances(self, planted: BoolArray) -> list[slice]:
        """Return the spans of frames in which it both rests and is part of a foot that stands, (F,)."""
        spans = [slice(start, stop) for start, stop in runs(self.stays | planted).tolist()]
        return [rows for rows in spans if planted[rows].any() and self.held[rows].any()]

    def mean(self, place: FloatArray, rows: slice) -> FloatArray:
        """Return where (3,) a path (F, 3) mostly is while it rests, in some frames."""
        held = self.held[rows]
        return np.asarray(held @ place[rows] / held.sum(), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Goals:
    """The goals of F frames.

    Attributes:
        fps: frame rate.
        root_pos: (F, 3) of the pelvis.
        lies: (F,) 0 to 1, how much the robot rests on more than its feet.
        rotations: body to (F, 4) its attitude and the weight of it (F,).
        limbs: the limbs' directions.
        paths: paths of points, those of the feet first.
        planted: (F,) of each foot, whether it stands.
        angles: (F, J) or (1, J) joint angles to come back to, with the weight `neutral`.
        rests: what rests on the ground.
        floor: height of the ground, metres, that no body is under.
        ground: weight of heights under it, and of those above it where something rests.
    """

    fps: float
    root_pos: FloatArray
    lies: FloatArray
    rotations: dict[int, tuple[FloatArray, FloatArray]]
    limbs: tuple[Limb, ...]
    paths: tuple[Path, ...]
    planted: tuple[BoolArray, ...]
    angles: FloatArray
    rests: tuple[Resting, ...]
    floor: float
    ground: float

    def every(self, frames: IntArray, fps: float, firm: float) -> "Goals":
        """Return the goals at some frames, paths and ground with weights of at most `firm`."""
        return Goals(
            fps,
            self.root_pos[frames],
            self.lies[frames],
            {body: (turn[frames], weight[frames]) for body, (turn, weight) in self.rotations.items()},
            tuple(limb.at(frames) for limb in self.limbs),
            tuple(path.at(frames, firm) for path in self.paths),
            tuple(planted[frames] for planted in self.planted),
            self.angles[frames] if len(self.angles) > 1 else self.angles,
            tuple(rest.at(frames) for rest in self.rests),
            self.floor,
            min(self.ground, firm),
        )

    @property
    def sits_on_feet(self) -> bool:
        """Whether something rests where a foot also stands, as of who sits down or gets up."""
        return any(self._stood(rest) for rest in self.rests)

    def staying(self, capsules: G1Capsules, state: State, weights: Weights) -> "Goals":
        """Return the goals of a robot whose points that rest also stay where they mostly are in a motion of it."""
        pos, quat = capsules.model.body_poses(state.root_pos, state.root_quat, state.dof_pos)
        surface, feet = surface_of(capsules), foot_bodies(capsules.model).tolist()
        heights = surface.heights(pos, quat)
        rests = [rest.touching(surface, heights) if rest.place.body in feet else rest for rest in self.rests]
        moved, paths = self._to_its_feet(rests, pos, quat), list(self.paths)
        seats = [rest.held for rest in rests if rest.is_seat]
        for rest in rests:
            place = rest.place.at(pos, quat) + moved
            for rows, stood in self._stood(rest):
                # only of who sits: who comes down onto a knee still stands on the other foot
                slips = _TIPS if any(held[rows].any() for held in seats) else 0.0
                place[rows] = stood + slips * (rest.mean(place, rows) - stood)
            stances, firm = Stances(rest.stays, _FIRMING * self.fps), weights.stays[0 if rest.place.body in feet else 1]
            # over the ground only: at which height it rests, the ground says
            weight = firm * stances.faded(rest.weight[:, None]) * _ALONG
            paths.append(Path(rest.place.body, rest.place.offset, stances.standing(place), weight))
        return replace(self, paths=tuple(paths))

    def _to_its_feet(self, rests: Sequence[Resting], pos: FloatArray, quat: FloatArray) -> FloatArray:
        """Return how what rests moves (F, 3) to feet that also stand there, as far from them as in the motion.

        Who sits down or gets up has its feet in one place.

        Args:
            rests: what rests.
            pos: (F, B, 3) of the bodies in the motion, metres.
            quat: (F, B, 4) of the bodies, wxyz.
        """
        # how far feet rest from where they stand, times how much they rest
        off, sure = np.zeros((len(pos), 3)), np.zeros(len(pos))
        for rest in rests:
            place, held = rest.place.at(pos, quat), rest.held
            for rows, stood in self._stood(rest):
                off[rows] += held[rows, None] * (place[rows] - stood) * _ALONG
                sure[rows] += held[rows]
        lies, moved = self.lies > _LIES, np.zeros((len(pos), 3))
        for start, stop in runs(lies).tolist():
            moved[start:stop] = -off[start:stop].sum(axis=0) / max(float(sure[start:stop].sum()), 1e-9)
        return Stances(lies, _BLEND * self.fps).faded(moved)

    def _stood(self, rest: Resting) -> list[tuple[slice, FloatArray]]:
        """Return the spans of frames in which a part of a foot rests where that stands, and where it stands then (3,).

        There are none of other parts.
        """
        found: list[tuple[slice, FloatArray]] = []
        for foot, planted in zip(self.paths, self.planted, strict=False):
            if foot.body == rest.place.body:
                stood = foot.pos + rotate(self.rotations[foot.body][0], rest.place.offset - foot.offset)
                found += [(rows, stood[rows][planted[rows]].mean(axis=0)) for rows in rest.stances(planted)]
        return found


def goals_of(intent: Intent, steps: Footsteps, weights: Weights, reach: float) -> Goals:
    """Return the goals of an intent whose feet go as `steps`.

    Args:
        intent: the motion.
        steps: its feet.
        weights: of the goals.
        reach: 0 to 1, how much hands are where the source's are rather than arms as the source's point.
    """
    count = len(intent.motion.times)
    places = intent.puppet.places
    rotations: dict[int, tuple[FloatArray, FloatArray]] = {}
    stands = 1.0 - covered(intent.lies, round(_CLEAR * intent.fps))
    closely = _between(1.0, weights.free[1], stands)
    turning = {"hips": weights.pelvis * closely, "spine": weights.trunk * closely}
    turning.update(dict.fromkeys(("head", *sided("hand")), np.full(count, weights.hand)))
    for slot, weight in turning.items():
        if slot in intent.rotations:
            rotations[places[slot].body] = intent.rotations[slot], weight
    paths: list[Path] = []
    for side, foot in steps.feet.items():
        place = places[f"{side}_foot"]
        firm = Stances(foot.carries, _FIRMING * intent.fps).weight
        near = np.maximum(np.exp(-0.5 * (foot.lowest / _NEAR) ** 2), firm)
        low = np.maximum(firm, np.maximum(_HALF, foot.pauses) * near * (1.0 - intent.lies))
        level = low * (1.0 - _GIVES * intent.lies)
        turned = _between(weights.foot[0], weights.planted[0], level)
        rotations[place.body] = foot.quat, turned * (1.0 - _TURNS * _lying(intent, side, foot.carries))
        # a foot that is still doesn't slide, also one that doesn't stand, as on the tip of its toes
        still = np.maximum(firm, foot.pauses * near * (1.0 - intent.lies))
        along = _between(weights.foot[1], weights.planted[1], still)
        # how high the ankle of who sits is over its heel, the ground says: it bends less than a human's
        up = _between(weights.foot[1], weights.planted[1], low * (1.0 - intent.lies))
        paths.append(Path(place.body, place.offset, foot.pos, np.stack([along, along, up], axis=-1)))
    # without hands nothing reaches, and arms give up no direction for it
    shares = np.maximum(reach, intent.touch) if intent.hands else np.zeros(count)
    for side, hand in intent.hands.items():
        place = places[f"{side}_hand"]
        weight = np.broadcast_to((weights.reach * shares)[:, None], (count, 3))
        paths.append(Path(place.body, place.offset, hand + steps.moved, weight))
    arm = weights.arm * (1.0 - _GIVEN * shares) * _between(1.0, weights.free[0], stands * (1.0 - shares))
    limbs: list[Limb] = []
    for (start, end), direction in intent.limbs.items():
        weight = arm if "arm" in start else weights.leg * closely
        limbs.append(Limb(places[start], places[end], direction, weight))
    rests = _rests(intent) if np.isfinite(steps.floor) else ()
    angles = np.zeros((1, len(intent.puppet.model.joints)))
    return Goals(
        intent.fps,
        _root(intent, steps.moved),
        intent.lies,
        rotations,
        tuple(limbs),
        tuple(paths),
        tuple(foot.planted for foot in steps.feet.values()),
        angles,
        rests,
        steps.floor,
        weights.ground,
    )


def _lying(intent: Intent, side: str, carries: BoolArray) -> FloatArray:
    """Return (F,) 0 to 1, how much a foot rests where it stays, but doesn't carry (F,) the figure."""
    rests = [intent.rests[name] for part in SOLES if (name := f"{side}_{part}") in intent.rests]
    held = np.max([np.zeros(len(carries)), *(rest.near * rest.stays for rest in rests)], axis=0)
    return softened(np.where(carries, 0.0, held), _BLEND * intent.fps / 2.0)


def _root(intent: Intent, moved: FloatArray) -> FloatArray:
    """Return the pelvis's path: along the ground as even as the source's hips, whatever the robot's own size asks for.

    A foot that is held moves it, as the robot's steps are not the source's; so does a pelvis that tilts, as its frame
    is far above the thighs, and a trunk that turns about the hips, where that is the body that moves freely.
    """
    held, along, up = intent.head("hips"), _EVEN[0] * intent.fps, _EVEN[1] * intent.fps
    thighs = (intent.head("left_upper_leg") + intent.head("right_upper_leg")) / 2.0
    free_slot = "spine" if intent.puppet.places["spine"].body == 0 else "hips"
    lever = rotate(intent.rotations[free_slot], hips_in_root(intent.puppet))
    # as the source's hips go, and apart from that what the robot's own size asks for
    free = intent.free + thighs - held
    seconds = _between(*_OWN, softened(intent.lies, _BLEND * intent.fps / 2.0))
    own = least_bent_lines(_FIRMLY / seconds**4, held - free - lever, _FIRMLY * intent.fps**4)
    root = smooth_vectors(free + moved, along) + own
    height = smooth_vectors(held + moved, up) - smooth_vectors(lever, along)
    return np.concatenate([root[:, :2], height[:, 2:]], axis=1)


def _rests(intent: Intent) -> tuple[Resting, ...]:
    supports, reach = supports_of(intent.puppet), _FIRMING * intent.fps
    ends = _ends_down(intent)
    found: list[Resting] = []
    for name, rest in intent.rests.items():
        held = _PASSING + (1.0 - _PASSING) * Stances(rest.stays, reach).weight
        if name in supports:
            near = rest.near * ends.get(name, 1.0)
            is_seat = name.partition("_")[2] == "seat"
            found.append(Resting(supports[name].rows, near * held, supports[name].place, rest.stays, is_seat))
    return tuple(found)


def _ends_down(intent: Intent) -> dict[str, FloatArray]:
    """Return by the names of the points under the feet how far (F,) 0 to 1 ankles bend to bring them to the ground.

    With both ends of a sole on it where the ankle can't, the whole leg would turn.
    """
    ends: dict[str, FloatArray] = {}
    for side in SIDES:
        # the front edge up, or the heel
        up = -forced_turns(intent, side)[:, 1] / _RISEN
        for part in SOLES:
            ends[f"{side}_{part}"] = 1.0 - np.clip(-up if part == "heel" else up, 0.0, 1.0)
    return ends


def _between(low: float, high: float, share: FloatArray) -> FloatArray:
    """Return weights between two as a share of their ratio."""
    return np.asarray(low * (high / low) ** share, dtype=np.float64)
