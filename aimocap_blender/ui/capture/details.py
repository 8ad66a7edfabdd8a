"""Details and buttons of the capture selected in the list, short texts about a capture, and all that is known of it.

The texts say age, targets, progress and state, and why buttons can't be pressed.
"""

import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import bpy

from ...jobs.capture import AWAITING_USER, ENDED, State, TroubleKind
from ...jobs.runner import CaptureView
from ...jobs.timing import DAY, age, clock, time_left
from ...scene.scene_values import kept_character
from ...scene.video.strips import must_render, peek
from ...service.contract import DEFAULT_TARGET, ROBOT_TARGET
from ...service.faults import NO_CREDITS, Kind
from ...takes.captures.capture_settings import target_id_of
from ...takes.captures.capture_takes import seconds_left
from ...takes.captures.planning import can_be_tried_again, receiver_for
from ...takes.corrected import off_in_words
from ...takes.messages import Note
from ...takes.reading import MotionKind, ReadMotion
from ...takes.session import Session, open_session
from ...takes.take import Take
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ..motion.outcome_words import draw_note, verdict_of
from ..preview.corrections import draw_corrections
from ..preview.drawing import applying_bar, draw_preview
from ..settings import settings_of
from ..setup import preferences
from ..text.modal_work import draw_bar
from ..text.option_properties import option_button, set_options
from ..text.reporting import Returned, refuse
from ..text.translation import translated
from ..text.wrapped_text import is_narrow, say

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import IconItems


_NAME = "aimocap_details.txt"
_NOT_APPLIED = Fault("This motion was not applied in this session.", "Press Apply.")

_MEBIBYTE = 1 << 20
LEAST_CREDITS = 0.05
"""Below it the price is unknown, as that of a recovered capture."""

_BEING_OPENED = Fault("The movie is being opened.", "Wait a moment.")


def mebibytes(size: float) -> str:
    """Return a number of bytes in MiB."""
    return f"{size / _MEBIBYTE:.1f} MiB"


def _names_of(targets: Iterable[str]) -> str:
    known = {ROBOT_TARGET: "Unitree G1", DEFAULT_TARGET: translated("Character")}
    return " + ".join(known.get(target, target.partition(":")[2]) for target in targets)


def briefly(view: CaptureView) -> str:
    """Return the progress, the elapsed time, or the age."""
    if view.transferred is not None:
        done, total = view.transferred
        return f"{done / max(total, 1):.0%}"
    if view.followed:
        return clock(view.elapsed_sec)
    return _age_of(view)


def facts_of(view: CaptureView) -> str:
    """Return targets, price, size on disk and age."""
    size = mebibytes(view.size) if view.size else ""
    return " · ".join(filter(None, (_names_of(view.target_ids), translated(price_of(view)), size, _age_of(view))))


def range_and_receiver(take: Take) -> str:
    """Return the range of the video, in seconds, and who the motion is for."""
    ends = take.ends_sec
    seconds = f"{ends[0]:.1f}–{ends[1]:.1f} s" if ends and ends[1] > ends[0] else ""
    character = take.binding.armature if take.binding is not None else ""
    robots = MotionKind.ROBOT in take.targets
    # a robot is named beside its character, or where nobody else is
    others = ["Unitree G1"] if robots and (len(take.targets) > 1 or not character) else []
    names = " + ".join(name for name in (character, *others) if name) or _names_of(take.targets.values())
    return " · ".join(filter(None, (seconds, names)))


def price_of(view: CaptureView) -> Sentence:
    """Return what a capture costs or has cost; '' if it is unknown, or if nothing was paid."""
    known = view.credits >= LEAST_CREDITS and (view.paid or view.state not in ENDED)
    return Text("{credits:.1f} credits", credits=view.credits) if known else ""


def _age_of(view: CaptureView) -> str:
    return age(time.time() - view.created_at) or translated("now")


def kept_until(view: CaptureView) -> Sentence:
    """Return how long the service keeps the files; '' if unknown or if there are none."""
    if view.completed_at is None:
        return ""
    days = preferences.DAYS_KEPT[preferences.preferences().plan] - (time.time() - view.completed_at) / DAY
    if days <= 0:
        return "The service no longer keeps its files."
    if days < 1:
        return "The service deletes its files today."
    # as it is rounded below
    if round(days) == 1:
        return "The service keeps its files for one more day."
    return Text("The service keeps its files for {days:.0f} more days.", days=days)


def icon_of(view: CaptureView) -> "IconItems":
    """Return the icon of the capture's state."""
    if view.state == State.DONE:
        return "CHECKMARK"
    if view.followed:
        return "SORTTIME"
    if view.state in AWAITING_USER:
        return "ERROR"
    return "PAUSE" if view.can_follow else "X"


def without_video(context: bpy.types.Context) -> Fault | None:
    """Return why there is no video to capture; None if there is one."""
    try:
        source = peek(context)
        if source is None:
            return _BEING_OPENED
        must_render(source, settings_of(context.scene).upload)
    except Fault as fault:
        return fault
    return None


def without_video_or_character(context: bpy.types.Context, target_id: str | None = None) -> Fault | None:
    """Return why nothing can be captured for a target, that of the panel unless another is given; None if it can."""
    scene = context.scene
    settings = settings_of(scene)
    try:
        target = target_id or target_id_of(settings.target, settings.avatar_id)
        receiver_for(context, target, kept_character(scene))
    except Fault as fault:
        # the video first: without one there is nothing to choose a character for
        return without_video(context) or fault
    return without_video(context)


if TYPE_CHECKING:
    from collections.abc import Sequence

    from bpy.stub_internal.rna_enums import IconItems

    from ...takes.captures.captures import Preparation

    Choice = tuple[str, Sentence, IconItems]

PREFERENCES = "preferences.addon_show"
_LINK, _GET_A_KEY = "wm.url_open", "Get a Key"
_STOP: "Choice" = ("aimocap.stop_following", "Stop", "PANEL_CLOSE")
_STOP_FOLLOWING: "Choice" = ("aimocap.stop_following", "Stop Following", "PANEL_CLOSE")
"""The same once there is a job, which goes on at the service."""
_IN_PREFERENCES = {Kind.KEY, Kind.ADDRESS, TroubleKind.OTHER_KEY, TroubleKind.UNKNOWN_JOB}
"""Kinds of trouble that are resolved in the add-on's preferences."""


def draw_take(layout: bpy.types.UILayout, session: "Session", take_id: str) -> None:
    """Draw a take: its buttons, its state, and the outcome of applying its motion."""
    if not take_id:
        return
    box = layout.box().column(align=True)
    if (preparation := session.captures.preparations.get(take_id)) is not None:
        _draw_preparation(box, preparation)
    elif (view := session.captures.view(take_id)) is not None:
        _draw_capture(box, session, view)
    else:
        draw_preview(box, session, take_id)
    if (bar := applying_bar(session, take_id)) is not None:
        draw_bar(box, bar)


def _draw_preparation(box: bpy.types.UILayout, preparation: "Preparation") -> None:
    """Draw a clip that is rendered before its capture starts."""
    if preparation.fault is not None:
        row = _draw_choices(box, preparation.id, (_again(preparation.plan.credits),))
        option_button(row, "aimocap.stop_following", "", "PANEL_CLOSE", capture_id=preparation.id)
        say(box, preparation.fault.text, "ERROR")
    elif preparation.is_saving:
        say(box, "Saving the capture.")
    else:
        _draw_choices(box, preparation.id, (_STOP,))
        done, total = preparation.progress
        say(box, Text("Rendering the range: {reason}.", reason=Text.of(preparation.reason)))
        box.progress(
            factor=done / max(total, 1), text=translated(Text("{done} of {total} frames", done=done, total=total))
        )


def _draw_capture(box: bpy.types.UILayout, session: "Session", view: CaptureView) -> None:
    """Draw the buttons, then the state, the progress, and the outcome of applying the motion."""
    note = session.application.notes.get(view.id)
    buttons = box.column()
    # what was pressed is still being written to the disk
    buttons.enabled = view.id not in session.captures.acts
    row = _draw_choices(buttons, view.id, choices_of(view), has_menu=True)
    # the menu has both
    if not is_narrow():
        if has_problem(view, note):
            row.operator("aimocap.copy_report", text="", icon="COPYDOWN", emboss=False)
        elif note is not None:
            row.operator("aimocap.render_review", text="", icon="RENDER_ANIMATION", emboss=False)
        if not view.followed:
            option_button(row, "aimocap.forget_capture", "", "TRASH", capture_id=view.id)
    # how the motion went onto the character says more than how the capture ended
    if note is not None and view.state == State.DONE:
        draw_note(box, view.id, note)
        # what the job differs in from the request stays so when the motion is on the character
        if note.applied:
            say(box, view.next_step, "INFO")
        draw_corrections(box, session, session.take(view.id))
        _draw_remedies(box, view)
        return
    say(box, view.what)
    say(box, view.next_step)
    if view.transferred is not None:
        done, total = view.transferred
        box.progress(factor=done / max(total, 1), text=f"{mebibytes(done)} / {mebibytes(total)}")
    for sentence, icon in _other_sentences(session, view):
        say(box, sentence, icon)
    draw_note(box, view.id, note)
    say(box, kept_until(view))
    _draw_remedies(box, view)
    say(box, Text("{facts}", facts=facts_of(view)))


def _draw_choices(
    box: bpy.types.UILayout, capture_id: str, choices: "Sequence[Choice]", *, has_menu: bool = False
) -> bpy.types.UILayout:
    """Draw the first choice at the same place in all states, the others below it; return the row of the first."""
    first = box.row(align=True)
    others = box.column(align=True)
    # without its icon a label has room in a sidebar of the least width
    for number, (operator, text, icon) in enumerate(choices):
        shown: IconItems = "NONE" if is_narrow() and not number else icon
        _draw_choice(others if number else first, capture_id, (operator, text, shown))
    if not choices:
        first.label()
    if has_menu:
        first.menu("AIMOCAP_MT_capture", text="", icon="DOWNARROW_HLT")
    return first


def _draw_choice(layout: bpy.types.UILayout, capture_id: str, choice: "Choice") -> None:
    operator, text, icon = choice
    if operator == _LINK:
        page = preferences.KEY_PAGE if text == _GET_A_KEY else preferences.WEBSITE
        set_options(layout.operator(operator, text=text, icon=icon), url=page)
    elif operator == PREFERENCES:
        set_options(layout.operator(operator, text=text, icon=icon), module=preferences.ADDON)
    elif isinstance(text, Text):
        # it has a price in it, which Blender's own translation doesn't know
        button = layout.operator(operator, text=translated(text), translate=False, icon=icon)
        set_options(button, capture_id=capture_id)
    else:
        option_button(layout, operator, text, icon, capture_id=capture_id)


def _draw_remedies(box: bpy.types.UILayout, view: CaptureView) -> None:
    """Draw the buttons for what is wrong with the motion or its file."""
    if is_without_its_motion(view):
        text = "Copy Job ID" if is_narrow() else view.job_id
        option_button(box, "aimocap.copy_job_id", text, "COPYDOWN", capture_id=view.id)
    if view.rejected:
        option_button(box, "aimocap.open_capture_folder", "Show Rejected File", "FILE_FOLDER", capture_id=view.id)


def _other_sentences(session: "Session", view: CaptureView) -> "Iterator[tuple[Sentence, IconItems]]":
    if view.followed:
        elapsed = clock(view.elapsed_sec)
        said = view.events[-1] if view.events else ""
        # the service's last event often says the state once more
        is_news = bool(said) and said.casefold() != str(view.what).rstrip(".").casefold()
        event = f" – {said}" if is_news else ""
        left = seconds_left(session.captures.known.values(), view, time.time())
        estimate = Text(" · {left}", left=Text.of(time_left(left))) if left is not None else ""
        yield Text("{elapsed}{left}{event}", elapsed=elapsed, left=estimate, event=event), "NONE"
    if session.application.is_to_be_applied(view.id) and session.application.cannot_be_keyed(view.id):
        yield "The motion will be applied when Edit Mode or the render ends.", "NONE"
    yield session.application.how_to_apply(view.id), "NONE"
    if view.state == State.FAILED and view.paid:
        yield "According to the service, failed jobs are refunded to your API credits.", "NONE"


def has_problem(view: CaptureView, note: Note | None) -> bool:
    """Return whether its report may help support."""
    return bool(view.trouble) or (note is not None and note.failed)


def is_without_its_motion(view: CaptureView) -> bool:
    """Return whether support may need the ID of the job: paid, but without all of its motion."""
    return bool(view.job_id) and view.paid and not view.followed and (view.state != State.DONE or view.can_check_again)


def choices_of(view: CaptureView) -> "tuple[Choice, ...]":
    """Return operator, text and icon of each button for a capture, the most useful first."""
    if view.followed:
        return (_STOP_FOLLOWING if view.job_id else _STOP,)
    again = (_again(view.credits),) if can_be_tried_again(view) else ()
    return (*_free_choices_of(view), *again)


def _again(cost: float) -> "Choice":
    text = Text("Try Again · {credits:.1f} credits", credits=cost)
    if is_narrow():
        text = Text("Again · {credits:.1f} credits", credits=cost)
    return "aimocap.try_again", text, "LOOP_BACK"


def _free_choices_of(view: CaptureView) -> "tuple[Choice, ...]":  # noqa: PLR0911 -- one for each state
    check: Choice = ("aimocap.check_again", "Check Again", "FILE_REFRESH")
    if view.can_pay_as_mine:
        return (("aimocap.pay_as_mine", Text("Pay as Mine · {credits:.1f} credits", credits=view.credits), "ERROR"),)
    if view.state == State.DONE:
        apply: Choice = ("aimocap.apply_capture", "Apply", "ARMATURE_DATA")
        return (apply, check) if view.can_check_again else (apply,)
    if view.state == State.UNCONFIRMED:
        submit: Choice = ("aimocap.submit_anyway", "Submit Again" if view.refused else "Submit Anyway", "ERROR")
        return (check, submit) if view.can_check_again else (submit,)
    if view.can_check_again or not view.can_follow:
        take_over: Choice = ("aimocap.take_over", "Take Over", "IMPORT")
        add: tuple[Choice, ...] = ((_LINK, "Add Credits", "URL"),) if view.trouble_code == NO_CREDITS else ()
        free = (check,) if view.can_check_again else (take_over,) if view.can_take_over else ()
        return (*add, *free)
    if view.state != State.BLOCKED:
        return (("aimocap.follow_capture", "Follow", "PLAY"),)
    again: Choice = ("aimocap.follow_capture", "Follow Again", "PLAY")
    if view.trouble in _IN_PREFERENCES:
        link: tuple[Choice, ...] = ((_LINK, _GET_A_KEY, "URL"),) if view.trouble == Kind.KEY else ()
        return (*link, (PREFERENCES, "Preferences", "PREFERENCES"), again)
    return (again,)


class ShowDetails(bpy.types.Operator):
    """Show in a text all that was measured of this motion on its character"""

    bl_idname = "aimocap.show_details"
    bl_label = "Show Details"
    bl_options = {"INTERNAL"}

    if TYPE_CHECKING:
        take_id: str
    else:
        take_id: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def execute(self, context: bpy.types.Context) -> Returned:
        """Write the text, and show it in a Text Editor: one that is open, else a new window."""
        session = open_session()
        if self.take_id not in session.application.notes:
            return refuse(self, _NOT_APPLIED)
        text = bpy.data.texts.get(_NAME) or bpy.data.texts.new(_NAME)
        # a text that nothing uses isn't saved
        text.use_fake_user = False
        text.from_string("\n".join(translated(sentence) for sentence in _sentences(session, self.take_id) if sentence))
        text.cursor_set(0)
        if not bpy.app.background:
            _text_editor(context).spaces.active.text = text
        return {"FINISHED"}


def _sentences(session: Session, take_id: str) -> Iterator[Sentence]:
    take, note, view = session.take(take_id), session.application.notes[take_id], session.captures.view(take_id)
    if take is not None:
        yield Text("{facts}", facts=f"{take.title} · {range_and_receiver(take)}")
    yield note.sentence
    if note.applied and not note.failed:
        yield verdict_of(note.warning, doubtful=note.doubtful_bones)
    yield from note.details
    # reading a long motion may take a second or two, which somebody who asked for details waits for
    if take is not None and take.human is not None and note.applied and not note.failed:
        read = session.motions.wait_for(take, take.human)
        if isinstance(read, ReadMotion):
            yield from off_in_words(session.previews.kept, take, read.motion)
    if view is not None:
        if note.applied:
            yield view.next_step
        yield Text.of(facts_of(view))
        yield kept_until(view)


def _text_editor(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- the stubs know no editor's space
    manager = context.window_manager
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "TEXT_EDITOR":
                return area
    # whatever area was turned into a Text Editor would be missed
    bpy.ops.wm.window_new()
    opened: Any = manager.windows[-1].screen.areas[0]
    opened.type = "TEXT_EDITOR"
    opened.spaces.active.show_word_wrap = True
    return opened


CLASSES = (ShowDetails,)
