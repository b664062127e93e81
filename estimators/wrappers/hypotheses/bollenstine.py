"""Bollen-Stine bootstrap: the p-value of a model's chi-square from resamples of data that fit it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, Estimator
from estimators.entry import Entry
from estimators.factors.covariance import LikelihoodMethod
from estimators.inference.intervals import FEWEST, MOST_RESAMPLES
from estimators.settings import check_count
from estimators.wrappers.bootstrap import bootstrap_rows
from estimators.wrappers.wrapper import Asked, Wrapper
from sim.batch import Batch, Bools, Floats
from sim.model import Model
from sim.targets import Target

#: Smallest eigenvalue of correlations that data are turned by.
_SMALLEST = 1e-10


@dataclass(frozen=True)
class BollenStine(Wrapper):
    """`inner`'s estimates with the p-value of chisq by the bootstrap of Bollen & Stine (1992, SMR 21, 205-229).

    `method` is the likelihood method whose chisq is tested, `inner` the same or a wrapper of it. Each data set Z is
    turned into Z S^-1/2 Sigma^1/2, which the model fits perfectly, and resampled `resamples` times; p is the share of
    resamples whose chisq is at least that of the data. Roots are the symmetric ones of standardised items, so that
    units and order of the items do not matter. Resamples on which the method fails are left out, and
    `Estimates.resamples` counts the rest unless `inner` counts its own; with fewer than 20 there is no p-value. The
    rows drawn are those of the bootstrap: more resamples begin with the same ones.
    """

    method: LikelihoodMethod
    resamples: int = 500

    about: ClassVar = "inference"
    keys: ClassVar = ("bollen_stine",)
    example: ClassVar = ("ml", {"bollen_stine": 25})
    purpose: ClassVar = "tests the chi-square of maximum likelihood"
    needs_answers: ClassVar = "bollen_stine"
    #: Answers that a model fits have no products that it fits.
    fits_products: ClassVar[bool] = False

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """Methods of maximum likelihood."""
        return issubclass(entry.estimator, LikelihoodMethod)

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`bollen_stine` is the number of resamples that give the p-value of a likelihood method's chisq."""
        resamples = asked.settings.get("bollen_stine")
        if resamples is None or not isinstance(asked.alone, LikelihoodMethod):
            return estimator
        check_count("bollen_stine", resamples, "a whole number of resamples,", FEWEST, MOST_RESAMPLES)
        return cls(estimator, asked.alone, resamples)

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses, and products, of which answers turned to fit the model would have others."""
        if model.products:
            name = Target("product", model.products[0]).name
            return f"the model has the product {name}, of which bollen_stine knows no answers; leave one of the two out"
        return self.inner.refusal(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner`, the p-value of chisq replaced; see `Estimator.fit`."""
        point = self.inner.fit(batch, model, targets)
        tested = [column for column, target in enumerate(point.targets) if target.kind == "chisq"]
        if not tested or not batch.has_answers:
            return point
        implied, df = self.method.implied(batch, model)
        p_value, used = point.p_value.copy(), np.zeros(len(batch), dtype=np.int32)
        for r in np.flatnonzero(~point.fatal & turnable(batch)):
            resampled = self._resampled_chisq(fitting(batch, implied[r], int(r)), batch, model, int(r))
            used[r] = len(resampled)
            enough = used[r] >= FEWEST and df[r] > 0
            p_value[r, tested] = (resampled >= point.value[r, tested[0]]).mean() if enough else np.nan
        counts = used if (point.resamples < 0).all() else point.resamples
        return point.replaced(p_value=p_value, resamples=counts)

    def _resampled_chisq(self, data: Floats, batch: Batch, model: Model, r: int) -> Floats:
        """chisq of the usable resamples of data (n, p) that fit the model."""
        generator = batch.address.generator("bootstrap", int(batch.replications[r]))
        rows = bootstrap_rows(generator, self.resamples, len(data))
        resampled = Batch.of_resamples(data, rows, batch.retained[r], batch.items)
        fit = self.method.without_inference().fit(resampled, model, [Target("chisq", ())])
        chisq: Floats = fit.value[:, 0]
        return chisq[~np.isnan(chisq)]


def turnable(batch: Batch) -> Bools:
    """Data sets (R,) whose correlations of retained items have a root to be turned by: no item is a sum of others."""
    found = np.zeros(len(batch), dtype=bool)
    for r, kept in enumerate(batch.retained):
        sample = batch.moments.correlations[r][np.ix_(kept, kept)]
        found[r] = bool(np.isfinite(sample).all()) and np.linalg.eigvalsh(sample)[0] > _SMALLEST
    return found


def fitting(batch: Batch, implied: Floats, r: int) -> Floats:
    """The answers of replication r, standardised and turned so that their covariances are `implied` (n, p).

    implied (p, p): in units of the sample's standard deviations. Items not retained are 0.
    """
    kept = batch.retained[r]
    chosen = np.ix_(kept, kept)
    sample = batch.moments.correlations[r][chosen]
    answers = batch.raw[r][:, kept].astype(np.float64)
    standardised = (answers - answers.mean(axis=0)) / answers.std(axis=0)
    turned = np.zeros((len(answers), len(kept)))
    turned[:, kept] = standardised @ symmetric_root(sample, -0.5) @ symmetric_root(implied[chosen], 0.5)
    return turned


def symmetric_root(matrix: Floats, power: float) -> Floats:
    """A power of a positive definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)
