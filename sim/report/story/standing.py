"""How a council stood on the first day, how it fared, and how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.report.story import numbers as numbers
from sim.report.story.beats import standing_words
from sim.report.story.life import Happening, Life, Stay
from sim.report.story.note import NoteTable
from sim.report.story.parting import NEAR
from sim.report.words.durations import counted, in_months, on, span

NONE = "–"  # noqa: RUF001 (a dash for an empty cell)


def standing(life: Life) -> str:
    """The council on the first day, before any rule could act, in sentences."""
    told = [_judgement(life)]
    for stay in life.stays:
        if life.was_there(stay.began) and (stay.ended is None or stay.ended.day > life.start):
            told.append(_in_place(stay))
    told += [
        f"Its leaders were helping {event.council} with a management team."
        for event in life.events
        if event.text("lender") == life.council and life.was_there(event)
    ]
    if any(_under_way(life, event) for event in life.own):
        told.append("An inspection had begun and was not yet published.")
    return " ".join((*told, numbers.at_start(life))).strip()


def _judgement(life: Life) -> str:
    opening = f"When the simulation began, {life.council}"
    if not life.spells or life.spells[0].began.day > life.start:
        return f"{opening} {standing_words(life.first_judgement)}."
    spell = life.spells[0]
    again = ", not for the first time in recent years" if spell.persistent else ""
    return (
        f"{opening} had been judged inadequate for {span(spell.began.day, life.start)}, since "
        f"{on(spell.began.day)}{again}."
    )


def _under_way(life: Life, event: Happening) -> bool:
    cause = life.cause_of(event)
    return event.kind == "judgement published" and cause is not None and cause.kind == "run started"


def _in_place(stay: Stay) -> str:
    since = on(stay.began.day)
    if stay.kind == "commissioner":
        return f"A commissioner had been in post since {since}."
    if stay.kind == "peer team":
        return (
            f"{stay.began.text('lender') or 'Another council'} had led its services since {since}."
        )
    if stay.kind == "set-up":
        return f"A trust had been decided on by {since} and was being set up."
    return f"A trust had run its services since {since}."


def fate(life: Life) -> str:
    """When the council leaves inadequate, and whether it falls again, as a clause."""
    it = life.council
    if not life.spells:
        return f"{it} was never judged inadequate"
    told = []
    for place, spell in enumerate(life.spells):
        if spell.began.day > life.start:
            again = " again" if place else ""
            told.append(f"{it} was judged inadequate{again} on {on(spell.began.day)}")
            it = "it"
        if spell.ended is None:
            still = in_months(spell.began.day, life.end)
            told.append(f"{it} was still inadequate when the simulation ended, after {still}")
        else:
            took = in_months(spell.began.day, spell.ended.day)
            told.append(f"{it} left inadequate on {on(spell.ended.day)}, after {took}")
        it = "it"
    return "; ".join(told)


def fates(life: Life, other: Life | None) -> list[str]:
    """What became of the council in one world, or in two, together where they are near."""
    mine = fate(life)
    if other is None:
        return [mine]
    theirs = fate(other)
    if mine == theirs:
        return [f"in both worlds {mine}"]
    apart = _days_apart(life, other)
    if apart is not None and apart <= NEAR:
        return [f"in both worlds {mine} (at most {counted(apart, 'day')} apart)"]
    return [f"under {life.label}, {mine}", f"under {other.label}, {theirs}"]


def _days_apart(life: Life, other: Life) -> int | None:
    """The largest gap between the spells of two worlds, None where they do not pair up."""
    gaps = [0]
    if len(life.spells) != len(other.spells):
        return None
    for one, two in zip(life.spells, other.spells, strict=True):
        if (one.ended is None) != (two.ended is None):
            return None
        gaps.append(abs((one.began.day - two.began.day).days))
        if one.ended is not None and two.ended is not None:
            gaps.append(abs((one.ended.day - two.ended.day).days))
    return max(gaps)


def months_words(lives: Sequence[Life]) -> str:
    """Months inadequate in the period simulated, and how they differ; "" where none are."""
    months = [round(life.months_inadequate) for life in lives]
    if not any(months):
        return ""
    told = "Months judged inadequate in the period simulated: "
    if len(lives) == 1:
        return f"{told}{months[0]}."
    gap = months[0] - months[1]
    if not gap:
        return f"{told}{months[0]} in both worlds."
    more = f"{abs(gap)} {'more' if gap > 0 else 'fewer'} under {lives[0].label}"
    each = ", ".join(
        f"{count} under {life.label}" for count, life in zip(months, lives, strict=True)
    )
    return f"{told}{each}: {more}."


def ends(lives: Sequence[Life]) -> NoteTable:
    """How each world ended, side by side."""
    rows = [(name, *(cell(life) for life in lives)) for name, cell in _ROWS]
    return NoteTable(
        ("", *(life.label for life in lives)),
        tuple(row for row in rows if any(cell != NONE for cell in row[1:])),
    )


def _exit(life: Life) -> str:
    if not life.spells:
        return "never inadequate"
    ended = life.spells[0].ended
    return "not by the end" if ended is None else on(ended.day)


def _stayed(kind: str) -> Callable[[Life], str]:
    def cell(life: Life) -> str:
        return str(round(life.months_with(kind)) or NONE)

    return cell


def _cost(life: Life) -> str:
    spent = sum(life.series.get("intervention_cost_gbp_m", {}).values())
    return f"{spent:.1f}" if spent >= 0.05 else NONE


_ROWS: tuple[tuple[str, Callable[[Life], str]], ...] = (
    ("First left inadequate", _exit),
    ("Months inadequate in the period", lambda life: str(round(life.months_inadequate))),
    ("Times judged inadequate", lambda life: str(len(life.spells))),
    ("Judgement at the end", lambda life: life.final_judgement or NONE),
    ("Months with a commissioner", _stayed("commissioner")),
    ("Months with a lent team", _stayed("peer team")),
    ("Months setting up a trust", _stayed("set-up")),
    ("Months under a trust", _stayed("trust")),
    ("Directors who left", lambda life: str(sum(e.kind == "director left" for e in life.own))),
    ("Cost of intervention, full years, £ million", _cost),
)
