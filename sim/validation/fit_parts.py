"""What a fit has simulated so far, kept on the disk so that a fit that was ended can go on.

A part is named by the hash of all that decides it, and begins with the hash of its bytes: whatever
ends a fit, a part is whole or is made again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from sim.inputs.evidence.beliefs import ENSEMBLE
from sim.results.identity import (
    code_sha256,
    library_versions,
    seeds_sha256,
    sha256_of,
    sha256_of_bytes,
)
from sim.runs.staging import write_durably
from sim.units import Array
from sim.validation.fits.fit_register import CODE_OF_FITS
from sim.validation.targets import Target

_FOLDER = ".fit"
_HASH = 64  # letters of a hash
_SUFFIX = ".part"


@dataclass(frozen=True)
class FitParts:
    """The folder of the parts of a fit."""

    folder: Path

    def name(
        self,
        start: date,
        end: date,
        seed: int,
        first: int,
        sets: Sequence[Mapping[str, float]],
        targets: Sequence[Target],
    ) -> str:
        """The name of the part that holds the figures of some parameter sets."""
        decides = {
            "code": code_sha256(CODE_OF_FITS),
            "seeds": seeds_sha256(without=ENSEMBLE),
            "libraries": library_versions(),
            "days": [start.isoformat(), end.isoformat()],
            "seed": seed,
            "first": first,
            "sets": [dict(one) for one in sets],
            "targets": [[t.quantity, t.since.isoformat(), t.until.isoformat()] for t in targets],
        }
        return sha256_of(decides)

    def read(self, name: str, shape: tuple[int, int]) -> Array | None:
        """The figures of a part; None where it is not there, or not whole."""
        try:
            data = (self.folder / f"{name}{_SUFFIX}").read_bytes()
        except OSError:
            return None
        digest, body = data[:_HASH], data[_HASH:]
        if digest != sha256_of_bytes(body).encode() or len(body) != 8 * shape[0] * shape[1]:
            return None
        return np.frombuffer(body, dtype="<f8").astype(np.float64).reshape(shape)

    def write(self, name: str, figures: Array) -> None:
        """Keep a part. Raises OSError where the disk is full or fails."""
        body = np.ascontiguousarray(figures, dtype="<f8").tobytes()
        unfinished = self.folder / f"{name}.tmp"
        write_durably(unfinished, sha256_of_bytes(body).encode() + body)
        unfinished.replace(self.folder / f"{name}{_SUFFIX}")

    @property
    def count(self) -> int:
        """How many parts there are."""
        return sum(1 for _ in self.folder.glob(f"*{_SUFFIX}"))


@contextmanager
def open_parts(out: Path, resume: bool) -> Iterator[FitParts]:
    """The parts of a fit that writes to `out`: those of an earlier attempt where it is resumed.

    They are removed when the block ends well. Raises OSError where the place cannot be written.
    """
    parts = FitParts(out / _FOLDER)
    if not resume:
        shutil.rmtree(parts.folder, ignore_errors=True)
    parts.folder.mkdir(parents=True, exist_ok=True)
    yield parts
    shutil.rmtree(parts.folder, ignore_errors=True)
