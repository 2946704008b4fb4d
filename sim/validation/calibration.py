"""Fits the hidden part of the model to the record, and keeps an ensemble of parameter sets.

Space-filling draws from the ledger's priors are simulated from 1 November 2013; an emulator of
the figures is fitted to them; its posterior says where to draw next. After some waves the
posterior is sampled, and the sampled sets are simulated once more as a check of the emulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import numpy as np
from scipy.special import ndtr, ndtri

from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import draw_priors, free_parameters
from sim.inputs.files.places import seeds_dir
from sim.inputs.files.problems import InputError, Problem, clipped
from sim.random.streams import stream
from sim.results.summary_tables import write_csv
from sim.units import Array, BoolArray, IntArray
from sim.validation.emulator import Emulator, choose_parameters, fit_emulator, sample_posterior
from sim.validation.ensemble import write_ensemble
from sim.validation.fit_parts import FitParts
from sim.validation.fits.fit_register import FitRecord, code_of_fit, ensemble_for, write_record
from sim.validation.published import PublishedData
from sim.validation.replay import BATCH, replay
from sim.validation.targets import ALL_KNOWN, FITTED, Target, Window, targets

# Of what the record cannot tell: nine trusts, given to the worst cases, and a handful of
# commissioners and partnerships. These stay as wide as the ledger has them.
NEVER_FITTED = ("trust.", "support.", "department.", "control.", "sponsor.", "supply.", "threat.")
MOST_FITTED = 40
# Of the record: in less there is no change from one yearly return to the next.
FEWEST_DAYS = 900
# Countries of one wave: ten times the usual, an hour on one processor.
MOST_DRAWS = 10_000
# The first waves draw around the posterior, the last from it.
TEMPERS = (4.0, 2.0)
IMPLAUSIBLE = 3.0
# The ensemble in the folder of a fit.
OWN_ENSEMBLE = "ensemble.csv"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How large a fit is: countries in the first and in each later wave, sets in the ensemble,
    and steps of the walk through the posterior."""

    first: int = 1024
    later: int = 512
    sets: int = 128
    steps: int = 4000

    def problems(self) -> list[Problem]:
        """Every number that is too small for a fit, or larger than one is worth."""
        bounds = (
            ("--first", self.first, 100),
            ("--later", self.later, 50),
            ("--sets", self.sets, 20),
        )
        return [
            Problem(name, f"must be from {low} to {MOST_DRAWS:,}, not {clipped(str(value), 30)}")
            for name, value, low in bounds
            if not low <= value <= MOST_DRAWS
        ]


@dataclass(frozen=True)
class Fit:
    """A finished fit.

    `names` are all free parameters, `fitted` those of them that the record could move.
    `prior` and `posterior` hold values (draws, names); `targets` are those fitted, with what
    countries drawn from the prior and from the posterior made of them (countries, targets).
    `space_left` is, for each wave, the share of the prior that is not implausible.
    """

    names: list[str]
    fitted: list[str]
    prior: Array
    posterior: Array
    targets: list[Target]
    by_prior: Array
    by_posterior: Array
    space_left: list[float]
    window: Window
    seed: int
    countries: int

    def write(self, folder: Path, ledger: Ledger, *, ensemble: bool) -> str | None:
        """Write prior against posterior of parameters and targets, and the ensemble, to `folder`;
        to the seeds too, with the record of the fit, where that is asked for and the window is one
        of the two that are kept there. Gives the name of that file."""
        folder.mkdir(parents=True, exist_ok=True)
        write_csv(folder / "parameters.csv", _PARAMETER_COLUMNS, _parameter_rows(self, ledger))
        write_csv(folder / "targets.csv", _TARGET_COLUMNS, _target_rows(self))
        name = ensemble_for(self.window) if ensemble else None
        places = [folder / OWN_ENSEMBLE] + ([seeds_dir() / name] if name else [])
        for path in places:
            write_ensemble(path, self.names, self.posterior, self.window.until)
        if name:
            write_record(self._record(name))
        return name

    def _record(self, name: str) -> FitRecord:
        code, seeds = code_of_fit()
        window = self.window
        moved = tuple(sorted(self.fitted))
        figures = len(self.targets)
        return FitRecord(
            *(name, window.after, window.until, figures, self.seed, self.countries),
            *(code, seeds, moved),
        )


def check_window(fitted: Window) -> None:
    """Raise InputError where the window of a fit is too short, or goes beyond the record."""
    if (fitted.until - fitted.after).days < FEWEST_DAYS:
        what = f"{fitted.until} leaves too little of the record to fit to"
        hint = f"fit to a later day, such as {FITTED.until}"
        raise InputError(Problem("--fit-until", what, hint))
    if fitted.until > ALL_KNOWN.until:
        what = f"{fitted.until} is after the published record, which ends on {ALL_KNOWN.until}"
        hint = f"fit to {ALL_KNOWN.until} or, to test the fit, to {FITTED.until}"
        raise InputError(Problem("--fit-until", what, hint))


def calibrate(
    ledger: Ledger,
    *,
    seed: int = 1,
    sizes: Sizes = Sizes(),
    fitted: Window = FITTED,
    regimes: Mapping[str, type] | None = None,
    progress: Progress = lambda message: None,
    parts: FitParts | None = None,
) -> Fit:
    """Fit the ledger's free parameters to the record of the window `fitted`.

    `regimes` by name replace those installed; `progress` is called with a line of text. What is
    simulated is kept in `parts`, and what these hold is not simulated again. Raises InputError
    where a window is wrong (`check_window`) or the seeds lack a target, OSError where a part
    cannot be written. Whether the sizes are worth a fit, `Sizes.problems` says.
    """
    check_window(fitted)
    start = fitted.after + timedelta(days=1)
    chosen = [
        target
        for target in targets(PublishedData(), start, fitted, tested=None)
        if target.error is not None and fitted.includes(target.until)
    ]
    waves = _Waves(ledger, chosen, fitted, seed, regimes, sizes.steps, progress, parts)
    prior = waves.design(sizes.first)
    by_prior = waves.simulate(prior, "prior draws")
    for temper in TEMPERS:
        waves.fit_emulator()
        waves.simulate(waves.draw(sizes.later, temper), "draws nearer the record")
    waves.fit_emulator()
    posterior = waves.draw(sizes.sets, 1.0)
    by_posterior = waves.simulate(posterior, "posterior sets")
    return Fit(
        names=waves.names,
        fitted=[waves.names[k] for k in waves.chosen],
        prior=waves.values(prior),
        posterior=waves.values(posterior),
        targets=chosen,
        by_prior=by_prior,
        by_posterior=by_posterior,
        space_left=waves.space_left,
        window=fitted,
        seed=seed,
        countries=sum(len(figures) for _, figures in waves.simulated),
    )


@dataclass
class _Waves:
    """The waves of a fit: what was simulated (scores and figures), and what follows from it."""

    ledger: Ledger
    targets: Sequence[Target]
    window: Window
    seed: int
    regimes: Mapping[str, type] | None
    steps: int
    progress: Progress
    parts: FitParts | None = None
    simulated: list[tuple[Array, Array]] = field(default_factory=list)
    chosen: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    emulator: Emulator | None = None
    space_left: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = free_parameters(self.ledger)
        self.observed = np.array([target.observed for target in self.targets])
        self.error = np.array([target.error or 0.0 for target in self.targets])

    def design(self, count: int) -> Array:
        """Normal scores (count, names) that fill the prior evenly (a Latin hypercube)."""
        from scipy.stats import qmc  # imported here: scipy.stats takes long to load

        generator = stream(self.seed, 0, "calibrate", "design", len(self.simulated))
        uniforms = qmc.LatinHypercube(len(self.names), rng=generator).random(count)
        return np.asarray(ndtri(np.clip(uniforms, 1e-4, 1.0 - 1e-4)))

    def values(self, scores: Array) -> Array:
        """Parameters in the ledger's units from normal scores."""
        return draw_priors(self.ledger, self.names, ndtr(scores))

    def simulate(self, scores: Array, what: str) -> Array:
        """Simulate a country a draw; remember and return the figures (draws, targets)."""
        central = self.ledger.central()
        sets = [
            central | dict(zip(self.names, row, strict=True))
            for row in self.values(scores).tolist()
        ]
        first = 1 + sum(len(figures) for _, figures in self.simulated)
        pieces: list[Array] = []
        for at in range(0, len(sets), BATCH):
            pieces.append(self._figures(sets[at : at + BATCH], first + at))
            self.progress(f"{min(at + BATCH, len(sets))} of {len(sets)} {what}")
        figures = np.concatenate(pieces)
        figures = np.where(np.isnan(figures), np.nanmean(figures, axis=0), figures)
        self.simulated.append((scores, figures))
        return figures

    def _figures(self, sets: Sequence[Mapping[str, float]], first: int) -> Array:
        """The figures (sets, targets) of some countries, the first of them of that number, from
        the parts where they are there."""
        start, end = (day + timedelta(days=1) for day in (self.window.after, self.window.until))
        name = ""
        if self.parts is not None:
            name = self.parts.name(start, end, self.seed, first, sets, self.targets)
            simulated = self.parts.read(name, (len(sets), len(self.targets)))
            if simulated is not None:
                return simulated
        countries = replay(start, end, sets, seed=self.seed, regimes=self.regimes, first=first)
        figures = np.stack([target.predict(countries) for target in self.targets], axis=1)
        if self.parts is not None:
            self.parts.write(name, figures)
        return figures

    def fit_emulator(self) -> None:
        """Choose the parameters that matter and fit the emulator to what is plausible."""
        scores, figures = map(np.concatenate, zip(*self.simulated, strict=True))
        if self.emulator is None:
            may = [not name.startswith(NEVER_FITTED) for name in self.names]
            columns = np.flatnonzero(may)
            most = min(MOST_FITTED, len(scores) // 6)
            self.chosen = columns[choose_parameters(scores[:, columns], figures, self.error, most)]
        else:
            near = self._plausible(self.emulator, scores, limit=IMPLAUSIBLE + 1.0)
            enough = 3 * (1 + 2 * len(self.chosen))
            if near.sum() >= enough:
                scores, figures = scores[near], figures[near]
        self.emulator = fit_emulator(scores, figures, self.chosen)
        generator = stream(self.seed, 0, "calibrate", "space", len(self.simulated))
        anywhere = np.zeros((20_000, len(self.names)))
        anywhere[:, self.chosen] = generator.standard_normal((20_000, len(self.chosen)))
        share = float(self._plausible(self.emulator, anywhere, IMPLAUSIBLE).mean())
        self.space_left.append(share)
        self.progress(
            f"{len(self.chosen)} parameters matter; {share:.2%} of the prior is plausible"
        )

    def _plausible(self, emulator: Emulator, scores: Array, limit: float) -> BoolArray:
        """Which draws miss at most two figures by more than `limit` standard deviations."""
        misses = emulator.implausibility(scores[:, self.chosen], self.observed, self.error)
        third = np.sort(misses, axis=1)[:, -min(3, misses.shape[1])]
        return np.asarray(third <= limit)

    def draw(self, count: int, temper: float) -> Array:
        """Scores for the next wave: the chosen parameters from the (tempered) posterior, the
        others from the prior."""
        assert self.emulator is not None
        scores = self.design(count)
        scores[:, self.chosen] = sample_posterior(
            self.emulator,
            self.observed,
            self.error,
            stream(self.seed, 0, "calibrate", "walk", len(self.simulated)),
            draws=count,
            steps=self.steps,
            temper=temper,
        )
        return scores


_CENTILES = (0.05, 0.5, 0.95)
_CENTILE_COLUMNS = (
    *("prior_p05", "prior_p50", "prior_p95"),
    *("posterior_p05", "posterior_p50", "posterior_p95"),
)
_PARAMETER_COLUMNS = (
    *("parameter", "unit", "fitted", "central"),
    *(*_CENTILE_COLUMNS, "narrowing", "shift"),
)
_TARGET_COLUMNS = ("figure", "unit", "observed", "error", "source", *_CENTILE_COLUMNS)


def _parameter_rows(fit: Fit, ledger: Ledger) -> list[tuple[str, ...]]:
    """Prior against posterior for each parameter, most informed first.

    `narrowing` is one less the ratio of the posterior's standard deviation to the prior's,
    `shift` the move of the median in standard deviations of the prior.
    """
    rows = []
    for name, prior, posterior in zip(fit.names, fit.prior.T, fit.posterior.T, strict=True):
        entry, sd = ledger[name], prior.std(ddof=1)
        narrowing = 1.0 - posterior.std(ddof=1) / sd
        shift = (np.median(posterior) - np.median(prior)) / sd
        row = (name, entry.unit, str(int(name in fit.fitted)), f"{entry.value:g}")
        rows.append((*row, *_centiles(prior, posterior), f"{narrowing:.2f}", f"{shift:.2f}"))
    return sorted(
        rows, key=lambda row: (row[2], abs(float(row[-1])) + float(row[-2])), reverse=True
    )


def _target_rows(fit: Fit) -> list[tuple[str, ...]]:
    """Each fitted figure, with what the prior and the posterior made of it."""
    rows = []
    for k, target in enumerate(fit.targets):
        row = (target.label, target.unit, f"{target.observed:.5g}", f"{target.error:g}")
        centiles = _centiles(fit.by_prior[:, k], fit.by_posterior[:, k])
        rows.append((*row, target.source, *centiles))
    return rows


def _centiles(prior: Array, posterior: Array) -> list[str]:
    values = [*np.quantile(prior, _CENTILES), *np.quantile(posterior, _CENTILES)]
    return [f"{value:.4g}" for value in values]
