"""What all tests share: every test has a tier; none fails by an unlucky draw."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from sim.model.batch_result import BatchResult

# Tests run on every processor at once: one thread to each. Before NumPy is loaded, which reads it.
for setting in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(setting, "1")

settings.register_profile("steady", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("steady")

TIERS = ("quick", "standard", "full")
# What `--tier` runs: the README's command runs all but the tests that need minutes, a browser, a
# cluster or kills.
RUNS = {
    "quick": {"quick"},
    "standard": {"quick", "standard"},
    "full": {"full"},
    "all": {*TIERS},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that chooses the tiers to run."""
    parser.addoption(
        "--tier",
        choices=sorted(RUNS),
        default="standard",
        help="Tests to run: quick, standard (quick ones too; the default), full (only those of "
        "the full tier), all.",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Every test has a tier, its own or its module's; those of other tiers are left out."""
    tiers = {
        item: next((mark.name for mark in item.iter_markers() if mark.name in TIERS), None)
        for item in items
    }
    if without := [item.nodeid for item in items if tiers[item] is None]:
        raise pytest.UsageError("tests without a tier:\n  " + "\n  ".join(without[:20]))
    # Tests named on the command line by their node are run whatever their tier.
    if any("::" in argument for argument in config.args):
        return
    chosen = RUNS[config.getoption("--tier")]
    config.hook.pytest_deselected(items=[item for item in items if tiers[item] not in chosen])
    items[:] = [item for item in items if tiers[item] in chosen]


@pytest.fixture(scope="session")
def five_years() -> BatchResult:
    """All of England under every regime for five years, with monitoring visits from June of the
    first and the later framework from the third."""
    from sim.inputs.policy.rules import RULES
    from sim.regimes import available
    from tests.helpers.small_england import run, world

    later = {151: {"ofsted.monitoring_visits": True}, 731: {"ofsted.framework": "ILACS"}}
    return run(
        [
            world(1, scenario=name, days=1827, events=True, later=later, regime__name=name)
            for name in sorted(available())
            if name != RULES  # which does nothing in a scenario without rules
        ]
    )
