"""Plants faults and counts which are caught, and whether by a law that names each.

`python -m tests.laws.mutation_run` plants every one, prints which law caught each, and at the end what
became of all.
"""

import statistics
import time
from dataclasses import dataclass, field

from estimators import laws

from .mutations import CASES, METHODS, MUTATIONS, Mutant

Case = tuple[str, str]

#: One fault of each kind, and every third of those that are planted in a second method: over a hundred.
FEWER = [case for place, case in enumerate(CASES) if case[0] not in {name for name, _ in CASES[:place]}]
FEWER += [case for case in CASES if case not in FEWER][::3]


@dataclass
class Outcome:
    """What became of planted faults, and the seconds of computing that each took."""

    missed: list[Case] = field(default_factory=list)
    otherwise: list[tuple[str, str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        named = len(self.seconds) - len(self.missed) - len(self.otherwise)
        return (
            f"{len(self.seconds)} faults: {named} caught by a law that names them, {len(self.otherwise)} by another, "
            f"{len(self.missed)} missed; median {statistics.median(self.seconds):.2f} s, all {sum(self.seconds):.0f} s "
            f"of computing\nmissed {self.missed}\ncaught by another law {self.otherwise}"
        )


def caught(fault: str, method: str, named: bool = False) -> str | None:
    """The first law that catches a fault in a method, or None: of all, or of those that name it.

    A law's surveys are its own, whichever others are held before it: a fault that one of its laws catches first among
    all is caught among its laws too.
    """
    right, claims = METHODS[method]
    try:
        laws.check(Mutant(right, fault), only=MUTATIONS[fault].laws if named else None, shrink=False, **claims)
    except laws.LawBroken as broken:
        return broken.law.name
    return None


def planted(cases: list[Case], told: bool = False, named: bool = False) -> Outcome:
    """Plant each fault, and see: before all laws, or before those that name it."""
    outcome = Outcome()
    for fault, method in cases:
        begun = time.process_time()
        law = caught(fault, method, named)
        outcome.seconds.append(time.process_time() - begun)
        if law is None:
            outcome.missed.append((fault, method))
        elif law not in MUTATIONS[fault].laws:
            outcome.otherwise.append((fault, method, law))
        if told:
            how = "missed" if law is None else law if law in MUTATIONS[fault].laws else f"{law}, which does not name it"
            print(f"{fault} in {method}: {how}, {outcome.seconds[-1]:.2f} s", flush=True)
    return outcome


if __name__ == "__main__":
    print(planted(CASES, told=True))
