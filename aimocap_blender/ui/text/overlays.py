"""Overlays: drawing over editors, so that the file doesn't change."""

import logging
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import bpy
import gpu

from ...scene.windows import redraw_editors
from ...while_enabled import lasting

_log = logging.getLogger(__name__)

_SPACES = {
    "VIEW_3D": "SpaceView3D",
    "SEQUENCE_EDITOR": "SpaceSequenceEditor",
    "DOPESHEET_EDITOR": "SpaceDopeSheetEditor",
}
Box = tuple[float, float, float, float]
"""Left, bottom, right and top in pixels of the region."""


@dataclass(frozen=True)
class Overlay:
    """A drawing over every editor of one kind, from `show` to `hide`, at the latest until the add-on is disabled.

    Attributes:
        draw: called with the context of an editor that is redrawn. If it raises, that is logged, and it isn't called
            again before the next `show`, as windows redraw often.
        editor: kind of its areas.
        when: `POST_VIEW` to draw in the space of the view.
        region: of the editor.
    """

    draw: Callable[[bpy.types.Context], None]
    editor: Literal["VIEW_3D", "SEQUENCE_EDITOR", "DOPESHEET_EDITOR"]
    when: Literal["POST_PIXEL", "POST_VIEW"] = "POST_PIXEL"
    region: Literal["WINDOW", "PREVIEW"] = "WINDOW"

    def show(self) -> None:
        """Draw from now on, if there are windows."""
        # another report or take may be drawn well where the last one failed
        _shown.failed.discard(self)
        # without windows nothing is ever drawn
        if not bpy.app.background:
            if self not in _shown.handles:
                _shown.handles[self] = self._space.draw_handler_add(self.draw_guarded, (), self.region, self.when)
            redraw_editors(self.editor)

    def hide(self) -> None:
        """Stop drawing."""
        if self in _shown.handles:
            self._space.draw_handler_remove(_shown.handles.pop(self), self.region)
            redraw_editors(self.editor)

    @property
    def is_shown(self) -> bool:
        """Whether it is drawn."""
        return self in _shown.handles

    def draw_guarded(self) -> None:
        """Draw, unless that has failed before."""
        if self in _shown.failed:
            return
        try:
            self.draw(bpy.context)
        except Exception:  # noqa: BLE001 -- Blender's own drawing must continue in any case
            _shown.failed.add(self)
            _log.exception("Drawing failed")
            traceback.print_exc()

    @property
    def _space(self) -> Any:  # noqa: ANN401 -- the stubs lack what is called
        return getattr(bpy.types, _SPACES[self.editor])


@dataclass
class _Shown:
    """All overlays that are drawn now.

    Attributes:
        handles: Blender's handles of the draw functions.
        failed: overlays whose drawing failed.
    """

    handles: dict[Overlay, object] = field(default_factory=dict[Overlay, object])
    failed: set[Overlay] = field(default_factory=set[Overlay])


_shown = lasting(_Shown)


@contextmanager
def blended() -> Generator[None]:
    """Let what is drawn in the block be seen through; afterwards Blender draws on as it did."""
    gpu.state.blend_set("ALPHA")
    try:
        yield
    finally:
        gpu.state.blend_set("NONE")


@contextmanager
def blended_surfaces() -> Generator[None]:
    """Let surfaces be seen through, as `blended`, but not the far sides of them; the block may test depths."""
    with blended():
        gpu.state.face_culling_set("BACK")
        try:
            yield
        # Blender's own drawing counts on neither being set
        finally:
            gpu.state.depth_test_set("NONE")
            gpu.state.face_culling_set("NONE")


def draw_triangles(shader: Any, **content: Any) -> None:  # noqa: ANN401 -- types that the stubs lack
    """Draw triangles, given the attributes of their corners."""
    from gpu_extras.batch import batch_for_shader  # noqa: PLC0415 -- only needed to draw

    batch_for_shader(shader, "TRIS", content).draw(shader)


def fill_boxes(boxes: dict[tuple[float, ...], list[Box]]) -> None:
    """Draw rectangles by colour, the first below."""
    shader: Any = gpu.shader.from_builtin("UNIFORM_COLOR")
    with blended():
        for colour, rectangles in boxes.items():
            corners: list[tuple[float, float, float]] = []
            for left, low, right, top in rectangles:
                corners += ((left, low, 0.0), (right, low, 0.0), (right, top, 0.0))
                corners += ((left, low, 0.0), (right, top, 0.0), (left, top, 0.0))
            if corners:
                shader.uniform_float("color", colour)
                draw_triangles(shader, pos=corners)


def unregister() -> None:
    """Stop drawing all that is drawn."""
    for overlay in list(_shown.handles):
        overlay.hide()
