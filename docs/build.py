"""Makes the generated parts of the documents: `python docs/build.py [--check]`.

Blocks between `<!-- generated: name -->` and `<!-- end -->` and the assumptions log come from
the ledger, the levers and the metrics; the data log from the seed tables and what the dictionary
and the list of sources say of them; the causal map from the loops. With `--check`, nothing
is written and the exit code is 1 where something is out of date.
"""

from __future__ import annotations

import csv
import hashlib
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from sim.inputs.evidence.ledger import Ledger, load_ledger
from sim.inputs.files.places import seeds_dir
from sim.inputs.metrics import METRICS
from sim.inputs.policy.levers import LEVERS

DOCS = Path(__file__).resolve().parent
_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end -->)", re.S)


def main(arguments: list[str]) -> int:
    """Write every generated text, or only compare; returns the exit code."""
    stale = [path for path, text in generated().items() if _read(path) != text]
    if "--check" in arguments:
        for path in stale:
            print(f"out of date: {path.relative_to(DOCS)}; run python docs/build.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(generated()[path], encoding="utf-8")
        print(f"wrote {path.relative_to(DOCS)}")
    draw_causal_map(DOCS / "model" / "causal-map.svg")
    return 0


def generated() -> dict[Path, str]:
    """The text each document should have."""
    texts = {
        DOCS / "logs" / "assumptions.md": assumptions(load_ledger()),
        DOCS / "logs" / "data.md": data_log(seeds_dir()),
    }
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        if _BLOCK.search(text):
            texts[path] = _BLOCK.sub(lambda m: m[1] + BLOCKS[m[2]]() + m[3], text)
    return texts


def empty_items(stress: str) -> list[str]:
    """The headings of the STRESS document that have no text."""
    parts = re.split(r"^(#{2,4} .+)$", stress, flags=re.M)[1:]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    missing = []
    for k, (heading, body) in enumerate(pairs):
        level = heading.split(" ")[0]
        follows = pairs[k + 1][0].split(" ")[0] if k + 1 < len(pairs) else ""
        if not re.sub(r"<!--.*?-->", "", body).strip() and len(follows) <= len(level):
            missing.append(heading.lstrip("# "))
    return missing


def assumptions(ledger: Ledger) -> str:
    """The assumptions log: every parameter, by section."""
    rows = [
        "# Assumptions log",
        "",
        "Every parameter of the model, from `seeds/parameters.toml`. *Quality* is how good the",
        "evidence is, *impact* how much the results depend on it (green, amber, red). Made by",
        "`python docs/build.py`. Words are used as in the [glossary](../glossary.md).",
    ]
    section = ""
    for name, entry in sorted(ledger.items()):
        if name.split(".")[0] != section:
            section = name.split(".")[0]
            rows += ["", f"## {section.capitalize()}", ""]
            rows += [
                "| parameter | value | range | unit | drives "
                "| source | quality | impact | review by |"
            ]
            rows += ["| --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
        rows.append(
            f"| `{name}` | {entry.value:g} | {entry.low:g} to {entry.high:g} | {entry.unit} "
            f"| {entry.drives} | {entry.source} | {entry.quality} | {entry.impact} "
            f"| {entry.review_by} |"
        )
    return "\n".join(rows) + "\n"


def data_log(seeds: Path) -> str:
    """The data log: every seed table as it stands, and every source as it was read."""
    tables = [
        "| table | rows | columns | cells blank | sources | known problems | hash |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    about = _sections((seeds / "DICTIONARY.md").read_text(encoding="utf-8"))
    for path in sorted(seeds.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file))
        entry = about.get(path.name, "")
        cells = max(len(rows) * len(header), 1)
        blank = sum(not cell.strip() for row in rows for cell in row) / cells
        sources = sorted(set(re.findall(r"\bS\d+\b", entry)), key=lambda name: int(name[1:]))
        problems = re.search(r"^Problems?: (.+?)(?:\n\n|\Z)", entry, re.M | re.S)
        tables.append(
            f"| `{path.name}` | {len(rows):,} | {len(header)} | {blank:.1%} "
            f"| {', '.join(sources) or 'see the dictionary'} "
            f"| {' '.join(problems[1].split()) if problems else 'none noted'} "
            f"| `{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}` |"
        )
    page = (seeds / "SOURCES.md").read_text(encoding="utf-8")
    sources_table = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    missing = re.search(r"^What was looked for and not found: (.+?)(?:\n\n|\Z)", page, re.M | re.S)
    return DATA_LOG.format(
        tables="\n".join(tables),
        sources=sources_table,
        missing=" ".join(missing[1].split()) if missing else "Nothing.",
    )


def _sections(dictionary: str) -> dict[str, str]:
    """The part of the dictionary on each table, by file name."""
    parts = re.split(r"^## (\S+\.csv)\b.*$", dictionary, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


DATA_LOG = """\
# Data log

The data that a run starts from, listed by `python docs/build.py`. The columns of each table, with
units and sources, are in the [data dictionary](../../seeds/DICTIONARY.md). The hash is the start of
the SHA-256 of the file and changes with it. The tables are made from raw facts by
`seeds/build/build.py` and checked by `tests/inputs/`; no outcome in them is later than
31 August 2024. Words are used as in the [glossary](../glossary.md).

## Tables

{tables}

## Sources

The last column says how far each is trusted.

{sources}

## Looked for and not found

{missing}
"""


def _metrics() -> str:
    rows = ["| output | unit | kind | meaning |", "| --- | --- | --- | --- |"]
    rows += [f"| `{m.name}` | {m.unit} | {m.kind} | {m.label} |" for m in METRICS.values()]
    return "\n".join(rows) + "\n"


def _levers() -> str:
    rows = ["| lever | default | unit | meaning | moves |", "| --- | --- | --- | --- | --- |"]
    rows += [
        f"| `{v.name}` | {v.default} | {v.unit} | {v.meaning} | {', '.join(v.moves)} |"
        for v in LEVERS.values()
    ]
    return "\n".join(rows) + "\n"


def _ledger_summary() -> str:
    ledger = load_ledger()
    pairs = Counter((entry.quality, entry.impact) for entry in ledger.values())
    colours = ("green", "amber", "red")
    rows = ["| evidence \\ impact | green | amber | red |", "| --- | --- | --- | --- |"]
    rows += [f"| {q} | " + " | ".join(str(pairs[q, i]) for i in colours) + " |" for q in colours]
    bare = sum(entry.is_assumption for entry in ledger.values())
    rows += ["", f"{len(ledger)} parameters, of which {bare} rest on an assumption alone."]
    return "\n".join(rows) + "\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "metrics": _metrics,
    "levers": _levers,
    "ledger-summary": _ledger_summary,
}

# The loops of the debate (L1 to L12), each link with its sign.
LINKS = (
    ("inadequate\njudgement", "vacancies\nand agency", "+"),
    ("vacancies\nand agency", "practice", "-"),
    ("practice", "inadequate\njudgement", "-"),
    ("inadequate\njudgement", "referrals", "+"),
    ("referrals", "caseload", "+"),
    ("vacancies\nand agency", "caseload", "+"),
    ("caseload", "practice", "-"),
    ("caseload", "vacancies\nand agency", "+"),
    ("inadequate\njudgement", "reporting", "+"),
    ("reporting", "practice", "-"),
    ("caseload", "spending", "+"),
    ("spending", "early help", "-"),
    ("early help", "referrals", "-"),
    ("inadequate\njudgement", "money and\noutside help", "+"),
    ("money and\noutside help", "practice", "+"),
    ("inadequate\njudgement", "takeover\nunder way", "+"),
    ("takeover\nunder way", "leaders'\nattention", "-"),
    ("leaders'\nattention", "practice", "+"),
    ("money and\noutside help", "strong councils'\nattention", "-"),
    ("inadequate\njudgement", "inspection\nbacklog", "+"),
    ("inspection\nbacklog", "hidden\nfailure", "+"),
    ("hidden\nfailure", "inadequate\njudgement", "+"),
    ("inadequate\njudgement", "director\nleaves", "+"),
    ("director\nleaves", "practice", "-"),
)


def draw_causal_map(path: Path) -> None:
    """The causal map as SVG: boxes on two rings, arrows solid for + and dashed for -."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "causal map"
    import matplotlib.pyplot as plt

    place = {
        "practice": (0.0, 0.0),
        "inadequate\njudgement": (0.0, 3.0),
        "vacancies\nand agency": (-3.2, 1.6),
        "caseload": (-4.6, -0.6),
        "referrals": (-2.6, -2.3),
        "early help": (-0.6, -3.2),
        "spending": (-2.4, -4.2),
        "reporting": (1.3, 1.25),
        "money and\noutside help": (2.9, 1.1),
        "leaders'\nattention": (3.4, -1.6),
        "takeover\nunder way": (4.9, 2.7),
        "strong councils'\nattention": (5.3, 0.2),
        "inspection\nbacklog": (-2.6, 4.0),
        "hidden\nfailure": (-4.9, 3.0),
        "director\nleaves": (2.2, 4.5),
    }
    figure, axes = plt.subplots(figsize=(9.5, 7.4))
    axes.set(xlim=(-5.8, 6.2), ylim=(-4.8, 5.9))
    boxes = {
        name: axes.text(
            x,
            y,
            name,
            ha="center",
            va="center",
            fontsize=10.5,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "#3D3D3D"},
        ).get_bbox_patch()
        for name, (x, y) in place.items()
    }
    figure.canvas.draw()  # the arrows begin and end at the boxes, which are placed by now
    for cause, effect, sign in LINKS:
        axes.annotate(
            "",
            xy=place[effect],
            xytext=place[cause],
            arrowprops={
                "arrowstyle": "-|>",
                "color": "#12436D" if sign == "+" else "#F46A25",
                "linestyle": "-" if sign == "+" else "--",
                "linewidth": 1.6,
                "patchA": boxes[cause],
                "patchB": boxes[effect],
                "shrinkA": 1,
                "shrinkB": 3,
                "connectionstyle": "arc3,rad=0.14",
            },
        )
    axes.text(-5.6, 5.5, "What leads to what", fontsize=15, fontweight="bold", ha="left")
    note = "Solid blue: more leads to more.  Dashed orange: more leads to less."
    axes.text(-5.6, 5.1, note, fontsize=10.5, ha="left")
    axes.axis("off")
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    figure.savefig(
        path.with_suffix(".png"), dpi=110, metadata={"Software": None}, bbox_inches="tight"
    )
    plt.close(figure)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
