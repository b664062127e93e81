"""Samples of two methods on the same data sets: each method beside the study's reference."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.evaluation.sampled import Estimates, of_target
from benchmarks.measures.basis.samples import ALL, USABLE, Paired


def pairs(given: Estimates) -> Iterator[Sequence[Paired]]:
    """Every estimand by the method and by the reference: in replications in which both are usable, and in all.

    Methods whose solutions are on other scales are not compared.
    """
    name = given.study.file.performance.reference
    reference = next((method for method in given.study.methods if method.name == name), None)
    if reference is None or reference == given.method or reference.scale != given.method.scale:
        return
    other = Estimates(given.study, given.cell, reference, given.whole, given.elsewhere)
    usable, every = given.usable & other.usable, np.ones(len(given.own), dtype=bool)
    for target in given.study.estimands:
        for over, chosen in ((USABLE, usable), (ALL, every)):
            own, its = (of_target(each, target, over, chosen) for each in (given, other))
            yield [Paired(target.name, over, own.truth, len(given.own), own=own, other=its)]
