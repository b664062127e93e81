"""The law of gaps: what is asked of methods that take missing answers, as they are or by a handling of their own."""

import numpy as np

from estimators.laws.subject import NotTested, Subject, agree, demand, part, rows
from estimators.laws.worlds import HERE, Survey
from sim.batch import Batch


def takes_gaps(estimator: object) -> bool:
    """Whether a method, or what it wraps, is given batches with missing answers."""
    if hasattr(estimator, "handling") or getattr(estimator, "takes_gaps", False):
        return True
    inner = getattr(estimator, "inner", None)
    return inner is not None and takes_gaps(inner)


def gaps_taken(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Leave answers out at random, and one respondent in each data set altogether."""
    if not takes_gaps(method.estimator):
        raise NotTested("it does not take missing answers itself")
    model, answers = survey.model, survey.answers
    plain = method.plain
    gone = rng.random(answers.shape) < 0.01
    gone[:, 0] = True
    gone[:, 1, 0] = True
    ids = 100 + np.arange(len(gone))
    batch = Batch.of(answers.copy(), ids, HERE, gone)
    whole = plain.fit(batch, model)
    if whole.fatal.all():
        raise NotTested("no data set could be used")
    for r in range(len(gone)):
        one = slice(r, r + 1)
        agree(
            rows(whole, one), plain.fit(part(batch, one), model),
            "a data set with missing answers to get what it gets alone", ("in the batch", "alone"),
            tolerance=1e-9,
        )  # fmt: skip
    there = answers.copy()
    there[gone] = answers[:, ::-1][gone]
    again = plain.fit(Batch.of(there, ids, HERE, gone), model)
    agree(
        whole, again, "nothing to depend on what stands where an answer is missing",
        ("with one number there", "with another"), ("value", "respondents", "retained"), 1e-9,
    )  # fmt: skip
    n, complete, some = answers.shape[1], (~gone.any(axis=2)).sum(axis=1), (~gone.all(axis=2)).sum(axis=1)
    told, usable = whole.respondents, ~whole.fatal
    right = (told >= np.minimum(complete, some)) & (told <= some)
    listwise = method.setting("handling") == "listwise"
    demand(
        (right & (~np.bool_(listwise) | (told == complete)))[usable],
        f"`respondents` to count who was used, at the most those of {n} who answered anything",
        f"{told[usable]} where {some[usable]} answered anything and {complete[usable]} everything",
    )  # fmt: skip
    nothing = plain.fit(Batch.of(answers.copy(), ids, HERE, np.zeros_like(gone)), model)
    agree(
        plain.fit(part(survey.batch, slice(None)), model), nothing,
        "where no answer is missing what complete answers give",
        ("of complete answers", "with none marked as missing"), ("value",), max(1e-6, method.claims.tolerance),
    )  # fmt: skip
