"""The events of one replication, put together for each council once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pandas as pd

from sim.report.story.council_history import StoryEvent, event_of_row, events_about
from sim.report.story.sentences import wordings


def events_by_council(rows: pd.DataFrame) -> Callable[[str], tuple[StoryEvent, ...]]:
    """From the rows of one scenario and replication: what a council's history is made of.

    The same as `events_about` over all of them, without reading them all for each council. What
    no sentence is written for, as a regime of a user's own may note, is left out: a run is not to
    fail at its last page.
    """
    known = rows[rows["kind"].isin([*wordings()])]
    events = [event_of_row(row) for row in known.to_dict("records")]
    by_name: dict[str, list[StoryEvent]] = defaultdict(list)
    by_cause: dict[int, list[StoryEvent]] = defaultdict(list)
    by_lender: dict[str, list[StoryEvent]] = defaultdict(list)
    for event in events:
        by_name[event.council].append(event)
        if event.cause is not None:
            by_cause[event.cause].append(event)
        if lender := event.text("lender"):
            by_lender[lender].append(event)

    def of_council(name: str) -> tuple[StoryEvent, ...]:
        lent = by_lender[name]
        near = [*by_name[name], *by_name["England"], *lent]
        near += [event for one in lent for event in by_cause[one.id]]
        return events_about(name, {event.id: event for event in near}.values())

    return of_council
