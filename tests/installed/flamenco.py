"""Flamenco 3's side of a job type: what its manager gives a script, as little as there need be, and what it takes."""

import json
from typing import Any

import dukpy

from tests.installed.conftest import ROOT

_MANAGER = r"""
"use strict";  // as the manager compiles scripts
function required(value) {
    if (typeof value !== "string" || !value.trim()) { throw "a task needs a name and a type"; }
    return value.trim();
}
var author = {
    Task: function (name, type) {
        var task = {name: required(name), type: required(type), commands: []};
        task.addCommand = function (command) { task.commands.push(command); };
        return task;
    },
    Command: function (name, parameters) { return {name: name, parameters: parameters}; },
};
var path = {
    basename: function (file) { return file.split(/[\\/]/).pop(); },
    stem: function (file) { return path.basename(file).replace(/\.[^.]*$/, ""); },
    join: function (folder, file) { return folder.replace(/[\\/]$/, "") + "/" + file; },
};
"""
_COMPILE = """
var tasks = [];
compileJob({settings: dukpy.settings, addTask: function (task) { tasks.push(task); }});
JSON.stringify(tasks);
"""


def settings_of_the_job_type() -> list[dict[str, Any]]:
    """The settings that the script declares for a job of its type."""
    return json.loads(_run("JSON.stringify(JOB_TYPE.settings);"))


def tasks_of(**settings: object) -> list[dict[str, Any]]:
    """The tasks of a job with those settings, and else its defaults.

    Raises:
        dukpy.JSRuntimeError: the script refuses it.
    """
    defaults = {one["key"]: one["default"] for one in settings_of_the_job_type() if "default" in one}
    return json.loads(_run(_COMPILE, settings={**defaults, **settings}))


def _run(what: str, **values: object) -> str:
    script = ROOT / "docs" / "flamenco_aimocap.js"
    return str(dukpy.evaljs([_MANAGER, script.read_text(encoding="utf-8"), what], **values))
