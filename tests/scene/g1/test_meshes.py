"""The robots' own meshes: each where MuJoCo has it, the shape that the menagerie's has, light, and in the zip alone."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from aimocap_blender.scene.g1.rig import add_g1_rig, model_of
from aimocap_blender.scene.g1.shapes import MESHES_FOLDER
from aimocap_blender.texts.faults import Fault
from tests.media.g1_mjcf import joint_rows, random_states
from tests.media.menagerie_g1 import DESCRIBED, geom_origins, menagerie_model, mesh_corners
from tools.g1_assets import made_g1_meshes

ROOT = Path(__file__).parents[3]
LOOKS = {  # as sRGB: 0.2 and 0.7; 0.1 and 1; 0.76 and 0.4
    "29dof": {"Black": 0.0331, "Metal": 0.448},
    "unitree_h1": {"Black": 0.01, "White": 1.0},
    "booster_t1": {"Light_Gray": 0.539, "Medium_Gray": 0.1329},
}


@pytest.fixture
def meshes() -> Path:
    made = made_g1_meshes(ROOT)
    if made is None:
        pytest.skip("the robots' meshes are not here: `make zip` makes them")
    return made


def pose(rig: bpy.types.Object, pos: np.ndarray, quat: np.ndarray, angles: dict[str, float], axes: dict) -> None:
    root = rig.pose.bones["floating_base_joint"]
    root.location, root.rotation_quaternion = pos, quat
    for name, angle in angles.items():
        rig.pose.bones[name].rotation_euler[axes[name]] = angle
    bpy.context.view_layer.update()


def joint_axes(variant: str) -> dict[str, int]:
    return {row["joint"]: row["axis"].index(1) for row in joint_rows(variant)}


def shown(rig: bpy.types.Object) -> dict[str, bpy.types.Object]:
    """Mesh → object."""
    name = model_of(rig).robot.name
    return {child.data.name.removeprefix(f"{name} "): child for child in rig.children}


def test_a_checkout_has_no_meshes_and_shows_shapes() -> None:
    assert not list(MESHES_FOLDER.glob("*.npz"))
    rig = add_g1_rig(bpy.context)
    assert [collection.name for collection in rig.users_collection[0].children] == ["Unitree G1 Shapes"]


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", DESCRIBED)
def test_meshes_lie_where_mujocos_do(variant: str, meshes: Path) -> None:
    model = menagerie_model(variant)
    rig = add_g1_rig(bpy.context, variant, meshes)
    axes = joint_axes(variant)
    joints = [model.joint(index).name for index in range(1, model.njnt)]
    assert joints == list(axes)
    for pos, quat, angles in zip(*random_states(12, 5, variant), strict=True):
        pose(rig, pos, quat, dict(zip(joints, angles, strict=True)), axes)
        origins = geom_origins(model, np.concatenate([pos, quat, angles]))
        objects = shown(rig)
        assert sorted(objects) == sorted(mesh for _, mesh, _, _ in origins)
        for body, mesh, place, turn in origins:
            obj = objects[mesh]
            assert rig.data.bones[obj.parent_bone].get("mujoco_body", model.body(1).name) == body
            world = np.array(obj.matrix_world)
            assert np.abs(world[:3, 3] - place).max() < 1e-5
            assert np.degrees(np.linalg.norm(world[:3, :3] - turn, ord=2)) < 1e-3


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_file_is_refused_before_anything_is_added(content: bytes, tmp_path: Path) -> None:
    damaged = tmp_path / "meshes-unitree_g1.npz"
    damaged.write_bytes(content)
    with pytest.raises(Fault, match="can't be read"):
        add_g1_rig(bpy.context, meshes=tmp_path)
    assert not bpy.data.objects
    assert not bpy.data.collections
    assert not bpy.data.armatures


@pytest.mark.slow_cases
@pytest.mark.parametrize("variant", DESCRIBED)
def test_meshes_have_the_menageries_shape(variant: str, meshes: Path) -> None:
    model = menagerie_model(variant)
    rig = add_g1_rig(bpy.context, variant, meshes)
    rng = np.random.default_rng(1)
    for name, obj in shown(rig).items():
        places = np.array([vertex.co for vertex in obj.data.vertices])
        corners = mesh_corners(model, name)
        surface = BVHTree.FromPolygons(places.tolist(), [face.vertices[:] for face in obj.data.polygons])
        some = rng.permutation(corners)[:300]
        far = np.array([surface.find_nearest(Vector(corner))[3] for corner in some])
        assert np.quantile(far, 0.98) < 0.001
        assert far.max() < 0.005
        assert np.abs(places.min(0) - corners.min(0)).max() < 0.004
        assert np.abs(places.max(0) - corners.max(0)).max() < 0.004


@pytest.mark.parametrize("variant", LOOKS)
def test_meshes_are_light_and_finished(variant: str, meshes: Path) -> None:
    rig = add_g1_rig(bpy.context, variant, meshes)
    robot, colours = model_of(rig).robot, LOOKS[variant]
    assert sum(len(child.data.polygons) for child in rig.children) <= 80_000
    assert (meshes / f"meshes-{robot.id}.npz").stat().st_size < 1_000_000
    for child in rig.children:
        assert not child.data.validate()
        assert len(child.data.materials) == 1
        assert 0 < sum(edge.use_edge_sharp for edge in child.data.edges) < len(child.data.edges)
        assert all(face.use_smooth for face in child.data.polygons)
        assert child.hide_select
    materials = {child.data.materials[0] for child in rig.children}
    found = {material.name: material.diffuse_color[0] for material in materials}
    assert found == pytest.approx({f"{robot.name} {name}": colour for name, colour in colours.items()}, abs=1e-3)


@pytest.mark.parametrize(("variant", "tall"), [("29dof", 1.31), ("unitree_h1", 1.805), ("booster_t1", 1.18)])
def test_the_robot_stands_on_the_floor(variant: str, tall: float, meshes: Path) -> None:
    """As tall as its data sheet says, metres."""
    rig = add_g1_rig(bpy.context, variant, meshes)
    bpy.context.view_layer.update()
    heights = [(child.matrix_world @ vertex.co).z for child in rig.children for vertex in child.data.vertices]
    assert min(heights) == pytest.approx(0, abs=0.006)
    assert max(heights) == pytest.approx(tall, abs=0.03)


def test_all_of_it_lies_in_its_own_collection(meshes: Path) -> None:
    rig = add_g1_rig(bpy.context, meshes=meshes)
    (collection,) = bpy.context.scene.collection.children
    assert set(collection.all_objects) == {rig, *rig.children}
    (shapes,) = collection.children
    assert shapes.name == "Unitree G1 Meshes"


@pytest.mark.parametrize("variant", ["29dof_before_rev_1_0", "23dof", "23dof_without_wrists", "27dof_locked_waist"])
def test_standing_straight_all_variants_look_alike(variant: str, meshes: Path) -> None:
    full, other = shown(add_g1_rig(bpy.context, meshes=meshes)), shown(add_g1_rig(bpy.context, variant, meshes))
    bpy.context.view_layer.update()
    assert len(full) == len(other) == 35
    for mine, theirs in zip(full.values(), other.values(), strict=True):
        if mine.data.name != "Unitree G1 waist_roll_link":  # a link of the two waists that differs
            assert np.abs(np.array(mine.matrix_world) - np.array(theirs.matrix_world)).max() < 1e-6


def test_fixed_wrists_carry_the_hands(meshes: Path) -> None:
    full, fixed = add_g1_rig(bpy.context, meshes=meshes), add_g1_rig(bpy.context, "23dof_without_wrists", meshes)
    axes = joint_axes("23dof_without_wrists")
    pos, quat, angles = (part[0] for part in random_states(1, 6, "23dof_without_wrists"))
    for rig in (full, fixed):
        pose(rig, pos, quat, dict(zip(axes, angles, strict=True)), axes)
    for mine, theirs in zip(shown(full).values(), shown(fixed).values(), strict=True):
        assert np.abs(np.array(mine.matrix_world) - np.array(theirs.matrix_world)).max() < 1e-5
