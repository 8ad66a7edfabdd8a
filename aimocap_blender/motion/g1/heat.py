"""Display of a G1's faults: the checks that found some, and the faults at a frame."""

from .checks import G1Report
from .checks_findings import G1Check, G1Finding


def checks_with_faults(report: G1Report) -> tuple[G1Check, ...]:
    """Return the checks of a report that found something, in its order."""
    return tuple(check for check in report.checks if check.findings)


def faults_at(report: G1Report, row: int) -> tuple[tuple[float, G1Finding], ...]:
    """Return what is wrong at a frame, worst first: for each kind of fault its heat and its worst finding there."""
    found: list[tuple[float, G1Finding]] = []
    for check in checks_with_faults(report):
        heat = float(check.severity[row])
        finding = next((found for found in check.findings if found.first <= row <= found.last), None)
        if heat > 0.0 and finding is not None:
            found.append((heat, finding))
    return tuple(sorted(found, key=lambda pair: -pair[0]))
