"""How often the ranges of an audit hold the truth: `python -m tests.audit_coverage FIRST LAST FILE`."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.auditing.audit import audit_table
from benchmarks.auditing.prior import PRIORS, REFERENCE, WIDE
from benchmarks.auditing.search import Effort
from sim.errors import InputError
from tests.made_papers import KINDS, a_paper

#: As much as is needed to see whether ranges hold; `loadstone audit` does more.
EFFORT = Effort(
    proposals=16_384,
    wanted=120,
    rounds=2,
    nearest=400,
    populations=48,
    replications=192,
    tested=40,
    resamples=40,
    aside=0,
)
DETAILS = ("paths", "little", "loadings")


def rows(numbers: Iterable[int], effort: Effort = EFFORT, precise: int = 800) -> Iterable[dict[str, Any]]:
    """For each simulated paper and question: the truth, and the ranges under each prior and over both.

    Three of four papers are on populations from the reference prior, one on a population from the wide one.
    """
    for number in numbers:
        prior = WIDE if number % 4 == 3 else REFERENCE
        paper = a_paper(number, prior=prior, details=DETAILS[number % 3], precise=precise)
        if paper is None:
            continue
        try:
            found = audit_table(paper.table, f"paper {number}", effort, 1, 1)
        except InputError as error:
            yield {"paper": number, "prior": prior.name, "refused": str(error)}
            continue
        for key, truth in paper.truth.items():
            told = found.told(key.kind, key.about)
            if told is None or key.kind not in KINDS or None in told.under:
                continue
            yield {
                "paper": number,
                "prior": prior.name,
                "kind": key.kind,
                "about": key.about,
                "truth": truth,
                "effective": [each.fitting.effective for each in found.under],
                "80": [each.inner for each in told.under if each] + [told.spanned(inner=True)],
                "95": [each.outer for each in told.under if each] + [told.spanned()],
            }


def held(made: list[dict[str, Any]], level: str, place: int, kinds: Iterable[str] = KINDS) -> tuple[int, int]:
    """How many of the ranges of a level hold the truth, and how many there are; place: 0, 1 of a prior, 2 over both."""
    some = [row for row in made if row.get("kind") in set(kinds)]
    inside = [row[level][place][0] - 1e-9 <= row["truth"] <= row[level][place][1] + 1e-9 for row in some]
    return sum(inside), len(inside)


if __name__ == "__main__":
    first, last, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    with file.open("w", encoding="utf-8") as out:
        for row in rows(range(first, last)):
            out.write(json.dumps(row) + "\n")
            out.flush()
    made = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for kind in KINDS:
        for level in ("80", "95"):
            print(kind, level, *(held(made, level, place, [kind]) for place in range(len(PRIORS) + 1)))
