"""A spell starts and ends with published judgements, and everything has its cause."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from sim.model.batch_result import BatchResult, Event
from tests.helpers.small_england import MONTH, by_council, england, spells_of

pytestmark = pytest.mark.quick

GRADES = {"none": 0, "inadequate": 1, "requires improvement": 2, "good": 3, "outstanding": 4}


def judgements(result: BatchResult, country: int) -> dict[int, list[Event]]:
    events = [event for event in result.events if event.country == country]
    return by_council(events, "judgement published")


def replay(result: BatchResult, country: int) -> set[tuple[int, int, int | None, int | None]]:
    """Spells (council, start, end, exit grade) as the published judgements make them."""
    b, today = england(), england().date.toordinal()
    published = judgements(result, country)
    spells: set[tuple[int, int, int | None, int | None]] = set()
    for c, grade in enumerate(b.grade):
        began = None
        if grade == 1:
            began = int(b.first_inadequate_date[c] or b.grade_date[c]) - today
        for event in published.get(c, []):
            now = GRADES[str(event.details["grade"])]
            if now == 1 and began is None:
                began = event.day
            elif now > 1 and began is not None:
                spells.add((c, began, event.day, now))
                began = None
        if began is not None:
            spells.add((c, began, None, None))
    return spells


def test_spells_are_what_the_judgements_make_them(five_years: BatchResult):
    for country in range(len(five_years.scenarios)):
        found = [
            (s.council, s.started, s.ended, s.exit_grade) for s in spells_of(five_years, country)
        ]
        assert len(set(found)) == len(found)
        assert set(found) == replay(five_years, country)
        assert any(ended is not None for _, _, ended, _ in found)
        assert any(ended is None for _, _, ended, _ in found)


def test_a_judgement_says_what_it_was_before(five_years: BatchResult):
    for country in range(len(five_years.scenarios)):
        for c, events in judgements(five_years, country).items():
            before = int(england().grade[c])
            for event in events:
                assert GRADES[str(event.details["before"])] == before
                before = GRADES[str(event.details["grade"])]


def test_councils_inadequate_each_month_are_the_open_spells(five_years: BatchResult):
    result = five_years
    for country in range(len(result.scenarios)):
        spells = spells_of(result, country)
        for month, counted in zip(
            result.months, result.national["councils_inadequate"][country], strict=True
        ):
            end = (month + timedelta(days=1) - result.start).days
            low, high = [], []
            for day in range(end - 14, end + 1):
                open_spells = [
                    s for s in spells if s.started <= day and (s.ended is None or s.ended > day)
                ]
                low.append(len(open_spells))
            high = max(low)
            assert min(low) <= counted <= high, (country, month)


def test_time_inadequate_is_the_sum_of_the_spells(five_years: BatchResult):
    result = five_years
    for country in range(len(result.scenarios)):
        days = sum(
            (result.days if s.ended is None else s.ended) - max(s.started, 0)
            for s in spells_of(result, country)
        )
        years = result.totals["inadequate_council_years"][country]
        assert years == pytest.approx(days / 365.25)


def test_exits_by_24_months_are_not_more_than_by_36(five_years: BatchResult):
    two, three = five_years.totals["exit_share_24m"], five_years.totals["exit_share_36m"]
    assert (two <= three).all()
    assert ((two >= 0.0) & (three <= 1.0)).all()
    median = five_years.totals["median_months_to_exit"]
    half = three >= 0.5
    assert (median[half] <= 36.0).all()
    assert not (median[~half] <= 36.0).any()


def test_reinspections_are_those_of_inadequate_councils(five_years: BatchResult):
    for country in range(len(five_years.scenarios)):
        grades = [
            event.details["grade"]
            for events in judgements(five_years, country).values()
            for event in events
            if event.details["before"] == "inadequate"
        ]
        share = five_years.totals["reinspection_still_inadequate_share"][country]
        assert share == pytest.approx(np.mean([grade == "inadequate" for grade in grades]))


def test_every_event_has_a_cause_that_came_before(five_years: BatchResult):
    for country in range(len(five_years.scenarios)):
        events = [event for event in five_years.events if event.country == country]
        by_id = {event.id: event for event in events}
        assert sorted(by_id) == list(range(len(events)))
        for event in events:
            if event.cause is None:
                continue
            cause = by_id[event.cause]
            assert cause.id < event.id
            # What was under way on the start date is dated before it.
            assert cause.day <= event.day or cause.kind == "run started"
            assert cause.council in (event.council, -1)


def test_what_was_tried_is_in_order_and_ends_in_the_route(five_years: BatchResult):
    routes = set()
    for spell in five_years.spells:
        days = [int(step.split("@")[1]) for step in spell.tried]
        assert days == sorted(days)
        assert all(day >= 0 for day in days)
        if spell.tried:
            assert spell.tried[-1].split("@")[0] == spell.route
        if spell.ended is not None:
            assert all(day <= spell.ended for day in days)
        routes.add(spell.route)
    assert routes == {"none", "adviser", "commissioner", "peer", "sponsor", "trust"}


def test_a_notice_comes_about_six_weeks_after_a_judgement(five_years: BatchResult):
    for country, name in enumerate(five_years.scenarios):
        events = [event for event in five_years.events if event.country == country]
        notices = by_council(events, "notice issued")
        if name == "no_intervention":
            assert not notices
            continue
        by_id = {event.id: event for event in events}
        waits = [
            (notice.day - by_id[notice.cause].day) / MONTH
            for told in notices.values()
            for notice in told
            if by_id[notice.cause].day >= 0
        ]
        assert len(waits) > 5
        assert min(waits) > 0.4
        assert max(waits) < 5.0
        assert np.median(waits) == pytest.approx(1.5, abs=0.5)
