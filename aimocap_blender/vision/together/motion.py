"""All steps from one person's tracks in several films to one motion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...motion.rotations import FloatArray
from ...texts.faults import Fault
from ...texts.text import Text
from ..clip_solution.exchanges import Exchanges
from ..clip_solution.seen import Seen
from ..clip_solution.solution import solved
from ..joints import INDEX, JOINTS
from ..motion_from_track import SeenMotion, Solved, motion_of
from ..trust import best_trust, trust_of
from .bundle import Bundle, adjusted
from .films import BODY, Camera, Film, common_times
from .first_cameras import first_camera
from .lines_of_sight import met_bodies
from .offsets import at_offset, likely_offsets
from .sides import exchanged_sides

MOST = 4
"""Films: more add little, and take long."""
_TRIED = 6
"""Offsets: the likeliest by itself may be a step too early, or exchange left and right."""
_FEW_FRAMES, _FEW_ROUNDS = 24, 10
"""Of a bundle that only compares offsets."""
_LAST_ROUNDS = 12
"""Of the last one, which looks at all frames."""
_LEAST_SEC = 1.0
"""That films must share: less may fit by chance."""
_FAR = 3.0
"""Usual errors: a joint that is farther off in a film isn't where the others see it."""
_MOST_FAR, _MOST_FAR_OF_STRANGERS = 0.22, 0.1
"""Share of joints that are so far off beyond which films don't fit; the second where their motions hardly agree. Of
rendered films of one moment at most 0.19 are so far off, of 16 in 18 others more than this."""
_STRANGERS = 0.25
"""Agreement of motions: below, it may be by chance. Of one moment's, it is 0.3 to 0.9."""
_GUESSED = 0.3
"""Weight of what the networks guess of depth, relative to a film alone, where another camera sees it from the side."""
_FOLLOWS = {"heel": "ankle", "foot": "ankle", "pinky": "wrist", "index": "wrist"}
"""The joint of the body with which others begin."""


@dataclass(frozen=True, eq=False)
class Together:
    """A motion seen in several films.

    Attributes:
        motion: on the first film's clock and in its axes, at its frames.
        cameras: of the films, in their order.
        far: (V,) share of each film's joints that are not where the others see them.
    """

    motion: SeenMotion
    cameras: tuple[Camera, ...]
    far: FloatArray


def motion_together(films: Sequence[Film], offsets: Sequence[float] | None = None) -> Together:
    """Return the motion of the person whom films show.

    Args:
        films: two to `MOST`; of each only the track is known.
        offsets: of each but the first, seconds of its clock at the first one's 0; None to find them.

    Raises:
        Fault: they don't fit each other.
    """
    beside = [
        _beside(films[0], other, number, None if offsets is None else offsets[number - 2])
        for number, other in enumerate(films[1:], 2)
    ]
    agreement = min(score for _, score in beside)
    found, bundle, shared = _adjusted([films[0], *(film for film, _ in beside)])
    far: FloatArray = np.array([float((off > _FAR).sum() / max(np.isfinite(off).sum(), 1)) for off in bundle.off])
    if float(far.max()) > (_MOST_FAR if agreement > _STRANGERS else _MOST_FAR_OF_STRANGERS):
        raise Fault(
            Text(
                "Video {number} doesn't fit: {share:.0f} % of the joints are not where the other videos show them.",
                number=int(far.argmax()) + 1,
                share=100.0 * float(far.max()),
            ),
            "Check that all show the same person at the same moment, from tripods and without zoom.",
        )
    times = found[0].times
    parts = _in_first_axes(found, times)
    seen = replace(parts[0], others=tuple(parts[1:]))
    solution = solved(seen, _start(found[0], shared, bundle))
    has = [film.has(times) for film in found]
    exchanged = [_exchanges_at(film, times) for film in found]
    ordered = found[0].ordered
    first = ordered.first + round((times[0] - ordered.track.times[0]) * ordered.track.fps)
    trust = best_trust(
        [
            trust_of(part, solution.joints, times, exchange, ~here, film.ordered.track.size)
            for part, exchange, here, film in zip(parts, exchanged, has, found, strict=True)
        ]
    )
    known = np.any(has, axis=0)
    motion = motion_of(Solved(seen, solution, exchanged[0], known, times, first), trust)
    return Together(motion, bundle.cameras, far)


def _beside(first: Film, other: Film, number: int, known: float | None) -> tuple[Film, float]:
    """Return a film with its offset and a first guess of its camera, and how well its motion agrees with the first's.

    Left and right are as in the first one.
    """
    longest = min(first.times[-1] - first.times[0], other.times[-1] - other.times[0])
    found: list[tuple[float, Film, float]] = []
    either = likely_offsets(first, other, _TRIED) if known is None else at_offset(known)
    for offset in either:
        film = other.exchanged(np.ones((len(other.times), 3), np.bool_)) if offset.exchanged else other
        film = film.through(replace(film.camera, offset=offset.seconds))
        times = common_times([first, film])
        if len(times) < _LEAST_SEC * first.fps:
            continue
        film = film.through(first_camera(first, film, times))
        cost = adjusted([first, film], first.joints_at(times), times, _FEW_ROUNDS, _FEW_FRAMES).cost
        # what is long is less likely to fit by chance
        found.append((cost * float(np.sqrt(longest / (times[-1] - times[0]))), film, offset.score))
    if not found:
        raise Fault(
            Text("Video {number} doesn't show what the first one shows.", number=number),
            "Choose parts that show the same person at the same moment, for some seconds.",
        )
    return min(found, key=lambda each: each[0])[1:]


def _adjusted(films: list[Film]) -> tuple[list[Film], Bundle, FloatArray]:
    """Return films with what is found out about their cameras, the bundle, and the times of its frames."""
    times = common_times(films)
    if len(times) < _LEAST_SEC * films[0].fps:
        raise Fault(
            "The videos hardly share a moment.",
            "Choose parts that show the same person at the same moment, for some seconds.",
        )
    films = _through(films, adjusted(films, films[0].joints_at(times), times))
    rows = exchanged_sides(films, times)
    if any(each.any() for each in rows):
        films = [film.exchanged(each) for film, each in zip(films, rows, strict=True)]
        films = [films[0], *(film.through(first_camera(films[0], film, times)) for film in films[1:])]
        films = _through(films, adjusted(films, films[0].joints_at(times), times))
    times = common_times(films)
    bundle = adjusted(films, met_bodies(films, times), times, _LAST_ROUNDS, len(times))
    return _through(films, bundle), bundle, times


def _through(films: Sequence[Film], bundle: Bundle) -> list[Film]:
    return [film.through(camera) for film, camera in zip(films, bundle.cameras, strict=True)]


def _in_first_axes(films: Sequence[Film], times: FloatArray) -> list[Seen]:
    """Return what films show at the first one's times (F,), in its axes."""
    found: list[Seen] = []
    for film in films:
        seen, turn = film.at(times, films[0].fps), film.camera.rotation
        ahead = np.array([turn[2] @ other.camera.rotation[2] for other in films])
        beside = 1.0 - float(
            (ahead**2).min()
        )  # 1 where another camera looks from the side, 0 from the same or opposite one
        found.append(
            replace(
                seen,
                turn=seen.turn @ turn,
                guess=seen.guess @ turn,
                sight=seen.sight @ turn,
                depth_weight=(1.0 - (1.0 - _GUESSED) * beside) * seen.depth_weight,
                place=film.camera.place,
            )
        )
    return found


def _start(first: Film, shared: FloatArray, bundle: Bundle) -> FloatArray:
    """Return the joints (F, N, 3) to begin with: what the first film tells, with the body moved to the bundle's."""
    joints = first.joints.copy()
    apart = bundle.joints - first.joints_at(shared)[:, :BODY]
    shift = np.stack([np.interp(first.times, shared, values) for values in apart.reshape(len(shared), -1).T], axis=1)
    shift = shift.reshape(len(joints), BODY, 3)
    joints[:, :BODY] += shift
    for name in JOINTS[BODY:]:
        side, _, part = name.partition("_")
        leader = _FOLLOWS.get(part.split("_")[0])
        joints[:, INDEX[name]] += shift[:, INDEX[f"{side}_{leader}"]] if leader else shift[:, :2].mean(axis=1)
    return joints


def _exchanges_at(film: Film, times: FloatArray) -> Exchanges:
    exchanged = film.ordered.exchanged
    return replace(exchanged, undone=exchanged.undone[film.nearest_rows(times)])
