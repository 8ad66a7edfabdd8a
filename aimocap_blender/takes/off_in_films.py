"""How far a capture's motion is off in each film of a preview that shows the same moment, in sentences.

Nothing is uploaded: the films were compared when the preview was made.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..motion.bones.bone_detection import detect_bones
from ..motion.skeleton import Clip
from ..texts.faults import Fault
from ..texts.text import Text
from ..vision.together.delivered import LIMBS, off_in_films
from .previews.kept import KeptPreviews, PreviewRecord
from .previews.trust_words import LIMB_NAMES
from .reading import Motion
from .take import Kind, Take


def off_in_words(previews: KeptPreviews, take: Take, motion: Motion) -> Iterator[Text]:
    """Yield a sentence for each film of the newest preview of several films, the first of which is the capture's."""
    if not isinstance(motion, Clip):
        return
    bones = detect_bones(motion.skeleton).bones()
    for record, second in films_of(previews, take):
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
        ours: list[list[float]] = off.usual.tolist()
        for film, pixels, usual in zip((record.video, *record.beside), theirs, ours, strict=False):
            limbs: list[Text] = []
            for limb, value in zip(LIMBS, pixels, strict=True):
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
