"""How studios, programs and languages name a human's bones: facts, stated as figures."""

from collections.abc import Mapping

from tests.motion.bones.convention_figures import Convention

from .capture import CAPTURE
from .characters import CHARACTERS
from .further import FURTHER
from .games import GAMES
from .people import PEOPLE
from .rigs import RIGS

CONVENTIONS: Mapping[str, Convention] = {**RIGS, **CHARACTERS, **GAMES, **CAPTURE, **PEOPLE, **FURTHER}
