"""A sentence for every kind of event."""

from __future__ import annotations

from collections.abc import Callable

from sim.inputs.policy.levers import LEVERS
from sim.report.story import government as government
from sim.report.story import inspection as inspection
from sim.report.story import trust_sentences as trust
from sim.report.story.beats import BEYOND, LEADERSHIP, Beat, Book
from sim.report.story.life import Happening
from sim.report.words.durations import in_month, on, span

# Standard deviations from the average director worth telling.
NOTABLE = 0.4

Tell = Callable[[Book, Happening], Beat | None]


def director_left(book: Book, event: Happening) -> Beat:
    """A director leaves, an interim covers, a permanent one comes."""
    cause = book.life.cause_of(event)
    fell = cause is not None and cause.kind == "judgement published"
    why = " (usual turnover)"
    if cause is not None and fell:
        why = f", {span(cause.day, event.day)} after the inadequate judgement and because of it"
    text = f"The director left on {on(event.day)}{why}; {_who_came(book, event)}."
    return Beat(event.day, LEADERSHIP, ("director left", fell), text, "a change of director")


def _who_came(book: Book, event: Happening) -> str:
    came = book.taken_with(event, "director appointed")
    if came is not None:
        held = f"an interim held the post for {span(event.day, came.day)}"
        return f"{held}, until {_quality(came)} permanent one came in {in_month(came.day)}"
    after = [e for e in book.life.own if (e.day, e.id) > (event.day, event.id)]
    for later in after:
        if later.kind == "director left":
            return f"an interim held the post until {in_month(later.day)}, and then left too"
        if later.kind == "director appointed":
            trusts = later.text("by") == "trust"
            who = "the trust brought its own" if trusts else "a permanent one came"
            return f"an interim held the post until {who} in {in_month(later.day)}"
    return "the post was still with an interim when the simulation ended"


def _quality(came: Happening) -> str:
    """How a director compares with others, on a scale of standard deviations."""
    quality = came.number("quality") or 0.0
    if abs(quality) < NOTABLE:
        return "a"
    return "a stronger than usual" if quality > 0 else "a weaker than usual"


def director_came(book: Book, event: Happening) -> Beat:
    """A new director by himself or herself."""
    who = "The trust's own director" if event.text("by") == "trust" else "A permanent director"
    text = f"{who} took up post on {on(event.day)}."
    return Beat(event.day, LEADERSHIP, ("director came",), text)


def tragedy(book: Book, event: Happening) -> Beat:
    """A death that became a scandal."""
    text = f"A child's death in the council became a national scandal on {on(event.day)}."
    return Beat(event.day, BEYOND, ("tragedy",), text)


def policy(book: Book, event: Happening) -> Beat | None:
    """A change of rule, told where it meets a council that is failing."""
    lever = event.text("lever")
    if book.spell_of(event) is None or not lever.startswith("regime."):
        return None
    if event.kind == "policy paused":
        turn = "allowed again" if event.details.get("to") else "stopped"
        text = f"New takeovers were {turn} nationally on {on(event.day)}."
    else:
        what = LEVERS[lever].meaning.rstrip(".") if lever in LEVERS else lever
        text = f"The rule changed nationally on {on(event.day)}: {what} ({event.text('to')})."
    return Beat(event.day, BEYOND, ("policy", lever), text)


def lent(book: Book, event: Happening) -> Beat | None:
    """A management team lent to another council, seen from the lender."""
    life = book.life
    if event.kind != "peer team began" or event.text("lender") != life.council:
        return None
    ends = (e for e in life.events if e.kind == "peer team left" and e.cause == event.id)
    left = next(ends, None)
    until = f" for {span(event.day, left.day)}" if left else ""
    text = (
        f"From {on(event.day)}{until} the council lent a management team to {event.council}, and "
        f"with it part of its leaders' attention."
    )
    return Beat(event.day, BEYOND, ("lent", event.council), text)


def _nothing(book: Book, event: Happening) -> None:
    return None


# Every kind of event. One that belongs to another (a judgement to its inspection) is told with
# it, and by itself only where the other is missing.
SENTENCES: dict[str, Tell] = {
    "run started": _nothing,
    "lever changed": policy,
    "policy paused": policy,
    "inspection began": inspection.inspection,
    "judgement published": inspection.judgement,
    "monitoring visit": inspection.monitoring,
    "focused visit": inspection.focused,
    "emergency inspection called": inspection.alarm,
    "failure began": inspection.failure_began,
    "failure persisted": inspection.failure_persisted,
    "failure ended": inspection.failure_ended,
    "penalty paid": inspection.penalty,
    "notice issued": government.notice,
    "direction issued": government.direction,
    "adviser appointed": government.adviser,
    "progress tested": government.progress,
    "commissioner awaited": government.awaited,
    "commissioner review": government.review,
    "commissioner appointed": government.commissioner,
    "commissioner left": government.commissioner_left,
    "sponsor awaited": government.awaited,
    "sponsor found": trust.sponsor_found,
    "peer team awaited": government.awaited,
    "peer team began": government.peer_team,
    "peer team left": government.peer_team_left,
    "takeover decided": trust.decision,
    "transfer agreed": trust.decision,
    "trust set-up began": trust.set_up,
    "trust order lapsed": trust.lapsed,
    "trust opened": trust.opened,
    "trust failed": trust.ended,
    "trust contract ended": trust.ended,
    "next provider sought": trust.next_provider,
    "service returned": trust.returned,
    "director left": director_left,
    "director appointed": director_came,
    "tragedy reported": tragedy,
}


def tell(book: Book, event: Happening) -> Beat | None:
    """The beat of one event, or None where it is told elsewhere or is no part of this story."""
    if event.council not in (book.life.council, "England"):
        return lent(book, event)
    sentence = SENTENCES.get(event.kind)
    return None if sentence is None else sentence(book, event)
