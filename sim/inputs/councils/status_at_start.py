"""Where each council stands on a date with Ofsted, its director and the department.

A council that followed others stands where the one that most of its children came from stood,
until something happens in its own name.
"""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from sim.inputs.councils.imputation import AS_PREDECESSOR, Filling
from sim.inputs.councils.seed_tables import Tables
from sim.inputs.councils.table_specs import GRADE_WORDS, OLD_GRADE_WORDS
from sim.units import DAYS_A_YEAR, Array, BoolArray, IntArray

# The key judgements, in the order of the baseline.
KEY_JUDGEMENTS = ("help_protection", "in_care", "leadership")
# Mean time a permanent director has been in post (evidence G3: 32 to 37 months).
DIRECTOR_YEARS = 3.0
LONGEST_DIRECTOR_YEARS = 10.0
# A report says who was director then; a third change each year (evidence G1).
REPORT_HOLDS_DAYS = 730
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def inspection(tables: Tables, on: date, filling: Filling) -> dict[str, Array]:
    """Ofsted's side of the baseline: grades published, and inspections begun, by the date.

    The latest report counts, whichever table of the sources it is from. Where those disagree or
    leave the grade out, the seed table says what was taken and why (seeds/DICTIONARY.md):
    Bournemouth 2014 and Northamptonshire 2016 from the press and their councils' papers, so that
    the first round adds up to Ofsted's own count. Both lack key judgements (0).
    """
    count = len(tables.codes)
    today = on.toordinal()
    old = tables.history("pre_sif")
    order = tables.column_of(old["dfe_code"])

    def from_old(values: IntArray) -> IntArray:
        placed = np.zeros(count, dtype=np.int64)
        placed[order] = values
        return placed

    pre_date = from_old(old["safeguarding_date"])
    words = old["safeguarding_grade"]
    pre_grade = from_old(np.array([_grade(OLD_GRADE_WORDS, str(word)) for word in words]))
    known = (pre_date > 0) & (pre_date <= today)
    named = from_old(old["inadequate_date"])
    named = np.where(named <= today, named, 0)

    state = {
        name: np.zeros(count, dtype=np.int64)
        for name in ("grade", "grade_date", "first", "start", "end")
    }
    earlier = named.copy()
    key_grades = np.zeros((count, len(KEY_JUDGEMENTS)), dtype=np.int64)
    imputed_date, inherited = np.zeros((2, count), dtype=bool)
    table = tables.history("judgements")
    published = table["published"]
    councils = tables.column_of(table["dfe_code"])
    grades = [_grade(GRADE_WORDS, str(word)) for word in table["overall"]]
    keys = np.array(
        [[_grade(GRADE_WORDS, str(word)) for word in table[name]] for name in KEY_JUDGEMENTS]
    ).T
    starts, ends = table["fieldwork_start"], table["fieldwork_end"]
    inexact = table["date_basis"] != "exact"
    for row in np.argsort(published, kind="stable"):
        council, day, grade = councils[row], int(published[row]), grades[row]
        if day > today:
            if starts[row] <= today:
                state["start"][council], state["end"][council] = starts[row], ends[row]
            continue
        if grade > 1 and state["first"][council]:
            # The spell is over: its last inadequate judgement now lies behind.
            earlier[council] = state["grade_date"][council]
            state["first"][council] = 0
        if grade == 1 and not state["first"][council]:
            state["first"][council] = day
        state["grade"][council], state["grade_date"][council] = grade, day
        key_grades[council] = keys[row]
        imputed_date[council], inherited[council] = inexact[row], table["inherited"][row]
    filling.note("grade_date", imputed_date, "month or usual length of an inspection")
    named_only = np.zeros(count, dtype=bool)
    named_only[order] = old["inadequate_basis"] == "named in answer"
    filling.note(
        "earlier_inadequate",
        named_only & (earlier == named) & (named > 0),
        "middle of the period in which a written answer names the council",
    )
    fields = {
        "grade": state["grade"],
        "grade_date": state["grade_date"],
        "grade_inherited": inherited,
        "key_grades": key_grades,
        "first_inadequate_date": state["first"],
        "earlier_inadequate": earlier,
        "pre_sif_grade": np.where(known, pre_grade, 0),
        "pre_sif_date": np.where(known, pre_date, 0),
        "fieldwork_start": state["start"],
        "fieldwork_end": state["end"],
    }
    for name in ("grade", "grade_date", "first_inadequate_date", "key_grades"):
        filling.note(name, inherited, AS_PREDECESSOR)
    for name in ("earlier_inadequate", "pre_sif_grade", "pre_sif_date"):
        filling.note(name, tables.inherited, AS_PREDECESSOR)
    return fields


def _grade(words: tuple[str, ...], word: str) -> int:
    return words.index(word) + 1 if word else 0


def director_since(tables: Tables, on: date, filling: Filling) -> IntArray:
    """Day on which each council's director took up the post, as an ordinal (C,)."""
    today = on.toordinal()
    table = tables.history("directors")
    since, still = table["in_post_since"], table["still_in_post"]
    councils = tables.column_of(table["dfe_code"])
    days = np.zeros(len(tables.codes), dtype=np.int64)
    for row in np.argsort(since, kind="stable"):
        if since[row] <= today:
            holds = still[row] >= today - REPORT_HOLDS_DAYS
            days[councils[row]] = since[row] if holds else 0
    unknown = np.flatnonzero(days == 0)
    for rank, council in enumerate(unknown):
        # Quantiles of an exponential at evenly spread points: a spread of tenures without
        # chance, and neighbours in the list get unlike ones.
        years = -DIRECTOR_YEARS * math.log(1.0 - (rank + 0.5) * GOLDEN % 1.0)
        days[council] = today - round(DAYS_A_YEAR * min(years, LONGEST_DIRECTOR_YEARS))
    from_predecessor = np.zeros(len(days), dtype=bool)
    from_predecessor[councils[table["inherited"]]] = True
    filling.note(
        "director_since",
        from_predecessor & ~np.isin(np.arange(len(days)), unknown),
        AS_PREDECESSOR,
    )
    filling.note(
        "director_since",
        np.isin(np.arange(len(days)), unknown),
        "spread of tenures with a mean of three years",
    )
    return days


def _trust_ends(tables: Tables, today: int) -> IntArray:
    """The day on which each council's trust was planned to end, where that was decided by today
    (C,); 0 where it was not."""
    table = tables["trusts"]
    rows = (table["end_decided"] > 0) & (table["end_decided"] <= today)
    days = np.zeros(len(tables.codes), dtype=np.int64)
    np.maximum.at(days, tables.column_of(table["dfe_code"][rows]), table["end_planned"][rows])
    return days


def intervention(tables: Tables, on: date, filling: Filling) -> dict[str, IntArray]:
    """The department's side of the baseline: interventions in force on the date.

    An order for a trust that was called off by the date is none; one called off later stands.
    """
    count = len(tables.codes)
    today = on.toordinal()
    table = tables.history("interventions")
    kinds = table["kind"]
    start, end, decided = table["start"], table["end"], table["decided"]
    councils = tables.column_of(table["dfe_code"])
    begun = (start > 0) & (start <= today)
    over = (end > 0) & (end <= today)

    def since(name: str, kind: str, days: IntArray, rows: BoolArray) -> IntArray:
        """The latest of the days of such rows, by council; 0 where there is none."""
        latest, own = np.zeros((2, count), dtype=np.int64)
        for dates, chosen in ((latest, rows), (own, rows & ~table["inherited"])):
            chosen = chosen & (kinds == kind)
            np.maximum.at(dates, councils[chosen], days[chosen])
        filling.note(name, latest != own, AS_PREDECESSOR)
        return latest

    in_force = begun & ~over
    ordered = (decided > 0) & (decided <= today) & ~begun & ~over
    partner = np.full(count, -1, dtype=np.int64)
    leads = np.isin(table["partner"], tables.codes)
    rows = in_force & (kinds == "partnership") & leads
    partner[councils[rows]] = tables.column_of(table["partner"][rows])
    trust_since = since("trust_since", "trust", start, in_force)
    return {
        "commissioner_since": since("commissioner_since", "commissioner", start, in_force),
        "trust_since": trust_since,
        "trust_ends": np.where(trust_since > 0, _trust_ends(tables, today), 0),
        "trust_decided": since("trust_decided", "trust", decided, ordered),
        "partner_since": since("partner_since", "partnership", start, in_force),
        "partner": partner,
    }
