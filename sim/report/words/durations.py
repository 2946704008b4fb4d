"""Dates and durations as a briefing note writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from sim.units import DAYS_A_MONTH

# The lever that stops inspections nationally while it is 0.
INSPECTED = "ofsted.capacity"


def on(day: date) -> str:
    """ "17 March 2022"."""
    return f"{day.day} {day:%B %Y}"


def in_month(day: date) -> str:
    """ "March 2022"."""
    return f"{day:%B %Y}"


def span(first: date, last: date) -> str:
    """How long it is from the first day to the last, in the unit a person would choose."""
    days = (last - first).days
    if days < 14:
        return counted(days, "day")
    if days < 56:
        return counted(round(days / 7), "week")
    months = round(days / DAYS_A_MONTH)
    if months < 24:
        return counted(months, "month")
    years, rest = divmod(months, 12)
    return f"{years} years and {counted(rest, 'month')}" if rest else f"{years} years"


def in_months(first: date, last: date) -> str:
    """How long it is in months, as spells are counted: "28 months"."""
    return counted(round((last - first).days / DAYS_A_MONTH), "month")


def counted(number: int, word: str) -> str:
    """ "1 visit", "3 visits"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def capital(words: str) -> str:
    """The words with a capital at the start."""
    return words[:1].upper() + words[1:]


def periods_on(changes: Iterable[tuple[date, bool]], end: date) -> list[tuple[date, date]]:
    """From when until when a lever is on that is switched on and off on dates: the last value for
    a date counts, and one that stays on is so to the `end`."""
    states = dict(changes)
    periods: list[tuple[date, date]] = []
    for day, until in pairwise([*sorted(states), end]):
        if states[day]:
            goes_on = periods and periods[-1][1] == day
            periods.append((periods.pop()[0] if goes_on else day, until))
    return periods
