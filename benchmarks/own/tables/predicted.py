"""Prediction of respondents left out, item by item and tested by losses, where it was asked for."""

import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given
from estimators.prediction.forecast import predicted_items
from sim.targets import ITEM_KINDS, LOSS_KINDS

#: What a difference of losses is against.
AGAINST = {"cvpat_ia": "item averages", "cvpat_lm": "linear model", "cvpat": "the other model"}


def items(given: Given) -> pd.DataFrame:
    """A row for each method and item that it predicts."""
    rows = []
    for fitted in given.fitted:
        for place in predicted_items(given.model):
            item = given.model.items[place]
            values = [given.value(fitted.label, f"{kind}({item})") for kind in ITEM_KINDS]
            if any(value == value for value in values):
                rows.append((fitted.label, given.model.owner(item), item, *values))
    return pd.DataFrame(rows, columns=["method", "construct", "item", *ITEM_KINDS])


def tests(given: Given) -> pd.DataFrame:
    """A row for each method, benchmark and construct: mean loss less the benchmark's, with its paired t test."""
    rows = []
    for fitted in given.fitted:
        for kind in LOSS_KINDS:
            for construct in ("", *given.model.endogenous):
                row = given.rows.get((fitted.label, f"{kind}({construct})" if construct else kind))
                if row is not None:
                    numbers = (row.value, row.se, row.lower, row.upper, row.p_value)
                    rows.append((fitted.label, AGAINST[kind], construct or "all", *numbers))
    return pd.DataFrame(rows, columns=[column.name for column in _TESTS])


_TESTS = (
    Column("method", "Method", "text"),
    Column("against", "Against", "text"),
    Column("construct", "Of", "text"),
    Column("difference", "loss less its", "value"),
    Column("se", "SE", "value"),
    Column("lower", "interval", "interval"),
    Column("upper", "", "value"),
    Column("p_value", "p", "p"),
)
PREDICTION = Analysis(
    "prediction",
    "Prediction of respondents left out",
    "RMSE and MAE in units of the answers; Q² is 1 less squared errors over those of the item's mean, above 0 where "
    "the "
    "model says more than the mean. LM: least squares on the items of the predictors. Where most items have a "
    "smaller RMSE "
    "than LM's, the model has medium to high predictive power (Shmueli et al. 2019).",
    (
        Column("method", "Method", "text"),
        Column("construct", "Construct", "text"),
        Column("item", "Item", "text"),
        Column("q2_predict", "Q²_predict", "value"),
        Column("rmse_predict", "RMSE", "value"),
        Column("mae_predict", "MAE", "value"),
        Column("q2_lm", "Q², LM", "value"),
        Column("rmse_lm", "RMSE, LM", "value"),
        Column("mae_lm", "MAE, LM", "value"),
    ),
    items,
)
PREDICTIVE_TESTS = Analysis(
    "predictive_ability",
    "Predictive ability (CVPAT)",
    "Mean loss (squared errors of items) less that of item averages, the linear model or another model; below 0 the "
    "method "
    "predicts better. Paired t test over respondents (Liengaard et al. 2021; Sharma et al. 2023).",
    _TESTS,
    tests,
)
