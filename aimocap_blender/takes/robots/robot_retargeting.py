"""Human motion put onto a G1 rig: solved in a thread, then keyed on the rig, and reported limb by limb."""

import threading
from dataclasses import dataclass

import bpy
import numpy as np

from ...motion.bones.humanoid import BoneMap, in_words
from ...motion.g1.adjusting import frames_in_words
from ...motion.g1.variants import Variant
from ...motion.g1_retargeting.onto_g1 import retargeted_to_g1
from ...motion.g1_retargeting.options import G1RetargetOptions
from ...motion.g1_retargeting.outcome import OFF_DEGREES, G1Outcome, LimbDistance
from ...motion.skeleton import Clip
from ...motion.stopping import Stopped, stopped_by
from ...motion.time_mapping import TimeMapping
from ...scene.action_source import ActionSource
from ...scene.context_override import threads
from ...scene.g1.rig import is_g1_rig
from ...scene.robot_placement import RobotPlacement, place_robot
from ...scene.selection import select_only
from ...texts.faults import Fault
from ...texts.text import Text
from ..applying import put_motion_on
from ..messages import Note
from ..reading import ReadMotion

_MOST_SPANS = 4  # named per limb
_BUSIEST = 4  # joints named that are at their limits


@dataclass(frozen=True, eq=False)
class HumanMotion:
    """A motion to put onto the robot.

    Attributes:
        clip: the motion.
        bone_map: its humanoid bones.
        mapping: its seconds to timeline frames.
        name: of the new Action.
        source: what is noted on the Action.
        place: where a new robot stands; None for the world's origin.
    """

    clip: Clip
    bone_map: BoneMap
    mapping: TimeMapping
    name: str
    source: ActionSource
    place: RobotPlacement | None = None


class RobotSolving:
    """A motion that is being put onto the robot in a thread.

    Attributes:
        share: how much is done, 0 to 1.
        fault: why it can't be done.
    """

    def __init__(self, motion: HumanMotion, variant: Variant, options: G1RetargetOptions) -> None:
        """Start."""
        self.share = 0.0
        self.fault: Fault | None = None
        self._outcome: G1Outcome | None = None
        self._error: Exception | None = None
        self._stop = threading.Event()
        self._work = (motion.clip, motion.bone_map, variant, options)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def outcome(self) -> G1Outcome:
        """The result, once the thread has ended.

        Raises:
            Fault: it can't be done.
        """
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise self.fault or Fault("Retargeting was stopped.", "Start it again.")
        return self._outcome

    def poll(self) -> bool:
        """Return whether it has ended; never waits."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Block until it has ended."""
        self._thread.join()

    def stop(self) -> None:
        """End it soon, without a result."""
        self._stop.set()

    def _told(self, share: float) -> None:
        self.share = share

    def _run(self) -> None:
        try:
            with threads.computing(), stopped_by(self._stop):
                self._outcome = retargeted_to_g1(*self._work, told=self._told)
        except Fault as fault:
            self.fault = fault
        except Stopped:
            pass
        except Exception as error:  # noqa: BLE001 -- raised where somebody sees it, see `outcome`
            self._error = error


def put_on_robot(
    context: bpy.types.Context, motion: HumanMotion, outcome: G1Outcome, rig: bpy.types.Object | None
) -> Note:
    """Key a result on a rig, or on a new one, which is placed and selected.

    Raises:
        Fault: it can't be done; nothing has changed.
    """
    before = set(bpy.data.objects)
    note = put_motion_on(context, ReadMotion(outcome.motion), rig, motion.mapping, motion.name, source=motion.source)
    if rig is None:
        # keying makes the rig itself, so that it goes again if its motion can't be put on
        rig = next(filter(is_g1_rig, set(bpy.data.objects) - before))
        if motion.place is not None:
            place_robot(rig, outcome.motion, motion.place)
        select_only(context, rig)
    frames = motion.mapping.frames(outcome.motion.times)
    return note.with_warning(_warning(outcome, frames)).with_details(*details_of(outcome, frames))


def details_of(outcome: G1Outcome, frames: np.ndarray) -> tuple[Text, ...]:
    """Return sentences on how far the robot is from the source, limb by limb, and what it couldn't do.

    Args:
        outcome: of the retargeting.
        frames: (F,) the timeline's frames of its samples.
    """
    said: list[Text] = []
    if outcome.limbs:
        limbs = [_limb_in_words(limb, frames) for limb in outcome.limbs]
        said.append(Text("Deviation (median, max): {limbs}.", limbs=Text.joined(limbs, "; ")))
    if off := [limb for limb in outcome.limbs if limb.off]:
        spans = [Text("{limb} {frames}", limb=in_words(limb.slot), frames=_spans(limb.off, frames)) for limb in off]
        said.append(
            Text("Off by more than {limit:.0f}° at frames: {limbs}.", limit=OFF_DEGREES, limbs=Text.joined(spans, "; "))
        )
    if outcome.at_limits:
        busiest = sorted(outcome.at_limits.items(), key=lambda item: -item[1])[:_BUSIEST]
        shares = ", ".join(f"{joint} {share:.0%}" for joint, share in busiest)
        said.append(Text("Joints at their limits, in so many of the frames: {joints}.", joints=shares))
    if outcome.slowed.any():
        count = int(np.count_nonzero(outcome.slowed))
        said.append(Text("The motors are too slow on {frames}.", frames=frames_in_words(count)))
    return tuple(said)


def _limb_in_words(limb: LimbDistance, frames: np.ndarray) -> Text:
    worst = int(np.argmax(limb.degrees))
    return Text(
        "{limb} {median:.1f}°, {most:.0f}° at frame {frame:.0f}, its end {apart:.1f} cm",
        limb=in_words(limb.slot),
        median=float(np.median(limb.degrees)),
        most=float(limb.degrees[worst]),
        frame=float(frames[worst]),
        apart=float(np.median(limb.centimetres)),
    )


def _warning(outcome: G1Outcome, frames: np.ndarray) -> Text:
    if not outcome.source_jumps:
        return Text("")
    return Text("The source itself jumps at frames: {frames}.", frames=_spans(outcome.source_jumps, frames))


def _spans(spans: tuple[tuple[int, int], ...], frames: np.ndarray) -> str:
    """Return the longest spans for a sentence, in their order."""
    longest = sorted(sorted(spans, key=lambda span: span[0] - span[1])[:_MOST_SPANS])
    said: list[str] = []
    for first, last in longest:
        said.append(f"{frames[first]:.0f}" if first == last else f"{frames[first]:.0f}–{frames[last]:.0f}")
    return ", ".join((*said, "…") if len(spans) > _MOST_SPANS else said)
