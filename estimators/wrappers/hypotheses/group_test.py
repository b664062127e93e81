"""Tests of two groups of respondents in studies: differences of paths, MICOM, and the distance of both models."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from estimators.base import PARTS, Estimates, Estimator, Status
from estimators.composites.fitted import FittedComposites
from estimators.groups.differences import chance_of_order, pooled_error, separate_errors, two_sided
from estimators.groups.distances import group_distances
from estimators.groups.micom import composite_agreement, pooled_scores, score_differences
from estimators.groups.permuted import Permuted, generator_of, upper_share
from estimators.inference.intervals import FEWEST, MOST_RESAMPLES
from estimators.settings import check_count
from estimators.solution import weight_targets
from estimators.wrappers.bootstrap import Bootstrap, resampled_batch
from estimators.wrappers.wrapper import Asked, Wrapper, layers
from sim.batch import Batch, Floats
from sim.errors import InputError
from sim.model import Model
from sim.streams import Address, content_key
from sim.targets import GROUP_DISTANCES, GROUP_KINDS, MICOM_KINDS, Target

#: The tests, in the words of labels.
TESTS = {
    "permutation": "permutation test",
    "bootstrap": "bootstrap MGA",
    "parametric": "parametric test",
    "welch": "Welch-Satterthwaite test",
}
#: Settings after which respondents of the pooled sample and their groups no longer stand side by side.
APART = ("split", "fpc", "whole_procedure")
#: Respondents that a group needs at the least.
FEWEST_MEMBERS = 3


@dataclass(frozen=True)
class GroupTest(Wrapper):
    """`inner`'s estimates, and comparisons of the two groups that the respondents belong to (`Batch.members`).

    `group_difference(Y~X)` is the first group's path less the second's, both estimated by `inner` on their own. Its
    p-value is that of `test`: "permutation" (Chin & Dibbern 2010) of `permutations` exchanges of respondents,
    "bootstrap" (Henseler 2007, two-sided) of the bootstrap's resamples, "parametric" (Keil et al. 2000) and "welch"
    (Satterthwaite; Sarstedt et al. 2011) of the standard errors of `inner`, with t intervals. By permutation there are
    also `micom_c`, `micom_mean` and `micom_variance` (Henseler, Ringle & Sarstedt 2016) and `groups_d_g` and
    `groups_d_l` (Klesel et al. 2019), where `method`, the method alone, makes composites of the answers; other tests
    have none of them. All other targets are of all respondents. A group of fewer than 3, or that `inner` fails on, has
    the status of that failure. Items that screening or steps leave out on all respondents are out in both groups and
    all permutations; missing answers are handled within each group. Without members, or answers, comparisons are NaN.
    `Estimates.resamples` counts the permutations without failure unless `inner` counts its own.
    """

    method: Estimator
    test: str = "permutation"
    permutations: int = 500
    level: float = 0.95

    about: ClassVar = "inference"
    keys: ClassVar = ("group_test", "permutations")
    example: ClassVar = ("pls", {"group_test": "permutation", "permutations": 25})
    needs_answers: ClassVar = "group_test"

    @classmethod
    def around(cls, estimator: Estimator, asked: Asked) -> Estimator:
        """`group_test` names the test; `permutations` belongs to the one by permutation."""
        settings: Mapping[str, Any] = asked.settings
        asked.check_choice("group_test", TESTS)
        test = settings.get("group_test")
        if "permutations" in settings:
            check_count(
                "permutations", settings["permutations"], "a whole number of exchanges,", FEWEST, MOST_RESAMPLES
            )
            if test != "permutation":
                raise InputError(
                    'permutations belongs to group_test = "permutation"; leave it out, or choose that test'
                )
        if test is None:
            return estimator
        if foreign := [key for key in APART if key in settings]:
            raise InputError(
                f"group_test does not go with {foreign[0]}, after which it is not known who is of which group; leave "
                "one of the two out"
            )
        for step in asked.steps:
            if step.rule.changes not in ("items", "nothing"):
                raise InputError(
                    f"group_test goes with steps that leave items out, and {step.rule.name} changes the "
                    f"{step.rule.changes}; leave one of the two out"
                )
        if test == "bootstrap" and not _bootstrap(estimator):
            raise InputError('group_test = "bootstrap" is of resamples; give resamples too, for instance 500')
        if test in ("parametric", "welch") and estimator.without_inference() == estimator:
            raise InputError(
                f'group_test = "{test}" needs standard errors, and {asked.name} has none of its own; give resamples '
                "too, for instance 500"
            )
        return cls(estimator, asked.alone, test, settings.get("permutations", 500), asked.level)

    @property
    def words(self) -> tuple[str, ...]:
        """What reports add to the method's label."""
        return (f"{TESTS[self.test]} of groups",)

    def estimate(self, batch: Batch, model: Model, targets: tuple[Target, ...]) -> Estimates:
        """Estimates of `inner` beside comparisons of the groups; see `Estimator.fit`."""
        compared = [column for column, target in enumerate(targets) if target.kind in GROUP_KINDS]
        if not compared:
            return self.inner.fit(batch, model, targets)
        rest = [column for column in range(len(targets)) if column not in compared]
        whole = self.inner.fit(batch, model, [targets[column] for column in rest] or model.targets[:1])
        parts = whole.spread(rest, len(targets))
        status, used = whole.status.copy(), np.full(len(batch), -1, dtype=np.int32)
        wanted = tuple(targets[column] for column in compared)
        for r in np.flatnonzero(~whole.fatal) if batch.members is not None and batch.has_answers else ():
            found = self._compared(batch, int(r), model, wanted)
            status[r] = max(status[r], found.status)
            used[r] = found.used
            for name, array in parts.items():
                array[r, compared] = found.parts[name]
        fatal = status > Status.INADMISSIBLE
        for array in parts.values():
            array[fatal] = np.nan
        counts = used if (whole.resamples < 0).all() else whole.resamples
        return whole.replaced(targets=targets, status=status, resamples=counts, **parts)

    def _compared(self, batch: Batch, r: int, model: Model, targets: tuple[Target, ...]) -> "_Compared":
        """The comparisons of one data set."""
        assert batch.members is not None
        found = _Compared({name: np.full(len(targets), np.nan) for name in PARTS})
        members = batch.members[r]
        if (np.bincount(members, minlength=2) < FEWEST_MEMBERS).any():
            found.status = _TOO_FEW
            return found
        if self.test == "permutation":
            self._permute(batch, r, members, model, targets, found)
        else:
            self._with_errors(batch, r, members, model, targets, found)
        return found

    # --- by permutation ---

    def _permute(
        self, batch: Batch, r: int, members: np.ndarray, model: Model, targets: tuple[Target, ...], found: "_Compared"
    ) -> None:
        """Values and p-values by permutation."""
        generator = generator_of(batch.address, int(batch.replications[r]))
        split = Permuted.of(batch.raw[r], members, self.permutations, generator, batch.retained[r], batch.items)
        kinds = {target.kind for target in targets}
        linear = not model.second_order and not model.products
        composites = isinstance(self.method, FittedComposites) and linear
        wants_micom = composites and bool(kinds & set(MICOM_KINDS))
        weights = weight_targets(model) if wants_micom else ()
        paths = [Target("path", target.parts) for target in targets if target.kind == "group_difference"]
        fits = split.fits(self.inner.without_inference(), model, [*weights, *paths] or list(model.targets[:1]))
        found.status = int(max(fit.status[0] for fit in fits))
        failed = np.any([fit.fatal for fit in fits], axis=0)
        found.used = int((~failed[1:]).sum())
        statistics: dict[str, Floats] = {}
        if wants_micom:
            statistics |= self._micom([fit.value[:, : len(weights)] for fit in fits], split, model)
        if composites and kinds & set(GROUP_DISTANCES):
            statistics |= dict(zip(GROUP_DISTANCES, group_distances(self.method, split, model), strict=True))  # type: ignore[arg-type]
        differences = iter((fits[0].value - fits[1].value)[:, len(weights) :].T)
        for q, target in enumerate(targets):
            if target.kind == "group_difference":
                statistic = next(differences)
            elif target.kind in statistics:
                statistic = statistics[target.kind]
                statistic = statistic[:, model.constructs.index(target.parts[0])] if target.parts else statistic
            else:
                continue
            found.parts["value"][q] = statistic[0]
            size = 1 - statistic if target.kind == "micom_c" else np.abs(statistic)
            found.parts["p_value"][q] = upper_share(size[:, None])[0]

    def _micom(self, weights: list[Floats], split: Permuted, model: Model) -> dict[str, Floats]:
        """The three statistics of MICOM (1 + P, m)."""
        both = replace(Batch.of(split.answers, items=split.items), retained=split.retained[None])
        c = composite_agreement(weights[0], weights[1], both.moments.correlations[0], model)
        pooled = self.inner.without_inference().fit(both, model, weight_targets(model)).value[0]
        means, variances = score_differences(pooled_scores(split.answers.astype(np.float64), pooled, model), split)
        return dict(zip(MICOM_KINDS, (c, means, variances), strict=True))

    # --- by standard errors and resamples ---

    def _with_errors(
        self, batch: Batch, r: int, members: np.ndarray, model: Model, targets: tuple[Target, ...], found: "_Compared"
    ) -> None:
        """Values, errors, intervals and p-values of differences."""
        columns = [q for q, target in enumerate(targets) if target.kind == "group_difference"]
        paths = [Target("path", targets[q].parts) for q in columns]
        if not paths:
            return
        groups = [one_group(batch, r, members, number) for number in (0, 1)]
        fits = [self.inner.fit(group, model, paths) for group in groups]
        found.status = int(max(fit.status[0] for fit in fits))
        if any(fit.fatal[0] for fit in fits):
            return
        difference = fits[0].value[0] - fits[1].value[0]
        found.parts["value"][columns] = difference
        if self.test == "bootstrap":
            resampled = [self._resampled(group, model, paths) for group in groups]
            found.parts["se"][columns] = np.sqrt(sum(fit.se[0] ** 2 for fit in fits))
            found.parts["p_value"][columns] = two_sided(chance_of_order(*resampled))
            return
        test = pooled_error if self.test == "parametric" else separate_errors
        tested = test(difference, (fits[0].se[0], fits[1].se[0]), (int(groups[0].n), int(groups[1].n)))
        ends = tested.interval(self.level)
        for name, values in zip(PARTS[1:], (tested.se, *ends, tested.p_value), strict=True):
            found.parts[name][columns] = values

    def _resampled(self, group: Batch, model: Model, paths: list[Target]) -> Floats:
        """Estimates (B, q) of the resamples of a group, the same as those of its standard errors."""
        bootstrap = _bootstrap(self.inner)
        assert bootstrap is not None
        resampled = resampled_batch(group, np.array([0]), 0, bootstrap.resamples)
        return self.inner.without_inference().fit(resampled, model, paths).value


_TOO_FEW = int(Status.TOO_FEW_ANSWERS)


@dataclass
class _Compared:
    """What one data set's groups say: by the parts of `Estimates`, columns (q,); a status; permutations that count."""

    parts: dict[str, Floats]
    status: int = 0
    used: int = -1


def _bootstrap(estimator: Estimator) -> Bootstrap | None:
    """The bootstrap around a method, or None."""
    return next((layer for layer in layers(estimator) if isinstance(layer, Bootstrap)), None)


def one_group(batch: Batch, r: int, members: np.ndarray, number: int) -> Batch:
    """One group of a data set as a batch of its own, with resamples of its own."""
    key = content_key({"group": number, "of": batch.address.key})
    own = Batch.of(
        batch.raw[r][members == number],
        batch.replications[r : r + 1],
        Address(batch.address.seed, key),
        items=batch.items,
    )
    return own.keep(batch.retained[r : r + 1])
