"""MICOM of every pair of groups: are composites made alike, and are their means and variances equal?"""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.groups.chance import needs_answers, of_composites, pair_fits, pair_name, pairs, permuted
from benchmarks.own.groups.given import Given
from estimators.groups.micom import composite_agreement, pooled_scores, score_differences
from estimators.groups.permuted import upper_share
from estimators.solution import weight_targets
from sim.batch import Batch

#: The level of its tests, as MICOM is printed.
LEVEL = 0.05


def refusal(given: Given) -> str | None:
    """MICOM is of methods that make composites of complete answers, from the same items in every group."""
    return of_composites(given) or needs_answers(given)


def table(given: Given) -> pd.DataFrame:
    """A row for each pair of groups and construct."""
    return pd.concat([_pair(given, pair) for pair in pairs(given)], ignore_index=True)


def _pair(given: Given, pair: tuple[int, int]) -> pd.DataFrame:
    split, model = permuted(given, pair), given.model
    _, found = pair_fits(given, pair)
    first, second = (fit.value[:, : len(model.items)] for fit in found)
    both = Batch.of(split.answers, items=model.items)
    moments = both.moments
    c = composite_agreement(first, second, moments.correlations[0], model)
    raw = composite_agreement(first[:1], second[:1], moments.covariances[0], model)[0]
    weights = given.method.estimator.without_inference().fit(both, model, weight_targets(model)).value[0]
    means, variances = score_differences(pooled_scores(split.answers.astype(np.float64), weights, model), split)
    p = [upper_share(statistic) for statistic in (1 - c, np.abs(means), np.abs(variances))]
    return pd.DataFrame(
        {
            "groups": pair_name(given, pair),
            "construct": model.constructs,
            "c": c[0],
            "c_lowest": np.nanquantile(c[1:], LEVEL, axis=0),
            "c_p": p[0],
            "c_raw": raw,
            "mean_difference": means[0],
            "mean_p": p[1],
            "log_variance_difference": variances[0],
            "variance_p": p[2],
            "invariance": [verdict(*each) for each in zip(*p, strict=True)],
        }
    )


def verdict(c: float, mean: float, variance: float) -> str:
    """What the three tests say of a composite, at 5 % each."""
    if np.isnan(c):
        return "unknown"
    if c < LEVEL:
        return "none"
    return "full" if min(mean, variance) >= LEVEL else "partial"


MICOM = Analysis(
    "micom",
    "Measurement invariance of composites (MICOM)",
    "Step 1 holds as every group is read and estimated alike. Step 2: c is the correlation of the composites by both "
    "groups' weights; a small p says that they are not the same composite, and paths of the groups should not be "
    "compared. Step 3: a small p of means or variances says that pooling the groups mixes unlike respondents. Full: no "
    "test rejects at 5 %; partial: composites alike, means or variances not. Differences are first group less second, "
    "of standardised pooled scores; p by permutation, 5 % the point under which c is too small. The c that cSEM 0.6 "
    "prints, of raw items, is c_raw in the CSV file.",
    (
        Column("groups", "Groups", "text"),
        Column("construct", "Construct", "text"),
        Column("c", "c", "value"),
        Column("c_lowest", "5 %", "value"),
        Column("c_p", "p", "p"),
        Column("c_raw", "c, raw items", "value", printed=False),
        Column("mean_difference", "mean diff.", "value"),
        Column("mean_p", "p", "p"),
        Column("log_variance_difference", "log var. diff.", "value"),
        Column("variance_p", "p", "p"),
        Column("invariance", "Invariance", "text"),
    ),
    table,
    refusal,
)
