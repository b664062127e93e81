"""Compilation: the numerical loops are compiled once for an installation, by using each of them once."""

from dataclasses import replace

from benchmarks.own.wanted import targets_of
from benchmarks.study.study import Study
from estimators.catalogue import ESTIMATORS
from estimators.composites.sumscores import SumScores
from estimators.inference.intervals import FEWEST
from estimators.wrappers.bootstrap import Bootstrap
from estimators.wrappers.jackknife import Jackknife
from sim import catalogue
from sim.answers.responses import Responses
from sim.drawing.draw import draw_block
from sim.population.record import Population
from sim.streams import Address

_ADDRESS = Address(0, "0" * 64)


def compile_for(study: Study) -> None:
    """Compile what a study needs, so that no worker waits for it and the time left is honest."""
    cell = study.cells[0]
    for other in study.cells:
        if isinstance(other.population, Population) and other.population.responses.shares.any():
            draw_block(other.population, other.n, _ADDRESS, 0, 1)
            break
    batch = draw_block(cell.population, cell.n, _ADDRESS, 0, 1)
    for method in study.methods:
        method.estimator.fit(batch, study.model, study.estimands)


def compile_all() -> None:
    """Compile every loop of every listed estimator in all its settings, for Likert answers and for continuous ones."""
    careless = replace(catalogue.population("crm-clusters"), responses=Responses(careless=0.1))
    draw_block(careless, 50, _ADDRESS, 0, 1)
    for name in ("crm-clusters", "three-factors"):
        population = catalogue.population(name)
        batch, model = draw_block(population, 50, _ADDRESS, 0, 2), population.model
        targets = targets_of(model)
        for entry in ESTIMATORS.values():
            for settings in ({}, *({key: value} for key, values in entry.choices.items() for value in values)):
                entry.estimator(**settings).fit(batch, model, targets)
            Bootstrap(entry.estimator(), FEWEST).fit(batch, model)
        Jackknife(SumScores()).fit(batch, model)
