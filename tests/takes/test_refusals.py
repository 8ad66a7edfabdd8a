"""Faults are reported with what to do about them; the file stays as it was, and nothing is sent in vain."""

import json
import re
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import bpy
import pytest

from tests.media.g1_json import make_g1_json
from tests.scene.scene_dump import changes
from tests.scene.video.sequencer_acts import top_strips
from tests.standin import StandIn
from tests.ui.acts import captures, preferences, refusal, whole_state

TWO_SENTENCES = re.compile(r"[A-Z“][^\n]*[^.\s]\. [A-Z“][^\n]*[^.\s]\.")
CREATED = ["create", "job"]
PAID = [*CREATED, "upload", "job", "complete_upload", "job"]
Movies = Callable[[Fraction], Path]


def refused(words: str) -> None:
    """Have a capture refused, in those words; nothing in the file has changed then."""
    before = whole_state()
    message = refusal(bpy.ops.aimocap.capture_motion)
    assert re.search(words, message), message
    assert TWO_SENTENCES.fullmatch(message), message
    assert changes(before, whole_state()) == set()


def no_strip(_: Path) -> None:
    bpy.context.scene.sequence_editor.active_strip = None


def no_sequencer(_: Path) -> None:
    bpy.context.scene.sequence_editor_clear()


def sound_strip(folder: Path) -> None:
    file = folder / "tone.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    editor = bpy.context.scene.sequence_editor
    editor.active_strip.select = False
    editor.active_strip = top_strips(editor).new_sound("tone", str(file), channel=3, frame_start=1)


def missing_file(folder: Path) -> None:
    bpy.context.scene.sequence_editor.active_strip.filepath = str(folder / "gone.mp4")


def no_movie(folder: Path) -> None:
    (folder / "notes.mp4").write_text("not a movie")
    bpy.context.scene.sequence_editor.active_strip.filepath = str(folder / "notes.mp4")


def no_character(_: Path) -> None:
    bpy.context.view_layer.objects.active = None


def a_mesh_without_armature(_: Path) -> None:
    cube = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    bpy.context.scene.collection.objects.link(cube)
    bpy.context.view_layer.objects.active = cube


def offline(_: Path) -> None:
    bpy.context.preferences.system.use_online_access = False


def no_key(_: Path) -> None:
    preferences().api_key = ""


def no_avatar(_: Path) -> None:
    bpy.context.scene.aimocap.target = "AVATAR"
    bpy.context.scene.aimocap.avatar_id = "  "


def odd_avatar(_: Path) -> None:
    bpy.context.scene.aimocap.target = "AVATAR"
    bpy.context.scene.aimocap.avatar_id = "hero/../7"


def key_over_plain_http(_: Path) -> None:
    preferences().service_url = "http://93.184.215.14"


def no_address(_: Path) -> None:
    preferences().service_url = "the service"


def captures_folder_is_a_file(folder: Path) -> None:
    (folder / "file").touch()
    preferences().captures_folder = str(folder / "file")


def a_robot(_: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()


def a_robot_for_an_avatar(_: Path) -> None:
    bpy.ops.aimocap.add_g1_rig()
    bpy.context.scene.aimocap.target, bpy.context.scene.aimocap.avatar_id = "AVATAR", "hero"


def under_an_uneven_parent(_: Path) -> None:
    stage = bpy.data.objects.new("Stage", None)
    bpy.context.scene.collection.objects.link(stage)
    stage.scale = 1.3, 0.7, 1.0
    bpy.context.object.parent = stage


LOCAL = {
    under_an_uneven_parent: "parent is scaled by different amounts.*Apply the scale",
    a_robot: "is a robot.* target Unitree G1",
    a_robot_for_an_avatar: "is a robot.* target Unitree G1",
    no_strip: "No video strip is active",
    no_sequencer: "No video strip is active",
    sound_strip: "sound strip",
    missing_file: r"gone\.mp4",
    no_movie: r"notes\.mp4",
    no_character: "No character is selected",
    a_mesh_without_armature: "No character is selected",
    offline: "online access is off.* Allow Online Access.*without --offline-mode",
    no_key: "no API key",
    no_avatar: "avatar",
    odd_avatar: "avatar|target",
    key_over_plain_http: "not encrypted",
    no_address: "address",
    captures_folder_is_a_file: "captures folder",
}


if not bpy.app.build_options.audaspace:  # some builds of bpy make no sound
    del LOCAL[sound_strip]


@pytest.mark.usefixtures("strip", "character")
@pytest.mark.parametrize("what", LOCAL, ids=lambda what: what.__name__)
def test_refused_before_anything_is_sent(what: Callable[[Path], None], service: StandIn, tmp_path: Path) -> None:
    what(tmp_path)
    try:
        refused(LOCAL[what])
    finally:
        bpy.context.preferences.system.use_online_access = True
    assert service.requests == []
    assert not captures()


@pytest.mark.usefixtures("character")
def test_a_file_that_is_no_movie(service: StandIn, tmp_path: Path) -> None:
    name = "notes.mp4"
    (tmp_path / "notes.mp4").write_text("not a movie")
    before = whole_state()
    message = refusal(bpy.ops.aimocap.capture_motion, filepath=str(tmp_path / name))
    assert name in message
    assert TWO_SENTENCES.fullmatch(message), message
    assert changes(before, whole_state()) == set()
    assert service.requests == []


@pytest.mark.usefixtures("strip", "character")
class TestByTheService:
    """Refused, or failed, at the service."""

    def test_the_key(self, service: StandIn) -> None:
        service.keys.clear()
        refused("key")
        assert set(service.steps()) == {"create"}
        assert service.charges == []

    def test_too_few_credits(self, service: StandIn) -> None:
        service.credits = 0.5
        refused("credits")
        assert service.steps() == [*CREATED, "upload", "job", "complete_upload", *["job"] * 3]
        assert service.charges == []

    def test_a_plan_that_ended(self, service: StandIn) -> None:
        service.limits = type(service.limits)(plan_active=False)
        refused("plan")
        assert service.charges == []

    def test_another_target_than_asked_for(self, service: StandIn) -> None:
        service.ignore_target_for = "unitree_g1"
        refused("a different target.*Nothing was paid")
        assert service.steps() == CREATED
        assert service.charges == []

    def test_no_service_there(self, service: StandIn) -> None:
        preferences().service_url = f"{service.base_url}/elsewhere"
        refused("no AIMoCap service at this address")
        assert service.charges == []

    def test_a_job_that_fails(self, service: StandIn) -> None:
        service.polls = ["processing", "failed"]
        refused("could not finish")
        assert service.steps()[: len(PAID)] == PAID
        assert service.steps().count("complete_upload") == len(service.charges) == 1
        assert "result" not in service.steps()

    def test_a_job_that_is_canceled(self, service: StandIn) -> None:
        service.polls = ["canceled"]
        refused("was canceled at the service")


def a_page(_: Path) -> bytes:
    return b"<html><body>Sign in</body></html>"


def an_fbx_cut_short(whole: Path) -> bytes:
    return whole.read_bytes()[:-4000]


@pytest.mark.usefixtures("strip", "character")
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (a_page, "not a binary FBX"),
        (an_fbx_cut_short, "broken"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_fbx(
    broken: Callable[[Path], bytes], words: str, service: StandIn, motion_fbx: Path, tmp_path: Path
) -> None:
    service.results.fbx = tmp_path / "broken.fbx"
    service.results.fbx.write_bytes(broken(motion_fbx))
    refused(f"{words}.* [Ff]ollow the capture again")
    assert len(service.charges) == 1
    assert captures()[0].paid
    assert not captures()[0].applied


def a_page_instead(_: dict) -> str:
    return "<html></html>"


def a_joint_too_few(motion: dict) -> str:
    return json.dumps({**motion, "dof_pos": [row[:-1] for row in motion["dof_pos"]]})


@pytest.mark.usefixtures("strip")
@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (a_page_instead, "not a motion JSON"),
        (a_joint_too_few, "Frame 0.*28 of 29 numbers"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_motion_json(broken: Callable[[dict], str], words: str, service: StandIn, tmp_path: Path) -> None:
    bpy.context.scene.aimocap.target = "UNITREE_G1"
    make_g1_json(tmp_path / "good.json", 0.0, 1.0)
    service.results.motion_json = tmp_path / "broken.json"
    service.results.motion_json.write_text(broken(json.loads((tmp_path / "good.json").read_text())))
    refused(f"{words}.* [Ff]ollow the capture again")
    assert len(service.charges) == 1
    assert bpy.data.armatures.keys() == []


@pytest.mark.usefixtures("strip", "sampled_once")
def test_a_character_that_is_no_figure(service: StandIn) -> None:
    """Refused before anything is paid."""
    data = bpy.data.armatures.new("Chain")
    chain = bpy.data.objects.new("Chain", data)
    bpy.context.scene.collection.objects.link(chain)
    bpy.context.view_layer.objects.active = chain
    bpy.ops.object.mode_set(mode="EDIT")
    data.edit_bones.new("link").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    refused("recognised")
    assert service.requests == []
