"""Run folders made up for the tests, made once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from synthetic import make_run


@pytest.fixture(scope="session")
def shared_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four scenarios, twelve replications, ten years; not to be written to."""
    return make_run(tmp_path_factory.mktemp("shared") / "run", replications=12)


@pytest.fixture
def run_path(shared_run: Path, tmp_path: Path) -> Path:
    """A copy that a test may write to."""
    return Path(shutil.copytree(shared_run, tmp_path / "run"))
