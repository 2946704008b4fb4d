"""Makes the reference run of `outputs/example/` and the README's pictures.

python docs/example.py            refuses code, seeds or scenarios that are not committed
python docs/example.py --draft    does not

It runs what the README shows, twenty replications with random seed 1, on this machine's processors;
verifies the run folder; and stores the small files: the run's tables as one archive, the summary,
the comparison, the briefing for a minister, and the pictures.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "outputs" / "example"
PICTURES = ROOT / "docs" / "pictures"
ARCHIVE = "run.zip"
RUN = ("--scenario", "trusts-2016", "--seed", "1")
REPLICATIONS = 20
TABLES = ("summary.csv", "comparison.csv")
SHOWN = ("children-under-poor-practice", "where-the-time-goes", "luck-and-choice")
MOST_BYTES = 4_200_000
_THEN = (1980, 1, 1, 0, 0, 0)  # the same run gives the same archive

ABOUT = """\
# A reference run

`{command}`

The takeover regime of 2016 and the four scenarios that it is compared with. Everything here is
simulated: nothing is a forecast of any council. Made by `python docs/example.py`, which also draws
the README's pictures.

| file | what it is |
| --- | --- |
| `briefing.html` | the briefing for a minister: open it in a browser |
| `summary.csv`, `comparison.csv` | the metrics of each scenario; their differences |
| `run.zip` | the run folder without its charts, which can be drawn from it |

To use it:

```text
python -m zipfile -e outputs/example/run.zip example
simulate verify example
simulate charts example
simulate briefing example --audience researcher
```
"""


def main(arguments: Sequence[str]) -> int:
    """Make the example; returns the exit code."""
    known = {"--draft"}
    if wrong := [word for word in arguments if word not in known]:
        print(f"{' '.join(wrong)}: not known; {' '.join(sorted(known))} is", file=sys.stderr)
        return 2
    more = () if "--draft" in arguments else ("--publication",)
    make(EXAMPLE, PICTURES, ("--replications", str(REPLICATIONS), *more))
    size = sum(path.stat().st_size for path in EXAMPLE.iterdir())
    print(f"{size / 1e6:.1f} MB in {EXAMPLE.relative_to(ROOT)}")
    if size > MOST_BYTES:
        print(f"more than {MOST_BYTES / 1e6:.0f} MB: too much to keep", file=sys.stderr)
        return 1
    return 0


def make(example: Path, pictures: Path, options: Sequence[str]) -> None:
    """Run with these options, and put the files to store into the two folders."""
    with TemporaryDirectory(prefix="example-") as place:
        _simulate(*RUN, *options, "--no-charts", "--quiet", "--out", place)
        (record,) = Path(place).rglob("record.json")
        run = record.parent
        _simulate("verify", str(run))
        shutil.rmtree(example, ignore_errors=True)
        example.mkdir(parents=True)
        _archive(run, example / ARCHIVE)
        for table in TABLES:
            shutil.copyfile(run / table, example / table)
        _simulate("briefing", str(run), "--out", str(example / "briefing.html"))
        _simulate("charts", str(run))
        pictures.mkdir(parents=True, exist_ok=True)
        for name in SHOWN:
            for ending in ("png", "svg"):
                shutil.copyfile(run / "charts" / f"{name}.{ending}", pictures / f"{name}.{ending}")
    words = [word for word in (*RUN, *options) if word != "--publication"]
    command = " ".join(("simulate", *words, "--no-charts"))
    (example / "README.md").write_text(ABOUT.format(command=command), encoding="utf-8")


def _archive(run: Path, to: Path) -> None:
    """The files of a run folder as one archive."""
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in run.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(str(path.relative_to(run)), _THEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=9)


def _simulate(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "sim.cli.main", *words], check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
