// SPDX-License-Identifier: GPL-3.0-or-later
//
// A job type for Flamenco 3.3 and later: captures motion from videos, one task for each. Put it into the folder
// `scripts` next to flamenco-manager. Every worker needs the add-on, the same captures folder, and AIMOCAP_API_KEY in its
// environment (never in the job). Then a task that runs again, on any worker, resumes its capture instead of paying again.

const JOB_TYPE = {
    label: "AIMoCap Capture",
    settings: [
        { key: "pattern", type: "string", subtype: "file_path", visible: "submission",
          description: "The videos as a pattern, for example /shots/*.mp4" },
        { key: "videos", type: "string", required: true,
          eval: "'; '.join(sorted(__import__('glob').glob(bpy.path.abspath(settings.pattern), recursive=True)))",
          evalInfo: { showLinkButton: true, description: "The files that match the pattern now" },
          description: "The videos, separated by semicolons" },
        { key: "target", type: "string", required: true, default: "default",
          description: "default, unitree_g1 or avatar:ID" },
        { key: "output", type: "string", subtype: "dir_path", required: true,
          description: "Folder for the .fbx or .json files, named after the videos" },
        { key: "blender", type: "string", required: true, default: "{blender}", visible: "submission",
          description: "Blender's program on the workers, 4.2 or later" },
    ],
};

function compileJob(job) {
    const settings = job.settings;
    const suffix = settings.target === "unitree_g1" ? ".json" : ".fbx";
    const named = settings.videos.split(";").map(function (video) { return video.trim(); });
    const videos = named.filter(function (video) { return video !== ""; });
    const stems = videos.map(function (video) { return path.stem(video); });
    if (videos.length === 0) {
        throw "No video is named.";
    }
    if (settings.output.slice(0, 2) === "//") {
        throw "The output folder is relative to a .blend: name it in full.";
    }
    stems.forEach(function (stem, index) {
        if (stems.indexOf(stem) !== index) {
            throw "Two videos are named " + stem + ": submit a job each.";
        }
    });
    videos.forEach(function (video, index) {
        const task = author.Task(path.basename(video), "blender");
        task.addCommand(author.Command("exec", {
            exe: settings.blender,
            args: [
                "--online-mode", "--command", "aimocap", "capture", video,
                "--target", settings.target,
                "--output", path.join(settings.output, stems[index] + suffix),
                "--json",
            ],
        }));
        job.addTask(task);
    });
}
