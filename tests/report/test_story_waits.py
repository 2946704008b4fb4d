"""How a story tells waits: what came of them, whatever happened meanwhile."""

from __future__ import annotations

import pytest

from sim.report.story.comparing import settled_before
from tests.report.test_story import BETTER, FAILED, Made, history, texts

pytestmark = pytest.mark.quick

AGAIN = {"grade": "inadequate", "before": "inadequate", "weakest": "leadership"}
FAILS_AGAIN: tuple[Made, ...] = (
    (20, "2017-03-01", "inspection began", None, {"waited_days": 0, "team": 6}),
    (21, "2017-05-01", "judgement published", 20, AGAIN),
    (22, "2017-05-01", "failure persisted", 21),
)


@pytest.mark.parametrize(
    ("wait", "came", "expected"),
    [
        (
            "peer team awaited",
            "peer team began",
            "After 12 months of waiting and agreeing terms, a management team from Bestshire began",
        ),
        (
            "commissioner awaited",
            "commissioner appointed",
            "After waiting 12 months for a commissioner, one with power to direct took up post",
        ),
        (
            "commissioner awaited",
            "commissioner review",
            "After waiting 12 months for a commissioner, one began on 11 July 2017 to review",
        ),
        (
            "sponsor awaited",
            "sponsor found",
            "After waiting 12 months for a sponsor, one was found",
        ),
    ],
)
def test_what_came_after_another_failure_was_still_waited_for(
    wait: str, came: str, expected: str
) -> None:
    """The next step follows from the failure, not from the wait; it is not a wait in vain."""
    waiting: Made = (5, "2016-07-11", wait, 4)
    arrived: Made = (30, "2017-07-11", came, 22, {"lender": "Bestshire", "useful": True})
    words = texts(history(*FAILED, waiting, *FAILS_AGAIN, arrived))
    assert [text for text in words if text.startswith(expected)]
    assert not [text for text in words if "the council waited for" in text]


def test_a_wait_that_another_failure_did_not_end_was_in_vain() -> None:
    words = texts(
        history(*FAILED, (5, "2016-07-11", "peer team awaited", 4), *FAILS_AGAIN, *BETTER)
    )
    assert [text for text in words if text.startswith("From 11 July 2016 the council waited")]


def test_what_comes_in_a_later_spell_ends_no_earlier_wait() -> None:
    later: tuple[Made, ...] = (
        (70, "2020-09-01", "judgement published", None, {**AGAIN, "before": "good"}),
        (71, "2020-09-01", "failure began", 70, {"persistent": True}),
        (72, "2021-02-01", "peer team began", 71, {"lender": "Bestshire"}),
    )
    words = texts(history(*FAILED, (5, "2016-07-11", "peer team awaited", 4), *BETTER, *later))
    assert [text for text in words if "waited for a peer team, but none came in the" in text]
    assert [text for text in words if text.startswith("A management team from Bestshire began")]


@pytest.mark.parametrize(
    ("waited", "expected"),
    [
        (
            200,
            "7 months late because inspections had been paused nationally from January 2018 until "
            "July 2018, and on",
        ),
        (
            400,
            "13 months late because inspections had been paused nationally from January 2018 until "
            "July 2018 and teams were short, and on",
        ),
    ],
)
def test_a_wait_longer_than_the_pause_is_for_a_team_too(waited: int, expected: str) -> None:
    paused = {"lever": "ofsted.capacity"}
    events: tuple[Made, ...] = (
        (1, "2018-01-01", "lever changed", None, {**paused, "to": 0.0}),
        (2, "2018-07-10", "lever changed", None, {**paused, "to": 1.0}),
        (3, "2018-07-20", "inspection began", None, {"waited_days": waited, "team": 6}),
        (4, "2018-09-20", "judgement published", 3, {"grade": "good", "before": "good"}),
    )
    assert [text for text in texts(history(*events)) if expected in text]


@pytest.mark.parametrize(
    ("amount", "expected"), [(0.28665, "£0.29 million"), (1.5, "£1.5 million")]
)
def test_a_fine_is_rounded(amount: float, expected: str) -> None:
    fine: Made = (23, "2017-05-01", "penalty paid", 22, {"gbp_m": amount})
    assert [text for text in texts(history(*FAILED, *FAILS_AGAIN, fine)) if expected in text]


def test_an_inspection_under_way_settles_only_what_it_ended() -> None:
    """One that found the council still inadequate settled nothing."""
    standing: tuple[Made, ...] = ((3, "2015-05-02", "failure began", 0),)
    under_way: Made = (6, "2016-02-02", "judgement published", 0, AGAIN)
    better: Made = (6, "2016-02-02", "judgement published", 0, {**AGAIN, "grade": "good"})
    over: Made = (7, "2016-02-02", "failure ended", 6)
    assert settled_before(history(*standing, better, over))
    assert not settled_before(history(*standing, under_way, *BETTER))
