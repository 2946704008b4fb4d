"""What all tests share: no test fails because the machine is busy, or by an unlucky draw."""

from __future__ import annotations

import pytest
from hypothesis import settings

from sim.model.batch_result import BatchResult

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def five_years() -> BatchResult:
    """All of England under every regime for five years, the later framework from the third."""
    from sim.regimes import available
    from tests.helpers.small_england import run, world

    later = {731: {"ofsted.framework": "ILACS"}}
    return run(
        [
            world(1, scenario=name, days=1827, events=True, later=later, regime__name=name)
            for name in sorted(available())
        ]
    )
