"""A script for a background Blender: imports an FBX, BVH or glTF file and samples the bones of all its animations.

It imports nothing of the package but `fbx_check.py` and `bvh_text.py` next to it, which are self-contained too. Called
by `fbx_sampling.py` with a request::

    {"file": FILE, "arrays": NPZ, "copies": FOLDER, "memory_mib": int, "cpu_sec": int, "most_samples": int}

and answers with ``{"clips": [{"name", "armature", "bones", "parents", "fps", "key"}, …], "is_ascii": bool, "notes":
[{"template", "values"}, …]}``; a clip's arrays are in the npz under ``KEY.rest``, ``KEY.tails``, ``KEY.world``,
``KEY.times``, ``KEY.positions``, ``KEY.rotations`` as defined in `motion.skeleton`.
"""

import contextlib
import importlib
import os
import re
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

import bpy
import numpy as np
import numpy.typing as npt
from bpy_extras import image_utils

Floats = npt.NDArray[np.float64]

_SAME_INSTANT = 1e-4
"""Seconds within which two keys count as simultaneous (keys are stored in single precision)."""

_AT_ONCE = 256
"""Frames whose matrices are in memory at the same time."""

_ON_GRID = 0.02
"""Largest deviation of a key from the even grid, as a share of the step between keys."""

_MIB = 1 << 20
_LARGEST_FILE = 4096 * _MIB
"""Bytes of the log, and of the arrays, which have 56 for each of the most samples."""

_LOOK_SEC, _OUT_OF_MEMORY = 0.1, 12
"""Seconds between checks of the memory where the system sets no limit, and the exit status when it runs out."""

_WAYS_OUT = re.compile(rb'[/\\]|(?<="[A-Za-z]):(?!:)')
"""Separators of folders, and the colon behind a drive's letter, in the bytes of an ASCII FBX file."""

_BEYOND = 1e9
"""Metres, or scale factors, beyond any motion."""

_SLOWEST, _FASTEST = 10.0, 240.0
"""Samples per second that a file's keys may define; outside this range its own frame rate is used."""


class Refused(Exception):  # noqa: N818 -- an unusable file is not an error of this script
    """A reason why the file can't be used.

    Args:
        template: of a sentence of what is wrong.
        next_step: a sentence of what to do.
        values: for the template's fields.
    """

    def __init__(self, template: str, next_step: str, **values: object) -> None:
        shown = {name: str(value) for name, value in values.items()}
        self.what, self.next_step = {"template": template, "values": shown}, next_step
        super().__init__(template.format_map(shown), next_step)


class Importer(NamedTuple):
    """One of Blender's importers; those of FBX are two."""

    operator: Any
    options: dict[str, object]
    ignores_fps_base: bool
    opens_images: bool
    addon: str = "io_scene_fbx"
    without_animation: bool = True
    """Whether it can leave out the animation, as is needed where that moves the rest pose's objects."""


@dataclass(frozen=True)
class Take:
    """One animation of a file.

    Attributes:
        name: of the animation.
        actions: for each animated object's name, its action and the slot of it (None in Blender 4.2).
    """

    name: str
    actions: dict[str, tuple[bpy.types.Action, Any]]


@dataclass(frozen=True)
class Rest:
    """An armature without its animation: the fields of `motion.skeleton.Skeleton`."""

    bones: tuple[str, ...]
    parents: list[int]
    rest: Floats
    tails: Floats
    world: Floats


def sample_file(request: dict[str, Any]) -> dict[str, object]:
    """Import the file, sample every armature in each of its takes, save the arrays and describe them.

    Raises:
        Refused: the file is unsafe, can't be imported, or contains no animated armature.
    """
    path = Path(request["file"])
    importer = _importer_for(path)
    notes: list[dict[str, Any]] = []
    if importer.opens_images:
        path = copy_without_paths(path, Path(request["copies"]))
    elif importer.addon == "io_anim_bvh":
        path, notes = _copy_of_bvh(path, Path(request["copies"]))
    _import(importer, path, use_anim=False)
    # the rest comes first: an import with animation may leave objects and bones where that has them
    rests = _rests_in(path)
    basis = {obj.name: obj.matrix_basis.copy() for obj in bpy.data.objects}
    _import(importer, path, use_anim=True)
    _keep_only_armatures()
    render = bpy.context.scene.render
    frame_rate = render.fps if importer.ignores_fps_base else render.fps / render.fps_base
    file_rate = render.fps / render.fps_base
    clips: list[dict[str, object]] = []
    arrays: dict[str, Any] = {}
    samples = 0
    for take in _takes() if importer.without_animation else _playing():
        for armature, rest in rests.items():
            obj = bpy.data.objects[armature]
            keys = _key_times(take, obj) / frame_rate
            if not len(keys):
                continue
            intervals, fps = sample_intervals(keys, file_rate)
            # counted before they are sampled: a false time in a file asks for more than memory holds
            samples += (intervals + 1) * len(rest.bones)
            if samples > request["most_samples"]:
                raise Refused(
                    "“{file}” contains more motion than can be read at once.",
                    "Split it into shorter files, or export it at a lower frame rate.",
                    file=path.name,
                )
            times: Floats = np.linspace(0.0, float(keys[-1] - keys[0]), intervals + 1)
            _pose_by(take, basis)
            positions, rotations = _sampled(obj, rest.bones, (keys[0] + times) * frame_rate)
            key = str(len(clips))
            of_rest = {"armature": armature, "bones": rest.bones, "parents": rest.parents}
            clips.append({"name": take.name, **of_rest, "fps": fps, "key": key})
            arrays[f"{key}.rest"], arrays[f"{key}.tails"], arrays[f"{key}.world"] = rest.rest, rest.tails, rest.world
            arrays[f"{key}.times"] = times
            arrays[f"{key}.positions"], arrays[f"{key}.rotations"] = positions, rotations
    if not clips:
        raise Refused(
            "“{file}” contains a skeleton without animation.", "Export it with its animation.", file=path.name
        )
    np.savez(request["arrays"], **arrays)
    return {"clips": clips, "is_ascii": importer.opens_images, "notes": notes}


def _rests_in(path: Path) -> dict[str, Rest]:
    """Return by name the armatures that were imported from a file.

    Raises:
        Refused: there is none, or one has numbers that aren't finite.
    """
    rests: dict[str, Rest] = {}
    for obj in bpy.data.objects:
        if isinstance(obj.data, bpy.types.Armature) and obj.data.bones:
            rests[obj.name] = _rest_of(obj, obj.data)
    for rest in rests.values():
        if not all(np.isfinite(array).all() for array in (rest.rest, rest.tails, rest.world)):
            raise Refused("The file contains a broken skeleton.", "Download or export the motion again.")
    if not rests:
        raise Refused("“{file}” contains no armature.", "Choose a file with an animated skeleton.", file=path.name)
    return rests


def copy_without_paths(path: Path, folder: Path) -> Path:
    """Copy an ASCII FBX file to an empty folder, with no text in it that leads out of there; return the copy.

    The importer opens the pictures that a file names. Names of bones and takes lose their slashes too, alike wherever
    they occur.
    """
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    copy.write_bytes(_WAYS_OUT.sub(b"_", path.read_bytes()))
    return copy


def _copy_of_bvh(path: Path, folder: Path) -> tuple[Path, list[dict[str, Any]]]:
    """Copy a BVH file to an empty folder, as the importer reads it without fault; return the copy and notes on it.

    Raises:
        Refused: it can't be read so.
    """
    bvh_text: Any = importlib.import_module("bvh_text")
    try:
        text, notes = bvh_text.as_importers_read(path.read_bytes(), path.name)
    except bvh_text.BvhProblem as problem:
        fault = cast("Any", problem)
        raise Refused(fault.what.template, fault.next_step, **fault.what.values) from problem
    folder.mkdir(exist_ok=True)
    copy = folder / path.name
    copy.write_text(text, encoding="utf-8", newline="\n")
    return copy, [note._asdict() for note in notes]


def sample_intervals(keys: Floats, file_rate: float) -> tuple[int, float]:
    """Return how finely to sample a motion with keys at these times.

    Animation with even, dense keys is sampled at its keys, any other at the file's frame rate.

    Args:
        keys: (K,) ascending times of all keys, seconds.
        file_rate: the file's frame rate.

    Returns:
        The number of equal intervals from the first key to the last, and samples per second.
    """
    duration = float(keys[-1] - keys[0])
    if duration <= _SAME_INSTANT:
        return 0, file_rate
    # a step may be several of the grid's, where no curve has a key
    steps = np.diff(keys)
    step = float(np.median(steps[steps > _SAME_INSTANT]))
    counts = np.round(steps / step)
    on_grid = np.abs(steps / step - counts) < _ON_GRID
    if on_grid.all() and 1 / _FASTEST <= step <= 1 / _SLOWEST:
        intervals = int(counts.sum())
    else:
        intervals = max(1, round(duration * file_rate))
    return intervals, intervals / duration


def quaternions(matrices: Floats) -> Floats:
    """Return the rotations of matrices, dropping scale, shear and mirroring.

    Args:
        matrices: (…, 3, 3).

    Returns:
        (…, 4), w x y z.
    """
    mirrored = np.linalg.det(matrices) < 0
    upright = np.where(mirrored[..., None, None], -matrices, matrices)
    left, _, right = np.linalg.svd(upright)
    left[..., -1] *= np.linalg.det(left @ right)[..., None]
    m = left @ right
    x, y, z = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    # 4 q q^T; the row with the largest diagonal is the best conditioned
    rows = np.empty((*m.shape[:-2], 4, 4))
    for index, diagonal in enumerate((1 + x + y + z, 1 + x - y - z, 1 - x + y - z, 1 - x - y + z)):
        rows[..., index, index] = diagonal
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        rows[..., 0, i + 1] = rows[..., i + 1, 0] = m[..., k, j] - m[..., j, k]
        rows[..., i + 1, j + 1] = rows[..., j + 1, i + 1] = m[..., j, i] + m[..., i, j]
    best = np.argmax(np.diagonal(rows, axis1=-2, axis2=-1), axis=-1)
    chosen = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    return chosen / np.linalg.norm(chosen, axis=-1, keepdims=True)


def _importer_for(path: Path) -> Importer:
    if path.suffix.lower() == ".bvh":
        options: dict[str, object] = {"update_scene_fps": True, "frame_start": 0}
        return Importer(bpy.ops.import_anim.bvh, options, False, False, "io_anim_bvh", without_animation=False)
    if path.suffix.lower() in {".glb", ".gltf", ".vrm"}:
        return Importer(bpy.ops.import_scene.gltf, {}, False, False, "io_scene_gltf2", without_animation=False)
    python = Importer(
        bpy.ops.import_scene.fbx,
        {"use_image_search": False, "use_custom_props": False, "anim_offset": 0.0, "ignore_leaf_bones": False},
        ignores_fps_base=True,
        opens_images=False,  # see `guard`
    )
    fbx_check: Any = importlib.import_module("fbx_check")
    if path.is_file() and fbx_check.is_ascii_fbx(path):
        if "fbx_import" not in dir(bpy.ops.wm):
            raise Refused(
                "“{file}” is an ASCII FBX file, which this Blender can't read.",
                "Export it as binary FBX, or use Blender 4.5 or newer.",
                file=path.name,
            )
        problem = fbx_check.problem_of_ascii_fbx(path)
        if problem is not None:
            raise Refused(problem.template, problem.next_step, **problem.values)
        options = {"use_custom_props": False, "anim_offset": 0.0, "ignore_leaf_bones": False}
        return Importer(bpy.ops.wm.fbx_import, options, ignores_fps_base=False, opens_images=True)
    problem = fbx_check.problem_of_fbx(path)
    if problem is not None:
        raise Refused(problem.template, problem.next_step, **problem.values)
    return python


def _import(importer: Importer, path: Path, *, use_anim: bool) -> None:
    """Import into an empty file."""
    addon_utils: Any = importlib.import_module("addon_utils")  # available only after bpy is loaded
    # an empty start-up file alone: factory settings, too, would take five times as long
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    # in Blender 5.0 its light settings make the importer fail
    addon_utils.disable("cycles")
    addon_utils.enable(importer.addon)
    wanted = {"use_anim": use_anim} if importer.without_animation else {}
    try:
        outcome = importer.operator(filepath=str(path), **wanted, **importer.options)
    except RuntimeError as error:
        print(error, file=sys.stderr)  # noqa: T201 -- the log shows whether memory ran out
        raise Refused(
            "Blender's importer could not read “{file}”.",
            "Open it in the program that made it and export it again, best as binary FBX.",
            file=path.name,
        ) from error
    if outcome != {"FINISHED"}:
        raise Refused("Blender's importer refused “{file}”.", "Export it again as binary FBX.", file=path.name)


def _keep_only_armatures() -> None:
    """Remove what would only cost time in each frame: meshes, and all but armatures and their parents."""
    needed: set[bpy.types.Object] = set()
    for armature in bpy.data.objects:
        if armature.type == "ARMATURE":
            needed.update(_with_parents(armature))
    bpy.data.batch_remove([obj for obj in bpy.data.objects if obj not in needed])


def _with_parents(obj: bpy.types.Object) -> list[bpy.types.Object]:
    chain = [obj]
    while (parent := chain[-1].parent) is not None:
        chain.append(parent)
    return chain


def _rest_of(obj: bpy.types.Object, armature: bpy.types.Armature) -> Rest:
    bones = sorted(armature.bones, key=lambda bone: len(bone.parent_recursive))
    names = tuple(bone.name for bone in bones)
    return Rest(
        names,
        [names.index(bone.parent.name) if bone.parent else -1 for bone in bones],
        np.array([bone.matrix_local for bone in bones], dtype=np.float64),
        np.array([bone.tail_local for bone in bones], dtype=np.float64),
        np.array(obj.matrix_world, dtype=np.float64),
    )


def _takes() -> list[Take]:
    """Return the file's animations.

    The Python importer makes an action for each object, named ``object|take|layer``; the other one makes an action
    for each take, with a slot for each object.
    """
    takes: dict[str, Take] = {}
    for action in bpy.data.actions:
        slots = list(getattr(action, "slots", [None]))
        for slot in slots:
            named = slot.identifier[2:] if slot is not None and slot.identifier[2:] in bpy.data.objects else ""
            owner = named or _named_in(action.name)
            if owner:
                name = action.name if named else action.name[len(owner) + 1 :]
                takes.setdefault(name, Take(name, {})).actions.setdefault(owner, (action, slot))
    return list(takes.values())


def _playing() -> list[Take]:
    """Return the animation that each object plays; glTF's importer has further ones on NLA tracks."""
    actions: dict[str, tuple[bpy.types.Action, Any]] = {}
    for obj in bpy.data.objects:
        data = obj.animation_data
        if data is None:
            continue
        sources: list[Any] = [data]
        for track in data.nla_tracks:
            sources += track.strips
        for source in sources:
            if source.action is not None and obj.name not in actions:
                actions[obj.name] = source.action, getattr(source, "action_slot", None)
        for track in list(data.nla_tracks):
            data.nla_tracks.remove(track)
    return [Take("", actions)] if actions else []


def _named_in(action_name: str) -> str:
    """Return the object that the Python importer named an Action after."""
    owners = [obj.name for obj in bpy.data.objects if action_name.startswith(f"{obj.name}|")]
    return max(owners, key=len, default="")


def _curves(action: bpy.types.Action, slot: Any) -> list[bpy.types.FCurve]:  # noqa: ANN401 -- no such type in Blender 4.2
    if slot is None:
        return list(cast("Any", action).fcurves)
    curves: list[bpy.types.FCurve] = []
    for layer in action.layers:
        for strip in cast("Any", layer.strips):
            bag = strip.channelbag(slot)
            curves += bag.fcurves if bag is not None else ()
    return curves


def _key_times(take: Take, obj: bpy.types.Object) -> Floats:
    """Return ascending frames at which anything that moves the armature's bones is keyed."""
    frames: list[npt.NDArray[np.float32]] = []
    for moved in _with_parents(obj):
        if moved.name not in take.actions:
            continue
        for curve in _curves(*take.actions[moved.name]):
            keys = np.empty(2 * len(curve.keyframe_points), np.float32)
            cast("Any", curve.keyframe_points).foreach_get("co", keys)
            frames.append(keys[::2])
    return np.unique(np.concatenate(frames)).astype(np.float64) if frames else np.empty(0)


def _pose_by(take: Take, basis: dict[str, Any]) -> None:
    """Assign the take's Actions to all objects; put those without one in their unanimated pose."""
    for obj in bpy.data.objects:
        data = cast("bpy.types.AnimData", obj.animation_data or obj.animation_data_create())
        data.action = None
        obj.matrix_basis = basis[obj.name]
        # the pose of the take before stays in bones that this one has no keys for
        for bone in obj.pose.bones if obj.pose else ():
            bone.matrix_basis.identity()
        if obj.name in take.actions:
            data.action, slot = take.actions[obj.name]
            if slot is not None:
                data.action_slot = slot


def _sampled(obj: bpy.types.Object, bones: tuple[str, ...], frames: Floats) -> tuple[Floats, Floats]:
    """Return world bone heads (F, B, 3) in metres and bone-to-world rotations (F, B, 4) wxyz at scene frames."""
    scene, pose_bones = bpy.context.scene, cast("Any", obj.pose).bones
    order: list[int] = list(map(pose_bones.find, bones))
    posed = np.empty(len(pose_bones) * 16, np.float32)
    positions, rotations = np.empty((len(frames), len(bones), 3)), np.empty((len(frames), len(bones), 4))
    for start in range(0, len(frames), _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, len(frames)))
        matrices = np.empty((part.stop - part.start, len(bones), 4, 4))
        for row, frame in enumerate(frames[part]):
            whole = int(np.floor(frame))
            scene.frame_set(whole, subframe=float(frame - whole))
            pose_bones.foreach_get("matrix", posed)
            # Blender stores columns one after the other
            by_bone = posed.reshape(-1, 4, 4).swapaxes(1, 2)[order]
            matrices[row] = np.array(obj.matrix_world) @ by_bone
        # also true for NaN
        if not (np.abs(matrices) < _BEYOND).all():
            raise Refused("The file contains a broken motion.", "Download or export the motion again.")
        positions[part], rotations[part] = matrices[..., :3, 3], quaternions(matrices[..., :3, :3])
    return positions, rotations


def _no_image(imagepath: str, *_args: object, **_options: object) -> bpy.types.Image:
    return bpy.data.images.new(os.path.basename(imagepath), 1, 1)  # noqa: PTH119 -- any path that is in the file


def guard(memory_mib: int, cpu_sec: int) -> None:
    """Have the system end this process before it exhausts memory, processor or disk; open no paths from files.

    Linux limits all three; macOS the last two, so the process watches its own memory; Windows none, where only the
    parent's time limit applies.
    """
    image_utils.load_image = _no_image
    try:
        import resource
    except ImportError:
        return

    def limit(kind: int, most: int) -> None:
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))

    limit(resource.RLIMIT_CPU, cpu_sec)
    limit(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory_mib * _MIB)
    else:
        threading.Thread(target=watch_memory, args=(memory_mib,), daemon=True).start()


def watch_memory(memory_mib: int) -> None:
    """End this process once it uses that much more memory than now; for systems without a limit."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024

    def taken_mib() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit >> 20

    most = taken_mib() + memory_mib
    while taken_mib() <= most:
        time.sleep(_LOOK_SEC)
    os.write(2, b"MemoryError")
    os._exit(_OUT_OF_MEMORY)


def main(request: dict[str, Any]) -> dict[str, object]:
    """Answer the request."""
    guard(request["memory_mib"], request["cpu_sec"])
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return sample_file(request)
