"""The verbs of the command line and their options."""

import argparse
import contextlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias

from ..jobs.capture import ENDED
from ..jobs.intake import check_targets
from ..jobs.runner import CaptureView
from ..jobs.timing import Timing
from ..motion.g1.choices import ReadingChoices
from ..motion.g1.options import TRAINERS, FileStepOptions, G1ExportOptions, RobotOptions
from ..motion.own_motion_options import ExportOptions
from ..motion.retargeting.retarget_options import MOTION_OPTIONS
from ..service.contract import AVATAR_PREFIX, DEFAULT_TARGET, FBX, ROBOT_TARGET, result_type
from ..takes.captures.capture_settings import CaptureOptions
from ..takes.session import close_session
from ..texts.faults import Fault
from .batch import DONE, FAILED, INTERRUPTED, Batch, Item, interruptible
from .capture import capture, captures, label_of, list_takes, named, recover, require_service
from .characters import FileOptions, export, preview, retarget
from .delivery import Delivered, deliver, require_not_read, require_place, whole, write_blend
from .files import BLEND
from .flags import add_flag, add_flags
from .output import USAGE, Output, facts_of, output_of, wrong
from .robot import robot

_FREE_PLANS_JOBS = 2
_AT_ONCE = 2
_CORES = min(os.cpu_count() or 1, 8)
"""Processors for robots' files at the same time; 8 is our own value, as a preview may take a GB."""
_TARGETS = f"{DEFAULT_TARGET}, {ROBOT_TARGET} or {AVATAR_PREFIX}ID"
_log = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    """Reports errors in two sentences."""

    def print_help(self, file: object = None) -> None:
        """Write the help as any output: argparse says nothing of help that is lost."""
        del file
        with output_of(as_json=False) as output:
            output.write(self.format_help().rstrip())
        if output.is_lost:
            self.exit(FAILED)

    def error(self, message: str) -> NoReturn:
        self.exit(USAGE, f"{message[:1].upper()}{message[1:]}. See {self.prog} --help.\n")


# argparse has no public name for what `add_subparsers` returns
_Verbs: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001


def run_verb(arguments: Sequence[str]) -> int:
    """Run the command line; return the exit status."""
    try:
        options = _parser().parse_args(arguments)
        with output_of(as_json=options.json) as output:
            return _do(options, output) or (FAILED if output.is_lost else DONE)
    except SystemExit as end:
        # argparse would end the process, but Blender goes on and wants a status
        return end.code if isinstance(end.code, int) else FAILED
    finally:
        # threads and locks end with the call, also where Blender itself goes on
        close_session()


def _do(options: argparse.Namespace, output: Output) -> int:
    verbs: dict[str, Callable[[argparse.Namespace, Output], int]] = {
        "capture": capture,
        "follow": _follow,
        "apply": _apply,
        "list": list_takes,
        "recover": recover,
        "preview": preview,
        "export": _export,
        "retarget": retarget,
        "g1": robot,
    }
    try:
        with interruptible(_interrupt):
            return verbs[options.verb](options, output)
    except KeyboardInterrupt:
        output.fault("", "Interrupted.", "Run it again; what is finished stays.")
        return INTERRUPTED
    except Fault as fault:
        output.fault("", fault.what, fault.next_step)
    except Exception as error:  # noqa: BLE001 -- a farm's log gets a sentence; the traceback is in the add-on's log
        _log.exception("The command line failed")
        output.fault("", f"The add-on failed ({type(error).__name__}).", "See its log for details; paid jobs are kept.")
    return FAILED


def _interrupt() -> NoReturn:
    """End the call where it is, as Ctrl-C does in Python."""
    raise KeyboardInterrupt


def _parser() -> _Parser:
    parser = _Parser(prog="blender --command aimocap", description="Turn videos into motion with the AIMoCap service.")
    verbs = parser.add_subparsers(
        dest="verb",
        required=True,
        metavar="capture | preview | follow | list | apply | export | retarget | recover | g1",
    )
    common = _Parser(add_help=False)
    common.add_argument(
        "--json", action="store_true", help="print one JSON object per step, one per line, on standard output"
    )
    written = _Parser(add_help=False)
    written.add_argument(
        "--overwrite",
        action="store_true",
        help="replace an --output that isn't the unchanged file of a capture or preview",
    )
    figure = _Parser(add_help=False, parents=[written])
    figure.add_argument("--armature", default="", metavar="NAME", help="armature in FILE.blend, if it has several")
    add_flags(figure, *MOTION_OPTIONS)
    waiting = _waiting()
    # in this order in the help: what most people do comes first
    _add_capture(verbs, [common, figure, waiting])
    _add_preview(verbs, [common, figure])
    followed = verbs.add_parser("follow", parents=[common, waiting], help="follow unfinished captures to their end")
    followed.add_argument("ids", nargs="*", metavar="ID", help="capture ID or its beginning (default: all)")
    verbs.add_parser("list", parents=[common], help="list captures and previews")
    applied = verbs.add_parser("apply", parents=[common, figure], help="apply a finished capture to a character")
    applied.add_argument("id", metavar="ID", help="capture ID or its beginning")
    applied.add_argument("--character", type=_path, required=True, metavar="FILE.blend")
    applied.add_argument("--output", type=_path, required=True, metavar="FILE.blend")
    _add_export(verbs, [common, figure])
    _add_retarget(verbs, [common, figure])
    _add_recover(verbs, [common, written, waiting])
    _add_g1(verbs, common)
    return parser


def _waiting() -> _Parser:
    """Return the options of verbs that wait for the service."""
    waiting = _Parser(add_help=False)
    waiting.add_argument(
        "--patience",
        type=_seconds,
        metavar="S",
        help=f"seconds until a job reported as ended without motion is given up (default: {Timing.end_patience_sec:g})",
    )
    waiting.add_argument(
        "--take-over", action="store_true", help="take over captures that Blender on another computer no longer follows"
    )
    return waiting


def _add_capture(verbs: _Verbs, parents: list[_Parser]) -> None:
    captured = verbs.add_parser(
        "capture", parents=parents, help="capture videos; running this is your consent to upload them"
    )
    captured.add_argument("videos", nargs="+", type=_path, metavar="VIDEO")
    captured.add_argument("--start", type=_seconds, metavar="S", help="start of the range, in seconds of the video")
    captured.add_argument("--end", type=_seconds, metavar="S", help="end of the range")
    captured.add_argument(
        "--target", type=_target, default=DEFAULT_TARGET, metavar="T", help=f"what the motion is for: {_TARGETS}"
    )
    add_flags(captured, CaptureOptions)
    captured.add_argument("--character", type=_path, metavar="FILE.blend", help="file with the armature to animate")
    captured.add_argument("--output", type=_path, metavar="FILE", help="file to write; a folder for several videos")
    captured.add_argument(
        "--parallel",
        type=_count,
        default=_FREE_PLANS_JOBS,
        metavar="N",
        help="captures at the same time (default: %(default)s)",
    )
    captured.add_argument(
        "--dry-run", action="store_true", help="only say what would be sent and paid; nothing is created, sent or paid"
    )
    captured.add_argument("--again", action="store_true", help="pay again for videos that were captured before")


def _add_preview(verbs: _Verbs, parents: list[_Parser]) -> None:
    previewed = verbs.add_parser(
        "preview", parents=parents, help="make free previews on this computer; nothing is uploaded"
    )
    previewed.add_argument("videos", nargs="+", type=_path, metavar="VIDEO")
    previewed.add_argument(
        "--together",
        action="store_true",
        help="the videos show the same moment from two to four cameras: make one motion of them",
    )
    previewed.add_argument(
        "--everyone",
        action="store_true",
        help="a motion of each person in the video, all in one world; files of the second one end with _2",
    )
    previewed.add_argument(
        "--per-shot",
        action="store_true",
        help="a motion of each shot that the person is in; files of the second one end with _2",
    )
    previewed.add_argument("--start", type=_seconds, default=0.0, metavar="S", help="start of the range, in seconds")
    previewed.add_argument("--end", type=_seconds, metavar="S", help="end of the range")
    previewed.add_argument("--character", type=_path, required=True, metavar="FILE.blend")
    _add_files(previewed)


def _add_retarget(verbs: _Verbs, parents: list[_Parser]) -> None:
    put = verbs.add_parser(
        "retarget", parents=parents, help="put files of human motion onto a character; nothing is uploaded"
    )
    put.add_argument("files", nargs="+", type=_path, metavar="FILE", help="FBX, BVH or glTF; a folder for all in it")
    put.add_argument("--character", type=_path, required=True, metavar="FILE.blend")
    _add_files(put)
    put.add_argument(
        "--parallel",
        type=_count,
        default=_AT_ONCE,
        metavar="N",
        help="files read at the same time (default: %(default)s)",
    )


def _add_recover(verbs: _Verbs, parents: list[_Parser]) -> None:
    recovered = verbs.add_parser("recover", parents=parents, help="fetch a job whose record was lost")
    recovered.add_argument("job_id", metavar="JOB_ID", help="job ID as the service shows it")
    recovered.add_argument("--target", type=_target, metavar="T", help=f"{_TARGETS}, if the service does not report it")
    recovered.add_argument("--output", type=_path, metavar="FILE")


def _add_files(parser: _Parser) -> None:
    parser.add_argument(
        "--output", type=_path, required=True, metavar="FILE", help="file to write; a folder for several"
    )
    add_flags(parser, FileOptions)
    add_flags(parser, ExportOptions, without=("format",))


def _add_export(verbs: _Verbs, parents: list[_Parser]) -> None:
    exported = verbs.add_parser(
        "export", parents=parents, help="apply finished captures to a character and write each as FBX, BVH or glTF"
    )
    exported.add_argument(
        "ids", nargs="*", metavar="ID", help="capture ID or its beginning (default: all finished ones)"
    )
    exported.add_argument("--character", type=_path, required=True, metavar="FILE.blend")
    exported.add_argument("--output", type=_path, required=True, metavar="FOLDER")
    add_flags(exported, ExportOptions)


def _add_g1(verbs: _Verbs, common: _Parser) -> None:
    made = verbs.add_parser(
        "g1", parents=[common], help="put motion onto a Unitree G1, repair and check it; nothing is uploaded"
    )
    made.add_argument(
        "files",
        nargs="+",
        type=_path,
        metavar="FILE",
        help="video, FBX, BVH or glTF, motion of a robot, or a folder of these",
    )
    made.add_argument("--start", type=_seconds, metavar="S", help="start of a video's range, in seconds")
    made.add_argument("--end", type=_seconds, metavar="S", help="end of the range")
    made.add_argument("--output", type=_path, required=True, metavar="FOLDER")
    made.add_argument("--overwrite", action="store_true", help="replace files in that folder")
    made.add_argument(
        "--for", dest="trainer", choices=tuple(TRAINERS), help="trainer: sets --format, --fps and --lead-in"
    )
    add_flags(made, RobotOptions, G1ExportOptions, ReadingChoices, FileStepOptions)
    add_flag(made, "--no-fix", action="store_true", help="repair nothing")
    made.add_argument("--estimates", action="store_true", help="exit with 3 also if forces are estimated as too much")
    made.add_argument(
        "--parallel", type=_count, default=_CORES, metavar="N", help="files at the same time (default: %(default)s)"
    )


def _path(text: str) -> Path:
    # absolute now: opening a .blend may change the folder that a relative path is of
    path = Path(text).absolute()
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return path
    except (OSError, ValueError) as error:  # such as a name that is too long
        raise argparse.ArgumentTypeError(f"{text!r} can't be a file: {getattr(error, 'strerror', error)}") from None
    return path


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0.0 <= (seconds := float(text)) < float("inf"):
            return seconds
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds (0 or more)")


def _count(text: str) -> int:
    with contextlib.suppress(ValueError):
        if (number := int(text)) >= 1:
            return number
    raise argparse.ArgumentTypeError(f"{text!r} is not a whole number (1 or more)")


def _target(text: str) -> str:
    try:
        check_targets((text,))
    except Fault:
        raise argparse.ArgumentTypeError(f"{text!r} is not {_TARGETS}") from None
    return text


def _follow(options: argparse.Namespace, output: Output) -> int:
    """Follow the given captures, or all unfinished ones, to their end; return the exit status."""
    require_service()
    # a named one may have ended: then the service is asked once more for what was paid
    views = list(map(named, options.ids)) or [view for view in captures() if view.state not in ENDED]
    if not views:
        output.step("nothing", "There are no unfinished captures.")

    def where(view: CaptureView) -> Delivered:
        return deliver(view, tuple(map(result_type, view.target_ids)), {}, options)

    items = [Item(label_of(view), None, where, capture_id=view.id) for view in views]
    return Batch(items, output, parallel=len(items), patience=options.patience, take_over=options.take_over).run()


def _apply(options: argparse.Namespace, output: Output) -> int:
    """Apply a finished capture to a character and write that file; sends nothing and costs nothing."""
    if options.output.suffix.lower() != BLEND:
        wrong(f"{options.output.name} can't hold a character.", "Use a name that ends in .blend.")
    view = named(options.id)
    if not view.files:
        raise Fault("This capture has no motion yet.", "Follow it to its end first.")
    require_not_read(options.output, options.character, overwrite=options.overwrite)
    require_place(options.output, overwrite=options.overwrite)
    view, refetched = whole(view)
    sentences = write_blend(view, options, options.output, None)
    output.done(label_of(view), (options.output,), refetched + sentences, **facts_of(view))
    return DONE


def _export(options: argparse.Namespace, output: Output) -> int:
    """Write finished captures on a character as files of other programs; sends nothing and costs nothing."""
    views = list(map(named, options.ids))
    # a robot's motion alone is put on no character
    return export(options, output, views or [view for view in captures() if FBX in view.files])
