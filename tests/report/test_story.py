"""The story of one council, from events made up by hand."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sim.model.event_log import KINDS
from sim.report.story.comparing import (
    count_quicker,
    is_same,
    match_entries,
    quicker_words,
)
from sim.report.story.council_history import CouncilHistory, StoryEvent
from sim.report.story.council_story import CouncilStory, StorySource
from sim.report.story.page import HEADING, Page
from sim.report.story.sentences import EventFacts, entries_of, entry_of, wordings
from sim.report.story.timeline import Timeline, bars_of
from sim.report.words.durations import in_months, span

pytestmark = pytest.mark.quick

START, END = date(2016, 1, 1), date(2022, 1, 1)
PLACE = "Anytown"
Made = tuple[object, ...]  # id, day, kind, cause, details

BEGAN: Made = (0, "2016-01-01", "run started", None)


def event_of(made: Made) -> StoryEvent:
    number, day, kind, cause, *rest = made
    details = rest[0] if rest else {}
    council = "England" if kind in ("run started", "lever changed", "policy paused") else PLACE
    council = rest[1] if len(rest) > 1 else council
    return StoryEvent(number, date.fromisoformat(day), council, kind, cause, details)  # type: ignore[arg-type]


def history(*events: Made, scenario: str = "takeover", **more: object) -> CouncilHistory:
    values: dict[str, object] = {
        "scenario": scenario,
        "description": f"The rule of {scenario.capitalize()}.",
        "council": PLACE,
        "start": START,
        "end": END,
        "events": tuple(event_of(event) for event in (BEGAN, *events)),
    }
    return CouncilHistory(**{**values, **more})  # type: ignore[arg-type]


def texts(one: CouncilHistory) -> list[str]:
    return [entry.text for entry in entries_of(one)]


def page_of(*histories: CouncilHistory, replication: int = 1, seed: int = 1) -> Page:
    first, *others = histories
    source = StorySource(replication, seed)
    return CouncilStory(first, others[0] if others else None, source).page()


def section(page: Page, title: str) -> str:
    """The plain words under a heading that begins with `title`."""
    lines: list[str] = []
    inside = False
    for block in page.blocks:
        if block.startswith(HEADING):
            inside = block.removeprefix(HEADING).startswith(title)
        elif inside:
            lines += [line for line in block.splitlines() if not line.startswith("| ---")]
    lines = [re.sub(r"^\*\*(.+?)\.\*\* ", r"\1: ", line) for line in lines]
    return "\n".join(line.removeprefix("- ").strip("| ") for line in lines)


FAILED: tuple[Made, ...] = (
    (1, "2016-03-01", "inspection began", None, {"waited_days": 92, "team": 7}),
    (
        *(2, "2016-05-02", "judgement published", 1),
        {
            "grade": "inadequate",
            "before": "good",
            "weakest": "leadership",
            "practice": 1.3,
        },
    ),
    (3, "2016-05-02", "failure began", 2, {"persistent": False}),
    (4, "2016-07-11", "notice issued", 3),
)
BETTER: tuple[Made, ...] = (
    (60, "2019-09-01", "inspection began", None, {"waited_days": 3, "team": 6}),
    (
        *(61, "2019-11-02", "judgement published", 60),
        {
            "grade": "good",
            "before": "inadequate",
            "weakest": "leadership",
            "practice": 2.9,
        },
    ),
    (62, "2019-11-02", "failure ended", 61, {"route": "trust"}),
)
TAKEN_OVER: tuple[Made, ...] = (
    *FAILED,
    (5, "2016-07-11", "adviser appointed", 3),
    (6, "2017-01-09", "progress tested", 4, {"passed": False, "reading": -0.2}),
    (7, "2017-01-09", "direction issued", 6),
    (8, "2017-01-09", "commissioner awaited", 7),
    (9, "2017-08-09", "commissioner review", 8),
    (10, "2017-12-01", "sponsor awaited", 9),
    (11, "2018-03-01", "sponsor found", 10, {"sponsor": "charity"}),
    (12, "2018-03-01", "takeover decided", 11, {"sponsor": "charity"}),
    (13, "2018-03-01", "trust set-up began", 12, {"months": 14.0}),
    (14, "2018-06-04", "director left", None),
    (15, "2019-05-01", "trust opened", 12, {"sponsor": "charity"}),
    (16, "2019-05-01", "director appointed", 15, {"by": "trust", "quality": 0.7}),
    (17, "2016-08-15", "monitoring visit", 3),
    (18, "2017-02-15", "monitoring visit", 3),
    *BETTER,
    (70, "2021-05-03", "trust failed", 15),
    (71, "2021-11-03", "service returned", 70),
)
HELPED: tuple[Made, ...] = (
    *FAILED,
    (5, "2016-07-11", "commissioner awaited", 4),
    (6, "2017-02-11", "commissioner appointed", 5),
    (7, "2018-06-04", "director left", None),
    (8, "2019-02-04", "director appointed", 7, {"quality": -0.9}),
    (17, "2016-08-15", "monitoring visit", 3),
    (18, "2017-02-15", "monitoring visit", 3),
    (20, "2018-02-01", "inspection began", None, {"waited_days": 0, "team": 6}),
    (
        *(21, "2018-04-03", "judgement published", 20),
        {
            "grade": "requires improvement",
            "before": "inadequate",
            "weakest": "leadership",
            "practice": 2.4,
        },
    ),
    (22, "2018-04-03", "failure ended", 21, {"route": "commissioner"}),
    (23, "2018-04-03", "commissioner left", 6),
)


def test_every_kind_of_event_has_a_sentence() -> None:
    assert set(KINDS) <= set(wordings())
    assert {kind for wording in wordings().values() for kind in wording.includes} <= set(KINDS)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"run started"}))
def test_a_sentence_stands_by_itself_too(kind: str) -> None:
    details = {
        "judgement published": {"grade": "good", "before": "good"},
        "policy paused": {"lever": "regime.new_trusts_allowed", "to": False},
    }.get(kind, {})
    bare = history((3, "2016-05-02", "failure began", None), (9, "2017-05-02", kind, None, details))
    event = bare.events[-1]
    entry = entry_of(EventFacts(bare, event))
    if kind == "lever changed":  # mentioned only for the levers of a regime
        assert entry is None
        return
    assert entry is not None
    assert re.fullmatch(r"[A-Z].*[^ .;,]\.", entry.text), entry.text
    assert not re.search(r"None|nan|  |\{|\.\.|,,", entry.text), entry.text


def test_a_takeover_is_explained_with_its_causes_and_its_waits() -> None:
    assert texts(history(*TAKEN_OVER)) == [
        "Inspectors arrived on 1 March 2016, 3 months late because no team was free, and on 2 May "
        "2016 judged the council inadequate, having last judged it good, leadership being the "
        "weakest of the key judgements.",
        "An improvement notice was served on 11 July 2016, 2 months after the judgement.",
        "An improvement adviser, for about two days a month, began on 11 July 2016.",
        "Inspectors made 2 monitoring visits between August 2016 and February 2017.",
        "On 9 January 2017 the department tested progress and saw quality slipping.",
        "Ministers issued a statutory direction on 9 January 2017, because the council had failed "
        "the test of progress.",
        "After waiting 7 months for a commissioner, one began on 9 August 2017 to review who "
        "should run the service.",
        "On 1 March 2018, 7 months after the review began and after waiting 3 months for a "
        "sponsor, ministers decided to take the service away and give it to a trust sponsored by "
        "a charity. The trust opened on 1 May 2019, 14 months after the decision: staff and "
        "service moved to it, and it brought its own director.",
        "The director left on 4 June 2018 (usual turnover); an interim held the post until the "
        "trust brought its own in May 2019.",
        "Inspectors arrived on 1 September 2019, and on 2 November 2019 judged it good; after 42 "
        "months it was no longer inadequate.",
        "The trust's contract was ended early, because the trust failed, on 3 May 2021, after 2 "
        "years; handing over took 6 months, and the council ran the service again from 3 "
        "November 2021.",
    ]


@pytest.mark.parametrize(
    ("how", "stood", "taken_on", "sentence"),
    [
        (
            *("finish", "adviser, takeover", "2017-06-01"),
            "what had begun was finished (in place: adviser, takeover). The new rule took the case "
            "on 5 months later, on 1 June 2017.",
        ),
        (
            *("wind down", "adviser", "2017-01-01"),
            "what had not begun was dropped, orders for takeovers that had not been carried out "
            "were called off, and helpers were given notice (in place: adviser). The new rule took "
            "the case on the same day.",
        ),
        (
            *("hand over", "", None),
            "who was in post stayed where the new rule had that kind of step, and others were "
            "given notice.",
        ),
    ],
)
def test_a_change_of_the_rule_is_told(
    how: str, stood: str, taken_on: str | None, sentence: str
) -> None:
    details = {"levers": "regime.name", "open_cases": how, "stood": stood}
    events = [*FAILED, (40, "2017-01-01", "rule changed", None, details)]
    if taken_on:
        events.append((41, taken_on, "case taken on", 40, {"regime": "commissioner"}))
    begins = "The rule changed on 1 January 2017 while the council was inadequate: "
    assert texts(history(*events))[-1] == begins + sentence


def test_who_leaves_because_the_rule_changed_is_told_so() -> None:
    why = {"rule_changed": True}
    told = texts(
        history(
            *FAILED,
            (30, "2016-07-11", "adviser appointed", 3),
            (31, "2016-08-11", "commissioner appointed", 3),
            (32, "2017-04-01", "commissioner left", 31, why),
            (33, "2017-04-01", "adviser left", 30),
            (34, "2016-09-01", "takeover decided", 3, {"sponsor": "charity"}),
            (35, "2017-01-01", "trust order lapsed", 34, why),
        )
    )
    assert "The adviser left on 1 April 2017, because the rule had changed." in told
    assert any("left because the rule had changed." in text for text in told)
    assert any(
        "It was called off on 1 January 2017, because the rule had changed." in text
        for text in told
    )


def test_what_visits_saw_and_led_to_is_told() -> None:
    read = history(
        *FAILED,
        (17, "2016-08-15", "monitoring visit", 3, {"reading": 1.42, "number": 1}),
        (18, "2017-02-15", "monitoring visit", 3, {"reading": 1.31, "number": 2}),
        (19, "2017-04-01", "director left", 18),
        (20, "2018-01-15", "monitoring visit", 3, {"reading": 2.16, "number": 3}),
        (21, "2018-05-01", "inspection began", 20, {"waited_days": 0, "team": 6}),
    )
    told = texts(read)
    assert (
        "Inspectors made 3 monitoring visits between August 2016 and January 2018: they read "
        "quality at 1.4 of 4 on the first and 2.2 on the last." in told
    )
    assert (
        "The director left on 1 April 2017, because monitoring visits saw no progress; the post "
        "was still with an interim when the simulation ended." in told
    )
    assert (
        "Inspectors, who had seen progress on their visits, arrived on 1 May 2018, and had not "
        "reported when the simulation ended." in told
    )


@pytest.mark.parametrize(
    ("kind", "returned", "expected"),
    [
        (
            "trust handed back",
            "2021-11-03",
            "The council took its service back from the trust, to save money and to run all its "
            "services together: the contract ended on 3 May 2021, after 2 years; handing over "
            "took 6 months, and the council ran the service again from 3 November 2021.",
        ),
        (
            "trust handed back",
            "2021-05-03",  # handing over had begun before the run
            "The council took its service back from the trust, to save money and to run all its "
            "services together: the contract ended on 3 May 2021, after 2 years; the council has "
            "run the service since.",
        ),
        (
            "trust contract ended",
            "",
            "The trust's contract ran its term, was not renewed and ended on 3 May 2021, after 2 "
            "years; handing over had not finished when the simulation ended.",
        ),
    ],
)
def test_an_end_of_a_trust_says_why_and_what_came_of_it(
    kind: str, returned: str, expected: str
) -> None:
    more = ((71, returned, "service returned", 70),) if returned else ()
    made = history(*TAKEN_OVER[:-2], (70, "2021-05-03", kind, 15), *more)
    assert texts(made)[-1] == expected
    assert [p.kind for p in made.interventions if p.ended and p.ended.kind == kind] == ["trust"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (
            ((5, "2016-07-11", "commissioner awaited", 4),),
            "From 11 July 2016 the council waited for a commissioner, but none was free before "
            "the simulation ended.",
        ),
        (
            ((5, "2016-07-11", "peer team awaited", 4), *BETTER),
            "From 11 July 2016 the council waited for a peer team, but none came in the 3 "
            "years and 4 months before it was judged better.",
        ),
        (
            (
                (5, "2016-07-11", "peer team awaited", 4),
                (6, "2017-07-11", "peer team began", 5, {"lender": "Bestshire", "useful": False}),
                (
                    *(7, "2018-01-11", "peer team left", 6),
                    {"lender": "Bestshire", "lender_weakened": True},
                ),
            ),
            "After 12 months of waiting and agreeing terms, a management team from Bestshire began "
            "work on 11 July 2017 and stayed 6 months, until Bestshire itself was no longer judged "
            "good. Its way of working did not suit the council, and it helped little.",
        ),
        (
            (
                (5, "2017-01-09", "progress tested", 4, {"passed": True, "reading": 0.3}),
                (6, "2017-07-09", "progress tested", 5, {"passed": True, "reading": 0.4}),
                (7, "2018-01-09", "progress tested", 6, {"passed": False, "reading": 0.14}),
            ),
            "The department tested progress twice, in January 2017 and July 2017, and each time "
            "found enough of it: the council kept its service.",
        ),
        (
            (
                (5, "2017-01-09", "takeover decided", 4, {"sponsor": "expert"}),
                (6, "2017-01-09", "trust set-up began", 5, {"months": 70.0}),
                (7, "2017-06-01", "progress tested", 4, {"passed": False, "reading": 0.1}),
                (8, "2017-12-01", "progress tested", 7, {"passed": False, "reading": -0.1}),
            ),
            "The department tested progress twice, in June 2017 and December 2017, and each time "
            "found too little; this changed nothing, as the service was on its way to a trust.",
        ),
        (
            (
                (5, "2017-01-09", "takeover decided", 4, {"sponsor": "expert"}),
                (6, "2017-06-09", "trust set-up began", 5, {"months": 14.0}),
                (7, "2018-01-09", "progress tested", 5, {"passed": True, "reading": 0.5}),
                (8, "2018-01-09", "trust order lapsed", 5),
            ),
            "On 9 January 2017 ministers decided to take the service away and give it to a trust "
            "led by an expert in the field. For 5 months no team was free to set it up. The order "
            "lapsed on 9 January 2018, because the department now saw enough progress.",
        ),
        (
            (
                (5, "2018-01-01", "inspection began", None, {"waited_days": 0, "team": 6}),
                (
                    *(6, "2018-03-01", "judgement published", 5),
                    {"grade": "inadequate", "before": "inadequate", "weakest": "leadership"},
                ),
                (7, "2018-03-01", "failure persisted", 6),
                (8, "2018-03-01", "penalty paid", 7, {"gbp_m": 1.5}),
            ),
            "Inspectors arrived on 1 January 2018, and on 1 March 2018 found it still inadequate, "
            "leadership being the weakest of the key judgements; the trust was fined £1.5 million.",
        ),
        (
            (
                (5, "2016-09-01", "director left", 2),
                (6, "2017-03-01", "director appointed", 5, {"quality": 0.9}),
            ),
            "The director left on 1 September 2016, 4 months after the inadequate judgement and "
            "because of it; an interim held the post for 6 months, until a stronger than usual "
            "permanent one came in March 2017.",
        ),
        (
            (
                (5, "2016-06-01", "director left", None),
                (6, "2016-09-01", "director left", 2),
                (7, "2017-03-01", "director appointed", 6, {"quality": 0.1}),
            ),
            "The director left on 1 June 2016 (usual turnover); an interim held the post until "
            "September 2016, and then left too.",
        ),
        (
            ((5, "2017-06-01", "policy paused", None, {"to": False, "lever": "regime.x"}),),
            "New takeovers were stopped nationally on 1 June 2017.",
        ),
    ],
)
def test_what_happens_to_a_failing_council(events: tuple[Made, ...], expected: str) -> None:
    assert expected in texts(history(*FAILED, *events))


def test_an_alarm_brings_inspectors() -> None:
    one = history(
        (1, "2018-06-01", "emergency inspection called", None),
        (2, "2018-09-01", "inspection began", 1, {"waited_days": 90, "team": 6}),
        (3, "2018-11-01", "judgement published", 2, {"grade": "good", "before": "outstanding"}),
    )
    assert texts(one) == [
        "An alarm led ministers to ask for an inspection on 1 June 2018; inspectors arrived on 1 "
        "September 2018, 3 months later because no team was free, and on 1 November 2018 judged "
        "it good, worse than before (outstanding)."
    ]


KEYS_ONLY = {"stands_in": True, "key_judgements": "inadequate, good, good"}


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (
            {"grade": "inadequate", "before": "good", "weakest": "help and protection"},
            "judged the council inadequate (by its key judgements: the report gave no overall "
            "grade), having last judged it good, help and protection being the weakest",
        ),
        (
            {"grade": "good", "before": "good"},
            "again judged it good (by its key judgements: the report gave no overall grade).",
        ),
        (
            {"grade": "good", "before": "requires improvement"},
            "judged it good (by its key judgements: the report gave no overall grade), better "
            "than before (requires improvement).",
        ),
    ],
)
def test_a_report_without_an_overall_grade_says_so(details: dict[str, str], expected: str) -> None:
    one = history(
        (1, "2026-09-01", "inspection began", None, {"waited_days": 3, "team": 6}),
        (2, "2026-11-02", "judgement published", 1, {**details, **KEYS_ONLY}),
    )
    assert expected in texts(one)[0]


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        ("two_key_judgements", "where two key judgements were inadequate."),
        ("protection_or_leadership", "where help and protection or leadership was inadequate."),
    ],
)
def test_a_judgement_that_the_department_did_not_act_on(trigger: str, expected: str) -> None:
    passed_over: Made = (4, "2016-05-02", "trigger not met", 3, {"trigger": trigger})
    (text,) = [text for text in texts(history(*FAILED[:3], passed_over)) if "did not act" in text]
    assert text.startswith(
        "The department did not act on the judgement of 2 May 2016: its rule was"
    )
    assert text.endswith(expected)


def test_an_inspection_is_late_because_of_a_national_pause() -> None:
    one = history(
        (
            *(1, "2020-03-17", "lever changed", None),
            {"lever": "ofsted.capacity", "to": 0.0},
        ),
        (
            *(2, "2021-04-12", "lever changed", None),
            {"lever": "ofsted.capacity", "to": 1.0},
        ),
        (3, "2021-06-01", "inspection began", None, {"waited_days": 365, "team": 6}),
        (4, "2021-07-20", "judgement published", 3, {"grade": "good", "before": "good"}),
    )
    assert texts(one) == [
        "Inspectors arrived on 1 June 2021, 12 months late because inspections had been paused "
        "nationally from March 2020 until April 2021, and on 20 July 2021 again judged it good."
    ]


def test_an_inspection_is_late_because_there_are_few_for_a_time() -> None:
    shares = {"2021-04-12": 0.1, "2021-10-01": 0.5}
    changes = (
        (number, day, "lever changed", None, {"lever": "ofsted.capacity", "to": share})
        for number, (day, share) in enumerate(shares.items(), start=1)
    )
    inspected: tuple[Made, ...] = (
        (3, "2021-12-01", "inspection began", None, {"waited_days": 180, "team": 6}),
        (4, "2022-01-20", "judgement published", 3, {"grade": "good", "before": "good"}),
    )
    (text,) = texts(history(*changes, *inspected))
    assert (
        "6 months late because few councils were inspected nationally from April 2021 until "
        "October 2021" in text
    )


def test_a_grade_that_is_inherited_is_not_called_a_judgement_of_the_council() -> None:
    heir = {"inherited": True}
    page = page_of(history(opening_grade="requires improvement", **heir))
    words = section(page, "Where it stood")
    assert "had not been inspected in its own name" in words
    assert "council that it came from: requires improvement." in words
    began = (1, "2014-05-02", "failure began", 0)
    words = section(page_of(history(began, opening_grade="inadequate", **heir)), "Where it stood")
    assert "council that it came from: inadequate since 2 May 2014." in words


def test_a_lender_sees_its_own_side() -> None:
    lent = (
        (5, "2017-07-11", "peer team began", None, {"lender": PLACE}, "Weakshire"),
        (6, "2018-07-11", "peer team left", 5, {"lender": PLACE}, "Weakshire"),
    )
    assert texts(history(*lent)) == [
        "From 11 July 2017 for 12 months the council lent a management team to Weakshire, and "
        "with it part of its leaders' attention."
    ]


def test_what_stood_on_the_first_day_is_no_part_of_the_story() -> None:
    one = history(
        (1, "2015-07-20", "failure began", 0, {"persistent": True}),
        (2, "2015-07-01", "commissioner appointed", 0),
        (3, "2015-12-14", "trust set-up began", 0, {"months": 16.0}),
        (4, "2016-01-01", "notice issued", 1),
        (5, "2017-04-20", "trust opened", 0, {"sponsor": "first trusts"}),
        (6, "2017-06-30", "commissioner left", 2),
    )
    page = page_of(one)
    assert section(page, "Where it stood on 1 January 2016") == (
        "When the simulation began, Anytown had been judged inadequate for 5 months, since 20 "
        "July 2015, not for the first time in recent years. A commissioner had been in post since "
        "1 July 2015. A trust had been decided on by 14 December 2015 and was being set up."
    )
    assert texts(one) == [
        "An improvement notice was in force on the first day.",
        "The trust opened on 20 April 2017, 16 months after it was decided: staff and service "
        "moved to it.",
        "The commissioner in post at the start left on 30 June 2017, 2 years after taking up post.",
    ]


def test_what_two_scenarios_share_is_written_once_until_they_differ() -> None:
    page = page_of(
        history(*TAKEN_OVER), history(*HELPED, scenario="commissioner"), replication=3, seed=7
    )
    assert page.title == "Anytown: Takeover and Commissioner compared"
    assert "replication 3, seed 7" in page.subtitle
    assert "Not a forecast for Anytown" in page.subtitle
    assert section(page, "In brief").splitlines() == [
        "Under Takeover, Anytown was judged inadequate on 2 May 2016; it left inadequate on 2 "
        "November 2019, after 42 months.",
        "Under Commissioner, Anytown was judged inadequate on 2 May 2016; it left inadequate on 3 "
        "April 2018, after 23 months.",
        "Months judged inadequate in the period simulated: 42 under Takeover, 23 under "
        "Commissioner: 19 more under Takeover.",
        "The first judgement that differed came on 2 November 2019 under Takeover (good) and 3 "
        "April 2018 under Commissioner (requires improvement).",
    ]
    assert section(page, "Where the two scenarios differ").splitlines() == [
        "Until 11 July 2016 the same happened under both scenarios: a judgement of inadequate (May "
        "2016) and an improvement notice (July 2016).",
        "The first difference came on 11 July 2016: under Takeover there was an improvement "
        "adviser; under Commissioner the first thing not shared came on 11 February 2017: a "
        "commissioner with power to direct, after waiting 7 months for a commissioner.",
        "The reason is the rule itself:",
        "Takeover: The rule of Takeover.",
        "Commissioner: The rule of Commissioner.",
        "The first judgement that differed came on 2 November 2019 under Takeover (good) and 3 "
        "April 2018 under Commissioner (requires improvement).",
        "By then the council had had, since 1 January 2016: under Takeover, 1 month of a trust "
        "being set up; under Commissioner, 14 months of a commissioner. A commissioner in post "
        "lifts practice. While a trust is set up, leaders look elsewhere, staff do not know who "
        "will employ them, and improvement stalls.",
    ]
    inadequate = section(page, "Inadequate from 2 May 2016")
    assert inadequate.startswith(
        "It lasted until 2 November 2019 (42 months) under Takeover, and until 3 April 2018 (23 "
        "months) under Commissioner.\nInspection, both scenarios: Inspectors arrived on 1 March "
        "2016"
    )
    assert "Government's response, both scenarios: An improvement notice" in inadequate
    assert (
        "Government's response, Commissioner: After waiting 7 months for a commissioner, one with "
        "power to direct took up post on 11 February 2017 and stayed 14 months, until the council "
        "was no longer inadequate." in inadequate
    )
    assert (
        "Quality of practice: Under Takeover: 1.30 at the judgement of May 2016 and 2.90 at the "
        "judgement of November 2019. Under Commissioner: 1.30 at the judgement of May 2016 and "
        "2.40 at the judgement of April 2018." in inadequate
    )
    assert section(page, "Not inadequate under Takeover: 2 November 2019 to the end")
    assert section(page, "Not inadequate under Commissioner: 3 April 2018 to the end")
    ends = section(page, "How they ended").splitlines()
    assert "First left inadequate | 2 November 2019 | 3 April 2018" in ends
    assert "Months with a commissioner | – | 14" in ends  # noqa: RUF001
    assert "Months under a trust | 24 | –" in ends  # noqa: RUF001
    assert "same luck" in section(page, "The part of luck")


def test_the_same_story_twice_does_not_part() -> None:
    page = page_of(history(*HELPED), history(*HELPED, scenario="other"))
    assert section(page, "Where the two scenarios differ") == (
        "Nothing differs: all that happened to Anytown happened under both scenarios, on the same "
        "days."
    )
    assert section(page, "In brief").startswith(
        "Under both scenarios Anytown was judged inadequate"
    )
    assert "23 under both scenarios" in section(page, "In brief")


def test_a_council_that_never_fails() -> None:
    page = page_of(history(opening_grade="good"), history(scenario="other", opening_grade="good"))
    assert "Under both scenarios Anytown was never judged inadequate." in section(page, "In brief")
    assert section(page, "Where it stood").startswith(
        "When the simulation began, Anytown was judged good."
    )
    assert section(page, "Not inadequate: 1 January 2016 to the end") == "Nothing of note happened."
    assert "Nothing was" not in page.markdown()


def test_a_few_days_make_no_difference_but_are_mentioned() -> None:
    one = entries_of(history((1, "2018-03-01", "focused visit", None)))
    two = entries_of(history((1, "2018-03-20", "focused visit", None)))
    late = entries_of(history((1, "2018-06-20", "focused visit", None)))
    assert is_same(one[0], two[0])
    assert not is_same(one[0], late[0])
    assert match_entries(one, late).first_difference is None  # a visit is too small
    page = page_of(
        history((1, "2018-03-01", "focused visit", None)),
        history((1, "2018-03-20", "focused visit", None), scenario="other"),
    )
    assert "(3 weeks later under Other)" in page.markdown()


def test_figures_are_given_where_they_move_and_left_out_where_people_are_few() -> None:
    series = {
        "caseload": {2016: 16.0, 2019: 20.0},
        "agency_rate": {2016: 0.12, 2019: 0.19},
        "vacancy_rate": {2016: 0.15, 2019: 0.15},
        "referrals": {2019: 4000.0},
        "social_workers_fte": {2016: 150.0, 2019: 120.0},
    }
    one = history(*TAKEN_OVER, series=series)
    page = page_of(one)
    assert (
        "The service: Between March 2016 and March 2019 cases per worker rose from 16.0 to 20.0 "
        "and agency share of social workers from 12% to 19%." in section(page, "Inadequate")
    )
    assert (
        "On 31 March 2016 each worker held 16.0 cases; agency staff were 12% of social workers, "
        "and 15% of posts were vacant." in section(page, "Where it stood")
    )
    assert "Cases per worker | 16.0 | 20.0" in section(page, "The service in figures")
    few = {**series, "social_workers_fte": {2016: 3.0, 2019: 3.0}}
    page = page_of(history(*TAKEN_OVER, series=few))
    assert "so few social workers" in section(page, "Where it stood")
    assert "Cases per worker" not in page.markdown()
    assert "%" not in page.markdown()


def test_which_scenario_is_quicker_is_counted_over_replications() -> None:
    def left(day: str | None) -> list[tuple[date, date | None]]:
        return [(date(2015, 1, 1), None if day is None else date.fromisoformat(day))]

    a = [left("2017-01-01"), left("2018-01-01"), left(None), left("2017-01-01")]
    b = [left("2018-01-01"), left("2018-01-10"), left("2019-01-01"), left("2017-06-01")]
    counts = count_quicker(a, b, START, END)
    assert (counts.count, counts.first, counts.second, counts.by) == (4, 2, 1, "leaving")
    words = quicker_words(counts, ("Takeover", "Other"), PLACE)
    assert words == (
        "Luck: of 4 replications, Anytown left inadequate sooner in 2 under Takeover and in 1 "
        "under Other, and in 1 it made no difference. So few show only how much luck matters, "
        "not which rule is better."
    )
    never = count_quicker([[], []], [[], []], START, END)
    assert quicker_words(never, ("Takeover", "Other"), PLACE) == (
        "In none of the 2 replications looked at was Anytown ever judged inadequate."
    )


def test_durations_in_words() -> None:
    assert span(date(2016, 1, 1), date(2016, 1, 2)) == "1 day"
    assert span(date(2016, 1, 1), date(2016, 2, 1)) == "4 weeks"
    assert span(date(2016, 1, 1), date(2017, 8, 1)) == "19 months"
    assert span(date(2016, 1, 1), date(2018, 1, 1)) == "2 years"
    assert span(date(2016, 1, 1), date(2018, 2, 1)) == "2 years and 1 month"
    assert in_months(date(2015, 7, 20), date(2017, 11, 27)) == "28 months"


def test_a_page_as_markdown() -> None:
    page = page_of(history(*TAKEN_OVER), history(*HELPED, scenario="other"))
    words = page.markdown("a.png", "what it shows")
    assert words.startswith("# Anytown: Takeover and Other compared\n\n*Simulated")
    assert words.count("![what it shows](a.png)") == 1
    assert words.index("## In brief") < words.index("a.png") < words.index("## Where the two")
    assert "| First left inadequate | 2 November 2019 | 3 April 2018 |" in words


def test_the_timeline_shows_what_the_story_tells(tmp_path) -> None:
    one = history(*TAKEN_OVER, opening_grade="good")
    other = history(*HELPED, scenario="other", opening_grade="good")
    lanes = [(bar.lane, bar.what, bar.first.year, bar.last.year) for bar in bars_of(one)]
    assert lanes == [
        ("Judgement", "good", 2016, 2016),
        ("Judgement", "inadequate", 2016, 2019),
        ("Judgement", "good", 2019, 2022),
        ("Trust", "set-up", 2018, 2019),
        ("Trust", "trust", 2019, 2021),
        ("Interim director", "interim", 2018, 2019),
    ]
    chart = Timeline(CouncilStory(one, other, StorySource(1, 1))).chart()
    assert str(chart.headline) == ("Anytown: 42 months inadequate under Takeover, 23 under Other")
    assert "trust open from 1 May 2019 to 3 May 2021" in str(chart.alt)
    assert "not a forecast" in chart.source
    paths = chart.save(tmp_path)
    assert {path.suffix for path in paths} == {".svg", ".png", ".csv", ".txt"}
    first = {path.name: path.read_bytes() for path in paths}
    chart.save(tmp_path)
    assert first == {path.name: path.read_bytes() for path in paths}
    drawn = (tmp_path / f"{chart.name}.svg").read_text(encoding="utf-8")
    for words in ("Takeover", "Other", "Judgement", "being set up", "differ from 11 July 2016"):
        assert words in drawn
