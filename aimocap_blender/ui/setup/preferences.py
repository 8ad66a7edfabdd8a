"""The add-on's preferences: service address, API key, poll interval, captures folder.

Blender saves preferences as plain text in `userpref.blend`, so the key is kept out of them: it is in the environment,
or in a separate file that only the user can read. Beside it is the captures folder's path, since Blender drops the
preferences of a disabled add-on.
"""

import logging
import os
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import bpy

from ...plain_files import read_plain
from ...service.addresses import host_of
from ...takes.configuration import Configuration, folder_changed, read_from
from ...texts.faults import Fault
from ...texts.text import Sentence, Text
from ...while_enabled import lasting
from ...whole_files import target_of, write_durably
from ..text.option_properties import set_options
from ..text.translation import translated
from .log_file import hide, log_folder

ADDON = (__package__ or "").rpartition(".ui.")[0]
DEFAULT_SERVICE_URL = "https://aimocap.net"
KEY_PAGE = "https://aimocap.net/docs/api-authentication"
"""The service's page on creating a key."""
WEBSITE = "https://aimocap.net"
"""Where credits are bought."""
DAYS_KEPT = {"FREE": 7, "STARTER": 14, "PREMIUM": 30}
"""Days for which the service keeps results, by plan, as documented by the service."""
URL_ENVIRONMENT = "AIMOCAP_SERVICE_URL"
_KEY, _FOLDER = "api_key", "captures_folder"
"""The add-on's own files beside Blender's preferences."""

_log = logging.getLogger(__name__)

ENVIRONMENT = "AIMOCAP_API_KEY"
_VARIABLES = (ENVIRONMENT, "AIMOCAP_KEY")
"""The second is the one of the service's own examples."""
# quotation marks and unseen characters that are copied with a key
_AROUND = "'\"`\u2018\u2019\u201c\u201d\u200b\u2060\ufeff \t\r\n\u00a0"
_HEADER = re.compile(r"(authorization:\s*)?bearer(\s+|$)", re.IGNORECASE)


def _own_file(name: str) -> Path:
    return Path(bpy.utils.user_resource("CONFIG", path="aimocap")) / name


@dataclass
class _Kept:
    """The texts of the add-on's own files, read once: panels ask for the key at each redraw."""

    texts: dict[str, str] = field(default_factory=dict[str, str])
    writer: threading.Thread | None = None


_kept = lasting(_Kept)


def _text_kept(name: str) -> str:
    if name not in _kept.texts:
        _kept.texts[name] = read(_own_file(name))
    return _kept.texts[name]


def _keep(name: str, text: str) -> None:
    """Save a text; a window doesn't wait for the disk."""
    _kept.texts[name] = text
    # it waits for the one before, so that the last text is what stays
    _kept.writer = threading.Thread(target=_write, args=(_kept.writer, name, text))
    _kept.writer.start()
    # a script may end its Blender right after it
    if bpy.app.background:
        _kept.writer.join()


def _write(before: threading.Thread | None, name: str, text: str) -> None:
    if before is not None:
        before.join()
    try:
        write(_own_file(name), text)
    # what is shown from now on is what is on disk
    except OSError as error:
        _kept.texts.pop(name, None)
        if name == _KEY:
            _last_refusal.text = Text(
                "The key can't be saved: {reason}. Check Blender's configuration folder.", reason=error.strerror
            )
        else:
            _log.warning("The captures folder's path can't be kept: %s", type(error).__name__)


def _get_key(_preferences: Any) -> str:  # noqa: ANN401 -- Blender passes the owner of the property
    return _text_kept(_KEY)


def _set_key(_preferences: Any, text: str) -> None:  # noqa: ANN401 -- as above
    try:
        key = trimmed(text)
    except Fault as refused:
        _last_refusal.text = refused.text
    else:
        _last_refusal.text = ""
        _keep(_KEY, key)


def _folder_changed(preferences: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- as above
    """Make the path absolute, so that it doesn't depend on the open file, and look there for captures."""
    chosen = preferences.captures_folder
    if chosen and (absolute := str(Path(bpy.path.abspath(chosen)).absolute())) != chosen:
        # this calls the function again, with the absolute path
        preferences.captures_folder = absolute
        return
    _keep_folder(chosen)
    folder_changed()


def _keep_folder(chosen: str) -> None:
    """Keep the captures folder's path outside Blender's preferences, which drop it when the add-on is disabled."""
    if chosen != _text_kept(_FOLDER):
        _keep(_FOLDER, chosen)


@dataclass
class _LastRefusal:
    """Why the last entered key was refused; a property's setter can't report it otherwise."""

    text: Sentence = ""


_last_refusal = lasting(_LastRefusal)


class Preferences(bpy.types.AddonPreferences):
    """Preferences of the add-on, the same for all files."""

    bl_idname = ADDON

    if TYPE_CHECKING:
        service_url: str
        api_key: str
        poll_seconds: float
        captures_folder: str
        plan: Literal["FREE", "STARTER", "PREMIUM"]
        mark_assets: bool
        consented_urls: str
    else:
        service_url: bpy.props.StringProperty(
            name="Service",
            description="Web address of the AIMoCap service or of your own gateway",
            default=DEFAULT_SERVICE_URL,
        )
        # with getter and setter, else Blender saves the text in userpref.blend, readable for everybody
        api_key: bpy.props.StringProperty(
            name="API Key",
            description="Your API key, stored in a separate file that only you can read",
            subtype="PASSWORD",
            options={"SKIP_SAVE"},
            get=_get_key,
            set=_set_key,
        )
        poll_seconds: bpy.props.FloatProperty(
            name="Poll Interval",
            description="Maximum time between status checks in the first half hour of a capture",
            default=15.0,
            min=2.0,
            max=600.0,
            subtype="TIME",
            unit="TIME_ABSOLUTE",
        )
        captures_folder: bpy.props.StringProperty(
            name="Captures Folder",
            description="Folder for captures and their motion; leave empty for a folder that outlasts the add-on",
            subtype="DIR_PATH",
            update=_folder_changed,
        )
        plan: bpy.props.EnumProperty(
            name="Plan",
            description="Your plan at the service; determines warnings before a capture and how long results are kept",
            items=tuple(
                (name, name.capitalize(), f"Results are kept for {days} days") for name, days in DAYS_KEPT.items()
            ),
        )
        mark_assets: bpy.props.BoolProperty(
            name="Mark as Assets",
            description="Mark Actions with applied motion as assets, so that the Asset Browser shows them",
            default=True,
        )
        consented_urls: bpy.props.StringProperty(options={"HIDDEN"})

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the preferences."""
        layout = self.layout
        layout.use_property_split = True
        if from_environment():
            layout.label(text=translated("The API key is set by an environment variable"), icon="KEYINGSET")
        else:
            layout.prop(self, "api_key")
            if doubt := doubt_of_key():
                layout.label(text=translated(doubt), icon="ERROR")
        if os.environ.get(URL_ENVIRONMENT):
            layout.label(
                text=translated(
                    Text("The address is set by {variable}: {url}", variable=URL_ENVIRONMENT, url=service_url())
                ),
                icon="URL",
            )
        else:
            layout.prop(self, "service_url")
        row = layout.row()
        row.operator("aimocap.check_service", icon="CHECKMARK")
        for text, url in (("Get a Key", KEY_PAGE), ("Add Credits", WEBSITE)):
            set_options(row.operator("wm.url_open", text=text, icon="URL"), url=url)
        layout.prop(self, "plan")
        layout.prop(self, "poll_seconds")
        layout.prop(self, "captures_folder")
        layout.menu("AIMOCAP_MT_recover", text="Lost Captures", icon="RECOVER_LAST")
        layout.prop(self, "mark_assets")
        row = layout.row()
        row.operator("aimocap.copy_report", icon="COPYDOWN")
        if log_folder().is_dir():
            opener = row.operator("wm.path_open", text="Open Log Folder", icon="FILE_FOLDER")
            set_options(opener, filepath=str(log_folder()))


def doubt_of_key() -> Sentence:
    """Return why the last entered key was refused or looks wrong; an empty text if it is fine."""
    if _last_refusal.text:
        return _last_refusal.text
    # only a doubt: a gateway of one's own may have other keys
    odd = bool(api_key()) and not api_key().startswith("sk-")
    return "API keys of the service begin with sk-" if odd else ""


def preferences() -> Preferences:
    """Return the add-on's preferences."""
    addon = bpy.context.preferences.addons[ADDON]
    assert isinstance(addon.preferences, Preferences)  # noqa: S101 -- for the type checker; Blender created it
    return addon.preferences


def service_url() -> str:
    """Return the service's address, without a slash at the end."""
    return (os.environ.get(URL_ENVIRONMENT) or preferences().service_url).strip().rstrip("/")


def service_host() -> str:
    """Return the host that videos are sent to, in readable form."""
    return host_of(service_url())


def api_key() -> str:
    """Return the key, or an empty text."""
    key = from_environment() or _text_kept(_KEY)
    # however it was entered, no log and no report shows it
    hide(key)
    return key


def captures_folder() -> Path:
    """Return the folder for captures; not within the extension's folder, which uninstalling deletes."""
    chosen = preferences().captures_folder
    if chosen:
        return Path(bpy.path.abspath(chosen))
    return Path(bpy.utils.user_resource("DATAFILES", path="aimocap")) / "captures"


def has_consent() -> bool:
    """Return whether the user agreed to send videos to this address."""
    return service_url() in preferences().consented_urls.splitlines()


def remember_consent() -> None:
    """Remember that the user agreed for this address; asked once for each address."""
    if not has_consent():
        preferences().consented_urls = f"{preferences().consented_urls}\n{service_url()}".strip()
        # otherwise Blender doesn't save it on exit
        bpy.context.preferences.is_dirty = True


def _configuration() -> Configuration:
    chosen = preferences()
    return Configuration(
        api_key(),
        service_url(),
        captures_folder(),
        chosen.poll_seconds,
        chosen.mark_assets,
        witness=_own_file("submitted.log"),
        key_variable=variable(),
        url_variable=URL_ENVIRONMENT if os.environ.get(URL_ENVIRONMENT) else "",
    )


def trimmed(text: str) -> str:
    """Return the key without white space, quotation marks or the word Bearer around it.

    Raises:
        Fault: the rest can't be sent in a request header, or is a web address.
    """
    # examples show a key within a whole header, from which it is copied with what is around it
    key = _HEADER.sub("", text.strip(_AROUND), count=1).strip(_AROUND)
    if "://" in key:
        raise Fault("This is a web address, not an API key.", "Copy the key from the service's website.")
    if not key.isascii() or any(character.isspace() or not character.isprintable() for character in key):
        raise Fault("The API key contains invalid characters.", "Copy only the key and paste it again.")
    return key


def variable() -> str:
    """Return the name of the environment variable that sets the key; '' for none."""
    for name in _VARIABLES:
        if os.environ.get(name):
            return name
    return ""


def from_environment() -> str:
    """Return the key set in the environment, or an empty text; it overrides the file."""
    text = os.environ.get(variable(), "")
    try:
        return trimmed(text)
    except Fault:
        # reported where it is used, rather than ignored here
        return text.strip()


def read(path: Path) -> str:
    """Return the text in the file, or an empty one if there is no such file."""
    try:
        return read_plain(path).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write(path: Path, text: str) -> None:
    """Save the text to a file that only the user can read, where a link leads too; an empty one removes the file.

    Raises:
        OSError: it can't be written.
    """
    # a key that was removed leaves no trace
    if not text:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_durably(target_of(path), f"{text}\n".encode())


CLASSES = (Preferences,)


def register() -> None:
    """Let captures read the preferences, among them the captures folder that was chosen before they were dropped."""
    read_from(_configuration)
    if ADDON in bpy.context.preferences.addons:
        chosen = preferences()
        if chosen.captures_folder:
            _keep_folder(chosen.captures_folder)
        elif kept := _text_kept(_FOLDER):
            chosen.captures_folder = kept


def unregister() -> None:
    """Wait until the last texts are on disk."""
    if _kept.writer is not None:
        _kept.writer.join()
