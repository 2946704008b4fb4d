"""Dates and durations as a briefing note writes them."""

from __future__ import annotations

from datetime import date

MONTH = 365.25 / 12
# A wait shorter than this many days is no news.
LATE = 21


def on(day: date) -> str:
    """ "17 March 2022"."""
    return f"{day.day} {day:%B %Y}"


def in_month(day: date) -> str:
    """ "March 2022"."""
    return f"{day:%B %Y}"


def months_between(first: date, last: date) -> float:
    """Months of 30.4 days from the first day to the last."""
    return (last - first).days / MONTH


def span(first: date, last: date) -> str:
    """How long it is from the first day to the last, in the unit a person would choose."""
    days = (last - first).days
    if days < 14:
        return counted(days, "day")
    if days < 56:
        return counted(round(days / 7), "week")
    months = round(days / MONTH)
    if months < 24:
        return counted(months, "month")
    years, rest = divmod(months, 12)
    return f"{years} years and {counted(rest, 'month')}" if rest else f"{years} years"


def in_months(first: date, last: date) -> str:
    """How long it is in months, as spells are counted: "28 months"."""
    return counted(round(months_between(first, last)), "month")


def counted(number: int, word: str) -> str:
    """ "1 visit", "3 visits"."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def capital(words: str) -> str:
    """The words with a capital at the start."""
    return words[:1].upper() + words[1:]
