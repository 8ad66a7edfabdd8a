"""An animated GIF of 16 by 16 pixels, built by hand: Blender plays it as a movie."""

import struct

_SIZE = 16


def gif(frames: int = 4) -> bytes:
    """One of so many frames, a tenth of a second each."""
    head = b"GIF89a" + struct.pack("<HHBBB", _SIZE, _SIZE, 0x80, 0, 0)  # a palette of two colours
    file = head + bytes((0, 0, 0, 255, 255, 255))
    for frame in range(frames):
        file += b"\x21\xf9\x04\x00" + struct.pack("<H", 10) + b"\x00\x00"
        file += b"\x2c" + struct.pack("<HHHHB", 0, 0, _SIZE, _SIZE, 0)
        # codes of three bits: each pixel after a code that clears, so that they never get longer
        codes = [code for _ in range(_SIZE * _SIZE) for code in (4, frame % 2)] + [5]
        bits = 0
        for row, code in enumerate(codes):
            bits |= code << (3 * row)
        pixels = bits.to_bytes(-(-3 * len(codes) // 8), "little")
        file += b"\x02"
        for start in range(0, len(pixels), 255):
            file += bytes((len(pixels[start : start + 255]),)) + pixels[start : start + 255]
        file += b"\x00"
    return file + b";"
