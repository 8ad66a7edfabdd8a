"""A folder of robot motion: its motions as a list, sorted by what is wrong with them, each to import."""

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...motion.g1.checks_findings import G1Fault
from ...takes.robots.robot_retargeting import CheckedMotion, checked_motions, motions_below
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ..chosen_files import RELATIVE
from ..text.modal_work import ModalWork, Progress, Work, computed
from ..text.option_properties import set_options
from ..text.reporting import Returned, inform
from ..text.wrapped_text import say
from .heat import FAULT_NAMES

_ITEMS, _INDEX = "aimocap_robot_motions", "aimocap_robot_motion"
_ROWS = 8  # of the list, before it scrolls


@dataclass
class _Listed:
    """The folder that was checked last, and its motions, those with most wrong first."""

    folder: Path = field(default_factory=Path)
    motions: tuple[CheckedMotion, ...] = ()


_listed = lasting(_Listed)


class RobotMotionItem(bpy.types.PropertyGroup):
    """Row of the list; everything is looked up by its place when it is drawn."""


class RobotMotionsList(bpy.types.UIList):
    """List of the motions in a folder, each with what is wrong."""

    bl_idname = "AIMOCAP_UL_robot_motions"

    def draw_item(  # noqa: PLR0917 -- as Blender calls it
        self,
        context: bpy.types.Context | None,
        layout: bpy.types.UILayout,
        data: object,
        item: RobotMotionItem | None,
        icon: int | None,
        active_data: object,
        active_property: str | None,
        index: int | None = 0,
        flt_flag: int | None = 0,
    ) -> None:
        """Draw the name, how many faults there are, and what imports it."""
        if (index or 0) >= len(_listed.motions):
            return
        motion = _listed.motions[index or 0]
        row = layout.row()
        row.label(text=_name_of(motion), icon=_icon_of(motion), translate=False)
        if motion.faults:
            end = row.row()
            end.alignment = "RIGHT"
            end.label(text=str(motion.faults), translate=False)


class ImportG1Folder(ModalWork, bpy.types.Operator):
    """Check all robot motion in a folder and list it, that with most wrong first, to import it from there"""

    bl_idname = "aimocap.import_g1_folder"
    bl_label = "Unitree G1 Motion Folder"
    bl_options = {"REGISTER"}

    if TYPE_CHECKING:
        directory: str
        filter_folder: bool
    else:
        directory: bpy.props.StringProperty(
            name="Folder", description="Folder with robot motion", subtype="DIR_PATH", options={"SKIP_SAVE", *RELATIVE}
        )
        filter_folder: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the folder."""
        if self.directory:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        return self.asking()

    def work(self, context: bpy.types.Context) -> Work:
        """Read and check one file after the other, and list them."""
        if not self.directory:
            raise Fault("No folder is selected.", "Choose one with files of robot motion.")
        folder = Path(bpy.path.abspath(self.directory))
        if not folder.is_dir():
            raise Fault(Text("The folder {file} is missing.", file=folder), "Check its path.")
        files = [*motions_below(folder)]
        if not files:
            raise Fault("There is no robot motion in the folder.", "Choose one with files of robot motion.")
        found: list[CheckedMotion] = []
        for number, file in enumerate(files):
            text = Text("Checking {file}, {number} of {all}", file=file.name, number=number + 1, all=len(files))
            now: Progress = number / len(files), text
            # a file may have several motions, each a row of its own
            found += yield from computed(partial(checked_motions, file), lambda now=now: now)  # pyrefly: ignore[bad-argument-type] -- called without
        _list(folder, found)
        failed = sum(motion.fault is not None for motion in found)
        faulty = sum(motion.faults > 0 for motion in found)
        inform(
            self,
            Text(
                "Motions: {count}, with faults: {faulty}, unreadable: {failed}.",
                count=len(found),
                faulty=faulty,
                failed=failed,
            ),
            "WARNING" if failed else "INFO",
        )
        return {"FINISHED"}


class ForgetG1Folder(bpy.types.Operator):
    """Remove the list; files stay"""

    bl_idname = "aimocap.forget_g1_folder"
    bl_label = "Remove List"
    bl_options = {"INTERNAL"}

    def execute(self, context: bpy.types.Context) -> Returned:
        """Empty it."""
        _list(Path(), [])
        return {"FINISHED"}


class G1FolderPanel(bpy.types.Panel):
    """Panel with the motions of the folder that was checked last."""

    bl_idname = "AIMOCAP_PT_g1_folder"
    bl_label = "Robot Motion Folder"
    bl_category = "AIMoCap"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"

    @classmethod
    def poll(cls, context: bpy.types.Context | None) -> bool:
        """Show the panel while a folder is listed, until another file is opened."""
        return bool(_listed.motions) and context is not None and len(_items(context)) == len(_listed.motions)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the folder, the list, and what is wrong with the selected motion."""
        layout, manager = cast("bpy.types.UILayout", self.layout), context.window_manager
        row = layout.row()
        row.label(text=_listed.folder.name, icon="FILE_FOLDER", translate=False)
        row.operator("aimocap.forget_g1_folder", text="", icon="X")
        layout.template_list(
            RobotMotionsList.bl_idname, "", manager, _ITEMS, manager, _INDEX, rows=min(len(_listed.motions), _ROWS)
        )
        # the number is Blender's, which knows nothing of a shorter list
        selected = min(int(getattr(manager, _INDEX)), len(_listed.motions) - 1)
        motion = _listed.motions[selected]
        for sentence in sentences_of(motion):
            say(layout, sentence)
        called = layout.operator("aimocap.import_g1_motion", text="Import", icon="IMPORT")
        set_options(called, filepath=str(motion.path), motion=motion.motion)


def sentences_of(motion: CheckedMotion) -> list[Sentence]:
    """Return what is wrong with a motion."""
    if motion.fault is not None:
        return [motion.fault.text]
    said: list[Sentence] = []
    if motion.unsure:
        said.append("It can be read in several ways: you are asked when you import it.")
        said.extend(choice.evidence for choice in motion.unsure)
    checks = motion.report.checks if motion.report is not None else ()
    for check in checks:
        if check.count and isinstance(check.kind, G1Fault):
            name = Text(FAULT_NAMES[check.kind])
            said.append(Text("{fault}: {count}", fault=name, count=check.count))
    return said or ["No faults found"]


def _name_of(motion: CheckedMotion) -> str:
    """Return a motion's path in the folder."""
    name = motion.path.relative_to(_listed.folder).as_posix()
    return f"{name} · {motion.motion}" if motion.motion else name


def _icon_of(motion: CheckedMotion) -> Literal["CANCEL", "QUESTION", "ERROR", "CHECKMARK"]:
    if motion.fault is not None:
        return "CANCEL"
    if motion.unsure:
        return "QUESTION"
    return "ERROR" if motion.faults else "CHECKMARK"


def _list(folder: Path, motions: list[CheckedMotion]) -> None:
    _listed.folder, _listed.motions = folder, tuple(sorted(motions, key=lambda motion: motion.order))
    items = _items(bpy.context)
    items.clear()
    # Blender's lists show properties alone
    for _ in _listed.motions:
        items.add()
    setattr(bpy.context.window_manager, _INDEX, 0)


def _items(context: bpy.types.Context) -> Any:  # noqa: ANN401 -- Blender's collection
    return getattr(context.window_manager, _ITEMS)


CLASSES = (RobotMotionItem, RobotMotionsList, ImportG1Folder, ForgetG1Folder, G1FolderPanel)


def register() -> None:
    """Add the list to the window manager."""
    manager = cast("Any", bpy.types.WindowManager)
    setattr(manager, _ITEMS, bpy.props.CollectionProperty(type=RobotMotionItem, options={"SKIP_SAVE"}))
    shown = "Motion whose faults are shown below the list"
    number = cast("Any", bpy.props).IntProperty(name="Robot Motion", description=shown, options={"HIDDEN", "SKIP_SAVE"})
    setattr(manager, _INDEX, number)


def unregister() -> None:
    """Remove the list."""
    delattr(bpy.types.WindowManager, _ITEMS)
    delattr(bpy.types.WindowManager, _INDEX)
