"""All that was seen of a person in a video, as one value that goes through a file of arrays."""

import json
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from itertools import starmap
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..motion.rotations import FloatArray, from_matrix, multiply
from ..motion.skeleton import Clip, Skeleton
from ..plain_files import open_plain
from ..texts.faults import Fault
from ..whole_files import name_beside, replacing
from .corrections import Correction, correction_of
from .trust import Doubt, Reason, Trust

T = TypeVar("T")


class Kind(StrEnum):
    """A kind of notice about a whole video."""

    CUT = "cut"
    LEFT_OUT = "left out"
    CAMERA = "camera"


@dataclass(frozen=True)
class Notice:
    """Something about the video that matters for the motion.

    Attributes:
        kind: of notice.
        start: seconds from the start of the range.
        end: the same as the start for a moment.
    """

    kind: Kind
    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True)
class Person:
    """Someone in the video.

    Attributes:
        start: seconds from the start of the range to where they are seen first.
        end: where they are seen last.
        place: of their middle at the start, from 0 at the frame's left edge to 1 at its right edge.
    """

    start: float
    end: float
    place: float


@dataclass(frozen=True, eq=False)
class OtherWorld:
    """Another world that a clip may be in.

    Attributes:
        matrix: (4, 4) from the clip's world to this one.
        camera_angle: as that of a `Sighting`, in this world.
    """

    matrix: FloatArray
    camera_angle: float


@dataclass(frozen=True)
class FilmBeside:
    """Another film of the same motion.

    Attributes:
        offset: seconds of its range at the start of the first film's range.
        drift: seconds that its clock gains in each second of the first film's.
        other: another offset, at which it fits about as well; None if there is none.
    """

    offset: float
    drift: float = 0.0
    other: float | None = None


@dataclass(frozen=True, eq=False)
class Sighting:
    """A person's motion, and how far to trust it.

    Attributes:
        clip: the motion; its times are seconds from the start of the range.
        trust: for each of the clip's samples.
        notices: about the video, in order of time.
        people: all that are seen, the most prominent one first.
        person: index of the one that the clip is of.
        camera_angle: where the camera stood at first: radians about the clip's Z, from -Y.
        other: another world, whose up explains the video about as well; None if none does.
        corrections: of the motion, in order.
        beside: the other films that it was seen in, too.
        is_turned: whether it is in the world that was the other one when it was made.
    """

    clip: Clip
    trust: Trust
    notices: tuple[Notice, ...]
    people: tuple[Person, ...]
    person: int
    camera_angle: float
    other: OtherWorld | None = None
    corrections: tuple[Correction, ...] = ()
    beside: tuple[FilmBeside, ...] = ()
    is_turned: bool = False

    @property
    def alternative(self) -> tuple[float, ...]:
        """Figures that differ between the motions that explain the same videos: its world, then the films' offsets."""
        return (float(self.is_turned), *(film.offset for film in self.beside))

    def in_other_world(self) -> "Sighting":
        """Return it with the other world instead, and this one as the other."""
        assert self.other is not None  # noqa: S101 -- the caller looked
        matrix = self.other.matrix
        clip = in_world(self.clip, matrix)
        back = OtherWorld(np.asarray(np.linalg.inv(matrix), dtype=np.float64), self.camera_angle)
        turned = not self.is_turned
        return replace(self, clip=clip, camera_angle=self.other.camera_angle, other=back, is_turned=turned)


def in_world(clip: Clip, matrix: FloatArray) -> Clip:
    """Return a motion in another world, to which a matrix (4, 4) leads."""
    turn, shift = matrix[:3, :3], matrix[:3, 3]
    return replace(
        clip,
        positions=clip.positions @ turn.T + shift,
        rotations=multiply(from_matrix(turn), clip.rotations),
        eyes=None if clip.eyes is None else clip.eyes @ turn.T + shift,
    )


def arrays_of(seen: Sighting) -> dict[str, npt.NDArray[np.generic]]:
    """Return it as named arrays, for `sighting_of`."""
    clip, skeleton, trust = seen.clip, seen.clip.skeleton, seen.trust
    facts = {
        "fps": clip.fps,
        "limbs": trust.limbs,
        "shown_by": trust.films,
        "doubts": doubt_values(trust),
        "notices": list(map(astuple, seen.notices)),
        "people": list(map(astuple, seen.people)),
        "person": seen.person,
        "camera_angle": seen.camera_angle,
        "other": None if seen.other is None else [seen.other.matrix.tolist(), seen.other.camera_angle],
        "corrections": list(map(astuple, seen.corrections)),
        "beside": list(map(astuple, seen.beside)),
        "is_turned": seen.is_turned,
    }
    # only where the camera is known: earlier versions' files have none
    eyes: dict[str, npt.NDArray[np.generic]] = {} if clip.eyes is None else {"eyes": clip.eyes}
    return eyes | {
        "facts": np.array(json.dumps(facts)),
        "names": np.array(skeleton.names),
        "parents": skeleton.parents,
        "rest": skeleton.rest,
        "tails": skeleton.tails,
        "world": skeleton.world,
        "times": clip.times,
        "positions": clip.positions,
        "rotations": clip.rotations,
        "trust": trust.values,
    }


def sighting_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Sighting:
    """Return what `arrays_of` made arrays of.

    Raises:
        KeyError, ValueError, TypeError: these are others.
    """
    facts = json.loads(str(arrays["facts"]))

    def numbers(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(arrays[name], dtype=np.float64)

    skeleton = Skeleton(
        names=tuple(map(str, arrays["names"])),
        parents=np.asarray(arrays["parents"], dtype=np.int64),
        rest=numbers("rest"),
        tails=numbers("tails"),
        world=numbers("world"),
    )
    eyes = numbers("eyes") if "eyes" in arrays else None
    if facts.get("eye") is not None:  # earlier versions knew one camera at most
        eyes = np.array([[facts["eye"]]], dtype=np.float64)
    clip = Clip(
        skeleton=skeleton,
        times=numbers("times"),
        fps=float(facts["fps"]),
        positions=numbers("positions"),
        rotations=numbers("rotations"),
        eyes=eyes,
    )
    shown_by = tuple(facts.get("shown_by", ()))  # earlier versions didn't keep it
    trust = Trust(tuple(facts["limbs"]), numbers("trust"), doubts_of(facts["doubts"]), shown_by)
    notices = tuple(Notice(Kind(kind), *rest) for kind, *rest in facts["notices"])
    people = tuple(starmap(Person, facts["people"]))
    camera_angle = float(facts.get("camera_angle", 0.0))  # earlier versions didn't keep it
    kept = facts.get("other")
    other = None if kept is None else OtherWorld(np.array(kept[0], dtype=np.float64), float(kept[1]))
    corrections = tuple(map(correction_of, facts.get("corrections", ())))
    beside = tuple(FilmBeside(*values) for values in facts.get("beside", ()))
    is_turned = bool(facts.get("is_turned", False))  # likewise
    return Sighting(
        clip, trust, notices, people, int(facts["person"]), camera_angle, other, corrections, beside, is_turned
    )


def doubt_values(trust: Trust) -> list[tuple[str, float, float, str]]:
    """Return the doubts as plain JSON, for `doubts_of`."""
    return [(one.limb, one.start, one.end, one.reason.value) for one in trust.doubts]


def doubts_of(values: Iterable[tuple[str, float, float, str]]) -> tuple[Doubt, ...]:
    """Return what `doubt_values` made plain."""
    return tuple(Doubt(limb, start, end, Reason(reason)) for limb, start, end, reason in values)


def sighting_in(file: Path) -> Sighting:
    """Read the arrays of `arrays_of` from an npz file.

    Raises:
        Fault: it is missing or broken.
    """
    return read_arrays(file, sighting_of)


def write_arrays(file: Path, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Write arrays as a whole file, or leave the one that is there.

    Raises:
        OSError: it can't be written.
    """
    with replacing(file, name_beside(file, ".part.npz")) as new:
        np.savez(new, **arrays)  # pyrefly: ignore[bad-argument-type] -- arrays, no option


def read_arrays(file: Path, read: Callable[[Mapping[str, npt.NDArray[np.generic]]], T]) -> T:
    """Return what a function makes of the arrays of a preview's npz file.

    Raises:
        Fault: it is missing or broken, or the function can't.
    """
    try:
        with open_plain(file) as opened, np.load(opened, allow_pickle=False) as arrays:
            return read(arrays)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise Fault("The motion of this preview can't be read.", "Remove it and make it again.") from error
