"""The bundle adjustment: focal lengths, cameras, clocks, bone lengths and joints that explain all films best.

A limb keeps its length, which tells focal lengths that two views of the middle of both pictures alone don't. Joints are
eliminated frame by frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...motion.rotations import FloatArray, IntArray, from_rotation_vector, norm, to_matrix, turning
from ...motion.smoothing import smooth_vectors
from ..clip_solution.seen import PLAIN, Seen
from ..clip_solution.start import guessed_lengths
from ..joints import BODY, BONES, DEPTH_PAIRS, GIVE
from .films import Camera, Film, seen_at

PIXELS = 0.008
"""Usual error of a landmark, of the person's size in the picture."""
_FOCAL = 0.12
"""Logarithm, by which focal lengths differ from the usual one."""
_LENGTH = 0.04
"""Logarithm, by which all of a body's bones differ from the network's guess."""
DEPTH = 0.12
"""Metres, error of the network's differences in depth."""
_LOOSE = 2.0
"""So many times what the whole-clip solution lets bones give."""
_CALM = 1.0
"""Frames, standard deviation of the smoothing of landmarks: they then tremble alike in frames and between them."""
_DRIFT = 5e-4
"""Seconds a second by which clocks differ: of quartzes 5e-5, of films whose rates say 30 for 29.97 1e-3."""
_NEAREST = 0.3
"""Metres from a camera at which a joint is held, at least."""
_FARTHEST = 0.3
"""Metres, or radians, that anything changes by in one round."""
_DONE = 1e-4
"""Of the cost: an improvement so small is the last."""
_EASED, _STIFFENED, _STIFFEST = 4.0, 6.0, 1e3
"""The damping is divided by the first after a step that helps, and multiplied by the second after another; up to the
last."""
_AT_ONCE = 120
"""Frames whose derivatives are computed together: each takes 50 to 100 kilobytes."""
_NEVER = 1e6
"""Usual errors: where nothing counts less for being far off."""
_FIRM = 1e12
"""Weight of what doesn't change: far above all others."""
_BONES: IntArray = np.flatnonzero((BONES < BODY).all(axis=1))
_PAIRS: IntArray = DEPTH_PAIRS[(DEPTH_PAIRS < BODY).all(axis=1)]
_POINTS = 3 * BODY
_OF_A_CAMERA = 9
"""Numbers of a camera: logarithm of its focal length, rotation, move, offset, drift."""


@dataclass(frozen=True, eq=False)
class Bundle:
    """The cameras and joints that explain all films best.

    Attributes:
        cameras: of the films.
        times: (F,) of the first film's frames that were looked at.
        joints: (F, 12, 3) in the first film's axes, metres.
        cost: of a frame.
        off: (V, F, 12) how far joints are from where they are seen, in usual errors; NaN where they are not.
    """

    cameras: tuple[Camera, ...]
    times: FloatArray
    joints: FloatArray
    cost: float
    off: FloatArray


@dataclass(frozen=True, eq=False)
class _State:
    """All that is adjusted."""

    cameras: tuple[Camera, ...]
    joints: FloatArray
    lengths: FloatArray
    """Logarithms."""


@dataclass(eq=False)
class _Terms:
    """Residuals of some frames, their weights, and derivatives by the frame's joints and by what all frames share."""

    values: list[FloatArray] = field(default_factory=list[FloatArray])
    weights: list[FloatArray] = field(default_factory=list[FloatArray])
    slopes: list[FloatArray] = field(default_factory=list[FloatArray])
    costs: float = 0.0

    def add(self, values: FloatArray, weights: FloatArray, slopes: FloatArray, cut: float) -> None:
        """Add residuals (F, R) in usual errors; those beyond `cut` count little.

        Args:
            values: (F, R).
            weights: (F, R).
            slopes: (F, R, 36 + G).
            cut: usual errors.
        """
        square = values**2
        self.costs += float((weights * cut**2 * square / (cut**2 + square)).sum())
        self.values.append(values)
        self.weights.append(weights * (cut**2 / (cut**2 + square)) ** 2)
        self.slopes.append(slopes)


@dataclass(eq=False)
class _Equations:
    """Gauss-Newton's equations of all frames.

    Attributes:
        own: (F, 36, 36) of each frame's joints.
        link: (F, 36, G) of these and what all frames share.
        gradient: (F, 36) of the joints.
        shared: (G, G) of what all frames share.
        shared_gradient: (G,) of that.
        costs: of all residuals.
    """

    own: FloatArray
    link: FloatArray
    gradient: FloatArray
    shared: FloatArray
    shared_gradient: FloatArray
    costs: float = 0.0

    def add(self, first: int, terms: _Terms) -> None:
        """Add the terms of frames from the first one on."""
        values, slopes = np.concatenate(terms.values, axis=1), np.concatenate(terms.slopes, axis=1)
        turned = np.swapaxes(slopes * np.concatenate(terms.weights, axis=1)[..., None], 1, 2)
        hessian, gradient = turned @ slopes, (turned @ values[..., None])[..., 0]
        rows = slice(first, first + len(values))
        self.own[rows], self.link[rows] = hessian[:, :_POINTS, :_POINTS], hessian[:, :_POINTS, _POINTS:]
        self.gradient[rows] = gradient[:, :_POINTS]
        self.shared += hessian[:, _POINTS:, _POINTS:].sum(axis=0)
        self.shared_gradient += gradient[:, _POINTS:].sum(axis=0)
        self.costs += terms.costs


def adjusted(
    films: Sequence[Film],
    joints: FloatArray,
    times: FloatArray,
    rounds: int = 25,
    most: int = 60,
    depth: float = DEPTH,
) -> Bundle:
    """Return what explains all films best.

    Args:
        films: with a first guess of their cameras.
        joints: (F, N, 3) in the first film's axes, to begin with.
        times: (F,) of the first film's frames that all show.
        rounds: at most.
        most: frames that are looked at, evenly spaced.
        depth: metres, error of the network's differences in depth.
    """
    rows = np.unique(np.linspace(0, len(times) - 1, min(most, len(times))).round().astype(np.int64))
    work = _Work(films, times[rows], depth)
    now = _State(tuple(film.camera for film in films), joints[rows, :BODY].copy(), work.guessed)
    best, cost, damping = now, np.inf, 1e-2
    equations = work.equations(now)
    for _ in range(rounds):
        here = work.equations(now)
        total = here.costs + work.held_cost(now)
        # a step that made it worse is taken back, and a shorter one tried from where it began
        if total > cost and damping < _STIFFEST:
            damping *= _STIFFENED
        else:
            settled = cost - total < _DONE * total
            best, cost, equations = now, min(total, cost), here
            damping = max(damping / _EASED, 1e-4)
            if settled:
                break
        now = work.stepped(best, equations, damping)
    # depths are guessed too flat, which makes all smaller: the size is that of the network's bones
    size = float(np.exp(np.mean(work.guessed - best.lengths)))
    cameras = tuple(replace(camera, move=camera.move * size) for camera in best.cameras)
    return Bundle(cameras, times[rows], best.joints * size, cost / len(rows), work.off(best))


class _Work:
    """The terms of some frames of films, and the steps that they ask for."""

    def __init__(self, films: Sequence[Film], times: FloatArray, depth: float) -> None:
        self._films: list[Film] = []
        for film in films:
            # between two frames landmarks are averaged, and tremble less: cameras would seem to run half a frame apart
            pixels = smooth_vectors(film.seen.pixels, _CALM)
            self._films.append(replace(film, seen=replace(film.seen, pixels=pixels)))
        self._times = times
        self._depth = depth
        self._start = tuple(film.camera for film in films)
        self._middle: FloatArray = np.asarray(times.mean())
        lengths = np.array(list(map(guessed_lengths, seen_at(self._films, times))))
        self.guessed: FloatArray = np.log(np.mean(lengths[:, _BONES], axis=0))
        self._shared = _OF_A_CAMERA * len(films) + len(_BONES)
        # how firmly each number that all frames share is held at its guess: rotation and move not at all
        hold = np.zeros((len(films), _OF_A_CAMERA))
        hold[:, 0], hold[:, 8] = _FOCAL**-2.0, _DRIFT**-2.0
        hold[:, 7] = [film.moment**-2.0 for film in films]
        # the first camera's axes and clock are everyone's: they don't change
        hold[0, 1:] = _FIRM
        self._hold: FloatArray = np.concatenate([hold.ravel(), np.full(len(_BONES), _LENGTH**-2.0)])

    def equations(self, now: _State) -> _Equations:
        """Return the equations that all residuals of a state make."""
        frames, shared = len(self._times), self._shared
        own, link = np.zeros((frames, _POINTS, _POINTS)), np.zeros((frames, _POINTS, shared))
        gradient = np.zeros((frames, _POINTS))
        equations = _Equations(own, link, gradient, np.zeros((shared, shared)), np.zeros(shared))
        for first in range(0, frames, _AT_ONCE):
            rows, terms = slice(first, first + _AT_ONCE), _Terms()
            for number, (film, camera) in enumerate(zip(self._films, now.cameras, strict=True)):
                self._add_film(terms, number, replace(film, camera=camera), now.joints[rows], self._times[rows])
            self._add_bones(terms, now.joints[rows], now.lengths)
            equations.add(first, terms)
        return equations

    def held_cost(self, now: _State) -> float:
        """Return the cost of what differs from its guess."""
        return float((self._hold * self._apart(now) ** 2).sum())

    def off(self, now: _State) -> FloatArray:
        """Return how far (V, F, 12) joints are from where they are seen, in usual errors; NaN where they are not."""
        found: list[FloatArray] = []
        for film, camera in zip(self._films, now.cameras, strict=True):
            seen = replace(film, camera=camera).at(self._times, self._films[0].fps)
            apart = projected(camera, camera.local(now.joints))[0] - steady(seen)
            away = norm(apart) / (PIXELS * seen.size[:, None])
            found.append(np.asarray(np.where(seen.weight[:, :BODY] > PLAIN, away, np.nan), dtype=np.float64))
        return np.stack(found)

    def stepped(self, now: _State, equations: _Equations, damping: float) -> _State:
        """Return the state after a step."""
        own, link = equations.own.copy(), equations.link
        diagonal = np.arange(_POINTS)
        own[:, diagonal, diagonal] *= 1.0 + damping
        own[:, diagonal, diagonal] += 1.0
        solved = np.linalg.solve(own, np.concatenate([link, equations.gradient[..., None]], axis=2))
        # what is left for all frames together, once each frame's joints follow (Schur's complement)
        shared = equations.shared.copy()
        right = equations.shared_gradient + self._hold * self._apart(now)
        shared[np.diag_indices(self._shared)] += self._hold + 1e-6
        damped = damping * np.diag(shared) + 1e-9
        eliminated = np.einsum("fia,fib->ab", link, solved)
        shared[np.diag_indices(self._shared)] += damped
        step = -np.asarray(np.linalg.solve(shared - eliminated[:, :-1], right - eliminated[:, -1]), dtype=np.float64)
        shift: FloatArray = -np.asarray(solved[..., -1] + solved[..., :-1] @ step)
        # slopes hold for small steps only; bones' lengths may change by any
        of_cameras = step[: -len(_BONES)].reshape(-1, _OF_A_CAMERA)
        largest = max(float(np.abs(shift).max()), float(np.abs(of_cameras).max()), 1e-9)
        part = min(1.0, _FARTHEST / largest)
        cameras = map(self._moved, now.cameras, part * of_cameras)
        joints = now.joints + (part * shift).reshape(now.joints.shape)
        return _State(tuple(cameras), joints, now.lengths + part * step[-len(_BONES) :])

    def _moved(self, camera: Camera, change: FloatArray) -> Camera:
        return Camera(
            camera.focal * float(np.exp(change[0])),
            to_matrix(from_rotation_vector(change[1:4])) @ camera.rotation,
            camera.move + change[4:7],
            camera.offset + float(change[7] - change[8] * self._middle),
            camera.drift + float(change[8]),
        )

    def _apart(self, now: _State) -> FloatArray:
        """Return how far (G,) what all frames share is from its guess."""
        found = np.zeros(self._shared)
        for number, (film, camera, start) in enumerate(zip(self._films, now.cameras, self._start, strict=True)):
            at = number * _OF_A_CAMERA
            found[at] = np.log(camera.focal / film.usual_focal)
            found[at + 7] = camera.clock(self._middle) - start.clock(self._middle)
            found[at + 8] = camera.drift
        found[-len(_BONES) :] = now.lengths - self.guessed
        return found

    def _add_film(self, terms: _Terms, number: int, film: Film, joints: FloatArray, times: FloatArray) -> None:
        camera, fps = film.camera, self._films[0].fps
        seen = film.at(times, fps)
        # how fast landmarks move in the picture, from half a frame before to half a frame after: what an offset changes
        later = replace(film, camera=replace(camera, offset=camera.offset + 0.5 / film.fps))
        sooner = replace(film, camera=replace(camera, offset=camera.offset - 0.5 / film.fps))
        speed = film.fps * (steady(later.at(times, film.fps)) - steady(sooner.at(times, film.fps)))
        frames, at = len(joints), _POINTS + number * _OF_A_CAMERA
        extent = (PIXELS * seen.size)[:, None, None]
        # by the joint itself, and by the camera's focal length, rotation, move, offset and drift
        turned = joints @ camera.rotation.T
        place, slope = projected(camera, turned + camera.move)
        slope = slope / extent[..., None]
        slopes = np.zeros((frames, BODY, 2, _POINTS + self._shared))
        for joint in range(BODY):
            slopes[:, joint, :, 3 * joint : 3 * joint + 3] = slope[:, joint] @ camera.rotation
        slopes[..., at] = place / extent
        slopes[..., at + 1 : at + 4] = slope @ turning(turned)
        slopes[..., at + 4 : at + 7] = slope
        slopes[..., at + 7] = -speed / extent
        slopes[..., at + 8] = slopes[..., at + 7] * (times - self._middle)[:, None, None]
        off = (place - steady(seen)) / extent
        weight = seen.weight[:, :BODY] ** 2
        # both coordinates of a landmark count little together where it is far off
        far = norm(off)
        robust = weight * (9.0 / (9.0 + far**2)) ** 2
        terms.costs += float((weight * 9.0 * far**2 / (9.0 + far**2)).sum())
        terms.values.append(off.reshape(frames, -1))
        terms.weights.append(np.repeat(robust, 2, axis=1))
        terms.slopes.append(slopes.reshape(frames, 2 * BODY, -1))
        self._add_depths(terms, at, seen, camera, turned)

    def _add_depths(self, terms: _Terms, at: int, seen: Seen, camera: Camera, turned: FloatArray) -> None:
        ends, starts = _PAIRS.T
        between = turned[:, ends] - turned[:, starts]
        # along the line of sight: across it the pictures themselves tell more
        sight = seen.sight[:, None]
        off = ((between - seen.guess[:, ends] + seen.guess[:, starts]) * sight).sum(axis=-1) / self._depth
        slopes = np.zeros((*off.shape, _POINTS + self._shared))
        along = seen.sight @ camera.rotation / self._depth
        for row, (end, start) in enumerate(_PAIRS.tolist()):
            slopes[:, row, 3 * end : 3 * end + 3] = along
            slopes[:, row, 3 * start : 3 * start + 3] = -along
        slopes[..., at + 1 : at + 4] = (sight[..., None, :] @ turning(between))[..., 0, :] / self._depth
        weight = np.asarray(np.minimum(seen.depth_weight[:, ends], seen.depth_weight[:, starts]), dtype=np.float64)
        terms.add(off, weight, slopes, 2.0)

    def _add_bones(self, terms: _Terms, joints: FloatArray, lengths: FloatArray) -> None:
        ends, starts = BONES[_BONES].T
        between = joints[:, ends] - joints[:, starts]
        length = norm(between) + 1e-9
        give = _LOOSE * GIVE[_BONES]
        off = (length - np.exp(lengths)) / give
        slopes = np.zeros((*off.shape, _POINTS + self._shared))
        along = between / (length * give)[..., None]
        for row, (end, start) in enumerate(BONES[_BONES].tolist()):
            slopes[:, row, 3 * end : 3 * end + 3] = along[:, row]
            slopes[:, row, 3 * start : 3 * start + 3] = -along[:, row]
            slopes[:, row, self._shared + _POINTS - len(_BONES) + row] = -np.exp(lengths[row]) / give[row]
        terms.add(np.asarray(off), np.ones_like(length), slopes, _NEVER)


def steady(seen: Seen, joints: int = BODY) -> FloatArray:
    """Return the pixels (F, J, 2) of the first joints as the camera would see them that it was in the first frame."""
    pixels = seen.pixels[:, :joints]
    rays = np.concatenate([pixels / seen.focal, np.ones((*pixels.shape[:2], 1))], axis=-1) @ seen.turn
    return seen.focal * rays[..., :2] / rays[..., 2:]


def projected(camera: Camera, local: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where points (F, N, 3) are seen (F, N, 2), and the derivatives (F, N, 2, 3)."""
    z = np.maximum(local[..., 2], _NEAREST)
    slope = np.zeros((*z.shape, 2, 3))
    slope[..., 0, 0] = slope[..., 1, 1] = camera.focal / z
    slope[..., 2] = -camera.focal * local[..., :2] / (z**2)[..., None]
    return camera.focal * local[..., :2] / z[..., None], slope
