"""All steps from one person's tracks in several films to one motion."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ...motion.resampling import straight_between
from ...motion.rotations import FloatArray, nearest_similarity, norm, to_matrix
from ...texts.faults import Fault
from ...texts.text import Text
from ..clip_solution.exchanges import Exchanges
from ..clip_solution.seen import Seen
from ..clip_solution.solution import solved
from ..joints import BODY, INDEX, JOINTS
from ..motion_from_track import SeenMotion, Solved, bridged, motion_of
from ..trust import Trust, best_trust, trust_of
from .bundle import DEPTH, Bundle, adjusted
from .films import Camera, Film, common_times, seen_at
from .fit import least_fitting, misfit, require_standing, require_still
from .lines_of_sight import counted, exchanged_sides, met_bodies
from .offsets import Offset, at_offset, likely_offsets

MOST = 4
"""Films: more add little, and take long."""
_FEW_FRAMES, _FEW_ROUNDS = 24, 10
"""Of a bundle that only compares offsets."""
_LAST_ROUNDS = 12
"""Of the last one."""
MOST_FRAMES = 1200
"""That it looks at: each takes 80 kilobytes, and more tell hardly more of cameras."""
_LEAST_SEC = 1.0
"""That films must share: less may fit by chance."""
_FIXED = 1e-4
"""Seconds that a bundle may change an offset that is heard. It is 3 ms off for each metre that a microphone is nearer,
but a bundle is too sure: landmarks that are off alike in all frames shift an offset by 5 ms."""
_PLACED = 0.03
"""Seconds by which strips may be out of sync that somebody placed: a frame's length, nearly."""
_AS_WELL = 1.5
"""So many times more may films cost that are placed by their sounds. A step later, a walk costs hardly more."""
_AS_GOOD = 1.15
"""So many times more may films cost at another offset that explains them about as well. In rendered truth, a run of
equal strides costs at most 1.02 times as much a stride later; others cost 2.3 times as much at any other offset."""
ANOTHER_SEC = 0.2
"""Offsets that differ by more are different answers."""
_GUESSED = 0.3
"""Weight of what the networks guess of depth, relative to a film alone, where another camera sees it from the side."""
_SOON_SEC = 0.2
"""In which a body that all films show goes over into one that a film tells alone."""
_FOLLOWS = {"heel": "ankle", "foot": "ankle", "pinky": "wrist", "index": "wrist"}
"""The joint of the body with which others begin."""
_MOST = 600
"""Frames that are compared, each with each other."""
_ALIKE = np.radians(30.0)
"""Between one frame's rotation and that of most frames."""


@dataclass(frozen=True, eq=False)
class Together:
    """A motion seen in several films.

    Attributes:
        motion: on the first film's clock and in its axes, at its frames.
        cameras: of the films, in their order.
        misfit: how badly the films fit each other, of what they may.
        other: what they show if one of them plays at another offset, which explains them about as well; None if none
            does, or sounds or somebody's hand told the offsets.
    """

    motion: SeenMotion
    cameras: tuple[Camera, ...]
    misfit: float
    other: "Together | None" = None


def motion_together(
    films: Sequence[Film], offsets: Sequence[float] | None = None, heard: Sequence[float | None] | None = None
) -> Together:
    """Return the motion of the person whom films show.

    Args:
        films: two to `MOST`; of each only the track is known.
        offsets: of each but the first, seconds of its clock at the first one's 0; None to find them.
        heard: the same as their sounds tell it, which may be of something else; None where they don't.

    Raises:
        Fault: they don't fit each other.
    """
    for number, film in enumerate(films, 1):
        require_still(film, number)
    likely: list[list[_Beside]] = []
    for number, film in enumerate(films[1:]):
        if offsets is not None:
            found = _beside(films[0], film, at_offset(offsets[number]))
        else:
            found = _likeliest(films[0], film, heard[number] if heard is not None else None)
        if not found:
            raise Fault(
                Text("Video {number} doesn't show what the first one shows.", number=number + 2),
                "Choose parts that show the same person at the same moment, for some seconds.",
            )
        likely.append(found)
    best = [first for first, *_ in likely]
    together = _together(films[0], best, offsets)
    for number, (_, *others) in enumerate(likely):
        for other in others:
            with contextlib.suppress(Fault):
                found = _together(films[0], [*best[:number], other, *best[number + 1 :]])
                if found.misfit < _AS_GOOD * together.misfit:
                    return replace(together, other=found)
    return together


class _Beside(NamedTuple):
    """A film with its offset and a first guess of its camera; left and right are as in the first film.

    Attributes:
        film: it.
        agreement: of its motion with the first one's.
        cost: of a frame of a bundle of both.
        elsewhere: how many times more that is at other offsets, in the middle; None if none was tried.
    """

    film: Film
    agreement: float
    cost: float
    elsewhere: float | None = None


def _likeliest(first: Film, other: Film, heard: float | None) -> list[_Beside]:
    """Return a film beside the first one as its sound has it, if its motion fits so about as well as it can.

    Else as `_beside` does.
    """
    seen = _beside(first, other, likely_offsets(first, other))
    if heard is None:
        return seen
    by_sound = _beside(first, replace(other, moment=_FIXED), at_offset(heard))
    fits = by_sound and (not seen or by_sound[0].cost < _AS_WELL * seen[0].cost)
    return by_sound if fits else seen


def _beside(first: Film, other: Film, offsets: Sequence[Offset]) -> list[_Beside]:
    """Return a film beside the first one as the likeliest of some offsets has it, then as one that fits as well has it.

    The list is empty if none is possible.
    """
    longest = min(first.times[-1] - first.times[0], other.times[-1] - other.times[0])
    found: list[tuple[float, _Beside]] = []
    for offset in offsets:
        film = other.exchanged(np.ones((len(other.times), 3), np.bool_)) if offset.exchanged else other
        film = film.through(replace(film.camera, offset=offset.seconds))
        times = common_times([first, film])
        if len(times) < _LEAST_SEC * first.fps:
            continue
        film = film.through(first_camera(first, film, times))
        bundle = adjusted([first, film], first.joints_at(times), times, _FEW_ROUNDS, _FEW_FRAMES)
        # what is long is less likely to fit by chance
        by_chance = float(np.sqrt(longest / (times[-1] - times[0])))
        found.append((bundle.cost * by_chance, _Beside(film, offset.score, bundle.cost)))
    if not found:
        return []
    found.sort(key=lambda each: each[0])
    (_, best), *others = found
    costs: list[float] = []
    as_good: list[_Beside] = []
    for _, each in others:
        if abs(each.film.camera.offset - best.film.camera.offset) > ANOTHER_SEC:
            costs.append(each.cost)
            if each.cost < _AS_GOOD * best.cost:
                as_good.append(each)
    elsewhere = float(np.median(costs)) / best.cost if costs else None
    return [each._replace(elsewhere=elsewhere) for each in (best, *as_good[:1])]


def _together(first: Film, beside: Sequence[_Beside], offsets: Sequence[float] | None = None) -> Together:
    """Return the motion that films show.

    Args:
        first: the film whose axes count.
        offsets: of these as somebody placed them, seconds; they stay there, more or less.

    Raises:
        Fault: they don't fit each other.
    """
    placed: list[Film] = []
    agreements: list[float] = []
    elsewhere: list[float | None] = []
    for each in beside:
        placed.append(each.film)
        agreements.append(each.agreement)
        elsewhere.append(each.elsewhere)
    found, bundle = _adjusted([first, *placed])
    if offsets is not None:
        moved = np.array([film.camera.offset for film in found[1:]]) - np.array(offsets)
        if np.abs(moved).max() > _PLACED:
            fixed = [replace(film, moment=_FIXED) for film in placed]
            found, bundle = _adjusted([first, *fixed])
    off = misfit(found, bundle, agreements, elsewhere)
    if off > 1.0:
        raise Fault(
            Text("Video {number} doesn't fit the others.", number=least_fitting(bundle) + 1),
            "Check that all show the same person at the same moment, from tripods and without zoom.",
        )
    require_standing(found, bundle)
    times = found[0].times
    parts = _in_first_axes(found, times)
    seen = replace(parts[0], others=tuple(parts[1:]))
    solution = solved(seen, _start(found, bundle))
    # what one film shows well may be trusted, whatever the others show
    trusts: list[Trust] = []
    known = np.zeros(len(times), dtype=np.bool_)
    for part, film in zip(parts, found, strict=True):
        here, size = film.has(times), film.ordered.track.size
        trusts.append(trust_of(part, solution.joints, times, _exchanges_at(film, times), ~here, size))
        known |= here
    ordered = found[0].ordered
    start = ordered.first + round((times[0] - ordered.track.times[0]) * ordered.track.fps)
    motion = motion_of(Solved(seen, solution, _exchanges_at(found[0], times), known, times, start), best_trust(trusts))
    return Together(motion, bundle.cameras, off)


def _adjusted(films: list[Film]) -> tuple[list[Film], Bundle]:
    """Return films with what is found out about their cameras, and the bundle."""
    times = common_times(films)
    if len(times) < _LEAST_SEC * films[0].fps:
        raise Fault(
            "The videos hardly share a moment.",
            "Choose parts that show the same person at the same moment, for some seconds.",
        )
    films = _through(films, adjusted(films, films[0].joints_at(times), times))
    rows = exchanged_sides(films, times)
    # cameras that were found with exchanged sides are found anew
    if any(map(np.any, rows)):
        first = films[0].exchanged(rows[0])
        with_cameras = [first]
        for film, own_rows in zip(films[1:], rows[1:], strict=True):
            other = film.exchanged(own_rows)
            with_cameras.append(other.through(first_camera(first, other, times)))
        films = with_cameras
        films = _through(films, adjusted(films, first.joints_at(times), times))
    times = common_times(films)
    plain, films = films, counted(films, times)
    bundle = adjusted(films, met_bodies(films, times), times, _LAST_ROUNDS, MOST_FRAMES, _depth_error(films))
    films = _through(films, bundle)
    # whether films fit each other, depths tell as well, and what doesn't meet must count
    cost = adjusted(_through(plain, bundle), bundle.joints, bundle.times, _FEW_ROUNDS).cost
    return films, replace(bundle, cost=cost)


def _depth_error(films: Sequence[Film]) -> float:
    """Return by how much guessed depths may be off, metres: they tell less where cameras see them from the side.

    They are off alike in all of a film's frames, which would turn cameras.
    """
    return DEPTH / (1.0 - (1.0 - _GUESSED) * max(_beside_each_other(*pair) for pair in combinations(films, 2)))


def _through(films: Sequence[Film], bundle: Bundle) -> list[Film]:
    return [film.through(camera) for film, camera in zip(films, bundle.cameras, strict=True)]


def _in_first_axes(films: Sequence[Film], times: FloatArray) -> list[Seen]:
    """Return what films show at the first one's times (F,), in its axes."""
    seen = seen_at(films, times)
    found: list[Seen] = []
    for film, own in zip(films, seen, strict=True):
        own_from_first = film.camera.rotation
        # 1 where another film shows a joint from the side; 0 where none does, or from the same or the opposite side
        beside = np.zeros_like(own.weight)
        for other, shown in zip(films, seen, strict=True):
            beside = np.maximum(beside, _beside_each_other(film, other) * shown.weight)
        found.append(
            replace(
                own,
                turn=own.turn @ own_from_first,
                guess=own.guess @ own_from_first,
                sight=own.sight @ own_from_first,
                depth_weight=(1.0 - (1.0 - _GUESSED) * beside) * own.depth_weight,
                place=film.camera.place,
            )
        )
    return found


def _beside_each_other(film: Film, other: Film) -> float:
    """Return 1 if a camera sees from the side what is ahead of another; 0 if both look the same way, or opposite."""
    return 1.0 - float(film.camera.rotation[2] @ other.camera.rotation[2]) ** 2


def _start(films: Sequence[Film], bundle: Bundle) -> FloatArray:
    """Return the joints (F, N, 3) to begin with: what a film tells that shows the person, moved to the bundle."""
    times, shared = films[0].times, bundle.times
    joints = _moved_as_one(films[0], times, bundle)
    # through short gaps, what comes before and after tells more than another film alone
    shown = bridged(films[0].has(times), films[0].fps)
    for film in films[1:]:
        only_here = film.has(times) & ~shown
        joints[only_here] = _moved_as_one(film, times, bundle)[only_here]
        shown |= only_here
    # what is wrong with one pose is not wrong with others
    apart = bundle.joints - joints[np.searchsorted(times, shared), :BODY]
    after = np.clip(np.searchsorted(shared, times), 1, len(shared) - 1)
    away = np.minimum(np.abs(times - shared[after - 1]), np.abs(shared[after] - times))
    shift = straight_between(apart, shared, times) * np.exp(-((away / _SOON_SEC) ** 2))[:, None, None]
    joints[:, :BODY] += shift
    # feet and hands go along with ankles and wrists, the head with the shoulders
    for name in JOINTS[BODY:]:
        side, _, part = name.partition("_")
        leader = _FOLLOWS.get(part.split("_")[0])
        joints[:, INDEX[name]] += shift[:, INDEX[f"{side}_{leader}"]] if leader else shift[:, :2].mean(axis=1)
    return joints


def _moved_as_one(film: Film, times: FloatArray, bundle: Bundle) -> FloatArray:
    """Return what a film alone tells (F, N, 3) at the first film's times, in its axes, with the body where it is."""
    joints = film.joints_at(times) @ film.camera.rotation
    apart = bundle.joints - (film.joints_at(bundle.times) @ film.camera.rotation)[:, :BODY]
    return joints + straight_between(apart.mean(axis=1, keepdims=True), bundle.times, times)


def _exchanges_at(film: Film, times: FloatArray) -> Exchanges:
    exchanged = film.ordered.exchanged
    return replace(exchanged, undone=exchanged.undone[film.nearest_rows(times)])


def first_camera(first: Film, other: Film, times: FloatArray) -> Camera:
    """Return the other film's camera as the bodies of both films tell it.

    Args:
        first: the film whose axes count.
        other: with an offset.
        times: (F,) of the first film's frames that both show.
    """
    times = times[:: 1 + len(times) // _MOST]
    ours, theirs = first.joints_at(times)[:, :BODY], other.joints_at(times)[:, :BODY]
    our_middle, their_middle = ours.mean(axis=1, keepdims=True), theirs.mean(axis=1, keepdims=True)
    ours, theirs = ours - our_middle, theirs - their_middle
    # the frames that most others agree with, of the rotation from one body to the other
    each = _rotations(ours, theirs)
    apart = np.arccos(np.clip((np.einsum("aij,bij->ab", each, each) - 1.0) / 2.0, -1.0, 1.0))
    alike = apart[int(np.argmax((apart < _ALIKE).sum(axis=1)))] < _ALIKE
    fit = nearest_similarity(ours[alike].reshape(-1, 3), theirs[alike].reshape(-1, 3))
    rotation = to_matrix(fit.rotation)
    # each film alone guesses how large the body is
    size = float(np.median(norm(theirs[alike])) / np.median(norm(ours[alike])))
    move = np.median(their_middle[alike, 0] / size - our_middle[alike, 0] @ rotation.T, axis=0)
    return replace(other.camera, rotation=rotation, move=np.asarray(move))


def _rotations(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return the rotations (F, 3, 3) that bring centred points (F, N, 3) nearest to others."""
    u, _, vt = np.linalg.svd(np.swapaxes(others, 1, 2) @ points)
    signs = np.ones((len(u), 3))
    signs[:, 2] = np.sign(np.linalg.det(u @ vt))
    return (u * signs[:, None]) @ vt
