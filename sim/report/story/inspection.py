"""Sentences about inspectors: inspections, judgements, visits, alarms."""

from __future__ import annotations

from datetime import date, timedelta

from sim.report.story.beats import INSPECTION, Beat, Book, is_better, judged
from sim.report.story.life import INADEQUATE, Happening
from sim.report.words.durations import LATE, in_month, in_months, on, span

# A wait this many days longer than a pause is for a team.
SHORT = 60


def inspection(book: Book, event: Happening) -> Beat:
    """An inspection, with its judgement and what that set going."""
    report = book.taken_with(event, "judgement published")
    alarm = book.life.cause_of(event)
    if alarm is not None and alarm.kind == "emergency inspection called":
        late = _lateness(book, alarm.day, event.day, "later")
        opening = (
            f"An alarm led ministers to ask for an inspection on {on(alarm.day)}; inspectors "
            f"arrived on {on(event.day)}{late}"
        )
    else:
        due = event.day - timedelta(days=round(event.number("waited_days") or 0.0))
        late = _lateness(book, due, event.day, "late")
        opening = f"Inspectors arrived on {on(event.day)}{late}"
    if report is None:
        text = f"{opening}, and had not reported when the simulation ended."
        noun = "an inspection not yet published"
        return Beat(event.day, INSPECTION, ("inspection", "not published"), text, noun)
    return _outcome(book, report, f"{opening}, and on {on(report.day)} {{}}.")


def judgement(book: Book, event: Happening) -> Beat:
    """A judgement whose inspection is not in the story: it was under way on the first day."""
    cause = book.life.cause_of(event)
    under_way = cause is not None and cause.kind == "run started"
    opening = (
        "The inspection that was under way when the simulation began was published"
        if under_way
        else "An inspection was published"
    )
    return _outcome(book, event, f"{opening} on {on(event.day)}: inspectors {{}}.")


def _outcome(book: Book, report: Happening, frame: str) -> Beat:
    life = book.life
    grade, before = report.text("grade"), report.text("before")
    began = book.taken_with(report, "failure began")
    persisted = book.taken_with(report, "failure persisted")
    ended = book.taken_with(report, "failure ended")
    weakest = report.text("weakest")
    by = f", {weakest} being the weakest of the key judgements" if weakest else ""
    if persisted is not None:
        fine = book.taken_with(persisted, "penalty paid")
        told = f"found it still inadequate{by}"
        if fine is not None:
            told += f"; the trust was {_fined(fine)}"
    elif grade == INADEQUATE:
        known = before not in ("", "none", INADEQUATE)
        then = f", having last {judged(before)}" if known else ""
        told = f"judged the council inadequate{then}{by}"
        if began is not None and began.details.get("persistent"):
            told += ". It had been inadequate before, so this counted as persistent failure"
    elif ended is not None:
        spell = next((s for s in life.spells if s.ended is ended), None)
        after = f"after {in_months(spell.began.day, report.day)} " if spell else ""
        told = f"{judged(grade)}; {after}it was no longer inadequate"
    elif grade == before:
        told = f"again {judged(grade)}"
    elif before in ("", "none"):
        told = judged(grade)
    else:
        change = "better" if is_better(grade, before) else "worse"
        told = f"{judged(grade)}, {change} than before ({before})"
    key = ("judged", grade, persisted is not None, weakest if grade == INADEQUATE else "")
    noun = f"a judgement of {grade}"
    return Beat(report.day, INSPECTION, key, frame.format(told), noun, report.number("practice"))


def _lateness(book: Book, due: date, came: date, word: str) -> str:
    """How long after it was due an inspection began, and why; "" where that is no news."""
    if (came - due).days < LATE:
        return ""
    late = f"{span(due, came)} {word}"
    for first, last in book.pauses():
        if due < last and came > first:
            until = f"until {in_month(last)}" if last < book.life.end else "to the end"
            told = f"inspections had been paused nationally from {in_month(first)} {until}"
            paused = (min(last, came) - max(first, due)).days
            short = " and teams were short" if (came - due).days - paused >= SHORT else ""
            return f", {late} because {told}{short}"
    return f", {late} because no team was free"


def monitoring(book: Book, event: Happening) -> Beat:
    """Monitoring visits of one spell, together."""
    if book.spell_of(event) is None:
        text = f"A monitoring visit, long due, took place on {on(event.day)}."
        return Beat(event.day, INSPECTION, ("late monitoring",), text)
    visits = book.same_case(event, "monitoring visit")
    for visit in visits:
        book.tell_with(visit)
    first, last = visits[0].day, visits[-1].day
    if len(visits) == 1:
        text = f"Inspectors made a monitoring visit in {in_month(first)}."
    else:
        text = (
            f"Inspectors made {len(visits)} monitoring visits between {in_month(first)} and "
            f"{in_month(last)}."
        )
    return Beat(first, INSPECTION, ("monitoring",), text)


def focused(book: Book, event: Happening) -> Beat:
    """One focused visit."""
    text = f"Inspectors made a focused visit in {in_month(event.day)}."
    return Beat(event.day, INSPECTION, ("focused visit",), text)


def alarm(book: Book, event: Happening) -> Beat | None:
    """An emergency inspection called; told with the inspection where one came of it."""
    if book.life.led_to(event, "inspection began") is not None:
        return None
    text = f"An alarm led ministers to ask for an inspection on {on(event.day)}."
    return Beat(event.day, INSPECTION, ("alarm",), text)


def failure_began(book: Book, event: Happening) -> Beat:
    """An inadequate judgement whose report is not in the story."""
    text = f"The council was judged inadequate on {on(event.day)}."
    return Beat(event.day, INSPECTION, ("failure began",), text)


def failure_persisted(book: Book, event: Happening) -> Beat:
    """A second inadequate judgement whose report is not in the story."""
    text = f"A new inspection found the council still inadequate on {on(event.day)}."
    return Beat(event.day, INSPECTION, ("failure persisted",), text)


def failure_ended(book: Book, event: Happening) -> Beat:
    """The end of a spell whose report is not in the story."""
    text = f"On {on(event.day)} the council was found no longer inadequate."
    return Beat(event.day, INSPECTION, ("failure ended",), text)


def penalty(book: Book, event: Happening) -> Beat:
    """A fine by itself."""
    text = f"The trust was {_fined(event)} on {on(event.day)}, having failed its inspection."
    return Beat(event.day, INSPECTION, ("penalty",), text)


def _fined(event: Happening) -> str:
    amount = event.number("gbp_m")
    return "fined" if amount is None else f"fined £{amount:.2g} million"
