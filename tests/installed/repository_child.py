"""Add a remote repository, install from it, have the next version published, update; answer each step. In Blender."""

import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import bpy

ID = "aimocap_blender"


def main() -> None:
    request = json.loads(Path(sys.argv[-1]).read_text())
    bpy.context.preferences.system.use_online_access = True
    repositories = bpy.context.preferences.extensions.repos
    for repository in [repository for repository in repositories if repository.use_remote_url]:
        repositories.remove(repository)  # the test asks nothing of the internet
    asked, number, package = dropped(request["link"])
    bpy.ops.extensions.package_install(repo_index=number, pkg_id=package, enable_on_install=True)
    repository = repositories[number]
    answer = {
        "asked": asked,
        "package": package,
        "with requests": dropped(request["link with requests"]),
        "repositories": [repository.remote_url for repository in repositories if repository.use_remote_url],
        "installed": state(repository),
    }
    Path(request["published"]).rename(request["published"] + " before")
    Path(request["next"]).rename(request["published"])
    bpy.ops.extensions.repo_sync(repo_index=number)
    answer["offered"] = state(repository)
    bpy.ops.extensions.package_upgrade_all()
    answer["updated"] = state(repository)
    Path(request["answer"]).write_text(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)


def dropped(link: str) -> tuple[dict[str, str], int, str]:
    """Add the link's repository, as dropping it does: the link's parameters, the number, the package that is found."""
    from bl_pkg import bl_extension_ops, bl_extension_utils  # which can be found once bpy is there

    address, parameters = bl_extension_utils.url_parse_for_blender(link)
    bpy.ops.preferences.extension_repo_add(name="AIMoCap", remote_url=parameters["repository"], type="REMOTE")
    bpy.ops.extensions.repo_sync(repo_index=len(bpy.context.preferences.extensions.repos) - 1)
    found = bl_extension_ops.extension_url_find_repo_index_and_pkg_id(address)
    return parameters, found[0], found[2]


def state(repository: bpy.types.UserExtensionRepo) -> dict[str, Any]:
    """The version on disk, the marks of the code that runs, and how many updates Blender counts."""
    import bl_pkg

    module = f"bl_ext.{repository.module}.{ID}"
    manifest = Path(repository.directory) / ID / "blender_manifest.toml"
    cache = bl_pkg.repo_cache_store_ensure()
    return {
        "version": tomllib.loads(manifest.read_text(encoding="utf-8"))["version"],
        "enabled": module in bpy.context.preferences.addons,
        "operators": "capture_motion" in dir(cast("Any", bpy.ops).aimocap),
        "runs the next code": hasattr(sys.modules[module], "NEXT"),
        "updates": bl_pkg.repo_stats_calc_outdated_for_repo_directory(cache, repository.directory),
    }


main()
