"""Studies: rival beliefs, exploration of futures, sensitivity, attribution, short experiments.

How large each study is, and what it judges by, where the user does not say.
"""

from sim.inputs.metrics import HEADLINE

METRIC = HEADLINE
BELIEF_REPLICATIONS = 20  # of every set of beliefs, and of every set of parts switched off
SAMPLES, FEWEST_SAMPLES = 200, 40  # futures of an exploration
MOST_FUTURES = 100_000  # of any study: beyond it the design alone takes gigabytes
FUTURE_REPLICATIONS = 2  # of every future
TOLERANCE = 0.05  # of the mean of the best regime: "nearly as good as the best"
PAIRS = (
    ("control.trust_deviation", "trust.setup_months"),
    ("control.sponsor_deviation", "control.commissioner_deviation"),
)
TRAJECTORIES, FEWEST_TRAJECTORIES = 6, 4  # of a Morris screening
BASE, FEWEST_BASE = 64, 16  # of a Sobol design
MOST_SOBOL_PARAMETERS = 6
# Many futures are run in steps of four weeks: a month must hold the end of a step, and in
# longer steps the two phases of an assessment would take longer than they do.
SCREENING_WEEKS = 4
# The parts of a takeover, as mechanisms (seeds/mechanisms.toml).
PACKAGE = ("transition", "transmission", "transaction", "transgression", "transmutation")
