"""Judgements, directors and interventions, each with its dates and how they are known."""

from __future__ import annotations

import re
from datetime import date, timedelta

from raw import CUT, Facts, Row, additions, number, resolve
from succession import BEFORE, CHANGES, alive, life

AREAS = ("leadership", "help_protection", "in_care", "care_leavers", "adoption")
NOT_GRADED = {"", "not judged"}
OLD_WORDS = {"satisfactory": "adequate", "requires improvement": "adequate"}
# Mean length of fieldwork and median wait for a SIF report (evidence A9, A10, A12).
FIELDWORK = {"full": timedelta(days=24), "standard": timedelta(days=11), "short": timedelta(days=4)}
REPORT_LAG = timedelta(days=50)
# A notice follows publication by a month and a half (evidence B5).
NOTICE_LAG = timedelta(days=46)
# A recorded notice or direction this soon after publication is taken as the answer to it.
NOTICE_WINDOW = timedelta(days=183)
# First day of the period of the written answer that names councils judged inadequate.
NAMED_FROM = date(2010, 12, 17)
STARTS = {
    "improvement_notice": "notice",
    "direction": "direction",
    "commissioner": "commissioner",
    "partnership_start": "partnership",
    "partnership": "partnership",
    "trust_live": "trust",
}
ENDS = {
    "notice_lifted": ("notice",),
    "direction_lifted": ("direction",),
    "commissioner_end": ("commissioner",),
    "partnership_end": ("partnership",),
    "intervention_end": ("notice", "direction", "commissioner"),
    "trust_end": ("trust",),
    "trust_cancelled": ("trust",),
}
# The minister's decision that the council keeps its services ends a commissioner's review,
# unless the record dates the commissioner's end.
RETAINED = "retained_control"
# Notices that the source takes to be about special educational needs are left out.
NOT_SOCIAL_CARE = ("likely SEND", "may be SEND")
# Two records of one event: the same council and event within so many days.
SAME_EVENT = timedelta(days=45)
EXACTNESS = ("day", "month", "year", "approx")
VOLUNTARY = {"314", "318", "868"}  # Achieving for Children: councils that were not failing


def judgements(facts: Facts) -> list[Row]:
    """Every full inspection published to 31 August 2024.

    Dates missing from the source come from `judgements_by_hand.csv` or, failing that, from
    the usual length of fieldwork and wait for a report; `date_basis` says which.
    """
    by_hand = {
        (row["dfe_code"], row["framework"], row["order"]): row
        for row in additions("judgements_by_hand")
    }
    seen: dict[tuple[str, str], int] = {}
    rows = []
    for raw in facts.rows("ofsted_judgements"):
        key = raw["dfe_code"], raw["framework"]
        seen[key] = seen.get(key, 0) + 1
        read = by_hand.get((*key, str(seen[key])), {})
        raw = raw | {name: value for name, value in read.items() if value and name in raw}
        start, start_precision = resolve(raw["inspection_start"])
        end, _ = resolve(raw["inspection_end"])
        length = FIELDWORK[raw["inspection_type"]]
        published, precision = resolve(raw["published"])
        imputed = not (start and published) or read.get("dates_imputed") == "yes"
        if not published:
            published = (date.fromisoformat(start) + length + REPORT_LAG).isoformat()
        if not start:
            start = (date.fromisoformat(published) - length - REPORT_LAG).isoformat()
        end = end or (date.fromisoformat(start) + length).isoformat()
        exact = start_precision == precision == "day"
        row = {
            "dfe_code": raw["dfe_code"],
            "framework": raw["framework"],
            "inspection_type": raw["inspection_type"],
            "fieldwork_start": start,
            "fieldwork_end": end,
            "published": published,
            "date_basis": "imputed" if imputed else "exact" if exact else "rounded",
            "overall": raw["overall"],
        }
        row |= {area: "" if raw[area] in NOT_GRADED else raw[area] for area in AREAS}
        row |= {"team_size": number(raw["hmi_team"]), "source": raw["source"]}
        if date.fromisoformat(published) <= CUT:
            rows.append(row)
    return sorted(rows, key=lambda row: (row["published"], row["dfe_code"]))


def directors(facts: Facts) -> list[Row]:
    """Directors in post, as inspection reports name them: one row a start date."""
    rows: dict[tuple[str, str], Row] = {}
    for raw in facts.rows("ofsted_judgements"):
        since, precision = resolve(raw["dcs_in_post_since"])
        if since:
            rows[raw["dfe_code"], since] = {
                "dfe_code": raw["dfe_code"],
                "in_post_since": since,
                "date_precision": precision,
                "still_in_post": raw["published"],
            }
    return [rows[key] for key in sorted(rows)]


def pre_sif(facts: Facts) -> list[Row]:
    """Grades of the last inspections before the single inspection framework."""
    found = {row["dfe_code"]: row for row in facts.rows("ofsted_pre_sif_baseline")}
    found |= {row["dfe_code"]: row for row in additions("pre_sif_by_hand")}
    first = [code for code in facts.codes() if life(code)[0] == BEFORE]
    names = {
        row["name"]: row["dfe_code"]
        for row in facts.rows("local_authorities")
        if row["dfe_code"] in first
    }
    named = _named_inadequate(facts, names)
    judged = {
        row["dfe_code"]
        for row in judgements(facts)
        if row["overall"] == "inadequate" and row["published"] <= "2015-12-31"
    }
    rows = []
    for code in first:
        raw = found.get(code, {})
        row = {"dfe_code": code}
        for area in ("safeguarding", "looked_after"):
            grade = raw.get(f"{area}_grade", "")
            when, precision = resolve(raw.get(f"{area}_when", ""))
            row |= {
                f"{area}_grade": OLD_WORDS.get(grade, grade),
                f"{area}_date": when,
                f"{area}_precision": precision,
            }
        row |= {"inadequate_date": "", "inadequate_basis": ""}
        if row["safeguarding_grade"] == "inadequate":
            row |= {"inadequate_date": row["safeguarding_date"], "inadequate_basis": "recorded"}
        elif code in named - judged and row["safeguarding_date"]:
            # Named as inadequate within the period, and not since the last inspection.
            last = date.fromisoformat(row["safeguarding_date"])
            middle = NAMED_FROM + (last - NAMED_FROM) / 2
            row |= {"inadequate_date": middle.isoformat(), "inadequate_basis": "named in answer"}
        report = "Ofsted report of the first SIF inspection" if raw else ""
        row["source"] = raw.get("source", report)
        rows.append(row)
    return rows


def _named_inadequate(facts: Facts, names: dict[str, str]) -> set[str]:
    """Codes of the councils a written answer names as inadequate, 2010-12 to 2015-12."""
    figure = next(
        row["figure"]
        for row in facts.rows("quoted_figures")
        if row["item"].startswith("LAs rated inadequate in any")
    )
    short = {name.split(",")[0].removesuffix(" City"): code for name, code in names.items()}
    listed = figure.split(": ", 1)[1].split(", ")
    return {short[name.removesuffix(" City")] for name in listed}


def interventions(facts: Facts) -> list[Row]:
    """Notices, directions, commissioners, partnerships and trusts as dated spells."""
    events: dict[str, list[Row]] = {}
    for event in _events(facts):
        events.setdefault(event["dfe_code"], []).append(event)
    judged: dict[str, list[Row]] = {}
    for judgement in judgements(facts):
        judged.setdefault(judgement["dfe_code"], []).append(judgement)
    old = {row["dfe_code"]: row for row in pre_sif(facts)}
    rows: list[Row] = []
    for code in facts.codes():
        mine = sorted(events.get(code, []), key=lambda row: (row["day"], row["event"]))
        spells = _recorded(code, mine)
        inspected = _inspected(judged.get(code, []), old.get(code))
        spells += _imputed_notices(code, spells, inspected)
        # What a council left open its successors inherit, until one is judged better.
        after = [row for new in CHANGES.get(code, ("", ()))[1] for row in judged.get(new, [])]
        for spell in spells:
            _close(spell, spells, mine, sorted(inspected + _inspected(after, None)))
        rows += sorted(spells, key=lambda row: (row["start"] or row["decided"], row["kind"]))
    return rows


def _events(facts: Facts) -> list[Row]:
    """Every dated event to the cut; of two records of one event the more exactly dated."""
    by_hand = additions("interventions_by_hand")
    replaced = {(row["dfe_code"], row["replaces"]) for row in by_hand}
    kept: dict[tuple[str, str], list[Row]] = {}
    for raw in [
        *(
            row
            for name in ("interventions", "interventions_2019_2024")
            for row in facts.rows(name)
            if (row["dfe_code"], f"{row['event']} {row['date']}") not in replaced
            and not any(mark in row["detail"] for mark in NOT_SOCIAL_CARE)
        ),
        *by_hand,
    ]:
        day, precision = resolve(raw["date"])
        if not day or date.fromisoformat(day) > CUT:
            continue
        if raw["date_precision"] == "approx":
            precision = "approx"
        event = raw | {"day": day, "precision": precision}
        others = kept.setdefault((raw["dfe_code"], raw["event"]), [])
        for place, other in enumerate(others):
            apart = abs(date.fromisoformat(other["day"]) - date.fromisoformat(day))
            if apart <= SAME_EVENT and _one_event(other, event):
                if EXACTNESS.index(precision) < EXACTNESS.index(other["precision"]):
                    others[place] = event
                break
        else:
            others.append(event)
    return [event for events in kept.values() for event in events]


def _one_event(one: Row, other: Row) -> bool:
    """Two days that both are exact, and differ, are two events."""
    exact = one["precision"] == other["precision"] == "day"
    return not exact or one["day"] == other["day"]


def _spell(code: str, kind: str, start: str, precision: str, basis: str) -> Row:
    return {
        "dfe_code": code,
        "kind": kind,
        "decided": "",
        "start": start,
        "date_precision": precision,
        "end": "",
        "end_basis": "",
        "partner": "",
        "basis": basis,
        "detail": "",
        "source": "",
        "source_type": "",
    }


def _recorded(code: str, events: list[Row]) -> list[Row]:
    """Spells that the record starts; a renewed notice or direction continues the first."""
    spells: list[Row] = []
    decided = min((e["day"] for e in events if e["event"] == "trust_decision"), default="")
    for event in events:
        kind = STARTS.get(event["event"])
        if kind == "trust" and code in VOLUNTARY:
            kind = "voluntary_company"
        if kind is None:
            continue
        spell = _spell(code, kind, event["day"], event["precision"], "recorded")
        spell |= {n: event[n] for n in ("detail", "source", "source_type")}
        spell["partner"] = event.get("partner", "") or ""
        if kind == "trust":
            spell["decided"] = decided
        spells.append(spell)
    if decided and not any(spell["kind"] == "trust" for spell in spells):
        event = next(e for e in events if e["event"] == "trust_decision")
        spell = _spell(code, "trust", "", event["precision"], "recorded") | {"decided": decided}
        spells.append(spell | {n: event[n] for n in ("detail", "source", "source_type")})
    return spells


def _inspected(judged: list[Row], old: Row | None) -> list[tuple[str, bool]]:
    """(day, inadequate) of every overall judgement of a council, in order."""
    found = [(row["published"], row["overall"] == "inadequate") for row in judged if row["overall"]]
    if old:
        for day in {old["safeguarding_date"], old["inadequate_date"]} - {""}:
            found.append((day, day == old["inadequate_date"]))
    return sorted(found)


def _imputed_notices(code: str, spells: list[Row], inspected: list[tuple[str, bool]]) -> list[Row]:
    """A notice for each failure that no recorded notice or direction answers."""
    rows = []
    for index, (day, inadequate) in enumerate(inspected):
        if not inadequate or (index and inspected[index - 1][1]):
            continue
        published = date.fromisoformat(day)
        until = (published + NOTICE_WINDOW).isoformat()
        # Already under a notice: the latest one not closed by a better judgement since.
        better = max((d for d, failed in inspected if d < day and not failed), default="")
        answered = any(
            spell["kind"] in ("notice", "direction") and better < spell["start"] <= until
            for spell in spells
        )
        start = (published + NOTICE_LAG).isoformat()
        if not answered and published >= NAMED_FROM and start <= CUT.isoformat():
            row = _spell(code, "notice", start, "imputed", "imputed")
            row |= {"detail": f"No notice known after the judgement of {day}"}
            rows.append(row | {"source": "assumption, evidence B5", "source_type": "assumption"})
    return rows


def _close(
    spell: Row, spells: list[Row], events: list[Row], inspected: list[tuple[str, bool]]
) -> None:
    """Give a spell its end: recorded, or replaced by the next, or closed by a better judgement."""
    kind, start = spell["kind"], spell["start"]
    ends: list[tuple[str, str]] = []
    if kind == "trust":
        for event in events:
            if kind in ENDS.get(event["event"], ()) and event["day"] > spell["decided"]:
                ends.append((event["day"], "recorded"))
    if kind in ("notice", "direction", "commissioner", "partnership") and start:
        replaced_by = {"notice": ("notice", "direction")}.get(kind, (kind,))
        for other in spells:
            if other["kind"] in replaced_by and other["start"] > start:
                ends.append((other["start"], "replaced"))
        # What is recorded after the next of its kind began is the end of that one.
        until = min(ends)[0] if ends else CUT.isoformat()
        ended = [
            event["day"]
            for event in events
            if kind in ENDS.get(event["event"], ()) and start < event["day"] <= until
        ]
        if kind == "commissioner" and not ended:
            ended = [e["day"] for e in events if e["event"] == RETAINED and start < e["day"]]
        ends += [(day, "recorded") for day in ended]
    recorded = any(basis == "recorded" for _, basis in ends)
    partnered = any(other["kind"] == "partnership" and not other["end"] for other in spells)
    if (
        kind in ("notice", "direction", "commissioner")
        and not recorded
        and not (kind == "direction" and partnered)
    ):
        better = [day for day, inadequate in inspected if day > start and not inadequate]
        ends += [(day, "better judgement") for day in better[:1]]
    if ends:
        spell["end"], spell["end_basis"] = min(ends)


ROUTES = {
    "trust_already_ordered": "trust already ordered",
    "trust_already_open": "trust already open",
    "commissioner": "commissioner",
    "commissioner_already": "commissioner already there",
    "notice_then_commissioner": "notice, later commissioner",
    "notice_adviser": "notice and adviser",
    "direction_adviser": "direction and adviser",
    "not_found": "",
}


def routes(facts: Facts) -> list[Row]:
    """The route taken after each judgement of inadequate since January 2018."""
    rows = []
    for raw in facts.rows("intervention_routes_2018_2024"):
        before = raw["previous_overall"]
        later = raw["next_published"] <= CUT.isoformat()
        rows.append(
            {
                "dfe_code": raw["dfe_code"],
                "published": raw["inadequate_published"],
                "previous": "" if before == "nan" else before,
                "all_three_inadequate": raw["leadership_protection_care_all_inadequate"],
                "route": ROUTES[raw["route"]],
                "review": raw["outcome_of_review"].replace("_", " "),
                "next_published": raw["next_published"] if later else "",
                "next_overall": raw["next_overall"] if later else "",
                "note": raw["note"],
            }
        )
    return sorted(rows, key=lambda row: (row["published"], row["dfe_code"]))


VISITS = {"ILACS Focused Visit": "focused", "LA Monitoring visit": "monitoring"}


def visits(facts: Facts) -> list[Row]:
    """Focused and monitoring visits from March 2022 to the cut."""
    rows = {}
    for name in ("ofsted_visits_2022_23", "ofsted_visits_2023_24"):
        for raw in facts.rows(name):
            kind = VISITS.get(raw["type"])
            if kind and raw["date"] <= CUT.isoformat():
                code = _council(facts, raw["name"], raw["date"])
                rows[raw["date"], code, kind] = {
                    "dfe_code": code,
                    "visited": raw["date"],
                    "kind": kind,
                    "theme": raw["theme"],
                }
    return [rows[key] for key in sorted(rows)]


def _council(facts: Facts, name: str, day: str) -> str:
    """The council that stood on a day under a name, however it is written."""
    (code,) = (
        la["dfe_code"]
        for la in facts.rows("local_authorities")
        if _plain(la["name"]) == _plain(name) and alive(la["dfe_code"], day)
    )
    return code


def _plain(name: str) -> str:
    words = name.lower().replace("&", "and").replace("-", " ").replace(".", "").replace(",", "")
    return " ".join(sorted(set(words.split()) - {"county", "city", "of", "upon"}))


# When the end of a trust was decided, and the day it was decided for, read by hand:
# communitycare.co.uk 13 April 2022 and 22 January 2024.
TRUST_ENDS = {
    "371": {"end_decided": "2022-03-30", "end_planned": "2022-09-01"},
    "885": {"end_decided": "2024-01-01", "end_planned": "2024-10-01"},
}
TRUST_MONEY = ("setup_cost_note", "annual_value_note", "overspends", "other_money")
TRUST_KINDS = {
    "directed": "directed",
    "agreed after direction": "agreed",
    "agreed after commissioner": "agreed",
    "voluntary after intervention": "agreed",
    "voluntary": "voluntary",
    "directed, cancelled": "cancelled",
    "peer takeover": "peer",
    "peer contract": "peer",
    "peer partnership": "peer",
    "peer (trust as partner)": "peer",
}


def trusts(facts: Facts) -> list[Row]:
    """Trusts, companies and the main peer arrangements, one row a council."""
    rows = []
    for raw in facts.rows("trusts"):
        raw = {name: _known(text) for name, text in raw.items()}
        decided, decided_precision = resolve(raw["decision_date"])
        opened, opened_precision = resolve(raw["opening_date"])
        ended, _ = resolve(raw["end_date"])
        change = re.search(r"\d{4}(-\d\d-\d\d)?", raw["ownership_changes"])
        changed, _ = resolve(change.group()) if change and opened else ("", "")
        for code in raw["dfe_codes"].split(";"):
            rows.append(
                {
                    "dfe_code": code,
                    "name": re.sub(r"^\(.*?\) ", "", raw["trust"]),
                    "kind": TRUST_KINDS[raw["kind"]],
                    "decided": decided,
                    "decided_precision": _precision(raw["decision_precision"], decided_precision),
                    "opened": opened,
                    "opened_precision": _precision(raw["opening_precision"], opened_precision),
                    "owner_at_opening": raw["owner_at_opening"],
                    "owner_changed": changed,
                    "owner_change": raw["ownership_changes"],
                    "contract": raw["contract"],
                    "ended": ended,
                    "end_decided": "",
                    "end_planned": "",
                    "state": raw["end_reason_or_state"],
                    "setup_gbp_m": number(raw["setup_cost_gbp_m"]),
                    "annual_gbp_m": number(raw["annual_value_gbp_m"]),
                    "money": "; ".join(raw[name] for name in TRUST_MONEY if raw[name]),
                    "grade_at_decision": raw["grade_at_decision"],
                    "grades_after": raw["grades_after_opening"],
                    "source": raw["sources"],
                    "quality": raw["source_quality"],
                }
                | TRUST_ENDS.get(code, {})
            )
    return sorted(rows, key=lambda row: (row["dfe_code"], row["name"]))


def _known(text: str) -> str:
    """A text of the source, blank where it says that nothing was found."""
    if text.startswith("NOT FOUND") or text in ("none", "none found", "planned"):
        return ""
    plain = text.replace("EVIDENCE", "evidence").replace("; quoted_figures.csv", "")
    return re.sub(r"interventions\.csv( rows for \d+)?", "interventions.csv", plain)


def _precision(stated: str, resolved: str) -> str:
    return "approx" if stated == "approx" else resolved
