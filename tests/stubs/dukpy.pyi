from typing import Any

class JSRuntimeError(Exception): ...

def evaljs(code: str | list[str], **variables: object) -> Any: ...  # noqa: ANN401 -- JSON
