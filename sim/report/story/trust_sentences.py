"""Sentences about trusts: decision, set-up, opening, end and return."""

from __future__ import annotations

from sim.report.story.beats import RESPONSE, Beat, Book
from sim.report.story.government import waited
from sim.report.story.life import Happening
from sim.report.words.durations import LATE, capital, on, span

# What a sponsor is called; one that is not here is the council itself or lost in history.
_SPONSORS = {
    "strong council": " sponsored by a strong council",
    "charity": " sponsored by a charity",
    "expert": " led by an expert in the field",
}


def sponsor_found(book: Book, event: Happening) -> Beat | None:
    """A sponsor; told with the decision where one followed."""
    if book.life.led_to(event, "takeover decided", "transfer agreed") is not None:
        return None
    wait = waited(book, event)
    found = f"{capital(wait)}, one was found" if wait else "A sponsor was found"
    text = f"{found} {book.when(event.day)}."
    return Beat(event.day, RESPONSE, ("sponsor",), text, "a sponsor")


def decision(book: Book, event: Happening) -> Beat:
    """The decision for a trust, its set-up, and its opening or lapse."""
    wait = " and ".join(filter(None, (_reviewed(book, event), _waited(book, event))))
    sponsor = event.text("sponsor")
    trust = f"a trust{_SPONSORS.get(sponsor, '')}"
    opening = f"{capital(book.when(event.day))}{', ' + wait + ',' if wait else ''}"
    if event.kind == "takeover decided":
        text = f"{opening} ministers decided to take the service away and give it to {trust}."
        noun = "a decision to take the service away"
    else:
        will = "of its own accord" if sponsor == "its council" else "rather than be forced"
        text = f"{opening} the council agreed, {will}, to give its service to {trust}."
        noun = "an agreement to give the service to a trust"
    return Beat(event.day, RESPONSE, (event.kind, sponsor), text + _set_up(book, event), noun)


def _waited(book: Book, event: Happening) -> str:
    return waited(book, book.life.cause_of(event))


def _reviewed(book: Book, event: Happening) -> str:
    """How long before a decision the review began that led to it."""
    cause = book.life.cause_of(event)
    while cause is not None and cause.kind in ("sponsor found", "sponsor awaited"):
        cause = book.life.cause_of(cause)
    if cause is None or cause.kind != "commissioner review":
        return ""
    return f"{span(cause.day, event.day)} after the review began"


def _set_up(book: Book, decided: Happening) -> str:
    began = book.taken_with(decided, "trust set-up began")
    opened = book.taken_with(decided, "trust opened")
    lapsed = book.taken_with(decided, "trust order lapsed")
    if began is None:
        return " No team was free to set it up before the simulation ended."
    text = ""
    if (began.day - decided.day).days >= LATE:
        text = f" For {span(decided.day, began.day)} no team was free to set it up."
    if opened is not None:
        after = f"{span(decided.day, opened.day)} after the decision"
        spell = book.life.spell_on(decided.day)
        if spell is not None and spell.ended is not None and spell.ended.day < opened.day:
            after += " and although the council was no longer inadequate"
        return f"{text} The trust opened on {on(opened.day)}, {after}: {_moved(book, opened)}."
    if lapsed is not None:
        return f"{text} The order lapsed on {on(lapsed.day)}, {_why_lapsed(book, lapsed)}."
    return f"{text} It had not opened when the simulation ended."


def _moved(book: Book, opened: Happening) -> str:
    leader = book.taken_with(opened, "director appointed")
    return "staff and service moved to it" + (
        ", and it brought its own director" if leader is not None else ""
    )


def _why_lapsed(book: Book, event: Happening) -> str:
    spell = next((s for s in reversed(book.life.spells) if s.began.day <= event.day), None)
    if spell is not None and spell.ended is not None and spell.ended.day <= event.day:
        return "because the council was no longer inadequate"
    return "because the department now saw enough progress"


def set_up(book: Book, event: Happening) -> Beat:
    """A set-up whose decision is not in the story."""
    text = f"The setting up of a trust began {book.when(event.day)}."
    return Beat(event.day, RESPONSE, ("set-up",), text, "the setting up of a trust")


def opened(book: Book, event: Happening) -> Beat:
    """The opening of a trust that had been decided before the first day."""
    stays = book.life.stays
    begun = next((s.began for s in stays if s.kind == "set-up" and s.ended is event), None)
    since = f", {span(begun.day, event.day)} after it was decided" if begun else ""
    text = f"The trust opened on {on(event.day)}{since}: {_moved(book, event)}."
    return Beat(event.day, RESPONSE, ("trust opened",), text, "the opening of a trust")


def lapsed(book: Book, event: Happening) -> Beat:
    """An order that lapsed and whose decision is not in the story."""
    text = f"The order for a trust lapsed on {on(event.day)}, {_why_lapsed(book, event)}."
    return Beat(event.day, RESPONSE, ("lapsed",), text, "the lapse of the order for a trust")


def ended(book: Book, event: Happening) -> Beat:
    """The end of a contract, early or on its day, and what came next."""
    begun = book.life.cause_of(event)
    known = begun is not None and begun.kind == "trust opened"
    ran = f", after {span(begun.day, event.day)}" if begun is not None and known else ""
    early = event.kind == "trust failed"
    how = "was ended early" if early else "ran its term and ended"
    text = f"The trust's contract {how} on {on(event.day)}{ran}"
    sought = book.taken_with(event, "next provider sought")
    back = book.taken_with(event, "service returned")
    if sought is not None:
        text += ", and another provider was sought"
    elif back is not None:
        took = span(event.day, back.day)
        text += f"; handing over took {took}, and the council ran the service again from "
        text += on(back.day)
    else:
        text += "; handing over had not finished when the simulation ended"
    noun = "the early end of the trust's contract" if early else "the end of the trust's contract"
    return Beat(event.day, RESPONSE, (event.kind, sought is not None), f"{text}.", noun)


def next_provider(book: Book, event: Happening) -> Beat:
    """A search for another provider by itself."""
    text = f"From {on(event.day)} another provider was sought for the service."
    return Beat(event.day, RESPONSE, ("next provider",), text, "a search for another provider")


def returned(book: Book, event: Happening) -> Beat:
    """A return whose cause is not in the story."""
    text = f"The council ran the service itself again from {on(event.day)}."
    return Beat(event.day, RESPONSE, ("returned",), text, "the return of the service")
