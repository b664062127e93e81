"""Compilation of all the numerical loops there are, by using each of them once, with all that the field reports."""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.own.wanted import targets_of
from estimators.catalogue import ESTIMATORS
from estimators.composites.sumscores import SumScores
from estimators.inference.intervals import FEWEST
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.jackknife import Jackknife
from sim import catalogue
from sim.answers.responses import Responses
from sim.drawing.draw import draw_block
from sim.streams import Address

_ADDRESS = Address(0, "0" * 64)


def compile_all(progress: Callable[[str], None] = lambda told: None) -> None:
    """Compile every loop of every listed estimator in all its settings, for Likert answers and for continuous ones.

    progress: hears what is compiled, how much is done and how much is left.
    """
    careless = replace(catalogue.population("crm-clusters"), responses=Responses(careless=0.1))
    draw_block(careless, 50, _ADDRESS, 0, 1)
    populations = {"answers in categories": "crm-clusters", "continuous answers": "three-factors"}
    total, done = len(populations) * len(ESTIMATORS), 0
    for words, name in populations.items():
        population = catalogue.population(name)
        batch, model = draw_block(population, 50, _ADDRESS, 0, 2), population.model
        targets = targets_of(model)
        for entry in ESTIMATORS.values():
            progress(f"compiling {entry.label} for {words}: {done} of {total} done, {total - done} left")
            for settings in entry.settings_one_by_one():
                entry.estimator(**settings).fit(batch, model, targets)
            Bootstrap(entry.estimator(), FEWEST).fit(batch, model)
            done += 1
        Jackknife(SumScores()).fit(batch, model)
