"""Bollen-Stine bootstrap: the p-value of a model's chi-square from resamples of data that fit it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, has_product
from estimators.factors.covariance import LikelihoodMethod
from estimators.inference.intervals import FEWEST
from estimators.wrappers.hypotheses.fitting import ResampledFit, turnable
from sim.batch import Batch
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class BollenStine(ResampledFit):
    """`inner`'s estimates with the p-value of chisq by the bootstrap of Bollen & Stine (1992, SMR 21, 205-229).

    `method` is the likelihood method whose chisq is tested, `inner` the same or a wrapper of it. Each data set Z is
    turned into Z S^-1/2 Sigma^1/2, which the model fits perfectly, and resampled `resamples` times; p is the share of
    resamples whose chisq is at least that of the data. Roots are the symmetric ones of standardised items, so that
    units and order of the items do not matter. Resamples on which the method fails are left out, and
    `Estimates.resamples` counts the rest unless `inner` counts its own; with fewer than 20 there is no p-value. The
    rows drawn are those of the bootstrap: more resamples begin with the same ones.
    """

    method: LikelihoodMethod

    keys: ClassVar = ("bollen_stine",)
    example: ClassVar = ("ml", {"bollen_stine": 25})
    tests: ClassVar = LikelihoodMethod
    purpose: ClassVar = "tests the chi-square of maximum likelihood"
    needs_answers: ClassVar = "bollen_stine"
    #: Answers that a model fits have no products that it fits.
    fits_products: ClassVar[bool] = False

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses, and products, of which answers turned to fit the model would have others."""
        if model.products:
            return has_product(model, ", of which bollen_stine knows no answers; leave one of the two out")
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
            chisq = self.refits(batch, implied[r], int(r), model, [Target("chisq", ())])[:, 0]
            resampled = chisq[~np.isnan(chisq)]
            used[r] = len(resampled)
            enough = used[r] >= FEWEST and df[r] > 0
            p_value[r, tested] = (resampled >= point.value[r, tested[0]]).mean() if enough else np.nan
        counts = used if (point.resamples < 0).all() else point.resamples
        return point.replaced(p_value=p_value, resamples=counts)
