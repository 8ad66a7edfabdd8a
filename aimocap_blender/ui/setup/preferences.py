"""The add-on's preferences: the service's address, the key, how often to ask, where captures are kept."""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import bpy

from ...service.addresses import host_of
from ...session.configuration import Configuration, folder_changed, read_from
from ..text.translation import translated
from . import key_file
from .log_file import log_folder
from .redaction import hide

ADDON = (__package__ or "").rpartition(".ui.")[0]
DEFAULT_SERVICE_URL = "https://aimocap.net"
KEY_PAGE = "https://aimocap.net/docs/api-authentication"
"""Where the service tells how a key is made."""
DAYS_KEPT = {"FREE": 7, "STARTER": 14, "PREMIUM": 30}
"""By plan, how long the service keeps results, as it says."""
URL_ENVIRONMENT = "AIMOCAP_SERVICE_URL"


def _key_path() -> Path:
    return Path(bpy.utils.user_resource("CONFIG", path="aimocap")) / "api_key"


@lru_cache(maxsize=1)
def _kept_key(path: Path) -> str:
    """Read once: panels ask for it each time they are drawn."""
    return key_file.read(path)


def _get_key(_preferences: Any) -> str:  # noqa: ANN401 -- Blender hands its own property owner
    return _kept_key(_key_path())


def _set_key(_preferences: Any, text: str) -> None:  # noqa: ANN401 -- as above
    try:
        key_file.write(_key_path(), key_file.trimmed(text))
    except key_file.KeyRefused as refused:
        _last_refusal.text = str(refused)
    except OSError as error:
        _last_refusal.text = f"The key can't be kept: {error.strerror}. Check Blender's configuration folder."
    else:
        _last_refusal.text = ""
    _kept_key.cache_clear()


def _folder_changed(preferences: Any, _context: bpy.types.Context) -> None:  # noqa: ANN401 -- as above
    """Keep it as a path that means the same whichever file is open, and look there for captures."""
    chosen = preferences.captures_folder
    if chosen and (absolute := str(Path(bpy.path.abspath(chosen)).absolute())) != chosen:
        preferences.captures_folder = absolute
        return
    folder_changed()


class _LastRefusal:
    """Why the last key that was typed was not taken; a property's setter has no other way to tell."""

    text = ""


_last_refusal = _LastRefusal()


class Preferences(bpy.types.AddonPreferences):
    """What is the same for all files."""

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
            description="Address of the AIMoCap service, or of a gateway of your own",
            default=DEFAULT_SERVICE_URL,
        )
        api_key: bpy.props.StringProperty(
            name="API Key",
            description="Your key for the service. It is kept in a file of its own that only you can read",
            subtype="PASSWORD",
            options={"SKIP_SAVE"},
            get=_get_key,
            set=_set_key,
        )
        poll_seconds: bpy.props.FloatProperty(
            name="Longest Pause",
            description="Longest time between two questions to the service in a capture's first half hour",
            default=15.0,
            min=2.0,
            max=600.0,
            subtype="TIME",
            unit="TIME_ABSOLUTE",
        )
        captures_folder: bpy.props.StringProperty(
            name="Captures",
            description="Where captures and their motion are kept. Empty: a folder that outlives the add-on",
            subtype="DIR_PATH",
            update=_folder_changed,
        )
        plan: bpy.props.EnumProperty(
            name="Plan",
            description="Your plan at the service: what to warn of before a capture, and how long results are kept",
            items=tuple(
                (name, name.capitalize(), f"Results are kept for {days} days") for name, days in DAYS_KEPT.items()
            ),
        )
        mark_assets: bpy.props.BoolProperty(
            name="Mark as Assets",
            description="Actions that motion is put on are assets, to be found in the Asset Browser",
            default=True,
        )
        consented_urls: bpy.props.StringProperty(options={"HIDDEN"})

    def draw(self, context: bpy.types.Context) -> None:
        """The page in Blender's preferences."""
        layout = self.layout
        layout.use_property_split = True
        if key_file.from_environment():
            layout.label(text=translated(f"The API key comes from {key_file.ENVIRONMENT}"), icon="KEYINGSET")
        else:
            layout.prop(self, "api_key")
            if doubt := doubt_of_key():
                layout.label(text=translated(doubt), icon="ERROR")
        if os.environ.get(URL_ENVIRONMENT):
            layout.label(text=translated(f"The address comes from {URL_ENVIRONMENT}: {service_url()}"), icon="URL")
        else:
            layout.prop(self, "service_url")
        layout.operator("aimocap.check_service", icon="CHECKMARK")
        layout.prop(self, "plan")
        layout.prop(self, "poll_seconds")
        layout.prop(self, "captures_folder")
        layout.prop(self, "mark_assets")
        row = layout.row()
        row.operator("aimocap.copy_report", icon="COPYDOWN")
        if log_folder().is_dir():
            opener = row.operator("wm.path_open", text="Open Log Folder", icon="FILE_FOLDER")
            setattr(opener, "filepath", str(log_folder()))  # noqa: B010 -- unknown to the stubs


def doubt_of_key() -> str:
    """Why the key that was typed was not taken, or what is odd about the one that was; an empty text for nothing."""
    if _last_refusal.text:
        return _last_refusal.text
    odd = bool(api_key()) and not api_key().startswith("sk-")
    return "The service's own keys begin with sk-" if odd else ""


def preferences() -> Preferences:
    """The add-on's preferences."""
    addon = bpy.context.preferences.addons[ADDON]
    assert isinstance(addon.preferences, Preferences)  # noqa: S101 -- tells the type; Blender made it
    return addon.preferences


def service_url() -> str:
    """The service's address, without a slash at its end."""
    return (os.environ.get(URL_ENVIRONMENT) or preferences().service_url).strip().rstrip("/")


def service_host() -> str:
    """The host that the video goes to, as a person reads it."""
    return host_of(service_url())


def api_key() -> str:
    """The key, or an empty text."""
    key = key_file.from_environment() or _kept_key(_key_path())
    hide(key)
    return key


def captures_folder() -> Path:
    """Where captures are kept; outside of the extension's own folder, which an uninstall deletes."""
    chosen = preferences().captures_folder
    if chosen:
        return Path(bpy.path.abspath(chosen))
    return Path(bpy.utils.user_resource("DATAFILES", path="aimocap")) / "captures"


def has_consent() -> bool:
    """Has the user agreed that video goes to this address?"""
    return service_url() in preferences().consented_urls.splitlines()


def remember_consent() -> None:
    """The user agreed for this address; asked once for each."""
    if not has_consent():
        preferences().consented_urls = f"{preferences().consented_urls}\n{service_url()}".strip()
        bpy.context.preferences.is_dirty = True  # or Blender doesn't save it at its end


def _configuration() -> Configuration:
    chosen = preferences()
    return Configuration(api_key(), service_url(), captures_folder(), chosen.poll_seconds, chosen.mark_assets)


CLASSES = (Preferences,)


def register() -> None:
    """Make the preferences known to Blender, and to the captures."""
    read_from(_configuration)


def unregister() -> None:
    """Take them away again."""
    read_from(None)
