"""The tables of the folder of a study: every file and its columns in order."""

from __future__ import annotations

_ABOVE_NOISE = "above_noise"
_LOSSES = tuple(
    f"loss_{end}{part}" for end in ("low", "high") for part in ("", "_ci95_low", "_ci95_high")
)
_PAIR = ("against", "x_parameter", "y_parameter", "x", "y")

# By file name without its ending.
COLUMNS: dict[str, tuple[str, ...]] = {
    "beliefs": (
        *("beliefs", "scenario", "metric", "unit", "n", "mean", "ci95_low", "ci95_high"),
        *("p05", "p95", "regret", "regret_ci95_low", "regret_ci95_high", "winner", "clear"),
    ),
    "robust": (
        *("scenario", "mean", "ci95_half", "best_share", "within_share"),
        *("regret_mean", "regret_p95", "regret_most", "lead", "lead_ci95_half", "minimax"),
    ),
    "kinds": (
        *("grouping", "group", "councils", "scenario", "years_per_council", "ci95_half"),
        *("best_share", "within_share", "regret_mean", "regret_most", "lead", "lead_ci95_half"),
    ),
    "boxes": (
        *("scenario", "parameter", "lower", "upper", "coverage", "density", "mass"),
        *("base_rate", "stability", "density_held_out", "coverage_held_out"),
    ),
    "swings": (
        *("against", "parameter", "low", "high", "loss_low", "loss_high"),
        *("swing", "swing_ci95_half", "share_explained", "noise_floor", _ABOVE_NOISE),
    ),
    "breakeven": (
        *("against", "parameter", "unit", "verdict", "at", "at_ci95_low", "at_ci95_high"),
        *("low", "high", *_LOSSES, _ABOVE_NOISE),
    ),
    "breakeven_lines": (*_PAIR, "y_ci95_low", "y_ci95_high"),
    "breakeven_map": (*_PAIR, "loss", "ahead_share"),
    "tipping": (
        *("scenario", "against", "parameter", "unit", "verdict", "better_below", "better_above"),
        *("at", "at_ci95_low", "at_ci95_high", "low", "high", "mean", "distance"),
        *(_ABOVE_NOISE, "better", "wrong_share"),
    ),
    "information": (
        *("parameter", "value", "change_share", _ABOVE_NOISE),
        *("value_gbp_m", "change_share_gbp", "above_noise_gbp"),
    ),
    "screening": ("factor", "mean_effect", "size", "size_ci95_half", "sd", _ABOVE_NOISE),
    "shares": ("factor", "first", "first_ci95_half", "total", "total_ci95_half", _ABOVE_NOISE),
    "attribution": ("step", "title", "effect", "ci95_half"),
}

# What tells the rows of a table apart, where it is more than all they hold.
KEYS: dict[str, tuple[str, ...]] = {
    "beliefs": ("beliefs", "scenario", "metric"),
    "robust": ("scenario",),
    "kinds": ("grouping", "group", "scenario"),
    "swings": ("against", "parameter"),
    "breakeven": ("against", "parameter"),
    "information": ("parameter",),
    "screening": ("factor",),
    "shares": ("factor",),
    "attribution": ("step",),
}
BETWEEN = " | "  # in the name of a scenario of a study of beliefs: beliefs | scenario

# The columns that hold no numbers.
TEXTS = (
    *("beliefs", "scenario", "metric", "unit", "winner", "grouping", "group", "parameter"),
    *("against", "verdict", "x_parameter", "y_parameter", "factor", "step", "title"),
    *("better_below", "better_above", "better"),
)
