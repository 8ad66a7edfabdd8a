"""The corrections of takes by hand: in a preview's own solution, over a capture's motion as a layer.

A capture's motion is compared with the films of a preview that shows the same moment. Nothing is uploaded for that: the
films were compared when the preview was made.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np

from ..motion.bones.bone_detection import detect_bones
from ..motion.skeleton import Clip
from ..scene.preview.action_trust import LIMB_NAMES
from ..texts.faults import Fault
from ..texts.text import Text
from ..vision.corrections import Correction
from ..vision.delivered_motion import COMPARED_LIMBS, Layer, delivered_solution, layer_arrays, layer_of, off_in_films
from ..vision.kept_solution import KeptSolution
from ..vision.sighting import Sighting, write_arrays
from .application import Application, Motions
from .previews.kept import KeptPreviews, PreviewRecord
from .previews.previews import Previews
from .reading import Motion, MotionKind, ReadMotion, with_layer
from .take import Kind, Take


class CorrectedTakes:
    """The corrections of a session's takes."""

    def __init__(self, previews: Previews, application: Application, motions: Motions) -> None:
        self._previews, self._application, self._motions = previews, application, motions

    def solved(self, take: Take) -> tuple[Sighting, KeptSolution]:
        """Return the motion of a take with its corrections, and its solution without them.

        Raises:
            Fault: they can't be read, or no video is known that shows the motion.
        """
        if take.kind is Kind.PREVIEW:
            return self._previews.kept.solved(take.id)
        read, layer = self._layered(take)
        assert read.seen is not None  # noqa: S101 -- with a layer
        return read.seen, layer.kept

    def correct(self, take: Take, corrections: Sequence[Correction]) -> Sighting:
        """Give a take just these corrections, and return its motion.

        Raises:
            Fault: they can't be, or the motion can't be read or written.
        """
        if take.kind is Kind.PREVIEW:
            return self._previews.correct(take.id, corrections)
        read, layer = self._layered(take)
        # over what was delivered, which stays as it was paid for
        layer = layer_of(layer.kept, corrections)
        read, file = with_layer(read, layer), take.files[MotionKind.HUMAN].layer
        assert read.seen is not None and file is not None  # noqa: S101, PT018 -- a capture's
        self._motions.keep(take.id, MotionKind.HUMAN, read)
        self._previews.writes.begin(take.id, take.title, partial(_write, file, layer))
        return read.seen

    def _layered(self, take: Take) -> tuple[ReadMotion, Layer]:
        """Return a capture's motion with the layer that corrections lie in; one without any if it is new."""
        if MotionKind.HUMAN not in take.files:
            raise Fault("Only motion of a character can be corrected.", "Choose another capture.")
        (read,) = self._application.read_now(take, [MotionKind.HUMAN])
        if read.layer is None:
            read = with_layer(read, layer_of(self._in_film(take, read), ()))
            self._motions.keep(take.id, MotionKind.HUMAN, read)
        assert read.layer is not None  # noqa: S101 -- just made
        return read, read.layer

    def _in_film(self, take: Take, read: ReadMotion) -> KeptSolution:
        assert isinstance(read.motion, Clip)  # noqa: S101 -- a human's
        for record, second in films_of(self._previews.kept, take):
            # an earlier version made it, or it is broken: another one may serve
            with suppress(Fault):
                _, kept = self._previews.kept.solved(record.id)
                if (found := delivered_solution(read.motion, kept, second)) is not None:
                    return found
        raise Fault(
            "Where the video's camera stood isn't known.",
            "Make a free preview of the same range of the video, then correct the capture.",
        )


def _write(file: Path, layer: Layer) -> None:
    """Write a layer next to what was delivered; one without corrections is none.

    Raises:
        OSError: it can't be written.
    """
    if not layer.corrections:
        file.unlink(missing_ok=True)
        return
    write_arrays(file, layer_arrays(layer))


def off_in_words(previews: KeptPreviews, take: Take, motion: Motion) -> Iterator[Text]:
    """Yield a sentence for each film of the newest preview of several films, the first of which is the capture's."""
    if not isinstance(motion, Clip):
        return
    bones = detect_bones(motion.skeleton).bones()
    for record, second in films_of(previews, take):
        # in one film alone, a motion that is off towards the camera looks right
        if not record.beside:
            continue
        try:
            _, kept = previews.solved(record.id)
        except Fault:
            continue
        off = off_in_films(motion, bones, kept, second)
        if off is None:
            continue
        theirs: list[list[float]] = off.pixels.tolist()
        # a preview that was made of these films is off in them, too: that much means nothing
        ours: list[list[float]] = off.usual.tolist()
        for film, pixels, usual in zip((record.video, *record.beside), theirs, ours, strict=False):
            limbs: list[Text] = []
            for limb, value in zip(COMPARED_LIMBS, pixels, strict=True):
                # one that is out of the film has no pixels
                if np.isfinite(value):
                    limbs.append(Text("{limb} {pixels:.0f}", limb=LIMB_NAMES[limb], pixels=value))
            if limbs:
                yield Text(
                    "Pixels off in {film}: {limbs}; those of the preview: {usual:.0f}.",
                    film=film,
                    limbs=Text.listed(limbs),
                    usual=float(np.nanmean(usual)),
                )
        return


def films_of(previews: KeptPreviews, take: Take) -> Iterator[tuple[PreviewRecord, float]]:
    """Yield the previews of a capture's video, newest first, with the capture's second at which each begins."""
    if take.kind is Kind.CAPTURE and take.shown is not None:
        for record in previews.records():
            if record.video == Path(take.shown.path).name:
                yield record, record.range_sec[0] - take.shown.start_sec
