"""Laws of replications: no data set knows of another, and a fit leaves nothing behind."""

import numpy as np

from estimators.base import PARTS, Status
from estimators.laws.subject import Subject, agree, demand, part, rows
from estimators.laws.worlds import Survey


def batch_equals_loop(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit the batch, and each of its data sets alone."""
    whole = method.of(survey)
    for r in range(len(survey.answers)):
        one = slice(r, r + 1)
        alone = method.fit(part(survey.batch, one), survey.model)
        agree(
            rows(whole, one), alone, f"data set {r + 1} of the batch to get, bit for bit, what it gets alone",
            ("in the batch", "alone"),
        )  # fmt: skip


def chunks_and_order(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit the batch whole, in two pieces, and in another order."""
    total = len(survey.answers)
    whole, cut = method.of(survey), int(rng.integers(1, total))
    for piece in (np.arange(cut), np.arange(cut, total), rng.permutation(total)):
        chosen = method.fit(part(survey.batch, piece), survey.model)
        agree(
            rows(whole, piece), chosen, "the same numbers, bit for bit, however replications are cut up and ordered",
            (f"among {total} data sets", f"among {len(piece)} of them in another order"),
        )  # fmt: skip


def broken_alone(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Make one item of one data set constant."""
    broken, item = int(rng.integers(len(survey.answers))), int(rng.integers(len(survey.model.items)))
    answers = survey.answers.copy()
    answers[broken, :, item] = 2
    before, after = method.of(survey), method.of(survey.with_answers(answers))
    what = f"data set {broken + 1}, in which everyone answers {survey.model.items[item]} alike, to get CONSTANT_ITEM"
    demand(after.status[broken] == Status.CONSTANT_ITEM, what, f"{Status(int(after.status[broken])).name}")
    numbers = [field for field in PARTS if not np.isnan(getattr(after, field)[broken]).all()]
    demand(not numbers, "NaN in a data set with a fatal status", f"numbers in {', '.join(numbers)}")
    others = np.arange(len(survey.answers)) != broken
    agree(
        rows(before, others), rows(after, others), "no other data set to change when one cannot be used",
        ("before it broke", "after"),
    )  # fmt: skip


def repeatable(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit one batch twice and look at it afterwards."""
    batch = survey.batch
    first = method.fit(batch, survey.model)
    demand(np.array_equal(batch.raw, survey.answers), "the answers as they were before the fit", "changed answers")
    demand(batch.retained, "batch.retained as it was before the fit", "items taken away")
    moments = survey.batch.moments
    kept = np.array_equal(batch.moments.covariances, moments.covariances, equal_nan=True)
    demand(kept, "the batch's moments as they were before the fit", "changed covariances")
    second = method.fit(batch, survey.model)
    agree(first, second, "the same numbers when the same batch is fitted again", ("first", "again"))


def targets_asked(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Ask for a few targets only."""
    targets = survey.model.targets
    chosen = rng.permutation(len(targets))[: rng.integers(1, 6)]
    every = method.of(survey)
    some = method.of(survey, [targets[i] for i in chosen])
    wanted = every.replaced(targets=some.targets, **{field: getattr(every, field)[:, chosen] for field in PARTS})
    expected = "a target's value not to depend on which others are asked for"
    names = ("among all targets", "among a few")
    agree(wanted, some, expected, names, ("value", "retained", "short"))
    # A resampling SE is a sum over columns of a wider table, which may be added up in another order.
    agree(wanted, some, expected, names, PARTS, tolerance=1e-12)


def inference_apart(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Fit with inference and without."""
    agree(
        method.of(survey), method.plain.of(survey), "without_inference() to give the same values and statuses",
        ("with inference", "without"), ("value", "retained", "short"),
    )  # fmt: skip
