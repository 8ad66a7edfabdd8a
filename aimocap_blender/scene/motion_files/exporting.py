"""Export of the motion on a character as FBX, BVH or glTF, over its Action's frames, at the scene's frame rate.

An exporter holds its Blender till its end, so a window has a background Blender do it.

Formats that know no objects (BVH) get a temporary armature with the poses and nothing else: the wanted bones only, Y up
as such files have it, one root, and no constraints, scale or object transform.
"""

import contextlib
import math
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import bpy
import numpy as np
from mathutils import Matrix

from ...motion.control_rig import without_scale
from ...motion.files.file_writing import unwritable
from ...motion.own_motion_options import ExportOptions, Format
from ...motion.rotations import FloatArray, IntArray, conjugate, continuous, extent, from_matrix, multiply, norm, rotate
from ...motion.skeleton import Skeleton, by_depth
from ...texts.faults import Fault
from ...texts.text import Text
from ...whole_files import replacing_chosen
from ..armatures import armatures_deforming, deforming_bones, skeleton_of, strips_played
from ..background_blender import BackgroundBlender, write_copy
from ..isolated_evaluation import in_pose_position, isolated
from ..keys.keyframes import ON_A_KEY, Channel, curves_of, property_channels, range_of, write_action
from ..operator_calls import overridden
from ..rigs.control_rigs import channels_preserved
from ..scene_values import scene_fps
from ..windows import select_only, selected_in

SUFFIX_OF: Mapping[Format, str] = MappingProxyType({"FBX": ".fbx", "BVH": ".bvh", "GLB": ".glb"})
_ADD_ONS: Mapping[Format, str] = MappingProxyType(
    {"FBX": "FBX format", "BVH": "BioVision Motion Capture (BVH) format", "GLB": "glTF 2.0 format"}
)
_CLASSES: Mapping[Format, str] = MappingProxyType(
    {"FBX": "EXPORT_SCENE_OT_fbx", "BVH": "EXPORT_ANIM_OT_bvh", "GLB": "EXPORT_SCENE_OT_gltf"}
)
_RANGE = ("frame_start", "frame_end", "use_preview_range", "frame_preview_start", "frame_preview_end")
_CHILD = Path(__file__).with_name("export_child.py")
_TIME_LIMIT_SEC = 6 * 3600.0

_Y_UP = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
_SAME = 0.005  # of the skeleton's size: largest distance at rest between a control and its deforming bone
_SAME_DIRECTION = 0.9
_STILL = 2e-5  # metres by which a joint may move in its parent's axes and still count as fixed
_SHORTEST = 1e-4  # metres; Blender removes bones without a length


@dataclass(frozen=True)
class Exported:
    """The frames that were written.

    Attributes:
        first: the first frame of the timeline.
        last: the last one.
        fps: frames per second.
    """

    first: int
    last: int
    fps: float


def export_motion(context: bpy.types.Context, obj: bpy.types.Object, path: Path, options: ExportOptions) -> Exported:
    """Write a character with the motion of its Action, as Blender evaluates it; the scene stays as it was.

    Args:
        context: of the scene and view layer with the character.
        obj: its armature object.
        path: the file to write; what is there is replaced once the new file is complete.
        options: the user's choices.

    Raises:
        Fault: it can't be exported. The scene and any file at `path` are as before.
    """
    ends = require_export(context, obj, options)
    with new_file(path, options.format) as new:
        write_motion(context, obj, new, options, ends)
    return exported(context.scene, ends)


@contextmanager
def new_file(path: Path, kind: Format) -> Generator[Path]:
    """Provide an empty file, which replaces the one at `path` if the block succeeds.

    Raises:
        Fault: it can't be written.
    """
    try:
        with replacing_chosen(path, SUFFIX_OF[kind]) as new:
            # before the scene is touched
            new.touch(exist_ok=False)
            yield new
    except OSError as error:
        raise unwritable(path, error) from error


def exported(scene: bpy.types.Scene, ends: tuple[int, int]) -> Exported:
    """Return what is written of a scene's frames."""
    return Exported(*ends, scene_fps(scene))


def require_export(context: bpy.types.Context, obj: bpy.types.Object, options: ExportOptions) -> tuple[int, int]:
    """Return the first and last frame to export.

    Raises:
        Fault: it can't be exported.
    """
    skeleton = skeleton_of(obj)
    ends = frames_of(obj)
    require_exporter(options.format)
    if context.view_layer is None or obj.name not in context.view_layer.objects:
        raise Fault(
            Text("“{name}” is not in the current view layer.", name=obj.name),
            "Enable its collection in the Outliner.",
        )
    if options.deforming_only and not deforming_bones(skeleton):
        raise Fault(Text("No bone of “{name}” deforms a mesh.", name=obj.name), "Export all bones.")
    return ends


def write_motion(
    context: bpy.types.Context, obj: bpy.types.Object, new: Path, options: ExportOptions, ends: tuple[int, int]
) -> None:
    """Write what `require_export` allows into a new file; the scene stays as it was."""
    skeleton = skeleton_of(obj)
    with scene_kept(context, obj), in_pose_position(obj):
        context.scene.frame_start, context.scene.frame_end = ends
        context.scene.use_preview_range = False
        if options.format == "BVH":
            names = deforming_bones(skeleton) if options.deforming_only else list(skeleton.names)
            with _bare_skeleton(context.scene, obj, skeleton, names, range(ends[0], ends[1] + 1)) as bare:
                _write_bvh(context, bare.obj, new, ends, fixed=bare.fixed)
            return
        # the exporters write what is selected
        for mesh in meshes_of(context, obj) if options.meshes else ():
            mesh.select_set(True, view_layer=context.view_layer)
        if options.format == "FBX":
            with _at_rest_before(context.scene, obj, ends[0]):
                _write_fbx(new, options)
        else:
            _write_glb(context.scene, new, options)


def frames_of(obj: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last whole frame of an object's Action; without one, of its NLA strips, as of blended takes.

    Raises:
        Fault: it has no Action with keyframes, and no strips.
    """
    # a curve without keys has the range of frame 0, however late the motion is
    keyed = [curve for curve in curves_of(obj).values() if curve.keyframe_points]
    strips = [] if keyed else strips_played(obj)
    if strips:
        first = min(strip.frame_start for strip in strips)
        last = max(strip.frame_end for strip in strips)
    elif keyed:
        action = cast("bpy.types.Action", cast("bpy.types.AnimData", obj.animation_data).action)
        first, last = action.frame_range if action.use_frame_range else range_of(keyed)
    else:
        raise Fault(
            Text("“{name}” has no Action with keyframes.", name=obj.name), "Apply motion to it, or assign an Action."
        )
    # keys between frames, as a strip's rate gives them, are within the frames around them
    return math.floor(first + ON_A_KEY), math.ceil(last - ON_A_KEY)


def require_exporter(kind: Format) -> None:
    """Raise Fault unless Blender's exporter for a format is enabled."""
    if not hasattr(bpy.types, _CLASSES[kind]):
        raise Fault(
            Text("Blender's exporter for {format} is turned off.", format=kind),
            Text("Enable “{add_on}” in Edit > Preferences > Add-ons.", add_on=_ADD_ONS[kind]),
        )


def meshes_of(context: bpy.types.Context, obj: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the visible meshes that an armature deforms."""
    layer = context.view_layer
    meshes: list[bpy.types.Object] = []
    for other in layer.objects:
        is_visible_mesh = other.type == "MESH" and other.visible_get(view_layer=layer)
        if is_visible_mesh and obj in armatures_deforming(other):
            meshes.append(other)
    return meshes


def _run(operator: Callable[..., object], **options: object) -> None:
    try:
        # exporters print, and standard output may be a program's
        with contextlib.redirect_stdout(sys.stderr):
            operator(**options)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].rstrip(".")
        raise Fault(
            Text("Blender's exporter failed: {reason}.", reason=reason), "Try another format or another file."
        ) from error


@contextmanager
def _at_rest_before(scene: bpy.types.Scene, obj: bpy.types.Object, first: int) -> Generator[None]:
    """Show a character at rest in the frame before the first one, which is the current one at the start of the block.

    An FBX file has no rest pose of bones that no mesh is bound to: who reads it takes their pose in the current frame.
    """
    armature = cast("bpy.types.Armature", obj.data)

    def show(scene: bpy.types.Scene, _graph: bpy.types.Depsgraph | None = None) -> None:
        armature.pose_position = "REST" if scene.frame_current < first else "POSE"

    bpy.app.handlers.frame_change_pre.append(show)
    try:
        scene.frame_set(first - 1)
        yield
    finally:
        bpy.app.handlers.frame_change_pre.remove(show)


def _write_fbx(path: Path, options: ExportOptions) -> None:
    _run(
        cast("Any", bpy.ops).export_scene.fbx,
        filepath=str(path),
        check_existing=False,
        use_selection=True,
        object_types={"ARMATURE", "MESH"},
        # an importer would take them for bones of the character
        add_leaf_bones=False,
        use_armature_deform_only=options.deforming_only,
        bake_anim=True,
        bake_anim_use_all_bones=True,
        # one take of what the timeline shows, and none of each strip and Action alone
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_force_startend_keying=True,
        bake_anim_step=1.0,
        # keys that a curve is near to would be left out
        bake_anim_simplify_factor=0.0,
    )


def _write_glb(scene: bpy.types.Scene, path: Path, options: ExportOptions) -> None:
    # Blender's exporter, up to 5.3, multiplies the rate by the base that divides it
    scene.render.fps_base = 1.0 / scene.render.fps_base
    _run(
        cast("Any", bpy.ops).export_scene.gltf,
        filepath=str(path),
        check_existing=False,
        export_format="GLB",
        use_selection=True,
        export_def_bones=options.deforming_only,
        export_animations=True,
        # what the timeline shows: other modes write Actions or tracks by themselves
        export_animation_mode="SCENE",
        export_anim_scene_split_object=True,
        export_frame_range=True,
        export_frame_step=1,
        export_force_sampling=True,
        export_optimize_animation_size=False,
        # glTF has seconds and no frames: the motion would begin as late as the scene's first frame is
        export_anim_slide_to_zero=True,
        export_current_frame=False,
        export_rest_position_armature=True,
    )


def _write_bvh(
    context: bpy.types.Context, bare: bpy.types.Object, path: Path, ends: tuple[int, int], *, fixed: bool
) -> None:
    context.view_layer.objects.active = bare
    with overridden(active_object=bare, object=bare):
        _run(
            cast("Any", bpy.ops).export_anim.bvh,
            filepath=str(path),
            check_existing=False,
            frame_start=ends[0],
            frame_end=ends[1],
            root_transform_only=fixed,
        )


@contextmanager
def scene_kept(context: bpy.types.Context, obj: bpy.types.Object) -> Generator[None]:
    """Restore the scene's frame, ranges, frame rate, selection and mode, and the object's pose, after the block.

    In the block the object is the only selected one and the active one, in Object Mode.
    """
    scene, layer = context.scene, context.view_layer
    frame, subframe = scene.frame_current, scene.frame_subframe
    fps_base = scene.render.fps_base
    # exporters take frames, rate and selection from the scene, so these are set to what is asked for
    ranges = {name: getattr(scene, name) for name in _RANGE}
    active = layer.objects.active
    mode = active.mode if active is not None else "OBJECT"
    selected = selected_in(layer)
    with channels_preserved(obj):
        try:
            with _shown(layer, obj):
                select_only(context, obj)
                yield
        finally:
            scene.frame_set(frame, subframe=subframe)
            scene.render.fps_base = fps_base
            for name, value in ranges.items():
                setattr(scene, name, value)
            for other in layer.objects:
                other.select_set(other in selected, view_layer=layer)
            layer.objects.active = active
            if active is not None and active.mode != mode:
                bpy.ops.object.mode_set(mode=cast("Any", mode))


@contextmanager
def _shown(layer: bpy.types.ViewLayer, obj: bpy.types.Object) -> Generator[None]:
    """Show an object in the view layer for the block: a hidden one can't be selected."""
    viewport, select, hidden = obj.hide_viewport, obj.hide_select, obj.hide_get(view_layer=layer)
    try:
        obj.hide_viewport = obj.hide_select = False
        obj.hide_set(False, view_layer=layer)
        yield
    finally:
        obj.hide_viewport, obj.hide_select = viewport, select
        obj.hide_set(hidden, view_layer=layer)


class BackgroundExport(BackgroundBlender):
    """A file that is planned, being written or complete.

    Args:
        context: of the scene and view layer with the character.
        obj: its armature object.
        new: the file to write, which is there; the caller removes it where this fails.
        options: the user's choices.
        ends: first and last frame, from `require_export`.
        folder: for the copy of the scene; the caller removes it.

    Raises:
        Fault: the folder can't be written.
    """

    def __init__(
        self,
        context: bpy.types.Context,
        obj: bpy.types.Object,
        new: Path,
        options: ExportOptions,
        ends: tuple[int, int],
        folder: Path,
    ) -> None:
        meshes = meshes_of(context, obj) if options.meshes else []
        copied = write_copy(obj, meshes, folder, (ends[0], sum(ends) // 2, ends[1]))
        request: dict[str, object] = {"copied": copied, "file": str(new), "options": asdict(options), "ends": ends}
        task = "the export"
        super().__init__(_CHILD, request, folder, task=task, time_limit_sec=_TIME_LIMIT_SEC, private_folder=folder)

    @property
    def share(self) -> float:
        """Fraction of the frames that are written."""
        return self.progress if isinstance(self.progress, float) else 0.0

    @property
    def is_written(self) -> bool:
        """Whether it was: it isn't where the character moves otherwise without the user's scripts.

        Raises:
            Fault: writing failed.
            RuntimeError: it is still running.
        """
        return self.answer["written"] is True


@dataclass(frozen=True, eq=False)
class _BareSkeleton:
    """The temporary armature.

    Attributes:
        obj: the object.
        fixed: all joints but the root keep their distance from their parents.
    """

    obj: bpy.types.Object
    fixed: bool


@contextmanager
def _bare_skeleton(
    scene: bpy.types.Scene, obj: bpy.types.Object, skeleton: Skeleton, names: Sequence[str], frames: range
) -> Generator[_BareSkeleton]:
    """Provide the temporary armature in the scene, keyed on whole frames; it is removed after the block.

    Args:
        scene: the scene to put it into.
        obj: the armature object with the motion.
        skeleton: all its bones at rest.
        names: the wanted bones.
        frames: timeline frames.
    """
    bones = skeleton.indices_of(names)
    parents = _parents(skeleton, bones)
    order = by_depth(parents)
    # the last entry is that of -1, which stays -1
    new_index = np.append(np.argsort(order), -1)
    bones, parents = np.array(bones)[order].tolist(), new_index[np.array(parents)[order]]
    rotations, heads, linear = _poses(obj, skeleton.names_of(bones), frames)
    armature = bpy.data.armatures.new(obj.name)
    bare = bpy.data.objects.new(obj.name, armature)
    action: bpy.types.Action | None = None
    try:
        rest = np.einsum("ij,bjk->bik", _Y_UP @ linear, skeleton.rest[bones][:, :3, :])
        tails = np.einsum("ij,bj->bi", _Y_UP @ linear, skeleton.tails[bones])
        plain = _add_bones(bare, armature, skeleton.names_of(bones), parents, rest, tails)
        scene.collection.objects.link(bare)
        channels, fixed = _channels([armature.bones[name] for name in plain], parents, rotations, heads)
        action = write_action(bare, obj.name, np.array(frames, dtype=np.float64), channels)
        for bone in cast("bpy.types.Pose", bare.pose).bones:
            bone.rotation_mode = "QUATERNION"
        yield _BareSkeleton(bare, fixed)
    finally:
        bpy.data.objects.remove(bare)
        bpy.data.armatures.remove(armature)
        if action is not None:
            bpy.data.actions.remove(action)


def _poses(obj: bpy.types.Object, names: Sequence[str], frames: range) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return evaluated rotations (F, B, 4) and heads (F, B, 3), Y up, and the object's axes (3, 3) at the start."""
    rotations, heads = np.empty((len(frames), len(names), 4)), np.empty((len(frames), len(names), 3))
    with isolated(obj) as alone:
        columns = alone.rows(names)
        linear: FloatArray | None = None
        for row, frame in enumerate(frames):
            matrices = alone.at(float(frame))[columns]
            world = alone.world()
            placed = world @ matrices
            linear = world[:3, :3] if linear is None else linear
            rotations[row] = from_matrix(_Y_UP @ without_scale(placed))
            heads[row] = placed[:, :3, 3] @ _Y_UP.T
    assert linear is not None  # noqa: S101 -- an Action has frames
    return rotations, heads, linear


def _parents(skeleton: Skeleton, bones: Sequence[int]) -> list[int]:
    """Return each wanted bone's parent among them, -1 for the root.

    A deforming bone often hangs on a control: then its parent is the wanted bone that the control lies on.
    """
    place = dict(zip(bones, range(len(bones)), strict=True))
    size = float(extent(skeleton.rest[:, :3, 3]))
    heads = skeleton.rest[bones, :3, 3]
    along = skeleton.rest[bones, :3, 1]

    def above(bone: int) -> int:
        for ancestor in skeleton.ancestors(bone):
            if ancestor in place:
                return place[ancestor]
            near = norm(heads - skeleton.rest[ancestor, :3, 3]) < size * _SAME
            same = np.flatnonzero(near & (along @ skeleton.rest[ancestor, :3, 1] > _SAME_DIRECTION))
            own = skeleton.ancestors(bone)
            for found in same.tolist():
                if bones[found] != bone and bone not in skeleton.ancestors(bones[found]) and bones[found] not in own:
                    return found
        return -1

    parents = list(map(above, bones))
    # two that would hang on each other
    for number in range(len(parents)):
        seen, at = {number}, parents[number]
        while at >= 0 and at not in seen:
            seen.add(at)
            at = parents[at]
        if at >= 0:
            parents[number] = -1
    roots = [number for number, parent in enumerate(parents) if parent < 0]
    # BVH has a single root: bones that hang on nothing go onto the one that carries most
    first = max(roots, key=lambda root: _below(parents, root))
    for root in roots:
        parents[root] = first if root != first else -1
    return parents


def _below(parents: Sequence[int], root: int) -> int:
    """Return how many bones hang on a root."""

    def top(number: int) -> int:
        while parents[number] >= 0:
            number = parents[number]
        return number

    return sum(top(number) == root for number in range(len(parents)))


def _add_bones(
    bare: bpy.types.Object,
    armature: bpy.types.Armature,
    names: Sequence[str],
    parents: IntArray,
    rest: FloatArray,
    tails: FloatArray,
) -> list[str]:
    """Create the bones in Edit Mode, in a scene of its own so that the user's mode stays.

    Returns:
        Their names: without spaces, at which other readers of BVH end a name.
    """
    scene = bpy.data.scenes.new(bare.name)
    try:
        scene.collection.objects.link(bare)
        layer = scene.view_layers[0]
        layer.objects.active = bare
        with overridden(scene=scene, view_layer=layer, active_object=bare, object=bare):
            bpy.ops.object.mode_set(mode="EDIT")
            made: list[bpy.types.EditBone] = []
            for number, name in enumerate(names):
                bone = armature.edit_bones.new("_".join(name.split()))
                made.append(bone)
                length = max(float(norm(tails[number] - rest[number, :, 3])), _SHORTEST)
                # setting the matrix keeps the length, so that comes first
                bone.tail = (0.0, length, 0.0)
                axes = without_scale(np.vstack([rest[number], [0.0, 0.0, 0.0, 1.0]]))
                bone.matrix = Matrix.Translation(rest[number, :, 3].tolist()) @ Matrix(axes.tolist()).to_4x4()
                bone.parent = made[int(parents[number])] if parents[number] >= 0 else None
            plain = [bone.name for bone in made]
            bpy.ops.object.mode_set(mode="OBJECT")
        return plain
    finally:
        bpy.data.scenes.remove(scene)


def _channels(
    bones: Sequence[bpy.types.Bone], parents: IntArray, rotations: FloatArray, heads: FloatArray
) -> tuple[list[Channel], bool]:
    """Return the channels of the bones, and whether all joints but the root are fixed to their parents."""
    rest = np.array([bone.matrix_local for bone in bones])
    turned, places = from_matrix(rest[:, :3, :3]), rest[:, :3, 3]
    found: list[Channel] = []
    fixed = True
    for number, bone in enumerate(bones):
        on = int(parents[number])
        # channels are what a bone does beyond where it hangs: at rest, or carried along by its parent
        hangs, head = np.tile(turned[number], (len(heads), 1)), np.tile(places[number], (len(heads), 1))
        if on >= 0:
            carried = multiply(rotations[:, on], conjugate(turned[on]))
            hangs, head = multiply(carried, turned[number]), heads[:, on] + rotate(carried, places[number] - places[on])
        location = rotate(conjugate(hangs), heads[:, number] - head)
        fixed &= on < 0 or float(np.abs(location).max()) < _STILL
        basis = continuous(multiply(conjugate(hangs), rotations[:, number]))
        path = f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]'
        found += property_channels(f"{path}.location", location)
        found += property_channels(f"{path}.rotation_quaternion", basis)
    return found, fixed
