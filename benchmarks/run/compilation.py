"""Compilation: the numerical loops are compiled once for an installation, by using each of them once."""

from collections.abc import Callable

from benchmarks.run.estimating import Fitting
from benchmarks.study.study import Study
from sim.streams import Address

_ADDRESS = Address(0, "0" * 64)


def compile_for(study: Study, progress: Callable[[str], None] = lambda told: None) -> None:
    """Compile what a study needs, so that no worker waits for it and the time left is honest.

    Methods from outside wait for their first block, where what goes wrong is theirs. progress: hears how far it is.
    """
    cell = study.cells[0]
    departing = {other.world.sections: other for other in reversed(study.cells)}
    for other in departing.values():
        other.draw_block(_ADDRESS, 0, 1)
    batch = cell.draw_block(_ADDRESS, 0, 1)
    for done, method in enumerate(study.methods):
        progress(f"preparing the compiled loops: {method.name}, {done} of {len(study.methods)} methods done")
        if not method.entry.origin:
            Fitting().fit(study, method, batch)
