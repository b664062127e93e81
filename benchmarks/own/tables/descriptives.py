"""Items as they were answered: mean, spread, shape and missing answers; the share of each answer."""

import numpy as np
import pandas as pd

from benchmarks.own.analysis import Analysis, Column
from benchmarks.own.tables.given import Given
from sim.batch import Floats

#: Answers of more different kinds have no shares of their own.
MOST_ANSWERS = 11


def table(given: Given) -> pd.DataFrame:
    """A row for each item, of the answers that were read, missing ones left out."""
    known = _answers(given)
    rows = [{"construct": given.model.owner(item), "item": item, **described(each)} for item, each in known.items()]
    return pd.DataFrame(rows)


def shares(given: Given) -> pd.DataFrame:
    """A row for each item, a column for each answer: its share among the answers that are not missing."""
    known = _answers(given)
    every = np.unique(np.concatenate([each[~np.isnan(each)] for each in known.values()])) if known else np.empty(0)
    if not 0 < len(every) <= MOST_ANSWERS:
        return pd.DataFrame(columns=["construct", "item"])
    rows = [
        {"construct": given.model.owner(item), "item": item}
        | {f"{answer:g}": float((each == answer).sum() / max((~np.isnan(each)).sum(), 1)) for answer in every}
        for item, each in known.items()
    ]
    return pd.DataFrame(rows)


def _answers(given: Given) -> dict[str, Floats]:
    """The answers (n,) to every item as they were read; none where only moments are known."""
    answers, batch = given.survey.answers, given.survey.batch
    if answers is not None:
        return {item: answers.values[:, answers.items.index(item)].astype(np.float64) for item in given.model.items}
    if not batch.has_answers:
        return {}
    raw = batch.aligned(given.model.items).raw[0].astype(np.float64)
    return {item: raw[:, i] for i, item in enumerate(given.model.items)}


def described(answers: Floats) -> dict[str, float]:
    """n, missing, mean, SD (divisor n - 1), skewness, kurtosis, min and max of answers (n,), NaN where missing.

    Skewness and excess kurtosis are the adjusted ones of SPSS, SAS and SmartPLS, G1 and G2 of Joanes & Gill (1998),
    The Statistician 47, 183-189.
    """
    there = answers[~np.isnan(answers)]
    n = len(there)
    found = {"n": n, "missing": len(answers) - n, "missing_share": (len(answers) - n) / max(len(answers), 1)}
    if not n:
        return found | dict.fromkeys(("mean", "sd", "skewness", "kurtosis", "min", "max"), np.nan)
    apart = there - there.mean()
    second, third, fourth = (float(np.mean(apart**k)) for k in (2, 3, 4))
    skewness = kurtosis = np.nan
    if second > 0 and n > 2:
        skewness = np.sqrt(n * (n - 1)) / (n - 2) * third / second**1.5
    if second > 0 and n > 3:
        kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    return found | {
        "mean": float(there.mean()), "sd": float(there.std(ddof=1)) if n > 1 else np.nan,
        "skewness": float(skewness), "kurtosis": float(kurtosis), "min": float(there.min()), "max": float(there.max()),
    }  # fmt: skip


DESCRIPTIVES = Analysis(
    "item_descriptives",
    "Items, over all answers that were read",
    "Answers as they were read, also of respondents whom the estimates leave out. "
    "Skewness and excess kurtosis are adjusted for n, as SPSS and SmartPLS have them.",
    (
        Column("construct", "Construct", "text"),
        Column("item", "Item", "text"),
        Column("n", "n", "count"),
        Column("missing", "missing", "count"),
        Column("missing_share", "missing, %", "share"),
        Column("mean", "mean", "number"),
        Column("sd", "SD", "number"),
        Column("skewness", "skewness", "number"),
        Column("kurtosis", "kurtosis", "number"),
        Column("min", "min", "number"),
        Column("max", "max", "number"),
    ),
    table,
)
SHARES = Analysis(
    "answer_shares",
    "Answers to each item, in percent",
    "",
    (Column("construct", "Construct", "text"), Column("item", "Item", "text")),
    shares,
    others="share",
)
