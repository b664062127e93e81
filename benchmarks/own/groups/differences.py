"""Differences of the paths of every pair of groups, by the tests that the field has for them."""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.groups.chance import PATHS, needs_answers, pair_fits, pair_name, pairs
from benchmarks.own.groups.given import Given
from estimators.groups.differences import Tested, chance_of_order, pooled_error, separate_errors, two_sided
from estimators.groups.permuted import upper_share
from estimators.wrappers.bootstrap import resampled_batch
from sim.batch import Batch, Floats
from sim.targets import Target


def refusal(given: Given) -> str | None:
    """Paths are needed, and complete answers to exchange."""
    if not given.model.paths and not given.model.products:
        return "the model has no path"
    return needs_answers(given)


def table(given: Given) -> pd.DataFrame:
    """A row for each pair of groups and path."""
    return pd.concat([_pair(given, pair) for pair in pairs(given)], ignore_index=True)


def _pair(given: Given, pair: tuple[int, int]) -> pd.DataFrame:
    targets, found = pair_fits(given, pair)
    columns = [j for j, target in enumerate(targets) if target.kind in PATHS]
    paths = [targets[j] for j in columns]
    first, second = (fit.value[:, columns] for fit in found)
    at = [given.targets.index(path) for path in paths]
    errors = given.groups[pair[0]].se[0, at], given.groups[pair[1]].se[0, at]
    sizes = given.survey.sizes[pair[0]], given.survey.sizes[pair[1]]
    difference = first[0] - second[0]
    keil, welch = (test(difference, errors, sizes) for test in (pooled_error, separate_errors))
    share = chance_of_order(*(_resampled(given, given.survey.groups[group].batch, paths) for group in pair))
    return pd.DataFrame(
        {
            "groups": pair_name(given, pair),
            "path": [path.name for path in paths],
            "first": first[0],
            "second": second[0],
            "difference": difference,
            "permutation_p": upper_share(np.abs(first - second)),
            "first_larger": share,
            "bootstrap_p": two_sided(share),
            **_told("parametric", keil),
            **_told("welch", welch),
        }
    )


def _told(name: str, tested: Tested) -> dict[str, Floats]:
    return {f"{name}_t": tested.t, f"{name}_df": tested.df, f"{name}_p": tested.p_value}


def _resampled(given: Given, batch: Batch, paths: list[Target]) -> Floats:
    """Estimates of the bootstrap resamples (B, q) of one group, the same as those of its standard errors."""
    resampled = resampled_batch(batch, np.array([0]), 0, given.resamples)
    return given.method.estimator.without_inference().fit(resampled, given.model, paths).value


DIFFERENCES = Analysis(
    "differences",
    "Differences of paths between groups",
    "First group less second. Read p perm. first, by permutation (Chin & Dibbern 2010): it needs no standard errors. "
    "1st larger: share of pairs of resamples in which the first group's path is the larger (bootstrap MGA; Henseler et "
    "al. 2009); p boot. is two-sided. p param. (Keil et al. 2000) and p Welch (Satterthwaite) are of t tests with the "
    "groups' standard errors. No p is adjusted for the number of paths and pairs.",
    (
        Column("groups", "Groups", "text"),
        Column("path", "Path", "text"),
        Column("first", "1st", "value"),
        Column("second", "2nd", "value"),
        Column("difference", "diff.", "value"),
        Column("permutation_p", "p perm.", "p"),
        Column("first_larger", "1st larger", "value"),
        Column("bootstrap_p", "p boot.", "p"),
        Column("parametric_t", "t, parametric", "number", printed=False),
        Column("parametric_df", "df", "count", printed=False),
        Column("parametric_p", "p param.", "p"),
        Column("welch_t", "t, Welch", "number", printed=False),
        Column("welch_df", "df, Welch", "number", printed=False),
        Column("welch_p", "p Welch", "p"),
    ),
    table,
    refusal,
)
