"""No correct method is accused: every law, over many seeds, for every method of the catalogue and for strangers.

`python -m tests.laws.no_false_alarms 200` runs 200 seeds, seed after seed, and prints every accusation.
"""

import sys
import time

from estimators import laws
from estimators.catalogue import ESTIMATORS

from .strangers import STRANGERS

CORRECT = {name: (name, {}) for name in ESTIMATORS} | STRANGERS


def accusations(name: str, seed: int, examples: int = 2) -> list[str]:
    """What the laws say against a correct method on the surveys of one seed: nothing, it is hoped."""
    method, claims = CORRECT[name]
    report = laws.report(method, seed=seed, examples=examples, shrink=False, **claims)
    return [f"{name}, seed {seed}: {row.law}: {' '.join(row.reason.split())}" for row in report.rows if row.broken]


def main() -> None:
    """Run the seeds asked for (from an optional first one) and say what was found."""
    last, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    begun, found = time.process_time(), 0
    for seed in range(first, last):
        for name in CORRECT:
            for line in accusations(name, seed):
                found += 1
                print(line, flush=True)
        print(f"seed {seed}: {found} accusations, {time.process_time() - begun:.0f} s of computing", flush=True)


if __name__ == "__main__":
    main()
