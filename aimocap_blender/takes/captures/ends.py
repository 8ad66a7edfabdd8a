"""Messages about captures that end."""

from collections.abc import Iterable
from dataclasses import replace

from ...jobs.capture import AWAITING_USER, ENDED, State
from ...jobs.view import CaptureView
from ...texts.text import Text
from ..application import Application
from ..messages import Message, Messages
from .captures import Captures

_ENDS = {*ENDED, *AWAITING_USER} - {State.STOPPED}  # stopped by the user


class Ends:
    """The ends of a session's captures, each told once."""

    def __init__(self, captures: Captures, application: Application, messages: Messages) -> None:
        self._captures, self._application, self._messages = captures, application, messages
        self._told: dict[str, Message | None] = {}
        self._about_to_end: set[str] = set()

    def look(self, ids: Iterable[str]) -> None:
        """Add messages about those of these captures that ended, or whose motion was about to be applied before.

        Those that had ended before the session began are not told.
        """
        found = (self._captures.view(one) for one in {*ids, *self._about_to_end})
        views = sorted((view for view in found if view is not None), key=lambda view: view.created_at, reverse=True)
        for view in views:
            end = self._end_of(view)
            before = self._told.get(view.id, end if view.id in self._captures.runner.views.ended_before else None)
            if end is not None and before is None:
                self._messages.add(replace(end, title=view.title))
            self._told[view.id] = end
        self._about_to_end = {view.id for view in views if self._application.is_to_be_applied(view.id)}

    def _end_of(self, view: CaptureView) -> Message | None:
        """Return the message about an end; None while the job or the application of its motion is in progress."""
        if view.state is not State.DONE:
            ended = view.state in _ENDS and not view.followed
            return Message("ERROR", Text.joined((view.what, view.next_step))) if ended else None
        if (note := self._application.notes.get(view.id)) is not None:
            return note.message
        if self._application.is_to_be_applied(view.id):
            return None
        return Message("INFO", Text.joined((view.what, self._application.how_to_apply(view.id))))
