"""Where Blender's Python has no numpy, as on a Debian that lacks the package, the add-on is there to say so."""

from pathlib import Path

from tests.installed.conftest import RunInBlender


def test_its_tab_says_what_is_missing(extension_zip: Path, run_in_blender: RunInBlender) -> None:
    answer = run_in_blender("no_numpy_child.py", {"zip": str(extension_zip)})
    assert answer["enabled"]
    assert answer["tabs"] == [["VIEW_3D", "AIMoCap"], ["SEQUENCE_EDITOR", "AIMoCap"]]
    said: str = " ".join(answer["lines"])
    assert "no 'numpy' package" in said
    assert "Install Debian's python3-numpy" in said
    assert max(map(len, answer["lines"])) < 50
    assert answer["command"] == 1
    assert answer["left"] == []
    assert answer["whole"]
