"""A script for a background Blender: renders a video beside the characters that move to it. See ``render_clip.py``.

It uses functions of ``render_clip_child.py``, next to it.
"""

import importlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
from mathutils import Vector

clips: Any = importlib.import_module("render_clip_child")
bmesh: Any = importlib.import_module("bmesh")  # there only after bpy

Request = dict[str, Any]
Scene = Any  # the stubs lack much of what is used
Object = Any

MOST_FRAMES = 40
"""Frames that are looked at for where the characters go."""

ROOM = 0.15
"""Around the joints, of the tallest character's height: heads, hands and soles reach beyond them."""

MARK = 0.04
"""Radius of the mark, of the same."""

DRAWN = {"MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT"}
BACKDROP, GROUND = (0.06, 0.075, 0.11), (0.3, 0.34, 0.42, 1.0)
RED, STICKS = (0.9, 0.03, 0.02, 1.0), (0.8, 0.5, 0.2, 1.0)


def stage(shown: Scene, armatures: list[Object], first: int, last: int) -> Scene:
    """Make a scene of these characters alone, without what may hide them."""
    scene: Scene = bpy.data.scenes.new("Review Characters")
    scene.render.fps, scene.render.fps_base = shown.render.fps, shown.render.fps_base
    scene.unit_settings.scale_length = shown.unit_settings.scale_length
    scene.frame_start, scene.frame_end = first, last
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.view_settings.view_transform = "Standard"
    shading = scene.display.shading
    shading.light, shading.color_type, shading.show_cavity = "STUDIO", "MATERIAL", True
    shading.background_type = "WORLD"
    scene.world = bpy.data.worlds.new("Backdrop")
    scene.world.color = BACKDROP
    for armature in armatures:
        scene.collection.objects.link(armature)
        bodies = list(bodies_of(shown, armature))
        for body in bodies or [sticks(armature)]:
            scene.collection.objects.link(body)
    return scene


def bodies_of(shown: Scene, armature: Object) -> Iterator[Object]:
    """Yield the objects that move with an armature and are rendered."""
    # the shapes of controls are objects of the scene, too, and nobody renders them
    widgets = {bone.custom_shape for bone in armature.pose.bones}
    for obj in shown.objects:
        above = obj.parent
        while above is not None and above != armature:
            above = above.parent
        deformed = any(one.type == "ARMATURE" and one.object == armature for one in obj.modifiers)
        if obj.type in DRAWN and not obj.hide_render and obj not in widgets and (deformed or above is not None):
            yield obj


def sticks(armature: Object) -> Object:
    """Return a body for an armature without one: a stick for each deforming bone."""
    mesh = bpy.data.meshes.new("Sticks")
    corners: list[Vector] = []
    faces: list[tuple[int, int, int]] = []
    bones = [bone for bone in armature.data.bones if bone.use_deform] or list(armature.data.bones)
    for bone in bones:
        start, wide = len(corners), bone.length * 0.15
        across, _, up = map(Vector, bone.matrix_local.to_3x3().transposed())
        across, up = wide * across, wide * up
        # as Blender draws bones: four corners near the head, joined to both ends
        waist = bone.head_local.lerp(bone.tail_local, 0.15)
        corners += [bone.head_local, bone.tail_local, waist + across, waist + up, waist - across, waist - up]
        for side in range(4):
            a, b = start + 2 + side, start + 2 + (side + 1) % 4
            faces += [(start, b, a), (start + 1, a, b)]
    mesh.from_pydata(corners, [], faces)
    mesh.materials.append(material("Sticks", STICKS))
    body: Object = bpy.data.objects.new("Sticks", mesh)
    # six corners a bone, which move with it alone
    for number, bone in enumerate(bones):
        body.vertex_groups.new(name=bone.name).add(list(range(6 * number, 6 * number + 6)), 1.0, "REPLACE")
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    body.parent = armature
    return body


def material(name: str, colour: tuple[float, float, float, float]) -> bpy.types.Material:
    """Return a new material of one colour."""
    made: Any = bpy.data.materials.new(name)
    made.diffuse_color = colour
    return made


def joints(scene: Scene, armatures: list[Object]) -> list[Vector]:
    """Return both ends of all bones in the world, at frames spread evenly over the range."""
    count = min(MOST_FRAMES, scene.frame_end - scene.frame_start + 1)
    points: list[Vector] = []
    for number in range(count):
        share = number / max(count - 1, 1)
        scene.frame_set(round(scene.frame_start + share * (scene.frame_end - scene.frame_start)))
        graph = bpy.context.evaluated_depsgraph_get()
        for armature in armatures:
            posed = armature.evaluated_get(graph)
            for bone in posed.pose.bones:
                points += [posed.matrix_world @ bone.head, posed.matrix_world @ bone.tail]
    return points


def add_camera(scene: Scene, points: list[Vector], facing: Vector, room: float) -> None:
    """Add a camera that faces the characters and has all points in view, and the ground."""
    camera: Object = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    # from a little above, so that the ground is seen as one
    camera.rotation_euler = (facing + Vector((0.0, 0.0, 0.12))).to_track_quat("Z", "Y").to_euler()
    axes = camera.rotation_euler.to_matrix()
    # a box along the camera's axes: one along the world's would leave more room at the sides than asked for
    seen = [axes.transposed() @ point for point in points]
    sides = [(min(along) - room, max(along) + room) for along in zip(*seen, strict=True)]
    corners = [axes @ Vector(corner) for corner in itertools.product(*sides)]
    coordinates: list[float] = []
    for corner in corners:
        coordinates += corner[:]
    camera.location, _ = camera.camera_fit_coords(bpy.context.evaluated_depsgraph_get(), coordinates)
    away = max((camera.location - corner).length for corner in corners)
    camera.data.clip_end = 100.0 * away
    # a character that goes below the origin's height, as on a hill, would be hidden by the ground
    if min(point.z for point in points) > -room:
        mesh = bpy.data.meshes.new("Ground")
        middle, reach = sum(corners, Vector()) / len(corners), 20.0 * away
        left, right = middle.x - reach, middle.x + reach
        near, far = middle.y - reach, middle.y + reach
        ends = [(left, near, 0.0), (right, near, 0.0), (right, far, 0.0), (left, far, 0.0)]
        mesh.from_pydata(ends, [], [(0, 1, 2, 3)])
        mesh.materials.append(material("Ground", GROUND))
        scene.collection.objects.link(bpy.data.objects.new("Ground", mesh))


def mark(scene: Scene, armature: Object, bone: str, radius: float) -> None:
    """Put a red ball at the bone's head, seen through the body."""
    build = bmesh.new()
    bmesh.ops.create_uvsphere(build, u_segments=16, v_segments=10, radius=radius)
    mesh = bpy.data.meshes.new("Mark")
    build.to_mesh(mesh)
    build.free()
    mesh.materials.append(material("Mark", RED))
    ball: Object = bpy.data.objects.new("Mark", mesh)
    ball.show_in_front = True
    scene.collection.objects.link(ball)
    follow = ball.constraints.new("COPY_LOCATION")
    follow.target, follow.subtarget = armature, bone


def side_by_side(video: Scene, characters: Scene, request: Request) -> Scene:
    """Make a scene that shows the video on the left, the characters on the right, and the caption below them."""
    scene: Scene = bpy.data.scenes.new("Review")
    render = scene.render
    render.fps, render.fps_base = video.render.fps, video.render.fps_base
    width, height, percent = video.render.resolution_x, video.render.resolution_y, video.render.resolution_percentage
    render.resolution_x = clips.before_percentage(2 * clips.size_of(video)[0], percent)
    render.resolution_y, render.resolution_percentage = height, percent
    scene.view_settings.view_transform = "Standard"
    first, last = request["start"], request["end"]
    scene.frame_start, scene.frame_end = first, last
    strips = clips.top_strips(scene.sequence_editor_create())
    halves = ((video, "SEQUENCER", -0.5), (characters, "CAMERA", 0.5))
    for channel, (part, what, side) in enumerate(halves, 1):
        strip = strips.new_scene(part.name, part, channel=channel, frame_start=first)
        strip.scene_input, strip.blend_type = what, "ALPHA_OVER"
        strip.transform.offset_x = side * width
    if request["caption"]:
        # from 5.1 on
        has_length = "length" in strips.bl_rna.functions["new_effect"].parameters
        end = {"length": last - first + 1} if has_length else {"frame_end": last + 1}
        text = strips.new_effect(name="Caption", type="TEXT", channel=3, frame_start=first, **end)
        text.text, text.font_size, text.location = request["caption"], max(height * 0.045, 8.0), (0.75, 0.03)
        text.wrap_width, text.blend_type = 0.48, "ALPHA_OVER"
    return scene


def main(request: Request) -> Request:
    """Render what the request says."""
    bpy.ops.wm.open_mainfile(filepath=request["blend"], load_ui=False, use_scripts=False)
    Path(request["blend"]).unlink()
    scenes: Any = bpy.data.scenes
    shown, video = scenes[request["shown"]], scenes[request["scene"]]
    armatures = [shown.objects[name] for name in request["armatures"]]
    characters = stage(shown, armatures, request["start"], request["end"])
    clips.leave_only(video.sequence_editor, request["strip"])
    clips.shrink(video, request)
    video.frame_start, video.frame_end = request["start"], request["end"]
    for setting in ("resolution_x", "resolution_y", "resolution_percentage"):
        setattr(characters.render, setting, getattr(video.render, setting))
    window = bpy.context.window_manager.windows[0]
    window.scene = characters
    points = joints(characters, armatures)
    heights = [point.z for point in points]
    tall = max(heights) - min(heights)
    add_camera(characters, points, Vector(request["facing"]), ROOM * tall)
    if request["worst"]:
        mark(characters, armatures[0], request["worst"], MARK * tall)
    scene = side_by_side(video, characters, request)
    # 5.0 crashes at a change of the caches while the window's scene has no sequencer
    window.scene = scene
    clips.keep_no_frames()
    for each in (video, scene):
        clips.set_output(each)
    clips.set_clip(scene, request["clip"])
    clips.count_frames(Path(request["progress"]))
    bpy.ops.render.render(animation=True, scene=scene.name)
    return {"size": list(clips.size_of(scene))}
