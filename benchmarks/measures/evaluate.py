"""From a cell's stored estimates to tidy rows of measures."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measures import formulas as measures
from benchmarks.measures.claims import claims
from benchmarks.measures.formulas import Measured
from benchmarks.run.store import PARTS, truth_column
from benchmarks.study.cell import Cell
from benchmarks.study.study import Study
from estimators.base import Status
from estimators.decisions.screening import loading_targets
from estimators.methods import Method
from estimators.richness.catalogue import CLAIMS
from sim.batch import Batch, Floats
from sim.targets import Target
from sim.themes.population import OF_THE_DATA

#: One row before the cell's own columns are added: method, target, measure, over, truth, n_total and the measure.
Row = tuple[str, str, str, str, float, int, Measured]

#: Kinds of targets for which zero is a hypothesis somebody tests.
TESTED = ("path", "indirect", "loading", "weight", "correlation")


def evaluate(study: Study, cell: Cell, estimates: pd.DataFrame) -> pd.DataFrame:
    """Measures of every method in one cell, one row each, from the cell's stored estimates."""
    rows: list[Row] = []
    for method in study.methods:
        own = estimates[estimates["method"] == method.name]
        rows += _states(cell, method, own)
        for target in study.estimands:
            rows += _performance(study, cell, method, target, own)
        rows += _claims(study, cell, method, own)
        rows += _limits(study, cell, method)
        if method.screening:
            rows += _screening(study, cell, method, own)
            rows += _shifts(study, method, own, estimates)
    return _table(study, cell, rows)


def unscreened(study: Study, method: Method) -> Method | None:
    """The method of the study that is the same without the screening, or None."""
    plain = {key: value for key, value in method.settings.items() if key != "screening"}
    return next((other for other in study.methods if method.screening and dict(other.settings) == plain), None)


def _table(study: Study, cell: Cell, rows: list[Row]) -> pd.DataFrame:
    table = pd.DataFrame(
        [
            {
                "method": method, "target": target, "measure": measure, "over": over, "truth": truth,
                "value": measured.value, "mcse": measured.mcse, "n_used": measured.n_used, "n_total": total,
            }
            for method, target, measure, over, truth, total, measured in rows
        ]
    )  # fmt: skip
    place = {"cell": cell.number, "n": cell.n} | {factor: str(level) for factor, level in cell.levels.items()}
    for at, (column, value) in enumerate(place.items()):
        table.insert(at, column, value)
    return table


def _states(cell: Cell, method: Method, own: pd.DataFrame) -> Iterator[Row]:
    """How often the method gave numbers, admissible ones, usable ones; the resamples lost and the inadmissible ones."""
    status, total = own["status"].to_numpy(), len(own)
    shares = {
        "convergence_rate": status <= Status.INADMISSIBLE,
        "inadmissibility_rate": status == Status.INADMISSIBLE,
        "usable_rate": status == Status.OK,
    }
    for name, happened in shares.items():
        yield method.name, "", name, "all", np.nan, total, measures.rate(happened)
    if method.missing:
        respondents = own["respondents"].to_numpy().astype(float)
        yield method.name, "", "respondents_used", "all", np.nan, total, measures.mean(respondents)
    if method.resampled:
        given = own[status <= Status.INADMISSIBLE]
        drawn = method.resamples or (given["respondents"].to_numpy() if method.missing else cell.n)
        lost = drawn - given["resamples"].to_numpy()
        yield method.name, "", "resamples_lost", "all", np.nan, total, measures.mean(lost.astype(float))
        beyond = given["inadmissible_resamples"].to_numpy()
        yield method.name, "", "resamples_inadmissible", "all", np.nan, total, measures.mean(beyond.astype(float))


def _performance(study: Study, cell: Cell, method: Method, target: Target, own: pd.DataFrame) -> Iterator[Row]:
    """Every measure of one target, over usable replications and over all of them.

    Where each data set has a truth of its own, it is taken off first: errors are then judged against 0.
    """
    truth = against = float(cell.truth([target])[0])
    parts = {part: own[f"{part}:{target.name}"].to_numpy() for part in PARTS}
    if target.kind in OF_THE_DATA:
        of_data, against = own[truth_column(target.name)].to_numpy(), 0.0
        parts |= {part: parts[part] - of_data for part in ("value", "lower", "upper")}
    usable = own["status"].to_numpy() == Status.OK
    alpha = 1 - study.file.performance.level if target.kind in TESTED else None
    for over, chosen in (("usable", usable), ("all", np.ones(len(own), dtype=bool))):
        columns = {part: column[chosen] for part, column in parts.items()}
        judged = [*_accuracy(columns, against), *_inference(columns, against, alpha, over == "all")]
        if cell.finite:
            judged += _against_firms(columns, own[truth_column(target.name)].to_numpy()[chosen], over == "all")
        for name, measured in judged:
            yield method.name, target.name, name, over, truth, len(own), measured


def _accuracy(columns: Mapping[str, Floats], truth: float) -> Iterator[tuple[str, Measured]]:
    """How far estimates are from the truth and from each other, where there are numbers."""
    estimate = columns["value"][~np.isnan(columns["value"])]
    if not estimate.size:
        return
    yield "empirical_se", measures.empirical_se(estimate)
    if not np.isnan(truth):
        yield "bias", measures.bias(estimate, truth)
        yield "rmse", measures.rmse(estimate, truth)
        if truth:
            yield "relative_bias", measures.relative_bias(estimate, truth)


def _inference(
    columns: Mapping[str, Floats], truth: float, alpha: float | None, every: bool
) -> Iterator[tuple[str, Measured]]:
    """What standard errors, intervals and (with `alpha`) tests are worth.

    With `every`, a replication without numbers counts as one that neither covers nor rejects.
    """
    given = {part: ~np.isnan(column) for part, column in columns.items()}
    if given["se"].any():
        value, se = columns["value"][given["se"]], columns["se"][given["se"]]
        yield "mean_model_se", measures.mean_model_se(se)
        yield "mean_se", measures.mean(se)
        yield "relative_error_model_se", measures.relative_error_model_se(value, se)
    if np.isnan(truth):
        return
    if given["lower"].any():
        covers = (columns["lower"] <= truth) & (truth <= columns["upper"])
        yield "coverage", measures.rate(covers if every else covers[given["lower"]])
    if alpha is not None and given["p_value"].any():
        rejects = columns["p_value"] < alpha
        yield "power" if truth else "type_1_error", measures.rate(rejects if every else rejects[given["p_value"]])


def _against_firms(columns: Mapping[str, Floats], firms: Floats, every: bool) -> Iterator[tuple[str, Measured]]:
    """How far estimates are from the value among the firms that each data set was drawn from, `firms` (R,).

    With `every`, a replication without numbers counts as one that does not cover.
    """
    distance = columns["value"] - firms
    known = distance[~np.isnan(distance)]
    if not known.size:
        return
    yield "finite_bias", measures.mean(known)
    yield "finite_empirical_se", measures.empirical_se(known)
    yield "finite_rmse", measures.rmse(known, 0.0)
    given = ~np.isnan(columns["lower"])
    if given.any():
        covers = (columns["lower"] <= firms) & (firms <= columns["upper"])
        yield "finite_coverage", measures.rate(covers if every else covers[given])


def _limits(study: Study, cell: Cell, method: Method) -> Iterator[Row]:
    """What the method gives on the world's own moments, before and after the cut: no sampling, so no error.

    Moments without a closed form are simulated: `n_used` is then the number of their respondents.
    """
    method_alone = method.estimator.without_inference()
    for name, moments, respondents in cell.world.limits(method.entry.ordinal, method.missing == "mean"):
        limit = method_alone.fit(Batch.of_moments(moments), study.model, study.estimands)
        for target, value in zip(study.estimands, limit.value[0], strict=True):
            truth, known = float(cell.truth([target])[0]), 0.0 if respondents == 0 else np.nan
            yield method.name, target.name, name, "population", truth, 0, Measured(float(value), known, respondents)


def _claims(study: Study, cell: Cell, method: Method, own: pd.DataFrame) -> Iterator[Row]:
    """What the claim to have found all themes is worth, of a method that makes it."""
    richness = cell.world.themes
    if richness is not None and method.base in CLAIMS and "themes" in [target.name for target in study.estimands]:
        for name, over, measured in claims(own, richness):
            yield method.name, "themes", name, over, float(richness), len(own), measured


def _screening(study: Study, cell: Cell, method: Method, own: pd.DataFrame) -> Iterator[Row]:
    """How often items were dropped: each one, true and null ones together, and how many at once."""
    had = own[own["status"] <= Status.INADMISSIBLE]
    targets = loading_targets(study.model)
    dropped = ~had[[f"retained:{target.parts[1]}" for target in targets]].to_numpy()
    loadings = cell.truth(targets)
    total = len(own)
    for target, loading, column in zip(targets, loadings, dropped.T, strict=True):
        yield method.name, target.name, "drop_rate", "usable", loading, total, measures.rate(column)
    edge = study.file.performance.true_loading
    groups = {"true items": loadings != 0, f"true items >= {edge:.2f}": loadings >= edge, "null items": loadings == 0}
    for group, members in groups.items():
        if members.any():
            share = measures.mean(dropped[:, members].mean(axis=1))
            yield method.name, group, "drop_rate", "usable", np.nan, total, share
    number = dropped.sum(axis=1)
    short = np.any(had[[f"short:{block.construct}" for block in study.model.blocks]].to_numpy(), axis=1)
    yield method.name, "", "items_dropped", "usable", np.nan, total, measures.mean(number.astype(float))
    many = number >= study.file.performance.many_dropped
    yield method.name, "", "many_dropped", "usable", np.nan, total, measures.rate(many)
    yield method.name, "", "block_short", "usable", np.nan, total, measures.rate(short)


def _shifts(study: Study, method: Method, own: pd.DataFrame, estimates: pd.DataFrame) -> Iterator[Row]:
    """Screened minus unscreened estimate of the same replication."""
    plain = unscreened(study, method)
    if plain is None:
        return
    other = estimates[estimates["method"] == plain.name]
    both = (own["status"].to_numpy() == Status.OK) & (other["status"].to_numpy() == Status.OK)
    for target in study.estimands:
        column: Any = f"value:{target.name}"
        difference = (own[column].to_numpy() - other[column].to_numpy())[both]
        difference = difference[~np.isnan(difference)]
        if difference.size:
            yield method.name, target.name, "screening_shift", "usable", np.nan, len(own), measures.mean(difference)
