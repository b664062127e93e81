"""Laws of calibrated inference: on fresh samples, errors are as large and intervals as safe as the method says.

A tolerance is 4.5 Monte Carlo standard errors of what is measured, so that fewer than one in 100,000 right methods is
accused by chance, and beside it what an approximation may be off at the size at which the method claims it.
"""

import numpy as np

from estimators.base import Estimates
from estimators.laws.properties.bounds import chains
from estimators.laws.subject import NotTested, Subject, demand
from estimators.laws.worlds import Survey, related, survey_of
from sim.batch import Batch, Floats

#: Samples drawn at a time, and in all: of most methods, of one that resamples or is costly, of one that is both.
CHUNK, SAMPLES, FEWER, FEWEST = 50, 500, 100, 50
#: Paths of the population whose inference is looked at.
WEAK = 0.2
#: Monte Carlo standard errors that chance may be off.
SIGMAS = 4.5
#: What an approximation may be off: of the standard error, of coverage, of the rate of false alarms.
OF_ERRORS, OF_COVERAGE, OF_TESTS = 0.15, 0.03, 0.03
#: The same of tests of the model, which are rougher in samples of this size.
OF_MODEL_TESTS = 0.06


def calibrated(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Standard errors against the spread of estimates, and coverage of the method's own limit."""
    fit = _many(method, survey, rng, null=False)
    # The mean estimate stands for the limit: what bias a sample of this size has is no matter of the interval.
    limit = fit.value.mean(axis=0)
    level = method.setting("level") or 0.95
    for q, target in enumerate(fit.targets):
        value, se = fit.value[:, q], fit.se[:, q]
        if not np.isfinite(se).all() or not np.isfinite(value).all():
            continue
        spread, total = float(value.std(ddof=1)), len(value)
        # A sample in which a jackknife meets another solution has an enormous error: then the median is told, too.
        ratios = [float(middle) / spread if spread else np.inf for middle in (np.sqrt((se**2).mean()), np.median(se))]
        ratio = min(ratios, key=lambda each: abs(np.log(max(each, 1e-12))))
        tails = float(((value - value.mean()) ** 4).mean() / spread**4) if spread else 3.0
        slack = SIGMAS * np.sqrt(max(tails - 1, 1.0) / total) / 2 + OF_ERRORS
        demand(
            1 / (1 + slack) <= ratio <= 1 + slack,
            f"standard errors of {target.name} as large as the spread of its estimates over {total} samples "
            f"of {survey.answers.shape[1]}",
            f"they are {ratio:.3f} times as large",
        )  # fmt: skip
        # Loadings are near their bound of 1, so that their intervals are told only by how long they are.
        if target.kind == "path" and np.isfinite(fit.lower[:, q]).all() and np.isfinite(limit[q]):
            held = float(((fit.lower[:, q] <= limit[q]) & (limit[q] <= fit.upper[:, q])).mean())
            # Quantiles of few resamples lie too close together.
            few = 0.1 if method.claims.resampled and fit.resamples.min() < 150 else 0.0
            lowest = level - OF_COVERAGE - few - SIGMAS * np.sqrt(level * (1 - level) / total)
            demand(
                held >= lowest, f"{level:.0%} intervals of {target.name} that hold the method's own limit that often",
                f"{held:.1%} of {total} samples",
            )  # fmt: skip


def false_alarms(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """p-values of paths that are 0: under .05 in about 5 % of samples, under .5 in about half."""
    fit = _many(method, survey, rng, null=True)
    tested = False
    for q, target in enumerate(fit.targets):
        p = fit.p_value[:, q]
        if target.kind == "chisq" and np.isfinite(p).all():
            _of_the_model(fit, q)
        if target.kind != "path" or not np.isfinite(p).all():
            continue
        tested = True
        # Under nothing at all, a resampled composite is unsure which way it points: its tests are known to be liberal.
        loose = 4 if method.claims.resampled else 1
        for share, slack in ((0.05, loose * OF_TESTS), (0.5, 2 * loose * OF_TESTS)):
            _as_often(p, share, slack, target.name, "in which nothing acts")
    if not tested:
        raise NotTested("the method gives no p-values")


def _of_the_model(fit: Estimates, q: int) -> None:
    """The test of a model that is true rejects it about as often as it says, and more surely the larger it is."""
    chisq, p = fit.value[:, q], fit.p_value[:, q]
    together = float(np.corrcoef(chisq, p)[0, 1]) if np.ptp(chisq) > 0 and np.ptp(p) > 0 else -1.0
    demand(together < 0, "smaller p-values for larger chisq", f"they correlate by {together:.2f} over {len(p)} samples")
    for share, slack in ((0.05, OF_MODEL_TESTS), (0.5, 3 * OF_MODEL_TESTS)):
        _as_often(p, share, slack, "chisq", "of a model that is true")


def _as_often(p: Floats, share: float, slack: float, name: str, which: str) -> None:
    """p-values (k,) of what is true are under a share as often as that; `slack` is what an approximation may be off."""
    rate = float((p < share).mean())
    room = slack + SIGMAS * np.sqrt(share * (1 - share) / len(p))
    demand(
        share - room <= rate <= share + room,
        f"p-values of {name} under {share} in about {share:.0%} of the samples {which}",
        f"{rate:.1%} of {len(p)} samples",
    )


def _many(method: Subject, survey: Survey, rng: np.random.Generator, null: bool) -> Estimates:
    """Fits of many samples of one population: as many for a method everywhere."""
    model, n = survey.model, survey.answers.shape[1]
    population = related(model, survey.top, int(rng.integers(2**31)), 0.0 if null else WEAK)
    # Weights of composites of weakly related constructs part from resample to resample: of those, paths alone.
    kinds = ("path",) if method.claims.resampled else ("path", "correlation", "loading")
    targets = [target for target in model.targets if target.kind in kinds]
    if not method.claims.resampled:
        chained = ["->".join(chain) for chain in chains(model) if len(chain) > 2]
        targets += [model.target(name) for name in (["chisq"] if null else chained)]
    parts: list[Estimates] = []
    for drawn in range(0, (SAMPLES, FEWER, FEWEST)[method.claims.resampled + method.claims.costly], CHUNK):
        sample = survey_of(population, survey.top, n, CHUNK, drawn + 7)
        ids = 1000 + drawn + np.arange(len(sample.answers))
        fit = method.fit(Batch.of(sample.answers.copy(), ids, survey.batch.address), model, targets)
        if not np.isfinite(fit.se[~fit.fatal]).any():
            raise NotTested("the method gives no standard errors")
        parts.append(fit)
    whole = Estimates.joined(parts)
    usable = whole.rows(np.flatnonzero(~whole.fatal))
    if len(usable.status) < CHUNK // 2:
        raise NotTested("too few data sets could be used")
    return usable
