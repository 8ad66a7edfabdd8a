"""Motion files of characters: import of FBX, BVH and glTF without the service, and export to other programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import bpy

from ...motion.own_motion_options import ExportOptions
from ...options import made_of
from ...scene.armatures import action_of, object_with
from ...scene.motion_files.exporting import (
    SUFFIX_OF,
    BackgroundExport,
    Exported,
    export_motion,
    exported,
    new_file,
    require_export,
    write_motion,
)
from ...scene.scene_values import character_of
from ...scene.video.strips import from_current_frame
from ...scene.windows import in_a_window
from ...takes.messages import Note
from ...takes.private_folder import PrivateFolder
from ...takes.reading import MotionKind, MotionReading
from ...takes.take import take_of_file
from ...texts.faults import Fault
from ...texts.text import Text
from ..character.choosing import NeedsCharacter
from ..chosen_files import RELATIVE, TakesDrops, WritesFormat, chosen_file, file_to_write, offered_file
from ..text.modal_work import READING, ModalWork, Steps, Work
from ..text.option_properties import draw_options, properties
from ..text.reporting import Returned, inform
from ..text.translation import translated
from ..text.wrapped_text import say
from .retargeting import PutsMotion

_ROWS_WIDTH = 480
"""Of the table of files, in unscaled pixels."""
_MOST_ROWS = 15
"""Of two lines each: more don't fit a window."""

_NEXT_STEP = "Keep one armature with motion in the collection."

_Row = tuple[Literal["INFO", "WARNING", "ERROR"], str, object]
"""How importing a file ended, the file's name, and what was said as JSON."""


class ImportMotionFbx(PutsMotion, bpy.types.Operator):
    """Import the motion of FBX, BVH or glTF files onto the character, each as an Action of its own"""

    bl_idname = "aimocap.import_motion_fbx"
    bl_label = "Motion onto Armature (.fbx/.bvh/.gltf)"
    bl_options = {"REGISTER", "UNDO", "PRESET"}

    if TYPE_CHECKING:
        filepath: str
        directory: str
        files: bpy.types.bpy_prop_collection[bpy.types.OperatorFileListElement]
        filter_glob: str
        rows: str
    else:
        filepath: bpy.props.StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE", *RELATIVE})
        directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE", *RELATIVE})
        files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb;*.gltf;*.vrm", options={"HIDDEN"})
        rows: bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the files unless they were dropped, with the scene's options to start with."""
        self.take_defaults(context)
        if self.filepath or self.files:
            return super().invoke(context, event)
        context.window_manager.fileselect_add(self)
        return self.asking()

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector and in the redo panel."""
        layout = cast("bpy.types.UILayout", self.layout)
        self.draw_choices(layout)
        if self.rows:
            _draw_rows(layout, json.loads(self.rows))
        else:
            self.draw_outcome(layout)

    def work(self, context: bpy.types.Context) -> Work:
        """Read each file and keyframe its motion from the current frame on, in real time, in an Action of its own."""
        files = [Path(bpy.path.abspath(self.directory)) / each.name for each in self.files if each.name]
        if len(files) > 1:
            return (yield from self._import_all(context, files))
        self.show_outcome((yield from self._import(context, files[0] if files else chosen_file(self.filepath))))
        return {"FINISHED"}

    def _import(self, context: bpy.types.Context, file: Path) -> Steps[Note]:
        """Read a file and keyframe its motion, from the frame on that is current now."""
        # several files are read one after the other, and the user may play meanwhile
        mapping, armature = from_current_frame(context.scene), self.character(context)
        # an undo in the meantime puts another object of the same id in its place
        uid = armature.session_uid if armature is not None else 0
        reading = MotionReading(MotionKind.HUMAN, file)
        try:
            while not reading.poll():
                yield READING
            motion = reading.result
        finally:
            reading.close()
        # the window went on while the file was read, and the armature may have been removed
        return (yield from self.put_on(context, object_with(uid), take_of_file(file), motion, mapping))

    def _import_all(self, context: bpy.types.Context, files: Sequence[Path]) -> Work:
        """Import the files one after the other, and show how each ended: one that can't be used is a row, too."""
        rows: list[_Row] = []
        for number, file in enumerate(files):
            try:
                note = yield from _one_of(len(files), number, self._import(context, file))
                said = Text.joined((note.sentence, note.warning))
                rows.append(("WARNING" if note.warning else "INFO", file.name, said.to_json()))
            except Fault as fault:
                rows.append(("ERROR", file.name, fault.text.to_json()))
            except GeneratorExit:
                # an operator that is stopped is no undo step, and the next undo would take back what was done before
                # it, too; a timer is gone with a file that is closed
                if number:
                    bpy.app.timers.register(_push_undo, first_interval=0.0)
                raise
        failed = [row for row in rows if row[0] == "ERROR"]
        done = Text("Files on the character: {count} of {all}.", count=len(rows) - len(failed), all=len(rows))
        why = [Text("{file}: {why}", file=name, why=Text.from_json(told) or Text("")) for _, name, told in failed]
        inform(
            self, Text.joined((done, *why)), "ERROR" if len(failed) == len(rows) else "WARNING" if failed else "INFO"
        )
        # Blender keeps an operator's properties alone for its redo panel
        self.rows = json.dumps(rows)
        if self.may_ask:
            _show_rows(context, done, rows)
        return {"CANCELLED"} if len(failed) == len(rows) else {"FINISHED"}


def _push_undo() -> None:
    with in_a_window():
        bpy.ops.ed.undo_push(message=ImportMotionFbx.bl_label)


def _one_of(count: int, number: int, steps: Steps[Note]) -> Steps[Note]:
    """Take the steps of one file, of several that are imported one after the other."""
    try:
        while True:
            share, now = next(steps)
            yield (number + (share or 0.0)) / count, now
    except StopIteration as ended:
        return ended.value
    finally:
        steps.close()


def _show_rows(context: bpy.types.Context, done: Text, rows: Sequence[_Row]) -> None:
    """Show the rows in a popup."""

    def draw(menu: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- the stubs know no such function
        _draw_rows(menu.layout, rows)

    context.window_manager.popup_menu(draw, title=translated(done), icon="INFO")


def _draw_rows(layout: bpy.types.UILayout, rows: Sequence[_Row]) -> None:
    """Draw a row for each file: whether it is on the character, and why not, or how well; bad ones first."""
    column = layout.column(align=True)
    bad_first = sorted(rows, key=lambda row: ("ERROR", "WARNING", "INFO").index(row[0]))
    for level, name, told in bad_first[:_MOST_ROWS]:
        icon = "CHECKMARK" if level == "INFO" else "ERROR"
        said = Text.from_json(told) or Text("")
        say(column, Text("{file}: {why}", file=name, why=said), icon, width=_ROWS_WIDTH)
    if len(rows) > _MOST_ROWS:
        say(column, Text("And {more} more.", more=len(rows) - _MOST_ROWS), "BLANK1", width=_ROWS_WIDTH)


class MotionFbxFileHandler(TakesDrops, bpy.types.FileHandler):
    """Handler for files dropped onto the 3D Viewport while there is a character."""

    bl_idname = "AIMOCAP_FH_motion_fbx"
    bl_label = "Motion onto Armature"
    bl_import_operator = ImportMotionFbx.bl_idname
    bl_file_extensions = ".fbx;.bvh;.glb;.gltf;.vrm"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context | None) -> bool:
        """Accept drops while a character is kept or selected; otherwise Blender's own importer handles them."""
        return super().poll_drop(context) and character_of(cast("bpy.types.Context", context)) is not None


class ExportMotion(ModalWork, NeedsCharacter, WritesFormat, properties(ExportOptions), bpy.types.Operator):
    """Export the character with the motion of its Action, as shown, at the scene's frame rate"""

    bl_idname = "aimocap.export_motion"
    bl_label = "Character Motion (.fbx/.bvh/.glb)"
    bl_options = {"REGISTER", "PRESET"}

    nobody = Fault("No character is selected.", "Select the armature whose motion should be exported.")
    suffix_of = SUFFIX_OF

    if TYPE_CHECKING:
        collection: str
        filter_glob: str
    else:
        collection: bpy.props.StringProperty(
            name="Collection",
            description="Name of the collection whose character is exported; empty for the selected one",
            options={"HIDDEN", "SKIP_SAVE"},
        )
        filter_glob: bpy.props.StringProperty(default="*.fbx;*.bvh;*.glb", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Returned:
        """Ask for the file."""
        self.take_character(context)
        obj = self.character(context)
        # without a character there is nothing to name a file after, and the work says why
        if obj is None or self.begins_again:
            return super().invoke(context, event)
        self.ask_for_file(context, offered_file(obj, SUFFIX_OF[self.format]))
        return self.asking()

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the options in the file selector."""
        draw_options(cast("bpy.types.UILayout", self.layout), self, ExportOptions)

    def work(self, context: bpy.types.Context) -> Work:
        """Write the file; the scene stays as it was."""
        path = file_to_write(self.filepath, SUFFIX_OF[self.format])
        obj = self._of_collection() if self.collection else self.required_character(context)
        options, says = made_of(ExportOptions, self), Text("Exporting to {file}", file=path.name)
        if self.is_modal:
            # an exporter holds its Blender to its end, so another process writes the file
            done = yield from _in_background(context, obj, path, options, says)
        else:
            done = export_motion(context, obj, path, options)
        inform(
            self,
            Text(
                "Exported frames {first} to {last} at {fps:g} fps to {path}.",
                first=done.first,
                last=done.last,
                fps=done.fps,
                path=path,
            ),
        )
        return {"FINISHED"}

    def _of_collection(self) -> bpy.types.Object:
        collection = bpy.data.collections.get(self.collection)
        objects = collection.all_objects if collection is not None else ()
        found = [obj for obj in objects if obj.type == "ARMATURE" and action_of(obj) is not None]
        # a file has the motion of one, and which one is meant would be a guess
        if len(found) != 1:
            count = Text("“{name}” has {count} armatures with motion, not one.", name=self.collection, count=len(found))
            raise Fault(count, _NEXT_STEP)
        return found[0]


def _in_background(
    context: bpy.types.Context, obj: bpy.types.Object, path: Path, options: ExportOptions, says: Text
) -> Steps[Exported]:
    """Export as `export_motion` does, in a process that a stop ends."""
    # what is refused is refused before there is a file
    ends = require_export(context, obj, options)
    yield 0.0, says
    done, folder = exported(context.scene, ends), PrivateFolder()
    try:
        with new_file(path, options.format) as new:
            export = BackgroundExport(context, obj, new, options, ends, folder.path).begin()
            try:
                while not export.poll():
                    yield export.share, says
            finally:
                export.kill()
            # scripts of the user's move it
            if not export.is_written:
                yield 1.0, says
                write_motion(context, obj, new, options, ends)
    finally:
        folder.remove()
    return done


class CharacterMotionHandler(bpy.types.FileHandler):
    """Exporter of a collection: Blender writes the file again whenever the collection is exported."""

    bl_idname = "AIMOCAP_FH_character_motion"
    bl_label = "Character Motion"
    bl_export_operator = ExportMotion.bl_idname
    bl_file_extensions = ".fbx;.bvh;.glb"


CLASSES = (
    ImportMotionFbx,
    MotionFbxFileHandler,
    ExportMotion,
    CharacterMotionHandler,
)
