"""What Ofsted published, to hold beside a simulation: councils at each grade, month by month."""

from __future__ import annotations

import pandas as pd

from sim.inputs.files.places import seeds_dir
from sim.results.run_folder import Run

GRADES = {
    "councils_inadequate": ("inadequate",),
    "councils_good_or_better": ("good", "outstanding"),
}


def published_grades(run: Run) -> pd.DataFrame:
    """Columns month, metric, value: councils whose latest overall grade at the month's end is so.

    Counts judgements under the single inspection framework and ILACS that the seed tables
    hold, over the months of the run that they reach.
    """
    judged = pd.read_csv(seeds_dir() / "judgements.csv", dtype={"dfe_code": str})
    judged = judged.assign(published=pd.to_datetime(judged["published"], errors="coerce"))
    judged = judged.dropna(subset=["published", "overall"]).sort_values("published")
    last = judged["published"].max()
    months = pd.period_range(run.start, min(pd.Timestamp(run.end), last), freq="M")
    rows = []
    for month in months:
        upto = judged[judged["published"] <= month.end_time]
        latest = upto.groupby("dfe_code")["overall"].last()
        rows += [
            (month.start_time, metric, int(latest.isin(grades).sum()))
            for metric, grades in GRADES.items()
        ]
    return pd.DataFrame(rows, columns=["month", "metric", "value"])
