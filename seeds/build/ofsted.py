"""Judgements, directors and interventions, each with its dates and how they are known."""

from __future__ import annotations

from datetime import date, timedelta

from raw import CUT, Facts, Row, additions, number, resolve

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
    "trust_live": "trust",
}
ENDS = {
    "notice_lifted": ("notice",),
    "direction_lifted": ("direction",),
    "commissioner_end": ("commissioner",),
    "partnership_end": ("partnership",),
    "intervention_end": ("notice", "direction", "commissioner"),
}
VOLUNTARY = {"314", "318", "868"}  # Achieving for Children: councils that were not failing


def judgements(facts: Facts) -> list[Row]:
    """Every full inspection published to 31 August 2019.

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
    names = {row["name"]: row["dfe_code"] for row in facts.rows("local_authorities")}
    named = _named_inadequate(facts, names)
    judged = {
        row["dfe_code"]
        for row in judgements(facts)
        if row["overall"] == "inadequate" and row["published"] <= "2015-12-31"
    }
    rows = []
    for code in facts.codes():
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
    by_hand = additions("interventions_by_hand")
    replaced = {(row["dfe_code"], row["replaces"]) for row in by_hand}
    events: dict[str, list[Row]] = {}
    for raw in [
        *(
            r
            for r in facts.rows("interventions")
            if (r["dfe_code"], f"{r['event']} {r['date']}") not in replaced
        ),
        *by_hand,
    ]:
        day, precision = resolve(raw["date"])
        if day and date.fromisoformat(day) <= CUT:
            row = raw | {"day": day, "precision": precision}
            events.setdefault(raw["dfe_code"], []).append(row)
    judged: dict[str, list[Row]] = {}
    for judgement in judgements(facts):
        judged.setdefault(judgement["dfe_code"], []).append(judgement)
    old = {row["dfe_code"]: row for row in pre_sif(facts)}
    rows: list[Row] = []
    for code in facts.codes():
        mine = sorted(events.get(code, []), key=lambda row: (row["day"], row["event"]))
        spells = _recorded(code, mine)
        inspected = _inspected(judged.get(code, []), old[code])
        spells += _imputed_notices(code, spells, inspected)
        for spell in spells:
            _close(spell, spells, mine, inspected)
        rows += sorted(spells, key=lambda row: (row["start"] or row["decided"], row["kind"]))
    return rows


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
        precision = "approx" if event["date_precision"] == "approx" else event["precision"]
        spell = _spell(code, kind, event["day"], precision, "recorded")
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


def _inspected(judged: list[Row], old: Row) -> list[tuple[str, bool]]:
    """(day, inadequate) of every overall judgement of a council, in order."""
    found = [(row["published"], row["overall"] == "inadequate") for row in judged if row["overall"]]
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
    if kind in ("notice", "direction", "commissioner", "partnership") and start:
        for event in events:
            if kind in ENDS.get(event["event"], ()) and event["day"] > start:
                ends.append((event["day"], "recorded"))
        replaced_by = {"notice": ("notice", "direction")}.get(kind, (kind,))
        for other in spells:
            if other["kind"] in replaced_by and other["start"] > start:
                ends.append((other["start"], "replaced"))
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
