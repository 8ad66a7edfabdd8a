"""The text form of FBX, with as little in it as an animated skeleton needs; hand-written."""

TEXT = """; FBX 7.4.0 project file
FBXHeaderExtension:  {
	FBXHeaderVersion: 1003
	FBXVersion: 7400
}
GlobalSettings:  {
	Version: 1000
	Properties70:  {
		P: "UpAxis", "int", "Integer", "",2
		P: "UpAxisSign", "int", "Integer", "",1
		P: "FrontAxis", "int", "Integer", "",1
		P: "FrontAxisSign", "int", "Integer", "",-1
		P: "CoordAxis", "int", "Integer", "",0
		P: "CoordAxisSign", "int", "Integer", "",1
		P: "UnitScaleFactor", "double", "Number", "",100
		P: "TimeMode", "enum", "", "",6
	}
}
Objects:  {
	Model: 10, "Model::rig", "Null" {
		Version: 232
	}
	NodeAttribute: 20, "NodeAttribute::hips", "LimbNode" {
		TypeFlags: "Skeleton"
	}
	NodeAttribute: 21, "NodeAttribute::spine", "LimbNode" {
		TypeFlags: "Skeleton"
	}
	Model: 11, "Model::hips", "LimbNode" {
		Version: 232
		Properties70:  {
			P: "Lcl Translation", "Lcl Translation", "", "A",0,0,1
		}
	}
	Model: 12, "Model::spine", "LimbNode" {
		Version: 232
		Properties70:  {
			P: "Lcl Translation", "Lcl Translation", "", "A",0,0,0.3
		}
	}
	AnimationStack: 30, "AnimStack::Take", "" {
	}
	AnimationLayer: 31, "AnimLayer::Base", "" {
	}
	AnimationCurveNode: 32, "AnimCurveNode::R", "" {
		Properties70:  {
			P: "d|X", "Number", "", "A",0
		}
	}
	AnimationCurve: 33, "AnimCurve::", "" {
		Default: 0
		KeyVer: 4008
		KeyTime: *3 {
			a: 0,1539538600,3079077200
		}
		KeyValueFloat: *3 {
			a: 0,20,40
		}
		KeyAttrFlags: *1 {
			a: 24836
		}
		KeyAttrDataFloat: *4 {
			a: 0,0,0,0
		}
		KeyAttrRefCount: *1 {
			a: 3
		}
	}
}
Connections:  {
	C: "OO",10,0
	C: "OO",11,10
	C: "OO",12,11
	C: "OO",20,11
	C: "OO",21,12
	C: "OO",31,30
	C: "OO",32,31
	C: "OP",32,12, "Lcl Rotation"
	C: "OP",33,32, "d|X"
}
"""


def spoiled_texts() -> dict[str, bytes]:
    """By what is wrong with it, each file in FBX's form of text."""
    whole = TEXT.encode()
    changed = {
        "an array longer than it is": (b"*3 {", b"*2147483647 {"),
        "an array of less than nothing": (b"*3 {", b"*-1 {"),
        "an array without end": (b"a: 0,20,40", b"a: 0,20,40,"),
        "a ring of bones": (b'C: "OO",11,10', b'C: "OO",11,12'),
        "values that are no numbers": (b"a: 0,20,40", b"a: nan,inf,-inf"),
        "a number of 5,000 digits": (b"a: 0,20,40", b"a: " + b"9" * 5000),
        "times of 2^62": (b"3079077200", b"4611686018427387904"),
        "a text without end": (b'"Model::hips"', b'"Model::hips'),
        "a zero byte": (b"NodeAttribute: 20", b"NodeAttribute: \x0020"),
        "a curve that is gone": (b"AnimationCurve: 33", b"AnimationCurve: 34"),
        "100,000 braces": (b"Connections:  {", b"A: {" * 100_000 + b"Connections:  {"),
    }
    cuts = {f"cut at {cut}": whole[:cut] for cut in range(len(whole) // 8, len(whole), len(whole) // 8)}
    return {**cuts, **{name: whole.replace(old, new, 1) for name, (old, new) in changed.items()}}


_LIMBS = {
    "neck": ("spine", (0.0, 0.0, 0.3)),
    "head": ("neck", (0.0, 0.0, 0.1)),
    **{
        f"{side}_{bone}": (parent if parent in ("spine", "hips") else f"{side}_{parent}", (sign * x, y, z))
        for side, sign in (("left", 1.0), ("right", -1.0))
        for bone, parent, (x, y, z) in (
            ("upper_arm", "spine", (0.2, 0.0, 0.25)),
            ("lower_arm", "upper_arm", (0.3, 0.0, 0.0)),
            ("hand", "lower_arm", (0.25, 0.0, 0.0)),
            ("upper_leg", "hips", (0.1, 0.0, -0.05)),
            ("lower_leg", "upper_leg", (0.0, 0.0, -0.45)),
            ("foot", "lower_leg", (0.0, 0.0, -0.42)),
        )
    },
}
"""Bone to its parent, and where it is from there, metres."""


def humanoid_text() -> str:
    """The same animation on the skeleton of a human figure."""
    numbers = {"hips": 11, "spine": 12, **{name: 100 + index for index, name in enumerate(_LIMBS)}}
    models, connections = "", ""
    for name, (parent, place) in _LIMBS.items():
        number = numbers[name]
        models += f"""	NodeAttribute: {number + 100}, "NodeAttribute::{name}", "LimbNode" {{
		TypeFlags: "Skeleton"
	}}
	Model: {number}, "Model::{name}", "LimbNode" {{
		Version: 232
		Properties70:  {{
			P: "Lcl Translation", "Lcl Translation", "", "A",{",".join(map(str, place))}
		}}
	}}
"""
        connections += f'	C: "OO",{number},{numbers[parent]}\n	C: "OO",{number + 100},{number}\n'
    whole = TEXT.replace("\tAnimationStack:", f"{models}\tAnimationStack:", 1)
    return whole.replace("Connections:  {\n", f"Connections:  {{\n{connections}", 1)
