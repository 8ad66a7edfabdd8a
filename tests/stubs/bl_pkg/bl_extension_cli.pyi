from typing import Any

def __getattr__(name: str) -> Any: ...  # noqa: ANN401 -- the test names its functions from the docs
