"""The command line on the real engine, in small parts: there is always one to lose and one to keep.

`python -m tests.helpers.small_chunks --scenario ...` is `simulate --scenario ...`.
"""

from __future__ import annotations


def main() -> None:
    """Run the command line with parts of four countries, and fits with parts of ten."""
    from sim.cli import main as command
    from sim.runs import plan
    from sim.studies import futures
    from sim.validation import calibration

    plan.MOST_COUNTRIES = 4
    futures.MOST_COUNTRIES = 8
    calibration.BATCH = 10
    command.main()


if __name__ == "__main__":
    main()
