"""What every room's tests share."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, which is no fault of what is tested.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

pytest_plugins = ["tests.faults.marks"]

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real motions, characters and oracles that lie beside the checkout, or a skip that says so."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"the real motions and characters are not here: no {data.name} folder beside the checkout")
    return data
