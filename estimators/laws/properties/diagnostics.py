"""Laws of diagnostics: counts and statuses are what they claim to be."""

import numpy as np

from estimators.base import Status
from estimators.laws.subject import NotTested, Subject, demand
from estimators.laws.worlds import Survey

#: What a limit of iterations is called among a method's settings.
LIMITS = (
    "max_iterations", "max_iter", "maxiter", "iterations", "iteration_limit", "limit", "steps", "max_steps", "n_iter",
    "n_iterations", "maximum_iterations", "max_nfev", "maxit", "itermax",
)  # fmt: skip


def diagnostics(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Look at the counts beside the estimates of good data."""
    fit, n = method.of(survey), survey.answers.shape[1]
    usable = ~fit.fatal
    if not usable.any():
        raise NotTested("no data set could be used")
    demand((fit.iterations >= 0).all(), "counts of iterations, 0 where there are none", f"{fit.iterations.min()}")
    right = np.isin(fit.respondents, (-1, n))
    demand(right, f"{n} respondents, or -1 where nothing was handled", f"{fit.respondents[~right][:1]}")
    for name in ("resamples", "inadmissible_resamples"):
        demand((getattr(fit, name) >= -1).all(), f"{name}: a count, or -1", f"{getattr(fit, name).min()}")
    asked = method.setting("resamples")
    if isinstance(asked, int) and (fit.resamples[usable] >= 0).any():
        demand((fit.resamples <= asked).all(), f"at most {asked} resamples", f"{fit.resamples.max()}")
    if method.claims.selects:
        return
    demand(fit.retained[usable], "every item retained where every item is good", "items left out")
    demand(~fit.short[usable], "no block short of items where every item is good", "a block called short")


def iteration_limit(method: Subject, survey: Survey, rng: np.random.Generator) -> None:
    """Allow one iteration only: who has not converged then says so."""
    limited = next(
        (other for name in LIMITS if isinstance(method.setting(name), int) and (other := method.with_setting(name, 1))),
        None,
    )
    if limited is None:
        raise NotTested("the method has no setting of a largest number of iterations")
    full, cut = method.plain.of(survey), limited.plain.of(survey)
    tolerance = 100 * method.claims.tolerance
    for r in np.flatnonzero(~cut.fatal & ~full.fatal):
        same = np.isclose(full.value[r], cut.value[r], rtol=tolerance, atol=tolerance, equal_nan=True)
        q = int(np.argmin(same))
        demand(
            same, "NOT_CONVERGED, or the converged numbers, when one iteration is allowed",
            f"{Status(int(cut.status[r])).name} with {full.targets[q].name} = {cut.value[r, q]:.6g}, "
            f"converged {full.value[r, q]:.6g}, in data set {r + 1}",
        )  # fmt: skip
