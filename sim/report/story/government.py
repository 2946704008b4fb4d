"""Sentences about what government does: notices, tests, commissioners, lent teams."""

from __future__ import annotations

from sim.report.story.beats import RESPONSE, Beat, Book
from sim.report.story.life import Happening
from sim.report.words.durations import LATE, capital, in_month, on, span, times
from sim.report.words.prose import listed

# Events of a commissioner or a lent team may end some weeks after what ended them.
ABOUT_THEN = 31


def notice(book: Book, event: Happening) -> Beat:
    """An improvement notice."""
    spell = book.spell_of(event)
    after = ""
    if spell is not None and event.day > book.life.start:
        after = f", {span(spell.began.day, event.day)} after the judgement"
    held = "was in force" if event.day <= book.life.start else "was served"
    text = f"An improvement notice {held} {book.when(event.day)}{after}."
    return Beat(event.day, RESPONSE, ("notice",), text, "an improvement notice")


def adviser(book: Book, event: Happening) -> Beat:
    """An adviser."""
    text = f"An improvement adviser, for about two days a month, began {book.when(event.day)}."
    return Beat(event.day, RESPONSE, ("adviser",), text, "an improvement adviser")


def direction(book: Book, event: Happening) -> Beat:
    """A statutory direction, and why."""
    why = why_stronger(book, event)
    text = f"Ministers issued a statutory direction {book.when(event.day)}{why}."
    return Beat(event.day, RESPONSE, ("direction",), text, "a statutory direction")


def why_stronger(book: Book, event: Happening) -> str:
    """Why a case moved up the ladder, from what led to it."""
    cause = book.life.cause_of(event)
    spell = book.spell_of(event)
    if cause is None or spell is None:
        return ""
    if cause.kind == "progress tested":
        return ", because the council had failed the test of progress"
    if cause.kind == "failure persisted":
        return ", because a second inspection had found it still inadequate"
    if cause.kind in ("notice issued", "failure began") and spell.persistent:
        return ", because it had failed before and so had no period of grace"
    return ""


def progress(book: Book, event: Happening) -> Beat | None:
    """Tests of progress: those passed in a row together, one that was failed by itself."""
    lapses = {e.day for e in book.life.own if e.kind == "trust order lapsed"}
    if event.day in lapses:
        return None  # the reason of the lapse, told with it
    passed, going = bool(event.details.get("passed")), book.committed(event.day)
    row = []
    for test in book.same_case(event, "progress tested"):
        same = bool(test.details.get("passed")) == passed and book.committed(test.day) == going
        if not same or test.day in lapses:
            break
        row.append(test)
        if not (passed or going):
            break  # a failed test leads on, so each has its own sentence
    for test in row:
        book.tell_with(test)
    noun = "a test of progress, passed" if passed else "a failed test of progress"
    return Beat(event.day, RESPONSE, ("tested", passed), _tests(row, passed, going), noun)


def _tests(row: list[Happening], passed: bool, going: str) -> str:
    """Tests with one result, and what came of it."""
    if len(row) == 1:
        opening = f"On {on(row[0].day)} the department tested progress and "
    else:
        months = listed(in_month(test.day) for test in row)
        opening = f"The department tested progress {times(len(row))}, in {months}, and each time "
    if passed:
        then = f"the service was {going} all the same" if going else "the council kept its service"
        return f"{opening}found enough of it: {then}."
    found = _too_little(row[0].number("seen")) if len(row) == 1 else "found too little"
    if going:
        return f"{opening}{found}; this changed nothing, as the service was {going}."
    return f"{opening}{found}."


def _too_little(seen: float | None) -> str:
    if seen is None:
        return "found too little"
    if seen < -0.05:
        return "saw quality slipping"
    if seen < 0.05:
        return "saw hardly any"
    return f"found too little: a rise in quality of {seen:.1f} of a grade"


def waited(book: Book, event: Happening | None) -> str:
    """ "after waiting 7 months for a commissioner", or "" where no wait is worth telling."""
    first = None if event is None else book.life.wait_for(event)
    if event is None or first is None or (event.day - first.day).days < LATE:
        return ""
    if event.kind == "peer team began":
        # When a team was free is not on record: with whom and how it is to work comes first.
        return f"after {span(first.day, event.day)} of waiting and agreeing terms"
    return f"after waiting {span(first.day, event.day)} for a {first.kind.removesuffix(' awaited')}"


def awaited(book: Book, event: Happening) -> Beat | None:
    """A wait that came to nothing; one that was rewarded is told with what came."""
    if book.life.came_of(event) is not None:
        return None
    what = event.kind.removesuffix(" awaited")
    # A team may be free and not yet at work; the others start on the day they are free.
    none = "none came" if what == "peer team" else "none was free"
    spell = book.spell_of(event)
    until = "before the simulation ended"
    if spell is not None and spell.ended is not None:
        until = f"in the {span(event.day, spell.ended.day)} before it was judged better"
    since = "From the first day" if event.day <= book.life.start else f"From {on(event.day)}"
    text = f"{since} the council waited for a {what}, but {none} {until}."
    return Beat(event.day, RESPONSE, ("in vain", what), text, f"a wait in vain for a {what}")


def review(book: Book, event: Happening) -> Beat:
    """A commissioner's review of who should run the service."""
    wait = waited(book, event)
    who = f"{capital(wait)}, one" if wait else "A commissioner"
    why = "" if wait else _why_reviewed(book, event)
    text = f"{who} began {book.when(event.day)} to review who should run the service{why}."
    noun = "a commissioner's review of who should run the service"
    return Beat(event.day, RESPONSE, ("review",), text, noun)


def _why_reviewed(book: Book, event: Happening) -> str:
    """The reason, unless the direction before it has given it."""
    cause = book.life.cause_of(event)
    if cause is None or cause.kind == "direction issued":
        return ""
    return why_stronger(book, event)


def commissioner(book: Book, event: Happening) -> Beat:
    """A commissioner's time in post."""
    wait = waited(book, event)
    left = book.taken_with(event, "commissioner left")
    there = any(
        stay.kind == "commissioner"
        and stay.began.day < event.day
        and (stay.ended is None or stay.ended.day > event.day)
        for stay in book.life.stays
    )
    which = "second commissioner" if there else "commissioner"
    who = f"{capital(wait)}, one" if wait else f"A {which}"
    text = (
        f"{who} with power to direct took up post {book.when(event.day)}{until(book, event, left)}"
    )
    noun = f"a {which} with power to direct{', ' + wait if wait else ''}"
    return Beat(event.day, RESPONSE, ("commissioner",), text, noun)


def until(book: Book, came: Happening, left: Happening | None) -> str:
    """How long help stayed, and why it went."""
    if left is None:
        return " and was still there when the simulation ended."
    stayed = f" and stayed {span(came.day, left.day)}"
    spell = book.spell_of(came)
    ended = spell.ended if spell is not None else None
    if ended is not None and abs((left.day - ended.day).days) <= ABOUT_THEN:
        return f"{stayed}, until the council was no longer inadequate."
    if left.details.get("lender_weakened"):
        return f"{stayed}, until {left.text('lender')} itself was no longer judged good."
    return f"{stayed}, to the end of the term."


def commissioner_left(book: Book, event: Happening) -> Beat:
    """A commissioner who was in post on the first day goes."""
    came = book.life.cause_of(event)
    since = f", {span(came.day, event.day)} after taking up post" if came else ""
    text = f"The commissioner who was there at the start left on {on(event.day)}{since}."
    return Beat(event.day, RESPONSE, ("commissioner left",), text)


def peer_team(book: Book, event: Happening) -> Beat:
    """A lent management team's time."""
    wait = waited(book, event)
    left = book.taken_with(event, "peer team left")
    lender = event.text("lender") or "a strong council"
    who = f"{capital(wait)}, a management team" if wait else "A management team"
    text = f"{who} from {lender} began work {book.when(event.day)}{until(book, event, left)}"
    if event.details.get("useful") is False:
        text += " Its way of working did not suit the council, and it helped little."
    noun = f"a management team from {lender}{', ' + wait if wait else ''}"
    return Beat(event.day, RESPONSE, ("peer team", lender), text, noun)


def peer_team_left(book: Book, event: Happening) -> Beat:
    """A lent team that was there on the first day goes home."""
    came = book.life.cause_of(event)
    lender = came.text("lender") if came else event.text("lender")
    team = f"The management team from {lender}" if lender else "The lent management team"
    since = f", {span(came.day, event.day)} after it came" if came else ""
    text = f"{team} went home on {on(event.day)}{since}, its term over."
    return Beat(event.day, RESPONSE, ("peer team left",), text)
