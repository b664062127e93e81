"""The bootstrap test of exact fit of a composite model: p-values of its distances from resamples of fitting data."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from estimators.base import Estimates, has_product
from estimators.composites.fitted import FittedComposites
from estimators.composites.implied import ESTIMATED, SATURATED, implied_correlations
from estimators.entry import Entry
from estimators.inference.intervals import FEWEST
from estimators.wrappers.hypotheses.fitting import SMALLEST, ResampledFit, turnable
from sim.batch import Batch, Floats
from sim.model import Model
from sim.targets import Target


@dataclass(frozen=True)
class FitTest(ResampledFit):
    """`inner`'s estimates with p-values of srmr, d_uls and d_g, as estimated and saturated, by the bootstrap.

    Dijkstra & Henseler (2015, CSDA 81, 10-23, sec. 3), with the transformation of Beran & Srivastava (1985, Annals of
    Statistics 13, 95-115): each data set Z is turned into Z S^-1/2 Sigma^1/2, which the model fits perfectly, and
    resampled `resamples` times; p is the share of resamples whose distance is at least that of the data. Sigma is what
    `method`, the method whose fit is tested, implies; the saturated distances have data of their own. Resamples on
    which the method fails are left out, and `Estimates.resamples` counts the rest unless `inner` counts its own; with
    fewer than 20, where Sigma is no correlation matrix that data can have, or an item is a sum of others, there is no
    p-value. The rows drawn are those of the bootstrap: more resamples begin with the same ones.
    """

    method: FittedComposites

    keys: ClassVar = ("fit_test",)
    example: ClassVar = ("plsc", {"fit_test": 25})
    tests: ClassVar = FittedComposites
    purpose: ClassVar = "tests the exact fit of composite models"
    needs_answers: ClassVar = "fit_test"

    @classmethod
    def suits(cls, entry: Entry) -> bool:
        """Methods whose composites have a model for the answers themselves."""
        return super().suits(entry) and not entry.ordinal

    def refusal(self, model: Model) -> str | None:
        """What `inner` refuses, products, and constructs of second order, whose stages have no model for all items."""
        if model.products:
            return has_product(model, ", and fit_test is of linear models; leave out one of the two")
        if model.second_order:
            return (
                f"fit_test is of models in one stage, and {model.second_order[0].construct} is a second-order "
                "construct; leave out fit_test"
            )
        return self.inner.refusal(model)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner`, the p-values of the distances replaced; see `Estimator.fit`."""
        point = self.inner.fit(batch, model, targets)
        if not batch.has_answers:
            return point
        p_value, used = point.p_value.copy(), np.full(len(batch), -1, dtype=np.int32)
        for kinds, saturated in ((ESTIMATED, False), (SATURATED, True)):
            columns = [column for column, target in enumerate(point.targets) if target.kind in kinds]
            if columns:
                self._test(batch, model, point, columns, saturated, p_value, used)
        counts = used if (point.resamples < 0).all() else point.resamples
        return point.replaced(p_value=p_value, resamples=counts)

    def _test(
        self, batch: Batch, model: Model, point: Estimates, columns: list[int], saturated: bool, p_value: Floats,
        used: np.ndarray,
    ) -> None:  # fmt: skip
        """Fill in p-values (R, q) of some columns, and the fewest resamples that any of a data set's rests on (R,)."""
        found = self.method.fitted_arrays(batch, model)
        implied = implied_correlations(model, batch.moments.correlations, batch.retained, found, saturated)
        wanted = [point.targets[column] for column in columns]
        able = turnable(batch)
        for r in np.flatnonzero(~point.fatal):
            kept = batch.retained[r]
            if not able[r] or not np.linalg.eigvalsh(implied[r][np.ix_(kept, kept)])[0] > SMALLEST:
                used[r] = 0
                continue
            resampled = self.refits(batch, implied[r], int(r), model, wanted)
            counts = (~np.isnan(resampled)).sum(axis=0)
            used[r] = counts.min() if used[r] < 0 else min(used[r], counts.min())
            with np.errstate(invalid="ignore"):
                share = (resampled >= point.value[r, columns]).sum(axis=0) / np.maximum(counts, 1)
            known = (counts >= FEWEST) & ~np.isnan(point.value[r, columns])
            p_value[r, columns] = np.where(known, share, np.nan)
