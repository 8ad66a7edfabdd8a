"""Whether films show the same moment, from cameras that stood still."""

from collections.abc import Sequence

import numpy as np

from ...texts.faults import Fault
from ...texts.text import Text
from ..camera_motion import beyond_rotation
from ..clip_solution.seen import PLAIN
from ..joints import BODY
from .bundle import PIXELS, Bundle, projected, steady
from .films import Film

_MOST, _MOST_OF_STRANGERS = 34.0, 20.0
"""Cost of a frame, for each film beside the first, beyond which films don't fit; the second where their motions hardly
agree and fit about as well elsewhere. Pairs of one moment cost 8 to 32, others 21 to 93. What follows makes those of
one moment cost no more."""
_USUAL_SHARE, _USUAL_SHARE_OF_MORE = 0.05, 0.09
"""Of joints that aren't where other films see them, with which a cost counts as it is; the second from three films on,
which contradict each other more easily. In pairs of one moment there are 0 to 0.06, in others 0.04 to 0.35; in three
films up to 0.09, or 0.2 to 0.4."""
_CLEAR, _CLEAREST = 1.55, 2.0
"""So many times more films cost at other offsets where a cost counts as it is, and at most: those of one moment cost
1.5 to 7 times more elsewhere, others 0.9 to 1.8 times."""
_STRANGERS = 0.4
"""Agreement of motions: below, it may be by chance. Of one moment's, it is 0.34 to 0.87, of others' up to 0.35."""
_LEAST, _SIDE = 0.4, np.sin(np.radians(60.0))
"""Share of that which cameras may cost that stand side by side, as most motions fit there; and the sine of the angle
between cameras from which on it is all."""
_FAR = 3.0
"""Usual errors: a joint that is farther off in a film isn't where the others see it."""
_GROWN, _MOST_OF_THE_TIME = 1.12, 90.0
"""Times that the background of a film may grow or shrink, and the percentile of frames that is looked at: a camera that
pans reaches 1.03, one that is carried ahead by a metre 1.17."""
_RISES, _GROWS = 1.3, 3.7
"""Usual errors by which a body is off at the end of what films share, more than in its middle: upwards or downwards,
and in its size. Cameras that stand still reach 0.9 and 3.2, one that is carried half a metre ahead 1.5 and 4.4."""
_SWAYS = 1.15
"""Usual errors by which a body as a whole is higher or lower than in the middle of all frames, as a root mean square.
Cameras that stand still reach 0.97, one that somebody walks with on the spot 1.36."""
_TELLING_SEC = 2.0
"""Of shared time: in less, a step or two go one way too."""


def require_still(film: Film, number: int) -> None:
    """Raise unless a film's background shows a camera that only turned.

    Raises:
        Fault: it was zoomed, or carried towards what it films.
    """
    track = film.ordered.track
    grown = beyond_rotation(track.camera, track.size, film.usual_focal)
    if float(np.percentile(grown, _MOST_OF_THE_TIME)) > _GROWN:
        raise Fault(
            Text("In video {number}, the camera zooms or is carried.", number=number),
            "Choose a part in which it stands on a tripod, or preview the others without it.",
        )


def require_standing(films: Sequence[Film], bundle: Bundle) -> None:
    """Raise if a film shows the body higher, lower, larger or smaller than a camera could that stands still.

    So it is where a camera is carried whose background shows nothing, as before a plain wall.

    Args:
        films: with their cameras.
        bundle: that explains them best.

    Raises:
        Fault: a camera is carried.
    """
    times = bundle.times
    if times[-1] - times[0] < _TELLING_SEC:
        return
    along = np.linspace(-1.0, 1.0, len(times))
    for film in films:
        seen = film.at(times, films[0].fps)
        places = projected(film.camera, film.camera.local(bundle.joints))[0]
        off = (steady(seen) - places) / (PIXELS * seen.size[:, None, None])
        plain = (seen.weight[:, :BODY] > PLAIN)[..., None]
        # away from the body's middle: a body that is seen larger is off that way
        out = places - places.mean(axis=1, keepdims=True)
        out = out / np.linalg.norm(out, axis=(1, 2), keepdims=True)
        higher = (plain * off)[..., 1].sum(axis=1) / np.maximum(plain.sum(axis=(1, 2)), 1)
        larger = (plain * off * out).sum(axis=(1, 2))
        # by how much from the middle of the time to its end, by least squares
        rises = abs(float(along @ higher / (along @ along)))
        grows = abs(float(along @ larger / (along @ along)))
        if rises > _RISES or grows > _GROWS or float(higher.std()) > _SWAYS:
            raise Fault(
                "One of the cameras moves, though its background doesn't show it.",
                "Choose a part in which all stand on tripods, or preview one video alone.",
            )


def misfit(
    films: Sequence[Film], bundle: Bundle, agreements: Sequence[float], elsewhere: Sequence[float | None]
) -> float:
    """Return what a bundle of films costs, of what it may cost; more than 1 if they don't fit.

    Args:
        films: with their cameras.
        agreements: of each other film's motion with the first one's.
        elsewhere: how many times more each of these costs at other offsets; None if none was tried.
    """
    most = 0.0
    for film, agreement, other in zip(films[1:], agreements, elsewhere, strict=True):
        # cameras that look the same way tell depth less, and so differ less
        ahead = float(films[0].camera.rotation[2] @ film.camera.rotation[2])
        beside = 1.0 if ahead < 0.0 else min(1.0, float(np.sqrt(max(1.0 - ahead**2, 0.0))) / _SIDE)
        # a body that shows little of its motion may agree little too, but fits nowhere else
        known = agreement > _STRANGERS or (other is not None and other > _CLEAREST)
        alike = _MOST if known else _MOST_OF_STRANGERS
        most += alike * (_LEAST + (1.0 - _LEAST) * beside)
    # a joint that is far off costs little more than one that is half as far, but of one moment few are
    share = float((bundle.off > _FAR).sum()) / max(int(np.isfinite(bundle.off).sum()), 1)
    far = np.sqrt(share / (_USUAL_SHARE_OF_MORE if films[2:] else _USUAL_SHARE))
    clear = np.mean([_CLEAR if each is None else min(each, _CLEAREST) for each in elsewhere])
    # neither makes films fit that cost too much: a camera that sways
    return bundle.cost / most * max(1.0, float(far * _CLEAR / clear))


def least_fitting(bundle: Bundle) -> int:
    """Return the index of the film most of whose joints aren't where the others see them."""
    seen = np.maximum(np.isfinite(bundle.off).sum(axis=(1, 2)), 1)
    return int(np.argmax((bundle.off > _FAR).sum(axis=(1, 2)) / seen))
