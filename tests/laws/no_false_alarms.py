"""No correct method is accused: every law, over many seeds, for every method of the catalogue and for strangers.

`python -m tests.laws.no_false_alarms 200` runs 200 seeds, seed after seed, and prints every accusation. A second number
is the first seed; `quick` after that leaves out the laws that draw hundreds of samples, which take most of the time.
"""

import sys
import time

from estimators import laws
from estimators.catalogue import ESTIMATORS

from .strangers import STRANGERS

#: Laws that draw hundreds of samples for each seed.
COSTLY = ("calibrated", "false-alarms", "resamples-kept")
CORRECT = {name: (name, {}) for name in ESTIMATORS} | STRANGERS


def accusations(name: str, seed: int, examples: int = 2, without: tuple[str, ...] = ()) -> list[str]:
    """What the laws say against a correct method on the surveys of one seed: nothing, it is hoped."""
    method, claims = CORRECT[name]
    report = laws.report(method, seed=seed, examples=examples, shrink=False, without=without, **claims)
    return [f"{name}, seed {seed}: {row.law}: {' '.join(row.reason.split())}" for row in report.rows if row.broken]


def main() -> None:
    """Run the seeds asked for (from an optional first one) and say what was found."""
    last, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    without = COSTLY if "quick" in sys.argv else ()
    begun, found = time.process_time(), 0
    for seed in range(first, last):
        for name in CORRECT:
            for line in accusations(name, seed, 1 if without else 2, without):
                found += 1
                print(line, flush=True)
        print(f"seed {seed}: {found} accusations, {time.process_time() - begun:.0f} s of computing", flush=True)


if __name__ == "__main__":
    main()
