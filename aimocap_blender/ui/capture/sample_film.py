"""The short film that comes with the add-on, to try it with."""

from functools import lru_cache
from pathlib import Path

from ...while_enabled import discarded

FILM = "sample.mp4"
"""Its name, in this folder of a built extension; a source checkout has none."""


@lru_cache(maxsize=1)
def sample_film() -> Path | None:
    """Return its file; None where the extension was built without it."""
    file = Path(__file__).with_name(FILM)
    return file if file.is_file() else None


discarded(sample_film.cache_clear)
