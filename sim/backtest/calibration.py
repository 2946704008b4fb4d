"""Fits the hidden part of the model to the record, and keeps an ensemble of parameter sets.

Space-filling draws from the ledger's priors are played from 1 November 2013; an emulator of
the figures is fitted to them; its posterior says where to look next. After some waves the
posterior is sampled, and the sampled sets are played once more as a check of the emulator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from scipy.special import ndtr, ndtri

from sim.backtest.emulator import Emulator, choose, fit_emulator, sample_posterior
from sim.backtest.figures import FITTED, TESTED, Measure, Target, Window, check_windows
from sim.backtest.published import PublishedData
from sim.backtest.replay import replay
from sim.backtest.targets import targets
from sim.inputs.councils.tables import FloatArray, IntArray
from sim.inputs.evidence.ledger import Ledger
from sim.inputs.evidence.priors import draw_priors, free_parameters
from sim.random.streams import stream

# What the record cannot tell: nine trusts, given to the worst cases, and a handful of
# commissioners and partnerships. These stay as wide as the ledger has them.
KEPT_WIDE = ("trust.", "support.", "department.")
MOST_FITTED = 40
# The first waves look around the posterior, the last at it.
TEMPERS = (4.0, 2.0)
IMPLAUSIBLE = 3.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Sizes:
    """How large a fit is: countries in the first and in each later wave, sets kept, and steps of
    the walk through the posterior."""

    first: int = 1024
    later: int = 512
    sets: int = 128
    steps: int = 4000


@dataclass(frozen=True)
class Fit:
    """A finished fit.

    `names` are all free parameters, `fitted` those of them that the record could move.
    `prior` and `posterior` hold values (draws, names); `figures` are the targets fitted,
    with what countries drawn from the prior and from the posterior made of them (countries, F).
    `space_left` is, for each wave, the share of the prior that is not implausible.
    """

    names: list[str]
    fitted: list[str]
    prior: FloatArray
    posterior: FloatArray
    figures: list[Measure]
    before: FloatArray
    after: FloatArray
    space_left: list[float]


def calibrate(
    ledger: Ledger,
    *,
    seed: int,
    regimes: Mapping[str, type],
    sizes: Sizes | None = None,
    fitted: Window = FITTED,
    tested: Window = TESTED,
    say: Say = lambda words: None,
) -> Fit:
    """Fit the ledger's free parameters to the record of the window `fitted`.

    Raises InputError where the windows overlap or the seeds lack a target.
    """
    check_windows(fitted, tested)
    sizes = sizes or Sizes()
    start = fitted.after + timedelta(days=1)
    wanted = [
        t for t in targets(PublishedData(), start, fitted, tested) if _is_fitted(t.figure, fitted)
    ]
    work = _Waves(ledger, wanted, fitted, seed, regimes, sizes.steps, say)
    work.play(work.design(sizes.first), "prior draws")
    before = work.played[0][1]
    for temper in TEMPERS:
        work.look()
        work.play(work.draw(sizes.later, temper), "draws nearer the record")
    work.look()
    kept = work.draw(sizes.sets, 1.0)
    after = work.play(kept, "posterior sets")
    return Fit(
        names=work.names,
        fitted=[work.names[k] for k in work.chosen],
        prior=work.values(work.played[0][0]),
        posterior=work.values(kept),
        figures=[t.figure for t in wanted],
        before=before,
        after=after,
        space_left=work.space_left,
    )


def _is_fitted(figure: Measure, window: Window) -> bool:
    return figure.error is not None and window.holds(figure)


class _Waves:
    """The waves of a fit: what was played, and what it says of the parameters."""

    def __init__(
        self,
        ledger: Ledger,
        wanted: Sequence[Target],
        window: Window,
        seed: int,
        regimes: Mapping[str, type],
        steps: int,
        say: Say,
    ) -> None:
        self.ledger, self.wanted, self.window = ledger, wanted, window
        self.seed, self.regimes, self.steps, self.say = seed, regimes, steps, say
        self.names = free_parameters(ledger)
        self.observed = np.array([t.figure.observed for t in wanted])
        self.error = np.array([t.figure.error or 0.0 for t in wanted])
        self.played: list[tuple[FloatArray, FloatArray]] = []  # scores, figures
        self.chosen: IntArray = np.zeros(0, dtype=np.int64)
        self.emulator: Emulator | None = None
        self.space_left: list[float] = []
        self._countries = 0
        may = [not name.startswith(KEPT_WIDE) for name in self.names]
        self._may_be_fitted = np.flatnonzero(may)

    def design(self, count: int) -> FloatArray:
        """Normal scores (count, names) that fill the prior evenly (a Latin hypercube)."""
        from scipy.stats import qmc  # imported here: scipy.stats takes long to load

        generator = stream(self.seed, 0, "calibrate", "design", len(self.played))
        uniforms = qmc.LatinHypercube(len(self.names), rng=generator).random(count)
        return np.asarray(ndtri(np.clip(uniforms, 1e-4, 1.0 - 1e-4)))

    def values(self, scores: FloatArray) -> FloatArray:
        """Parameters in the ledger's units from normal scores."""
        return draw_priors(self.ledger, self.names, ndtr(scores))

    def play(self, scores: FloatArray, what: str) -> FloatArray:
        """Play a country a draw; keep and return the figures (draws, F)."""
        central = self.ledger.central()
        sets = [
            central | dict(zip(self.names, row, strict=True))
            for row in self.values(scores).tolist()
        ]
        countries = replay(
            self.window.after + timedelta(days=1),
            self.window.until + timedelta(days=1),
            sets,
            seed=self.seed,
            regimes=self.regimes,
            first=1 + self._countries,
            progress=lambda done, total: self.say(f"{done} of {total} {what}"),
        )
        self._countries += len(sets)
        figures = np.stack([target.predict(countries) for target in self.wanted], axis=1)
        figures = np.where(np.isnan(figures), np.nanmean(figures, axis=0), figures)
        self.played.append((scores, figures))
        return figures

    def look(self) -> None:
        """Choose the parameters that matter and fit the emulator to what is plausible."""
        scores = np.concatenate([played[0] for played in self.played])
        figures = np.concatenate([played[1] for played in self.played])
        if self.emulator is None:
            columns = self._may_be_fitted
            most = min(MOST_FITTED, len(scores) // 6)
            picked = choose(scores[:, columns], figures, self.error, most)
            self.chosen = columns[picked]
        else:
            near = self._plausible(self.emulator, scores, limit=IMPLAUSIBLE + 1.0)
            enough = 3 * (1 + 2 * len(self.chosen))
            if near.sum() >= enough:
                scores, figures = scores[near], figures[near]
        self.emulator = fit_emulator(scores, figures, self.chosen)
        generator = stream(self.seed, 0, "calibrate", "space", len(self.played))
        anywhere = np.zeros((20_000, len(self.names)))
        anywhere[:, self.chosen] = generator.standard_normal((20_000, len(self.chosen)))
        share = float(self._plausible(self.emulator, anywhere, IMPLAUSIBLE).mean())
        self.space_left.append(share)
        self.say(f"{len(self.chosen)} parameters matter; {share:.2%} of the prior is plausible")

    def _plausible(self, emulator: Emulator, scores: FloatArray, limit: float) -> IntArray:
        """Which draws miss at most two figures by more than `limit` standard deviations."""
        misses = emulator.implausibility(scores[:, self.chosen], self.observed, self.error)
        third = np.sort(misses, axis=1)[:, -min(3, misses.shape[1])]
        return np.asarray(third <= limit)

    def draw(self, count: int, temper: float) -> FloatArray:
        """Scores for the next wave: the chosen parameters from the (tempered) posterior, the
        others from the prior."""
        assert self.emulator is not None
        generator = stream(self.seed, 0, "calibrate", "walk", len(self.played))
        scores = self.design(count)
        scores[:, self.chosen] = sample_posterior(
            self.emulator,
            self.observed,
            self.error,
            generator,
            draws=count,
            steps=self.steps,
            temper=temper,
        )
        return scores
