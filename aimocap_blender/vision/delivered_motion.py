"""Somebody else's motion of a filmed person: where films show it, how far it is off, and corrections that lie over it.

The film's camera is that of the film's own motion, in which the landmarks were seen. The other motion is turned and
scaled to that one as a whole; its camera follows, so that in each frame the body is where the film shows it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..motion.bones.bone_detection import detect_bones
from ..motion.bones.humanoid import TORSO_SLOTS, filled, slots_of
from ..motion.resampling import straight_between
from ..motion.rotations import (
    FloatArray,
    IntArray,
    Similarity,
    conjugate,
    continuous,
    from_matrix,
    multiply,
    nearest_similarity,
    norm,
    normalise,
    rotate,
    shortest_arc,
    to_matrix,
)
from ..motion.skeleton import Clip
from .clip_solution.seen import PLAIN, Seen
from .clip_solution.solution import Solution, held
from .clip_solution.terms import floor_of
from .corrections import JOINTS as CORRECTED
from .corrections import Correction, correction_of
from .joints import BODY, BONES, HIPS, INDEX, JOINTS, sided, trunk_axes
from .kept_solution import KeptSolution, corrected_shots, limb_of, solution_arrays, solution_of, trusted
from .sighting import Sighting, read_arrays
from .told_depths import PAIRS, ToldDepths
from .trust import LIMBS, Trust

SLOTS = sided("upper_arm", "lower_arm", "hand", "upper_leg", "lower_leg", "foot")
"""The bones whose heads are the joints that end arms and legs, in the order of `JOINTS`."""
COMPARED_LIMBS = sided("arm", "leg")
_MOVING = {"arm": ("elbow", "wrist"), "leg": ("knee", "ankle")}
"""The joints by which a limb is compared; those of the trunk place the body."""
_CARRIED = {
    "left_hand": ("left_wrist", ("left_pinky", "left_index")),
    "left_foot": ("left_ankle", ("left_heel", "left_foot_index")),
    "right_hand": ("right_wrist", ("right_pinky", "right_index")),
    "right_foot": ("right_ankle", ("right_heel", "right_foot_index")),
    "head": ("", ("nose", "left_ear", "right_ear")),
}
"""The other joints: the bone that carries them, and the joint at its head."""
_AIMS = {
    "left_upper_arm": ("left_lower_arm", INDEX["left_elbow"]),
    "left_lower_arm": ("left_hand", INDEX["left_wrist"]),
    "left_upper_leg": ("left_lower_leg", INDEX["left_knee"]),
    "left_lower_leg": ("left_foot", INDEX["left_ankle"]),
    "right_upper_arm": ("right_lower_arm", INDEX["right_elbow"]),
    "right_lower_arm": ("right_hand", INDEX["right_wrist"]),
    "right_upper_leg": ("right_lower_leg", INDEX["right_knee"]),
    "right_lower_leg": ("right_foot", INDEX["right_ankle"]),
}
"""By bone: the next one, and the joint at its head."""
_ENDS = {
    "left_hand": (INDEX["left_wrist"], [INDEX["left_pinky"], INDEX["left_index"]]),
    "left_foot": (INDEX["left_heel"], [INDEX["left_foot_index"]]),
    "right_hand": (INDEX["right_wrist"], [INDEX["right_pinky"], INDEX["right_index"]]),
    "right_foot": (INDEX["right_heel"], [INDEX["right_foot_index"]]),
}
"""By bone at the end of a limb: the joints between which it points."""
_LEAST_SEC = 1.0
"""That both have to show."""
_WRONG = 0.14
"""Of the person's size in the frame: a joint that is so far from its landmark is wrong. From a third of that, at which
one sees it, it is worth a look."""


@dataclass(frozen=True, eq=False)
class InFilm:
    """Where a film shows a motion.

    Attributes:
        fit: from the motion's world to the axes of the film's own solution, but for where the body is.
        rows: (K,) frames of the film's solution, one after the other, in which both are.
        joints: (F, 12, 3) in those axes, metres, each frame's placed on the film's own body; only `rows` count.
        shift: (F, 3) from where `fit` brings them to there.
    """

    fit: Similarity
    rows: IntArray
    joints: FloatArray
    shift: FloatArray


def in_film(clip: Clip, bones: Mapping[str, str], kept: KeptSolution, second: float) -> InFilm | None:
    """Return where a film shows a motion; None if it shows another time, or the motion has no whole body.

    Args:
        bones: the clip's humanoid bones by slot.
        kept: the film's own motion.
        second: the clip's at the start of the film's range.
    """
    times = kept.times + second
    rows = np.flatnonzero((times >= clip.times[0]) & (times <= clip.times[-1]))
    if not set(SLOTS) <= set(bones) or len(rows) < _LEAST_SEC * kept.seen.fps:
        return None
    theirs = heads_at(clip, list(map(bones.__getitem__, SLOTS)), times)
    ours = kept.solution.joints[:, :BODY]
    # each frame's pose around its own middle: how both travel may differ, as one film can't tell distance
    their_middle, our_middle = theirs.mean(axis=1, keepdims=True), ours.mean(axis=1, keepdims=True)
    their_poses, our_poses = (theirs - their_middle)[rows], (ours - our_middle)[rows]
    film_from_world = nearest_similarity(their_poses.reshape(-1, 3), our_poses.reshape(-1, 3))
    # and then each frame's is put onto the film's own body
    shift = our_middle - film_from_world.points(their_middle)
    return InFilm(film_from_world, rows, film_from_world.points(theirs) + shift, shift[:, 0])


def heads_at(clip: Clip, names: Sequence[str], times: FloatArray) -> FloatArray:
    """Return the heads (F, B, 3) of bones at times (F,)."""
    return straight_between(clip.positions[:, clip.skeleton.indices_of(names)], clip.times, times)


def delivered_solution(clip: Clip, kept: KeptSolution, second: float) -> KeptSolution | None:
    """Return a motion as a solution of what a film shows; its times are the clip's. None as `in_film` does.

    The motion itself is taken for seen: its joints are where the film's camera would see them, as deep as they are.

    Args:
        kept: the film's own motion.
        second: the clip's at the start of the film's range.
    """
    bones = detect_bones(clip.skeleton).bones()
    found: list[KeptSolution] = []
    for shot in kept.shots:
        solution = _shot(clip, bones, shot, second)
        if solution is not None:
            found.append(solution)
    return replace(found[0], later=tuple(found[1:])) if found else None


def _shot(clip: Clip, bones: Mapping[str, str], kept: KeptSolution, second: float) -> KeptSolution | None:
    placed = in_film(clip, bones, kept, second)
    if placed is None:
        return None
    rows, first, last = placed.rows, int(placed.rows[0]), int(placed.rows[-1]) + 1
    times = kept.times[rows] + second
    joints = _all_joints(clip, bones, kept, placed, times)
    # the motion stays where it is, and the camera moves so that the film shows it
    film = kept.seen.part(first, last)
    seen = _seen(replace(film, others=(), place=-placed.shift[rows]), joints)
    lengths: FloatArray = np.median(norm(joints[:, BONES[:, 0]] - joints[:, BONES[:, 1]]), axis=0)
    solution = Solution(joints, lengths, floor_of(seen, joints, None))
    # the inverse of the fit leads back to the motion's own world
    world_from_solution = np.eye(4)
    world_from_solution[:3, :3] = to_matrix(conjugate(placed.fit.rotation)) / placed.fit.scale
    world_from_solution[:3, 3] = -world_from_solution[:3, :3] @ placed.fit.shift
    likely = _likely(film, seen)
    return KeptSolution(
        seen,
        held(seen, solution),
        times,
        np.arange(len(rows)),
        world_from_solution,
        np.eye(4),
        kept.frame,
        Trust(LIMBS, _limb_values(likely), ()),
        likely=likely,
    )


def _all_joints(
    clip: Clip, bones: Mapping[str, str], kept: KeptSolution, placed: InFilm, times: FloatArray
) -> FloatArray:
    """Return the joints (K, N, 3) of a motion in the film's axes, each frame's where the motion has them.

    Hands, feet and the head have joints that no bone of the motion ends at: these are rigid on the bone that carries
    them, where the film's own body has them on average.
    """
    rows, film_from_world = placed.rows, placed.fit
    joints = np.zeros((len(rows), len(JOINTS), 3))
    joints[:, :BODY] = placed.joints[rows] - placed.shift[rows, None]
    ours = kept.solution.joints[rows] - placed.shift[rows, None]
    for slot, (start, ends) in _CARRIED.items():
        bone = bones.get(slot, bones["hips"])
        rotations = continuous(clip.rotations[:, [clip.skeleton.index(bone)]])
        world_from_bone = normalise(straight_between(rotations, clip.times, times)[:, 0])
        film_from_bone = multiply(film_from_world.rotation, world_from_bone)
        head = film_from_world.points(heads_at(clip, [bone], times)[:, 0])
        base = ours[:, INDEX[start]] if start else head
        for end in filled(INDEX, ends):
            in_bone: FloatArray = np.median(rotate(conjugate(film_from_bone), ours[:, end] - base), axis=0)
            joints[:, end] = head + rotate(film_from_bone, np.broadcast_to(in_bone, head.shape))
    return joints


def _limb_values(likely: FloatArray) -> FloatArray:
    """Return the trust (F, L) in limbs: as likely as the worse one of their joints is right, of `_likely`."""
    values = np.ones((len(likely), len(LIMBS)))
    for joint, is_right in zip(CORRECTED, likely.T, strict=True):
        column = LIMBS.index(limb_of(joint))
        values[:, column] = np.minimum(values[:, column], is_right)
    return values


def _seen(film: Seen, joints: FloatArray) -> Seen:
    """Return what a film would show of joints (F, N, 3), all of it in plain view."""
    # our own network tells fractions of the hips' distance
    deeper = ((joints[:, PAIRS[:, 0]] - joints[:, PAIRS[:, 1]]) * film.sight[:, None]).sum(axis=-1)
    return replace(
        film,
        pixels=film.pixels_of(joints),
        weight=np.ones_like(film.weight),
        guess=joints - joints[:, HIPS].mean(axis=1, keepdims=True),
        depth_weight=np.ones_like(film.depth_weight),
        told=ToldDepths(deeper / film.away(joints), film.told.error),
    )


def _likely(film: Seen, ours: Seen) -> FloatArray:
    """Return how likely (F, 8) each of the joints that can be corrected is right, by how far off its landmark it is."""
    columns = list(map(INDEX.__getitem__, CORRECTED))
    off = norm(ours.pixels[:, columns] - film.pixels[:, columns]) / film.size[:, None]
    # a landmark that isn't in plain view says nothing against the motion
    off[film.weight[:, columns] < PLAIN] = 0.0
    return np.asarray(1.0 - np.minimum(off / _WRONG, 1.0))


@dataclass(frozen=True, eq=False)
class Layer:
    """Corrections that lie over a motion.

    Attributes:
        kept: the motion as a film shows it, from `delivered_solution`.
        joints: of each shot with the corrections, as `Solution` has them.
        corrections: in order.
    """

    kept: KeptSolution
    joints: tuple[FloatArray, ...]
    corrections: tuple[Correction, ...] = ()

    def over(self, clip: Clip) -> Clip:
        """Return the motion with the corrections; bones keep their lengths, and what isn't corrected stays."""
        bones = detect_bones(clip.skeleton).bones()
        for shot, joints in zip(self.kept.shots, self.joints, strict=True):
            before = shot.joints_in_world(shot.solution.joints)
            clip = _laid_over(clip, bones, shot.times, before, shot.joints_in_world(joints))
        return clip

    def seen(self, clip: Clip) -> Sighting:
        """Return the motion with the corrections as one that was seen; it is trusted as far as the film shows it."""
        shots = self.kept.shots
        times = np.concatenate([shot.times for shot in shots])
        values = straight_between(np.concatenate([shot.trust.values for shot in shots]), times, clip.times)
        trust = trusted(Trust(LIMBS, values, ()), clip.times, self.corrections)
        return Sighting(self.over(clip), trust, (), (), 0, 0.0, corrections=self.corrections)


def layer_of(kept: KeptSolution, corrections: Sequence[Correction]) -> Layer:
    """Return corrections of a motion, solved.

    Raises:
        Fault: one of them asks for what can't be.
    """
    joints: list[FloatArray] = []
    known: dict[int, Correction] = {}
    for shot in corrected_shots(kept, corrections):
        joints.append(shot.joints)
        known |= shot.corrections
    return Layer(kept, tuple(joints), tuple(map(known.__getitem__, sorted(known))))


def layer_arrays(layer: Layer) -> dict[str, npt.NDArray[np.generic]]:
    """Return it as the arrays of a file, for `layer_in`."""
    facts = json.dumps(list(map(astuple, layer.corrections)))
    arrays: dict[str, npt.NDArray[np.generic]] = {"corrections": np.array(facts)}
    for number, joints in enumerate(layer.joints):
        arrays[f"corrected_{number}"] = joints
    return arrays | solution_arrays(layer.kept)


def layer_in(file: Path) -> Layer:
    """Read it from an npz file.

    Raises:
        Fault: it is missing or broken.
    """
    return read_arrays(file, _layer_of)


def _layer_of(arrays: Mapping[str, npt.NDArray[np.generic]]) -> Layer:
    kept = solution_of(arrays)
    joints = tuple(np.asarray(arrays[f"corrected_{number}"], dtype=np.float64) for number in range(len(kept.shots)))
    return Layer(kept, joints, tuple(map(correction_of, json.loads(str(arrays["corrections"])))))


def _laid_over(clip: Clip, bones: Mapping[str, str], times: FloatArray, before: FloatArray, after: FloatArray) -> Clip:
    """Return a motion whose limbs point to where its joints move from one motion of them to another.

    Args:
        bones: the clip's humanoid bones by slot.
        times: (F,) of the joints.
        before: (F, N, 3) joints in the clip's world.
        after: the same, corrected.
    """
    moves = np.flatnonzero(np.any(before != after, axis=(1, 2)))
    if not len(moves):
        return clip
    # all other samples stay to the bit: from the frame before the first that moves to the one after the last
    ends = times[[max(moves[0] - 1, 0), min(moves[-1] + 1, len(times) - 1)]]
    rows = np.flatnonzero((clip.times >= ends[0]) & (clip.times <= ends[1]))
    was = straight_between(before, times, clip.times[rows])
    now = straight_between(after, times, clip.times[rows])
    skeleton, heads = clip.skeleton, clip.positions[rows]
    # where heads come to be, and each bone's rotation from before to after
    placed, turns = heads.copy(), np.zeros((len(rows), len(skeleton), 4))
    turns[..., 0] = 1.0
    slots = dict(zip(skeleton.indices_of(bones.values()), bones, strict=True))
    # the highest one of the spine moves with the shoulders
    chest = [slot for slot in TORSO_SLOTS[1:4] if slot in bones][-1:]
    trunk = {"hips": "hip"} | dict.fromkeys(chest, "shoulder")
    # parents come before their children
    for bone in range(len(skeleton)):
        slot, parent = slots.get(bone, ""), int(skeleton.parents[bone])
        # a bone goes along with its parent …
        if slot == "hips":
            placed[:, bone] += (now - was)[:, HIPS].mean(axis=1)
        elif parent >= 0:
            placed[:, bone] = placed[:, parent] + rotate(turns[:, parent], heads[:, bone] - heads[:, parent])
            turns[:, bone] = turns[:, parent]
        # … unless joints say more
        if slot in trunk:
            was_from_world, now_from_world = trunk_axes(was, trunk[slot]), trunk_axes(now, trunk[slot])
            turns[:, bone] = from_matrix(np.swapaxes(now_from_world, 1, 2) @ was_from_world)
        elif slot in _AIMS and _AIMS[slot][0] in bones:
            # to where the motion has the next bone's head, moved as its joint was
            next_slot, joint = _AIMS[slot]
            next_bone = skeleton.index(bones[next_slot])
            to = heads[:, next_bone] + now[:, joint] - was[:, joint] - placed[:, bone]
            turns[:, bone] = shortest_arc(heads[:, next_bone] - heads[:, bone], to)
        elif slot in _ENDS:
            start, points = _ENDS[slot]
            pointed = was[:, points].mean(axis=1) - was[:, start]
            turns[:, bone] = shortest_arc(pointed, now[:, points].mean(axis=1) - now[:, start])
    positions, rotations = clip.positions.copy(), clip.rotations.copy()
    positions[rows], rotations[rows] = placed, multiply(turns, clip.rotations[rows])
    return replace(clip, positions=positions, rotations=continuous(rotations))


class Off(NamedTuple):
    """How far a motion is off in films.

    Attributes:
        pixels: (V, L) of each film and limb, of `COMPARED_LIMBS`; in half of the frames it is farther off. NaN where it
            is never in plain view.
        usual: (V, L) the same of the films' own motion.
    """

    pixels: FloatArray
    usual: FloatArray


def off_in_films(clip: Clip, bones: Mapping[str, str], kept: KeptSolution, second: float) -> Off | None:
    """Return how far a motion is from what films show; None if it shows another time, or has no whole body.

    Args:
        bones: the clip's humanoid bones by slot.
        kept: the films' own motion, and what they show.
        second: the clip's at the start of the films' range.
    """
    placed = in_film(clip, bones, kept, second)
    if placed is None:
        return None
    ours = kept.solution.joints[:, :BODY]
    return Off(_pixels(kept, placed.joints, placed.rows), _pixels(kept, ours, placed.rows))


def _pixels(kept: KeptSolution, joints: FloatArray, rows: IntArray) -> FloatArray:
    """Return how far (V, L) joints (F, 12, 3) are from where films show them, in the middle of some frames."""
    found = np.full((len(kept.seen.films), len(COMPARED_LIMBS)), np.nan)
    for number, film in enumerate(kept.seen.films):
        off = norm(film.pixels_of(joints) - film.pixels[:, :BODY])
        off[film.weight[:, :BODY] < PLAIN] = np.nan
        for column, limb in enumerate(COMPARED_LIMBS):
            side, _, part = limb.partition("_")
            joints_of_limb = filled(INDEX, slots_of(side, _MOVING[part]))
            values = off[rows][:, joints_of_limb]
            if np.isfinite(values).any():
                found[number, column] = np.nanmedian(values)
    return found
