"""The options of exporting a character's motion."""

from dataclasses import dataclass
from typing import Literal

from ...options import Flag, option

Format = Literal["FBX", "BVH", "GLB"]


@dataclass(frozen=True)
class ExportOptions:
    """The user's choices."""

    format: Format = option(
        "FBX",
        "Format",
        "File format",
        {
            "FBX": ("FBX", "For engines and most other programs"),
            "BVH": ("BVH", "Skeleton and motion only, in metres, Y up"),
            "GLB": ("glTF (.glb)", "For engines and the web"),
        },
        flag=Flag("--format", "default: {default}"),
    )
    deforming_only: bool = option(
        False,
        "Deforming Bones Only",
        "Leave out controls and other bones that deform no mesh",
        flag=Flag("--deforming-only", "leave out bones that deform no mesh"),
    )
    meshes: bool = option(
        True,
        "Meshes",
        "Export the visible meshes that the armature deforms, too",
        flag=Flag("--no-meshes", "write the skeleton only"),
        active=lambda chosen: chosen.format != "BVH",
    )
