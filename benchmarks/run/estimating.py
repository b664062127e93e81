"""One block of a study drawn and estimated, wherever that happens: the same block gives the same bytes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from benchmarks.stored import blocks, store
from benchmarks.study.cells.cell import Cell
from benchmarks.study.fitting import View
from benchmarks.study.study import Study
from estimators import faults
from estimators.base import Estimates, Status
from estimators.methods import Method
from estimators.shared.parts import part
from estimators.wrappers.bootstrap import TOGETHER, data_sets_together
from sim.batch import Batch
from sim.errors import InputError
from sim.streams import Address

#: Inference beside a method's own: at another level, or on the k-th of m parts of its resamples.
Variant = store.Variant
#: Where the data set is drawn that compiles the loops.
_ADDRESS = Address(0, "0" * 64)
#: What methods that cannot be left to themselves are told to do: their names with the fault that they are given.
Given = Mapping[str, tuple[Status, str]]


@dataclass
class Fitting:
    """How the methods of a block are fitted, and what went wrong: the first fault of each method by its name.

    `watch` hears the name of a method before it is fitted, and nothing ("") after the last. `given`: methods that are
    not fitted, with the status of their replications and why.
    """

    watch: Callable[[str], None] = lambda name: None
    given: Given = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    def fit(self, study: Study, method: Method, batch: Batch) -> Estimates:
        """One method's estimates of a batch."""
        view = View(study, method)
        data = view.data(batch)
        if method.name in self.given:
            status, why = self.given[method.name]
            self.found.setdefault(method.name, why)
            return view.told(faults.failed(data, view.model, view.targets, status))
        self.watch(method.name)
        outside = bool(method.entry.origin)
        fit, fault = faults.fitted(method.estimator, data, view.model, view.targets, outside)
        if fault:
            self.found.setdefault(method.name, fault)
        return view.told(fit)


def block_file(
    study: Study, cell: Cell, block: int, fitting: Fitting | None = None, strict: bool = False
) -> tuple[bytes, dict[str, str]]:
    """A block as the bytes of its file, and the first fault of each method.

    With `strict`, InputError is raised where a method fails.
    """
    own = fitting or Fitting()
    table = block_table(study, cell, block, own)
    if strict and own.found:
        name, fault = next(iter(own.found.items()))
        raise InputError(
            f"method {name} fails in block {block} of cell {cell.number} ({cell.label}), and --strict stops there:\n"
            f"{fault}"
        )
    return blocks.as_file(study, cell, block, table, own.found), own.found


def block_table(study: Study, cell: Cell, block: int, fitting: Fitting | None = None) -> pa.Table:
    """Draw a block of a cell and fit every method to it."""
    batch = cell.draw_block(study.address(cell), block, study.block_size(block))
    truths = cell.truth_of_data(batch, study.estimands)
    own = study.at(cell)
    handled = any(method.counts_respondents for method in own.methods)
    respecified = any(method.changes_model for method in own.methods)
    fits, further = fit_variants(own, batch, fitting)
    return store.estimates_table(batch, own.model.items, own.constructs, fits, truths, handled, further, respecified)


def fit_all(study: Study, batch: Batch, fitting: Fitting | None = None) -> dict[str, Estimates]:
    """Every method's estimates of the study's estimands, on the same data sets and the same resamples."""
    return fit_variants(study, batch, fitting)[0]


def fit_variants(
    study: Study, batch: Batch, fitting: Fitting | None = None
) -> tuple[dict[str, Estimates], dict[str, dict[Variant, Estimates]]]:
    """Every method's estimates, and by method fits whose inference is stored too: at levels, on parts of resamples.

    All share their resamples. A method that has no inference of its own there has NaN.
    """
    own = fitting or Fitting()
    variants: tuple[Variant, ...] = (*study.levels_stored, *study.parts_stored)
    asked: list[tuple[Method, Variant | None]] = [(method, None) for method in study.methods]
    asked += [(method, each) for method in study.methods for each in variants if _has(method, each)]
    whole = bool(study.parts_stored)
    at = [_made(method, variant, whole) for method, variant in asked]
    resampled = [place for place, method in enumerate(at) if method.resampled]
    together = resampled if len(resampled) > 1 else []
    fits = {place: own.fit(study, method, batch) for place, method in enumerate(at) if place not in together}
    if together:
        methods = [at[place] for place in together]
        size = data_sets_together(max(method.resamples or TOGETHER for method in methods))
        parts = [_fit_together(study, methods, batch, slice(r, r + size), own) for r in range(0, len(batch), size)]
        fits |= {place: Estimates.joined([part[k] for part in parts]) for k, place in enumerate(together)}
    own.watch("")
    plain = {method.name: fits[place] for place, (method, variant) in enumerate(asked) if variant is None}
    again = {(method.name, each): fits[place] for place, (method, each) in enumerate(asked) if each is not None}
    further = {
        name: {each: again.get((name, each), _without_inference(fit)) for each in variants}
        for name, fit in plain.items()
    }
    return plain, further


def _has(method: Method, variant: Variant) -> bool:
    """Whether a method has inference of its own at a further level, or on a part of its resamples."""
    return bool(method.resamples) if isinstance(variant, tuple) else method.needs_resamples


def _made(method: Method, variant: Variant | None, shared: bool) -> Method:
    """The method as it is fitted; `shared`: its resamples are estimated once for the whole and for parts of them."""
    if isinstance(variant, tuple):
        return method.at_part(variant)
    at = method if variant is None else method.at_level(variant)
    return at.at_part((1, 1)) if shared and method.resamples else at


def _without_inference(fit: Estimates) -> Estimates:
    """The estimates without intervals and p-values."""
    nothing = np.full(fit.value.shape, np.nan)
    return fit.replaced(lower=nothing, upper=nothing, p_value=nothing)


def _fit_together(
    study: Study, methods: Sequence[Method], batch: Batch, some: slice, fitting: Fitting
) -> list[Estimates]:
    """The methods' estimates of a few data sets, apart so that they share their resamples while these are at hand."""
    apart = part(batch, some)
    return [fitting.fit(study, method, apart) for method in methods]


def compile_for(study: Study, progress: Callable[[str], None] = lambda told: None) -> None:
    """Compile what a study needs, so that no worker waits for it and the time left is honest.

    The numerical loops are compiled once for an installation, by using each of them once. Methods from outside wait for
    their first block, where what goes wrong is theirs. progress: hears how far it is.
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
