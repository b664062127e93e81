"""Respondents far from the others, by Mahalanobis distance, left out: always, or only where that helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from estimators.base import Estimator
from estimators.decisions.analyst.tested import check_path, p_values, refusal_of_path, with_answers
from estimators.decisions.rule import Analysis, Changes, Outcome, Rule, check_number
from sim.batch import Batch, Floats
from sim.model import Model

#: Respondents who must be left.
_FEWEST = 4


@dataclass(frozen=True)
class Outliers(Rule):
    """Respondents whose squared distance has an upper-tail probability under `share` are left out.

    The distance is Mahalanobis's (1936) from the means, by the covariances of the retained items, divisor n - 1; the
    probability is that of chi-square with as many degrees of freedom as items (Tabachnick & Fidell 2013: 0.001). With a
    `path`, they are left out only where it is not significant at `level` with everybody and is without them. Nobody is
    left out where the covariances are singular.
    """

    share: float = 0.001
    path: str | None = None
    level: float = 0.05

    name: ClassVar[str] = "outliers"
    changes: ClassVar[Changes] = "respondents"
    needs_answers: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_number("share", self.share, 0, 1)
        check_number("level", self.level, 0, 1)
        if self.path is not None:
            check_path(self.path)

    @property
    def needs_inference(self) -> bool:  # type: ignore[override]
        """Whether a path is tested."""
        return self.path is not None

    @property
    def label(self) -> str:
        """What a method with this rule is called in reports, after the method's own label."""
        return "outliers left out" + (" if that helps" if self.path else "")

    @property
    def sentence(self) -> str:
        """What the rule does, in one sentence."""
        when = f", where {self.path} is significant without them and not with them" if self.path else ""
        return f"Respondents whose Mahalanobis distance has a p-value under {self.share:g} are left out{when}."

    def refusal(self, model: Model, deciding: Estimator) -> str | None:
        """There must be such a path, and p-values of it, where one is named."""
        return None if self.path is None else refusal_of_path(self, self.path, model, deciding)

    def apply(self, analysis: Analysis) -> Sequence[Outcome]:
        """The data sets without outliers, those with as many respondents together."""
        outlying = squared_distances(analysis.batch)
        limit = chdtri(analysis.batch.retained.sum(axis=1), self.share)
        with np.errstate(invalid="ignore"):
            stays = ~(outlying > limit[:, None])
        stays[stays.sum(axis=1) < _FEWEST] = True
        if self.path is not None:
            helps = self._helps(analysis, stays, self.path)
            stays[~helps] = True
        return [self._outcome(analysis, places, stays) for places in _alike(stays.sum(axis=1))]

    def _helps(self, analysis: Analysis, stays: NDArray[np.bool_], path: str) -> NDArray[np.bool_]:
        """Where the path is significant without those who do not stay, and not with them (R,)."""
        with np.errstate(invalid="ignore"):
            helps = ~(p_values(analysis.deciding, analysis, path) < self.level) & ~stays.all(axis=1)
            for places in _alike(np.where(helps, stays.sum(axis=1), -1)):
                if helps[places[0]]:
                    fewer = _without(analysis, places, stays)
                    helps[places] = p_values(analysis.deciding, fewer, path) < self.level
        return helps

    def _outcome(self, analysis: Analysis, places: NDArray[np.intp], stays: NDArray[np.bool_]) -> Outcome:
        gone = (~stays[places]).sum(axis=1).astype(np.int32)
        now = _without(analysis, places, stays) if gone.any() else analysis.rows(places)
        return Outcome(places, now, now.nothing_short, np.zeros(len(places), dtype=np.int8), gone)


def squared_distances(batch: Batch) -> Floats:
    """Squared Mahalanobis distance (R, n) of every respondent on the retained items; NaN where these are singular."""
    p, n = batch.retained.shape[1], batch.raw.shape[1]
    both = batch.retained[:, :, None] & batch.retained[:, None, :]
    covariances = np.where(both, batch.moments.covariances * (n / (n - 1.0)), np.eye(p))
    deviation = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    scale = np.where(deviation > 0, deviation, 1.0)
    correlations = covariances / (scale[:, :, None] * scale[:, None, :])
    regular = np.linalg.eigvalsh(correlations)[:, 0] > 1e-10
    precision = np.linalg.inv(np.where(regular[:, None, None], correlations, np.eye(p)))
    centred = (
        np.where(batch.retained[:, None, :], batch.raw.astype(np.float64) - batch.moments.means[:, None, :], 0.0)
        / scale[:, None, :]
    )
    distances = ((centred @ precision) * centred).sum(axis=2)
    return np.where(regular[:, None], distances, np.nan)


def _alike(counts: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """The places of data sets with the same count, one group for each count."""
    return [np.flatnonzero(counts == count) for count in np.unique(counts)]


def _without(analysis: Analysis, places: NDArray[np.intp], stays: NDArray[np.bool_]) -> Analysis:
    """Some data sets, which lose equally many, with the respondents who stay."""
    answers = np.stack([analysis.batch.raw[r][stays[r]] for r in places])
    return with_answers(analysis, places, answers)
