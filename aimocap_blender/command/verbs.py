"""The verbs of the command line and their options."""

import argparse
import contextlib
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from ..jobs.capture import ENDED
from ..jobs.durations import age
from ..jobs.intake import CaptureRefused, check_targets
from ..jobs.runner import CaptureView
from ..jobs.timing import Timing
from ..jobs.view import Driving, view_of
from ..motion.faults import MotionFault
from ..scene.faults import SceneFault
from ..service.contract import AVATAR_PREFIX, DEFAULT_TARGET, ROBOT_TARGET, result_type
from ..service.faults import ServiceFault
from ..session.capture_settings import DEFAULT_BODY, DEFAULT_FPS
from ..session.session import close_session
from .batch import DONE, FAILED, Batch, Item
from .capture import capture, require_service
from .delivery import Delivered, deliver, require_place, write_blend
from .files import BLEND, ledger
from .output import USAGE, Output, facts_of, output_of, wrong
from .recover import recover

_FREE_PLANS_JOBS = 2
_SHORT_ID = 8
_RATES = ("24", "30", "60", "120")
_TARGETS = f"{DEFAULT_TARGET}, {ROBOT_TARGET} or {AVATAR_PREFIX}ID"
_log = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    """Says in two sentences what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.\n")


def run_verb(arguments: Sequence[str]) -> int:
    """Do what the command line asks for; the exit status."""
    try:
        asked = _parser().parse_args(arguments)
        with output_of(as_json=asked.json) as output:
            return _do(asked, output)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    finally:
        close_session()


def _do(asked: argparse.Namespace, output: Output) -> int:
    verbs: dict[str, Callable[[argparse.Namespace, Output], int]] = {
        "capture": capture,
        "follow": _follow,
        "apply": _apply,
        "list": _list,
        "recover": recover,
    }
    try:
        return verbs[asked.verb](asked, output)
    except (SceneFault, MotionFault, CaptureRefused, ServiceFault) as fault:
        output.fault("", fault.what, fault.next_step)
    except Exception as error:  # noqa: BLE001 -- a farm's log gets a sentence; the traceback is in the add-on's own
        _log.exception("The command line failed")
        output.fault("", f"The add-on failed ({type(error).__name__}).", "Its log tells more; what is paid is kept.")
    return FAILED


def _parser() -> _Parser:
    parser = _Parser(prog="blender --command aimocap", description="Video to motion by the AIMoCap service.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="capture | follow | list | apply | recover")
    common = _Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="a JSON object a step, one a line, on standard output")
    written = _Parser(add_help=False)
    written.add_argument("--overwrite", action="store_true", help="replace an --output that was changed since")
    figure = _Parser(add_help=False, parents=[written])
    figure.add_argument("--armature", default="", metavar="NAME", help="in FILE.blend, where there are several")

    waiting = _Parser(add_help=False)
    waiting.add_argument(
        "--patience",
        type=_seconds,
        metavar="S",
        help=f"until a job that is reported as failed, canceled or gone is given up, {Timing.end_patience_sec:g} s",
    )

    captured = verbs.add_parser(
        "capture", parents=[common, figure, waiting], help="capture videos; the call is your consent"
    )
    captured.add_argument("videos", nargs="+", type=_path, metavar="VIDEO")
    captured.add_argument("--start", type=_seconds, metavar="S", help="of the range, in seconds of the video")
    captured.add_argument("--end", type=_seconds, metavar="S")
    captured.add_argument("--target", type=_target, default=DEFAULT_TARGET, metavar="T", help=_TARGETS)
    captured.add_argument("--also-unitree-g1", action="store_true", help="the same job makes a robot's motion too")
    captured.add_argument(
        "--fps", type=_rate, default=DEFAULT_FPS, metavar="N", help=f"{', '.join(_RATES)}: of the motion"
    )
    captured.add_argument("--body", choices=("full_body", "upper_body"), default=DEFAULT_BODY)
    captured.add_argument("--title", default="", metavar="TEXT", help="name of the capture, else the video's")
    captured.add_argument("--character", type=_path, metavar="FILE.blend", help="has the armature that is to move")
    captured.add_argument("--output", type=_path, metavar="FILE", help="for several videos a folder")
    captured.add_argument("--parallel", type=_count, default=_FREE_PLANS_JOBS, metavar="N", help="at a time")
    captured.add_argument("--again", action="store_true", help="pay again for what was captured before")

    followed = verbs.add_parser("follow", parents=[common, waiting], help="follow unfinished captures to their ends")
    followed.add_argument("ids", nargs="*", metavar="ID", help="or its beginning; none: all")

    verbs.add_parser("list", parents=[common], help="list the captures")

    applied = verbs.add_parser("apply", parents=[common, figure], help="put a finished capture on a character")
    applied.add_argument("id", metavar="ID", help="or its beginning")
    applied.add_argument("--character", type=_path, required=True, metavar="FILE.blend")
    applied.add_argument("--output", type=_path, required=True, metavar="FILE.blend")

    recovered = verbs.add_parser(
        "recover", parents=[common, written, waiting], help="fetch a job whose record was lost"
    )
    recovered.add_argument("job_id", metavar="JOB_ID", help="as the service wrote it")
    recovered.add_argument("--target", type=_target, metavar="T", help=f"{_TARGETS}, if the service does not tell")
    recovered.add_argument("--output", type=_path, metavar="FILE")
    return parser


def _path(text: str) -> Path:
    return Path(text).absolute()


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0.0 <= (seconds := float(text)) < float("inf"):
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 on")


def _count(text: str) -> int:
    with contextlib.suppress(ValueError):
        if (number := int(text)) >= 1:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is no number of captures from 1 on")


def _rate(text: str) -> int:
    if text not in _RATES:
        raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(_RATES)}")
    return int(text)


def _target(text: str) -> str:
    try:
        check_targets((text,))
    except CaptureRefused:
        raise argparse.ArgumentTypeError(f"{text!r} is not {_TARGETS}") from None
    return text


def _follow(asked: argparse.Namespace, output: Output) -> int:
    """Follow the captures that are named, or all that are unfinished, to their ends; the exit status."""
    require_service()
    views = [_named(text) for text in asked.ids] or [view for view in _captures() if view.state not in ENDED]
    if not views:
        output.step("nothing", "No capture is unfinished.")

    def where(view: CaptureView) -> Delivered:
        return deliver(view, tuple(map(result_type, view.target_ids)), {}, asked)

    items = [Item(_label(view), None, where, capture_id=view.id) for view in views]
    return Batch(items, output, parallel=len(items), patience=asked.patience).run()


def _list(_asked: argparse.Namespace, output: Output) -> int:
    """List the captures on disk, newest first; sends nothing."""
    for view in _captures():
        output.step(
            "capture",
            "  ".join(
                (
                    _label(view),
                    age(view.elapsed_sec) or f"{view.elapsed_sec:.0f} s",
                    ", ".join(view.target_ids),
                    view.job_id or "-",
                    view.what,
                )
            ),
            created_at=view.created_at,
            age_sec=round(view.elapsed_sec),
            **facts_of(view),
        )
    return DONE


def _apply(asked: argparse.Namespace, output: Output) -> int:
    """Put a finished capture on a character and write that file; sends nothing and costs nothing."""
    if asked.output.suffix.lower() != BLEND:
        wrong(f"{asked.output.name} can't hold a character.", "End its name in .blend.")
    view = _named(asked.id)
    if not view.files:
        raise SceneFault("This capture has no motion yet.", "Follow it to its end first.")
    require_place(asked.output, overwrite=asked.overwrite)
    told = write_blend(view, asked, asked.output, None)
    output.done(_label(view), view, (asked.output,), told)
    return DONE


def _captures() -> list[CaptureView]:
    """All captures on disk as they stand, newest first; none of them is taken up."""
    kept, now = ledger(), time.time()
    views = [view_of(one, Driving(followed=False), kept.folder_of(one.id), now) for one in kept.captures()]
    return sorted(views, key=lambda view: (view.created_at, view.id), reverse=True)


def _named(text: str) -> CaptureView:
    """The capture whose id begins so.

    Raises:
        SceneFault: there is none, or there are several.
    """
    found = [view for view in _captures() if view.id.startswith(text)]
    if len(found) != 1:
        raise SceneFault(
            f"{len(found) or 'No'} captures begin with {text}.", "See their ids with blender --command aimocap list."
        )
    return found[0]


def _label(view: CaptureView) -> str:
    return f"{view.id[:_SHORT_ID]} {view.title}"
