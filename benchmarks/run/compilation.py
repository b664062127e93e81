"""Compilation: the numerical loops are compiled once for an installation, by using each of them once."""

from benchmarks.study import fitting
from benchmarks.study.study import Study
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
        fitting.fit(study, method, batch)
