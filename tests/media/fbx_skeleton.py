"""The FBX scene of an animated skeleton, laid out as Unreal exports one: bones without a mesh, a key on every frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from .fbx_file import Long, Node
from .matrices import Array, euler_xyz

if TYPE_CHECKING:
    from collections.abc import Sequence

TICKS = 46186158000  # of FBX time, in a second
TIME_MODES = {24.0: 11, 25.0: 10, 30.0: 6, 50.0: 5, 60.0: 3, 120.0: 1}
CUSTOM_TIME_MODE = 14
LINEAR = (1 << 2) | (1 << 8) | (1 << 13) | (1 << 14)
AXES = ("X", "Y", "Z")


@dataclass(frozen=True)
class Bone:
    """A bone with its transform in its parent's space, at rest and over the frames."""

    name: str
    parent: int  # -1: none
    rest: tuple[Array, Array]  # translation (3,) in centimetres, rotation (3, 3)
    translations: Array  # (F, 3) centimetres
    rotations: Array  # (F, 3, 3)


@dataclass
class SkeletonScene:
    """Collects objects and connections, and gives out the file's top-level nodes."""

    fps: float
    up_axis: str  # 'Y' or 'Z'
    objects: Node = field(default_factory=lambda: Node("Objects"))
    links: Node = field(default_factory=lambda: Node("Connections"))
    last_id: int = 1000000

    def nodes(self, bones: Sequence[Bone]) -> list[Node]:
        """Everything that is in the file."""
        frames = len(bones[0].translations)
        stop = Long(round((frames - 1) / self.fps * TICKS))
        stack = self._object("AnimationStack", "Unreal Take", "AnimStack", "")
        stack.properties(("LocalStop", "KTime", "Time", "", stop), ("ReferenceStop", "KTime", "Time", "", stop))
        layer = self._object("AnimationLayer", "Base Layer", "AnimLayer", "")
        self._connect(layer, stack)
        times = np.round(np.arange(frames) / self.fps * TICKS).astype(np.int64)
        models: list[Node] = []
        for bone in bones:
            models.append(self._bone(bone, models[bone.parent] if bone.parent >= 0 else None))
            self._animate(models[-1], layer, "Lcl Translation", "T", bone.translations, times)
            self._animate(models[-1], layer, "Lcl Rotation", "R", euler_xyz(bone.rotations), times)
        return [self._header(), self._settings(stop), self._documents(), self._definitions(), self.objects, self.links]

    def _object(self, kind: str, name: str, label: str, sub_type: str) -> Node:
        self.last_id += 1
        return self.objects.add(kind, Long(self.last_id), f"{name}\x00\x01{label}", sub_type)

    def _connect(self, child: Node, parent: Node | None, to_property: str | None = None) -> None:
        parent_id = parent.values[0] if parent else Long(0)
        if to_property:
            self.links.add("C", "OP", child.values[0], parent_id, to_property)
        else:
            self.links.add("C", "OO", child.values[0], parent_id)

    def _bone(self, bone: Bone, parent: Node | None) -> Node:
        # Unreal's first bone is a node of type Root: Blender makes it the armature object.
        sub_type = "LimbNode" if parent else "Root"
        model = self._object("Model", bone.name, "Model", sub_type).with_values(Version=232)
        translation, rotation = bone.rest
        angles = euler_xyz(rotation[None])[0]
        model.properties(
            ("DefaultAttributeIndex", "int", "Integer", "", 0),
            ("Lcl Translation", "Lcl Translation", "", "A+", *map(float, translation)),
            ("Lcl Rotation", "Lcl Rotation", "", "A+", *map(float, angles)),
            ("Lcl Scaling", "Lcl Scaling", "", "A+", 1.0, 1.0, 1.0),
        )
        model.with_values(Shading=True, Culling="CullingOff")
        attribute = self._object("NodeAttribute", bone.name, "NodeAttribute", sub_type)
        attribute.properties(("Size", "double", "Number", "", 1.0))
        attribute.with_values(TypeFlags="Skeleton")
        self._connect(model, parent)
        self._connect(attribute, model)
        return model

    def _animate(self, model: Node, layer: Node, of: str, letter: str, values: Array, times: np.ndarray) -> None:
        node = self._object("AnimationCurveNode", letter, "AnimCurveNode", "")
        node.properties(
            *((f"d|{axis}", "Number", "", "A", float(value)) for axis, value in zip(AXES, values[0], strict=True))
        )
        self._connect(node, layer)
        self._connect(node, model, of)
        for axis, column in zip(AXES, values.T, strict=True):
            curve = self._object("AnimationCurve", "", "AnimCurve", "").with_values(
                Default=float(column[0]),
                KeyVer=4008,
                KeyTime=times,
                KeyValueFloat=column.astype(np.float32),
                KeyAttrFlags=np.array([LINEAR], dtype=np.int32),
                KeyAttrDataFloat=np.array([0.0, 0.0, 9.419963346924634e-30, 0.0], dtype=np.float32),
                KeyAttrRefCount=np.array([len(times)], dtype=np.int32),
            )
            self._connect(curve, node, f"d|{axis}")

    def _header(self) -> Node:
        header = Node("FBXHeaderExtension").with_values(FBXHeaderVersion=1003, FBXVersion=7500, EncryptionType=0)
        return header.with_values(Creator="aimocap_blender test media")

    def _settings(self, stop: int) -> Node:
        settings = Node("GlobalSettings").with_values(Version=1000)
        up, front, front_sign = (2, 1, -1) if self.up_axis == "Z" else (1, 2, 1)
        mode = TIME_MODES.get(self.fps, CUSTOM_TIME_MODE)
        return settings.properties(
            ("UpAxis", "int", "Integer", "", up),
            ("UpAxisSign", "int", "Integer", "", 1),
            ("FrontAxis", "int", "Integer", "", front),
            ("FrontAxisSign", "int", "Integer", "", front_sign),
            ("CoordAxis", "int", "Integer", "", 0),
            ("CoordAxisSign", "int", "Integer", "", 1),
            ("OriginalUpAxis", "int", "Integer", "", up),
            ("OriginalUpAxisSign", "int", "Integer", "", 1),
            ("UnitScaleFactor", "double", "Number", "", 1.0),  # centimetres
            ("OriginalUnitScaleFactor", "double", "Number", "", 1.0),
            ("TimeMode", "enum", "", "", mode),
            ("TimeSpanStart", "KTime", "Time", "", Long(0)),
            ("TimeSpanStop", "KTime", "Time", "", Long(stop)),
            ("CustomFrameRate", "double", "Number", "", self.fps if mode == CUSTOM_TIME_MODE else -1.0),
        )

    def _documents(self) -> Node:
        documents = Node("Documents").with_values(Count=1)
        self.last_id += 1
        documents.add("Document", Long(self.last_id), "", "Scene").with_values(RootNode=Long(0))
        return documents

    def _definitions(self) -> Node:
        kinds = [child.name for child in self.objects.children]
        definitions = Node("Definitions").with_values(Version=100, Count=len(kinds) + 1)
        for kind in ("GlobalSettings", *dict.fromkeys(kinds)):
            definitions.add("ObjectType", kind).with_values(Count=max(1, kinds.count(kind)))
        return definitions
