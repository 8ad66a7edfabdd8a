"""The terms of the whole-clip solution (what is seen, what bodies do), and the normal equations that they add up to."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from ...motion.rotations import BoolArray, FloatArray, IntArray, norm, normalise
from ...motion.spans import runs
from .. import products
from ..ground import POINTS, RADII, Bodies, directions_of, refined
from ..joints import ACCELERATION, ANKLES, BONES, DEPTH_PAIRS, FEET, GIVE, HIPS, INDEX, SIDES, joints_of, trunk_axes
from ..told_depths import PAIRS
from .seen import PLAIN, Seen

_DAMPING = 100.0
"""Of each round's shifts: hidden joints, which little holds, would otherwise swing from round to round."""
_PIXELS = 0.008
"""Usual error of a landmark, of the person's size in the picture."""
_DEPTH = 0.06
"""Usual error of a guessed difference in depth, metres."""
_TOLD = 0.03
"""Least error of a difference in depth that our own network tells, metres."""
_AS_GUESSED = 1.4
"""So many times its own error is it taken to be off: it saw the guesses, which count by themselves, and errs alike from
frame to frame. Chosen over 1 by the clips of tests/vision/rendered_truth: fewer of them get worse by over a degree."""
_STILL, _STILL_OF_OTHERS = 0.2, 1.0
"""Metres a second above which a foot is not held still; and a hand, or whatever else rests on the floor. Of these, the
guessed depth jumps."""
_SLIP = 0.025 / 3.0
"""Usual speed over a second of what rests, metres a second."""
_KNEE = 0.02
"""Metres by which a knee may bend backwards."""
_STRAIGHT = 0.005
"""Metres that a knee is ahead of the line from hip to ankle in a leg that counts as straight."""
_LEAST_FOOT = 0.06
"""Metres of a foot across its leg: a shorter one, as on tiptoe, doesn't show which way is ahead."""
_ANKLE = 0.3
"""How strongly an ankle is held, relative to heel and toes."""

_BACKWARDS = 0.05
"""Metres that a forearm may point backwards."""
_FOREARM = 0.06
_ARM = (("shoulder", "elbow"), ("elbow", "wrist"))
_HELD = 0.07
"""Metres by which a hidden arm is held otherwise than it was in plain view."""
_REMEMBERED_SEC = 1.0
"""Standard deviation, in time, of the moments in plain view that a hidden arm is held as in."""
_ENOUGH_SEC = 0.25
"""Of plain view, which show half how an arm is held: with 0.5, forearms of the clips of rendered truth that are hidden
for long follow what is guessed of them."""

_IS_END = np.isin(POINTS, [*FEET, *joints_of("wrist", "index")])
"""(P,) which of the points that a body rests on belong to feet and hands."""
_IS_FOOT = np.isin(POINTS, FEET)
_ON_FLOOR = np.where(_IS_FOOT, 0.02, 0.15)
"""(P,) metres by which a standing heel or toe is off the floor; and others, which only lean on it: how far their skin
is from the joint is known roughly, and where the floor is seen at a flat angle, a little height moves them by much in
depth. With 0.1, arms of push-ups in tests/vision/rendered_truth follow a floor that is tilted."""
_ABOVE_FEET = 0.15
"""Metres by which the hips are not above both standing feet."""
_ABOVE_FOOT = 0.225
"""The same above the one foot that stands."""
_BELOW = 0.3
"""Weight of what is below the floor, relative to that of what rests off it."""
_FEW = 8
"""Resting points of feet and hands, of all frames, that a floor needs: a head that keeps still may be one."""
_LOW = 40.0
"""Percentile of standing heels' and toes' heights that is the floor's; of all that rests, where these are few."""
_OVER = np.where(_IS_END, 0.25, 0.1)
"""(P,) metres that a resting point may seem over the floor: elbows, hips and knees may be kept still above it."""
_CARRIES = 0.5
"""How surely a point is still enough to carry the body that rests."""
_SAME_PIXELS = 3.0
"""Usual errors of landmarks, from where a point would be seen that stays where it rests before and after."""
_FAR_PIXELS, _FAR_DEPTH, _FAR_FLOOR = 9.0, 6.0, 4.0
"""Squares of usual errors: a term that is so far off counts a quarter, see `_robust`."""
_LEFT, _RIGHT = (0, 1), (2, 3)
"""Places in `FEET` of the heel and the toes of each foot."""


class NormalEquations:
    """The sum of squared residuals of all terms, to second order, about the present positions.

    Attributes:
        blocks: (N, N, F, 3, 3) second derivatives by two joints of one frame.
        next: (F, N) second derivatives by a joint and itself a frame later; the same for all three axes.
        second: (F, N) the same, two frames later.
        gradient: (F, N, 3) first derivatives.
    """

    def __init__(self, frames: int, joints: int) -> None:
        self.blocks = np.zeros((joints, joints, frames, 3, 3))
        self.next = np.zeros((frames, joints))
        self.second = np.zeros((frames, joints))
        self.gradient = np.zeros((frames, joints, 3))
        self.same = np.zeros((frames, joints))
        """(F, N) second derivatives by a joint, the same for all three axes."""

    def add_points(self, hessian: FloatArray, gradient: FloatArray) -> None:
        """Add terms of single joints: (F, N, 3, 3) second derivatives, (F, N, 3) first."""
        for joint in range(hessian.shape[1]):
            self.blocks[joint, joint] += hessian[:, joint]
        self.gradient += gradient

    def add_pairs(self, pairs: IntArray, along: FloatArray, residual: FloatArray, weight: FloatArray) -> None:
        """Add terms on the difference of two joints, first less second.

        Args:
            pairs: (M, 2) joints.
            along: (F, M, 3) derivative of each residual by the difference.
            residual: (F, M).
            weight: (F, M) of the squared residual.
        """
        # Gauss-Newton: the second derivative of a squared residual is about the square of its first
        pull = (weight * residual)[..., None] * along
        square = (weight[..., None] * along)[..., :, None] * along[..., None, :]
        for term, (a, b) in enumerate(pairs.tolist()):
            part = square[:, term]
            self.blocks[a, a] += part
            self.blocks[b, b] += part
            self.blocks[a, b] -= part
            self.blocks[b, a] -= part
            self.gradient[:, a] += pull[:, term]
            self.gradient[:, b] -= pull[:, term]

    def add_sum(self, shares: dict[int, float], along: FloatArray, residual: FloatArray, weight: FloatArray) -> None:
        """Add a term on a weighted sum of joints.

        Args:
            shares: joint to its share.
            along: (F, 3) derivative of the residual by the sum.
            residual: (F,).
            weight: (F,) of the squared residual.
        """
        pull = (weight * residual)[:, None] * along
        square = weight[:, None, None] * along[:, :, None] * along[:, None, :]
        for a, share in shares.items():
            self.gradient[:, a] += share * pull
            for b, other in shares.items():
                self.blocks[a, b] += (share * other) * square

    def solution(self, first: int, last: int) -> FloatArray:
        """Return the shifts (F, N, 3) that minimise the sum while frames before `first` and from `last` on stay.

        Eliminated frame by frame in single precision: shifts are found again each round, and only their gradient needs
        to be exact.
        """
        joints = len(self.blocks)
        size = 3 * joints
        frames = last - first
        # one matrix a frame, of all coordinates of all joints by each other
        dense = np.ascontiguousarray(self.blocks[:, :, first:last].transpose(2, 0, 3, 1, 4)).reshape(frames, size, size)
        diagonal = np.arange(size)
        dense[:, diagonal, diagonal] += np.repeat(self.same[first:last], 3, axis=1) + _DAMPING
        dense = dense.astype(np.float32)
        # between frames, terms tie each coordinate to itself alone: those blocks are diagonal, and kept as such
        following = np.repeat(self.next[first:last], 3, axis=1).astype(np.float32)
        second = np.repeat(self.second[first:last], 3, axis=1).astype(np.float32)
        right = -self.gradient[first:last].reshape(frames, size, 1).astype(np.float32)
        # by how much a frame's shifts change with those of the next one, and of the one after
        steps = np.zeros((frames, size, 2 * size), np.float32)
        link = np.zeros((size, size), np.float32)
        """Second derivatives by the frame at hand (rows) and the next (columns), what was eliminated included."""
        link[diagonal, diagonal] = following[0]
        # it multiplies by the transpose of its second factor
        multiply, taken = products.fastest(), np.empty((size, size), np.float32)
        for frame in range(frames):
            # the frame's shifts, written in those of the two after it …
            inverse = np.asarray(np.linalg.inv(dense[frame]), dtype=np.float32)
            by_next, by_second = steps[frame, :, :size], steps[frame, :, size:]
            multiply(inverse, link.T, by_next)
            np.multiply(inverse, second[frame], out=by_second)
            right[frame] = inverse @ right[frame]
            # … are put into the equations of these two, which are left without it
            if frame + 1 < frames:
                multiply(link.T, by_next.T, taken)
                dense[frame + 1] -= taken
                right[frame + 1] -= link.T @ right[frame]
                multiply(link.T, by_second.T, taken)
                link = -taken
                link[diagonal, diagonal] += following[frame + 1]
            if frame + 2 < frames:
                dense[frame + 2] -= second[frame][:, None] * by_second
                right[frame + 2] -= second[frame][:, None] * right[frame]
        # no frame comes after the last one: from there backwards, the shifts that each depends on are known
        for frame in range(frames - 2, -1, -1):
            right[frame] -= steps[frame, :, :size] @ right[frame + 1]
            if frame + 2 < frames:
                right[frame] -= steps[frame, :, size:] @ right[frame + 2]
        shifts = np.zeros(self.gradient.shape)
        shifts[first:last] = right.reshape(frames, joints, 3)
        return shifts


def along_pixels(seen: Seen, positions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where joints (F, N, 3) are in the frames (F, N, 2), and the derivatives of that (F, N, 2, 3)."""
    in_camera = seen.in_camera(positions)
    x, y, z = np.moveaxis(in_camera, -1, 0)
    pixels = seen.focal * in_camera[..., :2] / z[..., None]
    # of a pinhole camera, u = f x / z and v = f y / z, by the joint in camera axes
    by_camera = np.zeros((*z.shape, 2, 3))
    by_camera[..., 0, 0] = by_camera[..., 1, 1] = seen.focal / z
    by_camera[..., 0, 2] = -seen.focal * x / z**2
    by_camera[..., 1, 2] = -seen.focal * y / z**2
    # joints move in the solution's axes, from which `turn` leads to each frame's camera
    return pixels, by_camera @ seen.turn[:, None]


def add_pixels(equations: NormalEquations, seen: Seen, positions: FloatArray, slack: float = 1.0) -> None:
    """Joints are where they are seen; joints far off count little; `slack` is a factor on how far that is."""
    pixels, slope = along_pixels(seen, positions)
    off = pixels - seen.pixels
    # a landmark errs by a fraction of the person's size: they are found in a crop around them
    weight = (seen.weight / (_PIXELS * seen.size[:, None])) ** 2
    weight = weight * _robust((off**2).sum(axis=-1) * weight, slack**2 * _FAR_PIXELS)
    # Gauss-Newton: the second derivatives are JᵀJ, the first ones Jᵀ times the residual
    transposed = np.swapaxes(slope, -1, -2)
    hessian = weight[..., None, None] * (transposed @ slope)
    gradient = weight[..., None] * (transposed @ off[..., None])[..., 0]
    equations.add_points(hessian, gradient)


def add_lengths(equations: NormalEquations, positions: FloatArray, lengths: FloatArray, slack: float) -> None:
    """Bones keep their length; `slack` is a factor on what they may give."""
    between = positions[:, BONES[:, 0]] - positions[:, BONES[:, 1]]
    # never 0, or a bone whose joints coincide would have no direction
    length = norm(between) + 1e-9
    along = between / length[..., None]
    weight = np.broadcast_to((GIVE * slack) ** -2.0, length.shape)
    equations.add_pairs(BONES, along, length - lengths, weight)


def add_depths(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints differ in depth as the network guesses; guesses far off count little."""
    ends, starts = DEPTH_PAIRS[:, 0], DEPTH_PAIRS[:, 1]
    guessed = seen.guess[:, ends] - seen.guess[:, starts]
    off = positions[:, ends] - positions[:, starts] - guessed
    # only along the line of sight: across it, the pixels say far better where the joints are
    along = np.broadcast_to(seen.sight[:, None], off.shape)
    residual = (off * along).sum(axis=-1)
    # a difference is as sure as the less sure of its two ends
    known = np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts])
    weight = known / _DEPTH**2 * _robust((residual / _DEPTH) ** 2, _FAR_DEPTH)
    equations.add_pairs(DEPTH_PAIRS, along, residual, weight)


def add_told_depths(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Joints differ in depth as our own network tells: the less it is sure, the less that counts.

    It knows how visible joints are, so that counts less than for guesses.
    """
    ends, starts = PAIRS[:, 0], PAIRS[:, 1]
    told, error = seen.told_metres(positions)
    along = np.broadcast_to(seen.sight[:, None], (*told.shape, 3))
    residual = ((positions[:, ends] - positions[:, starts]) * along).sum(axis=-1) - told
    usual = np.hypot(_TOLD, _AS_GUESSED * seen.turned * error)
    # the root: `error` is larger for hidden joints already
    known = np.sqrt(np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts]))
    weight = known / usual**2 * _robust((residual / usual) ** 2, _FAR_DEPTH)
    equations.add_pairs(PAIRS, along, residual, weight)


def add_knees(equations: NormalEquations, positions: FloatArray) -> None:
    """Knees bend the way the feet point."""
    for side in SIDES:
        hip, knee, ankle = INDEX[f"{side}_hip"], INDEX[f"{side}_knee"], INDEX[f"{side}_ankle"]
        toes, heel = INDEX[f"{side}_foot_index"], INDEX[f"{side}_heel"]
        # ahead is where the foot points, at right angles to the line from hip to ankle
        leg = normalise(positions[:, ankle] - positions[:, hip])
        ahead = positions[:, toes] - positions[:, heel]
        ahead = ahead - leg * (ahead * leg).sum(axis=-1, keepdims=True)
        length = norm(ahead)
        ahead = ahead / (length + 1e-9)[:, None]
        # how far the knee is before the middle of hip and ankle
        middle = (positions[:, hip] + positions[:, ankle]) / 2.0
        bend = ((positions[:, knee] - middle) * ahead).sum(axis=-1) - _STRAIGHT
        # one-sided: how far a knee bends the right way is for other terms to say
        weight = ((bend < 0.0) & (length > _LEAST_FOOT)) / _KNEE**2
        equations.add_sum({knee: 1.0, hip: -0.5, ankle: -0.5}, ahead, bend, weight)


def add_accelerations(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Joints accelerate little."""
    if len(positions) < 3:  # noqa: PLR2004 -- no acceleration
        return
    step_sec = 1.0 / fps
    # the integral over time, so that films of other frame rates come out alike
    weight = step_sec / ACCELERATION**2
    # an acceleration is (before - 2 · here + after) / step², and both its derivative and itself have that divisor
    stiff = weight / step_sec**4
    pull = np.diff(positions, 2, axis=0) * stiff[:, None]
    gradient = equations.gradient
    gradient[:-2] += pull
    gradient[1:-1] -= 2.0 * pull
    gradient[2:] += pull
    # products of its factors 1, -2, 1: of each joint with itself, with the next frame's, with the one after
    same, following = equations.same, equations.next
    same[:-2] += stiff
    same[1:-1] += 4.0 * stiff
    same[2:] += stiff
    following[:-2] -= 2.0 * stiff
    following[1:-1] -= 2.0 * stiff
    equations.second[:-2] += stiff


def add_standing_feet(equations: NormalEquations, fps: float, positions: FloatArray) -> None:
    """Add that feet stand still, or move fast; an ankle is as still as its heel and toes are together."""
    slow = _slow(positions[:, FEET], fps, _STILL)
    # FEET is heel and toes by turns: an ankle stands only while neither of them is lifted
    slow = np.concatenate([slow, _ANKLE * slow[:, 0::2] * slow[:, 1::2]], axis=1)
    _add_still(equations, fps, positions, np.concatenate([FEET, ANKLES]), slow)


def _slow(points: FloatArray, fps: float, still: float) -> FloatArray:
    """Return factors (F - 1, P) on the weight of the speed of points (F, P, 3), less and less above `still`.

    Its square pulls to 0 what is slow, and leaves what is fast.
    """
    speed = np.diff(points, axis=0) * fps
    return np.asarray((1.0 / (1.0 + (speed**2).sum(axis=-1) / still**2)) ** 2)


def _add_still(
    equations: NormalEquations, fps: float, positions: FloatArray, points: IntArray, slow: FloatArray
) -> None:
    """Add that points stay from frame to frame, with factors (F - 1, P) on the weight."""
    # speed² · seconds of a frame = metres² · fps
    stiff = slow * fps / _SLIP**2
    pull = stiff[..., None] * np.diff(positions[:, points], axis=0)
    equations.gradient[:-1, points] -= pull
    equations.gradient[1:, points] += pull
    equations.same[:-1, points] += stiff
    equations.same[1:, points] += stiff
    equations.next[:-1, points] -= stiff


def add_elbows(equations: NormalEquations, positions: FloatArray) -> None:
    """Add that forearms hardly point backwards, as elbows don't bend that way."""
    ahead = trunk_axes(positions, "shoulder")[:, 2]
    for side in SIDES:
        elbow, wrist = INDEX[f"{side}_elbow"], INDEX[f"{side}_wrist"]
        forearm = positions[:, wrist] - positions[:, elbow]
        # negative where it points farther backwards than it may; elsewhere the term says nothing
        back = (forearm * ahead).sum(axis=-1) + _BACKWARDS
        weight = np.where(back < 0.0, _FOREARM**-2.0, 0.0)
        equations.add_sum({wrist: 1.0, elbow: -1.0}, ahead, back, weight)


def add_hidden_arms(equations: NormalEquations, seen: Seen, positions: FloatArray) -> None:
    """Add that a hidden arm is held against the chest as it is around that time in plain view.

    Of a hidden arm, the network guesses pixels and depth alike, often straight away from the camera.
    """
    chest_from_world = trunk_axes(positions, "shoulder")
    times = np.arange(len(positions)) / seen.fps
    # (F, F) seconds that each frame (columns) is worth to another (rows)
    near = np.exp(-0.5 * ((times[:, None] - times) / _REMEMBERED_SEC) ** 2) / seen.fps
    for side in SIDES:
        for start_part, end_part in _ARM:
            start, end = INDEX[f"{side}_{start_part}"], INDEX[f"{side}_{end_part}"]
            # 1 where both ends are in plain view
            plain = np.minimum(seen.shown[:, [end, start]].min(axis=1) / PLAIN, 1.0)
            limb_in_world = positions[:, end] - positions[:, start]
            limb_in_chest = (chest_from_world @ limb_in_world[..., None])[..., 0]
            # the mean of the moments in plain view, and how many seconds of them there are
            remembered = near * plain**2
            seconds = remembered.sum(axis=1)
            usual_in_chest = (remembered @ limb_in_chest) / seconds[:, None]
            off = limb_in_world - (usual_in_chest[:, None] @ chest_from_world)[:, 0]
            # the less the arm is in view, and the longer it was, the more its usual direction says
            weight = (1.0 - plain) ** 2 * seconds / (seconds + _ENOUGH_SEC) / _HELD**2
            for axis in range(3):
                along = np.broadcast_to(np.eye(3)[axis], off.shape)
                equations.add_sum({end: 1.0, start: -1.0}, along, off[:, axis], weight)


@dataclass(frozen=True, eq=False)
class Floor:
    """The floor, and what rests on it.

    Attributes:
        up: (3,) the direction away from it.
        height: of the floor along `up`, metres.
        planted: (F, P) when each of `POINTS` rests on it.
    """

    up: FloatArray
    height: float
    planted: BoolArray

    def part(self, first: int, last: int) -> "Floor":
        """Return the floor of some of the frames."""
        return replace(self, planted=self.planted[first:last])

    def without(self, frames: IntArray, joints: list[int]) -> "Floor":
        """Return the floor on which some joints, but for those of feet, don't rest in some frames."""
        planted = self.planted.copy()
        planted[frames[:, None], np.flatnonzero(np.isin(POINTS, joints) & ~_IS_FOOT)] = False
        return replace(self, planted=planted)


def floor_of(seen: Seen, positions: FloatArray, before: Floor | None) -> Floor | None:
    """Return the floor under joints (F, N, 3), near the one found before; None if hardly a foot or hand rests."""
    bodies = Bodies(positions, seen.fps)
    # all directions are tried once; from round to round, up changes little
    up = refined(bodies, before.up) if before is not None else directions_of(bodies)[0]
    bottom = bodies.on_bottom(up)
    # what rests higher is on something else, or is a foot that someone keeps still in the air
    planted = (bodies.may_carry > _CARRIES) & (bottom.heights < bottom.floor + _OVER)
    planted = _through_gaps(seen, positions, planted)
    if int(planted[:, _IS_END].sum()) < _FEW:
        return None
    # heels and toes are skin themselves: of others, it is known roughly how far that is away
    low = planted & _IS_FOOT
    if int(low.sum()) < _FEW:
        low = planted
    return Floor(up, float(np.percentile(bottom.heights[low], _LOW)), planted)


def _through_gaps(seen: Seen, positions: FloatArray, planted: BoolArray) -> BoolArray:
    """Return when points rest (F, P), also between two rests while they are seen where they rest before and after.

    What moves then is only their guessed depth.
    """
    through = planted.copy()
    for column, joint in enumerate(POINTS.tolist()):
        path = positions[:, joint]
        for (start, gap), (again, stop) in pairwise(runs(planted[:, column]).tolist()):
            place = (np.median(path[start:gap], axis=0) + np.median(path[again:stop], axis=0)) / 2.0
            stays = np.broadcast_to(place, (again - gap, 1, 3))
            farthest = 0.0
            for film in seen.part(gap, again).films:
                off = norm(film.pixels_of(stays)[:, 0] - film.pixels[:, joint]) / film.size
                farthest = max(farthest, float(off.max()))
            if farthest < _SAME_PIXELS * _PIXELS:
                through[gap:again, column] = True
    return through


def add_floor(equations: NormalEquations, fps: float, positions: FloatArray, floor: Floor) -> None:
    """Add that what rests on the floor is there and stays where it is, and that nothing is below it."""
    for column, (joint, radius) in enumerate(zip(POINTS.tolist(), RADII.tolist(), strict=True)):
        off = positions[:, joint] @ floor.up - radius - floor.height
        # what doesn't rest may be anywhere over the floor
        below = np.where(off < 0.0, _BELOW, 0.0)
        usual = _ON_FLOOR[column]
        weight = np.where(floor.planted[:, column], 1.0, below) / usual**2
        along = np.broadcast_to(floor.up, (len(off), 3))
        equations.add_sum({joint: 1.0}, along, off, weight * _robust((off / usual) ** 2, _FAR_FLOOR))
    # feet are held as `add_standing_feet` does, wherever they stand
    others, rest = POINTS[~_IS_FOOT], floor.planted[:, ~_IS_FOOT]
    slow = _slow(positions[:, others], fps, _STILL_OF_OTHERS)
    _add_still(equations, fps, positions, others, slow * (rest[1:] & rest[:-1]))


def add_balance(equations: NormalEquations, seen: Seen, positions: FloatArray, floor: Floor) -> None:
    """Add that the hips are above the feet that a body stands on, as far as depth goes."""
    # the line of sight along the floor: to the sides, pixels say where the hips are
    ahead = normalise(seen.sight - (seen.sight @ floor.up)[:, None] * floor.up)
    # what else rests on the floor may carry most of the weight
    alone = ~floor.planted[:, ~_IS_FOOT].any(axis=1)
    left = floor.planted[:, list(_LEFT)].any(axis=1) & alone
    right = floor.planted[:, list(_RIGHT)].any(axis=1) & alone
    for frames, feet, usual in (
        (left & right, (*_LEFT, *_RIGHT), _ABOVE_FEET),
        (left & ~right, _LEFT, _ABOVE_FOOT),
        (right & ~left, _RIGHT, _ABOVE_FOOT),
    ):
        # the middle of the hips less that of the feet, as a sum of joints
        shares = dict.fromkeys(HIPS, 0.5)
        for foot in feet:
            shares[int(FEET[foot])] = -1.0 / len(feet)
        apart = np.zeros(ahead.shape)
        for joint, share in shares.items():
            apart += share * positions[:, joint]
        off = (apart * ahead).sum(axis=-1)
        weight = frames / usual**2 * _robust((off / usual) ** 2, _FAR_FLOOR)
        equations.add_sum(shares, ahead, off, weight)


def _robust(squares: FloatArray, far: float) -> FloatArray:
    """Return factors on the weights of residuals, of their squares in usual errors: those far off count little.

    They are the weights of Geman and McClure's robust function (1985).
    """
    return np.asarray((far / (far + squares)) ** 2, dtype=np.float64)
