"""The clips of rendered truth: who moves how, and where the camera stands."""

from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class Recipe:
    """A clip to render.

    Attributes:
        name: of the clip.
        character: a file of characters, or of a motion with a mesh of its own.
        motion: a file of motions; "floor/" and the name of a scripted one; "" for the character's own motion, which is
            repeated.
        azimuth: degrees from which the camera looks at the motion; 0 is from -Y, 90 from +X.
        start: first frame of the motion, at the clip's rate.
        frames: at most so many.
        focal: mm, of a sensor 36 mm wide.
        height: metres of the camera above the ground.
        fill: share of the picture's height that the motion fills.
        roll: degrees by which the camera is rolled.
        pan: degrees by which the camera pans from side to side.
        fps: frames per second.
        size: width and height, pixels.
        antialiasing: Workbench's; FXAA takes a tenth of the time.
    """

    name: str
    character: str
    motion: str
    azimuth: float
    start: int = 0
    frames: int = 150
    focal: float = 32.0
    height: float = 1.45
    fill: float = 0.75
    roll: float = 0.0
    pan: float = 0.0
    fps: int = 30
    size: tuple[int, int] = (640, 480)
    antialiasing: str = "8"

    @property
    def focal_in_pixels(self) -> float:
        """The focal length: Blender's sensor is as wide as a picture's longer side."""
        return self.focal / 36.0 * max(self.size)

    def values(self) -> dict[str, object]:
        """Plain values, for JSON and for a hash."""
        return asdict(self)


_BOXING, _BIPED, _MANNEQUIN = "boxing_toes.bvh", "rocketbox_male17.fbx", "gdquest_mannequiny.glb"

SEVEN = (
    Recipe("box25", _BIPED, _BOXING, 25.0, start=90),
    Recipe("run45", "ue4_run.fbx", "", 45.0, frames=66),
    Recipe("cmu20", _BIPED, "cmu_91_48.fbx", 20.0, start=3, frames=105),
    Recipe("box90", _BIPED, _BOXING, 90.0, start=90),
    Recipe("mannequin25", _MANNEQUIN, _BOXING, 25.0, start=90, frames=90),
    Recipe("boxb", _BIPED, _BOXING, -30.0, start=450, focal=26.0, height=1.7),
    Recipe("box205", _BIPED, _BOXING, 205.0, start=90, frames=120, fill=1.15),
)
"""The clips that the accuracy of the preview is stated for."""

OTHERS = (
    Recipe("jacks15", _MANNEQUIN, "cmu1_jumping_jacks.bvh", 15.0, start=20, frames=90),
    Recipe("strut-40", _BIPED, "xia_strut.bvh", -40.0, frames=90, focal=28.0, height=1.2),
    Recipe("cmu-50", _MANNEQUIN, "cmu_91_48.fbx", -50.0, start=3, frames=90, focal=50.0, height=1.0),
    Recipe("zombie-20", _BIPED, "fair1_zombie.bvh", -20.0, start=30, frames=90, focal=40.0, fill=0.9),
    Recipe("box150", _BIPED, _BOXING, 150.0, start=700, frames=90, focal=24.0),
    Recipe("box190rolled", _BIPED, _BOXING, 190.0, start=250, frames=90, roll=12.0),
    Recipe("box170pan", _BIPED, _BOXING, 170.0, start=500, frames=90, pan=12.0),
    Recipe("box0", _BIPED, _BOXING, 0.0, start=350, frames=120, focal=30.0),
    Recipe("box-60", _MANNEQUIN, _BOXING, -60.0, start=600, frames=90, height=1.2),
    Recipe("cmu150", _BIPED, "cmu_91_48.fbx", 150.0, start=40, frames=90, focal=28.0),
    Recipe("jacks70", _BIPED, "cmu1_jumping_jacks.bvh", 70.0, start=40, frames=90, focal=28.0),
    Recipe("run-70", "ue4_run.fbx", "", -70.0, frames=50, height=1.1),
    Recipe("run200", "ue4_run.fbx", "", 200.0, frames=66, focal=40.0),
    Recipe("strut130", _BIPED, "xia_strut.bvh", 130.0, frames=90, focal=35.0),
    Recipe("zombie60", _MANNEQUIN, "fair1_zombie.bvh", 60.0, start=10, frames=90, height=1.7),
)
"""Clips that nothing is fitted to: a change is good if it doesn't make them worse."""


FLOOR_WORK = (
    Recipe("pushup90", _BIPED, "floor/push_up", 90.0, frames=100, height=0.6),
    Recipe("pushup-40", _MANNEQUIN, "floor/push_up", -40.0, frames=100),
    Recipe("situp80", _BIPED, "floor/sit_up", 80.0, frames=120, height=1.0),
    Recipe("situp-30", _MANNEQUIN, "floor/sit_up", -30.0, frames=110),
    Recipe("handstand15", _BIPED, "floor/handstand", 15.0, frames=110, height=1.2),
    Recipe("handstand-80", _MANNEQUIN, "floor/handstand", -80.0, frames=110, focal=26.0),
    Recipe("roll75", _BIPED, "floor/roll", 75.0),
    Recipe("lie60", _BIPED, "floor/lie", 60.0, start=10, frames=120),
    Recipe("crawl-70", _MANNEQUIN, "floor/crawl", -70.0, frames=110, height=0.8),
    Recipe("getup100", _BIPED, "floor/get_up", 100.0, frames=130),
    Recipe("pushup110rolled", _BIPED, "floor/push_up", 110.0, frames=80, roll=12.0),
)
"""Clips of people who rest on more than their feet, of which `up` is stated."""

_DANCE = "rokoko_jesse_dance.bvh"
FILMED_TOGETHER = (
    Recipe("dance0", _BIPED, _DANCE, 0.0, start=200, frames=120),
    Recipe("dance60", _BIPED, _DANCE, 60.0, start=206, frames=120, focal=26.0, size=(480, 640), height=1.2),
    Recipe("dance95", _BIPED, _DANCE, 95.0, start=170, frames=95, fps=25, focal=40.0),
    Recipe("dance-30", _BIPED, _DANCE, -30.0, start=190, frames=120, focal=28.0),
    Recipe("strut20", _BIPED, "xia_strut.bvh", 20.0, frames=90, focal=30.0, height=1.5),
)
"""More cameras of motions, for those that several films show: other moments, lenses, sizes and frame rates."""


def short_part(name: str, kind: str, frames: int, **others: int) -> Recipe:
    """A part of one of those, for tests: its first frames, or those from `start` on."""
    recipe = next(recipe for recipe in (*SEVEN, *OTHERS, *FILMED_TOGETHER) if recipe.name == name)
    return replace(recipe, name=f"{name}{kind}", frames=frames, antialiasing="FXAA", **others)  # pyrefly: ignore[bad-argument-type] -- numbers only


SHORT = short_part("box205", "short", 45)
