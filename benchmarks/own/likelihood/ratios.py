"""Models of one survey beside each other: likelihood ratio tests of a model against others."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from estimators.base import Status
from estimators.constrained.fitting import Found
from estimators.constrained.ratios import difference
from estimators.factors.covariance import LikelihoodMethod
from estimators.methods import Method
from sim.batch import Batch, Moments
from sim.errors import InputError
from sim.model import Model
from sim.targets import Target

#: The largest discrepancy at which a model counts as able to give what another implies.
_GIVES = 1e-6
_NO_TEST = (np.nan, np.nan, np.nan, "")
COLUMNS = ("method", "model", "chisq", "df", "p_value", "chisq_diff", "df_diff", "p_diff", "note")


def without_products(model: Model) -> str:
    """What is said of a model that has products."""
    return f"is of models without products; leave {Target('product', model.products[0]).name} out"


def check_models(models: Mapping[str, Model], model: Model) -> None:
    """Raises InputError for a model of other items, with products, or of means where the other has none."""
    for name, other in models.items():
        if other.products and not model.products:
            raise InputError(f"--nested {name} {without_products(other)}")
        if set(other.items) != set(model.items):
            lacking = sorted(set(model.items) ^ set(other.items))
            raise InputError(
                f"--nested {name}: the models differ in the items {', '.join(lacking)}; a likelihood ratio compares "
                "models of the same items: keep them, with loadings fixed to 0 where they measure nothing"
            )
        if other.with_means != model.with_means:
            raise InputError(
                f"--nested {name}: one of the models is of means and the other is not; write `{model.items[0]} ~ 1` "
                "in the other too"
            )


def ratios(label: str, method: Method, batch: Batch, models: Mapping[str, Model]) -> pd.DataFrame:
    """A row for each model, the first one tested against every other, whichever of the two restricts more.

    The statistic is the method's own; the difference of robust ones is scaled (Satorra & Bentler 2001). Whether a model
    lies within the other is asked of the models themselves: the larger one is fitted to the covariances that the
    smaller implies, and must give them (Bentler & Satorra 2010, Psychological Methods 15, 111-123). Raises InputError
    where a model cannot be fitted.
    """
    estimator = method.estimator
    if not isinstance(estimator, LikelihoodMethod):
        raise InputError(f"{label} is no method of likelihood, so its models have no ratio; choose ml, mlm or mlr")
    fits = [(name, model, _found(estimator, name, batch, model)) for name, model in models.items()]
    rows = []
    for place, (name, model, found) in enumerate(fits):
        factor = estimator.ratio_scaling(found, batch)
        df = float(found.df[0])
        statistic = found.discrepancy * respondents_of(estimator, batch)
        scaled = statistic / (1.0 if factor is None or not df else factor)
        p_value = float(difference(scaled, np.zeros(1), found.df).p_value[0]) if df else np.nan
        row = (label, name, float(scaled[0]), df, p_value)
        rows.append((*row, *(_against(estimator, batch, fits[0], (name, model, found)) if place else _NO_TEST)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def respondents_of(estimator: LikelihoodMethod, batch: Batch) -> float:
    """What a discrepancy is multiplied by."""
    return float(batch.n) - (getattr(estimator, "likelihood", "normal") == "wishart")


def _found(estimator: LikelihoodMethod, name: str, batch: Batch, model: Model) -> Found:
    """The fit of one model. Raises InputError where there is none."""
    if refusal := estimator.refusal(model):
        raise InputError(f"--nested {name}: {refusal}")
    found = estimator.searched(batch.aligned(model.items), model)
    if found.ends[0] is None:
        raise InputError(f"--nested {name}: {Status(int(found.status[0])).meaning}; leave that model out")
    return found


def _against(
    estimator: LikelihoodMethod, batch: Batch, first: tuple[str, Model, Found], other: tuple[str, Model, Found]
) -> tuple[float, float, float, str]:
    """chisq_diff, df_diff, p_diff, note."""
    if first[2].df[0] == other[2].df[0]:
        return (*_NO_TEST[:3], f"as many degrees of freedom as {first[0]}: no test")
    larger, smaller = (first, other) if first[2].df[0] < other[2].df[0] else (other, first)
    if not _lies_within(estimator, batch, larger[1], smaller[2], smaller[1]):
        return (*_NO_TEST[:3], "neither model lies within the other: no test")
    pairs = [estimator.ratio_scaling(each[2], batch) for each in (larger, smaller)]
    scaling = None if pairs[0] is None or pairs[1] is None else (pairs[0], pairs[1])
    statistic = respondents_of(estimator, batch) * (smaller[2].discrepancy - larger[2].discrepancy)
    test = difference(statistic, larger[2].df, smaller[2].df, scaling)
    note = f"lies within {first[0]}" if larger is first else f"{first[0]} lies within it"
    if np.isnan(test.statistic[0]):
        note += "; the scaled difference has no positive factor, so compare by ml"
    return float(test.statistic[0]), float(test.df[0]), float(test.p_value[0]), note


def _lies_within(estimator: LikelihoodMethod, batch: Batch, larger: Model, smaller: Found, model: Model) -> bool:
    """Whether the larger model can give the moments that the fit of the smaller one implies."""
    end = smaller.ends[0]
    assert end is not None
    at = smaller.layouts[0].matrices(end.theta)
    means = at.averages if smaller.means is not None else np.zeros(len(model.items))
    share = respondents_of(estimator, batch) / float(batch.n)  # the search takes the divisor n for its own
    implied = Batch.of_moments(Moments(means[None], share * at.implied[None], float(batch.n)), model.items)
    again = estimator.searched(implied.aligned(larger.items), larger)
    return again.ends[0] is not None and bool(again.discrepancy[0] < _GIVES)
