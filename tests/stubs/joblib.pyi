from pathlib import Path
from typing import Any, BinaryIO

def dump(value: object, filename: str | Path | BinaryIO, compress: int | bool | tuple[str, int] = 0) -> object: ...
def load(filename: str | Path | BinaryIO) -> Any: ...  # noqa: ANN401 -- whatever was dumped
