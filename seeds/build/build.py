"""Rebuild the seed tables from a folder of raw facts.

    python seeds/build/build.py FACTS [--out seeds]

FACTS holds the compiled public figures named in seeds/SOURCES.md (one CSV a publication).
The tables are described column by column in seeds/DICTIONARY.md. The same facts give the
same bytes: rows are sorted by their keys, numbers are written as they were published, and
nothing depends on the clock or on the order of a set.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from children import children, outturn, spending, workforce
from ofsted import directors, interventions, judgements, pre_sif, routes, trusts, visits
from places import national, neighbours, projection, settlement, workforce_rules
from raw import Facts, write_table
from succession import councils, ons_codes, population, successors

TABLES = {
    "councils": councils,
    "successors": successors,
    "ons_codes": ons_codes,
    "population": population,
    "children": children,
    "workforce": workforce,
    "spending": spending,
    "outturn": outturn,
    "settlement": settlement,
    "neighbours": neighbours,
    "national": national,
    "judgements": judgements,
    "pre_sif": pre_sif,
    "directors": directors,
    "interventions": interventions,
    "routes": routes,
    "trusts": trusts,
    "visits": visits,
    "projection": projection,
    "workforce_rules": workforce_rules,
}


def main() -> None:
    """Read the arguments and write every table."""
    parser = argparse.ArgumentParser(description="Rebuild the seed tables from raw facts.")
    parser.add_argument("facts", type=Path, help="folder of raw facts, one CSV a publication")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    facts = Facts(arguments.facts)
    for name, build in TABLES.items():
        rows = build(facts)
        write_table(arguments.out / f"{name}.csv", rows)
        print(f"{name}.csv: {len(rows)} rows")


if __name__ == "__main__":
    main()
