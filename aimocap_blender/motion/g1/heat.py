"""Display of what was found in a G1's motion: the findings at a frame."""

from collections.abc import Iterable

from .checks_findings import G1Check, G1Finding


def findings_at(checks: Iterable[G1Check], row: int) -> tuple[tuple[float, G1Finding], ...]:
    """Return what was found at a frame, worst first: for each kind its heat and its worst finding there."""
    found: list[tuple[float, G1Finding]] = []
    for check in checks:
        heat = float(check.severity[row])
        finding = next((found for found in check.findings if found.first <= row <= found.last), None)
        if heat > 0.0 and finding is not None:
            found.append((heat, finding))
    return tuple(sorted(found, key=lambda pair: -pair[0]))
