"""The back-test as it is printed: rows of text for tables."""

from __future__ import annotations

from collections.abc import Sequence

from sim.backtest.assessment import Backtest, ScoredMeasure, summary
from sim.backtest.council_forecasts import CouncilScore
from sim.backtest.patterns import Pattern
from sim.backtest.scores import LEVELS, Forecast

WINDOWS = {False: "fitted", True: "tested"}
FIGURE_HEAD = (
    *("figure", "observed", "median", "50 %", "80 %", "95 %", "within"),
    *("CRPS", "no change", "drift", "loses to"),
)
_INSIDE = ("in 50 %", "in 80 %", "in 95 %")
SUMMARY_HEAD = (
    *("from", "window", "figures", *_INSIDE, "width of 95 %: median, mean"),
    *("better than no change", "better than drift or chain"),
)
COUNCIL_HEAD = ("from", "quantity", "councils", "model", "no change", "drift or chain", *_INSIDE)
PATTERN_HEAD = ("pattern", "observed", "median", "95 %", "emerges", "asked for")


def summary_rows(found: Backtest) -> list[tuple[str, ...]]:
    """One row a start and window: how many figures, shares inside, width, skill."""
    rows = []
    for start in found.starts:
        for tested in (False, True):
            chosen = found.select(start, tested)
            if not chosen:
                continue
            s = summary(chosen)
            rows.append(
                (
                    str(start),
                    WINDOWS[tested],
                    str(s.count),
                    *(f"{s.inside[level]:.0%}" for level in LEVELS),
                    f"{s.width:.0%}, {s.mean_width:.0%}",
                    f"{s.skill_no_change:+.0%} ({s.compared[0]})",
                    f"{s.skill_drift:+.0%} ({s.compared[1]})",
                )
            )
    return rows


def figure_rows(held: Sequence[ScoredMeasure]) -> list[tuple[str, ...]]:
    """One row a figure, as printed."""
    return [
        (
            h.figure.label,
            _short(h.figure.observed),
            _short(h.model.median),
            *(_span(h.model, level) for level in LEVELS),
            _where(h.model),
            f"{h.model.score:.3g}",
            *(f"{r.score:.3g}" if r else "-" for r in (h.no_change, h.drift)),
            " and ".join(h.lost_to),
        )
        for h in held
    ]


def losses(found: Backtest) -> list[str]:
    """Where the model loses to a naive rival in the test window, worst ratio first."""
    lost = []
    for h in found.select(tested=True):
        scores = [r.score for r in (h.no_change, h.drift) if r is not None]
        if scores and min(scores) < h.model.score:
            lost.append((h.model.score / max(min(scores), 1e-9), h))
    lost.sort(key=lambda pair: -pair[0])
    return [f"{h.figure.label} (from {h.start}): to {' and '.join(h.lost_to)}" for _, h in lost]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _span(forecast: Forecast, level: float) -> str:
    low, high = forecast.interval(level)
    return f"{_short(low)} to {_short(high)}"


def _where(forecast: Forecast) -> str:
    """The narrowest interval that holds what happened."""
    return next((f"{100 * level:.0f}" for level in LEVELS if forecast.holds(level)), "outside")


def council_rows(scores: Sequence[CouncilScore]) -> list[tuple[str, ...]]:
    """One row a quantity and start."""
    return [
        (
            *(str(s.start), s.quantity, str(s.count)),
            *(f"{value:.3f}" for value in (s.model, s.no_change, s.drift)),
            *(f"{s.inside[level]:.0%}" if s.inside else "" for level in LEVELS),
        )
        for s in scores
    ]


def pattern_rows(patterns: Sequence[Pattern]) -> list[tuple[str, ...]]:
    """One row a pattern."""
    return [
        (
            *(p.name, _short(p.observed), _short(p.median)),
            f"{_short(p.interval[0])} to {_short(p.interval[1])}",
            *("yes" if p.emerges else "NO", p.note),
        )
        for p in patterns
    ]
