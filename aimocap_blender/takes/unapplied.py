"""The finished takes whose motion isn't applied, by where it belongs: those of the open file are found at once."""

import bpy

from .binding import Binding, opened_file


class Unapplied:
    """Ids of takes."""

    def __init__(self) -> None:
        self._by_place: dict[str, dict[str, None]] = {}
        self._places: dict[str, tuple[str, ...]] = {}

    def add(self, take_id: str, binding: Binding) -> None:
        """Add a take, where its motion belongs."""
        self.remove(take_id)
        places = tuple({binding.session, binding.blend_file} - {""})
        for place in places:
            self._by_place.setdefault(place, {})[take_id] = None
        self._places[take_id] = places

    def remove(self, take_id: str) -> None:
        """Remove a take, if it is here."""
        for place in self._places.pop(take_id, ()):
            del self._by_place[place][take_id]

    def of_open_file(self) -> tuple[str, ...]:
        """Return the takes that belong to the open file."""
        return (*self._by_place.get(opened_file(), ()), *self._by_place.get(bpy.data.filepath, ()))
