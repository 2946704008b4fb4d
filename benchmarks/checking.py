"""How long `simulate check` takes, as a whole process, and what it needs of memory.

    python benchmarks/checking.py

A sound scenario and a set of beliefs should answer in half a second, and files made to be slow be
refused within a second. The least of five runs is given, and the processor's time, since a machine
may be busy.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 5
HEAD = 'title = "Mine"\n[england]\nstart = 2024-09-01\nyears = 10\n'
RULE = '[[rule]]\nname = "{n}"\nwhen = {when}\ndo = "{do}"\nwhy = "w"\nsource = "s"\n'
# What reports the child's own peak of memory, where the system tells it.
CHILD = (
    "import sys\nfrom sim.cli.main import main\n"
    "try: main(['check', '-q', *sys.argv[1:]])\n"
    "except SystemExit: pass\n"
    "try: print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])\n"
    "except OSError: print(0)\n"
)


def long_rules() -> str:
    """As many rules as may be, each with as many conditions, no two alike."""

    def when(n: int) -> str:
        many = ", ".join(
            f'{{ grade = "inadequate", vacancy = {{ above = 0.{j + n % 60} }} }}'
            for j in range(10, 30)
        )
        few = ", ".join(f"{{ caseload = {{ above = {j + n} }} }}" for j in range(10))
        return f"{{ any = [{many}], not = {{ any = [{few}] }} }}"

    steps = ("notice", "commissioner")
    return "".join(RULE.format(n=f"R{n}", when=when(n), do=steps[n % 2]) for n in range(200))


FILES = {
    "a million rules": HEAD + "[[rule]]\n" * 1_000_000,
    "25,000 lines of rules": HEAD + "[[rule]]\n" * 24_900,
    "half a megabyte of tables": HEAD + "x = [\n" + ("{}," * 3_000 + "\n") * 54 + "]\n",
    "half a megabyte of numbers": HEAD + "x = [\n" + ("1," * 4_900 + "\n") * 50 + "]\n",
    "half a megabyte of keys": HEAD + "".join(f"k{n}=1\n" for n in range(24_000)),
    "deep lists": HEAD + "x = " + "[" * 9_000 + "\n",
    "long dotted keys": HEAD + "".join("a." * 4_000 + f"b{n} = 1\n" for n in range(50)),
    "two hundred long rules": HEAD + long_rules(),
    "2,000 changes": HEAD + "[[change]]\nlever = 'x'\n" * 2_000,
    "2,000 beliefs": 'title = "x"\n' + "[[belief]]\nparameter = 'x'\n" * 2_000,
}


def measured(argument: str) -> tuple[float, float, float]:
    """Least seconds on the clock and of the processor, and megabytes at the peak."""
    clock = processor = float("inf")
    memory = 0.0
    for _ in range(RUNS):
        begun, before = time.perf_counter(), os.times()
        done = subprocess.run(
            [sys.executable, "-c", CHILD, argument], capture_output=True, text=True, check=True
        )
        clock, after = min(clock, time.perf_counter() - begun), os.times()
        spent = after.children_user + after.children_system
        processor = min(processor, spent - before.children_user - before.children_system)
        memory = int(done.stdout.split()[-1]) / 1024
    return clock, processor, memory


def main() -> None:
    """Print seconds on the clock, seconds of the processor and megabytes for each file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mine.toml"
        for name in ("trusts-2016", "as-practised-2024", "critics"):
            print("{:28} {:5.2f} s {:5.2f} s {:6.0f} MB".format(name, *measured(name)))
        for name, text in FILES.items():
            path.write_text(text, encoding="utf-8")
            print("{:28} {:5.2f} s {:5.2f} s {:6.0f} MB".format(name, *measured(str(path))))


if __name__ == "__main__":
    main()
